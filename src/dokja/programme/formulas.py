"""From values to points: one pure function a formula, in exact decimals.

The module knows arithmetic, never where a value comes from or whose it is.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from dokja.document.common import Localized
from dokja.document.number import written
from dokja.document.round_rules import (
    BestTeamFull,
    MeanOf,
    MedianOf,
    MinMax,
    OwnOverTarget,
    Points,
    ScaledRange,
    Share,
    SumOf,
    TrimmedMean,
    WorldBest,
)
from dokja.programme.rounding import exactly, mean, round_to, total

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dokja.document.round_rules import Combine, Formula

__all__ = ["combine", "depends_on_others", "explain", "needed", "points_alone", "points_among"]


def needed(how: Combine) -> int:
    """Return how many values a combination needs at least.

    Parameters
    ----------
    how
        The combination.

    Returns
    -------
    int
        At least 1.
    """
    return how.drop_lowest + how.drop_highest + 1 if isinstance(how, TrimmedMean) else 1


@exactly
def combine(values: Sequence[Decimal], how: Combine) -> Decimal | None:
    """Make one value of many.

    Parameters
    ----------
    values
        Finite numbers in any order.
    how
        The combination.

    Returns
    -------
    decimal.Decimal or None
        None where there are fewer than `needed`.

    Examples
    --------
    >>> marks = [Decimal(mark) for mark in (1, 8, 9, 40)]
    >>> combine(marks, TrimmedMean(kind="trimmed_mean"))
    Decimal('8.5')
    """
    if len(values) < needed(how):
        return None
    ordered = sorted(values)
    if isinstance(how, SumOf):
        return total(ordered)
    if isinstance(how, MedianOf):
        middle = len(ordered) // 2
        return mean(ordered[middle : middle + 1] if len(ordered) % 2 else _two(ordered, middle))
    if isinstance(how, TrimmedMean):
        return mean(ordered[how.drop_lowest : len(ordered) - how.drop_highest])
    assert isinstance(how, MeanOf)
    return mean(ordered)


def _two(ordered: list[Decimal], middle: int) -> list[Decimal]:
    return ordered[middle - 1 : middle + 1]


def depends_on_others(formula: Formula) -> bool:
    """Tell whether a team's points depend on what the other teams have.

    Parameters
    ----------
    formula
        The formula.

    Returns
    -------
    bool
        True for the best team's share and for minimum and maximum.
    """
    return isinstance(formula, BestTeamFull | MinMax)


@exactly
def points_alone(value: Decimal, most: Decimal, formula: Formula) -> Decimal:
    """Turn a value into points where the other teams do not matter.

    Parameters
    ----------
    value
        The value, never negative; for a ratio to targets, the ratio.
    most
        Maximum of the item.
    formula
        One for which `depends_on_others` is false.

    Returns
    -------
    decimal.Decimal
        Unrounded points from 0 to `most`.

    Examples
    --------
    >>> points_alone(Decimal("72.03"), Decimal(20), Share(kind="share", full=Decimal(100)))
    Decimal('14.406')
    """
    if isinstance(formula, Share):
        return min(value * most / formula.full, most)
    if isinstance(formula, ScaledRange):
        inside = min(max(value, formula.low), formula.high)
        return min((inside - formula.low) * most / (formula.high - formula.low), most)
    if isinstance(formula, WorldBest):
        return min(value * most / formula.value, most)
    if isinstance(formula, OwnOverTarget):
        return min(value, formula.cap) * most
    assert isinstance(formula, Points)
    return value


@exactly
def points_among(
    values: Mapping[str, Decimal], most: Decimal, formula: Formula
) -> dict[str, Decimal] | None:
    """Turn the values of all teams into points where they depend on each other.

    Parameters
    ----------
    values
        Value of each team, none of them negative.
    most
        Maximum of the item.
    formula
        One for which `depends_on_others` is true.

    Returns
    -------
    dict or None
        Unrounded points of each team; None where the values do not tell the teams apart as the
        formula needs it.
    """
    if not values:
        return None
    best, worst = max(values.values()), min(values.values())
    if isinstance(formula, BestTeamFull):
        if best <= 0:
            return None
        return {team: min(value * most / best, most) for team, value in values.items()}
    assert isinstance(formula, MinMax)
    if best == worst:
        alike = {"full": most, "zero": Decimal(0), "unknown": None}[formula.when_equal]
        return None if alike is None else dict.fromkeys(values, alike)
    spread = best - worst
    return {team: min((value - worst) * most / spread, most) for team, value in values.items()}


def _short(value: Decimal) -> str:
    """Write a number in at most six digits after the point."""
    text = written(value)
    return text if len(text.partition(".")[2]) <= 6 else written(round_to(value, 6)) + "…"


def explain(
    value: Decimal,
    most: Decimal,
    formula: Formula,
    points: tuple[Decimal, Decimal],
    among: Sequence[Decimal],
) -> Localized:
    """Write a calculation down.

    Parameters
    ----------
    value
        What went in.
    most
        Maximum of the item.
    formula
        The formula.
    points
        Points before and after rounding.
    among
        Values of all teams, for a formula that needs them.

    Returns
    -------
    Localized
        Such as ``47.4 × 25/100 = 11.85 → 11.9``; the same in both languages.
    """
    before, after = points
    value_, most_ = _short(value), _short(most)
    left = value_
    if isinstance(formula, Share):
        left = f"{value_} × {most_}/{_short(formula.full)}"
    elif isinstance(formula, ScaledRange):
        low, high = _short(formula.low), _short(formula.high)
        left = f"({value_} − {low}) / ({high} − {low}) × {most_}"
    elif isinstance(formula, WorldBest):
        left = f"{value_} / {_short(formula.value)} × {most_}"
    elif isinstance(formula, OwnOverTarget):
        left = f"min({value_}, {_short(formula.cap)}) × {most_}"
    elif isinstance(formula, BestTeamFull) and among:
        left = f"{value_} / {_short(max(among))} × {most_}"
    elif isinstance(formula, MinMax) and among:
        low, high = _short(min(among)), _short(max(among))
        left = f"({value_} − {low}) / ({high} − {low}) × {most_}"
    words = left if left == _short(before) else f"{left} = {_short(before)}"
    if written(before) != written(after):
        words += f" → {_short(after)}"
    return Localized(en=words, ko=words)
