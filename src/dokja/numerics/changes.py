"""Changes added to one model: which of several is the base, and which values were left alone.

The module compares values one by one, never knows what they are for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dokja.numerics.ranks import chance_larger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

__all__ = ["TaskChange", "task_change"]

_LEFT = 2.0**-6
"""Relative distance from which a value has left the base, beyond the rounding of any format."""
_SPARSE = 0.2
_MAX_RANKED = 20_000


@dataclass(frozen=True, slots=True)
class TaskChange:
    """Changes added to a base.

    Parameters
    ----------
    base
        Place among the others of the base.
    unchanged_share
        Of the values in which some other left the base, those the subject did not change; None
        where there are none.
    kept_largest
        Chance that a value the subject changed is one in which the others left the base farther,
        than one it did not; None where all or none are changed.
    """

    base: int
    unchanged_share: float | None
    kept_largest: float | None

    @property
    def is_sparse(self) -> bool:
        """Whether so many values were left alone that the base is known by them."""
        return self.unchanged_share is not None and self.unchanged_share >= _SPARSE


def task_change(tensors: Sequence[Sequence[Matrix]], middle: int) -> TaskChange | None:
    """Find the base of a combination of changes, and say which changes were kept.

    Parameters
    ----------
    tensors
        For each role the subject's values and those of each other, in one shape.
    middle
        The base where too few values were left alone to tell it by them.

    Returns
    -------
    TaskChange or None
        None without a value.

    Notes
    -----
    Adding whole changes leaves hardly a value of the base; trimming small changes, or dropping
    them at random, leaves most, which shows the base and the way: small ones are the dropped ones
    where they were trimmed, any where chance chose. Values that no other left are not counted,
    since they were never to change.
    """
    if not tensors:
        return None
    n = len(tensors[0]) - 1
    counts = [_unchanged(tensors, base) for base in range(n)]
    shares = [equal / left if left else 0.0 for equal, left in counts]
    best = int(np.argmax(shares))
    base = best if shares[best] >= _SPARSE else middle
    equal, left = counts[base]
    return TaskChange(
        base=base,
        unchanged_share=equal / left if left else None,
        kept_largest=_kept_largest(tensors, base),
    )


def _sizes(held: Sequence[Matrix], base: int) -> tuple[Matrix, NDArray[np.bool_]]:
    """How far the others left the base, and in which values they did at all."""
    start = held[base + 1]
    others = [values for place, values in enumerate(held[1:]) if place != base]
    size = np.max([np.abs(values - start) for values in others], axis=0)
    return size, size > _LEFT * np.abs(start)


def _unchanged(tensors: Sequence[Sequence[Matrix]], base: int) -> tuple[int, int]:
    equal = left = 0
    for held in tensors:
        _, moved = _sizes(held, base)
        left += int(np.count_nonzero(moved))
        equal += int(np.count_nonzero(moved & (held[0] == held[base + 1])))
    return equal, left


def _kept_largest(tensors: Sequence[Sequence[Matrix]], base: int) -> float | None:
    found, weights = [], []
    for held in tensors:
        size, moved = _sizes(held, base)
        step = max(1, -(-size.size // _MAX_RANKED))
        chosen = moved.ravel()[::step]
        sizes = size.ravel()[::step][chosen]
        changed = (held[0] != held[base + 1]).ravel()[::step][chosen]
        chance = chance_larger(sizes[changed], sizes[~changed])
        if chance is not None:
            found.append(chance)
            weights.append(len(sizes))
    return float(np.average(found, weights=weights)) if found else None
