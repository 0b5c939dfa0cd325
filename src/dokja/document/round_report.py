"""The decision of a round as a document: scores, ranks, gates, who goes on, and why.

The module defines what is stored of a decision, never how it came about or how it is shown.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from dokja.document.common import Document, Localized
from dokja.document.number import Confidence, Figure, Known, Number, Unknown

__all__ = [
    "AmendmentEffect",
    "BlockScore",
    "Check",
    "CriteriaChange",
    "CriteriaCheck",
    "CriteriaLock",
    "CriteriaValue",
    "Decision",
    "Difference",
    "Figure",
    "FileRecord",
    "GateResult",
    "ItemScore",
    "Known",
    "Number",
    "RankInterval",
    "ReplayReport",
    "RoundProvenance",
    "RoundReport",
    "SpotCheckResult",
    "SubScore",
    "TeamDecision",
    "TeamResult",
    "Unknown",
    "ViewResult",
]

Count = Annotated[int, Field(ge=0)]
Place = Annotated[int, Field(ge=1)]


class SubScore(Document):
    """Points of a team on a part of an item."""

    sub_item: str
    max: Number
    score: Figure


class SpotCheckResult(Document):
    """A re-run laid beside the first value."""

    benchmark: str | None
    value: Number
    rerun: Number
    difference: Number
    tolerance: Number
    within: bool
    used: Literal["value", "rerun", "none"]


class ItemScore(Document):
    """Points of a team on an item, and how they came about."""

    item: str
    max: Number
    score: Figure
    value: Number | None = None
    """What went into the formula; null where it is not known."""
    unrounded: Number | None = None
    """Points before rounding; null where they were not computed."""
    how: Localized | None = None
    """The calculation in words."""
    n_values: Count = 0
    """Results it rests on."""
    sub_items: tuple[SubScore, ...] = ()
    spot_checks: tuple[SpotCheckResult, ...] = ()


class BlockScore(Document):
    """Points of a team in a block."""

    block: str
    max: Number
    score: Figure


class RankInterval(Document):
    """Where a rank lies when raters are drawn anew; a statistic, never part of a score."""

    low: Place
    """Best rank of the interval."""
    high: Place
    level: Annotated[float, Field(gt=0.0, lt=1.0)]
    first_share: Annotated[float, Field(ge=0.0, le=1.0)] | None
    """Share of the draws in which the team is first, alone or jointly; null where the total of
    another team is unknown."""
    last_share: Annotated[float, Field(ge=0.0, le=1.0)] | None
    n_draws: Count
    """Draws that count; those that left a team too few marks do not."""
    items: tuple[str, ...]
    """Items whose raters were drawn anew."""


class TeamResult(Document):
    """All scores of a team and its rank."""

    team: str
    items: tuple[ItemScore, ...]
    blocks: tuple[BlockScore, ...]
    total: Figure
    total_max: Number
    rank: Place | None
    """Shared by equal totals; null where the scores leave it open or the team is not ranked."""
    rank_low: Place | None
    """Best rank that what is known allows; null for a team that is not ranked."""
    rank_high: Place | None
    tied_with: tuple[str, ...] = ()
    interval: RankInterval | None = None


class ViewResult(Document):
    """Outcome of a gate in one view."""

    view: str
    outcome: Literal["pass", "fail", "unknown"]
    not_met: Count | None = None
    of: Count | None = None
    reason: Localized | None = None


class GateResult(Document):
    """Outcome of a gate for a team."""

    gate: str
    team: str
    when: Literal["before_ranking", "after_ranking"]
    outcome: Literal["pass", "fail", "unknown"]
    basis: Literal["ruling", "audit", "review", "ticks", "threshold", "nothing"]
    views: tuple[ViewResult, ...] = ()
    reason: Localized
    source: str | None = None
    confidence: Confidence | None = None
    digest: str | None = None
    """Digest of the audit or review that was the input."""


class TeamDecision(Document):
    """What becomes of a team."""

    team: str
    outcome: Literal["advances", "out", "undecided"]
    by: Literal["score", "gate", "tie", "withdrawal", "selection", "unknown"]
    gate: str | None = None
    sentence: Localized


class Decision(Document):
    """Who goes on, and why in words."""

    kind: Literal["ranking", "selection", "none"]
    """Places by rank, additional selection, or neither because the round decides nothing."""
    outcome: Literal["decided", "nobody", "undecided"]
    """Whether it is clear who goes on; ``nobody`` where it is clear that nobody does."""
    places: Count
    advance: tuple[str, ...]
    out: tuple[str, ...]
    undecided: tuple[str, ...]
    teams: tuple[TeamDecision, ...]
    path: tuple[Localized, ...]
    """The decision step by step."""


class Check(Document):
    """A published statement laid beside what was computed."""

    fact: str
    kind: str
    what: Localized
    published: str
    computed: str | None
    status: Literal["agrees", "differs", "not_computable"]
    reason: Localized | None = None
    low: Number | None = None
    """Least value that what is known allows, where it cannot be computed."""
    high: Number | None = None
    source: str
    confidence: Confidence


class Difference(Document):
    """A value that is not what it was."""

    path: str
    before: str | None
    """Null where it was not there."""
    after: str | None
    """Null where it is gone."""


class AmendmentEffect(Document):
    """What an amendment changed."""

    amendment: str
    on: dt.date
    reason: Localized
    late: bool
    """Whether it was objected to outside of the time for objections."""
    changes: tuple[Difference, ...]
    """Values it names."""
    effects: tuple[Difference, ...]
    """Scores, ranks, gates and decisions that came out otherwise."""
    sentence: Localized


class FileRecord(Document):
    """A file that was read."""

    path: str
    digest: str


class RoundProvenance(Document):
    """How the report came about, so that whoever doubts can repeat it."""

    dokja: str
    round_digest: str
    """Digest of the round file's content, whatever its layout."""
    criteria_digest: str
    criteria_locked_on: dt.date | None = None
    """Day on which the criteria were locked, as the lock says; null without a lock."""
    criteria_changes: tuple[Localized, ...] | None = None
    """What has changed since the lock; null without a lock."""
    accept: tuple[Confidence, ...]
    files: tuple[FileRecord, ...]
    seed: int
    n_draws: Count


class RoundReport(Document):
    """A round from data to decision."""

    schema_version: Literal["1"]
    round: str
    title: Localized
    version: str
    teams: tuple[TeamResult, ...]
    gates: tuple[GateResult, ...]
    decision: Decision
    checks: tuple[Check, ...]
    amendments: tuple[AmendmentEffect, ...]
    notes: tuple[Localized, ...]
    """What a reader must know: unlike protocols, missing runs, results that were not used."""
    summary: Localized
    provenance: RoundProvenance


# -- criteria and replay --------------------------------------------------------------------------


class CriteriaValue(Document):
    """One value of the criteria."""

    path: str
    value: str
    """As JSON."""


class CriteriaLock(Document):
    """The criteria as they stood on a day: a digest, and every value beneath it."""

    schema_version: Literal["1"]
    round: str
    version: str
    locked_on: dt.date
    digest: str
    values: tuple[CriteriaValue, ...]
    dokja: str


class CriteriaChange(Difference):
    """A change of the criteria, in words."""

    sentence: Localized


class CriteriaCheck(Document):
    """The criteria of a round laid beside a lock."""

    intact: bool
    """Whether the criteria are the locked ones and were locked before submissions."""
    locked_on: dt.date
    locked_digest: str
    digest: str
    late: bool | None
    """Whether the lock is younger than the first submission; null where no date is given."""
    changes: tuple[CriteriaChange, ...]
    summary: Localized


class ReplayReport(Document):
    """A stored report laid beside one computed anew from the same inputs."""

    schema_version: Literal["1"]
    round: str
    same_inputs: bool
    """Whether the round and every result file bear the digests that the report names."""
    identical: bool
    """Whether every value came out again."""
    differences: tuple[Difference, ...]
    summary: Localized
