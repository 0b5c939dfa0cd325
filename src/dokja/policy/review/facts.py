"""What the criteria look at: rows of a submission, and what each document says of a row.

The module holds plain values, never where they were read or what follows from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dokja.document.common import Localized

if TYPE_CHECKING:
    from dokja.document.audit import Relation
    from dokja.document.review import LicenceRow, Pointer
    from dokja.document.review_policy import Outcome, ReviewPolicy

__all__ = ["Case", "Claim", "Code", "Donor", "Match", "Row", "Run", "Told", "say"]

Origin = Literal["own", "third_party", "mixed", "unknown"]


@dataclass(frozen=True, slots=True)
class Row:
    """A component of a model, or an artefact that has none."""

    artefact: str
    kind: str
    component: str | None = None
    n_parameters: int | None = None
    share: float | None = None
    origin: Origin = "unknown"
    """As the dossier declares it."""
    frozen: bool = False
    """Whether the dossier says that it was not trained."""
    retrainable: bool | None = None
    """As the dossier declares it; None where it says nothing."""
    retrain_evidence: tuple[Pointer, ...] = ()
    declared: tuple[Pointer, ...] = ()
    """Where the dossier speaks of it."""

    @property
    def is_model(self) -> bool:
        """Whether the row holds weights."""
        return self.component is not None or self.kind in {"model", "encoder"}


@dataclass(frozen=True, slots=True)
class Match:
    """What an audit says of a row and one reference."""

    reference: str
    """How it is called in sentences."""
    relation: Relation
    reason: Localized
    pointer: Pointer
    own: bool = False
    """Whether the dossier says that the reference is an earlier model of the maker's own."""
    owner: str | None = None
    digest: str | None = None
    direction: Literal["from_reference", "to_reference", "undetermined"] = "undetermined"
    counterpart: bool = True
    """Whether the reference has such a part at all."""
    coverage: float = 1.0
    """Share of the row's parameters that some test looked at."""
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """What a recorded training run says of a row."""

    pointer: Pointer
    outcome: Literal["consistent", "contradicted", "inconclusive"]
    summary: Localized
    ends_here: bool | None
    """Whether its last checkpoint is what was submitted; None where that is not known."""
    frozen: Literal["none", "part", "all", "unknown"] = "none"
    """How much of the row the run did not train."""
    given: Literal["none", "part", "all", "unknown"] = "none"
    """How much of the row is not shown to begin from random weights."""
    findings: tuple[tuple[str, Localized], ...] = ()
    """Rules and sentences of contradictions that concern the row."""
    uncertain: bool = False
    """Whether contradictions may concern the row, of which too few tensors are named to tell."""


@dataclass(frozen=True, slots=True)
class Donor:
    """Somebody else's work behind a row, proved or declared, and where the submission names it."""

    name: str
    proved: bool
    named_in: tuple[str, ...]
    """Documents for readers that name it: card, report, notice."""
    looked_in: tuple[str, ...]
    """Documents for readers that there are."""
    own: bool = False
    pointers: tuple[Pointer, ...] = ()
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Code:
    """A file of code that stands, in part, in a known public one."""

    path: str
    known: str
    share: float
    header: Literal["kept", "stripped", "none"]
    pointer: Pointer
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that the submission says of itself and that does not hold, or cannot be told."""

    kind: Literal["contradiction", "remote", "note"]
    """A note decides nothing; it is shown beside what does."""
    text: Localized
    pointer: Pointer
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that is known of one row."""

    row: Row
    policy: ReviewPolicy
    maker: str = ""
    matches: tuple[Match, ...] = ()
    runs: tuple[Run, ...] = ()
    licences: tuple[LicenceRow, ...] = ()
    """Its own and those of whatever it was found, or said, to come from."""
    donors: tuple[Donor, ...] = ()
    code: tuple[Code, ...] = ()
    claims: tuple[Claim, ...] = ()
    code_compared: bool = False
    """Whether its code was laid beside known public code at all."""
    declarations_read: bool = False
    """Whether cards, configurations and reports were read at all."""
    configuration_read: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What a test says of a row."""

    outcome: Outcome
    reason: Localized
    evidence: tuple[Pointer, ...] = ()
    findings: tuple[str, ...] = ()


def say(en: str, ko: str) -> Localized:
    """Make a sentence in both languages.

    Parameters
    ----------
    en, ko
        The sentence.

    Returns
    -------
    Localized
        Both.
    """
    return Localized(en=en, ko=ko)
