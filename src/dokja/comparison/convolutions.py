"""A convolutional network whose channels were renumbered or rescaled: undone, judged held out.

What the search reads of two components, and the evidence it gives. It begins from pixels and
classes, never from the index of a channel inside a block, and refuses to speak without blocks.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dokja.arch.carried import ConvolutionBlock, Joint, chain_joints, convolution_joints
from dokja.comparison.base import identity
from dokja.document.audit import ReindexedEvidence, ReindexedLayer
from dokja.numerics.carried import CarriedBlock, JudgedUnits, judge, kept_channels, mean_effect
from dokja.numerics.carrying import Correspondence, KernelPair, balanced, carry, same_numbers
from dokja.numerics.relabelling import in_place_log10_p
from dokja.numerics.undone import AlignedSums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dokja.arch.align import ComponentAlignment
    from dokja.comparison.collect import PairData
    from dokja.io.checkpoint import Checkpoint

__all__ = [
    "ConvolutionData",
    "KernelSide",
    "collect_convolutions",
    "convolution_evidence",
    "laid_kernels",
    "search",
    "split_blocks",
]

MAX_NUMBERS = 2**28
"""Numbers of all kernels of one side; larger networks are not searched."""
_WIDE_WINDOW, _KEPT_WINDOW = 25, 9
"""Places of a window beyond which some are left out, and how many are kept about."""
_FEWEST_HALVED = 16
"""Fewest channels that are divided into halves."""


@dataclass(frozen=True, slots=True, eq=False)
class KernelSide:
    """The kernels of one side as they are stored, by the sets of channels they join."""

    outside: tuple[tuple[Joint, NDArray[np.float32]], ...]
    """All kernels, in order, of a network without blocks."""
    blocks: tuple[tuple[ConvolutionBlock, tuple[NDArray[np.float32], ...]], ...]


@dataclass(frozen=True, slots=True, eq=False)
class ConvolutionData:
    """What the search may know: kernels that face each other, and the scales taken out of them."""

    pairs: tuple[KernelPair, ...]
    """All that permutations are carried through."""
    fit: tuple[CarriedBlock, ...]
    """What a start is chosen by."""
    held: tuple[CarriedBlock, ...]
    """What judges, in the order of depth: no number of what it writes stands in `pairs`."""
    scales: tuple[tuple[NDArray[np.float64], NDArray[np.float64]], ...]
    """For each block held out, the logarithm of the norm of what each inner channel writes."""
    reference: KernelSide


def collect_convolutions(
    subject: Checkpoint, reference: Checkpoint, alignment: ComponentAlignment
) -> ConvolutionData | None:
    """Read the kernels of two residual convolutional networks.

    Parameters
    ----------
    subject, reference
        The checkpoints to read from.
    alignment
        Which components face each other.

    Returns
    -------
    ConvolutionData or None
        None unless both have two blocks at least that stand in the same place of a stage and are
        built alike, or are chains of convolutions that no family knows.
    """
    sides = []
    for checkpoint, component in (
        (subject, alignment.subject),
        (reference, alignment.reference),
    ):
        outside, blocks = convolution_joints(component)
        if len(blocks) < 2:
            outside, blocks = chain_joints(component), ()
        kernels = [*outside, *(joint for block in blocks for joint in block.joints)]
        if sum(j.tensor.n_parameters for j in kernels) > MAX_NUMBERS:
            return None
        sides.append(_load(checkpoint, outside, blocks))
    return laid_kernels(*sides)


def _load(
    checkpoint: Checkpoint, outside: Sequence[Joint], blocks: Sequence[ConvolutionBlock]
) -> KernelSide:
    def kernel(joint: Joint) -> NDArray[np.float32]:
        values = np.asarray(joint.tensor.view.load(checkpoint.read), dtype=np.float32)
        kernel = np.nan_to_num(values, posinf=0.0, neginf=0.0).reshape(joint.shape)
        # A matrix over 7 x 7 places of 512 channels tells them apart by a part of the places.
        wide = joint.shape[1] > _FEWEST_HALVED and joint.shape[2] > _WIDE_WINDOW
        return kernel[:, :, :: -(-joint.shape[2] // _KEPT_WINDOW)].copy() if wide else kernel

    return KernelSide(
        tuple((joint, kernel(joint)) for joint in outside),
        tuple((block, tuple(kernel(joint) for joint in block.joints)) for block in blocks),
    )


def laid_kernels(subject: KernelSide, reference: KernelSide) -> ConvolutionData | None:
    """Lay the kernels of two networks side by side.

    Parameters
    ----------
    subject, reference
        Kernels of each side.

    Returns
    -------
    ConvolutionData or None
        None where fewer than two blocks have a counterpart.
    """
    if not subject.blocks and not reference.blocks:
        return _laid_chain(subject, reference)
    theirs = {_place(joint): kernel for joint, kernel in reference.outside}
    outside = [
        _pair(joint, kernel, theirs[_place(joint)])
        for joint, kernel in subject.outside
        if _place(joint) in theirs
    ]
    by_name = {block.name: (block, kernels) for block, kernels in reference.blocks}
    blocks, scales = [], []
    for block, kernels in subject.blocks:
        other, others = by_name.get(block.name, (None, ()))
        if other is None or len(others) != len(kernels):
            continue
        pairs = (_pair(*item) for item in zip(block.joints, kernels, others, strict=True))
        blocks.append(CarriedBlock(block.layer, other.layer, tuple(pairs)))
        scales.append((_log_scales(kernels[1]), _log_scales(others[1])))
    if len(blocks) < 2:
        return None
    fit, held = split_blocks(blocks)
    chosen = tuple(blocks[place] for place in fit)
    return ConvolutionData(
        pairs=(*outside, *(pair for block in chosen for pair in block.pairs)),
        fit=chosen,
        held=tuple(blocks[place] for place in held),
        scales=tuple(scales[place] for place in held),
        reference=reference,
    )


def _laid_chain(subject: KernelSide, reference: KernelSide) -> ConvolutionData | None:
    """Lay chains side by side, and divide what every set of channels writes into two halves.

    Kernels of a chain are all needed to reach its sets: so half of the channels judge, by numbers
    of a kernel that have no part in the fit.
    """
    theirs = {(joint.out, joint.into): kernel for joint, kernel in reference.outside}
    faced = [
        (joint, kernel, theirs[joint.out, joint.into])
        for joint, kernel in subject.outside
        if (joint.out, joint.into) in theirs
    ]
    pairs = {joint: _pair(joint, ours, other) for joint, ours, other in faced}
    writers = {joint.out: joint for joint in pairs if joint.into is not None and joint.out}
    fitted = {
        joint: _half(pair, 0) if joint.into in writers else pair for joint, pair in pairs.items()
    }
    fit, held, scales = list[CarriedBlock](), list[CarriedBlock](), []
    for place, (joint, ours, other) in enumerate(faced):
        writer = None if joint.into is None else writers.get(joint.into)
        if writer is None or min(ours.shape[1], other.shape[1]) < _FEWEST_HALVED:
            continue
        first = fitted[writer]
        fit.append(CarriedBlock(place, place, (first, fitted[joint])))
        held.append(CarriedBlock(place, place, (first, _half(pairs[joint], 1))))
        scales.append((_log_scales(ours), _log_scales(other)))
    if len(held) < 2:
        return None
    return ConvolutionData(
        tuple(fitted.values()), tuple(fit), tuple(held), tuple(scales), reference
    )


def _half(pair: KernelPair, start: int) -> KernelPair:
    """Keep every other channel of those that the reference's kernel reads."""
    kept = np.zeros_like(pair.reference)
    kept[:, start::2] = pair.reference[:, start::2]
    return replace(pair, reference=kept)


def _place(joint: Joint) -> tuple[str, str | None, str | None]:
    return joint.tensor.role.kind, joint.out, joint.into


def _pair(joint: Joint, ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> KernelPair:
    return KernelPair(balanced(ours), balanced(theirs), joint.out, joint.into)


def _log_scales(kernel: NDArray[np.float32]) -> NDArray[np.float64]:
    norms = np.sqrt(np.einsum("oik,oik->i", kernel, kernel, dtype=np.float64))
    return np.asarray(np.log(np.maximum(norms, np.finfo(np.float32).tiny)))


def split_blocks(blocks: Sequence[CarriedBlock]) -> tuple[list[int], list[int]]:
    """Divide blocks into those that are fitted and those that judge.

    Parameters
    ----------
    blocks
        In the order of depth.

    Returns
    -------
    tuple of list of int
        Places: within every stage the first, third and so on are fitted, so that each stream is
        reached; every other block where no stage has two.
    """
    seen = Counter[str | None]()
    fit, held = list[int](), list[int]()
    for place, block in enumerate(blocks):
        stream = block.pairs[-1].out
        (held if seen[stream] % 2 else fit).append(place)
        seen[stream] += 1
    if not held:
        everything = list(range(len(blocks)))
        return everything[0::2], everything[1::2]
    return fit, held


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    start: str
    channels: dict[str, Correspondence]
    fitted: float
    n_fitted: int


def search(data: ConvolutionData, *, from_numbers: bool = True) -> _Found:
    """Carry permutations through half of the blocks, from each start, and keep the better.

    Parameters
    ----------
    data
        Kernels that face each other.
    from_numbers
        Whether to begin from channels of one number as well.

    Returns
    -------
    _Found
        What the fitted blocks choose.
    """
    starts: dict[str, dict[str, Correspondence]] = {"pixels": {}}
    if from_numbers:
        starts["same_basis"] = _same(data.pairs)
    best: _Found | None = None
    for name, known in starts.items():
        found = carry(data.pairs, known)
        effect = mean_effect(data.fit, found)
        if best is None or effect > best.fitted:
            best = _Found(name, found, effect, len(data.fit))
    if best is None:
        raise AssertionError("there is always a start")
    return best


def _same(pairs: Sequence[KernelPair]) -> dict[str, Correspondence]:
    known = {}
    for pair in pairs:
        for axis, name in enumerate((pair.out, pair.into)):
            if name is not None:
                sizes = pair.subject.shape[axis], pair.reference.shape[axis]
                known[name] = same_numbers(*sizes)
    return known


def convolution_evidence(data: PairData, kernels: ConvolutionData) -> ReindexedEvidence:
    """Search, and say what was found and what had to be undone.

    Parameters
    ----------
    data
        What was read of the two components.
    kernels
        Their kernels.

    Returns
    -------
    ReindexedEvidence
        Judged on blocks that had no part in the fit.
    """
    found = search(kernels)
    held = kernels.held
    judged = [judge(block, found.channels) for block in held]
    off = [
        judge(block, found.channels, held[(place + 1) % len(held)]).agreement.effect
        if len(held) > 1
        else None
        for place, block in enumerate(held)
    ]
    total = sum((one.sums for one in judged), AlignedSums())
    n_mutual = sum(one.n_mutual for one in judged)
    spreads = [
        spread
        for one, scales in zip(judged, kernels.scales, strict=True)
        if (spread := _spread(one, scales)) is not None
    ]
    return ReindexedEvidence(
        **identity(data),
        start=found.start,
        fitted_effect=found.fitted,
        n_fitted=found.n_fitted,
        layers=tuple(_row(*item) for item in zip(held, judged, off, strict=True)),
        aligned_cosine=total.cosine,
        aligned_pearson=total.pearson,
        log10_p=_log10_p(judged),
        moved_share=1.0 - sum(j.n_in_place for j in judged) / n_mutual if n_mutual else None,
        flipped_share=None,
        scale_spread=max(spreads, default=None),
        same_basis=kept_channels(found.channels),
        # Streams are only ever renumbered: a bend between layers admits no rotation.
        channel_cosine=total.cosine,
        channels_flipped_share=None,
        gains_reset=False,
        layers_mapped=any(block.layer != block.reference_layer for block in held),
    )


def _row(block: CarriedBlock, judged: JudgedUnits, off: float | None) -> ReindexedLayer:
    return ReindexedLayer(
        layer=block.layer,
        expert=None,
        reference_layer=block.reference_layer,
        reference_expert=None,
        n_units=judged.agreement.n,
        effect=judged.agreement.effect,
        agreeing_share=judged.agreement.share,
        off_map_effect=off,
        n_mutual=judged.n_mutual,
        n_in_place=judged.n_in_place,
        aligned_cosine=judged.sums.cosine,
        aligned_pearson=judged.sums.pearson,
    )


def _log10_p(judged: Sequence[JudgedUnits]) -> float:
    expected = sum(one.n_mutual / one.agreement.n for one in judged if one.agreement.n)
    return in_place_log10_p(sum(one.n_in_place for one in judged), expected)


def _spread(
    judged: JudgedUnits, scales: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> float | None:
    i, j = judged.matches
    return float((scales[0][i] - scales[1][j]).std()) if len(i) > 1 else None
