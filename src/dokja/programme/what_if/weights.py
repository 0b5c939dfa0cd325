"""Points weighed otherwise: blocks within the total, items within their block.

The module scales points that are there; it never scores anything anew.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from dokja.document.number import Known, Unknown, weakest
from dokja.programme.bounds import ends
from dokja.programme.parts import total_max
from dokja.programme.rounding import exactly, round_at, settled, tidy, total
from dokja.programme.wording import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dokja.document.number import Figure
    from dokja.document.round import RoundFile
    from dokja.programme.standing import Score

__all__ = ["maxima_of", "reweighted"]

_HUNDRED = Decimal(100)


@exactly
def maxima_of(
    found: RoundFile, shares: Mapping[str, Decimal]
) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Turn shares in percent into maxima of blocks and items.

    Parameters
    ----------
    found
        The round.
    shares
        By block: of the total. By item: of its block. What is not named keeps its ratio to the
        others that are not named; a name that both bear means the block.

    Returns
    -------
    tuple of dict
        Maxima of all blocks; maxima of all items, which add up to those of their blocks.
    """
    blocks = _spread({block.id: block.max for block in found.blocks}, shares, total_max(found))
    items: dict[str, Decimal] = {}
    for block in found.blocks:
        mine = {item.id: item.max for item in found.items if item.block == block.id}
        inner = {} if block.id in mine else shares
        items |= _spread(mine, inner, blocks[block.id])
    return blocks, items


def _spread(
    maxima: Mapping[str, Decimal], shares: Mapping[str, Decimal], most: Decimal
) -> dict[str, Decimal]:
    fixed = {name: shares[name] * most / _HUNDRED for name in maxima if name in shares}
    rest = total(value for name, value in maxima.items() if name not in fixed)
    left = most - total(fixed.values())
    return {
        name: settled(fixed[name] if name in fixed else value * left / rest)
        for name, value in maxima.items()
    }


@exactly
def reweighted(
    found: RoundFile, scores: Mapping[str, Score], shares: Mapping[str, Decimal]
) -> tuple[RoundFile, dict[str, Score]]:
    """Weigh points otherwise.

    Parameters
    ----------
    found
        The round.
    scores
        Points as the round weighs them.
    shares
        Weights in percent by block or item, as in `maxima_of`.

    Returns
    -------
    tuple
        The round with other maxima, without statements about its total; and the points. They are
        the round's rounded points, scaled and not rounded again but where it rounds a total.
    """
    blocks, items = maxima_of(found, shares)
    changed = found.model_copy(
        update={
            "blocks": tuple(b.model_copy(update={"max": blocks[b.id]}) for b in found.blocks),
            "items": tuple(i.model_copy(update={"max": items[i.id]}) for i in found.items),
            "facts": tuple(f for f in found.facts if getattr(f, "of", "") != "total"),
        }
    )
    return changed, {
        team: _team(found, score, blocks, items, shares) for team, score in scores.items()
    }


def _team(
    found: RoundFile,
    score: Score,
    blocks: Mapping[str, Decimal],
    items: Mapping[str, Decimal],
    shares: Mapping[str, Decimal],
) -> Score:
    ratio = {i.id: items[i.id] / i.max for i in found.items}
    new_items = {
        name: one.model_copy(update={"score": _times(one.score, ratio[name]), "max": items[name]})
        for name, one in score.items.items()
    }
    new_blocks = {}
    for block in found.blocks:
        mine = [item.id for item in found.items if item.block == block.id]
        inside = any(name in shares for name in mine if name != block.id)
        figure = (
            _sum([new_items[name].score for name in mine])
            if inside
            else _times(score.blocks[block.id].score, blocks[block.id] / block.max)
        )
        new_blocks[block.id] = score.blocks[block.id].model_copy(
            update={"score": figure, "max": blocks[block.id]}
        )
    whole = _sum([block.score for block in new_blocks.values()])
    if isinstance(whole, Known):
        whole = whole.model_copy(update={"value": round_at(found, "total", "total", whole.value)})
    return replace(score, items=new_items, blocks=new_blocks, total=whole)


def _times(figure: Figure, ratio: Decimal) -> Figure:
    if isinstance(figure, Known):
        return figure.model_copy(update={"value": settled(figure.value * ratio)})
    low, high = ends(figure)
    return figure.model_copy(update={"low": settled(low * ratio), "high": settled(high * ratio)})


def _sum(parts: Sequence[Figure]) -> Figure:
    known = [part for part in parts if isinstance(part, Known)]
    if len(known) == len(parts):
        mark = weakest(*(part.confidence for part in known))
        value = tidy(total(part.value for part in known))
        return Known(value=value, basis="computed", confidence=mark)
    sides = [ends(part) for part in parts]
    return Unknown(
        reason=say(
            f"{len(parts) - len(known)} of its {len(parts)} parts are unknown",
            f"{len(parts)}개 구성 항목 중 {len(parts) - len(known)}개를 알 수 없습니다",
        ),
        low=settled(total(low for low, _ in sides)),
        high=settled(total(high for _, high in sides)),
    )
