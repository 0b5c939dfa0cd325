"""Checkpoints in memory that note every element they are asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from dokja.io.checkpoint import Checkpoint
from dokja.io.dtype import DType, decode
from dokja.io.record import TensorRecord

Array = NDArray[Any]


def bfloat16(values: Array) -> Array:
    """Bits of the nearest bfloat16 numbers; values are finite."""
    bits = np.asarray(values, np.float32).view(np.uint32).astype(np.uint64)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def stored(values: Array, dtype: DType) -> Array:
    """Raw bytes of values in a number format."""
    match dtype:
        case DType.BF16:
            raw = bfloat16(values)
        case DType.F8_E4M3 | DType.F8_E5M2:
            table = decode(np.arange(256, dtype=np.uint8), dtype).astype(np.float64)
            table[~np.isfinite(table)] = 1e9
            raw = np.abs(table[:, None] - np.ravel(values)).argmin(axis=0).astype(np.uint8)
        case DType.BOOL:
            raw = (np.asarray(values) > 0).astype(np.uint8)
        case DType.I8:
            raw = np.rint(np.clip(np.asarray(values) * 50, -127, 127)).astype(np.int8)
        case DType.I64:
            raw = np.rint(np.asarray(values) * 1e6).astype(np.int64)
        case _:
            names = {DType.F16: np.float16, DType.F32: np.float32, DType.F64: np.float64}
            raw = np.asarray(values).astype(names[dtype])
    return np.ascontiguousarray(raw).reshape(-1).view(np.uint8)


@dataclass
class MemoryCheckpoint:
    """Stands in for a checkpoint: records, reading, and a note of each read."""

    tensors: dict[str, tuple[DType, Array]]
    reads: list[tuple[str, int, int]] = field(default_factory=list)
    sources: tuple[Any, ...] = (SimpleNamespace(uri="memory.safetensors"),)

    def __post_init__(self) -> None:
        self.raw = {name: stored(values, dtype) for name, (dtype, values) in self.tensors.items()}
        self.records = {
            name: TensorRecord(name, dtype, tuple(values.shape), 0, 0, self.raw[name].size)
            for name, (dtype, values) in sorted(self.tensors.items())
        }

    def read_into(self, record: TensorRecord, first_element: int, buffer: memoryview) -> None:
        start = first_element * record.dtype.itemsize
        raw = self.raw[record.name]
        assert start + len(buffer) <= raw.size
        np.frombuffer(buffer, np.uint8)[:] = raw[start : start + len(buffer)]
        count = len(buffer) // record.dtype.itemsize
        self.reads.append((record.name, first_element, first_element + count))

    def values(self, name: str) -> Array:
        """All values of a record, decoded."""
        record = self.records[name]
        return decode(self.raw[name], record.dtype).reshape(record.shape)

    def times_read(self, name: str) -> Counter[int]:
        """How many elements of a record were read how often."""
        times = np.zeros(self.records[name].n_elements, int)
        for read, first, stop in self.reads:
            if read == name:
                times[first:stop] += 1
        return Counter(times.tolist())

    @property
    def checkpoint(self) -> Checkpoint:
        """Itself, as the readers want it."""
        return cast("Checkpoint", self)
