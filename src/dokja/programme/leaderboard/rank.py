"""The report on one snapshot: rows in order, published claims beside what the data give.

The module names index, version and date on every figure; it never compares two snapshots.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from dokja.document.common import Localized
from dokja.document.leaderboard import IndexStamp, LeaderboardReport, LeaderboardRow
from dokja.document.number import CONFIDENCE_ORDER, Figure, Known, Unknown
from dokja.programme.leaderboard.claims import check_claims
from dokja.programme.leaderboard.reading import check_against
from dokja.programme.leaderboard.standing import UNKNOWN_COUNTRY, standings
from dokja.programme.leaderboard.words import (
    counted_sentence,
    rank_reason,
    report_sentences,
    score_reason,
)

if TYPE_CHECKING:
    from dokja.document.leaderboard import (
        CountryTable,
        Derivatives,
        LeaderboardView,
        Snapshot,
        SnapshotModel,
        Weights,
    )
    from dokja.document.number import Confidence
    from dokja.programme.leaderboard.standing import Standing

__all__ = ["rank", "stamp_of"]


def rank(
    snapshot: Snapshot,
    countries: CountryTable,
    *,
    derivatives: Derivatives = "adapter",
    view: LeaderboardView = "model",
    weights: Weights = "all",
) -> LeaderboardReport:
    """Put the models, organisations or countries of a snapshot in order.

    Parameters
    ----------
    snapshot
        The index on one day.
    countries
        Which organisation is from where.
    derivatives
        Whether a model made from another counts for its adapter or for the donor's maker.
    view
        What a row is; organisations and countries stand with their best model.
    weights
        All models, or only those with open weights.

    Returns
    -------
    LeaderboardReport
        Places are known where no unknown or unlisted model could change them, else ranges.

    Raises
    ------
    ProgrammeError
        If the table lacks organisations of the snapshot; with all of them.
    """
    check_against(snapshot, countries)
    placed = standings(snapshot, countries, view=view, weights=weights, derivatives=derivatives)
    rows = tuple(_row(one, snapshot, countries, view) for one in placed)
    marks = {one.id: one.confidence for one in snapshot.sources}
    homeless = sum(
        1
        for model in snapshot.models
        for name in model.organisations
        if _country(name, countries) is None
    )
    used = {name for model in snapshot.models for name in model.sources}
    used |= {claim.source for claim in snapshot.claims}
    used |= {one.source for one in snapshot.complete}
    return LeaderboardReport(
        snapshot=snapshot.id,
        stamp=stamp_of(snapshot),
        countries=f"{countries.id} {countries.version}",
        view=view,
        weights=weights,
        derivatives=derivatives,
        rows=rows,
        checks=check_claims(snapshot, countries, marks, derivatives=derivatives),
        sentences=(
            counted_sentence(view, weights, derivatives),
            *report_sentences(snapshot, homeless=homeless if view == "country" else 0),
        ),
        sources=tuple(one for one in snapshot.sources if one.id in used),
    )


def stamp_of(snapshot: Snapshot) -> IndexStamp:
    """Return what has to stand beside every figure of a snapshot.

    Parameters
    ----------
    snapshot
        The snapshot.

    Returns
    -------
    IndexStamp
        Index, version and date.
    """
    return IndexStamp(
        index=snapshot.index, version=snapshot.index_version, dated_on=snapshot.dated_on
    )


def _country(organisation: str, countries: CountryTable) -> str | None:
    return next(one.country for one in countries.organisations if one.id == organisation)


def _row(
    standing: Standing, snapshot: Snapshot, countries: CountryTable, view: LeaderboardView
) -> LeaderboardRow:
    makers = tuple(dict.fromkeys(name for one in standing.models for name in one.organisations))
    homes = dict.fromkeys(_country(name, countries) or UNKNOWN_COUNTRY for name in makers)
    first = standing.models[0]
    best = first if standing.low is not None and first.score == standing.low else None
    if view == "country":
        homes = dict.fromkeys([standing.id])
    return LeaderboardRow(
        id=standing.id,
        name=_name(standing.id, snapshot, countries, view),
        stamp=stamp_of(snapshot),
        rank=_rank(standing),
        tied_with=standing.tied_with,
        score=_score(standing, best, snapshot),
        best_model=None if best is None else best.id,
        models=tuple(one.id for one in standing.models),
        organisations=(standing.id,) if view == "organisation" else makers,
        countries=tuple(homes),
        open_weight=None if best is None else best.open_weight,
    )


def _name(
    name: str, snapshot: Snapshot, countries: CountryTable, view: LeaderboardView
) -> Localized:
    if view == "country":
        return next(one.name for one in countries.countries if one.code == name)
    if view == "organisation":
        plain = next(one.name for one in countries.organisations if one.id == name)
    else:
        model = next(one for one in snapshot.models if one.id == name)
        plain = f"{model.name} ({model.variant})" if model.variant else model.name
    return Localized(en=plain, ko=plain)


def _rank(standing: Standing) -> Figure:
    if standing.settled:
        return Known(value=Decimal(standing.first), basis="computed")
    return Unknown(
        reason=rank_reason(standing),
        low=Decimal(standing.first),
        high=None if standing.last is None else Decimal(standing.last),
    )


def _score(standing: Standing, best: SnapshotModel | None, snapshot: Snapshot) -> Figure:
    if best is None or standing.low is None or not standing.certain:
        return Unknown(reason=score_reason(), low=standing.low, high=standing.high)
    marks: dict[str, Confidence] = {one.id: one.confidence for one in snapshot.sources}
    # Several sources for one score: the strongest of them vouches for it.
    given = [marks[name] for name in best.sources]
    strongest = min(given, key=CONFIDENCE_ORDER.index)
    return Known(value=standing.low, basis="published", confidence=strongest)
