"""The finest parts of which every team's points are known: items, or else whole blocks.

The module picks parts; it never works a score out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dokja.document.number import Known
from dokja.programme.bounds import floor_of
from dokja.programme.rounding import total

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from dokja.document.common import Localized
    from dokja.document.round import Block, Item, RoundFile
    from dokja.programme.standing import Score

__all__ = ["KnownPart", "known_blocks", "known_parts"]


@dataclass(frozen=True, slots=True)
class KnownPart:
    """An item or block with the points of every team."""

    name: str
    level: Literal["item", "block"]
    title: Localized
    max: Decimal
    floor: Decimal
    """Points that the lowest possible marks give anyway."""
    points: Mapping[str, Decimal]


def known_blocks(found: RoundFile, scores: Mapping[str, Score]) -> list[KnownPart] | None:
    """Return all blocks with points, if every team's are known.

    Parameters
    ----------
    found
        The round.
    scores
        Points of each team.

    Returns
    -------
    list of KnownPart or None
        None if any is unknown.
    """
    parts = [_block(found, block, scores) for block in found.blocks]
    known = [part for part in parts if part is not None]
    return known if len(known) == len(parts) and known else None


def known_parts(found: RoundFile, scores: Mapping[str, Score]) -> list[KnownPart]:
    """Return for each block its items, or the block itself where an item is unknown.

    Parameters
    ----------
    found
        The round.
    scores
        Points of each team.

    Returns
    -------
    list of KnownPart
        Without blocks of which a team's points are unknown.
    """
    parts: list[KnownPart] = []
    for block in found.blocks:
        mine = [item for item in found.items if item.block == block.id]
        inner = [_item(found, item, scores) for item in mine]
        known = [part for part in inner if part is not None]
        whole = _block(found, block, scores)
        if known and len(known) == len(inner):
            parts += known
        elif whole is not None:
            parts.append(whole)
    return parts


def _item(found: RoundFile, item: Item, scores: Mapping[str, Score]) -> KnownPart | None:
    points = {team: score.items[item.id].score for team, score in scores.items()}
    known = {team: f.value for team, f in points.items() if isinstance(f, Known)}
    if len(known) != len(points) or not known:
        return None
    return KnownPart(item.id, "item", item.title, item.max, floor_of(found, item), known)


def _block(found: RoundFile, block: Block, scores: Mapping[str, Score]) -> KnownPart | None:
    points = {team: score.blocks[block.id].score for team, score in scores.items()}
    known = {team: f.value for team, f in points.items() if isinstance(f, Known)}
    if len(known) != len(points) or not known:
        return None
    floor = total(floor_of(found, item) for item in found.items if item.block == block.id)
    return KnownPart(block.id, "block", block.title, block.max, floor, known)
