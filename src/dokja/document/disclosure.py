"""What is published of a round's points, and what others can work out from it, as documents.

The module defines how a publication is stored, never what should be published.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dokja.document.common import Document, Localized
from dokja.document.number import Number
from dokja.document.round import RoundFile
from dokja.document.solution import SolutionReport

__all__ = [
    "DisclosureReport",
    "DisclosureReports",
    "Learnt",
    "Profile",
    "PublicationProvenance",
    "PublishedRound",
]

Level = Literal["sub_item", "item", "block", "total"]
Count = Annotated[int, Field(ge=0)]
Digits = Annotated[int, Field(ge=0, le=12)]


class Profile(Document):
    """Which statements a publication makes."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    title: Localized
    scores: tuple[Level, ...] = ()
    """Levels at which every team's points are published."""
    winners: tuple[Level, ...] = ()
    """Levels at which the best team and its points are."""
    averages: tuple[Level, ...] = ()
    gaps: tuple[Level, ...] = ()
    """Levels at which the points between the first and the last team are."""
    gates: bool = False
    """Whether each team's outcome at each gate is published; else only who fell by one."""
    outcome: bool = True
    """Whether it is published who goes on, and who is out by what."""
    digits: Digits = 2
    """Digits after the point of averages, and of points that the round does not round."""


class PublicationProvenance(Document):
    """How the publication came about; no digest of results, from which they could be guessed."""

    dokja: str
    criteria_digest: str


class PublishedRound(Document):
    """A round's rules and what is published of its points: a round file like any other."""

    schema_version: Literal["1"] = "1"
    profile: Profile
    own: str | None
    """Team that is told its own points besides; null for what everybody is told."""
    content: RoundFile
    """Rules, and as facts what is published; without results, votes and amendments."""
    notes: tuple[Localized, ...]
    """What could not be published, and why."""
    summary: Localized
    provenance: PublicationProvenance


class Learnt(Document):
    """What a reader knows of one team's points on one part after reading."""

    team: str
    part: str
    level: Literal["item", "block", "total"]
    how: Literal["published", "worked_out", "narrowed", "hidden"]
    """Published itself; only one value left though it was not published; fewer values left than
    the rules allow; or as many."""
    low: Number
    high: Number
    reached: bool
    """Whether the two ends are possible; if not, a reader with more patience may know more."""
    left: Number
    """Share of the values that the rules allow which lies between the two ends, in percent."""


class DisclosureReport(Document):
    """What can be worked out from a publication."""

    schema_version: Literal["1"] = "1"
    profile: Profile
    own: str | None
    cells: tuple[Learnt, ...]
    n_published: Count
    n_worked_out: Count
    n_narrowed: Count
    n_hidden: Count
    sentences: tuple[Localized, ...]
    """What was not published and can be worked out."""
    solution: SolutionReport
    summary: Localized


class DisclosureReports(Document):
    """Several publications of the same round beside one another."""

    schema_version: Literal["1"] = "1"
    round: str
    title: Localized
    version: str
    reports: tuple[DisclosureReport, ...]
    summary: Localized
