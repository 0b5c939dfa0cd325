"""A round of a programme as a document: teams, items, rules, facts; and, beside it, its report.

The module knows what a round file says, never how a score is worked out or which team is which.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from dokja.document.common import Document, Localized
from dokja.document.number import Figure, Known, Number, Unknown
from dokja.document.round_facts import Amendment, Ballot, Fact, GateInput
from dokja.document.round_report import RoundReport
from dokja.document.round_rules import (
    Advance,
    Benchmark,
    Formula,
    Gate,
    Id,
    Positive,
    Raters,
    Rounding,
    Runs,
    Selection,
    Sourced,
    SpotCheck,
)

__all__ = [
    "CRITERIA_FIELDS",
    "Block",
    "Disclosure",
    "Event",
    "Figure",
    "Item",
    "Known",
    "Number",
    "Objections",
    "RoundFile",
    "RoundReport",
    "Source",
    "SubItem",
    "Team",
    "Unknown",
]

CRITERIA_FIELDS = (
    "id",
    "title",
    "version",
    "blocks",
    "items",
    "total_max",
    "rounding",
    "gates",
    "advance",
    "selection",
    "objections",
    "schedule",
    "disclosure",
)
"""Fields that are the criteria: what a lock covers, and what no result may change."""


class Source(Document):
    """Where something was published."""

    id: Id
    title: Localized
    publisher: str | None = None
    reference: str | None = None
    """An address, a document number, or a digest."""
    published: dt.date | None = None


class Team(Sourced):
    """A team that takes part."""

    id: Id
    name: Localized
    model: str | None = None
    status: Literal["submitted", "withdrawn"] = "submitted"


class Block(Sourced):
    """A group of items with a maximum of its own."""

    id: Id
    title: Localized
    max: Positive


class SubItem(Sourced):
    """A part of an item with a maximum of its own, scored by the item's formula."""

    id: Id
    title: Localized
    max: Positive


class Item(Sourced):
    """What points are given for."""

    id: Id
    title: Localized
    block: Id
    max: Positive
    formula: Formula
    sub_items: tuple[SubItem, ...] = ()
    benchmarks: tuple[Benchmark, ...] = ()
    """Its benchmarks; when empty, whichever are found count alike."""
    runs: Runs | None = None
    spot_check: SpotCheck | None = None
    raters: Raters | None = None
    unlike_protocols: Localized | None = None
    """Why unlike protocols may be averaged; without it they are not."""


class Objections(Sourced):
    """How long and to whom teams may object."""

    days: Annotated[int, Field(ge=0, le=3650)] | None = None
    opens: dt.date | None = None
    closes: dt.date | None = None


class Event(Sourced):
    """A date of the schedule."""

    kind: Literal["criteria", "call", "submission", "evaluation", "result", "objection", "other"]
    title: Localized
    opens: dt.date
    closes: dt.date | None = None


class Disclosure(Sourced):
    """What is published of the scores, and when."""

    profile: Literal["all", "item_winners", "averages_and_gaps", "outcome_only"]
    on: dt.date | None = None
    own_scores: bool | None = None
    """Whether each team is told its own scores; null where nobody said."""


class RoundFile(Document):
    """A round: what is judged, how, and what was published of it."""

    schema_version: Literal["1"]
    id: Id
    title: Localized
    version: Annotated[str, Field(min_length=1, max_length=64)]
    """Version of the criteria, changed by hand whenever they change."""
    description: Localized | None = None
    sources: tuple[Source, ...] = ()
    accept: tuple[Literal["official", "press", "third_party", "inferred"], ...] = (
        "official",
        "press",
        "third_party",
    )
    """Marks of the facts that may stand in for what is not there."""

    teams: Annotated[tuple[Team, ...], Field(min_length=1, max_length=10_000)]
    blocks: tuple[Block, ...] = ()
    items: tuple[Item, ...] = ()
    total_max: Positive | None = None
    rounding: tuple[Rounding, ...] = ()
    gates: tuple[Gate, ...] = ()
    advance: Advance | None = None
    selection: Selection | None = None
    objections: Objections | None = None
    schedule: tuple[Event, ...] = ()
    disclosure: tuple[Disclosure, ...] = ()

    facts: tuple[Fact, ...] = ()
    gate_inputs: tuple[GateInput, ...] = ()
    ballots: tuple[Ballot, ...] = ()
    amendments: tuple[Amendment, ...] = ()
