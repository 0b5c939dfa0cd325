"""Raw elements of records and of logical tensors, read forward and hashed as they pass.

The module knows where elements lie and how they are stored, never what they are compared with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dokja.io.dtype import DType, decode

if TYPE_CHECKING:
    from dokja.arch.role import TensorView
    from dokja.comparison.hashing import TensorHasher
    from dokja.io.checkpoint import Checkpoint
    from dokja.io.record import TensorRecord

__all__ = ["RecordStream", "TensorStream", "as_values", "elements_of", "raw_dtype"]

Array = NDArray[Any]

_AS_STORED = {DType.F16: np.float16, DType.F32: np.float32, DType.F64: np.float64}


def raw_dtype(dtype: DType) -> np.dtype[Any]:
    """Return the unsigned integers that are as wide as the elements of a number format.

    Parameters
    ----------
    dtype
        A number format.

    Returns
    -------
    numpy.dtype
        From uint8 to uint64.
    """
    return np.dtype(f"u{dtype.itemsize}")


def as_values(raw: Array, dtype: DType) -> Array:
    """Return raw elements in a form that moments are taken of, without copying if possible.

    Parameters
    ----------
    raw
        Unsigned integers.
    dtype
        What they encode.

    Returns
    -------
    NDArray
        float16, float32 or float64, or uint16 for bfloat16.
    """
    if dtype is DType.BF16:
        return raw
    stored = _AS_STORED.get(dtype)
    return decode(raw.view(np.uint8), dtype) if stored is None else raw.view(stored)


@dataclass(slots=True)
class RecordStream:
    """Raw elements of one record, read forward only and hashed as they pass.

    Parameters
    ----------
    checkpoint
        Where the record stands.
    record
        Which it is.
    buffer
        Memory for what is read, used again by every read.
    position
        Next element.
    hasher
        Takes every element from `position` on, also those that are passed over; None if the
        record is not hashed, and then nothing is read but what is asked for.
    n_bytes
        Bytes read so far.
    """

    checkpoint: Checkpoint
    record: TensorRecord
    buffer: NDArray[np.uint8]
    position: int
    hasher: TensorHasher | None
    n_bytes: int = 0

    def read(self, first: int, count: int) -> Array:
        """Return raw elements, which stay as they are until the next read.

        Parameters
        ----------
        first
            First element, not before `position`.
        count
            Number of elements; has to fit into the buffer.

        Returns
        -------
        NDArray
            Unsigned integers, shape ``(count,)``.
        """
        self._pass_over(first)
        return self._next(self.buffer[: count * self.record.dtype.itemsize])

    def hold(self, first: int, stop: int) -> Array:
        """Return raw elements in memory of their own.

        Parameters
        ----------
        first, stop
            First element, not before `position`, and one past the last.

        Returns
        -------
        NDArray
            Unsigned integers, shape ``(stop - first,)``.
        """
        self._pass_over(first)
        held = np.empty((stop - first) * self.record.dtype.itemsize, np.uint8)
        for start in range(0, held.size, self.buffer.size):
            self._next(held[start : start + self.buffer.size])
        return held.view(raw_dtype(self.record.dtype))

    def finish(self) -> tuple[bytes, ...]:
        """Pass over the rest of the record and return its leaf digests.

        Returns
        -------
        tuple of bytes
            Empty if the record is not hashed.
        """
        if self.hasher is None:
            return ()
        self._pass_over(self.record.n_elements)
        return self.hasher.leaves()

    def _pass_over(self, stop: int) -> None:
        if stop < self.position:
            raise ValueError(f"element {stop} of {self.record.name} has passed already")
        if self.hasher is None:
            self.position = stop
        itemsize = self.record.dtype.itemsize
        while self.position < stop:
            self._next(self.buffer[: (stop - self.position) * itemsize])

    def _next(self, part: NDArray[np.uint8]) -> Array:
        self.checkpoint.read_into(self.record, self.position, part.data)
        if self.hasher is not None:
            self.hasher.update(part)
        self.position += part.size // self.record.dtype.itemsize
        self.n_bytes += part.size
        return part.view(raw_dtype(self.record.dtype))


@dataclass(frozen=True, slots=True)
class TensorStream:
    """Raw elements of one logical tensor, by place in the tensor.

    Parameters
    ----------
    stream
        The record it is read from.
    offset
        Place of its first element there.
    held
        All its elements, where they do not lie in order in the record; else None.
    """

    stream: RecordStream
    offset: int = 0
    held: Array | None = None

    def read(self, first: int, count: int) -> Array:
        """Return raw elements, which stay as they are until the next read.

        Parameters
        ----------
        first
            First element, not before those that were read.
        count
            Number of elements.

        Returns
        -------
        NDArray
            Unsigned integers, shape ``(count,)``.
        """
        if self.held is not None:
            return self.held[first : first + count]
        return self.stream.read(self.offset + first, count)


def elements_of(view: TensorView, held: Array, first: int) -> Array:
    """Take a logical tensor out of a run of raw elements of its record.

    Parameters
    ----------
    view
        How the tensor lies in the record.
    held
        Consecutive elements of the record that hold the tensor, in whole rows if it is scattered.
    first
        Place of the first of them in the record.

    Returns
    -------
    NDArray
        One-dimensional, in the order of the logical tensor.
    """
    if view.is_contiguous:
        start = view.first_element - first
        return held[start : start + view.n_elements]
    shape = view.record_shape
    width = int(np.prod(shape[1:], dtype=np.int64))

    def rows(_name: str, start_row: int = 0, stop_row: int | None = None, /) -> Array:
        stop = shape[0] if stop_row is None else stop_row
        return held[start_row * width - first : stop * width - first].reshape(-1, *shape[1:])

    return np.ascontiguousarray(view.load(rows)).reshape(-1)
