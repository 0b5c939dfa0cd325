"""A panel as a document: who judged what, and what their marks say.

The module defines what is stored, never how a figure is computed or what it decides.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dokja.document.common import Document, Localized
from dokja.document.number import Figure, InputNumber, Number

__all__ = [
    "AgreementFigures",
    "Ballot",
    "Blinding",
    "Combination",
    "ConflictOfInterest",
    "Exclusion",
    "Form",
    "ItemFigures",
    "Mark",
    "OrderFigures",
    "PairFigures",
    "PanelFile",
    "PanelInterval",
    "PanelItem",
    "PanelReport",
    "PanelReports",
    "Rater",
    "RaterFigures",
    "StrengthFigures",
    "TeamFigures",
    "Tick",
    "TickFigures",
    "View",
    "VoteFigures",
]

Identifier = Annotated[str, Field(min_length=1, max_length=200)]

View = Literal["technical", "policy", "ethical"]
"""The three views of independence."""


class PanelItem(Document):
    """What is marked, and what its mark is worth."""

    id: Identifier
    title: Localized | None = None
    maximum: InputNumber
    """Points for the highest mark."""
    lowest: InputNumber
    """Lowest mark that can be given, such as 1."""
    highest: InputNumber
    """Highest mark that can be given, such as 5; equal to ``maximum`` where marks are points."""


class ConflictOfInterest(Document):
    """Why a rater's marks for a team do not count."""

    team: Identifier | None = None
    """None for all teams."""
    reason: str
    declared_on: str | None = None


class Rater(Document):
    """Someone who judges."""

    id: Identifier
    group: str | None = None
    """Such as ``industry``."""
    conflicts: tuple[ConflictOfInterest, ...] = ()


class Mark(Document):
    """One rater's mark on one item."""

    item: Identifier
    value: InputNumber | None = None
    """None where the rater left it open; never counted as zero."""
    reason: str | None = None


class Tick(Document):
    """The box for one view of independence: ticked means that the criteria are not met."""

    view: View
    not_met: bool | None = None
    """None where the box was left open and nothing says that it meant no."""
    reason: str | None = None


class Form(Document):
    """What one rater says about one team."""

    rater: Identifier
    team: Identifier
    marks: tuple[Mark, ...] = ()
    ticks: tuple[Tick, ...] = ()
    position: int | None = Field(default=None, ge=1)
    """Place at which this rater saw this team; None if it was not recorded."""
    source: str | None = None
    """File and cell that it was read from."""


class Ballot(Document):
    """One vote between two teams."""

    voter: Identifier
    left: Identifier
    """Shown first or on the left."""
    right: Identifier
    outcome: Literal["left", "right", "tie"]


class Blinding(Document):
    """What raters could know about whose work they saw, and in which order they saw it."""

    names_hidden: bool | None = None
    order: Literal["randomised", "fixed", "chosen"] | None = None
    minimum_minutes: int | None = Field(default=None, ge=0)
    note: str | None = None


class Combination(Document):
    """How marks become a team's points: mean times maximum over highest mark."""

    drop_low: int = Field(default=0, ge=0)
    drop_high: int = Field(default=0, ge=0)
    trim: Literal["total", "item"] = "total"
    """Whether marks are left out by a rater's total for the team or on each item by itself."""


class PanelFile(Document):
    """Everything a panel handed in."""

    schema_version: Literal["1"] = "1"
    id: Identifier
    title: Localized | None = None
    teams: tuple[Identifier, ...]
    items: tuple[PanelItem, ...] = ()
    raters: tuple[Rater, ...] = ()
    forms: tuple[Form, ...] = ()
    ballots: tuple[Ballot, ...] = ()
    combination: Combination = Combination()
    blinding: Blinding = Blinding()


class PanelInterval(Document):
    """Where a figure would lie had other raters of the same kind been asked."""

    low: float
    high: float
    level: float


class ItemFigures(Document):
    """One team on one item."""

    item: str
    points: Figure
    n_marks: int


class TeamFigures(Document):
    """One team under the whole panel."""

    team: str
    points: Figure
    items: tuple[ItemFigures, ...]
    n_raters: int
    """Raters whose marks count, before any is left out as lowest or highest."""
    left_out: tuple[str, ...]
    """Raters whose total was left out as lowest or highest; empty where items are trimmed."""
    interval: PanelInterval | None
    rank: int | None
    """Tied teams share the best of their places."""
    tied_with: tuple[str, ...]
    rank_low: int | None
    rank_high: int | None
    """Range of places at the level of the intervals."""
    rank_low_without_one: int | None
    rank_high_without_one: int | None
    """Range of places when any single rater is left out."""


class PairFigures(Document):
    """Two teams next to each other, compared within raters."""

    above: str
    below: str
    difference: Number
    interval: PanelInterval | None
    separated: bool | None
    """Whether the interval leaves out zero; None without an interval."""


class RaterFigures(Document):
    """One rater among the others."""

    rater: str
    group: str | None
    n_marks: int
    leniency: float | None
    """How far this rater marks above the others, as a share of the scale; None if unknown."""
    standard_error: float | None
    comparable_group: int | None
    """Raters with the same number judged things in common; others cannot be compared."""
    all_marks_equal: bool
    changes_ranks: bool | None
    """Whether some team changes place without this rater."""


class AgreementFigures(Document):
    """Krippendorff's alpha."""

    about: Literal["marks", "technical", "policy", "ethical"]
    level: Literal["nominal", "ordinal", "interval"]
    alpha: float | None
    standard_error: float | None
    n_units: int
    n_marks: int
    reason: Localized | None = None
    """Why there is no alpha."""


class OrderFigures(Document):
    """Whether marks depend on the place at which a team was seen."""

    slope: float | None = None
    """Change per place, as a share of the scale."""
    p_value: float | None = None
    method: Literal["exact", "monte carlo"] | None = None
    n_permutations: int = 0
    reason: Localized | None = None
    """Why it could not be tested."""


class Exclusion(Document):
    """Marks that do not count."""

    rater: str
    team: str
    reason: Localized


class TickFigures(Document):
    """How many raters ticked that a team does not meet one view's criteria; no verdict."""

    team: str
    view: View
    not_met: int
    met: int
    open: int
    excluded: int
    reasons: tuple[str, ...]
    """What those who ticked it wrote."""


class StrengthFigures(Document):
    """One team in pairwise votes."""

    team: str
    n_votes: int
    log_strength: float | None
    low: float | None
    high: float | None
    rank_low: int
    rank_high: int


class VoteFigures(Document):
    """What pairwise votes say."""

    n_votes: int
    n_voters: int
    level: float
    strengths: tuple[StrengthFigures, ...]
    unbounded_share: float
    """Share of drawn panels in which some lead has no bound."""
    first_won: int
    decided: int
    first_p_value: float | None
    """Whether the team shown first wins more often, for sides drawn at random."""
    sentences: tuple[Localized, ...]


class PanelReport(Document):
    """What a panel's marks say; the input of a score, never a decision."""

    schema_version: Literal["1"] = "1"
    panel: str
    digest: str | None
    """Of the file that was read, if it was one."""
    level: float
    n_resamples: int
    seed: int
    combination: Combination
    teams: tuple[TeamFigures, ...]
    pairs: tuple[PairFigures, ...]
    raters: tuple[RaterFigures, ...]
    agreement: tuple[AgreementFigures, ...]
    order: OrderFigures
    blinding: Blinding
    exclusions: tuple[Exclusion, ...]
    ticks: tuple[TickFigures, ...]
    votes: VoteFigures | None
    sentences: tuple[Localized, ...]


class PanelReports(Document):
    """The reports of all panels of a round."""

    schema_version: Literal["1"] = "1"
    round: str
    panels: tuple[PanelReport, ...]
    notes: tuple[Localized, ...] = ()
    """Why an item that was marked has no report."""
