"""What would change the decision of a round, as a document.

The module defines what is stored of changed rules and their outcome, never how it is worked out.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, Field

from dokja.document.common import Document, Localized
from dokja.document.number import Figure, InputNumber, Number
from dokja.document.round_rules import Formula, Positive, Rounding

__all__ = [
    "BenchmarkLeftOut",
    "BreakEven",
    "EffectiveWeight",
    "FormulaChange",
    "RankRow",
    "RaterLeftOut",
    "Reference",
    "RoundingChange",
    "RuleChange",
    "Scenario",
    "ScenarioFile",
    "ScenarioResult",
    "TornadoBar",
    "WeightChange",
    "WeightingShare",
    "Weightings",
    "WhatIfProvenance",
    "WhatIfReport",
]

Count = Annotated[int, Field(ge=0)]
Place = Annotated[int, Field(ge=1)]
Share = Annotated[InputNumber, Field(ge=0, le=100)]


# -- what is changed ------------------------------------------------------------------------------


class FormulaChange(Document):
    """An item's values become points by another formula."""

    kind: Literal["formula"] = "formula"
    item: str
    formula: Formula


class WeightChange(Document):
    """A block's share of the total, or an item's of its block; the others keep their ratio."""

    kind: Literal["weight"] = "weight"
    of: str
    """Id of a block or an item; a block and its only item share the block's weight."""
    share: Share
    """In percent."""


class RaterLeftOut(Document):
    """One rater's marks on an item do not count."""

    kind: Literal["rater"] = "rater"
    item: str
    rater: str


class BenchmarkLeftOut(Document):
    """One benchmark of an item does not count for any team."""

    kind: Literal["benchmark"] = "benchmark"
    item: str
    benchmark: str


class RoundingChange(Document):
    """Other rules of rounding in place of the round's."""

    kind: Literal["rounding"] = "rounding"
    rounding: tuple[Rounding, ...]


RuleChange = Annotated[
    FormulaChange | WeightChange | RaterLeftOut | BenchmarkLeftOut | RoundingChange,
    Field(discriminator="kind"),
]

_MAX_MEMBERS: Final = 1000
_ONE: Final = {"minItems": 1, "maxItems": _MAX_MEMBERS}

T = TypeVar("T")


def _some(members: tuple[T, ...]) -> tuple[T, ...]:
    # A bound on the field would make pydantic stop at the first broken member.
    if not 1 <= len(members) <= _MAX_MEMBERS:
        message = f"must have 1 to {_MAX_MEMBERS:,} members, not {len(members):,}"
        raise ValueError(message)
    return members


Group = Literal["formula", "weight", "rater", "benchmark", "rounding", "own"]


class Scenario(Document):
    """Changes that are made together."""

    id: Annotated[str, Field(min_length=1, max_length=200)]
    group: Group = "own"
    of: str | None = None
    """Item or block that it is about, if it is about one."""
    label: Localized
    changes: Annotated[tuple[RuleChange, ...], AfterValidator(_some), Field(json_schema_extra=_ONE)]


class ScenarioFile(Document):
    """Changes that somebody wants tried, as a file."""

    schema_version: Literal["1"]
    scenarios: Annotated[tuple[Scenario, ...], AfterValidator(_some), Field(json_schema_extra=_ONE)]


class Reference(Document):
    """A named model of the world and its value on an item, to scale by."""

    item: str
    name: str
    value: Positive


# -- what came out --------------------------------------------------------------------------------


class RankRow(Document):
    """A team in a table of ranks."""

    team: str
    total: Figure
    rank_low: Place | None
    """Best rank that what is known allows; null for a team that is not ranked."""
    rank_high: Place | None
    outcome: Literal["advances", "out", "undecided"]


class ScenarioResult(Document):
    """What comes out under changed rules."""

    id: str
    group: Group
    of: str | None
    label: Localized
    changes: tuple[RuleChange, ...]
    table: tuple[RankRow, ...]
    """Highest first."""
    effect: Literal["same", "changes", "may_change"]
    """``may_change`` where what is known leaves open a team that was decided."""
    gains: tuple[str, ...]
    """Teams that would go on instead."""
    loses: tuple[str, ...]
    """Teams that would be out instead."""
    opens: tuple[str, ...]
    """Teams that would be undecided."""
    margin: Number | None
    """Least total of those within the places today less the largest of those out by score; below
    zero the places change hands. Null where a total is not known or today's places are open."""
    sentence: Localized
    notes: tuple[Localized, ...] = ()


class BreakEven(Document):
    """How far one number must be moved before the places change hands, all else being equal."""

    parameter: Literal["divisor", "block_share", "item_share"]
    """What is moved: full marks of an item, a block's share of the total in percent, or an item's
    share of its block in percent."""
    of: str
    now: Number
    low: Number
    """The search went down to here,"""
    high: Number
    """and up to here."""
    direction: Literal["down", "up"]
    holds_until: Number | None
    """Last value at which today's places stand; null if they stand as far as was searched."""
    flips_from: Number | None
    """First value at which they do not; one unit of the last digit further."""
    digits: Count
    inside: str | None
    """Team within the places that changes places …"""
    outside: str | None
    """… with this one."""
    rounding_low: Number | None
    """Between these two values rounding decides; null where nothing is rounded or one end was
    not reached."""
    rounding_high: Number | None
    sentence: Localized


class EffectiveWeight(Document):
    """How far an item or block drew the teams apart, beside what it was worth on paper."""

    name: str
    level: Literal["item", "block"]
    max: Number
    best: Number
    worst: Number
    spread: Number
    """Points between the best and the worst team."""
    spread_share: Number | None
    """Of the sum of all spreads, in percent; null where all are zero."""
    max_share: Number
    """Of the total, in percent."""
    floor: Number
    """Points that the lowest possible marks give anyway."""
    sentence: Localized


class WeightingShare(Document):
    """Share of the weightings in which a team is first, and in which it is last, in percent."""

    team: str
    first: Number
    last: Number
    first_low: Number | None = None
    """Interval of a drawn share; null for an exact one."""
    first_high: Number | None = None
    last_low: Number | None = None
    last_high: Number | None = None


class Weightings(Document):
    """All weightings of blocks or items at once, each as likely as any other."""

    over: Literal["blocks", "items"]
    parts: tuple[str, ...]
    method: Literal["exact", "drawn"]
    shares: tuple[WeightingShare, ...]
    """A share counts weightings in which the team is first or last alone or jointly."""
    n_draws: Count
    level: Number | None = None
    """Of the intervals, in percent; null for exact shares."""
    sentence: Localized


class TornadoBar(Document):
    """How far one kind of change moves the margin at the cut."""

    group: Group
    of: str | None
    label: Localized
    low: Number
    high: Number
    n_scenarios: Count
    n_flips: Count
    """Scenarios among them that change the decision."""
    at_low: str
    """Scenario with the least margin."""
    at_high: str


class WhatIfProvenance(Document):
    """How the report came about."""

    dokja: str
    round_digest: str
    accept: tuple[str, ...]
    seed: int
    n_draws: Count
    swing: Number
    """By how many percent of itself each weight was moved."""


class WhatIfReport(Document):
    """Which changes of the rules change the decision, and how far each is from doing so."""

    schema_version: Literal["1"] = "1"
    round: str
    title: Localized
    version: str
    now: tuple[RankRow, ...]
    margin: Number | None
    inside: str | None
    """Last team within the places; null where the margin is."""
    outside: str | None
    """First team out by score."""
    scenarios: tuple[ScenarioResult, ...]
    break_evens: tuple[BreakEven, ...]
    effective_weights: tuple[EffectiveWeight, ...]
    weightings: tuple[Weightings, ...]
    tornado: tuple[TornadoBar, ...]
    """Widest first."""
    notes: tuple[Localized, ...]
    """What could not be tried, and why."""
    summary: Localized
    provenance: WhatIfProvenance
