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

__all__ = ["OneFactor", "TaskChange", "one_factor", "task_change"]

_LEFT = 2.0**-6
"""Relative distance from which a value has left the base, beyond the rounding of any format."""
_SPARSE = 0.2
_MAX_RANKED = 20_000
_FAR = 0.25
"""Relative distance from the base beyond which rounding moves a ratio of changes by under 3 %."""
_OCTAVES = 4
_BINS_PER_OCTAVE = 32
_LEAST_CHANGES = 1_000
_BESIDE = slice(3, 13)
"""Bins on either side that say how many ratios a smooth density would put at its peak."""


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


@dataclass(frozen=True, slots=True)
class OneFactor:
    """How many values changed by one factor of another model's change.

    Parameters
    ----------
    factor
        The one most common.
    share
        Of the values that both have changed far, those beyond what a smooth density of ratios has
        there.
    """

    factor: float
    share: float


def one_factor(tensors: Sequence[Sequence[Matrix]], base: int, other: int) -> OneFactor | None:
    """Find the factor by which most values of another model's change were taken over.

    Parameters
    ----------
    tensors
        For each role the subject's values and those of each other, in one shape.
    base, other
        Places among the others.

    Returns
    -------
    OneFactor or None
        None where fewer than a thousand values are far from the base in both.

    Notes
    -----
    Changes trimmed or dropped at random leave a value either at the base or at the base plus one
    factor of somebody's change, so that the ratios of changes pile up at that factor. Two trainings
    from one base, however alike, give ratios of a smooth density (a Cauchy one where changes are
    Gaussian, about the regression slope). Values on a common lattice have ratios that pile up for
    no such reason; the same ratios with values put side by side with their neighbours' have that
    peak as well, and it is taken off. Invariant to the sign and scale of the other's change.
    Cost: linear in the values. The ways of merging: arXiv:2306.01708, arXiv:2311.03099.
    """
    n_bins = 2 * (2 * _OCTAVES * _BINS_PER_OCTAVE - 1)
    matched, control, far = np.zeros(n_bins, int), np.zeros(n_bins, int), 0
    for held in tensors:
        start = held[base + 1].ravel()
        ours, theirs = held[0].ravel() - start, held[other + 1].ravel() - start
        counts, n = _ratios(ours, theirs, np.abs(start))
        beside, _ = _ratios(ours, np.roll(theirs, 1), np.abs(start))
        matched, control, far = matched + counts, control + beside, far + n
    if far < _LEAST_CHANGES:
        return None
    peak = int(matched.argmax())
    smooth = np.concatenate([matched[: peak + 1][::-1][_BESIDE], matched[peak:][_BESIDE]])
    expected = max(float(np.median(smooth)) if smooth.size else 0.0, float(control[peak]))
    sign = 1.0 if peak < len(matched) // 2 else -1.0
    octave = (peak % (len(matched) // 2) + 1) / _BINS_PER_OCTAVE - _OCTAVES
    share = max(0.0, float(matched[peak]) - expected) / far
    return OneFactor(factor=sign * 2.0**octave, share=min(1.0, share))


def _ratios(ours: Matrix, theirs: Matrix, start: Matrix) -> tuple[NDArray[np.int_], int]:
    """Count ratios of far changes, in pairs of neighbouring bins, the positive ones first."""
    far = (np.abs(ours) > _FAR * start) & (np.abs(theirs) > _FAR * start)
    ratios = ours[far].astype(np.float64) / theirs[far]
    edges = np.linspace(-_OCTAVES, _OCTAVES, 2 * _OCTAVES * _BINS_PER_OCTAVE + 1)
    sides = [ratios[ratios > 0.0], -ratios[ratios < 0.0]]
    counts = [np.histogram(np.log2(side), bins=edges)[0] for side in sides]
    # In pairs, so that a factor on an edge is one peak.
    return np.concatenate([found[:-1] + found[1:] for found in counts]), len(ratios)


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
