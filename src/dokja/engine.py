"""Where work runs: the threads of this process.

The module knows how calls are spread over threads and in which order results come back, never
what is computed.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["map_ordered", "n_threads"]

Item = TypeVar("Item")
Result = TypeVar("Result")

_LOOK_AHEAD = 3
"""Calls begun or waiting for each thread, which bounds how far results can pile up."""


def n_threads() -> int:
    """Return the number of processors this process may run on.

    Returns
    -------
    int
        At least 1. Fewer than the machine has, where the process was bound to some of them
        (``taskset``, a container's processor set).
    """
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def map_ordered(
    function: Callable[[Item], Result], items: Iterable[Item], *, n_threads: int | None = None
) -> Iterator[Result]:
    """Call a function on every item in several threads and yield the results in order.

    Parameters
    ----------
    function
        Called once for each item, from any thread. It gains from threads only while it does
        not hold the interpreter lock.
    items
        Taken one by one, in the calling thread, only a few ahead of the result that is waited for.
    n_threads
        Number of threads; that of the processors if not given. With 1, everything runs in the
        calling thread.

    Yields
    ------
    Result
        In the order of `items`, whatever the number of threads.

    Raises
    ------
    ValueError
        If `n_threads` is below 1.

    Notes
    -----
    The error of the first item that fails is raised in its place, after the results before it.
    When the consumer stops early, by an error, an interrupt or by closing the iterator, calls that
    have not begun are dropped and those under way are waited for: no thread outlives the iterator.

    Examples
    --------
    >>> list(map_ordered(len, ["a", "bb", "ccc"], n_threads=2))
    [1, 2, 3]
    """
    workers = _default_n_threads() if n_threads is None else n_threads
    if workers < 1:
        raise ValueError(f"n_threads must be at least 1, not {workers}")
    return map(function, items) if workers == 1 else _map_threads(function, items, workers)


_default_n_threads = n_threads  # the parameter of map_ordered hides the function


def _map_threads(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Iterator[Result]:
    source = iter(items)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="dokja")
    try:
        pending: deque[Future[Result]] = deque(
            pool.submit(function, item) for item in islice(source, workers * _LOOK_AHEAD)
        )
        while pending:
            result = pending.popleft().result()
            pending.extend(pool.submit(function, item) for item in islice(source, 1))
            yield result
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
