"""What a tool said of a pair, and whether that was right.

Refuses to know how a tool works.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.accuracy.pairs import Pair


class Said(StrEnum):
    """The three things any tool can say of a pair."""

    KIN = "kin"
    STRANGERS = "strangers"
    NOTHING = "nothing"


class Mark(StrEnum):
    """What that is worth."""

    RIGHT = "right"
    UNDECIDED = "undecided"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Answer:
    """One tool on one pair."""

    pair: str
    tool: str
    said: Said
    words: str = ""
    """In the tool's own words."""
    figures: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def read(row: dict[str, Any]) -> Answer:
    """Return an answer from plain data."""
    return Answer(**{**row, "said": Said(row["said"])})


def mark(pair: Pair, answer: Answer) -> Mark:
    """Say whether a tool was right."""
    if answer.said is Said.NOTHING:
        return Mark.UNDECIDED
    return Mark.RIGHT if (answer.said is Said.KIN) is pair.related else Mark.WRONG
