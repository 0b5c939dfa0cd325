"""What the figures of the programme's pages show, as plain values.

The module knows the values of a figure, never how it is drawn. They are floats for drawing only;
what is printed comes from exact numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

__all__ = ["Bars", "Drawn", "Legend", "Lines", "Shape", "Stacks", "Tornado", "colour"]

Legend: TypeAlias = tuple[tuple[str, str], ...]
"""Style property of each colour, and what it stands for."""

_N_COLOURS: Final = 6


def colour(place: int) -> str:
    """Name the colour of a series.

    Parameters
    ----------
    place
        Its place among the series of a figure.

    Returns
    -------
    str
        A style property of the page; after the last colour comes the first again.
    """
    return f"series-{place % _N_COLOURS + 1}"


@dataclass(frozen=True, slots=True)
class Stacks:
    """Segments side by side in one bar a row: row, series, start, end, words."""

    rows: tuple[str, ...]
    series: Legend
    segments: tuple[tuple[str, str, float, float, str], ...]
    ends: tuple[tuple[str, float, str], ...]
    """What stands behind each bar."""
    axis: str
    high: float
    rule: float | None = None
    """Where a line is drawn through all bars."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Ranges on one axis: row, series, low, high, point, words."""

    rows: tuple[str, ...]
    series: Legend
    """The first of two is drawn broad, behind the other."""
    ranges: tuple[tuple[str, str, float, float, float | None, str], ...]
    axis: str
    low: float
    high: float
    whole: bool = False
    """Whether the axis has whole numbers only, such as ranks."""
    rule: tuple[float, str] | None = None


@dataclass(frozen=True, slots=True)
class Tornado:
    """How far each change moves a value away from what it is: row, low, high, words, flips."""

    rows: tuple[tuple[str, float, float, str, bool], ...]
    axis: str
    now: float
    now_words: str
    series: Legend
    """Changes that leave the decision, and those that turn it over."""
    zero_words: str


@dataclass(frozen=True, slots=True)
class Bars:
    """One bar a row: row, value, words, group."""

    rows: tuple[tuple[str, float, str, str], ...]
    series: Legend
    axis: str
    high: float


class Drawn(Protocol):
    """A figure of another page, which knows how it is drawn."""

    def chart(self) -> Any:  # noqa: ANN401 - an Altair chart of some kind
        """Draw it."""
        ...


Shape: TypeAlias = Stacks | Lines | Tornado | Bars | Drawn
