"""Scores and places as ranges, where openness, a score or a whole model may be unknown.

The module knows which models count for what, never what a place is worth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dokja.document.leaderboard import (
        CountryTable,
        Derivatives,
        LeaderboardView,
        Snapshot,
        SnapshotModel,
        Weights,
    )

__all__ = ["UNKNOWN_COUNTRY", "Standing", "standings"]

UNKNOWN_COUNTRY: Final = "??"
"""Stands for the country of an organisation that no source places; it is no country."""

_IMPLIED: Final = {
    "model": ("model",),
    "organisation": ("model", "organisation"),
    "country": ("model", "organisation", "country"),
}
"""Completeness of which views makes each view complete: no best is missing where none is."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One row of an order."""

    id: str
    models: tuple[SnapshotModel, ...]
    """All that count for the row, surely or possibly, best first."""
    low: Decimal | None
    """Its score is at least this; None where nothing surely counts."""
    high: Decimal | None
    """Its score is at most this; None where that is not known."""
    first: int
    """Its place is at best this one."""
    last: int | None
    """Its place is at worst this one; None where unlisted ones could stand above."""
    tied_with: tuple[str, ...]

    @property
    def certain(self) -> bool:
        """Whether the score is known."""
        return self.low is not None and self.low == self.high

    @property
    def settled(self) -> bool:
        """Whether the place is known, ties sharing the best of theirs."""
        return self.certain and self.last == self.first


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    models: tuple[SnapshotModel, ...]
    low: Decimal | None
    high: Decimal | None
    bounded: bool
    capped: bool = False
    """Whether its score is below `high`, not at it."""


def standings(
    snapshot: Snapshot,
    countries: CountryTable,
    *,
    view: LeaderboardView,
    weights: Weights,
    derivatives: Derivatives,
) -> tuple[Standing, ...]:
    """Put models, organisations or countries in order.

    Parameters
    ----------
    snapshot
        The index on one day.
    countries
        Which organisation is from where; holds every organisation of the snapshot.
    view
        What a row is. Organisations and countries stand with their best model; joint models
        count for each of their developers.
    weights
        Whether models with closed weights count. One of which nobody says whether its weights
        are open could count: it makes places uncertain, not wrong.
    derivatives
        Whether a model made from another counts for its adapter or for the donor's maker.

    Returns
    -------
    tuple of Standing
        Best first; rows without any certain score last, what is from an unknown country not at
        all.

    Notes
    -----
    A place is one more than the number of those above. Whoever could be above, but need not,
    widens the range of places; so does a list of which no source says that it is complete. An
    organisation or a country may have a better model than those that are listed, unless a source
    says that there is none: its score is then at least that of its best listed model.
    """
    full = _fullness(snapshot, view, weights, derivatives)
    rows = [
        _row(name, members, weights)
        for name, members in _grouped(snapshot, countries, view, derivatives).items()
    ]
    rows = [row for row in rows if row.models]
    if view != "model":
        rows = [_with_unlisted(row, full) for row in rows]
    placed = [row for row in rows if row.id != UNKNOWN_COUNTRY]
    # Each organisation from nowhere could be a country of its own, above or below.
    homeless = [
        _with_unlisted(_row(row.id, (model,), weights), full)
        for row in rows
        if row.id == UNKNOWN_COUNTRY
        for model in row.models
    ]
    found = [_placed(row, placed, homeless, full) for row in placed]
    return tuple(sorted(found, key=_order))


def _order(standing: Standing) -> tuple[bool, Decimal, str]:
    low = standing.low
    return low is None, Decimal(0) if low is None else -low, standing.id


def _grouped(
    snapshot: Snapshot, countries: CountryTable, view: LeaderboardView, derivatives: Derivatives
) -> dict[str, tuple[SnapshotModel, ...]]:
    home = {one.id: one.country for one in countries.organisations}
    groups: dict[str, tuple[SnapshotModel, ...]] = {}
    for model in snapshot.models:
        for name in _names(model, home, view, derivatives):
            groups[name] = (*groups.get(name, ()), model)
    return groups


def _names(
    model: SnapshotModel,
    home: dict[str, str | None],
    view: LeaderboardView,
    derivatives: Derivatives,
) -> Iterator[str]:
    if view == "model":
        yield model.id
        return
    makers: Sequence[str] = model.organisations
    if derivatives == "donor" and model.derived_from is not None:
        makers = model.derived_from.donor_organisations
    names = makers if view == "organisation" else [home[one] or UNKNOWN_COUNTRY for one in makers]
    # Two developers from one country count for it once.
    yield from dict.fromkeys(names)


def _row(name: str, models: Sequence[SnapshotModel], weights: Weights) -> _Row:
    counted = [one for one in models if weights == "all" or one.open_weight is not False]
    sure = [one for one in counted if weights == "all" or one.open_weight is True]
    known = [one.score for one in counted if one.score is not None]
    surely = [one.score for one in sure if one.score is not None]
    ranked = sorted(counted, key=lambda one: (one.score is None, -(one.score or 0), one.id))
    return _Row(
        id=name,
        models=tuple(ranked),
        low=max(surely, default=None),
        high=max(known, default=None),
        bounded=len(known) == len(counted),
    )


def _with_unlisted(row: _Row, full: Decimal | None) -> _Row:
    """Allow for models of the same maker or country that are not in the list."""
    if full is None:
        return replace(row, bounded=False)
    if row.low is not None and row.low >= full:
        return row
    # What is not listed lies below the score down to which all are.
    capped = row.high is None or row.high < full
    return replace(row, high=full if capped else row.high, capped=capped)


def _placed(
    row: _Row,
    placed: Sequence[_Row],
    homeless: Sequence[_Row],
    full: Decimal | None,
) -> Standing:
    others = [one for one in placed if one.id != row.id]
    surely_above = [one for one in others if _surely_above(one, row)]
    maybe_above = [one for one in (*others, *homeless) if _maybe_above(one, row)]
    listed_all = row.low is not None and full is not None and row.low >= full
    certain = row.bounded and row.low is not None and row.low == row.high
    return Standing(
        id=row.id,
        models=row.models,
        low=row.low,
        high=row.high if row.bounded else None,
        first=1 + len(surely_above),
        last=1 + len(maybe_above) if listed_all else None,
        tied_with=tuple(
            sorted(one.id for one in others if certain and one.low == one.high == row.low)
        ),
    )


def _surely_above(other: _Row, row: _Row) -> bool:
    if other.low is None or row.high is None or not row.bounded:
        return False
    return other.low > row.high or (row.capped and other.low == row.high)


def _maybe_above(other: _Row, row: _Row) -> bool:
    if not other.bounded or row.low is None:
        return True
    return other.high is not None and other.high > row.low


def _fullness(
    snapshot: Snapshot, view: LeaderboardView, weights: Weights, derivatives: Derivatives
) -> Decimal | None:
    """Return the score down to which nothing that could stand above is missing, if any."""
    # A list of companies' best models need not hold the best one made from a company's donor.
    implied = _IMPLIED[view] if derivatives == "adapter" else ("model",)
    reached = [
        one.down_to
        for one in snapshot.complete
        # All models being listed, all open ones are; but a company's best open model may be
        # missing from a list of companies' best models.
        if one.view in implied
        and (one.weights == weights or (one.view == "model" and one.weights == "all"))
    ]
    return min(reached, default=None)
