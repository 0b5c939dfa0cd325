"""Where ranks lie when the raters are drawn anew.

The module works in floats beside the scores and hands back ranks only; no score comes from it.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

import numpy as np

from dokja.document.number import Known
from dokja.document.round_report import RankInterval
from dokja.document.round_rules import (
    BestTeamFull,
    MedianOf,
    MinMax,
    Points,
    ScaledRange,
    Share,
    SumOf,
    TrimmedMean,
    WorldBest,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dokja.document.round import Item, RoundFile
    from dokja.document.round_rules import Combine, Formula
    from dokja.programme.standing import Standing
    from dokja.programme.table import Table

    Array = NDArray[np.float64]

__all__ = ["DEFAULT_DRAWS", "LEVEL", "rank_intervals"]

DEFAULT_DRAWS: Final = 1000
"""Times that raters are drawn anew unless asked otherwise."""

LEVEL: Final = 0.95
"""Share of the draws that an interval holds at least."""

_MAX_CELLS = 50_000_000


def rank_intervals(
    found: RoundFile,
    table: Table,
    standing: Standing,
    teams: Sequence[str],
    *,
    seed: int,
    n_draws: int,
) -> Mapping[str, RankInterval]:
    """Draw raters anew and look where the ranks lie.

    Parameters
    ----------
    found
        The round.
    table
        Results.
    standing
        Points of all teams.
    teams
        Teams that are ranked.
    seed
        Seed of the draws.
    n_draws
        How often raters are drawn; 0 for never.

    Returns
    -------
    mapping
        Interval of each team; empty where a total is unknown, or no item has the marks of single
        raters for every team.

    Notes
    -----
    Percentile bootstrap over raters: a panel is drawn with replacement, the same draw for all
    teams and all items of that panel, because each rater marks every team. Points follow the
    round's formulas without rounding. The interval is descriptive; with ten raters it is rough.
    Cost: ``n_draws`` × raters × teams for each item.

    References
    ----------
    Efron, B. (1979). Bootstrap methods. doi:10.1214/aos/1176344552
    """
    totals = [standing.scores[team].total for team in teams]
    if n_draws < 1 or len(teams) < 2 or not all(isinstance(t, Known) for t in totals):
        return {}
    if not all(isinstance(t, Known) and t.basis == "computed" for t in totals):
        return {}
    drawn = np.array([[float(t.value)] for t in totals if isinstance(t, Known)])
    drawn = np.repeat(drawn, n_draws, axis=1)
    used = []
    for item in found.items:
        moved = _moved(table, standing, item, teams, seed, n_draws)
        if moved is not None:
            drawn += moved
            used.append(item.id)
    if not used:
        return {}
    return _intervals(drawn, teams, tuple(sorted(used)))


def _intervals(
    drawn: Array, teams: Sequence[str], items: tuple[str, ...]
) -> dict[str, RankInterval]:
    # Equal totals must stay equal although they were added in another order.
    settled = np.round(drawn, 9)
    above = np.stack([(settled > row).sum(axis=0) for row in settled])
    below = np.stack([(settled < row).sum(axis=0) for row in settled])
    places = np.sort(above + 1, axis=1)
    n_draws = drawn.shape[1]
    tail = int((1.0 - LEVEL) / 2 * n_draws)
    return {
        team: RankInterval(
            low=int(places[step, tail]),
            high=int(places[step, n_draws - 1 - tail]),
            level=LEVEL,
            first_share=float((above[step] == 0).mean()),
            last_share=float((below[step] == 0).mean()),
            n_draws=n_draws,
            items=items,
        )
        for step, team in enumerate(teams)
    }


def _moved(  # noqa: PLR0917 - one call site
    table: Table,
    standing: Standing,
    item: Item,
    teams: Sequence[str],
    seed: int,
    n_draws: int,
) -> Array | None:
    """Return by how much each draw moves each team's points on an item."""
    scores = [standing.scores[team].items[item.id].score for team in teams]
    computed = all(isinstance(s, Known) and s.basis == "computed" for s in scores)
    if item.raters is None or not computed:
        return None
    by_parts = bool(item.sub_items) and item.raters.over == "sub_item"
    parts = [f"{item.id}.{sub.id}" for sub in item.sub_items] or [item.id]
    marks = [_marks(table, part, teams) for part in parts]
    if not by_parts and any(not raters for raters, _ in marks):
        marks = [_marks(table, item.id, teams)]
    panels = {raters for raters, _ in marks}
    if len(panels) != 1 or not marks[0][0] or len(marks[0][0]) * n_draws > _MAX_CELLS:
        return None
    raters = marks[0][0]
    counts = _draws(raters, seed, n_draws)
    if by_parts:
        most = [float(sub.max) for sub in item.sub_items]
        pairs = zip(marks, most, strict=True)
    else:
        added = np.sum([given for _, given in marks], axis=0)
        pairs = zip([(raters, added)], [float(item.max)], strict=True)
    points = sum(
        _points(_combined(given, counts, item.raters.combine), most_, item.formula)
        for (_, given), most_ in pairs
    )
    now = np.array([[float(s.value)] for s in scores if isinstance(s, Known)])
    return np.asarray(points - now)


def _marks(table: Table, part: str, teams: Sequence[str]) -> tuple[tuple[str, ...], Array]:
    """Return raters and marks, teams by raters; no raters where any mark is missing."""
    rows = []
    for team in teams:
        row: dict[str, float] = {}
        for result in table.of(team, part):
            if result.rater is None or result.rater in row:
                return (), np.zeros((0, 0))
            row[result.rater] = float(result.value)
        rows.append(row)
    raters = tuple(sorted(rows[0]))
    if any(tuple(sorted(row)) != raters for row in rows):
        return (), np.zeros((0, 0))
    return raters, np.array([[row[rater] for rater in raters] for row in rows])


def _draws(raters: tuple[str, ...], seed: int, n_draws: int) -> Array:
    """Return how often each rater is drawn, the same for the same panel whatever the item."""
    rng = np.random.default_rng([seed, zlib.crc32("\0".join(raters).encode())])
    n = len(raters)
    return rng.multinomial(n, np.full(n, 1.0 / n), size=n_draws).astype(np.float64)


def _combined(marks: Array, counts: Array, how: Combine) -> Array:
    """Combine the drawn marks of each team; teams by draws."""
    n = marks.shape[1]
    if isinstance(how, TrimmedMean):
        low, high = how.drop_lowest, how.drop_highest
    elif isinstance(how, MedianOf):
        low = high = (n - 1) // 2
    else:
        whole = marks @ counts.T
        return np.asarray(whole if isinstance(how, SumOf) else whole / n)
    rows = []
    for row in marks:
        order = np.argsort(row, kind="stable")
        upto = np.cumsum(counts[:, order], axis=1)
        # What is left of each mark once the lowest and highest have been counted off.
        left = np.clip(upto, low, n - high)
        left = np.diff(left, axis=1, prepend=np.full((len(counts), 1), float(low)))
        rows.append(left @ row[order] / (n - low - high))
    return np.stack(rows)


def _points(values: Array, most: float, formula: Formula) -> Array:
    if isinstance(formula, Share):
        return values * (most / float(formula.full))
    if isinstance(formula, ScaledRange):
        low, high = float(formula.low), float(formula.high)
        return np.asarray(np.clip((values - low) / (high - low), 0, 1) * most)
    if isinstance(formula, WorldBest):
        return np.asarray(np.minimum(values / float(formula.value), 1) * most)
    if isinstance(formula, BestTeamFull):
        return np.asarray(values / np.maximum(values.max(axis=0), 1e-300) * most)
    if isinstance(formula, MinMax):
        low, high = values.min(axis=0), values.max(axis=0)
        spread = np.where(high > low, high - low, 1.0)
        return np.asarray((values - low) / spread * most)
    assert isinstance(formula, Points)
    return values
