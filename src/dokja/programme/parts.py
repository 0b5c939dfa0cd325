"""What points are given for, found by the name that facts and rules use: total, block, item, part.

The module knows names and maxima, never scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.document.common import Localized
    from dokja.document.round import RoundFile

__all__ = ["Part", "find_part", "parts_of", "total_max"]


@dataclass(frozen=True, slots=True)
class Part:
    """Something that points are given for."""

    kind: Literal["total", "block", "item", "sub_item"]
    name: str
    """``total``, the id of a block or item, or ``item.sub_item``."""
    max: Decimal
    en: str
    ko: str


def total_max(found: RoundFile) -> Decimal:
    """Return the most points a team can have.

    Parameters
    ----------
    found
        The round.

    Returns
    -------
    decimal.Decimal
        Sum of the maxima of the blocks.
    """
    return sum((block.max for block in found.blocks), Decimal(0))


def parts_of(found: RoundFile) -> Iterator[Part]:
    """Walk everything that points are given for.

    Parameters
    ----------
    found
        The round.

    Yields
    ------
    Part
        Items before blocks, so that a name that both bear means the item.
    """
    yield Part("total", "total", total_max(found), "total", "총점")
    for item in found.items:
        yield _part("item", item.id, item.max, item.title)
        for sub in item.sub_items:
            yield _part("sub_item", f"{item.id}.{sub.id}", sub.max, sub.title)
    for block in found.blocks:
        yield _part("block", block.id, block.max, block.title)


def find_part(found: RoundFile, name: str) -> Part | None:
    """Find what a name stands for.

    Parameters
    ----------
    found
        The round.
    name
        ``total``, a block, an item, or ``item.sub_item``.

    Returns
    -------
    Part or None
        None if there is none of that name.
    """
    return next((part for part in parts_of(found) if part.name == name), None)


def _part(
    kind: Literal["block", "item", "sub_item"], name: str, most: Decimal, title: Localized
) -> Part:
    return Part(kind, name, most, title.en, title.ko)
