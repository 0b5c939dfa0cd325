"""What an importer finds in a file: values as written, and all that the file says about them.

The module knows the shape of a find, never how one is normalised or which format it came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from typing import Protocol as TypingProtocol

from dokja.document.results import By, Entry, Protocol, Unit

if TYPE_CHECKING:
    from decimal import Decimal

    from dokja.document.common import Localized
    from dokja.programme.results.defects import Defects
    from dokja.programme.results.mapping import ResultsMapping
    from dokja.programme.results.numbers import DecimalMark
    from dokja.programme.results.source import Source

_UNKNOWN: Final = Protocol()

__all__ = ["Found", "Importer", "Job", "Reading", "unchecked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One value as it stands in a file."""

    where: str
    text: str
    """The number, character by character."""
    mark: DecimalMark | None = "."
    """Which sign stands before the decimals; None where a person wrote and nobody said."""
    task: str
    """Name under which the file has it; what a mapping refers to."""
    model: str | None = None
    benchmark: str | None = None
    run: str | None = None
    rater: str | None = None
    unit: Unit | None = None
    """Unit that the format documents or the file states; None if neither does."""
    low: Decimal | None = None
    high: Decimal | None = None
    """Documented range, in `unit`."""
    standard_error: str | None = None
    error_mark: DecimalMark | None = "."
    higher_is_better: bool | None = None
    protocol: Protocol = _UNKNOWN
    by: By | None = None
    note: str | None = None
    required: bool = False
    """Whether a value without a unit is an error rather than left out."""


@dataclass(frozen=True, slots=True)
class Job:
    """One file to read."""

    source: Source
    mapping: ResultsMapping
    """What the user states about it."""
    defects: Defects
    """Takes whatever is wrong; reading goes on, so that all of it is found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an importer made of a file."""

    found: tuple[Found, ...] = ()
    entries: tuple[Entry, ...] = ()
    """Entries that need no further treatment, because Dokja wrote them."""
    positions: tuple[int, ...] = ()
    """Place of each of `entries` among all that were written at once, where that is known."""
    notes: tuple[Localized, ...] = ()


def unchecked(**fields: str | int | None) -> Protocol:
    """Return a protocol as a file states it, however long or odd the texts are.

    Parameters
    ----------
    **fields
        Fields of `Protocol`.

    Returns
    -------
    Protocol
        Not validated; settling refuses what does not fit, with its place.
    """
    return Protocol.model_construct(**fields)  # type: ignore[arg-type]


class Importer(TypingProtocol):
    """A format of results."""

    name: str
    """Name by which a mapping asks for the format."""

    def recognises(self, source: Source) -> bool:
        """Tell whether a file or folder is of this format, by its content alone.

        Parameters
        ----------
        source
            The file or folder.

        Returns
        -------
        bool
            False whenever another format could be meant as well.
        """
        ...

    def read(self, job: Job) -> Reading:
        """Read a file or folder of this format.

        Parameters
        ----------
        job
            The file, what is stated about it, and where defects go.

        Returns
        -------
        Reading
            Values as written.

        Raises
        ------
        ProgrammeError
            If nothing in the file can be read.
        """
        ...
