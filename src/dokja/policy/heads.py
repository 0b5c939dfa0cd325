"""What evidence says of attention heads: whether they bear other numbers, what became of values.

Pure predicates on stored evidence. The module chooses no relation and words nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dokja.document.audit import HeadsEvidence

__all__ = ["head_operations"]

MIN_FOUND = 0.5
MIN_MOVED = 0.1
"""Shares of heads. Training moves none: where a head was found again it bore its own number."""
KEPT = 0.75
"""Cosine of value channels, over what the circuits' cosine makes of them, below which they are
mixtures of the old ones; channels drawn anew of 16 numbers reach 0.57, wider heads less."""
IN_PLACE = 0.7
"""The same of channels with their own number, over the best ones."""


def head_operations(item: HeadsEvidence | None) -> tuple[str, ...]:
    """Name what was done to attention heads that still compute the same.

    Parameters
    ----------
    item
        The evidence, or None where no heads were looked at.

    Returns
    -------
    tuple of str
        Of ``heads_renumbered``, ``values_renumbered``, ``values_rotated``; empty where fewer than
        half of the heads were found again.
    """
    if item is None or item.cosine is None or item.found_share < MIN_FOUND:
        return ()
    found = []
    if item.moved_share is not None and item.moved_share >= MIN_MOVED:
        found.append("heads_renumbered")
    if item.value_matched is not None and item.value_in_place is not None:
        # A circuit is a product of two matrices, so that channels are as alike as its root.
        if item.value_matched < KEPT * max(item.cosine, 0.0) ** 0.5:
            found.append("values_rotated")
        elif item.value_in_place < IN_PLACE * item.value_matched:
            found.append("values_renumbered")
    return tuple(found)
