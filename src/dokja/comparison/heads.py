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
from dokja.numerics.bases import Basis, identity_basis
from dokja.numerics.heads import HeadChange, Heads, head_change

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dokja.arch.align import ComponentAlignment
    from dokja.arch.role import ResolvedComponent
    from dokja.comparison.collect import PairData
    from dokja.io.checkpoint import Checkpoint

    Matrix = NDArray[np.float32]

__all__ = ["COMPARISON", "HeadsData", "HeadsOfKin", "collect_heads", "heads_evidence"]

MAX_LAYERS = 3
MAX_CHANNELS = 8192
"""Of all query heads of a layer; larger blocks are left out."""
_PARTS = ("q", "k", "v", "o")


@dataclass(frozen=True, slots=True, eq=False)
class HeadsData:
    """The attention blocks of some layers, subject first, each as its own width has it."""

    layers: tuple[tuple[Heads, Heads], ...]


def collect_heads(
    subject: Checkpoint, reference: Checkpoint, alignment: ComponentAlignment
) -> HeadsData:
    """Read the attention of a few layers of both sides.

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
        first = _read(subject, alignment.subject, ours)
        second = _read(reference, alignment.reference, theirs)
        if first is not None and second is not None and _same_size(first, second):
            layers.append((first, second))
    return HeadsData(tuple(layers))


def _same_size(first: Heads, second: Heads) -> bool:
    return bool(first.queries.shape[1] == second.queries.shape[1])


def _read(checkpoint: Checkpoint, component: ResolvedComponent, layer: int) -> Heads | None:
    n_heads, n_kv = component.n_heads, component.n_kv_heads or component.n_heads
    held = [
        component.by_role.get(
            TensorRole(component.component, layer, None, f"attention.{part}.weight")
        )
        for part in _PARTS
    ]
    if n_heads is None or n_kv is None or n_heads % n_kv:
        return None
    tensors = [tensor for tensor in held if tensor is not None]
    rows = [n_heads, n_kv, n_kv, n_heads]
    if len(tensors) < len(_PARTS) or any(len(tensor.shape) != 2 for tensor in tensors):
        return None
    lengths = [tensor.shape[0] for tensor in tensors[:3]] + [tensors[3].shape[1]]
    size, left = divmod(lengths[0], n_heads)
    if left or lengths[0] > MAX_CHANNELS or lengths != [n * size for n in rows]:
        return None
    matrices = [_finite(tensor.view.load(checkpoint.read)) for tensor in tensors]
    gain = component.by_role.get(
        TensorRole(component.component, layer, None, "norm.attention.weight")
    )
    if gain is not None and gain.shape == matrices[0].shape[1:]:
        values = _finite(gain.view.load(checkpoint.read))
        values = values + np.float32(1.0) if component.gains_from_one else values
        matrices[:3] = [matrix * values for matrix in matrices[:3]]
    matrices[3] = matrices[3].T
    return Heads(*(m.reshape(n, size, -1) for m, n in zip(matrices, rows, strict=True)))


def _finite(values: NDArray[np.floating]) -> Matrix:
    return np.nan_to_num(np.asarray(values, dtype=np.float32), posinf=0.0, neginf=0.0)


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
        Draws a projection where the stream is wide and as it was.

    Returns
    -------
    HeadsEvidence or None
        None where no heads could be read, or widths differ without coordinates.
    """
    layers = data.heads.layers if data.heads is not None else ()
    changes = []
    for ours, theirs in layers:
        widths = ours.queries.shape[2], theirs.queries.shape[2]
        shared = basis
        if shared is None and widths[0] == widths[1]:
            shared = identity_basis(widths[0], rng)
        if shared is not None:
            changes.append(
                head_change(_seen(ours, shared.subject), _seen(theirs, shared.reference))
            )
    return _evidence(data, changes) if changes else None


def _seen(heads: Heads, projection: Matrix | None) -> Heads:
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
            Draws a projection of wide streams.

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
