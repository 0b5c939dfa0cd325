"""Digests of tensors and of whole checkpoints, which do not depend on names of files or shards.

The module knows bytes, number formats and shapes, never what a tensor is for.
"""

from __future__ import annotations

import json
import threading
from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np
from blake3 import blake3

from dokja import engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from dokja.io.checkpoint import Checkpoint
    from dokja.io.record import TensorRecord

__all__ = [
    "LEAF",
    "TensorHasher",
    "checkpoint_digest",
    "digest_records",
    "read_limits",
    "tensor_digest",
]

LEAF: Final = 2**22
"""Elements of a tensor under one leaf digest; part of the definition of every digest."""

_LOCAL_BYTES: Final = 2**21
"""Bytes read at once: few enough to stay in the processor's cache from one task to the next, enough
that calls cost nothing. Measured; half and twice as many are up to a tenth slower."""
_REMOTE_BYTES: Final = 2**23
_REMOTE_THREADS: Final = 8
"""Requests under way at once where waiting for a server takes longer than any computing."""
_JOB_LEAVES: Final = 4
_TENSOR_CONTEXT: Final = "dokja 2026 tensor digest v1"
_CHECKPOINT_CONTEXT: Final = "dokja 2026 checkpoint digest v1"


def read_limits(*checkpoints: Checkpoint) -> tuple[int, int]:
    """Decide how much to read at once, and in how many threads.

    Parameters
    ----------
    *checkpoints
        All that will be read side by side.

    Returns
    -------
    tuple of int
        Bytes, and number of threads: that of the processors for local files; more of both where
        every read is a request to a server.
    """
    addresses = (source.uri for checkpoint in checkpoints for source in checkpoint.sources)
    if any("://" in uri and not uri.startswith("file:") for uri in addresses):
        return _REMOTE_BYTES, _REMOTE_THREADS
    return _LOCAL_BYTES, engine.n_threads()


class TensorHasher:
    """Takes the raw bytes of a tensor in order and returns its leaf digests.

    Parameters
    ----------
    itemsize
        Bytes of an element.
    """

    __slots__ = ("_hash", "_leaf_bytes", "_leaves", "_room")

    def __init__(self, itemsize: int) -> None:
        self._leaf_bytes = LEAF * itemsize
        self._room = self._leaf_bytes
        self._hash = blake3()
        self._leaves: list[bytes] = []

    def update(self, raw: NDArray[np.uint8]) -> None:
        """Take the next bytes.

        Parameters
        ----------
        raw
            Contiguous bytes of whole elements, following those taken before.
        """
        while raw.size:
            part, raw = raw[: self._room], raw[self._room :]
            self._hash.update(part.data)
            self._room -= part.size
            if not self._room:
                self._close_leaf()

    def leaves(self) -> tuple[bytes, ...]:
        """Return the digests of all leaves, the last of which may be short.

        Returns
        -------
        tuple of bytes
            None for a tensor without elements.
        """
        if self._room < self._leaf_bytes:
            self._close_leaf()
        return tuple(self._leaves)

    def _close_leaf(self) -> None:
        self._leaves.append(self._hash.digest())
        self._hash = blake3()
        self._room = self._leaf_bytes


def tensor_digest(dtype: str, shape: Sequence[int], leaves: Iterable[bytes]) -> str:
    """Digest of a tensor as it is stored: number format, shape and bytes.

    Parameters
    ----------
    dtype
        Spelling of the number format, such as ``BF16``.
    shape
        Outermost axis first.
    leaves
        BLAKE3 digests of `LEAF` consecutive elements each, in order.

    Returns
    -------
    str
        ``blake3:`` and 64 hexadecimal digits.

    Notes
    -----
    A tree of two levels: the digest is BLAKE3, keyed for this purpose, over a line of JSON with
    format and shape and then the digests of the leaves. The leaves let all processors share one
    large tensor; they are counted in elements, so that two tensors of different formats are cut at
    the same values. Tensors of equal values in different formats have different digests.
    """
    tree = blake3(derive_key_context=_TENSOR_CONTEXT)
    tree.update(_line([str(dtype), list(shape)]))
    tree.update(b"".join(leaves))
    return f"blake3:{tree.hexdigest()}"


def checkpoint_digest(records: Mapping[str, TensorRecord], digests: Mapping[str, str]) -> str:
    """Digest of a checkpoint: names, number formats, shapes and bytes of all its tensors.

    Parameters
    ----------
    records
        Every tensor of the checkpoint by name, in any order.
    digests
        The digest of each, from `tensor_digest`.

    Returns
    -------
    str
        ``blake3:`` and 64 hexadecimal digits. The same for every sharding, order of tensors,
        path and metadata.

    Raises
    ------
    KeyError
        If a digest is missing.
    """
    tree = blake3(derive_key_context=_CHECKPOINT_CONTEXT)
    for name in sorted(records):
        record = records[name]
        tree.update(_line([name, str(record.dtype), list(record.shape), digests[name]]))
    return f"blake3:{tree.hexdigest()}"


def digest_records(
    checkpoint: Checkpoint,
    names: Iterable[str] | None = None,
    *,
    progress: Callable[[int], None] | None = None,
    n_threads: int | None = None,
) -> dict[str, str]:
    """Read tensors once, with all processors, for their digests alone.

    Parameters
    ----------
    checkpoint
        Where they stand.
    names
        Which tensors; all if not given.
    progress
        Called with the number of bytes read since the last call.
    n_threads
        Number of threads; as `read_limits` says if not given.

    Returns
    -------
    dict
        Digest by name, in the order of `names`.

    Notes
    -----
    Memory: 2 MiB for each thread, 8 MiB where sources are not local.
    """
    chosen = list(checkpoint.records if names is None else names)
    buffer_bytes, default_threads = read_limits(checkpoint)
    buffers = threading.local()

    def run(job: list[tuple[str, int]]) -> list[tuple[str, bytes, int]]:
        if not hasattr(buffers, "held"):
            buffers.held = np.empty(buffer_bytes, np.uint8)
        return [(name, *_leaf(checkpoint, name, first, buffers.held)) for name, first in job]

    leaves: dict[str, list[bytes]] = {name: [] for name in chosen}
    jobs = _jobs(checkpoint.records, leaves)
    done = engine.map_ordered(run, jobs, n_threads=n_threads or default_threads)
    for name, leaf, n_bytes in chain.from_iterable(done):
        leaves[name].append(leaf)
        if progress is not None:
            progress(n_bytes)
    return {
        name: tensor_digest(checkpoint.records[name].dtype, checkpoint.records[name].shape, held)
        for name, held in leaves.items()
    }


def _jobs(
    records: Mapping[str, TensorRecord], names: Iterable[str]
) -> Iterator[list[tuple[str, int]]]:
    """Group leaves, so that thousands of small tensors do not cost a call each."""
    job: list[tuple[str, int]] = []
    n_elements = 0
    for name in names:
        total = records[name].n_elements
        for first in range(0, total, LEAF):
            job.append((name, first))
            n_elements += min(LEAF, total - first)
            if n_elements >= _JOB_LEAVES * LEAF:
                yield job
                job, n_elements = [], 0
    if job:
        yield job


def _leaf(
    checkpoint: Checkpoint, name: str, first: int, buffer: NDArray[np.uint8]
) -> tuple[bytes, int]:
    record = checkpoint.records[name]
    itemsize = record.dtype.itemsize
    stop = min(first + LEAF, record.n_elements)
    leaf = blake3()
    step = buffer.size // itemsize
    for start in range(first, stop, step):
        part = buffer[: min(step, stop - start) * itemsize]
        checkpoint.read_into(record, start, part.data)
        leaf.update(part.data)
    return leaf.digest(), (stop - first) * itemsize


def _line(values: list[object]) -> bytes:
    return json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
