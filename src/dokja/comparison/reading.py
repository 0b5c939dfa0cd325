"""Carries out a reading plan: every block of bytes is read, hashed, measured and sampled at once.

The module moves bytes past those who count, hash and keep them; it decides no order.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from dokja.comparison.gather import Sampler
from dokja.comparison.hashing import LEAF, TensorHasher
from dokja.comparison.layout import Cluster, Piece
from dokja.comparison.streams import (
    Array,
    RecordStream,
    TensorStream,
    as_values,
    elements_of,
    raw_dtype,
)
from dokja.io.dtype import DType, decode
from dokja.numerics.moments import SLICE, Accumulator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from dokja.arch.role import ResolvedTensor, TensorRole
    from dokja.comparison.gather import Block
    from dokja.comparison.layout import Record, Rows
    from dokja.io.checkpoint import Checkpoint
    from dokja.io.record import TensorRecord
    from dokja.numerics.moments import Moments

__all__ = ["Part", "Reader"]


@dataclass(frozen=True, slots=True)
class Part:
    """What came of one part of the work."""

    row: int | None
    """Row that `moments` are a part of; None for what is only hashed."""
    moments: Moments | None
    leaves: tuple[tuple[Record, tuple[bytes, ...]], ...]
    """Leaf digests that follow those of earlier parts."""
    n_bytes: int


class _Buffers(threading.local):
    """Memory of each thread that every read uses again, one array a side."""

    def __init__(self, n_sides: int, n_bytes: int) -> None:
        self.sides = [np.empty(n_bytes, np.uint8) for _ in range(n_sides)]


class Reader:
    """Does the work of a plan, from any thread, and keeps the samples.

    Parameters
    ----------
    checkpoints
        One for each side.
    rows
        Tensors that are read side by side.
    samples
        Blocks to keep of all tensors of a row, by the role of its first.
    buffer_bytes
        Bytes that each thread reads at once on each side.
    with_digests
        Whether to hash.
    """

    def __init__(
        self,
        checkpoints: Sequence[Checkpoint],
        rows: Rows,
        samples: Mapping[TensorRole, Sequence[Block]],
        *,
        buffer_bytes: int,
        with_digests: bool,
    ) -> None:
        self._checkpoints = checkpoints
        self._rows = rows
        self._with_digests = with_digests
        self._buffers = _Buffers(len(checkpoints), buffer_bytes)
        self._samplers = [
            self._samplers_of(row, samples.get(row[0].role, ())) if row else () for row in rows
        ]

    def run(self, job: Iterable[Piece | Cluster]) -> list[Part]:
        """Read, measure, hash and sample.

        Parameters
        ----------
        job
            Work of a plan.

        Returns
        -------
        list of Part
            What came of it, in an order that depends on the plan alone.
        """
        parts: list[Part] = []
        for work in job:
            parts.extend(self._piece(work) if isinstance(work, Piece) else self._cluster(work))
        return parts

    def blocks(self, row: int) -> tuple[tuple[NDArray[np.float32], ...], ...]:
        """Return the samples of a row and forget them.

        Parameters
        ----------
        row
            Number of the row; all of it has been read.

        Returns
        -------
        tuple of tuple of NDArray[float32]
            For each side, one array a block.
        """
        samplers, self._samplers[row] = self._samplers[row], ()
        if not samplers:
            return ((),) * len(self._rows[row])
        return tuple(
            sampler.blocks(partial(_decoded, dtype=self._dtype(side, tensor)))
            for side, (sampler, tensor) in enumerate(zip(samplers, self._rows[row], strict=True))
        )

    def _samplers_of(
        self, row: tuple[ResolvedTensor, ...], blocks: Sequence[Block]
    ) -> tuple[Sampler, ...]:
        if not blocks:
            return ()
        return tuple(
            Sampler(tensor.view.shape, raw_dtype(self._dtype(side, tensor)), blocks)
            for side, tensor in enumerate(row)
        )

    def _dtype(self, side: int, tensor: ResolvedTensor) -> DType:
        record: TensorRecord = self._checkpoints[side].records[tensor.view.record]
        return record.dtype

    def _stream(self, key: Record, position: int, *, hashed: bool) -> RecordStream:
        side, name = key
        checkpoint = self._checkpoints[side]
        record = checkpoint.records[name]
        hasher = TensorHasher(record.dtype.itemsize) if hashed and self._with_digests else None
        return RecordStream(checkpoint, record, self._buffers.sides[side], position, hasher)

    def _piece(self, piece: Piece) -> Iterator[Part]:
        keys = [(side, t.view.record) for side, t in enumerate(self._rows[piece.row])]
        streams = [
            self._stream(key, piece.first, hashed=hashed)
            for key, hashed in zip(keys, piece.hashed, strict=True)
        ]
        sides = [TensorStream(stream) for stream in streams]
        moments = self._measure(piece.row, sides, piece.first, piece.stop)
        leaves = tuple(
            (key, stream.hasher.leaves())
            for key, stream in zip(keys, streams, strict=True)
            if stream.hasher is not None
        )
        yield Part(piece.row, moments, leaves, sum(stream.n_bytes for stream in streams))

    def _cluster(self, cluster: Cluster) -> Iterator[Part]:
        streams = {key: self._stream(key, 0, hashed=True) for key in cluster.records}
        held = _Held(cluster)
        for row in cluster.rows:
            sides = [
                held.open(streams[side, tensor.view.record], side, row, tensor)
                for side, tensor in enumerate(self._rows[row])
            ]
            n_elements = self._rows[row][0].view.n_elements
            # The same parts as those of a whole record, so that fused tensors give the same bits.
            for first in range(0, n_elements, LEAF):
                moments = self._measure(row, sides, first, min(first + LEAF, n_elements))
                yield Part(row, moments, (), 0)
            held.close(row)
        leaves = tuple((key, stream.finish()) for key, stream in streams.items())
        yield Part(None, None, leaves, sum(stream.n_bytes for stream in streams.values()))

    def _measure(self, row: int, sides: Sequence[TensorStream], first: int, stop: int) -> Moments:
        dtypes = [side.stream.record.dtype for side in sides]
        widest = max(dtype.itemsize for dtype in dtypes)
        step = sides[0].stream.buffer.size // widest // SLICE * SLICE
        total = Accumulator()
        for start in range(first, stop, step):
            raw = [side.read(start, min(step, stop - start)) for side in sides]
            values = [as_values(part, dtype) for part, dtype in zip(raw, dtypes, strict=True)]
            total.add(values[0], values[-1])
            for sampler, part in zip(self._samplers[row], raw, strict=False):
                sampler.take(part, start)
        return total.moments()


class _Held:
    """Segments of a cluster that are in memory, from their first row to their last."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._raw: dict[tuple[int, str, int], Array] = {}
        self._waiting: dict[tuple[int, str, int], set[int]] = {}

    def open(
        self, stream: RecordStream, side: int, row: int, tensor: ResolvedTensor
    ) -> TensorStream:
        """Return a tensor, ready to be read; its segment is loaded if it has to be."""
        segment = self._cluster.segments[side, row]
        if not segment.is_held:
            return TensorStream(stream, segment.first)
        key = (side, tensor.view.record, segment.first)
        if key not in self._raw:
            self._raw[key] = stream.hold(segment.first, segment.stop)
            self._waiting[key] = set(segment.rows)
        return TensorStream(stream, 0, elements_of(tensor.view, self._raw[key], segment.first))

    def close(self, row: int) -> None:
        """Let go of the segments that no other row needs."""
        for key, rows in list(self._waiting.items()):
            rows.discard(row)
            if not rows:
                del self._raw[key], self._waiting[key]


def _decoded(raw: Array, dtype: DType) -> Array:
    return decode(raw.view(np.uint8), dtype)
