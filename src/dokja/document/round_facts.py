"""What is known of a round from outside: published figures, rulings, votes and amendments.

The module knows the kinds of statements and that each has a source and a mark, never whether one
of them is right.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from dokja.document.common import Document, Localized
from dokja.document.number import Confidence, InputNumber
from dokja.document.round_rules import Id

__all__ = [
    "AdvanceFact",
    "Amendment",
    "AuditInput",
    "AverageFact",
    "Ballot",
    "Change",
    "Fact",
    "GapFact",
    "GateInput",
    "MeasuredFact",
    "NamedNumber",
    "OrderFact",
    "OutFact",
    "RatioFact",
    "ResultChange",
    "ReviewInput",
    "RoundChange",
    "Ruling",
    "ScoreFact",
    "SumFact",
    "TickCount",
    "TopFact",
]

Count = Annotated[int, Field(ge=0, le=1_000_000)]


class _Published(Document):
    """What every published statement says of itself."""

    id: Id
    source: Id
    confidence: Confidence
    note: Localized | None = None


class MeasuredFact(_Published):
    """A raw value that was published, such as an index; it is scored like a result."""

    kind: Literal["measured"]
    team: Id
    item: str
    benchmark: Id | None = None
    value: InputNumber
    unit: Literal["percent", "fraction", "points", "scale", "index", "ratio", "count"]


class ScoreFact(_Published):
    """Points of a team; they stand in where nothing beneath was published."""

    kind: Literal["score"]
    team: Id
    of: str
    """``total``, a block, an item, or ``item.sub_item``."""
    value: InputNumber


class AverageFact(_Published):
    """The mean of all teams' points."""

    kind: Literal["average"]
    of: str
    value: InputNumber


class GapFact(_Published):
    """The points between the first and the last team."""

    kind: Literal["gap"]
    of: str
    value: InputNumber


class TopFact(_Published):
    """Which team, or which teams jointly, had most points."""

    kind: Literal["top"]
    of: str
    teams: Annotated[tuple[Id, ...], Field(min_length=1)]


class OrderFact(_Published):
    """An order of groups of teams, highest first; within a group nothing is said."""

    kind: Literal["order"]
    of: str
    groups: Annotated[tuple[tuple[Id, ...], ...], Field(min_length=2)]


class NamedNumber(Document):
    """A number and what it is."""

    title: Localized
    value: InputNumber


class RatioFact(_Published):
    """A ratio of two published numbers, in percent."""

    kind: Literal["ratio"]
    numerator: NamedNumber
    denominator: NamedNumber
    value: InputNumber


class SumFact(_Published):
    """A sum of other facts of this round."""

    kind: Literal["sum"]
    parts: Annotated[tuple[Id, ...], Field(min_length=2)]
    value: InputNumber


class AdvanceFact(_Published):
    """Who went on, as announced."""

    kind: Literal["advance"]
    teams: tuple[Id, ...]


class OutFact(_Published):
    """Who fell, and by what, as announced."""

    kind: Literal["out"]
    team: Id
    by: Literal["score", "gate", "selection"]


Fact = Annotated[
    MeasuredFact
    | ScoreFact
    | AverageFact
    | GapFact
    | TopFact
    | OrderFact
    | RatioFact
    | SumFact
    | AdvanceFact
    | OutFact,
    Field(discriminator="kind"),
]


# -- gates and votes ------------------------------------------------------------------------------


class Ruling(Document):
    """A decision of whoever has the say, in one view or as a whole."""

    kind: Literal["ruling"]
    gate: Id
    team: Id
    view: Id | None = None
    outcome: Literal["pass", "fail"]
    by: Localized | None = None
    on: dt.date | None = None
    reason: Localized | None = None
    source: Id | None = None
    confidence: Confidence | None = None


class AuditInput(Document):
    """A stored audit report, by path and digest."""

    kind: Literal["audit"]
    gate: Id
    team: Id
    path: str
    """Relative to the round file."""
    digest: Annotated[str, Field(pattern=r"^blake3:[0-9a-f]{64}$")]


class ReviewInput(Document):
    """A stored review of independence, by path and digest."""

    kind: Literal["review"]
    gate: Id
    team: Id
    path: str
    """Relative to the round file."""
    digest: Annotated[str, Field(pattern=r"^blake3:[0-9a-f]{64}$")]


class TickCount(Document):
    """How many experts ticked that a view is not met."""

    kind: Literal["ticks"]
    gate: Id
    team: Id
    view: Id | None = None
    not_met: Count
    of: Annotated[Count, Field(ge=1)]
    source: Id | None = None
    confidence: Confidence | None = None


GateInput = Annotated[Ruling | AuditInput | ReviewInput | TickCount, Field(discriminator="kind")]


class Ballot(Document):
    """What the panel found of one candidate: votes, or only what came out."""

    candidate: Id
    yes: Count | None = None
    no: Count | None = None
    abstained: Count = 0
    found: Literal["able", "not_able"] | None = None
    """What came out, where the votes were not published."""
    source: Id | None = None
    confidence: Confidence | None = None
    note: Localized | None = None


# -- amendments -----------------------------------------------------------------------------------


class RoundChange(Document):
    """A value of the round file that an amendment changes."""

    kind: Literal["round"]
    path: Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z0-9_-]+){1,7}$")]
    """Such as ``facts.lg-nia.value``: a list is entered by the id of its member."""
    before: str
    after: str


class ResultChange(Document):
    """A result that an amendment changes."""

    kind: Literal["result"]
    team: str
    item: str
    benchmark: str | None = None
    run: str | None = None
    rater: str | None = None
    before: InputNumber
    after: InputNumber


Change = Annotated[RoundChange | ResultChange, Field(discriminator="kind")]


class Amendment(Document):
    """An objection that was upheld: dated, reasoned, and naming every value that it changes."""

    id: Id
    on: dt.date
    objection_by: Id | None = None
    objected_on: dt.date | None = None
    decided_by: Localized | None = None
    reason: Localized
    changes: Annotated[tuple[Change, ...], Field(min_length=1)]
