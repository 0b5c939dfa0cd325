"""Scores under other panels: raters drawn anew with replacement, or left out one by one.

The module knows arrays of marks and how often each rater counts, never whose marks they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Ratings",
    "drawn_panels",
    "expanded_tail",
    "interval_ends",
    "place_ranges",
    "short_panels",
    "totals_of_panels",
]

_BLOCK_BYTES: Final = 64 * 2**20
_TIE: Final = 1e-9
"""Relative difference below which two totals are the same number, computed twice."""
_MOST_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Ratings:
    """Marks of every rater for every team on every item, and how they become one total."""

    values: NDArray[np.float64]
    """Shape ``(raters, teams, items)``; not a number where there is no mark."""
    item_weights: NDArray[np.float64]
    """Points for one unit of each item's mean, shape ``(items,)``."""
    drop_low: int = 0
    """How many of the lowest marks of a team on an item are left out."""
    drop_high: int = 0
    """How many of the highest are."""

    def __post_init__(self) -> None:
        shape = self.values.shape
        if len(shape) != 3 or self.item_weights.shape != shape[2:]:
            raise ValueError(f"marks of shape {shape} with weights {self.item_weights.shape}")
        if np.isinf(self.values).any() or not np.isfinite(self.item_weights).all():
            raise ValueError("marks and weights must be finite")
        if self.drop_low < 0 or self.drop_high < 0:
            raise ValueError("a number of marks to leave out cannot be negative")


def drawn_panels(n_raters: int, n_resamples: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw panels of the same size from the raters, with replacement.

    Parameters
    ----------
    n_raters
        How many raters there are, at least one.
    n_resamples
        How many panels to draw.
    rng
        Source of the draws.

    Returns
    -------
    numpy.ndarray
        How often each rater sits in each panel, shape ``(n_resamples, n_raters)``.

    Notes
    -----
    The rater is the unit that is drawn, with all of his or her marks. Marks of one rater for
    several teams belong together; drawing single marks would make every interval too narrow.
    """
    return rng.multinomial(n_raters, np.full(n_raters, 1.0 / n_raters), size=n_resamples)


def short_panels(n_raters: int) -> NDArray[np.int64]:
    """Return the panels that lack one rater each.

    Parameters
    ----------
    n_raters
        How many raters there are.

    Returns
    -------
    numpy.ndarray
        Row ``i`` counts everyone once but rater ``i``, shape ``(n_raters, n_raters)``.
    """
    return 1 - np.eye(n_raters, dtype=np.int64)


def totals_of_panels(ratings: Ratings, panels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the total of every team under every panel.

    Parameters
    ----------
    ratings
        The marks.
    panels
        How often each rater counts, shape ``(panels, raters)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(panels, teams)``; not a number where some item of a team is left without marks.

    Notes
    -----
    A total is the sum over items of weight times (trimmed) mean. Marks with at most six decimals
    are summed as whole numbers, so that the sums are exact and equal teams stay equal, whatever
    the order of summation or the number of threads.

    The cost is one matrix product of ``(panels, raters)`` with ``(raters, teams * items)``, two
    where marks are missing; trimming adds a few passes over ``panels * teams * items``. Blocks
    bound the memory.
    """
    n_raters, n_teams, n_items = ratings.values.shape
    if panels.ndim != 2 or panels.shape[1] != n_raters:
        raise ValueError(f"panels of shape {panels.shape} for {n_raters} raters")
    per_block = max(1, _BLOCK_BYTES // max(1, 8 * n_teams * n_items))
    marks = _Marks.of(ratings)
    totals = np.empty((len(panels), n_teams))
    for start in range(0, len(panels), per_block):
        block = slice(start, start + per_block)
        means = marks.means(panels[block]).reshape(-1, n_teams, n_items)
        means *= ratings.item_weights
        totals[block] = means.sum(axis=2)
    return totals


def interval_ends(
    totals: NDArray[np.float64], *, n_marks: ArrayLike, level: float = 0.95
) -> NDArray[np.float64]:
    """Return where a team's total would lie had other raters of the same kind been asked.

    Parameters
    ----------
    totals
        Totals under drawn panels, shape ``(panels, teams)``; panels in which a total is not a
        number are left out for that team.
    n_marks
        How many marks carry each team's mean after trimming, shape ``(teams,)`` or one number.
    level
        Share of such intervals that hold the truth.

    Returns
    -------
    numpy.ndarray
        Low and high end, shape ``(teams, 2)``; not a number where there are fewer than two marks
        or more than a twentieth of the panels left the team without a total.

    Notes
    -----
    The expanded percentile interval: plain percentiles are too narrow for small panels, by the
    factor ``sqrt((n - 1) / n)`` and by normal in place of Student quantiles; both are undone by
    taking percentiles further out. With ten raters the plain 95 % interval holds the truth in
    about 90 % of cases.

    References
    ----------
    Hesterberg, T. C. (2015). What teachers should know about the bootstrap. The American
    Statistician 69(4), 371-386. https://doi.org/10.1080/00031305.2015.1089789
    """
    n_teams = totals.shape[1]
    counts = np.broadcast_to(np.asarray(n_marks, dtype=np.float64), (n_teams,))
    ends = np.full((n_teams, 2), np.nan)
    for team in range(n_teams):
        held = totals[:, team][~np.isnan(totals[:, team])]
        if counts[team] < 2 or len(held) < 0.95 * len(totals):
            continue
        tail = expanded_tail(float(counts[team]), level)
        ends[team] = np.quantile(held, (tail, 1.0 - tail))
    return ends


def expanded_tail(n_marks: float, level: float) -> float:
    """Return the share of drawn panels beyond each end of an interval.

    Parameters
    ----------
    n_marks
        How many marks carry the mean, at least two.
    level
        Share of the intervals that hold the truth.

    Returns
    -------
    float
        Less than ``(1 - level) / 2``, and close to it for many marks.

    Notes
    -----
    See `interval_ends`.
    """
    from scipy.special import ndtr, stdtrit  # noqa: PLC0415 - a fifth of a second at import

    if not 0.0 < level < 1.0:
        raise ValueError(f"a level of {level} is not between 0 and 1")
    reach = np.sqrt(n_marks / (n_marks - 1.0)) * stdtrit(n_marks - 1.0, 0.5 + level / 2.0)
    return float(ndtr(-reach))


def place_ranges(totals: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the best and the worst place of every team under every panel.

    Parameters
    ----------
    totals
        Shape ``(panels, teams)``; not a number where a total is unknown.

    Returns
    -------
    best, worst : numpy.ndarray
        Shape ``(panels, teams)``, counted from 1; the two differ for tied teams, and where an
        unknown total could stand above or below. A team whose own total is unknown could have
        any place.

    Notes
    -----
    Totals closer than a billionth of the larger count as tied: they differ by rounding only.
    """
    n_panels, n_teams = totals.shape
    best = np.empty((n_panels, n_teams), dtype=np.int64)
    worst = np.empty_like(best)
    per_block = max(1, _BLOCK_BYTES // max(1, 16 * n_teams * n_teams))
    for start in range(0, n_panels, per_block):
        block = totals[start : start + per_block]
        margin = _TIE * np.maximum(np.abs(block[:, :, None]), np.abs(block[:, None, :]))
        gap = block[:, None, :] - block[:, :, None]
        # A comparison with an unknown total is false: it is surely neither above nor below.
        with np.errstate(invalid="ignore"):
            best[start : start + per_block] = 1 + (gap > margin).sum(axis=2)
            worst[start : start + per_block] = n_teams - (gap < -margin).sum(axis=2)
    return best, worst


@dataclass(frozen=True, slots=True)
class _Marks:
    """Marks as a table of raters by cells, scaled to whole numbers where that is possible."""

    table: NDArray[np.float64]
    given: NDArray[np.float64] | None
    scale: float
    drop_low: int
    drop_high: int

    @classmethod
    def of(cls, ratings: Ratings) -> _Marks:
        flat = ratings.values.reshape(len(ratings.values), -1)
        scale = _whole_scale(flat)
        table = np.rint(flat * scale) if scale != 1.0 else flat.copy()
        missing = np.isnan(table)
        given = None
        if missing.any():
            given = (~missing).astype(np.float64)
        return cls(table, given, scale, ratings.drop_low, ratings.drop_high)

    def means(self, panels: NDArray[np.int64]) -> NDArray[np.float64]:
        times = panels.astype(np.float64)
        filled = self.table if self.given is None else np.nan_to_num(self.table)
        sums = times @ filled
        counts = times.sum(axis=1)[:, None] if self.given is None else times @ self.given
        if self.drop_low:
            sums -= _lowest(self.table, panels, self.drop_low)
        if self.drop_high:
            sums += _lowest(-self.table, panels, self.drop_high)
        left = counts - self.drop_low - self.drop_high
        with np.errstate(divide="ignore", invalid="ignore"):
            means = np.where(left > 0, sums / (left * self.scale), np.nan)
        return np.broadcast_to(means, sums.shape).copy()


def _lowest(
    table: NDArray[np.float64], panels: NDArray[np.int64], how_many: int
) -> NDArray[np.float64]:
    """Sum of the lowest marks of every cell in every panel, counting raters as often as drawn."""
    order = np.argsort(table, axis=0, kind="stable")
    ranked = np.nan_to_num(np.take_along_axis(table, order, axis=0))
    # The lowest of all first: in most panels that rater sits.
    taken = np.minimum(panels[:, order[0]], how_many)
    total: NDArray[np.float64] = np.multiply(taken, ranked[0])
    missing = how_many - taken
    panel, cell = np.nonzero(missing)
    left = missing[panel, cell]
    # Going up, only cells that still miss some are looked at again: with one mark to leave
    # out, a third of them each time.
    for raters, marks in zip(order[1:], ranked[1:], strict=True):
        if not len(left):
            break
        again = np.minimum(panels[panel, raters[cell]], left)
        total[panel, cell] += again * marks[cell]
        left = left - again
        still = left > 0
        panel, cell, left = panel[still], cell[still], left[still]
    return total


def _whole_scale(values: NDArray[np.float64]) -> float:
    """Return the power of ten that makes all marks whole, or 1 where there is none."""
    held = values[~np.isnan(values)]
    for digits in range(_MOST_DIGITS + 1):
        scaled = held * 10.0**digits
        whole = np.rint(scaled)
        if np.all(np.abs(scaled - whole) <= 1e-9 * np.maximum(1.0, np.abs(scaled))):
            # Sums must stay exact: 2**53 over as many raters as anyone will ask.
            return 10.0**digits if np.all(np.abs(whole) < 2.0**40) else 1.0
    return 1.0
