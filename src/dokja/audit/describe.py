"""Describes one checkpoint while its weights are hashed.

The module knows what may go on at the same time, never what a description says. It imports only
what is needed to begin reading: the rest is loaded while the other processors hash.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from dokja.comparison.hashing import digest_records
from dokja.io.checkpoint import open_checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from dokja.document.audit import CheckpointSummary
    from dokja.io.checkpoint import Checkpoint

    Progress = Callable[[str, int, int], None]

__all__ = ["inspect"]


def inspect(
    uri: str, *, with_digest: bool = True, progress: Progress | None = None
) -> CheckpointSummary:
    """Describe one checkpoint.

    Parameters
    ----------
    uri
        File, folder or address.
    with_digest
        Whether to read all bytes for the content digest; without, only headers are read and the
        digest is empty.
    progress
        Called with a label, bytes done and bytes in all; from another thread.

    Returns
    -------
    CheckpointSummary
        Components, largest first as the anatomy has them.

    Raises
    ------
    SourceError
        If bytes cannot be read, or the source changes while they are.
    FormatError
        If the content is no checkpoint.
    """
    with open_checkpoint(uri) as checkpoint:
        if checkpoint.tokenizer is not None:
            checkpoint.tokenizer.check()
        if not with_digest:
            return _described(checkpoint, dict)
        with _Hashing(checkpoint, progress) as hashing:
            return _described(checkpoint, hashing.digests)


def _described(checkpoint: Checkpoint, digests: Callable[[], dict[str, str]]) -> CheckpointSummary:
    from dokja.arch.resolve import resolve  # noqa: PLC0415 - loaded while others hash
    from dokja.audit.summary import summarise  # noqa: PLC0415

    resolved = resolve(checkpoint.records, checkpoint.config)
    found = digests()
    checkpoint.check_unchanged()
    return summarise(checkpoint, resolved, found)


class _StoppedError(Exception):
    """Nobody waits for the digests any more."""


class _Hashing:
    """Hashes in the background; whatever ends the context early ends the hashing too."""

    def __init__(self, checkpoint: Checkpoint, progress: Progress | None) -> None:
        self._checkpoint = checkpoint
        self._progress = progress
        self._n_done = 0
        self._is_stopped = threading.Event()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="dokja-digest")

    def __enter__(self) -> Self:
        self._future = self._pool.submit(digest_records, self._checkpoint, progress=self._advance)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_stopped.set()
        self._pool.shutdown()

    def digests(self) -> dict[str, str]:
        """Wait for the digest of every tensor."""
        return self._future.result()

    def _advance(self, n_bytes: int) -> None:
        if self._is_stopped.is_set():
            raise _StoppedError
        self._n_done += n_bytes
        if self._progress is not None:
            self._progress("digest", self._n_done, self._checkpoint.n_bytes)
