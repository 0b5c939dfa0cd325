"""Sub-matrices picked out of a stream of raw elements as it passes by.

The module knows indices and raw bits, never what a row or a column stands for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dokja.numerics.jit import kernel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Block", "Sampler"]

Array = NDArray[Any]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A sub-matrix to keep of a tensor.

    A tensor of one axis is seen as a column, one of more than two as rows along its first axis.

    Parameters
    ----------
    rows
        Indices of the rows, in the order wanted; all if None.
    columns
        Indices of the columns, in the order wanted; all if None.
    """

    rows: Indices | None = None
    columns: Indices | None = None


class Sampler:
    """Collects blocks of one tensor from runs of its elements, which may come in any order.

    Runs that do not overlap may be given from several threads at once.

    Parameters
    ----------
    shape
        Shape of the tensor.
    dtype
        Unsigned integers as wide as its elements.
    blocks
        What to keep. Equal blocks are kept once.

    Raises
    ------
    IndexError
        If a row or a column is out of range.
    """

    __slots__ = ("_order", "_parts", "_shape")

    def __init__(
        self, shape: tuple[int, ...], dtype: np.dtype[Any], blocks: Sequence[Block]
    ) -> None:
        self._shape = shape
        n_rows = shape[0] if shape else 1
        n_columns = math.prod(shape[1:])
        parts: dict[tuple[bytes | None, bytes | None], _Part] = {}
        self._order = []
        for block in blocks:
            key = (_key(block.rows), _key(block.columns))
            if key not in parts:
                parts[key] = _Part.of(block, n_rows, n_columns, dtype)
            self._order.append(list(parts).index(key))
        self._parts = tuple(parts.values())

    def take(self, raw: Array, first: int) -> None:
        """Keep what is wanted of a run of elements.

        Parameters
        ----------
        raw
            One-dimensional, contiguous, of the sampler's dtype.
        first
            Place of its first element in the flattened tensor.
        """
        for part in self._parts:
            part.take(raw, first)

    def blocks(self, decode: Callable[[Array], Array]) -> tuple[NDArray[np.float32], ...]:
        """Return what was kept.

        Parameters
        ----------
        decode
            From raw elements, one-dimensional, to as many numbers.

        Returns
        -------
        tuple of NDArray[float32]
            One for each block, read-only: shape ``(n_rows, n_columns)``, or ``(n_rows,)`` for a
            tensor of less than two axes. Values beyond float32 become infinite.
        """
        kept = [part.result(decode, flat=len(self._shape) < 2) for part in self._parts]
        return tuple(kept[index] for index in self._order)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One block being filled, its rows sorted so that a run finds its own by bisection."""

    rows: Indices
    columns: Indices | None
    n_columns: int
    back: Indices | None
    """Where each wanted row stands among the sorted ones; None if they were sorted."""
    out: Array

    @classmethod
    def of(cls, block: Block, n_rows: int, n_columns: int, dtype: np.dtype[Any]) -> _Part:
        rows = _checked(block.rows, n_rows, "rows")
        columns = _checked(block.columns, n_columns, "columns")
        back = None
        if rows is None:
            rows = np.arange(n_rows, dtype=np.int64)
        elif np.any(np.diff(rows) < 0):
            order = np.argsort(rows, kind="stable")
            back = np.argsort(order, kind="stable").astype(np.int64)
            rows = rows[order]
        width = n_columns if columns is None else columns.size
        return cls(rows, columns, n_columns, back, np.zeros((rows.size, width), dtype))

    def take(self, raw: Array, first: int) -> None:
        if not raw.size or not self.out.size:
            return
        low, high = np.searchsorted(
            self.rows, (first // self.n_columns, -(-(first + raw.size) // self.n_columns))
        )
        if low == high:
            return
        rows, out = self.rows[low:high], self.out[low:high]
        if self.columns is None:
            _take_rows(raw, first, self.n_columns, rows, out)
        else:
            _take_points(raw, first, self.n_columns, rows, self.columns, out)

    def result(self, decode: Callable[[Array], Array], *, flat: bool) -> NDArray[np.float32]:
        with np.errstate(over="ignore", invalid="ignore"):
            values = decode(self.out.reshape(-1)).astype(np.float32, copy=False)
        values = values.reshape(self.out.shape)
        values = values if self.back is None else values[self.back]
        values = values.reshape(-1) if flat else values
        values.setflags(write=False)
        return values


def _key(indices: Indices | None) -> bytes | None:
    return None if indices is None else np.ascontiguousarray(indices, np.int64).tobytes()


def _checked(indices: Indices | None, size: int, name: str) -> Indices | None:
    if indices is None:
        return None
    checked = np.ascontiguousarray(indices, dtype=np.int64)
    if checked.ndim != 1:
        raise IndexError(f"{name} of a block must be one list, not of shape {checked.shape}")
    # Kernels check no bounds: a wrong index would read or write foreign memory.
    if checked.size and not (checked.min() >= 0 and checked.max() < size):
        raise IndexError(f"{name} of a block outside of range({size})")
    return checked


@kernel
def _take_rows(raw: Array, first: int, n_columns: int, rows: Indices, out: Array) -> None:
    for i in range(rows.size):
        base = rows[i] * n_columns - first
        low = max(0, -base)
        high = min(n_columns, raw.size - base)
        for j in range(low, high):
            out[i, j] = raw[base + j]


@kernel
def _take_points(  # noqa: PLR0917 - kernels take no keywords
    raw: Array, first: int, n_columns: int, rows: Indices, columns: Indices, out: Array
) -> None:
    for i in range(rows.size):
        base = rows[i] * n_columns - first
        if base >= 0 and base + n_columns <= raw.size:
            for j in range(columns.size):
                out[i, j] = raw[base + columns[j]]
        else:
            for j in range(columns.size):
                k = base + columns[j]
                if 0 <= k < raw.size:
                    out[i, j] = raw[k]
