"""How far each item tells the teams apart, and which items are close to full marks for all.

The module knows points and maxima, never why teams are alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Final

from dokja.document.common import Localized
from dokja.document.leaderboard import ItemSpread
from dokja.document.number import Known, Unknown, written

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ItemPoints", "item_spreads"]

_CONTEXT: Final = Context(prec=50, rounding=ROUND_HALF_UP)
_LITTLE: Final = Decimal("0.05")
_FULL: Final = Decimal("0.9")


@dataclass(frozen=True, slots=True)
class ItemPoints:
    """What every team has on one item."""

    item: str
    maximum: Decimal
    points: tuple[Decimal | None, ...]
    """One per team; None where unknown."""


def item_spreads(
    items: Sequence[ItemPoints], *, little: Decimal = _LITTLE, full: Decimal = _FULL
) -> tuple[ItemSpread, ...]:
    """Say of each item whether it separates the teams.

    Parameters
    ----------
    items
        Points of all teams on each item.
    little
        An item hardly separates if highest minus lowest is below this share of the maximum.
    full
        An item is near its ceiling if the mean is at least this share of the maximum.

    Returns
    -------
    tuple of ItemSpread
        In the order of `items`; unknown where the points of some team are.

    Notes
    -----
    The spread over the maximum is the item's effective weight: an item of 15 points on which
    teams lie within 0.7 decides like one of 0.7. A small spread can mean equal teams, a saturated
    item, or a formula with a floor; the figures alone do not tell which.
    """
    return tuple(_spread(one, little, full) for one in items)


def _spread(one: ItemPoints, little: Decimal, full: Decimal) -> ItemSpread:
    known = [value for value in one.points if value is not None]
    if len(known) < len(one.points) or len(known) < 2 or one.maximum <= 0:
        reason = Localized(
            en=f"{one.item}: the points of {len(known)} of {len(one.points)} teams are known",
            ko=f"{one.item}: {len(one.points)}개 팀 중 {len(known)}개 팀의 점수만 알려짐",
        )
        return ItemSpread(
            item=one.item,
            maximum=one.maximum,
            spread=Unknown(reason=reason),
            spread_share=None,
            mean_share=None,
            hardly_separates=None,
            near_ceiling=None,
            sentence=reason,
        )
    spread = max(known) - min(known)
    share = _CONTEXT.divide(spread, one.maximum)
    mean = _CONTEXT.divide(sum(known, Decimal(0)), one.maximum * len(known))
    return ItemSpread(
        item=one.item,
        maximum=one.maximum,
        spread=Known(value=spread, basis="computed"),
        spread_share=share,
        mean_share=mean,
        hardly_separates=share < little,
        near_ceiling=mean >= full,
        sentence=_sentence(one, spread, share, little=little, near=mean >= full),
    )


def _sentence(
    one: ItemPoints, spread: Decimal, share: Decimal, *, little: Decimal, near: bool
) -> Localized:
    percent = written(_CONTEXT.quantize(share * 100, Decimal("0.1")))
    en = f"{one.item}: the teams lie within {written(spread)} of {written(one.maximum)} points"
    ko = f"{one.item}: 팀 간 차이가 {written(one.maximum)}점 중 {written(spread)}점"
    en, ko = f"{en} ({percent} %)", f"{ko}({percent} %)"
    if share < little:
        en, ko = f"{en}, so that the item hardly separates them", f"{ko}(으)로 거의 구분하지 못함"
    if near:
        en, ko = f"{en}; their mean is near the maximum", f"{ko}, 평균이 만점에 가까움"
    return Localized(en=f"{en}.", ko=f"{ko}.")
