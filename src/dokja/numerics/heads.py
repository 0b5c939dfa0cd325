"""Attention heads found again by what they compute, whatever their numbers and inner channels.

The module knows the four matrices of one attention block on either side, in common coordinates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dokja.numerics.algebra import product

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]
    Table = NDArray[np.float64]

__all__ = ["HeadChange", "Heads", "head_change"]

MIN_COSINE = 0.3
"""Cosine of circuits from which a head is found; in real widths strangers stay below 0.1."""
MARGIN = 0.1
"""By which another head must agree better than the one of the same number."""


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """One attention block, gains folded in, in coordinates both sides share.

    Parameters
    ----------
    queries, outputs
        Shape ``(n_heads, head_dim, k)``: what each channel of a head reads, and writes.
    keys, values
        Shape ``(n_kv_heads, head_dim, k)``.
    """

    queries: Matrix
    keys: Matrix
    values: Matrix
    outputs: Matrix

    @property
    def group(self) -> NDArray[np.int64]:
        """Shape ``(n_heads,)``: the key-value head each query head belongs to."""
        return np.arange(len(self.queries)) * len(self.keys) // len(self.queries)


@dataclass(frozen=True, slots=True)
class HeadChange:
    """What became of the heads of one block.

    Parameters
    ----------
    n_heads
        Heads of the subject.
    n_found
        Heads whose circuits are those of a head of the reference.
    n_moved
        Of these, those that are another number's and not their own.
    cosine
        Mean cosine of the circuits of heads found; None without one.
    off_cosine
        Mean absolute cosine of all other pairs of heads.
    value_in_place, value_matched
        Mean absolute cosine of value channels of heads found, with the channel of the same number,
        and with the best one; None without a head found.
    """

    n_heads: int
    n_found: int
    n_moved: int
    cosine: float | None
    off_cosine: float | None
    value_in_place: float | None
    value_matched: float | None


def head_change(subject: Heads, reference: Heads) -> HeadChange:
    """Find the heads of one block in another.

    Parameters
    ----------
    subject, reference
        Two blocks, with heads of as many channels, in the same coordinates.

    Returns
    -------
    HeadChange
        How many were found, and how many bear another number.

    Raises
    ------
    ValueError
        If heads have different sizes.

    Notes
    -----
    A head is told by its circuits: ``W_O W_V``, what it writes for what it reads, and
    ``W_Q^T W_K``, where it looks [1]_. Any change of the channels inside, ``V -> A V`` with
    ``O -> O A^-1`` or ``K -> A K`` with ``Q -> A^-T Q``, leaves both as they are; so the inner
    product of two circuits, ``tr(O_i V_i V_j^T O_j^T)``, is found from products no larger than a
    head. The cosine is the mean of both. No null hypothesis is tested. Cost: products of all
    channels of both sides, linear in the width of the coordinates.

    References
    ----------
    .. [1] Elhage et al., A Mathematical Framework for Transformer Circuits,
       https://transformer-circuits.pub/2021/framework/index.html.
    """
    if subject.queries.shape[1] != reference.queries.shape[1]:
        raise ValueError("heads have different sizes")
    table = _cosines(subject, reference)
    best, back = table.argmax(axis=1), table.argmax(axis=0)
    rows = np.arange(len(table))
    # Keys and values that serve several heads make ties, which mutual choice alone would break.
    mutual = (back[best] == rows) | np.isclose(table[rows, best], table[back[best], best])
    found = np.flatnonzero(mutual & (table[rows, best] >= MIN_COSINE))
    own = np.array([table[i, i] if i < table.shape[1] else -1.0 for i in found])
    moved = table[found, best[found]] > own + MARGIN
    off = np.ones(table.shape, dtype=bool)
    off[rows, best] = False
    values = [_channels(subject, reference, int(i), int(best[i])) for i in found]
    return HeadChange(
        n_heads=len(table),
        n_found=len(found),
        n_moved=int(moved.sum()),
        cosine=float(table[found, best[found]].mean()) if len(found) else None,
        off_cosine=float(np.abs(table[off]).mean()) if off.any() else None,
        value_in_place=float(np.mean([kept for kept, _ in values])) if values else None,
        value_matched=float(np.mean([matched for _, matched in values])) if values else None,
    )


def _cosines(subject: Heads, reference: Heads) -> Table:
    circuits = (
        [_Circuits(side.outputs, side.values, side.group) for side in (subject, reference)],
        [_Circuits(side.queries, side.keys, side.group) for side in (subject, reference)],
    )
    return np.asarray(np.mean([_alike(ours, theirs) for ours, theirs in circuits], axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class _Circuits:
    """A factor of every head, and one that heads of a group share."""

    own: Matrix
    shared: Matrix
    group: NDArray[np.int64]

    def squares(self) -> Table:
        own, shared = (np.matmul(p, p.transpose(0, 2, 1)) for p in (self.own, self.shared))
        return np.asarray(np.einsum("hab,hab->h", own, shared[self.group], dtype=np.float64))


def _alike(ours: _Circuits, theirs: _Circuits) -> Table:
    """Cosine of the circuits of every head of the one with every head of the other."""
    scale = np.sqrt(np.outer(ours.squares(), theirs.squares()))
    inner = np.zeros(scale.shape)
    for shared in range(len(ours.shared)):
        second = _against(ours.shared[shared], theirs.shared)[:, theirs.group]
        for i in np.flatnonzero(ours.group == shared):
            first = _against(ours.own[i], theirs.own)
            inner[i] = np.einsum("ajb,ajb->j", first, second, dtype=np.float64)
    return np.asarray(np.divide(inner, scale, out=np.zeros_like(inner), where=scale > 0.0))


def _against(head: Matrix, heads: Matrix) -> Matrix:
    """Inner products of the channels of a head with those of many, shape ``(a, heads, b)``."""
    found = product(head, heads.reshape(-1, heads.shape[-1]).T)
    return np.asarray(found.reshape(len(head), *heads.shape[:2]), dtype=np.float32)


def _channels(subject: Heads, reference: Heads, i: int, j: int) -> tuple[float, float]:
    ours = _unit(subject.values[subject.group[i]])
    theirs = _unit(reference.values[reference.group[j]])
    table = np.abs(ours @ theirs.T)
    return float(np.diagonal(table).mean()), float(table.max(axis=1).mean())


def _unit(rows: Matrix) -> Table:
    norms = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    return np.asarray(np.divide(rows, norms, out=np.zeros(rows.shape), where=norms > 0.0))
