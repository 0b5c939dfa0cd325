"""What published figures leave of the points that were not published, as a document.

The module defines how possibilities are stored, never how they are found.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dokja.document.common import Document, Localized
from dokja.document.number import Confidence, Number

__all__ = [
    "CellRange",
    "Matrix",
    "MatrixCell",
    "SolutionCount",
    "SolutionProvenance",
    "SolutionReport",
]

Whole = Annotated[int, Field(ge=0)]


class CellRange(Document):
    """What one team's points on one part can still be."""

    team: str
    part: str
    """An item, a block, or ``total``."""
    level: Literal["item", "block", "total"]
    low: Number
    """No possibility has less,"""
    high: Number
    """and none more."""
    reached: bool
    """Whether possibilities with exactly these two values are known; if not, the true ends may
    lie further in."""
    value: Number | None
    """The only value that is possible; null where there are several."""
    said: bool
    """Whether the value was published itself, or follows from a published raw value alone."""


class SolutionCount(Document):
    """In how many ways some parts of all teams' points can be together."""

    over: Literal["blocks", "items", "chosen"]
    parts: tuple[str, ...]
    at_least: Number
    exact: bool
    """Whether there are so many and no more; if not, counting was stopped."""
    at_most: Number | None
    """Null where the bound has more than sixty digits."""
    sentence: Localized


class MatrixCell(Document):
    """A team's points on a part in one possibility."""

    team: str
    part: str
    value: Number


class Matrix(Document):
    """One possibility."""

    cells: tuple[MatrixCell, ...]


class SolutionProvenance(Document):
    """How the report came about."""

    dokja: str
    accept: tuple[Confidence, ...]
    tolerance: Number
    """By how many points figures were taken to be off beyond their last digit."""
    tolerant_of: tuple[str, ...]
    """Parts whose figures were; all when empty."""
    steps: Whole
    """Work that was allowed for each count and each end of a range."""


class SolutionReport(Document):
    """All that published figures leave open."""

    schema_version: Literal["1"] = "1"
    round: str
    title: Localized
    version: str
    outcome: Literal["one", "several", "none", "open"]
    """One possibility for every block of every team, several, none because figures contradict one
    another, or open because it is not known whether there are several."""
    counts: tuple[SolutionCount, ...]
    cells: tuple[CellRange, ...]
    """Empty where figures contradict one another."""
    matrices: tuple[Matrix, ...]
    """Possibilities, the first ones in order where there are many."""
    conflicts: tuple[str, ...]
    """Facts each of which contradicts the rest: without it there is a possibility."""
    used: tuple[str, ...]
    """Facts that bind anything."""
    left_out: tuple[str, ...]
    """Facts that were not accepted, or are about nothing that is solved for."""
    notes: tuple[Localized, ...]
    summary: Localized
    provenance: SolutionProvenance
