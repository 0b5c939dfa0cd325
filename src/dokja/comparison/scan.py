"""One pass over the bytes of one or two checkpoints: digests, moments, samples.

The module moves bytes past those who count, hash and keep them; it judges nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from dokja import engine
from dokja.arch.role import TensorRole
from dokja.comparison.gather import Block
from dokja.comparison.hashing import (
    LEAF,
    checkpoint_digest,
    digest_records,
    read_limits,
    tensor_digest,
)
from dokja.comparison.layout import Cluster, plan_reading
from dokja.comparison.reading import Reader
from dokja.numerics.moments import Moments, pooled

if TYPE_CHECKING:
    from dokja.arch.role import ResolvedTensor
    from dokja.comparison.layout import Piece, Record, Rows
    from dokja.io.checkpoint import Checkpoint

__all__ = [
    "Block",
    "OneScan",
    "PairScan",
    "checkpoint_digest",
    "digest_records",
    "scan_one",
    "scan_pair",
]

Blocks = tuple[NDArray[np.float32], ...]
Progress = Callable[[int], None]
Samples = Mapping[TensorRole, Sequence[Block]]

_JOB: Final = 4 * LEAF
"""Elements of small tensors that are handed to a thread at once."""


@dataclass(frozen=True, slots=True)
class PairScan:
    """What one reading of two tensors of one role gave."""

    moments: Moments
    """``a`` is the reference and ``b`` the subject, so that `slope` is that of the subject on the
    reference and `relative_residual` is relative to the reference."""
    subject_digest: str
    """Digest of the record the tensor stands in; empty if none was asked for."""
    reference_digest: str
    subject_blocks: Blocks
    """Sub-matrices that were asked for, read-only, in the order of the request."""
    reference_blocks: Blocks


@dataclass(frozen=True, slots=True)
class OneScan:
    """What reading one tensor gave."""

    digest: str
    """Digest of the record the tensor stands in; empty if none was asked for."""
    blocks: Blocks
    """Sub-matrices that were asked for, read-only, in the order of the request."""
    n: int
    """Number of finite values."""
    n_nonfinite: int
    sum: float
    """Sum of the finite values."""
    sum_squares: float
    """Sum of their squares."""
    is_constant: bool
    """Whether all finite values are equal, or there are none."""


def scan_pair(
    subject: Checkpoint,
    reference: Checkpoint,
    pairs: Sequence[tuple[ResolvedTensor, ResolvedTensor]],
    *,
    samples: Samples | None = None,
    with_digests: bool = True,
    progress: Progress | None = None,
    n_threads: int | None = None,
) -> Mapping[TensorRole, PairScan]:
    """Read pairs of tensors side by side, once.

    Parameters
    ----------
    subject, reference
        The checkpoints to read from.
    pairs
        Tensors of the subject and the reference that face each other, of equal logical shape.
    samples
        Sub-matrices to keep of both tensors of a pair, by the role of the subject's.
    with_digests
        Whether to hash. Without, only the tensors are read; with, the rest of their records too.
    progress
        Called, in the calling thread, with the number of bytes read since the last call.
    n_threads
        Number of threads; as `read_limits` says if not given.

    Returns
    -------
    Mapping
        What was found, by the role of the subject's tensor, in the order of `pairs`.

    Raises
    ------
    ValueError
        If the shapes of a pair differ, or two pairs have one role of the subject.
    IndexError
        If a row or a column to keep is out of range.
    SourceError
        If bytes cannot be read.

    Notes
    -----
    A measure, without a null hypothesis. The result does not depend on the number of threads, on
    sharding, or on whether tensors are fused; that of moments not on the number formats beyond
    their rounding. Cost: one read of every byte. Memory: what is kept, 4 MiB for each thread (16
    MiB where sources are not local), and the rows of a record that hold a tensor whose elements do
    not lie in order.
    """
    sides = (subject, reference)
    found = _scan(sides, pairs, samples, progress, with_digests=with_digests, n_threads=n_threads)
    return {
        pair[0].role: PairScan(
            moments=result.moments.swapped(),
            subject_digest=result.digests[0],
            reference_digest=result.digests[1],
            subject_blocks=result.blocks[0],
            reference_blocks=result.blocks[1],
        )
        for pair, result in zip(pairs, found, strict=True)
    }


def scan_one(
    checkpoint: Checkpoint,
    tensors: Sequence[ResolvedTensor],
    *,
    samples: Samples | None = None,
    with_digests: bool = True,
    progress: Progress | None = None,
    n_threads: int | None = None,
) -> Mapping[TensorRole, OneScan]:
    """Read tensors once.

    Parameters
    ----------
    checkpoint
        The checkpoint to read from.
    tensors
        The tensors to read.
    samples
        Sub-matrices to keep, by role.
    with_digests
        Whether to hash. Without, only the tensors are read; with, the rest of their records too.
    progress
        Called, in the calling thread, with the number of bytes read since the last call.
    n_threads
        Number of threads; as `read_limits` says if not given.

    Returns
    -------
    Mapping
        What was found, by role, in the order of `tensors`.

    Raises
    ------
    ValueError
        If two tensors have one role.
    IndexError
        If a row or a column to keep is out of range.
    SourceError
        If bytes cannot be read.

    Notes
    -----
    As `scan_pair`, of one side.
    """
    rows = [(tensor,) for tensor in tensors]
    found = _scan(
        (checkpoint,), rows, samples, progress, with_digests=with_digests, n_threads=n_threads
    )
    return {
        tensor.role: OneScan(
            digest=result.digests[0],
            blocks=result.blocks[0],
            n=result.moments.n,
            n_nonfinite=result.moments.n_nonfinite,
            sum=result.moments.sum_a,
            sum_squares=result.moments.sum_aa,
            is_constant=not result.moments.variance_a,
        )
        for tensor, result in zip(tensors, found, strict=True)
    }


@dataclass(frozen=True, slots=True)
class _Result:
    moments: Moments
    digests: tuple[str, ...]
    blocks: tuple[Blocks, ...]


def _scan(
    checkpoints: tuple[Checkpoint, ...],
    rows: Rows,
    samples: Samples | None,
    progress: Progress | None,
    *,
    with_digests: bool,
    n_threads: int | None,
) -> list[_Result]:
    if len({row[0].role for row in rows}) < len(rows):
        raise ValueError("two tensors of one role cannot be told apart")
    buffer_bytes, default_threads = read_limits(*checkpoints)
    threads = n_threads or default_threads
    reader = Reader(
        checkpoints, rows, samples or {}, buffer_bytes=buffer_bytes, with_digests=with_digests
    )
    moments: dict[int, list[Moments]] = defaultdict(list)
    leaves: dict[Record, list[bytes]] = defaultdict(list)
    for parts in engine.map_ordered(reader.run, _jobs(plan_reading(rows)), n_threads=threads):
        for part in parts:
            if part.row is not None and part.moments is not None:
                moments[part.row].append(part.moments)
            for key, digests in part.leaves:
                leaves[key].extend(digests)
        if progress is not None:
            progress(sum(part.n_bytes for part in parts))
    digests_of = partial(_digests, checkpoints, leaves) if with_digests else _no_digests
    return [
        _Result(pooled(moments[index]), digests_of(row), reader.blocks(index))
        for index, row in enumerate(rows)
    ]


def _digests(
    checkpoints: tuple[Checkpoint, ...],
    leaves: Mapping[Record, list[bytes]],
    row: tuple[ResolvedTensor, ...],
) -> tuple[str, ...]:
    records = [checkpoints[side].records[tensor.view.record] for side, tensor in enumerate(row)]
    return tuple(
        tensor_digest(record.dtype, record.shape, leaves[side, record.name])
        for side, record in enumerate(records)
    )


def _no_digests(row: tuple[ResolvedTensor, ...]) -> tuple[str, ...]:
    return ("",) * len(row)


def _jobs(plan: Iterable[Piece | Cluster]) -> Iterator[list[Piece | Cluster]]:
    """Group small pieces, so that thousands of small tensors do not cost a call each."""
    job: list[Piece | Cluster] = []
    n_elements = 0
    for work in plan:
        job.append(work)
        n_elements += _JOB if isinstance(work, Cluster) else work.stop - work.first
        if n_elements >= _JOB:
            yield job
            job, n_elements = [], 0
    if job:
        yield job
