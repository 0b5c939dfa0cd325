"""What a panel's figures mean, in the two languages of the programme.

The module knows sentences, never how a figure was computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.document.common import Localized

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.document.panel import Blinding, PairFigures, RaterFigures

__all__ = [
    "blinding_sentences",
    "no_alpha",
    "no_order",
    "no_points",
    "pair_sentences",
    "rater_sentences",
    "unclear_items",
    "vote_sentences",
]

_ORDERS = {
    "randomised": ("in an order drawn at random", "무작위로 정한 순서로"),
    "fixed": ("in one fixed order", "모두 같은 순서로"),
    "chosen": ("in an order that somebody chose", "누군가 정한 순서로"),
}


def no_points(n_raters: int, n_left_out: int) -> Localized:
    """Say why a team has no points.

    Parameters
    ----------
    n_raters
        Raters whose marks count.
    n_left_out
        How many are left out as lowest and highest.

    Returns
    -------
    Localized
        The reason.
    """
    return Localized(
        en=f"{n_raters} raters count, of whom {n_left_out} are left out as lowest and highest, "
        "so that for some item no mark is left",
        ko=f"반영되는 평가자가 {n_raters}명이고 그중 최저·최고 {n_left_out}명을 빼므로 "
        "점수가 남지 않는 항목이 있음",
    )


def unclear_items() -> Localized:
    """Say why an item has no points although the total has.

    Returns
    -------
    Localized
        The reason.
    """
    return Localized(
        en="several raters share the lowest or highest total, and which of them is left out "
        "would change this item though not the total",
        ko="최저 또는 최고 총점이 같은 평가자가 여럿이어서, 누구를 빼는지에 따라 총점은 같아도 "
        "이 항목은 달라짐",
    )


def no_alpha(n_units: int) -> Localized:
    """Say why agreement is not defined.

    Parameters
    ----------
    n_units
        How many things at least two raters judged.

    Returns
    -------
    Localized
        The reason.
    """
    if not n_units:
        return Localized(
            en="no two raters judged the same thing",
            ko="같은 대상을 평가한 평가자가 둘 이상 없음",
        )
    return Localized(
        en="all marks are the same, so that there is nothing to agree about",
        ko="모든 점수가 같아 일치도를 따질 것이 없음",
    )


def no_order(blinding: Blinding) -> Localized:
    """Say why the effect of order cannot be tested.

    Parameters
    ----------
    blinding
        What was recorded.

    Returns
    -------
    Localized
        The reason.
    """
    if blinding.order == "randomised":
        return Localized(
            en="the places were not recorded, or no rater's places and marks differ",
            ko="본 순서가 기록되지 않았거나, 순서나 점수에 차이가 없음",
        )
    if blinding.order is None:
        return Localized(
            en="how the order came about was not recorded; the test holds for a random one only",
            ko="순서를 어떻게 정했는지 기록되지 않음. 이 검정은 무작위 순서에만 맞음",
        )
    return Localized(
        en="the order was not drawn at random, so that place and team cannot be told apart",
        ko="순서를 무작위로 정하지 않아 순서의 영향과 팀의 차이를 가를 수 없음",
    )


def blinding_sentences(blinding: Blinding) -> tuple[Localized, ...]:
    """Say what raters could know and in which order they saw the teams.

    Parameters
    ----------
    blinding
        What was recorded.

    Returns
    -------
    tuple of Localized
        One sentence on names, one on order.
    """
    names = {
        True: ("Raters did not see the teams' names.", "평가자는 팀 이름을 보지 못했습니다."),
        False: ("Raters saw the teams' names.", "평가자는 팀 이름을 보았습니다."),
        None: (
            "Whether raters saw the teams' names was not recorded.",
            "평가자가 팀 이름을 보았는지는 기록되지 않았습니다.",
        ),
    }[blinding.names_hidden]
    if blinding.order is None:
        order = (
            "In which order they saw the teams was not recorded.",
            "어떤 순서로 보았는지는 기록되지 않았습니다.",
        )
    else:
        en, ko = _ORDERS[blinding.order]
        order = (f"They saw the teams {en}.", f"팀을 {ko} 보았습니다.")
    return Localized(en=names[0], ko=names[1]), Localized(en=order[0], ko=order[1])


def pair_sentences(pairs: Sequence[PairFigures]) -> tuple[Localized, ...]:
    """Say which neighbours the panel cannot tell apart.

    Parameters
    ----------
    pairs
        Neighbouring teams.

    Returns
    -------
    tuple of Localized
        One sentence for each pair that is tied or not separated.
    """
    said = []
    for pair in pairs:
        if pair.difference == 0:
            said.append(
                Localized(
                    en=f"{pair.above} and {pair.below} are tied.",
                    ko=f"동점: {pair.above}, {pair.below}",
                )
            )
        elif pair.separated is False:
            said.append(
                Localized(
                    en=f"The panel does not tell {pair.above} and {pair.below} apart: other "
                    "raters of the same kind could well have put them the other way round.",
                    ko=f"구분되지 않음: {pair.above}, {pair.below}. 같은 성격의 다른 평가자였다면 "
                    "순서가 바뀔 수 있습니다.",
                )
            )
    return tuple(said)


def rater_sentences(raters: Sequence[RaterFigures]) -> tuple[Localized, ...]:
    """Say on how many single raters the order of the teams hangs, and who cannot be compared.

    Parameters
    ----------
    raters
        The raters.

    Returns
    -------
    tuple of Localized
        At most three sentences.
    """
    said = []
    decisive = [rater.rater for rater in raters if rater.changes_ranks]
    if decisive:
        said.append(
            Localized(
                en=f"Without any one of {len(decisive)} of {len(raters)} raters some team would "
                "have another place.",
                ko=f"평가자 {len(raters)}명 중 {len(decisive)}명은 "
                "그 한 명만 빠져도 순위가 바뀝니다.",
            )
        )
    groups = {rater.comparable_group for rater in raters} - {None}
    if len(groups) > 1:
        said.append(
            Localized(
                en=f"The raters fall into {len(groups)} groups that judged nothing in common, so "
                "that their severity cannot be compared across groups.",
                ko=f"평가자가 함께 평가한 대상이 없는 {len(groups)}개 무리로 나뉘어, 무리 사이의 "
                "엄격함은 비교할 수 없습니다.",
            )
        )
    flat = [rater.rater for rater in raters if rater.all_marks_equal]
    if flat:
        said.append(
            Localized(
                en=f"{len(flat)} raters gave the same mark everywhere.",
                ko=f"평가자 {len(flat)}명은 모든 곳에 같은 점수를 주었습니다.",
            )
        )
    return tuple(said)


def vote_sentences(
    separate: Sequence[Sequence[str]], tiers: Sequence[Sequence[str]]
) -> tuple[Localized, ...]:
    """Say why votes give no strengths.

    Parameters
    ----------
    separate
        Groups that no vote connects.
    tiers
        Groups of mutual wins, an unbeaten one before those it beat.

    Returns
    -------
    tuple of Localized
        Empty where strengths exist.
    """
    if len(separate) > 1:
        shown = " | ".join(", ".join(group) for group in separate)
        return (
            Localized(
                en=f"No vote connects these groups, so that they cannot be compared: {shown}.",
                ko=f"서로 견준 표가 없어 비교할 수 없는 무리: {shown}",
            ),
        )
    if len(tiers) > 1:
        shown = " > ".join(", ".join(group) for group in tiers)
        return (
            Localized(
                en="Some teams never lost to others, not even half a vote; how far ahead they "
                f"are is without bound and no number says it. Unbeaten groups first: {shown}.",
                ko="어떤 팀은 다른 팀에 한 번도 지지 않아 얼마나 앞서는지 수로 나타낼 수 없습니다. "
                f"지지 않은 무리부터: {shown}",
            ),
        )
    return ()
