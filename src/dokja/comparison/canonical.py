"""MLPs and index-bearing rows of a component in canonical form, gains of norms folded in.

Norm gains, and the matrices that follow them, can trade factors without changing the network; so
can the mean of a LayerNorm's input. The module removes that freedom; it compares nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dokja.arch.role import Axis, TensorRole
from dokja.numerics.unit_shapes import UnitShapes, unit_shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dokja.arch.role import ResolvedComponent, ResolvedTensor, UnitGroup
    from dokja.io.checkpoint import Checkpoint

__all__ = ["Place", "gains_of", "indexed_rows", "indexed_sizes", "load_shapes", "mlp_groups"]

Place = tuple[int, int | None]
"""Layer and expert of an MLP."""
Matrix = NDArray[np.float32]

INDEXED_KINDS = ("token_embedding.weight", "position_embedding.weight", "patch_embedding.weight")
"""Tensors one of whose axes means the same in every model: tokens, positions, pixels."""
MAX_ROWS = 4096
BLOCK_NUMBERS = 2**24
"""Numbers of a table that are held at once."""


def mlp_groups(component: ResolvedComponent) -> dict[Place, UnitGroup]:
    """Find the MLPs of the layers of a component.

    Parameters
    ----------
    component
        A component, taken apart.

    Returns
    -------
    dict
        Its groups of MLP units, by layer and expert; shared experts and stems left out.
    """
    return {
        (group.layer, group.expert): group
        for group in component.groups
        if group.units == "mlp" and group.part == 0 and group.layer is not None
    }


def load_shapes(
    checkpoint: Checkpoint,
    component: ResolvedComponent,
    group: UnitGroup,
    *,
    max_units: int,
) -> UnitShapes | None:
    """Read one MLP and describe its units.

    Parameters
    ----------
    checkpoint
        Where to read.
    component
        The component the MLP stands in.
    group
        Its units.
    max_units
        Units to keep at most: those with the largest product of norms, which renumbering,
        rotating and rescaling leave as it is, so that copies keep the same ones.

    Returns
    -------
    UnitShapes or None
        None where the MLP has not the matrices of one.

    Notes
    -----
    The gain g of the norm before the MLP is folded into the columns of what reads, the gain after
    it, where a norm stands on either side, into what writes. A LayerNorm takes its input's mean
    away, so that the mean of every vector that reads, and of every one that writes, is free; both
    are removed.
    """
    members = {_part(member.role.kind): member for member in group.members}
    if not {"down.weight", "up.weight"} <= members.keys():
        return None
    before = _norm(checkpoint, component, group.layer, "norm.mlp")
    after = _norm(checkpoint, component, group.layer, "norm.mlp_post")

    def load(part: str) -> Matrix:
        matrix = _load(checkpoint, component.by_role[members[part].role])
        return matrix.T if members[part].axis == 1 else matrix

    raw = [load(part) for part in ("gate.weight", "up.weight", "down.weight") if part in members]
    kept = _largest(raw, max_units)
    raw = [matrix[kept] for matrix in raw]
    reads = [_folded(matrix, before.gain, centre=before.centres) for matrix in raw[:-1]]
    # In a post-norm block the gain is part of the stream itself and belongs to no matrix.
    written = after.gain if before.gain is not None else None
    writes = _folded(raw[-1], written, centre=before.centres)
    bias = load("up.bias")[kept] if "up.bias" in members else None
    if bias is not None and before.shift is not None:
        bias = bias + raw[-2] @ before.shift
    return unit_shapes(reads, writes, bias, index=kept)


def _largest(matrices: list[Matrix], max_units: int) -> NDArray[np.int64]:
    n = len(matrices[0])
    if n <= max_units:
        return np.arange(n)
    size = np.zeros(n)
    for matrix in matrices:
        squares = np.einsum("ij,ij->i", matrix, matrix, dtype=np.float64)
        size += np.log(np.maximum(squares, np.finfo(np.float64).tiny))
    return np.sort(np.argsort(-size, kind="stable")[:max_units])


def _part(kind: str) -> str:
    return kind.partition(".")[2]


def indexed_rows(
    checkpoint: Checkpoint, component: ResolvedComponent, draws: Mapping[str, NDArray[np.int64]]
) -> dict[str, Matrix]:
    """Read the rows whose index means the same in every model, as vectors of the residual stream.

    Parameters
    ----------
    checkpoint
        Where to read.
    component
        The component.
    draws
        By kind, which rows to keep.

    Returns
    -------
    dict
        By kind, shape ``(n_rows, d)``, centred over the rows kept.
    """
    found = {}
    for kind, kept in draws.items():
        tensor = component.by_role.get(TensorRole(component.component, None, None, kind))
        if tensor is not None:
            rows = _kept_rows(checkpoint, tensor, kept)
            found[kind] = np.asarray(rows - rows.mean(axis=0, dtype=np.float64), dtype=np.float32)
    return found


def _kept_rows(checkpoint: Checkpoint, tensor: ResolvedTensor, kept: NDArray[np.int64]) -> Matrix:
    """Read rows in blocks, so that a vocabulary is never held whole."""
    if tensor.axes.index(Axis.RESIDUAL) != 1 or not tensor.view.is_contiguous:
        whole = _load(checkpoint, tensor)
        return (whole if tensor.axes.index(Axis.RESIDUAL) == 1 else whole.T)[kept]
    n_rows, width = tensor.shape
    step = max(1, BLOCK_NUMBERS // width)
    found = np.empty((len(kept), width), np.float32)
    for start in range(0, n_rows, step):
        inside = np.flatnonzero((kept >= start) & (kept < start + step))
        if inside.size:
            block = tensor.view.load_rows(checkpoint.read, start, min(start + step, n_rows))
            found[inside] = block[kept[inside] - start]
    return np.nan_to_num(found, copy=False, posinf=0.0, neginf=0.0)


def indexed_sizes(component: ResolvedComponent) -> dict[str, int]:
    """Say how many rows bear an index that means the same in every model.

    Parameters
    ----------
    component
        A component, taken apart.

    Returns
    -------
    dict
        Number of rows by kind: tokens, positions, or numbers of a patch.
    """
    sizes = {}
    for kind in INDEXED_KINDS:
        tensor = component.by_role.get(TensorRole(component.component, None, None, kind))
        if (
            tensor is not None
            and len(tensor.axes) == 2
            and not tensor.fixed
            and Axis.RESIDUAL in tensor.axes
        ):
            sizes[kind] = tensor.shape[1 - tensor.axes.index(Axis.RESIDUAL)]
    return sizes


@dataclass(frozen=True, slots=True, eq=False)
class _Norm:
    gain: Matrix | None
    shift: Matrix | None

    @property
    def centres(self) -> bool:
        """Whether the norm takes the mean of its input away, as those with a shift do."""
        return self.shift is not None


def _norm(
    checkpoint: Checkpoint, component: ResolvedComponent, layer: int | None, stem: str
) -> _Norm:
    held = {
        part: component.by_role.get(TensorRole(component.component, layer, None, f"{stem}.{part}"))
        for part in ("weight", "bias")
    }
    gain, shift = (None if t is None else _load(checkpoint, t) for t in held.values())
    if gain is not None and component.gains_from_one:
        gain = gain + np.float32(1.0)
    return _Norm(gain, shift)


def gains_of(checkpoint: Checkpoint, component: ResolvedComponent) -> list[Matrix]:
    """Read the gains of all norms before MLPs.

    Parameters
    ----------
    checkpoint
        Where to read.
    component
        The component.

    Returns
    -------
    list of NDArray[float32]
        One for each layer that has one.
    """
    layers = sorted({layer for layer, _ in mlp_groups(component)})
    found = [_norm(checkpoint, component, layer, "norm.mlp").gain for layer in layers]
    return [gain for gain in found if gain is not None]


def _folded(matrix: Matrix, gain: Matrix | None, *, centre: bool) -> Matrix:
    folded = matrix if gain is None or gain.shape != matrix.shape[1:] else matrix * gain
    if centre:
        folded = folded - folded.mean(axis=1, keepdims=True)
    return np.ascontiguousarray(folded, dtype=np.float32)


def _load(checkpoint: Checkpoint, tensor: ResolvedTensor) -> Matrix:
    values = np.asarray(tensor.view.load(checkpoint.read), dtype=np.float32)
    if np.isfinite(values).all():
        return values
    return np.nan_to_num(values, posinf=0.0, neginf=0.0)
