"""Where a logical tensor lies in its record: splits and transposes that move no bytes.

The module does arithmetic on shapes and strides; it knows no roles and no families.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RecordReader", "Span", "TensorView"]


class Span(NamedTuple):
    """Indices ``range(start, stop, step)`` along one axis; a slice that can be hashed."""

    start: int
    stop: int
    step: int = 1


class RecordReader(Protocol):
    """Reads decoded rows of a record along its outermost axis, as ``Checkpoint.read`` does."""

    def __call__(
        self, name: str, start_row: int = 0, stop_row: int | None = None, /
    ) -> NDArray[np.floating]:
        """Return rows `start_row` to `stop_row` (exclusive) of the record `name`."""
        ...


@dataclass(frozen=True, slots=True)
class TensorView:
    """How a logical tensor lies in its record.

    The logical tensor is ``raw.reshape(split_shape)[index].transpose(permute).reshape(shape)``.

    Parameters
    ----------
    record
        Name of the tensor in the checkpoint.
    split_shape
        Shape the record is first read as.
    index
        One number or `Span` for each axis of `split_shape`.
    permute
        Order of the axes that `index` leaves.
    shape
        Shape of the logical tensor.
    record_shape
        Shape of the record itself.
    """

    record: str
    split_shape: tuple[int, ...]
    index: tuple[int | Span, ...]
    permute: tuple[int, ...]
    shape: tuple[int, ...]
    record_shape: tuple[int, ...]

    @classmethod
    def whole(
        cls, record: str, record_shape: tuple[int, ...], shape: tuple[int, ...] | None = None
    ) -> TensorView:
        """Make a view of a whole record, as it lies.

        Parameters
        ----------
        record
            Name of the tensor in the checkpoint.
        record_shape
            Its shape.
        shape
            Logical shape with as many elements; that of the record if not given.

        Returns
        -------
        TensorView
            The view; contiguous.
        """
        index = tuple(Span(0, n) for n in record_shape)
        order = tuple(range(len(record_shape)))
        return cls(record, record_shape, index, order, shape or record_shape, record_shape)

    def _strides(self) -> tuple[int, list[tuple[int, int]]]:
        """First element, then size and stride (in elements) of every axis after permuting."""
        stride, offset = math.prod(self.split_shape), 0
        axes = []
        for size, item in zip(self.split_shape, self.index, strict=True):
            stride //= max(size, 1)
            if isinstance(item, tuple):
                axes.append((len(range(*item)), stride * item.step))
                offset += item.start * stride
            else:
                offset += item * stride
        return offset, [axes[i] for i in self.permute]

    @property
    def n_elements(self) -> int:
        """Number of elements of the logical tensor."""
        return math.prod(self.shape)

    @property
    def first_element(self) -> int:
        """Place of the first element of the logical tensor in the flattened record."""
        return self._strides()[0]

    @property
    def is_contiguous(self) -> bool:
        """Whether the view is one run of consecutive elements of the record, in order."""
        expected = 1
        for size, stride in reversed(self._strides()[1]):
            if size != 1 and stride != expected:
                return False
            expected *= size
        return True

    def apply(self, raw: NDArray[np.generic]) -> NDArray[np.generic]:
        """Take the logical tensor from the values of its whole record.

        Parameters
        ----------
        raw
            All values of the record, in any shape.

        Returns
        -------
        NDArray
            Shape `shape`; a view of `raw` where numpy can make one.
        """
        index = tuple(slice(*i) if isinstance(i, tuple) else i for i in self.index)
        return raw.reshape(self.split_shape)[index].transpose(self.permute).reshape(self.shape)

    def rows(self) -> tuple[int, int]:
        """Rows of the record, along its outermost axis, that hold the logical tensor.

        Returns
        -------
        tuple of int
            First row, and the row after the last.
        """
        if not self.record_shape or not self.n_elements:
            return 0, self.record_shape[0] if self.record_shape else 1
        first, axes = self._strides()
        last = first + sum((size - 1) * stride for size, stride in axes)
        row = math.prod(self.record_shape[1:])
        return first // row, last // row + 1

    def load(self, checkpoint_read: RecordReader) -> NDArray[np.floating]:
        """Read and decode the logical tensor, touching only the rows that hold it.

        Parameters
        ----------
        checkpoint_read
            Such as ``Checkpoint.read``.

        Returns
        -------
        NDArray
            Shape `shape`.
        """
        start, stop = self.rows()
        if not self.record_shape or (start, stop) == (0, self.record_shape[0]):
            return self.apply(checkpoint_read(self.record))  # type: ignore[return-value]
        row = math.prod(self.record_shape[1:])
        part = np.asarray(checkpoint_read(self.record, start, stop)).reshape(-1)
        first, axes = self._strides()
        strided = np.lib.stride_tricks.as_strided(
            part[first - start * row :],
            shape=[size for size, _ in axes],
            strides=[stride * part.itemsize for _, stride in axes],
            writeable=False,
        )
        return strided.reshape(self.shape)

    def load_rows(
        self, checkpoint_read: RecordReader, start: int, stop: int
    ) -> NDArray[np.floating]:
        """Read and decode some rows of the logical tensor, along its first axis.

        Parameters
        ----------
        checkpoint_read
            Such as ``Checkpoint.read``.
        start, stop
            First row, and the row after the last.

        Returns
        -------
        NDArray
            Shape ``(stop - start, *shape[1:])``. Where the rows do not lie in order in the record,
            the whole tensor is read for them.

        Raises
        ------
        ValueError
            If there are no such rows.
        """
        if not self.shape or not 0 <= start <= stop <= self.shape[0]:
            raise ValueError(f"a tensor of shape {self.shape} has no rows {start} to {stop}")
        if not self.is_contiguous or not self.record_shape or start == stop:
            return self.load(checkpoint_read)[start:stop]
        width = math.prod(self.shape[1:])
        first, last = (self.first_element + row * width for row in (start, stop))
        row = math.prod(self.record_shape[1:])
        low, high = first // row, -(-last // row)
        part = np.asarray(checkpoint_read(self.record, low, high)).reshape(-1)
        return part[first - low * row : last - low * row].reshape(stop - start, *self.shape[1:])
