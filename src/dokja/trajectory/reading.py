"""One reading of a whole run: each checkpoint once, its blocks beside those of its neighbour.

The module moves bytes past those who count, hash and keep them; it judges nothing.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from dokja import engine
from dokja.comparison.hashing import (
    LEAF,
    TensorHasher,
    checkpoint_digest,
    digest_records,
    read_limits,
    tensor_digest,
)
from dokja.io.dtype import DType, decode
from dokja.numerics.movement import Movement, add_movement, new_totals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dokja.io.checkpoint import Checkpoint
    from dokja.io.record import TensorRecord

__all__ = ["Run", "Stack", "read_run", "stacks_of"]

Array = NDArray[Any]

_CHUNK: Final = 2**19
"""Elements read at once of each checkpoint: the blocks of three stay in the processor's cache."""
_JOB: Final = 2**20


@dataclass(frozen=True, slots=True)
class Stack:
    """A tensor that all checkpoints of a run hold in one shape."""

    name: str
    shape: tuple[int, ...]
    records: tuple[TensorRecord, ...]
    chosen: NDArray[np.int64]
    """Elements that are kept of every checkpoint, in order."""

    @property
    def n_elements(self) -> int:
        """Elements of the tensor."""
        return self.records[0].n_elements


@dataclass(frozen=True, slots=True)
class Run:
    """What one reading of a run gave."""

    stacks: tuple[Stack, ...]
    movements: Mapping[str, Movement]
    samples: Mapping[str, NDArray[np.float32]]
    """For each tensor the chosen elements, shape ``(n_checkpoints, n_chosen)``."""
    digests: tuple[Mapping[str, str], ...]
    """For each checkpoint the digest of each tensor."""
    checkpoint_digests: tuple[str, ...]
    apart: tuple[str, ...]
    """Tensors of floats that not all checkpoints hold in one shape."""


def stacks_of(
    checkpoints: Sequence[Checkpoint], rng: np.random.Generator, *, budget: int
) -> tuple[tuple[Stack, ...], tuple[str, ...]]:
    """Find the tensors that all checkpoints have, and choose what is kept of each.

    Parameters
    ----------
    checkpoints
        In the order of their steps.
    rng
        Chooses the elements.
    budget
        Elements kept of one checkpoint, about.

    Returns
    -------
    stacks : tuple of Stack
        In the order of the names.
    apart : tuple of str
        Tensors of floats that some checkpoint lacks or holds in another shape.
    """
    names = sorted({name for one in checkpoints for name in one.records})
    common: list[tuple[str, tuple[TensorRecord, ...]]] = []
    apart = []
    for name in names:
        records = [one.records.get(name) for one in checkpoints]
        held = [record for record in records if record is not None]
        if not any(record.dtype.is_float for record in held):
            continue
        same = len(held) == len(records) and len({record.shape for record in held}) == 1
        if same and all(record.dtype.is_float for record in held):
            common.append((name, tuple(held)))
        else:
            apart.append(name)
    total = sum(found[0].n_elements for _, found in common) or 1
    stacks = []
    for name, all_of_it in common:
        n = all_of_it[0].n_elements
        wanted = min(n, max(512, round(budget * n / total)))
        chosen = np.arange(n) if wanted == n else np.unique(rng.integers(0, n, wanted))
        stacks.append(Stack(name, all_of_it[0].shape, all_of_it, chosen.astype(np.int64)))
    return tuple(stacks), tuple(apart)


class _Buffers(threading.local):
    """Memory of each thread that every read uses again: the first block, and two neighbours."""

    def __init__(self, n_bytes: int) -> None:
        self.first, self.even, self.odd = (np.empty(n_bytes, np.uint8) for _ in range(3))


@dataclass(frozen=True, slots=True)
class _Part:
    stack: int
    totals: NDArray[np.float64]
    leaves: tuple[bytes, ...]
    """One for each checkpoint; empty for a tensor without elements."""
    n_bytes: int


class _Reader:
    """Reads parts of stacks, from any thread."""

    def __init__(
        self,
        checkpoints: Sequence[Checkpoint],
        stacks: Sequence[Stack],
        give: Callable[[str, int], float],
    ) -> None:
        self._checkpoints = checkpoints
        self._stacks = stacks
        self._give = [
            [give(stack.name, k) if k else 0.0 for k in range(len(checkpoints))] for stack in stacks
        ]
        self._buffers = _Buffers(_CHUNK * 8)
        self.samples = [
            np.empty((len(checkpoints), stack.chosen.size), np.float32) for stack in stacks
        ]

    def run(self, job: list[tuple[int, int]]) -> list[_Part]:
        return [self._part(index, first) for index, first in job]

    def _part(self, index: int, first: int) -> _Part:
        stack = self._stacks[index]
        stop = min(first + LEAF, stack.n_elements)
        totals = new_totals(len(self._checkpoints))
        hashers = [TensorHasher(record.dtype.itemsize) for record in stack.records]
        plain = len({record.dtype for record in stack.records}) == 1
        n_bytes = 0
        for start in range(first, stop, _CHUNK):
            count = min(_CHUNK, stop - start)
            n_bytes += self._chunk(index, start, count, totals, hashers, plain=plain)
        leaves = tuple(leaf for hasher in hashers for leaf in hasher.leaves())
        return _Part(index, totals, leaves, n_bytes)

    def _chunk(
        self,
        index: int,
        start: int,
        count: int,
        totals: NDArray[np.float64],
        hashers: list[TensorHasher],
        *,
        plain: bool,
    ) -> int:
        stack, held = self._stacks[index], self._buffers
        low, high = np.searchsorted(stack.chosen, (start, start + count))
        wanted = stack.chosen[low:high] - start
        before = zero = np.empty(0, np.float32)
        n_bytes = 0
        for k, record in enumerate(stack.records):
            buffer = held.first if k == 0 else (held.odd, held.even)[k % 2]
            raw = buffer[: count * record.dtype.itemsize]
            self._checkpoints[k].read_into(record, start, raw.data)
            hashers[k].update(raw)
            n_bytes += raw.size
            values = _values(raw, record.dtype, plain=plain)
            if k == 0:
                before = zero = values
            add_movement(before, values, zero, self._give[index][k], totals[k])
            if wanted.size:
                self.samples[index][k, low:high] = _as_float(values[wanted])
            before = values
        return n_bytes


def _values(raw: NDArray[np.uint8], dtype: DType, *, plain: bool) -> Array:
    """View raw bytes as the kernel takes them; copy only what has to be decoded."""
    if dtype is DType.BF16 and plain:
        return raw.view(np.uint16)
    if dtype is DType.F32:
        return raw.view(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        return decode(raw, dtype).astype(np.float32, copy=False)


def _as_float(values: Array) -> NDArray[np.float32]:
    if values.dtype == np.uint16:
        return (values.astype(np.uint32) << np.uint32(16)).view(np.float32)
    return values


def _jobs(stacks: Sequence[Stack], n_checkpoints: int) -> Iterator[list[tuple[int, int]]]:
    """Group small tensors, so that thousands of them do not cost a call each."""
    job: list[tuple[int, int]] = []
    n_elements = 0
    for index, stack in enumerate(stacks):
        for first in range(0, max(stack.n_elements, 1), LEAF):
            job.append((index, first))
            n_elements += min(LEAF, stack.n_elements - first) * n_checkpoints
            if n_elements >= _JOB:
                yield job
                job, n_elements = [], 0
    if job:
        yield job


def read_run(
    checkpoints: Sequence[Checkpoint],
    give: Callable[[str, int], float],
    rng: np.random.Generator,
    *,
    budget: int,
    progress: Callable[[int], None] | None = None,
) -> Run:
    """Read every checkpoint of a run once.

    Parameters
    ----------
    checkpoints
        In the order of their steps; all open.
    give
        For a tensor and the number of a checkpoint, the part of a value that its change to this
        checkpoint may have besides a constant: decay and rounding.
    rng
        Chooses the elements that are kept.
    budget
        Elements kept of each checkpoint, about.
    progress
        Called, in the calling thread, with the number of bytes read since the last call.

    Returns
    -------
    Run
        Totals, samples and digests.

    Raises
    ------
    SourceError
        If bytes cannot be read.

    Notes
    -----
    A measure, without a null hypothesis. A block of a tensor is read of every checkpoint in turn,
    so that neighbours face each other and no byte is read twice. Memory: what is kept, and three
    blocks for each thread, whatever the number of checkpoints.
    """
    stacks, apart = stacks_of(checkpoints, rng, budget=budget)
    reader = _Reader(checkpoints, stacks, give)
    totals = [new_totals(len(checkpoints)) for _ in stacks]
    leaves: dict[int, list[tuple[bytes, ...]]] = defaultdict(list)
    threads = read_limits(*checkpoints)[1]
    jobs = _jobs(stacks, len(checkpoints))
    for parts in engine.map_ordered(reader.run, jobs, n_threads=threads):
        for part in parts:
            _merge(totals[part.stack], part.totals)
            leaves[part.stack].append(part.leaves)
        if progress is not None:
            progress(sum(part.n_bytes for part in parts))
    found = partial(_digests, stacks, leaves)
    digests = []
    for k, checkpoint in enumerate(checkpoints):
        known = found(k)
        rest = [name for name in checkpoint.records if name not in known]
        digests.append({**known, **digest_records(checkpoint, rest, progress=progress)})
    return Run(
        stacks=stacks,
        movements={
            stack.name: Movement(total) for stack, total in zip(stacks, totals, strict=True)
        },
        samples={stack.name: kept for stack, kept in zip(stacks, reader.samples, strict=True)},
        digests=tuple(digests),
        checkpoint_digests=tuple(
            checkpoint_digest(one.records, known)
            for one, known in zip(checkpoints, digests, strict=True)
        ),
        apart=apart,
    )


def _digests(
    stacks: Sequence[Stack], leaves: Mapping[int, list[tuple[bytes, ...]]], k: int
) -> dict[str, str]:
    return {
        stack.name: tensor_digest(
            stack.records[k].dtype,
            stack.records[k].shape,
            [part[k] for part in leaves[index] if part],
        )
        for index, stack in enumerate(stacks)
    }


def _merge(totals: NDArray[np.float64], part: NDArray[np.float64]) -> None:
    largest = np.maximum(totals[:, 5], part[:, 5])
    totals += part
    totals[:, 5] = largest
