"""One reading of a pair of components: moments, digests and the samples the tests stand on.

The module moves values into the shapes the tests want. It judges nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
from dokja.comparison.vocabulary import Vocabulary, lay_vocabularies

if TYPE_CHECKING:
    from dokja.arch.align import ComponentAlignment
    from dokja.arch.role import ResolvedTensor, TensorRole, UnitGroup
    from dokja.comparison.convolutions import ConvolutionData
    from dokja.comparison.heads import HeadsData
    from dokja.comparison.steps import StepsData
    from dokja.comparison.structure import StructureData
    from dokja.io.checkpoint import Checkpoint
    from dokja.numerics.moments import Moments

__all__ = ["GroupFeatures", "PairData", "Side", "TensorPair", "collect", "measure_pairs"]

Matrix = NDArray[np.float32]
Progress = Callable[[int], None]
MemberKey = tuple[str, str, int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
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
    tokens: Mapping[TensorRole, Matrix] = field(default_factory=dict)
    """Shape ``(n_tokens, n_columns)`` for each tensor with one row a token."""


@dataclass(frozen=True, slots=True)
class TensorPair:
    """Two tensors of one role; in the moments ``a`` is the reference and ``b`` the subject."""

    subject: ResolvedTensor
    reference: ResolvedTensor
    moments: Moments
    constant: bool
    n_laid: int | None = None
    """Parameters of each that face one of the other, where rows of tokens were laid side by side;
    None where the tensors face each other as they stand."""

    @property
    def n_parameters(self) -> int:
        """Parameters of the subject's tensor that face one of the reference's."""
        return self.subject.n_parameters if self.n_laid is None else self.n_laid


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
    vocabulary: Vocabulary | None = None
    """Which rows of tokens face each other; None where either side has none."""
    structure: StructureData | None = None
    """Whole MLPs, read only where the units were not found as they are numbered."""
    convolutions: ConvolutionData | None = None  # kernels, likewise
    steps: StepsData | None = None
    """Rows of some matrices, measured only where kinship was found."""
    heads: HeadsData | None = None
    """The attention of a few layers, where there is something to be told of it."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """One side while it is read: what is wanted of it, and what has come."""

    checkpoint: Checkpoint
    plan: ComponentPlan
    blocks: dict[TensorRole, Sequence[Matrix]] = field(default_factory=dict)
    digests: dict[TensorRole, str] = field(default_factory=dict)
    constant: set[TensorRole] = field(default_factory=set)
    n_nonfinite: list[int] = field(default_factory=list)

    def wanted(self, role: TensorRole) -> tuple[Block, ...]:
        """Blocks that are to be kept of a tensor."""
        return self.plan.blocks.get(role, ())


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
    first, second = alignment.subject, alignment.reference
    sides = (
        _Reading(subject, plan_component(first, second, draws, limits)),
        _Reading(reference, plan_component(second, first, draws, limits)),
    )
    pairs = _read_pairs(sides, alignment, progress)
    _read_alone(sides[0], {pair.subject.role for pair in pairs}, progress)
    _read_alone(sides[1], {pair.reference.role for pair in pairs}, progress)
    kinds = _common_kinds(sides[0].plan, sides[1].plan)
    kept = _side(sides[0], kinds), _side(sides[1], kinds)
    vocabulary = lay_vocabularies(
        kept[0].tokens,
        kept[1].tokens,
        (subject.tokenizer, reference.tokenizer),
        rng,
        same_columns=alignment.same_residual,
    )
    return PairData(
        component=alignment.subject.component,
        reference=reference_ref,
        reference_component=alignment.reference.component,
        alignment=alignment,
        pairs=pairs,
        subject=kept[0],
        reference_side=kept[1],
        vocabulary=vocabulary,
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
    sides: tuple[_Reading, _Reading], alignment: ComponentAlignment, progress: Progress | None
) -> tuple[TensorPair, ...]:
    # Both plans are drawn from the same subsets by size, so that one request nearly always serves
    # both sides of a pair; what only one of them wants is asked for besides.
    samples: dict[TensorRole, tuple[Block, ...]] = {}
    offsets: dict[TensorRole, int] = {}
    for pair in alignment.pairs:
        first = sides[0].wanted(pair.subject.role)
        second = sides[1].wanted(pair.reference.role)
        shared = _same_blocks(first, second)
        offsets[pair.subject.role] = 0 if shared else len(first)
        samples[pair.subject.role] = first if shared else (*first, *second)
    scans = scan_pair(
        sides[0].checkpoint,
        sides[1].checkpoint,
        [(pair.subject, pair.reference) for pair in alignment.pairs],
        samples=samples,
        progress=progress,
    )
    pairs = []
    for pair in alignment.pairs:
        scan = scans[pair.subject.role]
        moments = scan.moments
        kept = (
            (
                sides[0],
                pair.subject.role,
                scan.subject_blocks,
                scan.subject_digest,
                moments.variance_b,
            ),
            (
                sides[1],
                pair.reference.role,
                scan.reference_blocks[offsets[pair.subject.role] :],
                scan.reference_digest,
                moments.variance_a,
            ),
        )
        for side, role, blocks, digest, variance in kept:
            side.blocks[role] = blocks
            side.digests[role] = digest
            side.n_nonfinite.append(moments.n_nonfinite)
            # Each by itself: what one side emptied is still trained on the other.
            if variance == 0.0:
                side.constant.add(role)
        pairs.append(TensorPair(pair.subject, pair.reference, moments, _is_constant(moments)))
    return tuple(pairs)


def _same_blocks(first: Sequence[Block], second: Sequence[Block]) -> bool:
    return len(first) == len(second) and all(
        _same_indices(a.rows, b.rows) and _same_indices(a.columns, b.columns)
        for a, b in zip(first, second, strict=True)
    )


def _same_indices(a: NDArray[np.int64] | None, b: NDArray[np.int64] | None) -> bool:
    if a is None or b is None:
        return a is b
    return np.array_equal(a, b)


def _read_alone(side: _Reading, paired: set[TensorRole], progress: Progress | None) -> None:
    alone = [tensor for tensor in side.plan.component.tensors if tensor.role not in paired]
    samples = {tensor.role: side.wanted(tensor.role) for tensor in alone}
    scans = scan_one(side.checkpoint, alone, samples=samples, progress=progress)
    for tensor in alone:
        scan = scans[tensor.role]
        side.blocks[tensor.role] = scan.blocks
        side.digests[tensor.role] = scan.digest
        side.n_nonfinite.append(scan.n_nonfinite)
        if scan.is_constant:
            side.constant.add(tensor.role)


def _is_constant(moments: Moments) -> bool:
    return moments.variance_a == 0.0 or moments.variance_b == 0.0


def _common_kinds(*plans: ComponentPlan) -> frozenset[MemberKey]:
    """Kinds of member that both sides have, with the same coordinates for each unit."""
    first, second = (
        {_key(group, slot) for group in plan.groups for slot in group.slots} for plan in plans
    )
    return frozenset(first & second)


def _key(group: GroupPlan, slot: MemberSlot) -> MemberKey:
    return (group.group.units, slot.kind, slot.n_coordinates, slot.axis_size, slot.n_repeats)


def _side(side: _Reading, kinds: frozenset[MemberKey]) -> Side:
    groups = tuple(
        features
        for group in side.plan.groups
        if (features := _group_features(group, side.blocks, kinds)) is not None
    )
    channels = {
        role: _as_channels(side.blocks[role][place.block], transposed=place.transposed)
        for role, place in side.plan.channel_slots.items()
    }
    tokens = {
        role: _by_token(side.blocks[role][place.block], transposed=place.transposed)
        for role, place in side.plan.token_slots.items()
    }
    n_nonfinite = sum(side.n_nonfinite)
    return Side(groups, channels, side.digests, frozenset(side.constant), n_nonfinite, tokens)


def _by_token(block: Matrix, *, transposed: bool) -> Matrix:
    matrix = np.ascontiguousarray(block.T) if transposed else block
    return matrix[:, None] if matrix.ndim == 1 else matrix


def _as_channels(block: Matrix, *, transposed: bool) -> Matrix:
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
