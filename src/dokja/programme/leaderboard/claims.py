"""Published claims about an order beside what the data of the snapshot give.

The module knows whether a claim follows, is allowed or is refuted; never why it was made.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from dokja.document.leaderboard import (
    ClaimCheck,
    CountClaim,
    GapClaim,
    IndexStamp,
    RankClaim,
)
from dokja.document.number import Figure, Known, Unknown
from dokja.programme.leaderboard.standing import standings
from dokja.programme.leaderboard.words import (
    claim_says,
    consistent_reason,
    no_count_reason,
    no_gap_reason,
    no_subject_reason,
    rank_reason,
    unlike_reason,
    unsure_gap_reason,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from dokja.document.common import Localized
    from dokja.document.leaderboard import CountryTable, Derivatives, Snapshot
    from dokja.document.number import Confidence
    from dokja.programme.leaderboard.standing import Standing

    Status = Literal["agrees", "consistent", "differs", "not computable"]

__all__ = ["check_claims"]


def check_claims(
    snapshot: Snapshot,
    countries: CountryTable,
    marks: Mapping[str, Confidence],
    *,
    derivatives: Derivatives,
) -> tuple[ClaimCheck, ...]:
    """Check every claim of a snapshot.

    Parameters
    ----------
    snapshot
        The index on one day, with claims.
    countries
        Which organisation is from where.
    marks
        How far each source can be relied on.
    derivatives
        How models made from others count.

    Returns
    -------
    tuple of ClaimCheck
        In the order of the claims. ``agrees`` and ``differs`` are said only where they hold
        whatever the unknown may be.
    """
    checks = []
    for claim in snapshot.claims:
        if isinstance(claim, RankClaim):
            found = _rank(claim, snapshot, countries, derivatives)
            published = str(claim.rank)
        elif isinstance(claim, GapClaim):
            found = _gap(claim, snapshot, countries, derivatives)
            published = str(claim.gap)
        else:
            found = _count(claim, snapshot, countries, derivatives)
            published = _counts({one.country: one.count for one in claim.counts})
        status, computed, text, reason = found
        checks.append(
            ClaimCheck(
                claim=claim.id,
                stamp=IndexStamp(
                    index=snapshot.index,
                    version=snapshot.index_version,
                    dated_on=snapshot.dated_on,
                ),
                says=claim_says(claim),
                published=published,
                computed=computed,
                computed_text=text,
                status=status,
                reason=claim.note if status == "differs" and claim.note else reason,
                source=claim.source,
                confidence=marks[claim.source],
            )
        )
    return tuple(checks)


_Found = tuple["Status", "Figure | None", str, "Localized | None"]


def _rank(
    claim: RankClaim, snapshot: Snapshot, countries: CountryTable, derivatives: Derivatives
) -> _Found:
    placed = standings(
        snapshot, countries, view=claim.view, weights=claim.weights, derivatives=derivatives
    )
    own = next((one for one in placed if one.id == claim.subject), None)
    if own is None or own.low is None:
        reason = no_subject_reason(claim.subject)
        return "not computable", Unknown(reason=reason), "?", reason
    # Tied ones share a place, and a list that counts on gives them the next ones.
    last = None if own.last is None else own.last + len(own.tied_with)
    first = Decimal(own.first)
    if own.settled:
        known = Known(value=first, basis="computed")
        end = own.first + len(own.tied_with)
        text = f"{own.first}-{end}" if own.tied_with else str(own.first)
        agrees = own.first <= claim.rank <= end
        return ("agrees" if agrees else "differs"), known, text, None
    range_ = Unknown(
        reason=rank_reason(own), low=first, high=None if last is None else Decimal(last)
    )
    text = f"{own.first}-{last}" if last is not None else f"≥ {own.first}"
    if claim.rank < own.first or (last is not None and claim.rank > last):
        return "differs", range_, text, unlike_reason(text)
    return "consistent", range_, text, consistent_reason(own)


def _gap(
    claim: GapClaim, snapshot: Snapshot, countries: CountryTable, derivatives: Derivatives
) -> _Found:
    def row(view: Literal["organisation", "country"], name: str | None) -> Standing | None:
        placed = standings(snapshot, countries, view=view, weights="all", derivatives=derivatives)
        return next((one for one in placed if name in {None, one.id}), None)

    # Whoever leads the organisations leads the models.
    leader, own = row("organisation", None), row("country", claim.country)
    if leader is None or own is None or leader.low is None or own.low is None:
        reason = no_gap_reason(claim.country)
        return "not computable", Unknown(reason=reason), "?", reason
    step = Decimal(1).scaleb(-claim.digits)
    rounded = [score.quantize(step, rounding=ROUND_HALF_UP) for score in (leader.low, own.low)]
    gap = rounded[0] - rounded[1]
    if leader.settled and own.settled:
        known = Known(value=gap, basis="computed")
        return ("agrees" if gap == claim.gap else "differs"), known, str(gap), None
    unsure = unsure_gap_reason(claim.country)
    status: Status = "consistent" if gap == claim.gap else "not computable"
    return status, Unknown(reason=unsure), str(gap), unsure


def _count(
    claim: CountClaim, snapshot: Snapshot, countries: CountryTable, derivatives: Derivatives
) -> _Found:
    placed = standings(
        snapshot, countries, view="model", weights=claim.weights, derivatives=derivatives
    )
    first = [one for one in placed if one.settled and one.first <= claim.first]
    # Ties across the last place would make the choice of the first so many arbitrary.
    if len(first) != claim.first:
        reason = no_count_reason(claim.first, len(first), len(snapshot.models))
        return "not computable", None, "?", reason
    home = {one.id: one.country for one in countries.organisations}
    counts: dict[str, int] = {}
    for standing in first:
        (model,) = standing.models
        makers = model.organisations
        if derivatives == "donor" and model.derived_from is not None:
            makers = model.derived_from.donor_organisations
        for country in dict.fromkeys(home[name] or "??" for name in makers):
            counts[country] = counts.get(country, 0) + 1
    published = {one.country: one.count for one in claim.counts if one.count}
    return ("agrees" if counts == published else "differs"), None, _counts(counts), None


def _counts(counts: Mapping[str, int]) -> str:
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{country} {count}" for country, count in ranked)
