"""How far raters agree: Krippendorff's alpha for names, ranks and intervals.

The module knows a table of marks, never who gave them or what was judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Agreement", "Level", "krippendorff_alpha"]

Level = Literal["nominal", "ordinal", "interval"]
"""What differences between marks mean: none but equal or not, an order, or a distance."""

_MOST_COUNTS: Final = 40_000_000
"""Most entries of the table of counts times raters for which the jackknife is worth its time."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Alpha of one table, with what it rests on."""

    level: Level
    alpha: float | None
    """1 for full agreement, 0 for what chance gives; None where it is not defined."""
    standard_error: float | None
    """By leaving out one rater at a time; None where that is not possible."""
    n_units: int
    """Units with at least two marks."""
    n_marks: int
    """Marks in those units."""
    n_values: int
    """Different marks among them."""


def krippendorff_alpha(marks: NDArray[np.float64], level: Level) -> Agreement:
    """Measure how far raters agree beyond chance.

    Parameters
    ----------
    marks
        Shape ``(raters, units)``; not a number where a rater did not judge a unit.
    level
        What differences between marks mean.

    Returns
    -------
    Agreement
        Its alpha is None where no unit has two marks, or where all marks are the same: then
        there is nothing to agree or disagree about.

    Notes
    -----
    Alpha is one minus observed over expected disagreement among pairs of marks within units and
    among all pairs. It does not change when raters or units change places, for the ordinal level
    under any increasing change of the marks, for the interval level under any linear one. The
    ordinal difference of two marks is the difference of their mean ranks, so that all levels but
    the nominal one are sums of squares and cost one pass over the table.

    The standard error is a jackknife over raters, since the raters are the sample; drawing
    raters with replacement would pair raters with themselves and find agreement there.

    References
    ----------
    Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability.
    https://repository.upenn.edu/asc_papers/43
    """
    if marks.ndim != 2 or np.isinf(marks).any():
        raise ValueError("marks must be a finite table of raters by units")
    counts, codes, values = _tally(marks)
    alpha = _alpha(counts, values, level)
    return Agreement(
        level=level,
        alpha=alpha,
        standard_error=None if alpha is None else _jackknife(counts, codes, values, level),
        n_units=len(counts),
        n_marks=int(counts.sum()),
        n_values=int((counts.sum(axis=0) > 0).sum()),
    )


def _tally(
    marks: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Count each mark in each unit that has two; code marks by value, -1 for none."""
    paired = marks[:, (~np.isnan(marks)).sum(axis=0) >= 2]
    given = ~np.isnan(paired)
    values, inverse = np.unique(paired[given], return_inverse=True)
    codes = np.full(paired.shape, -1, dtype=np.int64)
    codes[given] = inverse
    n_units = paired.shape[1]
    cells = (np.arange(n_units) * max(1, len(values)) + codes)[given]
    counts = np.bincount(cells, minlength=n_units * len(values))
    return counts.reshape(n_units, len(values)), codes, values


def _alpha(counts: NDArray[np.int64], values: NDArray[np.float64], level: Level) -> float | None:
    per_unit = counts.sum(axis=1)
    # Leaving out a rater may leave a unit with one mark, which can be compared with nothing.
    counts, per_unit = counts[per_unit >= 2], per_unit[per_unit >= 2]
    per_value = counts.sum(axis=0)
    n = int(per_value.sum())
    if n == 0 or (per_value > 0).sum() < 2:
        return None
    if level == "nominal":
        # Unequal pairs, counted through the equal ones.
        within = per_unit * per_unit - (counts * counts).sum(axis=1)
        among = float(n) * n - float((per_value.astype(np.float64) ** 2).sum())
    else:
        # Centred first: sums of squares of far-off numbers would cancel.
        score = _scores(per_value, values, level)
        score = score - per_value @ score / n
        squares = counts @ (score * score)
        within = 2.0 * (per_unit * squares - (counts @ score) ** 2)
        among = 2.0 * n * float(per_value @ (score * score))
    observed = float((within / (per_unit - 1)).sum()) / n
    expected = among / (float(n) * (n - 1))
    return 1.0 - observed / expected


def _scores(
    per_value: NDArray[np.int64], values: NDArray[np.float64], level: Level
) -> NDArray[np.float64]:
    if level == "interval":
        return values
    return np.cumsum(per_value) - per_value / 2.0


def _jackknife(
    counts: NDArray[np.int64],
    codes: NDArray[np.int64],
    values: NDArray[np.float64],
    level: Level,
) -> float | None:
    n_raters = len(codes)
    if n_raters < 3 or n_raters * counts.size > _MOST_COUNTS:
        return None
    left_out = np.empty(n_raters)
    for rater, given in enumerate(codes):
        units = np.flatnonzero(given >= 0)
        fewer = counts.copy()
        fewer[units, given[units]] -= 1
        alpha = _alpha(fewer, values, level)
        if alpha is None:
            return None
        left_out[rater] = alpha
    spread = float(((left_out - left_out.mean()) ** 2).sum())
    return float(np.sqrt(spread * (n_raters - 1) / n_raters))
