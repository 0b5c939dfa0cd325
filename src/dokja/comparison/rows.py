"""Rows of some matrices of two components that are kin, read for a close look at what changed.

The module chooses and reads; it measures nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dokja.io.dtype import DType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dokja.arch.align import ComponentAlignment, Pair
    from dokja.arch.role import ResolvedTensor
    from dokja.io.checkpoint import Checkpoint

    Matrix = NDArray[np.float32]

__all__ = ["RowPair", "choose_matrices", "read_row_pairs"]

MAX_MATRICES = 24
MAX_ROWS = 256
CHUNK = 16
"""Rows that are read together, from a place that is a multiple of as many."""
MAX_COLUMNS = 16384
MAX_VALUES = 2**22
"""Values of one side of a matrix."""
MANTISSA_BITS = {
    DType.F64: 23,
    DType.F32: 23,
    DType.F16: 10,
    DType.BF16: 7,
    DType.F8_E4M3: 3,
    DType.F8_E4M3FNUZ: 3,
    DType.F8_E5M2: 2,
    DType.F8_E5M2FNUZ: 2,
}


@dataclass(frozen=True, slots=True, eq=False)
class RowPair:
    """The same rows of two matrices of one role, and how finely each side's format rounds."""

    subject: Matrix
    reference: Matrix
    subject_bits: int
    reference_bits: int


def choose_matrices(alignment: ComponentAlignment, rng: np.random.Generator) -> list[Pair]:
    """Choose the pairs of matrices to look at.

    Parameters
    ----------
    alignment
        Which tensors face each other.
    rng
        Chooses among more than are wanted.

    Returns
    -------
    list of Pair
        At most 24 matrices of the layers, or of the whole where there are no layers, in the order
        of their roles.
    """
    held = [pair for pair in alignment.pairs if _is_matrix(pair.subject)]
    inside = [pair for pair in held if pair.subject.role.layer is not None]
    pairs = inside or held
    if len(pairs) > MAX_MATRICES:
        kept = np.sort(rng.choice(len(pairs), size=MAX_MATRICES, replace=False))
        pairs = [pairs[int(place)] for place in kept]
    return pairs


def _is_matrix(tensor: ResolvedTensor) -> bool:
    shape = tensor.view.shape
    return not tensor.fixed and len(shape) >= 2 and min(shape[0], tensor.n_parameters) >= 8


def read_row_pairs(
    subject: Checkpoint,
    reference: Checkpoint,
    pairs: list[Pair],
    rng: np.random.Generator,
) -> Iterator[RowPair]:
    """Read rows of both sides of each pair, one pair at a time.

    Parameters
    ----------
    subject, reference
        The checkpoints to read from.
    pairs
        Of matrices of equal shape.
    rng
        Chooses the rows.

    Yields
    ------
    RowPair
        At most 256 rows in runs of 16, as ``(n_rows, n_columns)``; values that are not finite are
        zero on both sides. Of very wide rows the first columns.
    """
    for pair in pairs:
        shape = pair.subject.view.shape
        starts = _starts(shape, rng)
        ours = _rows(subject, pair.subject, starts)
        theirs = _rows(reference, pair.reference, starts)
        broken = ~(np.isfinite(ours) & np.isfinite(theirs))
        yield RowPair(
            np.where(broken, np.float32(0.0), ours),
            np.where(broken, np.float32(0.0), theirs),
            _bits(subject, pair.subject),
            _bits(reference, pair.reference),
        )


def _starts(shape: tuple[int, ...], rng: np.random.Generator) -> list[int]:
    width = min(int(np.prod(shape[1:])), MAX_COLUMNS)
    n_rows = min(MAX_ROWS, max(CHUNK, MAX_VALUES // max(width, 1)))
    places = np.arange(0, shape[0], CHUNK)
    n_kept = max(1, n_rows // CHUNK)
    if len(places) > n_kept:
        places = np.sort(rng.choice(places, size=n_kept, replace=False))
    return [int(place) for place in places]


def _rows(checkpoint: Checkpoint, tensor: ResolvedTensor, starts: list[int]) -> Matrix:
    view, stop = tensor.view, tensor.view.shape[0]
    if view.is_contiguous:
        held = [
            view.load_rows(checkpoint.read, first, min(first + CHUNK, stop)) for first in starts
        ]
    else:
        # Rows that do not lie in order are read with all others, so once for all runs.
        whole = view.load(checkpoint.read)
        held = [whole[first : first + CHUNK] for first in starts]
    with np.errstate(over="ignore"):
        flat = [np.asarray(rows, dtype=np.float32).reshape(len(rows), -1) for rows in held]
    return np.ascontiguousarray(np.concatenate(flat)[:, :MAX_COLUMNS])


def _bits(checkpoint: Checkpoint, tensor: ResolvedTensor) -> int:
    return MANTISSA_BITS.get(checkpoint.records[tensor.view.record].dtype, 23)
