"""Points from marks, exactly: means, trimmed means, and who was left out.

The module knows rational arithmetic and missing marks, never what the points decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dokja.document.panel import Combination, PanelItem

__all__ = ["TeamPoints", "as_decimal", "team_points", "trimmed_mean"]

_CONTEXT: Final = Context(prec=50, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class TeamPoints:
    """Points of one team, as fractions, so that equal points are equal."""

    total: Fraction | None
    """None where too few marks are left."""
    items: Mapping[str, Fraction | None]
    """None where too few marks are left, or where which of several raters with the same total
    was left out would change it."""
    n_marks: Mapping[str, int]
    n_raters: int
    left_out: tuple[str, ...]
    incomplete: Mapping[str, tuple[str, ...]]
    """Items that a rater left open, by rater; such a rater has no total to trim by."""


def trimmed_mean(
    marks: Sequence[Decimal | Fraction], *, drop_low: int = 0, drop_high: int = 0
) -> Fraction | None:
    """Return the mean without the lowest and the highest marks.

    Parameters
    ----------
    marks
        The marks that were given.
    drop_low, drop_high
        How many to leave out at each end.

    Returns
    -------
    fractions.Fraction or None
        None where no mark is left.

    Examples
    --------
    >>> trimmed_mean([Decimal("9.5"), Decimal(8), Decimal(4)], drop_low=1, drop_high=1)
    Fraction(8, 1)
    """
    kept = sorted(Fraction(mark) for mark in marks)[drop_low : max(0, len(marks) - drop_high)]
    return sum(kept, Fraction(0)) / len(kept) if kept else None


def as_decimal(value: Fraction) -> Decimal:
    """Write a fraction as a decimal of at most fifty digits.

    Parameters
    ----------
    value
        The fraction.

    Returns
    -------
    decimal.Decimal
        Exact where fifty digits are enough, else rounded half up at the fiftieth.

    Examples
    --------
    >>> as_decimal(Fraction(1, 8))
    Decimal('0.125')
    """
    return _CONTEXT.divide(Decimal(value.numerator), Decimal(value.denominator))


def team_points(
    marks: Mapping[str, Mapping[str, Decimal]],
    items: Sequence[PanelItem],
    combination: Combination,
) -> TeamPoints:
    """Return the points of one team.

    Parameters
    ----------
    marks
        Marks that count, by rater and item; what was left open is absent.
    items
        What is marked.
    combination
        How marks become points.

    Returns
    -------
    TeamPoints
        The sum over items of mean times maximum over highest mark.

    Notes
    -----
    Where raters are left out by their totals, only raters who marked every item have one; the
    others are left aside and named. Otherwise every item has the mean of whoever marked it.
    """
    trims = bool(combination.drop_low or combination.drop_high)
    if trims and combination.trim == "total":
        return _by_total(marks, items, combination)
    means = {}
    counts = {}
    for item in items:
        given = [held[item.id] for held in marks.values() if item.id in held]
        counts[item.id] = len(given)
        mean = trimmed_mean(given, drop_low=combination.drop_low, drop_high=combination.drop_high)
        means[item.id] = None if mean is None else mean * _worth(item)
    return TeamPoints(
        total=_sum(list(means.values())),
        items=means,
        n_marks=counts,
        n_raters=sum(1 for held in marks.values() if held),
        left_out=(),
        incomplete={},
    )


def _by_total(
    marks: Mapping[str, Mapping[str, Decimal]],
    items: Sequence[PanelItem],
    combination: Combination,
) -> TeamPoints:
    open_items = {
        rater: tuple(item.id for item in items if item.id not in held)
        for rater, held in marks.items()
    }
    whole = [rater for rater, left in open_items.items() if not left]
    totals = {
        rater: sum((Fraction(marks[rater][item.id]) * _worth(item) for item in items), Fraction(0))
        for rater in whole
    }
    ranked = sorted(whole, key=lambda rater: (totals[rater], rater))
    end = max(combination.drop_low, len(ranked) - combination.drop_high)
    kept = ranked[combination.drop_low : end]
    clear = _clear(ranked, totals, marks, (combination.drop_low, end))
    points = {
        item.id: _mean([Fraction(marks[rater][item.id]) * _worth(item) for rater in kept])
        for item in items
    }
    return TeamPoints(
        total=_mean([totals[rater] for rater in kept]),
        items=points if clear else dict.fromkeys(points),
        n_marks=dict.fromkeys(points, len(kept)),
        n_raters=len(whole),
        left_out=tuple(rater for rater in ranked if rater not in set(kept)) if kept else (),
        incomplete={rater: left for rater, left in open_items.items() if left},
    )


def _clear(
    ranked: Sequence[str],
    totals: Mapping[str, Fraction],
    marks: Mapping[str, Mapping[str, Decimal]],
    cuts: tuple[int, int],
) -> bool:
    """Whether it is plain who is left out, or makes no difference to any item."""
    for cut in cuts:
        if 0 < cut < len(ranked) and totals[ranked[cut - 1]] == totals[ranked[cut]]:
            same = [marks[rater] for rater in ranked if totals[rater] == totals[ranked[cut]]]
            if any(dict(held) != dict(same[0]) for held in same):
                return False
    return True


def _worth(item: PanelItem) -> Fraction:
    return Fraction(item.maximum) / Fraction(item.highest)


def _mean(values: Sequence[Fraction]) -> Fraction | None:
    return sum(values, Fraction(0)) / len(values) if values else None


def _sum(values: Sequence[Fraction | None]) -> Fraction | None:
    known = [value for value in values if value is not None]
    return sum(known, Fraction(0)) if values and len(known) == len(values) else None
