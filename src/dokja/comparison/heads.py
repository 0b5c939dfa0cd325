"""Which attention heads of a reference bear another number in a copy, and what became of values.

A measure without a null hypothesis, told only where kinship was found by others. The module reads
the attention of a few layers and accuses nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dokja.arch.role import TensorRole
from dokja.comparison.base import identity, not_applicable
from dokja.document.audit import Evidence, HeadsEvidence
from dokja.numerics.algebra import product
from dokja.numerics.heads import HeadChange, Heads, head_change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dokja.arch.align import ComponentAlignment
    from dokja.arch.role import ResolvedComponent, ResolvedTensor
    from dokja.comparison.collect import PairData
    from dokja.io.checkpoint import Checkpoint
    from dokja.numerics.bases import Basis

    Matrix = NDArray[np.float32]

__all__ = ["COMPARISON", "HeadsData", "HeadsOfKin", "collect_heads", "heads_evidence"]

MAX_LAYERS = 3
MAX_CHANNELS = 8192
"""Of all query heads of a layer; larger blocks are left out."""
MAX_RESIDUAL = 256
"""Channels of the residual stream by which heads are told, where it is as it was."""
_PARTS = ("q", "k", "v", "o")


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """The attention of one layer of one side, as it can be read."""

    checkpoint: Checkpoint
    tensors: tuple[ResolvedTensor, ...]
    gain: ResolvedTensor | None
    gains_from_one: bool
    n_heads: tuple[int, ...]
    """Heads of queries, keys, values, outputs."""
    size: int
    """Channels of one head."""

    @property
    def width(self) -> int:
        """Channels of the residual stream."""
        return self.tensors[0].shape[1]

    def read(self) -> Heads:
        """Return the matrices, gains of the norm before them folded in."""
        matrices = [_finite(tensor.view.load(self.checkpoint.read)) for tensor in self.tensors]
        if self.gain is not None:
            values = _finite(self.gain.view.load(self.checkpoint.read))
            values = values + np.float32(1.0) if self.gains_from_one else values
            matrices[:3] = [np.multiply(held, values, out=held) for held in matrices[:3]]
        matrices[3] = matrices[3].T
        shaped = zip(matrices, self.n_heads, strict=True)
        return Heads(*(matrix.reshape(n, self.size, -1) for matrix, n in shaped))


@dataclass(frozen=True, slots=True, eq=False)
class HeadsData:
    """The attention blocks of some layers, subject first, read when they are asked for."""

    layers: tuple[tuple[_Block, _Block], ...]


def collect_heads(
    subject: Checkpoint, reference: Checkpoint, alignment: ComponentAlignment
) -> HeadsData:
    """Choose the attention of a few layers of both sides; nothing is read yet.

    Parameters
    ----------
    subject, reference
        The checkpoints to read from.
    alignment
        Which layers face each other.

    Returns
    -------
    HeadsData
        Of at most three layers over the whole depth; none where heads are not known or differ in
        size.
    """
    sides = alignment.subject, alignment.reference
    if any(side.n_heads is None for side in sides):
        return HeadsData(())
    faced = sorted(
        {
            (pair.subject.role.layer, pair.reference.role.layer)
            for pair in alignment.pairs
            if pair.subject.role.kind == "attention.o.weight"
            and pair.subject.role.layer is not None
            and pair.reference.role.layer is not None
        }
    )
    places = np.unique(np.linspace(0, len(faced) - 1, MAX_LAYERS).round().astype(int))
    layers = []
    for ours, theirs in [faced[place] for place in places] if faced else []:
        first = _block(subject, alignment.subject, ours)
        second = _block(reference, alignment.reference, theirs)
        if first is not None and second is not None and first.size == second.size:
            layers.append((first, second))
    return HeadsData(tuple(layers))


def _block(checkpoint: Checkpoint, component: ResolvedComponent, layer: int) -> _Block | None:
    n_heads, n_kv = component.n_heads, component.n_kv_heads or component.n_heads
    held = [
        component.by_role.get(
            TensorRole(component.component, layer, None, f"attention.{part}.weight")
        )
        for part in _PARTS
    ]
    if n_heads is None or n_kv is None or n_heads % n_kv:
        return None
    tensors = tuple(tensor for tensor in held if tensor is not None)
    rows = (n_heads, n_kv, n_kv, n_heads)
    if len(tensors) < len(_PARTS) or any(len(tensor.shape) != 2 for tensor in tensors):
        return None
    lengths = [tensor.shape[0] for tensor in tensors[:3]] + [tensors[3].shape[1]]
    widths = {tensor.shape[1] for tensor in tensors[:3]} | {tensors[3].shape[0]}
    size, left = divmod(lengths[0], n_heads)
    wrong = lengths != [n * size for n in rows] or len(widths) > 1
    if left or wrong or lengths[0] > MAX_CHANNELS:
        return None
    gain = component.by_role.get(
        TensorRole(component.component, layer, None, "norm.attention.weight")
    )
    if gain is not None and gain.shape != tensors[0].shape[1:]:
        gain = None
    return _Block(checkpoint, tensors, gain, component.gains_from_one, rows, size)


def _finite(values: NDArray[np.floating]) -> Matrix:
    finite = np.array(values, dtype=np.float32)
    return np.nan_to_num(finite, copy=False, posinf=0.0, neginf=0.0)


def heads_evidence(
    data: PairData, basis: Basis | None, rng: np.random.Generator
) -> Evidence | None:
    """Tell what became of the heads, in coordinates in which the two can be compared.

    Parameters
    ----------
    data
        What was read of the two components.
    basis
        The coordinates found; None if the residual stream is as it was.
    rng
        Chooses channels of a stream that is wide and as it was.

    Returns
    -------
    HeadsEvidence or None
        None where no heads could be read, or widths differ without coordinates.
    """
    layers = data.heads.layers if data.heads is not None else ()
    changes = [head_change(*sides) for blocks in layers for sides in _seen(blocks, basis, rng)]
    return _evidence(data, changes) if changes else None


def _seen(
    blocks: tuple[_Block, _Block], basis: Basis | None, rng: np.random.Generator
) -> Iterator[tuple[Heads, Heads]]:
    """Read both blocks in coordinates they share, if there are any."""
    ours, theirs = blocks
    if basis is not None:
        yield _along(ours.read(), basis.subject), _along(theirs.read(), basis.reference)
    elif ours.width == theirs.width:
        # Heads read and write all channels alike, so that some of them tell.
        n_kept = min(ours.width, MAX_RESIDUAL)
        kept = np.sort(rng.choice(ours.width, size=n_kept, replace=False))
        yield _of(ours.read(), kept), _of(theirs.read(), kept)


def _of(heads: Heads, kept: NDArray[np.int64]) -> Heads:
    parts = heads.queries, heads.keys, heads.values, heads.outputs
    return Heads(*(np.ascontiguousarray(part[:, :, kept]) for part in parts))


def _along(heads: Heads, projection: Matrix | None) -> Heads:
    if projection is None:
        return heads

    def see(part: Matrix) -> Matrix:
        rows = product(part.reshape(-1, part.shape[2]), projection)
        return np.asarray(rows.reshape(*part.shape[:2], -1), dtype=np.float32)

    return Heads(see(heads.queries), see(heads.keys), see(heads.values), see(heads.outputs))


def _evidence(data: PairData, changes: list[HeadChange]) -> HeadsEvidence:
    def mean(name: str) -> float | None:
        held = [
            (value, change.n_found)
            for change in changes
            if (value := getattr(change, name)) is not None
        ]
        weight = sum(n for _, n in held)
        return sum(value * n for value, n in held) / weight if weight else None

    n_heads = sum(change.n_heads for change in changes)
    n_found = sum(change.n_found for change in changes)
    return HeadsEvidence(
        **identity(data),
        n_layers=len(changes),
        n_heads=n_heads,
        found_share=n_found / n_heads,
        moved_share=sum(change.n_moved for change in changes) / n_found if n_found else None,
        cosine=mean("cosine"),
        off_cosine=mean("off_cosine"),
        value_in_place=mean("value_in_place"),
        value_matched=mean("value_matched"),
    )


class HeadsOfKin:
    """Attention heads found again by their circuits, in the residual stream as it stands.

    Notes
    -----
    Where the stream was renumbered or rotated, the search for a re-indexed copy tells it in the
    coordinates it found.
    """

    name = "heads"
    version = "1"
    null_hypothesis = None
    invariances = ("resharded", "renamed")

    def run(self, data: PairData, rng: np.random.Generator) -> tuple[Evidence, ...]:
        """Tell which heads bear another number.

        Parameters
        ----------
        data
            What was read of the two components.
        rng
            Chooses channels of wide streams.

        Returns
        -------
        tuple of Evidence
            One item.
        """
        found = heads_evidence(data, None, rng)
        if found is not None:
            return (found,)
        return not_applicable(
            data,
            self.name,
            "The heads of the two are not known, or differ in size.",
            "두 모델의 어텐션 헤드를 알 수 없거나 헤드의 크기가 서로 다릅니다.",
        )


COMPARISON = HeadsOfKin()
