"""What a leaderboard's figures mean, in the two languages of the programme.

The module knows sentences, never how a place was worked out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.document.common import Localized
from dokja.document.leaderboard import GapClaim, RankClaim

if TYPE_CHECKING:
    from dokja.document.leaderboard import (
        CountClaim,
        Derivatives,
        LeaderboardView,
        Snapshot,
        Weights,
    )
    from dokja.programme.leaderboard.standing import Standing

__all__ = [
    "claim_says",
    "consistent_reason",
    "counted_sentence",
    "no_count_reason",
    "no_gap_reason",
    "no_subject_reason",
    "rank_reason",
    "report_sentences",
    "score_reason",
    "unlike_reason",
    "unsure_gap_reason",
]

_VIEWS: Final = {
    "model": ("model", "모델"),
    "organisation": ("organisation", "기업"),
    "country": ("country", "국가"),
}


def counted_sentence(
    view: LeaderboardView, weights: Weights, derivatives: Derivatives
) -> Localized:
    """Say what was counted how.

    Parameters
    ----------
    view
        What a row is.
    weights
        Which models count.
    derivatives
        For whom models made from others count.

    Returns
    -------
    Localized
        One sentence.
    """
    en, ko = _VIEWS[view]
    best = ("", "") if view == "model" else (", standing with its best model", " (최고 모델 기준)")
    kind = (
        ("models with open weights", "오픈 웨이트 모델")
        if weights == "open"
        else (
            "all models",
            "모든 모델",
        )
    )
    whose = (
        ("whoever adapted it", "이를 고쳐 만든 쪽")
        if derivatives == "adapter"
        else ("the maker of the model it was made from", "바탕 모델을 만든 쪽")
    )
    return Localized(
        en=f"One row per {en}{best[0]}, of {kind[0]}; a model made from another counts for "
        f"{whose[0]}, and a joint model for each of its developers.",
        ko=f"{kind[1]}을 {ko}마다 한 줄로{best[1]}. 다른 모델로 만든 모델은 {whose[1]}에 세고, "
        "공동 개발 모델은 개발사마다 셉니다.",
    )


def report_sentences(snapshot: Snapshot, *, homeless: int) -> tuple[Localized, ...]:
    """Say what must be known before figures of a snapshot are used.

    Parameters
    ----------
    snapshot
        The snapshot.
    homeless
        How many makers of models are from a country that no source gives.

    Returns
    -------
    tuple of Localized
        What is missing, what may be learnt by heart, and the notes of the snapshot.
    """
    said = [*snapshot.notes]
    if snapshot.index_version is None:
        said.append(
            Localized(
                en="No source gives the version of the index; these figures compare with no "
                "other snapshot.",
                ko="지수의 판이 어느 출처에도 없어, 이 값들은 다른 스냅샷과 견줄 수 없습니다.",
            )
        )
    if not snapshot.complete:
        said.append(
            Localized(
                en="No source says that the list is complete: every place is at best what it "
                "seems.",
                ko="목록이 온전하다는 출처가 없어, 모든 순위는 기껏해야 보이는 그대로입니다.",
            )
        )
    if homeless:
        said.append(
            Localized(
                en=f"For {homeless} makers no source gives the country; they stand in no row and "
                "widen the ranges of places.",
                ko=f"개발사 {homeless}곳은 국가를 밝힌 출처가 없어 줄이 없고, "
                "순위의 폭만 넓힙니다.",
            )
        )
    if snapshot.exposure is not None:
        said.append(snapshot.exposure.note)
    return tuple(said)


def rank_reason(standing: Standing) -> Localized:
    """Say why a place is not known.

    Parameters
    ----------
    standing
        The row.

    Returns
    -------
    Localized
        The reason.
    """
    if not standing.certain:
        return Localized(
            en="its own score is not known for certain", ko="이 줄의 점수가 확실하지 않음"
        )
    if standing.last is None:
        return Localized(
            en=f"{standing.first - 1} stand above for certain; no source says that nothing "
            "unlisted does",
            ko=f"위에 있는 것이 확실한 것은 {standing.first - 1}개이며, 목록에 없는 것이 위에 "
            "없다고 밝힌 출처가 없음",
        )
    return Localized(
        en=f"{standing.first - 1} stand above for certain and {standing.last - standing.first} "
        "more may",
        ko=f"위에 있는 것이 확실한 것은 {standing.first - 1}개이고, "
        f"{standing.last - standing.first}개가 더 있을 수 있음",
    )


def score_reason() -> Localized:
    """Say why the score of a row is not known.

    Returns
    -------
    Localized
        The reason.
    """
    return Localized(
        en="a model that is not listed, or of which the score or the openness is not known, could "
        "be better",
        ko="목록에 없거나 점수 또는 공개 여부를 알 수 없는 더 나은 모델이 있을 수 있음",
    )


def claim_says(claim: RankClaim | CountClaim | GapClaim) -> Localized:
    """Put a claim into words.

    Parameters
    ----------
    claim
        The claim.

    Returns
    -------
    Localized
        One clause.
    """
    if isinstance(claim, GapClaim):
        return Localized(
            en=f"the best of {claim.country} is {claim.gap} points behind the first",
            ko=f"{claim.country}의 최고 모델은 1위와 {claim.gap}점 차",
        )
    open_ = claim.weights == "open"
    kind = ("open-weight ", "오픈 웨이트 ") if open_ else ("", "")
    if isinstance(claim, RankClaim):
        en, ko = _VIEWS[claim.view]
        return Localized(
            en=f"{claim.subject} is {kind[0]}{en} number {claim.rank}",
            ko=f"{claim.subject}: {kind[1]}{ko} {claim.rank}위",
        )
    shown = ", ".join(f"{one.country} {one.count}" for one in claim.counts)
    return Localized(
        en=f"of the first {claim.first} {kind[0]}models: {shown}",
        ko=f"{kind[1]}상위 {claim.first}개: {shown}",
    )


def no_subject_reason(subject: str) -> Localized:
    """Say that the subject of a claim is not in the data.

    Parameters
    ----------
    subject
        The subject.

    Returns
    -------
    Localized
        The reason.
    """
    return Localized(
        en=f"the data hold no certain score of {subject}",
        ko=f"자료에 {subject}의 확실한 점수가 없음",
    )


def no_gap_reason(country: str) -> Localized:
    """Say that a gap lacks one of its scores.

    Parameters
    ----------
    country
        The country.

    Returns
    -------
    Localized
        The reason.
    """
    return Localized(
        en=f"the data lack the first's score or that of the best of {country}",
        ko=f"자료에 1위 또는 {country} 최고 모델의 점수가 없음",
    )


def unsure_gap_reason(country: str) -> Localized:
    """Say that a gap is that of the listed models, of which no source says that they are all.

    Parameters
    ----------
    country
        The country.

    Returns
    -------
    Localized
        The reason.
    """
    return Localized(
        en=f"the listed scores give this gap; no source used here says that nothing better from "
        f"{country}, or from elsewhere, is missing from the list",
        ko=f"적힌 점수로는 이 차이가 나오지만, {country} 또는 다른 곳의 더 나은 모델이 "
        "목록에서 빠지지 않았다고 밝힌 출처가 없음",
    )


def no_count_reason(first: int, known: int, listed: int) -> Localized:
    """Say that the first so many models are not all known.

    Parameters
    ----------
    first
        How many the claim is about.
    known
        How many of them have a known place.
    listed
        How many models the data hold at all.

    Returns
    -------
    Localized
        The reason.
    """
    return Localized(
        en=f"of the first {first} the data settle the place of {known}; they hold {listed} models, "
        "and which others are among the first no source used here says",
        ko=f"상위 {first}개 중 자료로 순위가 정해지는 것은 {known}개. "
        f"자료에는 모델이 {listed}개이며, 나머지가 무엇인지 여기 쓴 출처에 없음",
    )


def consistent_reason(standing: Standing) -> Localized:
    """Say that a claim is allowed but not settled.

    Parameters
    ----------
    standing
        The row.

    Returns
    -------
    Localized
        The reason.
    """
    own = rank_reason(standing)
    return Localized(
        en=f"the data allow the claim and do not settle it: {own.en}",
        ko=f"자료와 어긋나지 않으나 자료만으로 정해지지 않음: {own.ko}",
    )


def unlike_reason(found: str) -> Localized:
    """Say that a claim cannot be right if the data are.

    Parameters
    ----------
    found
        What the data allow.

    Returns
    -------
    Localized
        The reason.
    """
    return Localized(
        en=f"the data allow {found} only; the claim or the data are off",
        ko=f"자료로는 {found}만 가능함. 주장이나 자료 가운데 하나가 맞지 않음",
    )
