"""Where a tensor lies: its name, number format, shape and span of bytes.

The module holds the record alone, never bytes, and knows nothing of what a tensor is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dokja.io.dtype import DType

__all__ = ["TensorRecord"]


@dataclass(frozen=True, slots=True)
class TensorRecord:
    """A tensor of a checkpoint, as its header describes it."""

    name: str
    dtype: DType
    shape: tuple[int, ...]
    """Outermost axis first; empty for a scalar."""
    source: int
    """Position of the file among the sources of the checkpoint."""
    start: int
    """First byte in the file."""
    stop: int
    """One past the last byte in the file; ``n_elements`` times the element size after `start`."""

    @property
    def n_elements(self) -> int:
        """Number of elements; 1 for a scalar, 0 if an axis is empty."""
        return prod(self.shape)

    @property
    def n_bytes(self) -> int:
        """Length of the span."""
        return self.stop - self.start
