"""What an unknown score can still be, given maxima and who was published as best.

The module knows ends of intervals, never which value within them is the likely one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from dokja.document.number import Known
from dokja.document.round_rules import Share
from dokja.programme.parts import total_max
from dokja.programme.rounding import exactly, round_at, total

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dokja.document.number import Figure
    from dokja.document.round import Item, RoundFile
    from dokja.programme.published import Published
    from dokja.programme.standing import Score

__all__ = ["ends", "floor_of", "narrowed"]


@dataclass(frozen=True, slots=True)
class _Limit:
    """How a sum is rounded and how large it can be."""

    found: RoundFile
    stage: str
    name: str
    most: Decimal
    best: Decimal | None

    def ends(self, parts: Sequence[Figure]) -> tuple[Decimal, Decimal]:
        # Rounding keeps order, so that rounded ends are the ends of what is rounded.
        low, high = (
            round_at(self.found, self.stage, self.name, total(ends(part)[side] for part in parts))
            for side in (0, 1)
        )
        high = min(high, self.most, self.most if self.best is None else self.best)
        return min(low, high), high


def ends(figure: Figure) -> tuple[Decimal, Decimal]:
    """Return the least and the largest value that a figure can have.

    Parameters
    ----------
    figure
        A figure of a standing, which bears bounds where it is unknown.

    Returns
    -------
    tuple of decimal.Decimal
        Twice the value of a known figure.
    """
    if isinstance(figure, Known):
        return figure.value, figure.value
    assert figure.low is not None
    assert figure.high is not None
    return figure.low, figure.high


@exactly
def floor_of(found: RoundFile, item: Item) -> Decimal:
    """Return the points that the lowest mark of an item's scale gives anyway.

    Parameters
    ----------
    found
        The round.
    item
        The item.

    Returns
    -------
    decimal.Decimal
        Zero where there is no scale, or it begins at zero.
    """
    scale = item.raters.scale if item.raters is not None else None
    if scale is None or scale.low <= 0 or not isinstance(item.formula, Share):
        return Decimal(0)
    return round_at(found, "item", item.id, scale.low * item.max / item.formula.full)


def narrowed(
    found: RoundFile, scores: Mapping[str, Score], published: Published
) -> dict[str, Score]:
    """Narrow what is unknown to what maxima and published winners allow.

    Parameters
    ----------
    found
        The round.
    scores
        Points of each team.
    published
        Accepted facts.

    Returns
    -------
    dict
        The same points, with narrower bounds where they are unknown.
    """
    best = {
        name: _best(name, scores, published)
        for name in ("total", *(i.id for i in found.items), *(b.id for b in found.blocks))
    }
    limited = {}
    for team, score in scores.items():
        items = {
            name: item.model_copy(update={"score": _item(item.score, item.max, best[name])})
            for name, item in score.items.items()
        }
        blocks = {}
        for name, block in score.blocks.items():
            parts = [items[item.id].score for item in found.items if item.block == name]
            limit = _Limit(found, "block", name, block.max, best[name])
            blocks[name] = block.model_copy(update={"score": _sum(block.score, parts, limit)})
        limit = _Limit(found, "total", "total", total_max(found), best["total"])
        whole = _sum(score.total, [block.score for block in blocks.values()], limit)
        limited[team] = replace(score, items=items, blocks=blocks, total=whole)
    return limited


def _best(name: str, scores: Mapping[str, Score], published: Published) -> Decimal | None:
    top = published.top(name)
    if top is None:
        return None
    figures = [scores[team].figure(name) for team in top.teams if team in scores]
    known = [figure.value for figure in figures if isinstance(figure, Known)]
    return max(known) if known else None


def _item(figure: Figure, most: Decimal, best: Decimal | None) -> Figure:
    if isinstance(figure, Known):
        return figure
    low, _ = ends(figure)
    high = most if best is None else min(most, best)
    return figure.model_copy(update={"low": min(low, high), "high": high})


def _sum(figure: Figure, parts: Sequence[Figure], limit: _Limit) -> Figure:
    if isinstance(figure, Known):
        return figure
    low, high = limit.ends(parts)
    return figure.model_copy(update={"low": low, "high": high})
