"""How well a block agrees whose convolutions had no part in carrying the permutations.

The module judges in coordinates it is given; it fits nothing and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dokja.numerics.algebra import product
from dokja.numerics.carrying import Correspondence, KernelPair, Laid, carry, laid_side_by_side
from dokja.numerics.directions import Agreement
from dokja.numerics.matching import mutual_nearest
from dokja.numerics.undone import AlignedSums

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["NOTHING", "CarriedBlock", "JudgedUnits", "judge", "kept_channels", "mean_effect"]

Matrix = NDArray[np.float32]
MIN_INNER = 3
"""Convolutions of a block that has two sets of inner channels."""
_NONE = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class CarriedBlock:
    """A block of two or three convolutions, subject and reference side by side."""

    layer: int
    reference_layer: int
    pairs: tuple[KernelPair, ...]


@dataclass(frozen=True, slots=True, eq=False)
class JudgedUnits:
    """What became of a block's inner channels.

    Parameters
    ----------
    agreement
        As for MLPs: matched by what they read, judged by what they write.
    n_mutual
        Channels that are each other's nearest by both.
    n_in_place
        Of these, those that bear the same number.
    matches
        Which channel of the subject each of these is, and which of the reference.
    sums
        Over the numbers of both kernels, channels matched.
    """

    agreement: Agreement
    n_mutual: int
    n_in_place: int
    matches: Correspondence
    sums: AlignedSums


NOTHING = JudgedUnits(Agreement(0.0, 0.0, 0), 0, 0, (_NONE, _NONE), AlignedSums())
"""What is said where nothing could be laid side by side."""


def kept_channels(found: Mapping[str, Correspondence]) -> float | None:
    """Give the share of the streams' channels found again that bear their own number.

    Parameters
    ----------
    found
        Which channels face each other.

    Returns
    -------
    float or None
        None where nothing was matched.
    """
    streams = [pair for name, pair in found.items() if name.startswith("stream.")]
    n = sum(len(i) for i, _ in streams)
    return sum(int(np.count_nonzero(i == j)) for i, j in streams) / n if n else None


def judge(
    block: CarriedBlock,
    found: Mapping[str, Correspondence],
    other: CarriedBlock | None = None,
) -> JudgedUnits:
    """Match the first inner channels of a block by what they read, and look at what they write.

    Parameters
    ----------
    block
        The block.
    found
        Which channels of the streams face each other; found without this block.
    other
        A block whose reference takes the place of this one's, for the control; coordinates are
        then cut to those both have.

    Returns
    -------
    JudgedUnits
        All zero where the streams are not matched on either side.

    Notes
    -----
    Where three convolutions stand in a block, the second set of inner channels is matched by the
    third kernel first, which has no part in what is judged. The directions in which channels vary
    most are taken out, as for MLPs.
    """
    sides = _sides(block, found)
    if sides is None or other is None:
        return NOTHING if sides is None else _judged(*sides)
    instead = _sides(other, found)
    if instead is None:
        return NOTHING
    return _judged(_cut(sides[0], instead[0]), _cut(sides[1], instead[1]))


def _sides(block: CarriedBlock, found: Mapping[str, Correspondence]) -> tuple[Laid, Laid] | None:
    """Lay out what the inner channels of a block read, and what they write."""
    known = dict(found)
    if len(block.pairs) >= MIN_INNER:
        inner = block.pairs[2].into
        carried = carry(block.pairs[2:], found)
        known |= {name: pair for name, pair in carried.items() if name == inner}
    reads = laid_side_by_side(block.pairs[0], known, along="out", without_common=True)
    writes = laid_side_by_side(block.pairs[1], known, along="into", without_common=True)
    return None if reads is None or writes is None else (reads, writes)


def _cut(ours: Laid, theirs: Laid) -> Laid:
    n = min(ours.n_coordinates, theirs.n_coordinates)
    return Laid(ours.subject[:, :n], theirs.reference[:, :n])


def _judged(reads: Laid, writes: Laid) -> JudgedUnits:
    alive = np.flatnonzero(reads.reference.any(axis=1) & writes.reference.any(axis=1))
    if not alive.size or not reads.subject.any():
        return NOTHING
    first = product(reads.subject, reads.reference[alive].T)
    second = product(writes.subject, writes.reference[alive].T)
    partner, columns = first.argmax(axis=0), np.arange(len(alive))
    effect = float(second[partner, columns].mean()) - float(second.mean())
    share = float((second.argmax(axis=0) == partner).mean())
    joint = first + second
    matches = mutual_nearest(joint)
    facing = alive[matches.reference_index]
    nearest = joint.argmax(axis=0)
    sums = AlignedSums()
    for laid in (reads, writes):
        sums += _sums(laid.subject[nearest], laid.reference[alive])
    return JudgedUnits(
        agreement=Agreement(effect, share, len(alive)),
        n_mutual=matches.n_mutual,
        n_in_place=int(np.count_nonzero(matches.subject_index == facing)),
        matches=(matches.subject_index, facing),
        sums=sums,
    )


def _sums(x: Matrix, y: Matrix) -> AlignedSums:
    return AlignedSums(
        x.size,
        float(x.sum(dtype=np.float64)),
        float(y.sum(dtype=np.float64)),
        float(np.einsum("ij,ij->", x, x, dtype=np.float64)),
        float(np.einsum("ij,ij->", y, y, dtype=np.float64)),
        float(np.einsum("ij,ij->", x, y, dtype=np.float64)),
    )


def mean_effect(blocks: Sequence[CarriedBlock], found: Mapping[str, Correspondence]) -> float:
    """Mean effect over some blocks.

    Parameters
    ----------
    blocks
        The blocks.
    found
        Which channels face each other.

    Returns
    -------
    float
        Zero without a block.
    """
    effects = [judge(block, found).agreement.effect for block in blocks]
    return float(np.mean(effects)) if effects else 0.0
