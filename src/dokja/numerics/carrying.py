"""Channel permutations of two convolutional networks, carried from layer to layer.

The module knows kernels and names of the sets of channels they join; it never looks at the index
of a channel when it fits, and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dokja.numerics.algebra import eigh, product
from dokja.numerics.matching import mutual_nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "Correspondence",
    "KernelPair",
    "Laid",
    "balanced",
    "carry",
    "laid_side_by_side",
    "same_numbers",
]

Kernel = NDArray[np.float32]
Matrix = NDArray[np.float32]
Correspondence = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Channels of the subject and of the reference that face each other."""

N_ROUNDS = 12
N_BALANCING = 12
MIN_FACING = 4
"""Fewest channels by which others are compared."""
MAX_GRAM = 1024
"""Widest Gram matrix that is decomposed."""
_LEAST_NORM = 1e-6
"""Norm of a row, over the largest, below which it is taken for zero."""


@dataclass(frozen=True, slots=True, eq=False)
class KernelPair:
    """A kernel of the subject and its counterpart, with the sets of channels they join.

    Parameters
    ----------
    subject, reference
        Shape ``(n_out, n_in, window)``, balanced.
    out, into
        Names of the sets; None where the index means the same on both sides.
    """

    subject: Kernel
    reference: Kernel
    out: str | None
    into: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """Units of a set of channels as vectors, in coordinates that face each other."""

    subject: Matrix
    reference: Matrix

    @property
    def n_coordinates(self) -> int:
        """Number of coordinates."""
        return int(self.subject.shape[1])


def balanced(kernel: Kernel) -> Kernel:
    """Scale the channels of a kernel so that all out, and all in, have one norm.

    Parameters
    ----------
    kernel
        Shape ``(n_out, n_in, window)``.

    Returns
    -------
    NDArray[float32]
        The same for every positive scaling of channels on either side: gains and variances of
        batch norms, folded or not, change nothing. Channels without weights stay zero.

    Notes
    -----
    Rows and columns of the squared entries, summed over the window, are scaled in turn, which
    ends at the one matrix of given sums [1]_.

    References
    ----------
    .. [1] R. Sinkhorn and P. Knopp, "Concerning nonnegative matrices and doubly stochastic
       matrices", Pacific J. Math. 21 (1967) 343-348. doi:10.2140/pjm.1967.21.343
    """
    power = np.einsum("oik,oik->oi", kernel, kernel, dtype=np.float64)
    rows, columns = np.ones(power.shape[0]), np.ones(power.shape[1])
    for _ in range(N_BALANCING):
        rows = _inverse(power @ columns / max(power.shape[1], 1))
        columns = _inverse(rows @ power / max(power.shape[0], 1))
    scale = np.sqrt(rows[:, None] * columns[None, :])
    return np.asarray(kernel * scale[:, :, None], dtype=np.float32)


def _inverse(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(1.0, values, out=np.zeros_like(values), where=values > 0.0)


def same_numbers(n_subject: int, n_reference: int) -> Correspondence:
    """Let channels of one number face each other.

    Parameters
    ----------
    n_subject, n_reference
        Channels of each side.

    Returns
    -------
    Correspondence
        As many as the smaller side has; none where the sizes differ, for then numbers mean
        nothing.
    """
    numbers = np.arange(n_subject if n_subject == n_reference else 0, dtype=np.int64)
    return numbers, numbers


def carry(
    pairs: Sequence[KernelPair], known: Mapping[str, Correspondence] | None = None
) -> dict[str, Correspondence]:
    """Match all sets of channels, from what is known outwards and then together.

    Parameters
    ----------
    pairs
        Kernels that are fitted.
    known
        Sets to begin with, which are matched again as soon as others are; none to begin from
        pixels and classes alone.

    Returns
    -------
    dict
        For each set that could be reached, the channels that are each other's strict nearest.

    Notes
    -----
    Coordinate ascent as in re-basin by weights [1]_, with mutual nearest neighbours in place of an
    assignment: channels that were pruned have no counterpart, and no step is cubic in a width. A
    channel is compared by all kernels that touch it, over coordinates already matched.

    References
    ----------
    .. [1] S. K. Ainsworth, J. Hayase and S. Srinivasa, "Git Re-Basin: merging models modulo
       permutation symmetries", ICLR 2023. arXiv:2209.04836
    """
    found = dict(known or {})
    names = list(dict.fromkeys(n for pair in pairs for n in (pair.into, pair.out) if n is not None))
    for _ in range(N_ROUNDS):
        before = {name: (i.tobytes(), j.tobytes()) for name, (i, j) in found.items()}
        for name in names:
            similarity = _similarity(name, pairs, found)
            if similarity is not None:
                matches = mutual_nearest(similarity)
                found[name] = (matches.subject_index, matches.reference_index)
        if before == {name: (i.tobytes(), j.tobytes()) for name, (i, j) in found.items()}:
            break
    return found


def _similarity(
    name: str, pairs: Sequence[KernelPair], found: Mapping[str, Correspondence]
) -> Matrix | None:
    total: Matrix | None = None
    for pair in pairs:
        for side in ("out", "into"):
            if getattr(pair, side) != name:
                continue
            laid = laid_side_by_side(pair, found, along=side)
            if laid is None:
                continue
            # Every coordinate counts alike, in whichever kernel it stands.
            weight = np.float32(laid.n_coordinates)
            part = product(laid.subject, laid.reference.T) * weight
            total = part if total is None else total + part
    return total


def laid_side_by_side(
    pair: KernelPair,
    found: Mapping[str, Correspondence],
    *,
    along: str,
    without_common: bool = False,
) -> Laid | None:
    """Take the channels of one side of a kernel as vectors over what faces each other.

    Parameters
    ----------
    pair
        The kernels.
    found
        Which channels face each other.
    along
        ``out`` or ``into``: whose channels are compared.
    without_common
        Whether to take out an eighth of the directions in which the channels vary most, which
        networks of one kind use for the same ends.

    Returns
    -------
    Laid or None
        Rows centred over the channels and of norm one, or zero; None where the other side is
        not matched, or by too few channels.
    """
    other = pair.into if along == "out" else pair.out
    axis = 0 if along == "out" else 1
    sizes = pair.subject.shape[1 - axis], pair.reference.shape[1 - axis]
    facing = same_numbers(*sizes) if other is None else found.get(other)
    window = pair.subject.shape[2]
    if facing is None or window != pair.reference.shape[2]:
        return None
    if len(facing[0]) < (MIN_FACING if other is not None else 1):
        return None
    sides = [
        _rows(kernel, axis, kept, without_common=without_common)
        for kernel, kept in zip((pair.subject, pair.reference), facing, strict=True)
    ]
    return Laid(*sides)


def _rows(kernel: Kernel, axis: int, kept: NDArray[np.int64], *, without_common: bool) -> Matrix:
    chosen = np.take(kernel, kept, axis=1 - axis)
    rows = np.moveaxis(chosen, axis, 0).reshape(kernel.shape[axis], -1)
    alive = rows.any(axis=1)
    if not alive.any():
        return np.zeros_like(rows)
    rows = rows - rows[alive].mean(axis=0, dtype=np.float64).astype(np.float32)
    rows[~alive] = 0.0
    if without_common:
        rows = _without_common(rows)
    norms = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))
    # What rounding left of a row that others made up altogether points nowhere.
    least = max(float(norms.max()) * _LEAST_NORM, float(np.finfo(np.float32).tiny))
    scale = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > least)
    return np.asarray(rows * scale[:, None].astype(np.float32), dtype=np.float32)


def _without_common(rows: Matrix) -> Matrix:
    """Take out the directions in which rows vary most, by the smaller of the two Gram matrices.

    Of wide layers they are those of a part of the rows: no step is cubic in a width.
    """
    if min(rows.shape) > MAX_GRAM:
        some = rows[:: -(-len(rows) // MAX_GRAM)]
        n_common = min(some.shape) // 8
        top = eigh(product(some, some.T))[1][:, len(some) - n_common :]
        directions = np.linalg.qr(some.T @ top)[0]
        return np.asarray(rows - (rows @ directions) @ directions.T, dtype=np.float32)
    n_common = min(rows.shape) // 8
    if not n_common:
        return rows
    if rows.shape[0] <= rows.shape[1]:
        common = eigh(product(rows, rows.T))[1][:, rows.shape[0] - n_common :]
        return np.asarray(rows - common @ (common.T @ rows), dtype=np.float32)
    common = eigh(product(rows.T, rows))[1][:, rows.shape[1] - n_common :]
    return np.asarray(rows - (rows @ common) @ common.T, dtype=np.float32)
