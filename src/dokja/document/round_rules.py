"""The rules of a round as data: formulas, marks, rounding, gates, places and selection.

The module knows which rules can be written down, never how one is worked out or who it favours.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from dokja.document.audit import Relation
from dokja.document.common import Document, Localized
from dokja.document.number import Confidence, InputNumber

__all__ = [
    "Advance",
    "AuditRule",
    "Benchmark",
    "BestTeamFull",
    "Combine",
    "Formula",
    "Gate",
    "GateRule",
    "Id",
    "Majority",
    "MeanOf",
    "MedianOf",
    "MinMax",
    "OwnOverTarget",
    "Points",
    "Positive",
    "Quorum",
    "Raters",
    "ReviewRule",
    "Rounding",
    "RulingRule",
    "Runs",
    "Scale",
    "ScaledRange",
    "Selection",
    "Share",
    "Sourced",
    "SpotCheck",
    "SumOf",
    "Target",
    "ThresholdRule",
    "TickRule",
    "TrimmedMean",
    "WorldBest",
]

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
"""A short name that other parts of the file refer to."""

Positive = Annotated[InputNumber, Field(gt=0)]
Whole = Annotated[int, Field(ge=0, le=1_000_000)]


class Sourced(Document):
    """A part that says where it was published and how sure that is."""

    source: Id | None = None
    """One of the round's sources."""
    confidence: Confidence | None = None
    note: Localized | None = None


# -- formulas: from a value to points -------------------------------------------------------------


class Share(Sourced):
    """Points are value × maximum / full, such as mean × 20/100 or mean of 5 × 15/5."""

    kind: Literal["share"]
    full: Positive


class ScaledRange(Sourced):
    """Points are (value − low) / (high − low) × maximum, which takes the floor off a scale."""

    kind: Literal["range"]
    low: InputNumber
    high: InputNumber


class BestTeamFull(Sourced):
    """The best team has the maximum; the others in proportion to it."""

    kind: Literal["best_team_full"]


class MinMax(Sourced):
    """The best team has the maximum, the worst nothing, the others in proportion between."""

    kind: Literal["min_max"]
    when_equal: Literal["full", "zero", "unknown"] = "unknown"
    """What all have when all have the same value."""


class WorldBest(Sourced):
    """Points are value / reference × maximum, the reference being a named model of the world."""

    kind: Literal["world_best"]
    reference: str
    value: Positive
    as_of: dt.date | None = None


class Target(Sourced):
    """The published value of the model that a team wants to reach on one benchmark."""

    team: Id
    benchmark: Id | None = None
    model: str
    value: Positive
    released: dt.date | None = None


class OwnOverTarget(Sourced):
    """Points are own value / target's value, cut at `cap`, × maximum."""

    kind: Literal["own_over_target"]
    targets: tuple[Target, ...] = ()
    cap: Annotated[InputNumber, Field(gt=0, le=1)]
    of: Literal["ratios", "means"] = "ratios"
    """Mean of the benchmarks' ratios, each cut by itself, or ratio of the means."""


class Points(Sourced):
    """The value is in points already."""

    kind: Literal["points"]


Formula = Annotated[
    Share | ScaledRange | BestTeamFull | MinMax | WorldBest | OwnOverTarget | Points,
    Field(discriminator="kind"),
]


# -- many values to one ---------------------------------------------------------------------------


class MeanOf(Document):
    """Arithmetic mean."""

    kind: Literal["mean"] = "mean"


class MedianOf(Document):
    """Middle value; the mean of both where there are two."""

    kind: Literal["median"]


class SumOf(Document):
    """Sum of all values."""

    kind: Literal["sum"]


class TrimmedMean(Document):
    """Mean without so many of the lowest and highest values."""

    kind: Literal["trimmed_mean"]
    drop_lowest: Whole = 1
    drop_highest: Whole = 1


Combine = Annotated[MeanOf | MedianOf | SumOf | TrimmedMean, Field(discriminator="kind")]


class Scale(Document):
    """Lowest and highest mark a person may give."""

    low: InputNumber
    high: InputNumber


class Raters(Sourced):
    """Who gives marks, and how the marks become one value."""

    kind: Literal["experts", "users", "citizens", "other"] = "other"
    planned: Whole | None = None
    took_part: Whole | None = None
    scale: Scale | None = None
    combine: Combine
    over: Literal["total", "sub_item"] = "total"
    """Whether each rater's sub-items are added first, or each sub-item is combined by itself."""
    blind: bool | None = None
    """Whether raters did not know whose model they saw; null where nobody said."""
    order: Literal["random", "fixed"] | None = None


class Runs(Sourced):
    """How often a benchmark is run and how the runs become one value."""

    by: Literal["team", "agency", "third_party", "panel"] = "team"
    repeats: Annotated[int, Field(ge=1, le=10_000)] = 1
    combine: Combine = MeanOf()
    incomplete: Literal["note", "unknown"] = "note"
    """What a number of runs other than `repeats` leads to."""


class SpotCheck(Sourced):
    """A re-run by somebody else and how far it may lie from the first."""

    by: str
    tolerance: Annotated[InputNumber, Field(ge=0)]
    relative: bool = False
    """Whether the tolerance is a share of the first value instead of a difference."""
    beyond: Literal["keep", "replace", "unknown"] = "keep"
    """Which value counts beyond the tolerance: the first, the re-run, or none."""


class Benchmark(Sourced):
    """One benchmark of an item."""

    id: Id
    title: Localized | None = None
    weight: Positive | None = None
    lower_is_better: bool = False


class Rounding(Sourced):
    """Rounding at one stage; where no stage is named, nothing is rounded."""

    stage: Literal["run", "benchmark", "value", "sub_item", "item", "block", "total"]
    digits: Annotated[int, Field(ge=0, le=12)]
    mode: Literal["half_up", "half_even", "half_down", "down", "up"] = "half_up"
    only: tuple[Id, ...] = ()
    """Items or blocks it holds for; all when empty."""


# -- gates ----------------------------------------------------------------------------------------


class RulingRule(Document):
    """Somebody rules; the ruling is written into the round."""

    kind: Literal["ruling"]
    unruled: Literal["pass", "unknown"] = "unknown"
    """What holds of a team on which nothing was ruled."""


class AuditRule(Document):
    """A stored audit report of Dokja decides."""

    kind: Literal["audit"]
    fails_on: tuple[Relation, ...] = (Relation.VERBATIM, Relation.REUSED, Relation.DERIVED)
    components: tuple[str, ...] = ()
    """Components it looks at; all when empty."""
    needs_pass: bool = False
    """Whether the report's own policy must have passed it too."""
    inconclusive: Literal["pass", "fail", "unknown"] = "unknown"


class ReviewRule(Document):
    """A stored review of independence decides."""

    kind: Literal["review"]
    views: tuple[Literal["technical", "policy", "ethical"], ...] = ()
    """Views it looks at; all of the review when empty."""
    policy: str | None = None
    """Name of the policy that must have judged; any when null."""
    inconclusive: Literal["pass", "fail", "unknown"] = "unknown"


class TickRule(Document):
    """Experts tick each view that is not met; so many ticks remove a team."""

    kind: Literal["ticks"]
    quorum: Annotated[int, Field(ge=1)] | None = None
    """Ticks that remove a team; null where it was not published, so that nothing follows."""
    counts: Literal["per_view", "any_view"] = "any_view"
    """Whether one view must reach the quorum, or experts who ticked any view are counted."""


class ThresholdRule(Document):
    """A score below the least removes a team."""

    kind: Literal["threshold"]
    of: str
    least: InputNumber


GateRule = Annotated[
    RulingRule | AuditRule | ReviewRule | TickRule | ThresholdRule, Field(discriminator="kind")
]


class Gate(Sourced):
    """A condition that no score makes up for."""

    id: Id
    title: Localized
    when: Literal["before_ranking", "after_ranking"]
    views: tuple[Id, ...] = ()
    rule: GateRule


# -- places ---------------------------------------------------------------------------------------


class Advance(Sourced):
    """How many go on, and what happens at the last place."""

    places: Annotated[int, Field(ge=1, le=10_000)]
    refill: bool = False
    """Whether the next in rank takes the place of one that falls at a gate after ranking."""
    tie_break: tuple[str, ...] = ()
    """Items or blocks that decide, in this order, between equal totals at the last place."""
    at_cut: Literal["all_in", "none_in", "undecided"] = "undecided"
    """What a tie at the last place leads to that `tie_break` leaves."""


class Majority(Document):
    """A majority of the panel; whoever abstains counts against unless left out."""

    kind: Literal["majority"] = "majority"
    abstentions: Literal["against", "left_out"] = "against"


class Quorum(Document):
    """A fixed number of votes."""

    kind: Literal["quorum"]
    votes: Annotated[int, Field(ge=1)]


class Selection(Sourced):
    """Additional selection: a vote on each candidate, and none as a possible outcome."""

    places: Annotated[int, Field(ge=1, le=10_000)]
    question: Localized
    needs: Annotated[Majority | Quorum, Field(discriminator="kind")]
    panel: Whole | None = None
    order: Literal["total", "votes"] = "total"
    """What decides between more candidates found able than there are places."""
