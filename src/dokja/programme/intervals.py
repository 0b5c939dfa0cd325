"""Where ranks lie when the raters are drawn anew.

The module works in floats beside the scores and hands back ranks only; no score comes from it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
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
from dokja.programme.formulas import depends_on_others
from dokja.programme.wording import joined, say, title_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from dokja.document.common import Localized
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


@dataclass(frozen=True, slots=True)
class _Move:
    """By how much each draw moves points on an item."""

    by: Mapping[str, Array]
    """One row of draws for each team whose points rest on marks of single raters."""
    valid: NDArray[np.bool_]
    """Draws in which every such team had enough marks."""
    gaps: bool
    """Whether some rater left a team out."""


def rank_intervals(
    found: RoundFile,
    table: Table,
    standing: Standing,
    teams: Sequence[str],
    *,
    seed: int,
    n_draws: int,
) -> tuple[Mapping[str, RankInterval], tuple[Localized, ...]]:
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
    intervals : mapping
        Interval of each team whose total was computed and rests on marks of single raters.
    notes : tuple of Localized
        For whom there is none and why, and what the others leave open; empty where nothing is
        drawn because there are no marks of single raters at all.

    Notes
    -----
    Percentile bootstrap over raters: a panel is drawn with replacement, the same draw for all
    teams and all items of that panel. A drawn rater who left a team out does not count for it; a
    draw that leaves a team too few marks is thrown away for all teams. A team with an unknown
    total may stand above any other, so that it widens their intervals by a place; a published
    total stays where it is. Points follow the round's formulas without rounding. The interval is
    descriptive; with ten raters it is rough. Cost: ``n_draws`` × raters × teams for each item.

    References
    ----------
    Efron, B. (1979). Bootstrap methods. doi:10.1214/aos/1176344552
    """
    if n_draws < 1 or len(teams) < 2:
        return {}, ()
    moves = {}
    for item in found.items:
        move = _moved(table, standing, item, seed, n_draws)
        if move is not None:
            moves[item.id] = move
    if not moves:
        return {}, ()
    valid = np.logical_and.reduce([move.valid for move in moves.values()])
    if 2 * int(valid.sum()) < n_draws:
        return {}, (_TOO_FEW,)
    known = [team for team in teams if isinstance(standing.scores[team].total, Known)]
    rows, items = [], {}
    for team in known:
        total = standing.scores[team].total
        assert isinstance(total, Known)
        mine = {name: m.by[team] for name, m in moves.items() if team in m.by}
        if total.basis != "computed":
            mine = {}
        moved = sum(mine.values(), np.zeros(n_draws))
        rows.append((float(total.value) + moved)[valid])
        items[team] = tuple(sorted(mine))
    every = _intervals(np.array(rows), known, items, len(teams) - len(known)) if known else {}
    intervals = {team: every[team] for team in known if items[team]}
    return intervals, tuple(_notes(found, standing, teams, moves, intervals))


_TOO_FEW: Final = say(
    "No rank intervals: most drawn panels leave some team too few marks.",
    "순위 구간 없음: 다시 뽑은 평가단 대부분에서 채점 수가 부족한 팀이 생깁니다.",
)


def _notes(
    found: RoundFile,
    standing: Standing,
    teams: Sequence[str],
    moves: Mapping[str, _Move],
    intervals: Mapping[str, RankInterval],
) -> Iterator[Localized]:
    """Say for whom there is no interval and why, and what those of the others leave open."""
    for team in sorted(set(teams) - set(intervals)):
        total = standing.scores[team].total
        if not isinstance(total, Known):
            why = ("its total is unknown", "총점을 알 수 없습니다")
        elif total.basis != "computed":
            why = ("its total was published, not computed", "총점이 계산값이 아니라 공표값입니다")
        else:
            why = (
                "none of its points rest on marks of single raters",
                "개별 평가자 점수에서 나온 배점이 없습니다",
            )
        name = title_of(found, team)
        yield say(
            f"No rank interval for {name.en}: {why[0]}.", f"{name.ko}: 순위 구간 없음({why[1]})."
        )
    is_open = sorted(t for t in teams if not isinstance(standing.scores[t].total, Known))
    if is_open and intervals:
        names = joined(title_of(found, team) for team in is_open)
        yield say(
            f"Rank intervals of the others allow for any place of {names.en}.",
            f"다른 팀의 순위 구간은 {names.ko}의 순위를 정해 두지 않고 넓게 잡았습니다.",
        )
    for item in found.items:
        if item.id in moves and moves[item.id].gaps:
            yield say(
                f"{item.title.en}: some raters left teams out; in rank intervals a drawn rater "
                "counts only for the teams that he marked.",
                f"{item.title.ko}: 일부 팀을 채점하지 않은 평가자가 있어, 순위 구간에서는 "
                "채점한 팀에만 반영했습니다.",
            )


def _intervals(
    drawn: Array, teams: Sequence[str], items: Mapping[str, tuple[str, ...]], n_open: int
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
            high=int(places[step, n_draws - 1 - tail]) + n_open,
            level=LEVEL,
            first_share=None if n_open else float((above[step] == 0).mean()),
            last_share=None if n_open else float((below[step] == 0).mean()),
            n_draws=n_draws,
            items=items[team],
        )
        for step, team in enumerate(teams)
    }


def _moved(table: Table, standing: Standing, item: Item, seed: int, n_draws: int) -> _Move | None:
    """Return by how much each draw moves each team's points on an item."""
    if item.raters is None:
        return None
    now, marks = {}, {}
    for team, score in standing.scores.items():
        points = score.items[item.id].score
        mine = _marks(table, item, team)
        if mine and isinstance(points, Known) and points.basis == "computed":
            now[team], marks[team] = float(points.value), mine
    raters = tuple(sorted({who for mine in marks.values() for part in mine for who in part}))
    if not raters or len(raters) * n_draws > _MAX_CELLS:
        return None
    shapes: dict[int, list[str]] = {}
    for team, mine in marks.items():
        shapes.setdefault(len(mine), []).append(team)
    # A formula that compares teams needs all of them, marked in the same way.
    alone = not depends_on_others(item.formula)
    if not alone and (set(now) != set(standing.scores) or len(shapes) > 1):
        return None
    counts = _draws(raters, seed, n_draws)
    return _joint([_move(item, names, marks, raters, counts) for names in shapes.values()], now)


def _move(
    item: Item,
    teams: Sequence[str],
    marks: Mapping[str, Sequence[Mapping[str, float]]],
    raters: tuple[str, ...],
    counts: Array,
) -> _Move:
    """Return the drawn points of teams that were marked in the same way."""
    assert item.raters is not None
    n_parts = len(marks[teams[0]])
    most = [item.max] if n_parts == 1 else [sub.max for sub in item.sub_items]
    drawn = np.zeros((len(teams), len(counts)))
    valid = np.ones(len(counts), dtype=np.bool_)
    gaps = False
    for step, full in enumerate(most):
        rows = [[marks[team][step].get(who, np.nan) for who in raters] for team in teams]
        given = np.array(rows)
        values, enough = _combined(given, counts, item.raters.combine)
        gaps = gaps or bool(np.isnan(given).any())
        valid &= enough
        drawn += _points(values, float(full), item.formula)
    return _Move(dict(zip(teams, drawn, strict=True)), valid, gaps)


def _joint(moves: Sequence[_Move], now: Mapping[str, float]) -> _Move:
    by = {team: drawn - now[team] for move in moves for team, drawn in move.by.items()}
    valid = np.logical_and.reduce([move.valid for move in moves])
    return _Move(by, valid, any(move.gaps for move in moves))


def _marks(table: Table, item: Item, team: str) -> list[dict[str, float]]:
    """Return each rater's mark, for the item or each of its parts; nothing if one has no rater."""
    whole = table.of(team, item.id)
    parts = [whole] if whole else [table.of(team, f"{item.id}.{s.id}") for s in item.sub_items]
    rows = []
    for part in parts:
        row: dict[str, list[float]] = {}
        for result in part:
            if result.rater is None:
                return []
            row.setdefault(result.rater, []).append(float(result.value))
        if not row:
            return []
        rows.append({who: sum(values) / len(values) for who, values in row.items()})
    assert item.raters is not None
    if len(rows) > 1 and item.raters.over == "total":
        if any(set(row) != set(rows[0]) for row in rows):
            return []
        return [{who: sum(row[who] for row in rows) for who in rows[0]}]
    return rows


def _draws(raters: tuple[str, ...], seed: int, n_draws: int) -> Array:
    """Return how often each rater is drawn, the same for the same panel whatever the item."""
    rng = np.random.default_rng([seed, zlib.crc32("\0".join(raters).encode())])
    n = len(raters)
    return rng.multinomial(n, np.full(n, 1.0 / n), size=n_draws).astype(np.float64)


def _combined(marks: Array, counts: Array, how: Combine) -> tuple[Array, NDArray[np.bool_]]:
    """Combine the drawn marks of each team, teams by draws, and tell which draws had enough."""
    there = ~np.isnan(marks)
    n_marks = there.astype(np.float64) @ counts.T
    if isinstance(how, TrimmedMean):
        low = np.full_like(n_marks, how.drop_lowest)
        high = np.full_like(n_marks, how.drop_highest)
    elif isinstance(how, MedianOf):
        low = high = np.maximum(n_marks - 1, 0) // 2
    else:
        whole = np.where(there, marks, 0.0) @ counts.T / np.maximum(n_marks, 1)
        if isinstance(how, SumOf):
            whole = whole * there.sum(axis=1)[:, None]
        return np.asarray(whole), np.asarray((n_marks > 0).all(axis=0))
    kept = n_marks - low - high
    rows = []
    for step, row in enumerate(marks):
        order = np.argsort(row, kind="stable")[: int(there[step].sum())]
        upto = np.cumsum(counts[:, order], axis=1)
        # What is left of each mark once the lowest and highest have been counted off.
        first, last = low[step][:, None], (n_marks - high)[step][:, None]
        left = np.clip(upto, first, np.maximum(first, last))
        left = np.diff(left, axis=1, prepend=first)
        rows.append(left @ row[order] / np.maximum(kept[step], 1))
    return np.stack(rows), np.asarray((kept > 0).all(axis=0))


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
