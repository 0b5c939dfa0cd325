"""Make every model of the benchmark that is not on disk yet, parents first, two at a time.

Refuses to know what is audited afterwards.
"""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from bench.accuracy import store
from bench.accuracy.recipes import RECIPES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def make_missing(
    names: Iterable[str], cache: Path, *, n_workers: int = 2, force: bool = False
) -> None:
    """Make what is missing or was made by another recipe.

    Parameters
    ----------
    names
        Models wanted; what they need is made too.
    cache
        Where they are kept.
    n_workers
        Processes, of one thread each.
    force
        Make them anew even if they are there.
    """
    every = store.needed(names)
    waiting = [name for name in every if force or not store.ready(name, cache)]
    if not waiting:
        return
    n_all, started = len(waiting), time.perf_counter()
    running: dict[Future[dict[str, Any]], str] = {}
    with ProcessPoolExecutor(n_workers) as pool:
        while waiting or running:
            blocked = set(waiting) | set(running.values())
            for name in [n for n in waiting if not blocked.intersection(RECIPES[n].needs)]:
                if len(running) >= n_workers:
                    break
                waiting.remove(name)
                running[pool.submit(store.make, name, cache)] = name
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                name, spent = running.pop(future), time.perf_counter() - started
                left = len(waiting) + len(running)
                taught = future.result()["taught"]
                print(f"[{n_all - left}/{n_all}, {spent:.0f} s] {name} {taught or ''}", flush=True)
