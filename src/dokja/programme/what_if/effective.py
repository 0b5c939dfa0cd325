"""What each item was worth in the end: how far it drew the teams apart.

The module compares spreads with maxima; it never says what an item should be worth.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from dokja.document.what_if import EffectiveWeight
from dokja.programme.parts import total_max
from dokja.programme.rounding import exactly, round_to, tidy, total
from dokja.programme.what_if.parts_known import known_parts
from dokja.programme.what_if.run import short
from dokja.programme.wording import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dokja.document.round import RoundFile
    from dokja.programme.standing import Score
    from dokja.programme.what_if.parts_known import KnownPart

__all__ = ["effective_weights"]

_HUNDRED = Decimal(100)
_DIGITS = 2


@exactly
def effective_weights(found: RoundFile, scores: Mapping[str, Score]) -> tuple[EffectiveWeight, ...]:
    """Say of each item how far it drew the teams apart.

    Parameters
    ----------
    found
        The round.
    scores
        Points of each team.

    Returns
    -------
    tuple of EffectiveWeight
        Widest first. A block stands for its items where one of them is unknown, and is left out
        where it is unknown itself. Empty for fewer than two teams.

    Notes
    -----
    The spread is the difference between the best and the worst team: an item on which all teams
    have alike decides nothing, whatever its maximum. It is not additive, because the best team of
    one item may be the worst of another.
    """
    parts = known_parts(found, scores) if len(scores) > 1 else []
    spreads = {part.name: _spread(part) for part in parts}
    whole, most = total(spreads.values()), total_max(found)
    rows = [_one(part, spreads[part.name], whole, most) for part in parts]
    return tuple(sorted(rows, key=lambda row: (-row.spread, row.name)))


def _spread(part: KnownPart) -> Decimal:
    return tidy(max(part.points.values()) - min(part.points.values()))


def _one(part: KnownPart, spread: Decimal, whole: Decimal, most: Decimal) -> EffectiveWeight:
    en = f"{part.title.en}: {short(spread)} points between best and worst, of {short(part.max)}."
    ko = (
        f"{part.title.ko}: {short(part.max)}점 만점에 최고와 최저의 차이는 {short(spread)}점입니다."
    )
    if part.floor:
        en += f" The lowest marks would give {short(part.floor)}."
        ko += f" 최저 평점이어도 {short(part.floor)}점을 받습니다."
    return EffectiveWeight(
        name=part.name,
        level=part.level,
        max=part.max,
        best=max(part.points.values()),
        worst=min(part.points.values()),
        spread=spread,
        spread_share=round_to(spread * _HUNDRED / whole, _DIGITS) if whole else None,
        max_share=round_to(part.max * _HUNDRED / most, _DIGITS),
        floor=part.floor,
        sentence=say(en, ko),
    )
