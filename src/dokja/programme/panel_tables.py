"""The forms of a panel as tables of raters by teams and items, without what does not count.

The module knows where a mark stands, never what the tables are used for.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from dokja.document.common import Localized
from dokja.document.panel import Exclusion
from dokja.programme.bootstrap import Ratings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from numpy.typing import NDArray

    from dokja.document.panel import Form, PanelFile, View

__all__ = ["PanelTables", "panel_tables"]


@dataclass(frozen=True, slots=True)
class PanelTables:
    """What counts of a panel, in the order of its teams, raters and items."""

    raters: tuple[str, ...]
    marks: Mapping[str, Mapping[str, Mapping[str, Decimal]]]
    """By team, rater and item; what was left open is absent."""
    shares: NDArray[np.float64]
    """Marks as shares of their scale, shape ``(raters, teams, items)``."""
    positions: NDArray[np.float64]
    """Place at which each rater saw each team, shape ``(raters, teams)``."""
    ratings: Ratings
    """Marks as the score combines them."""
    exclusions: tuple[Exclusion, ...]
    excluded: frozenset[tuple[str, str]]
    """Rater and team of every form that does not count."""

    @property
    def flat(self) -> NDArray[np.float64]:
        """Shares as a table of raters by everything that they judged."""
        n_raters, n_teams, n_items = self.shares.shape
        return self.shares.reshape(n_raters, n_teams * n_items)

    def ticks(self, forms: Sequence[Form], teams: Sequence[str], view: View) -> NDArray[np.float64]:
        """Return who ticked what for one view.

        Parameters
        ----------
        forms
            The forms of the panel.
        teams
            Its teams.
        view
            Which box.

        Returns
        -------
        numpy.ndarray
            1 for not met, 0 for met, not a number for open; shape ``(raters, teams)``.
        """
        row = {rater: number for number, rater in enumerate(self.raters)}
        column = {team: number for number, team in enumerate(teams)}
        table = np.full((len(row), len(column)), np.nan)
        for form in forms:
            if (form.rater, form.team) in self.excluded:
                continue
            for tick in form.ticks:
                if tick.view == view and tick.not_met is not None:
                    table[row[form.rater], column[form.team]] = float(tick.not_met)
        return table


def panel_tables(panel: PanelFile) -> PanelTables:
    """Lay the forms of a panel out as tables.

    Parameters
    ----------
    panel
        A panel whose parts fit together.

    Returns
    -------
    PanelTables
        Without the marks of raters with a conflict of interest, each named.
    """
    raters = tuple(rater.id for rater in panel.raters)
    row = {rater: number for number, rater in enumerate(raters)}
    column = {team: number for number, team in enumerate(panel.teams)}
    cell = {item.id: number for number, item in enumerate(panel.items)}
    scales = [(item.lowest, item.highest - item.lowest) for item in panel.items]
    exclusions = _exclusions(panel)
    excluded = frozenset((one.rater, one.team) for one in exclusions)
    marks: dict[str, dict[str, dict[str, Decimal]]] = {team: {} for team in panel.teams}
    shares = np.full((len(row), len(column), len(cell)), np.nan)
    raw = np.full(shares.shape, np.nan)
    positions = np.full((len(row), len(column)), np.nan)
    for form in panel.forms:
        if (form.rater, form.team) in excluded:
            continue
        at = row[form.rater], column[form.team]
        if form.position is not None:
            positions[at] = form.position
        held = marks[form.team].setdefault(form.rater, {})
        for mark in form.marks:
            if mark.value is None:
                continue
            number = cell[mark.item]
            held[mark.item] = mark.value
            lowest, width = scales[number]
            shares[(*at, number)] = float((mark.value - lowest) / width)
            raw[(*at, number)] = float(mark.value)
    return PanelTables(
        raters=raters,
        marks=marks,
        shares=shares,
        positions=positions,
        ratings=_ratings(panel, raw),
        exclusions=exclusions,
        excluded=excluded,
    )


def _ratings(panel: PanelFile, raw: NDArray[np.float64]) -> Ratings:
    how = panel.combination
    worth = [Fraction(item.maximum) / Fraction(item.highest) for item in panel.items]
    if not (how.trim == "total" and (how.drop_low or how.drop_high)):
        weights = np.array([float(one) for one in worth], dtype=np.float64)
        return Ratings(raw, weights, how.drop_low, how.drop_high)
    # A rater without some item has no total: the sum is not a number, as it should be.
    totals = np.zeros((*raw.shape[:2], 1))
    for number, one in enumerate(worth):
        totals[..., 0] += raw[..., number] * float(one)
    return Ratings(totals, np.ones(1), how.drop_low, how.drop_high)


def _exclusions(panel: PanelFile) -> tuple[Exclusion, ...]:
    found: dict[tuple[str, str], Exclusion] = {}
    handed_in = {(form.rater, form.team) for form in panel.forms}
    for rater in panel.raters:
        for conflict in rater.conflicts:
            for team in panel.teams if conflict.team is None else (conflict.team,):
                reason = Localized(
                    en=f"conflict of interest: {conflict.reason}",
                    ko=f"이해충돌: {conflict.reason}",
                )
                if (rater.id, team) in handed_in:
                    found.setdefault(
                        (rater.id, team), Exclusion(rater=rater.id, team=team, reason=reason)
                    )
    return tuple(found.values())
