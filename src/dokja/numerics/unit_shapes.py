"""Hidden units of one MLP as directions, and the numbers of a unit that no re-indexing changes.

The module knows arrays of one MLP; it knows no layer, no model and no index that means anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dokja.numerics.algebra import eigh, product

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["UnitShapes", "match_by_invariants", "unit_shapes"]

MIN_MATCHES = 8
"""Fewest units an alignment is begun with, where there are as many."""
N_AXES = 2
N_ITERATIONS = 16
MAX_EXACT_WIDTH = 512


@dataclass(frozen=True, slots=True, eq=False)
class UnitShapes:
    """The units of one MLP, in the basis of the residual stream they read and write.

    Parameters
    ----------
    directions
        For each matrix (gate and up, or up alone; then down, transposed) shape ``(n, d)``: one
        vector a unit, centred over the units, of norm one, or zero where the unit is dead.
    invariants
        Shape ``(n, k)``: numbers of each unit that do not change when units are renumbered or
        rescaled, signs of (up, down) flipped, or the residual stream rotated; all zero for dead
        units.
    signs
        Shape ``(n,)``: 1 or -1, the sign of (up, down) relative to the gate; 1 without a gate.
    log_norms
        Shape ``(n, n_matrices)``: natural logarithm of each unit's norm in each matrix.
    lengths
        Shape ``(n, n_matrices)``: norm of each unit about the mean of the units.
    means
        Shape ``(n_matrices, d)``: mean over the units of each matrix.
    alive
        Shape ``(n,)``: whether every matrix of the unit holds anything.
    index
        Shape ``(n,)``: the units' own numbers. No fit looks at them.
    """

    directions: tuple[NDArray[np.float32], ...]
    invariants: NDArray[np.float64]
    signs: NDArray[np.float32]
    log_norms: NDArray[np.float64]
    lengths: NDArray[np.float32]
    means: NDArray[np.float32]
    alive: NDArray[np.bool_]
    index: NDArray[np.int64]

    @property
    def n(self) -> int:
        """Number of units."""
        return len(self.alive)

    @property
    def width(self) -> int:
        """Number of residual channels, d."""
        return int(self.directions[0].shape[1])

    @property
    def is_gated(self) -> bool:
        """Whether a gate stands before up and down, so that their joint sign is free."""
        return len(self.directions) == 3

    def without_directions(self) -> UnitShapes:
        """Keep what a search for the map of layers needs, which is small.

        Returns
        -------
        UnitShapes
            The same units with matrices of no column.
        """
        empty = np.empty((self.n, 0), dtype=np.float32)
        means = np.empty((len(self.directions), 0), dtype=np.float32)
        return replace(self, directions=(empty,) * len(self.directions), means=means)


def unit_shapes(
    reads: Sequence[NDArray[np.float32]],
    writes: NDArray[np.float32],
    bias: NDArray[np.float32] | None = None,
    *,
    index: NDArray[np.int64] | None = None,
) -> UnitShapes:
    """Describe the units of one MLP.

    Parameters
    ----------
    reads
        Shape ``(n, d)`` each: gate and up, or up alone; gains of the norm before them folded in.
    writes
        Shape ``(n, d)``: the down projection, transposed.
    bias
        Shape ``(n,)``: bias of the units, or None.
    index
        Shape ``(n,)``: the units' own numbers, where these are but some of them.

    Returns
    -------
    UnitShapes
        Directions, invariants, signs and norms.

    Raises
    ------
    ValueError
        If the shapes differ, or there is neither one matrix to read by nor two.

    Notes
    -----
    With a gate the invariants are ``|cos(gate, up)|``, ``cos(gate, down)`` with the joint sign of
    (up, down) resolved, ``cos(up, down)``, ``log|gate|`` and ``log|up| + log|down|``. Without one
    they are ``cos(up, down)``, ``log|up|``, ``log|down|`` and the bias over ``|up|``. To both come
    the absolute cosines of each vector with the two directions in which the vectors of that matrix
    vary most. All are inner products of vectors that turn together, so that no rotation of the
    residual stream changes them.
    Values that are not finite count as zero.
    """
    matrices = [_finite(matrix) for matrix in (*reads, writes)]
    if len(matrices) not in {2, 3} or len({matrix.shape for matrix in matrices}) != 1:
        shapes = ", ".join(str(matrix.shape) for matrix in matrices)
        raise ValueError(f"expected one or two matrices and the one that writes, got {shapes}")
    norms = np.stack([_norms(matrix) for matrix in matrices], axis=1)
    alive = np.asarray((norms > 0.0).all(axis=1))
    logs = np.log(np.where(norms > 0.0, norms, 1.0))
    signs, columns = _invariants(matrices, norms, logs)
    if bias is not None and len(matrices) == 2:
        columns.append(np.nan_to_num(bias.astype(np.float64)) * np.exp(-logs[:, 0]))
    invariants = np.stack(columns, axis=1)
    invariants[~alive] = 0.0
    means = [matrix.mean(axis=0, dtype=np.float64).astype(np.float32) for matrix in matrices]
    directions, lengths = [], []
    for matrix, mean in zip(matrices, means, strict=True):
        centred = matrix - mean
        centred[~alive] = 0.0
        length = _norms(centred).astype(np.float32)
        directions.append(_scaled(centred, length))
        lengths.append(length)
    return UnitShapes(
        directions=tuple(directions),
        invariants=invariants,
        signs=signs,
        log_norms=logs,
        lengths=np.stack(lengths, axis=1),
        means=np.stack(means),
        alive=alive,
        index=np.arange(len(writes)) if index is None else index,
    )


def _invariants(
    matrices: list[NDArray[np.float32]], norms: NDArray[np.float64], logs: NDArray[np.float64]
) -> tuple[NDArray[np.float32], list[NDArray[np.float64]]]:
    def cosine(i: int, j: int) -> NDArray[np.float64]:
        product = np.einsum("ij,ij->i", matrices[i], matrices[j], dtype=np.float64)
        scale = norms[:, i] * norms[:, j]
        return np.asarray(np.divide(product, scale, out=np.zeros_like(product), where=scale > 0.0))

    along = [
        column for place, m in enumerate(matrices) for column in _along_axes(m, norms[:, place])
    ]
    if len(matrices) == 2:
        columns = [cosine(0, 1), logs[:, 0], logs[:, 1], *along]
        return np.ones(len(norms), dtype=np.float32), columns
    gate_up = cosine(0, 1)
    signs = np.where(gate_up < 0.0, -1.0, 1.0)
    products = [np.abs(gate_up), signs * cosine(0, 2), cosine(1, 2)]
    columns = [*products, logs[:, 0], logs[:, 1] + logs[:, 2], *along]
    return signs.astype(np.float32), columns


def _along_axes(
    matrix: NDArray[np.float32], norms: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """How far each unit lies along the directions in which all units vary most, signs dropped."""
    scale = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0.0)
    rows = np.asarray(matrix * scale[:, None].astype(np.float32), dtype=np.float32)
    axes = _main_axes(rows)
    seen = rows @ axes
    order = np.argsort(-np.einsum("ij,ij->j", seen, seen), kind="stable")[:N_AXES]
    return [np.abs(seen[:, place]).astype(np.float64) for place in order]


def _main_axes(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Find the directions in which rows vary most, never by a step cubic in a real width."""
    width = rows.shape[1]
    if width <= MAX_EXACT_WIDTH:
        values = eigh(product(rows.T, rows))[1]
        return np.asarray(values[:, max(width - N_AXES, 0) :], dtype=np.float32)
    # A rough answer does: where the leading directions are hardly distinct they tell nothing.
    axes = np.random.default_rng(0).standard_normal((width, 2 * N_AXES)).astype(np.float32)
    for _ in range(N_ITERATIONS):
        axes = np.linalg.qr(rows.T @ (rows @ axes))[0]
    return axes


def match_by_invariants(
    subject: UnitShapes, reference: UnitShapes
) -> tuple[NDArray[np.int64], NDArray[np.int64], float]:
    """Match units whose invariants are each other's nearest, and keep the better half.

    Parameters
    ----------
    subject, reference
        The units of two MLPs, both with a gate or both without.

    Returns
    -------
    subject_index, reference_index
        Positions of the matched units.
    agreement
        Mutual nearest neighbours over the smaller number of units: high between copies, and
        what chance gives between strangers.

    Notes
    -----
    Each invariant is taken about its own side's median and in units of the pooled spread, so that
    scaling a whole matrix changes nothing. Cost: a tree of the units, ``O(n log n)``.
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415 - slow to import, seldom needed

    none = np.empty(0, dtype=np.int64)
    first, second = np.flatnonzero(subject.alive), np.flatnonzero(reference.alive)
    if not first.size or not second.size:
        return none, none, 0.0
    a, b = _standardised(subject.invariants[first], reference.invariants[second])
    distance, nearest = cKDTree(b).query(a)
    _, back = cKDTree(a).query(b)
    rows = np.flatnonzero(back[nearest] == np.arange(len(a)))
    agreement = len(rows) / min(len(a), len(b))
    kept = rows[np.argsort(distance[rows], kind="stable")]
    kept = np.sort(kept[: max(len(kept) // 2, MIN_MATCHES)])
    return first[kept], second[nearest[kept]], agreement


def _standardised(
    a: NDArray[np.float64], b: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b = a - np.median(a, axis=0), b - np.median(b, axis=0)
    spread = np.sqrt(0.5 * (np.var(a, axis=0) + np.var(b, axis=0)))
    scale = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0.0)
    return a * scale, b * scale


def _norms(matrix: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", matrix, matrix, dtype=np.float64)))


def _scaled(matrix: NDArray[np.float32], norms: NDArray[np.float32]) -> NDArray[np.float32]:
    scale = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0.0)
    return np.asarray(matrix * scale[:, None], dtype=np.float32)


def _finite(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.nan_to_num(np.asarray(matrix, dtype=np.float32), posinf=0.0, neginf=0.0)
