"""One reading of a pair of components: moments, digests and the samples the tests stand on.

The module moves values from the reading pass into the shapes the tests want. It judges nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dokja.comparison.sampling import (
    ComponentPlan,
    GroupPlan,
    Limits,
    MemberSlot,
    SharedDraws,
    plan_component,
)
from dokja.comparison.scan import Block, scan_one, scan_pair

if TYPE_CHECKING:
    from dokja.arch.align import ComponentAlignment
    from dokja.arch.role import ResolvedTensor, TensorRole, UnitGroup
    from dokja.io.checkpoint import Checkpoint
    from dokja.numerics.moments import Moments

__all__ = ["GroupFeatures", "PairData", "Side", "TensorPair", "collect", "measure_pairs"]

Matrix = NDArray[np.float32]
Progress = Callable[[int], None]
MemberKey = tuple[str, str, int, int, int]


@dataclass(frozen=True, slots=True)
class GroupFeatures:
    """The sampled units of one group as vectors.

    `features` has shape ``(n_units, n_values)``; each row is centred over the units and has unit
    norm, and a row of zeros marks a unit that is dead.
    """

    group: UnitGroup
    units: NDArray[np.int64]
    features: Matrix
    kinds: tuple[str, ...]
    norms: NDArray[np.float64]
    """Mean over the members of each unit's norm, over the member's own mean norm."""


@dataclass(frozen=True, slots=True)
class Side:
    """What was kept of one component of one side."""

    groups: tuple[GroupFeatures, ...]
    channels: Mapping[TensorRole, Matrix]
    """Shape ``(n_channels, n_rows)`` for each tensor along the residual channels."""
    digests: Mapping[TensorRole, str]
    """Digest of the record a tensor stands in."""
    constant: frozenset[TensorRole]
    """Tensors all of whose values are equal, which are no evidence."""
    n_nonfinite: int


@dataclass(frozen=True, slots=True)
class TensorPair:
    """Two tensors of one role with their moments, the subject's values being ``a``."""

    subject: ResolvedTensor
    reference: ResolvedTensor
    moments: Moments
    constant: bool

    @property
    def slope(self) -> float | None:
        """Centred slope of subject on reference: what share of the reference is kept."""
        return self.moments.reverse_slope

    @property
    def reverse_slope(self) -> float | None:
        """Centred slope of reference on subject."""
        return self.moments.slope

    @property
    def relative_residual(self) -> float | None:
        """Norm of the difference over the norm of the reference."""
        return self.moments.swapped().relative_residual


@dataclass(frozen=True, slots=True)
class PairData:
    """All that the comparisons may know of a component and its counterpart."""

    component: str
    reference: str
    reference_component: str
    alignment: ComponentAlignment
    pairs: tuple[TensorPair, ...]
    subject: Side
    reference_side: Side


@dataclass(frozen=True, slots=True)
class _Kept:
    """Blocks, digests and oddities of the tensors of one side, as they are read."""

    blocks: dict[TensorRole, Sequence[Matrix]]
    digests: dict[TensorRole, str]
    constant: set[TensorRole]
    n_nonfinite: list[int]


def collect(
    subject: Checkpoint,
    reference: Checkpoint,
    reference_ref: str,
    alignment: ComponentAlignment,
    rng: np.random.Generator,
    *,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> PairData:
    """Read a pair of components once.

    Parameters
    ----------
    subject, reference
        The checkpoints to read from.
    reference_ref
        How the report names the reference.
    alignment
        Which tensors face each other.
    rng
        Decides which units, coordinates and rows are kept.
    limits
        How much is kept.
    progress
        Called with the number of bytes read since the last call.

    Returns
    -------
    PairData
        Moments of every pair, and both sides' samples.
    """
    limits = limits or Limits()
    draws = SharedDraws(rng)
    plans = (
        plan_component(alignment.subject, alignment.reference, draws, limits),
        plan_component(alignment.reference, alignment.subject, draws, limits),
    )
    kept = (_Kept({}, {}, set(), []), _Kept({}, {}, set(), []))
    pairs = _read_pairs(subject, reference, alignment, plans, kept, progress)
    paired = ({p.subject.role for p in pairs}, {p.reference.role for p in pairs})
    for side, checkpoint in enumerate((subject, reference)):
        component = plans[side].component
        alone = [tensor for tensor in component.tensors if tensor.role not in paired[side]]
        _read_alone(checkpoint, alone, plans[side], kept[side], progress)
    kinds = _common_kinds(plans)
    sides = [_side(plan, held, kinds) for plan, held in zip(plans, kept, strict=True)]
    return PairData(
        component=alignment.subject.component,
        reference=reference_ref,
        reference_component=alignment.reference.component,
        alignment=alignment,
        pairs=pairs,
        subject=sides[0],
        reference_side=sides[1],
    )


def measure_pairs(
    subject: Checkpoint,
    reference: Checkpoint,
    alignment: ComponentAlignment,
    progress: Progress | None = None,
) -> tuple[TensorPair, ...]:
    """Measure the moments of an alignment alone, as after a layer map was found.

    Parameters
    ----------
    subject, reference
        The checkpoints to read from.
    alignment
        Which tensors face each other.
    progress
        Called with the number of bytes read since the last call.

    Returns
    -------
    tuple of TensorPair
        In the order of the subject's roles.
    """
    scans = scan_pair(
        subject,
        reference,
        [(pair.subject, pair.reference) for pair in alignment.pairs],
        samples={},
        with_digests=False,
        progress=progress,
    )
    return tuple(
        TensorPair(
            pair.subject,
            pair.reference,
            scans[pair.subject.role].moments,
            _is_constant(scans[pair.subject.role].moments),
        )
        for pair in alignment.pairs
    )


def _read_pairs(
    subject: Checkpoint,
    reference: Checkpoint,
    alignment: ComponentAlignment,
    plans: tuple[ComponentPlan, ComponentPlan],
    kept: tuple[_Kept, _Kept],
    progress: Progress | None,
) -> tuple[TensorPair, ...]:
    # Both plans are drawn from the same subsets by size, so one request serves both sides of a
    # pair whose shapes agree; what only one side wants is asked for all the same.
    samples: dict[TensorRole, tuple[Block, ...]] = {}
    for pair in alignment.pairs:
        first = plans[0].blocks.get(pair.subject.role, ())
        second = plans[1].blocks.get(pair.reference.role, ())
        samples[pair.subject.role] = (*first, *second)
    scans = scan_pair(
        subject,
        reference,
        [(pair.subject, pair.reference) for pair in alignment.pairs],
        samples=samples,
        progress=progress,
    )
    pairs = []
    for pair in alignment.pairs:
        scan = scans[pair.subject.role]
        n_first = len(plans[0].blocks.get(pair.subject.role, ()))
        kept[0].blocks[pair.subject.role] = scan.subject_blocks[:n_first]
        kept[1].blocks[pair.reference.role] = scan.reference_blocks[n_first:]
        kept[0].digests[pair.subject.role] = scan.subject_digest
        kept[1].digests[pair.reference.role] = scan.reference_digest
        constant = _is_constant(scan.moments)
        for side, role in enumerate((pair.subject.role, pair.reference.role)):
            kept[side].n_nonfinite.append(scan.moments.n_nonfinite)
            if constant:
                kept[side].constant.add(role)
        pairs.append(TensorPair(pair.subject, pair.reference, scan.moments, constant))
    return tuple(pairs)


def _read_alone(
    checkpoint: Checkpoint,
    tensors: Sequence[ResolvedTensor],
    plan: ComponentPlan,
    kept: _Kept,
    progress: Progress | None,
) -> None:
    samples = {tensor.role: plan.blocks.get(tensor.role, ()) for tensor in tensors}
    scans = scan_one(checkpoint, tensors, samples=samples, progress=progress)
    for tensor in tensors:
        scan = scans[tensor.role]
        kept.blocks[tensor.role] = scan.blocks
        kept.digests[tensor.role] = scan.digest
        kept.n_nonfinite.append(scan.n_nonfinite)
        if scan.is_constant:
            kept.constant.add(tensor.role)


def _is_constant(moments: Moments) -> bool:
    return moments.variance_a == 0.0 or moments.variance_b == 0.0


def _common_kinds(plans: tuple[ComponentPlan, ComponentPlan]) -> frozenset[MemberKey]:
    """Kinds of member that both sides have, with the same coordinates for each unit."""
    first, second = (
        {_key(group, slot) for group in plan.groups for slot in group.slots} for plan in plans
    )
    return frozenset(first & second)


def _key(group: GroupPlan, slot: MemberSlot) -> MemberKey:
    return (group.group.units, slot.kind, slot.n_coordinates, slot.axis_size, slot.n_repeats)


def _side(plan: ComponentPlan, kept: _Kept, kinds: frozenset[MemberKey]) -> Side:
    groups = tuple(
        features
        for group in plan.groups
        if (features := _group_features(group, kept.blocks, kinds)) is not None
    )
    channels = {
        role: _as_channels(kept.blocks[role][index], transposed)
        for role, (index, transposed) in plan.channel_slots.items()
    }
    return Side(groups, channels, kept.digests, frozenset(kept.constant), sum(kept.n_nonfinite))


def _as_channels(block: Matrix, transposed: bool) -> Matrix:
    matrix = block.T if transposed else block
    if matrix.ndim == 1:
        matrix = matrix[:, None]
    return np.nan_to_num(np.ascontiguousarray(matrix), posinf=0.0, neginf=0.0)


def _group_features(
    group: GroupPlan,
    blocks: Mapping[TensorRole, Sequence[Matrix]],
    kinds: frozenset[MemberKey],
) -> GroupFeatures | None:
    parts = []
    names = []
    norms = np.zeros(len(group.units))
    for slot in group.slots:
        if _key(group, slot) not in kinds:
            continue
        block = blocks[slot.role][slot.block]
        vectors = (block.T if slot.transposed else block).reshape(len(group.units), -1)
        parts.append(_unit_rows(vectors))
        norms += _relative_norms(vectors)
        names.append(slot.kind)
    if not parts:
        return None
    stacked = np.concatenate(parts, axis=1)
    features = _normalised(stacked)
    return GroupFeatures(group.group, group.units, features, tuple(names), norms / len(parts))


def _relative_norms(vectors: Matrix) -> NDArray[np.float64]:
    finite = np.nan_to_num(vectors, posinf=0.0, neginf=0.0)
    norms = np.sqrt(np.einsum("ij,ij->i", finite, finite, dtype=np.float64))
    mean = norms.mean()
    return np.asarray(norms / mean if mean > 0.0 else norms)


def _unit_rows(vectors: Matrix) -> Matrix:
    """Centre each coordinate over the units, then give each unit norm one (or leave it zero)."""
    finite = np.nan_to_num(vectors, posinf=0.0, neginf=0.0)
    dead = ~finite.any(axis=1)
    centred = finite - finite.mean(axis=0, keepdims=True, dtype=np.float64).astype(np.float32)
    centred[dead] = 0.0
    return _normalised(centred)


def _normalised(vectors: Matrix) -> Matrix:
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    scale = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0.0)
    return np.asarray(vectors * scale[:, None].astype(np.float32), dtype=np.float32)
