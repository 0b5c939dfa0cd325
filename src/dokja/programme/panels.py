"""The report on a panel: points, intervals, places, and what is to be known about the raters.

The module puts figures together and decides nothing; no figure of chance flows into a point.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, get_args

import numpy as np

from dokja.document.number import Figure, Known, Unknown
from dokja.document.panel import (
    ItemFigures,
    OrderFigures,
    PairFigures,
    PanelInterval,
    PanelReport,
    TeamFigures,
    TickFigures,
    View,
)
from dokja.programme.bootstrap import (
    drawn_panels,
    expanded_tail,
    interval_ends,
    place_ranges,
    short_panels,
    totals_of_panels,
)
from dokja.programme.panel_ballots import vote_figures
from dokja.programme.panel_check import check_panel
from dokja.programme.panel_order import order_effect
from dokja.programme.panel_points import TeamPoints, as_decimal, team_points
from dokja.programme.panel_raters import agreement_figures, fitted, rater_figures
from dokja.programme.panel_tables import PanelTables, panel_tables
from dokja.programme.panel_words import (
    blinding_sentences,
    no_order,
    no_points,
    pair_sentences,
    rater_sentences,
    unclear_items,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dokja.document.common import Localized
    from dokja.document.panel import PanelFile
    from dokja.programme.raters import Severity

__all__ = ["panel_report"]

_LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True)
class _Chance:
    """Totals and places of the teams had the panel been another one."""

    totals: NDArray[np.float64]
    n_kept: NDArray[np.int64]
    best: NDArray[np.int64]
    worst: NDArray[np.int64]
    best_without: NDArray[np.int64]
    worst_without: NDArray[np.int64]
    changes: NDArray[np.bool_]
    level: float


def panel_report(
    panel: PanelFile,
    *,
    seed: int = 0,
    n_resamples: int = 2000,
    level: float = _LEVEL,
    digest: str | None = None,
) -> PanelReport:
    """Work out what the marks and votes of a panel say.

    Parameters
    ----------
    panel
        The panel.
    seed
        Seed of all chance; the same seed gives the same report.
    n_resamples
        How many panels are drawn for the intervals.
    level
        Share of the intervals that hold the truth.
    digest
        Digest of the file the panel was read from.

    Returns
    -------
    PanelReport
        Points are exact; everything else is an estimate with its uncertainty.

    Raises
    ------
    ProgrammeError
        If the parts of the panel do not fit together; with every defect.
    MissingDependencyError
        If there are votes and evalica is not installed.
    """
    check_panel(panel)
    # Each use has a generator of its own, so that votes change no interval of the marks.
    panels_rng, order_rng, votes_rng = np.random.default_rng(seed).spawn(3)
    tables = panel_tables(panel)
    points = [
        team_points(tables.marks[team], panel.items, panel.combination) for team in panel.teams
    ]
    chance = _chance(tables, panels_rng, n_resamples, level) if panel.items else None
    model = fitted(tables)
    pairs = _pairs(panel.teams, points, chance)
    raters = rater_figures(panel, tables, model, None if chance is None else chance.changes)
    return PanelReport(
        panel=panel.id,
        digest=digest,
        level=level,
        n_resamples=n_resamples,
        seed=seed,
        combination=panel.combination,
        teams=tuple(_team(panel, number, points, chance) for number in range(len(panel.teams))),
        pairs=pairs,
        raters=raters,
        agreement=agreement_figures(panel, tables),
        order=_order(panel, tables, model, order_rng),
        blinding=panel.blinding,
        exclusions=tables.exclusions,
        ticks=_ticks(panel, tables),
        votes=vote_figures(panel, votes_rng, n_resamples=n_resamples, level=level),
        sentences=_sentences(panel, pairs, rater_sentences(raters)),
    )


def _chance(
    tables: PanelTables, rng: np.random.Generator, n_resamples: int, level: float
) -> _Chance | None:
    n_raters = len(tables.raters)
    if not n_raters:
        return None
    ratings = tables.ratings
    totals = totals_of_panels(ratings, drawn_panels(n_raters, n_resamples, rng))
    observed = totals_of_panels(ratings, np.ones((1, n_raters), dtype=np.int64))
    now = place_ranges(observed)
    without = place_ranges(totals_of_panels(ratings, short_panels(n_raters)))
    given = (~np.isnan(ratings.values)).sum(axis=0).min(axis=1)
    kept = np.maximum(given - ratings.drop_low - ratings.drop_high, 0)
    best, worst = place_ranges(totals)
    tail = expanded_tail(float(kept.min()), level) if kept.min() >= 2 else 0.0
    return _Chance(
        totals=totals,
        n_kept=kept,
        best=np.quantile(best, tail, axis=0, method="lower").astype(np.int64),
        worst=np.quantile(worst, 1.0 - tail, axis=0, method="higher").astype(np.int64),
        best_without=without[0].min(axis=0),
        worst_without=without[1].max(axis=0),
        changes=((without[0] != now[0]) | (without[1] != now[1])).any(axis=1),
        level=level,
    )


def _interval(ends: NDArray[np.float64], level: float) -> PanelInterval | None:
    if np.isnan(ends).any():
        return None
    return PanelInterval(low=float(ends[0]), high=float(ends[1]), level=level)


def _team(
    panel: PanelFile, number: int, points: Sequence[TeamPoints], chance: _Chance | None
) -> TeamFigures:
    own = points[number]
    totals = [one.total for one in points]
    rank: int | None = None
    tied: tuple[str, ...] = ()
    if own.total is not None and None not in totals:
        rank = 1 + sum(1 for total in totals if total is not None and total > own.total)
        tied = tuple(
            panel.teams[other]
            for other, total in enumerate(totals)
            if other != number and total == own.total
        )
    interval = None
    if chance is not None:
        ends = interval_ends(
            chance.totals[:, [number]], n_marks=chance.n_kept[number], level=chance.level
        )
        interval = _interval(ends[0], chance.level)
    return TeamFigures(
        team=panel.teams[number],
        points=_figure(own, panel),
        items=tuple(
            ItemFigures(
                item=item.id,
                points=_item_figure(own, item.id, panel),
                n_marks=own.n_marks[item.id],
            )
            for item in panel.items
        ),
        n_raters=own.n_raters,
        left_out=own.left_out,
        interval=interval,
        rank=rank,
        tied_with=tied,
        rank_low=None if chance is None else int(chance.best[number]),
        rank_high=None if chance is None else int(chance.worst[number]),
        rank_low_without_one=None if chance is None else int(chance.best_without[number]),
        rank_high_without_one=None if chance is None else int(chance.worst_without[number]),
    )


def _why(own: TeamPoints, panel: PanelFile) -> Unknown:
    left_out = panel.combination.drop_low + panel.combination.drop_high
    return Unknown(reason=no_points(own.n_raters, left_out))


def _figure(own: TeamPoints, panel: PanelFile) -> Figure:
    if own.total is None:
        return _why(own, panel)
    return Known(value=as_decimal(own.total), basis="computed")


def _item_figure(own: TeamPoints, item: str, panel: PanelFile) -> Figure:
    value = own.items[item]
    if value is not None:
        return Known(value=as_decimal(value), basis="computed")
    if own.total is not None:
        return Unknown(reason=unclear_items())
    return _why(own, panel)


def _pairs(
    teams: Sequence[str], points: Sequence[TeamPoints], chance: _Chance | None
) -> tuple[PairFigures, ...]:
    known = [(one.total, number) for number, one in enumerate(points) if one.total is not None]
    ranked = sorted(known, key=lambda one: (-one[0], teams[one[1]]))
    pairs = []
    for (high, above), (low, below) in pairwise(ranked):
        interval = None
        if chance is not None:
            apart = chance.totals[:, [above]] - chance.totals[:, [below]]
            n_marks = min(chance.n_kept[above], chance.n_kept[below])
            interval = _interval(
                interval_ends(apart, n_marks=n_marks, level=chance.level)[0], chance.level
            )
        pairs.append(
            PairFigures(
                above=teams[above],
                below=teams[below],
                difference=as_decimal(high - low),
                interval=interval,
                separated=None if interval is None else interval.low > 0 or interval.high < 0,
            )
        )
    return tuple(pairs)


def _order(
    panel: PanelFile, tables: PanelTables, model: Severity | None, rng: np.random.Generator
) -> OrderFigures:
    found = None
    if panel.blinding.order == "randomised" and model is not None:
        leftover = model.residuals.reshape(tables.shares.shape)
        given = (~np.isnan(leftover)).sum(axis=2)
        with np.errstate(invalid="ignore"):
            marks = np.where(given > 0, np.nansum(leftover, axis=2) / given, np.nan)
        found = order_effect(marks, tables.positions, rng)
    if found is None:
        return OrderFigures(reason=no_order(panel.blinding))
    return OrderFigures(
        slope=found.slope,
        p_value=found.p_value,
        method=found.method,
        n_permutations=found.n_permutations,
    )


def _ticks(panel: PanelFile, tables: PanelTables) -> tuple[TickFigures, ...]:
    views: tuple[View, ...] = get_args(View)
    if not any(form.ticks for form in panel.forms):
        return ()
    figures = []
    for team in panel.teams:
        forms = [form for form in panel.forms if form.team == team]
        counted = [form for form in forms if (form.rater, team) not in tables.excluded]
        for view in views:
            ticks = [tick for form in counted for tick in form.ticks if tick.view == view]
            marks = [tick.not_met for tick in ticks]
            figures.append(
                TickFigures(
                    team=team,
                    view=view,
                    not_met=marks.count(True),
                    met=marks.count(False),
                    open=len(counted) - marks.count(True) - marks.count(False),
                    excluded=len(forms) - len(counted),
                    reasons=tuple(tick.reason for tick in ticks if tick.not_met and tick.reason),
                )
            )
    return tuple(figures)


def _sentences(
    panel: PanelFile, pairs: tuple[PairFigures, ...], on_raters: tuple[Localized, ...]
) -> tuple[Localized, ...]:
    return (*pair_sentences(pairs), *on_raters, *blinding_sentences(panel.blinding))
