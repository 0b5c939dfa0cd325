from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator

import pytest

from dokja.engine import map_ordered, n_threads


def test_results_come_in_the_order_of_the_items_whatever_finishes_first() -> None:
    def slow_first(item: int) -> int:
        time.sleep(0.02 if item == 0 else 0.0)
        return item * item

    assert list(map_ordered(slow_first, range(20), n_threads=4)) == [i * i for i in range(20)]


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_any_number_of_threads_gives_the_same_results(threads: int) -> None:
    assert list(map_ordered(str, range(50), n_threads=threads)) == [str(i) for i in range(50)]


def test_one_thread_runs_in_the_caller() -> None:
    seen = list(map_ordered(lambda _: threading.get_ident(), range(3), n_threads=1))
    assert set(seen) == {threading.get_ident()}


def test_several_threads_do_work_at_once() -> None:
    together = threading.Barrier(2, timeout=10)
    # Passes only if both calls are under way at the same time.
    assert sorted(map_ordered(lambda _: together.wait(), range(2), n_threads=2)) == [0, 1]


def test_items_are_taken_only_a_few_ahead() -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for item in range(1000):
            taken += 1
            yield item

    results = map_ordered(lambda item: item, items(), n_threads=2)
    assert next(results) == 0
    assert taken <= 10
    results.close()  # type: ignore[attr-defined]


def test_the_error_of_the_first_failing_item_is_raised_in_its_place() -> None:
    def fail_late(item: int) -> int:
        if item == 3:
            time.sleep(0.02)
            raise KeyError(item)
        if item == 5:
            raise ValueError(item)
        return item

    results = map_ordered(fail_late, range(10), n_threads=4)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(KeyError, match="3"):
        next(results)


def test_an_error_stops_the_rest() -> None:
    calls: list[int] = []

    def fail(item: int) -> None:
        calls.append(item)
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        list(map_ordered(fail, range(1000), n_threads=2))
    assert len(calls) <= 12


def test_an_interrupt_passes_through_and_leaves_no_thread_behind() -> None:
    before = threading.active_count()

    def interrupted() -> Iterator[int]:
        yield from range(3)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(map_ordered(lambda item: item, interrupted(), n_threads=2))
    assert threading.active_count() == before


def test_stopping_early_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    results = map_ordered(lambda item: item, range(100), n_threads=3)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


def test_no_items_give_no_results() -> None:
    assert list(map_ordered(str, [], n_threads=2)) == []


def test_less_than_one_thread_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        map_ordered(str, [1], n_threads=0)


def test_the_default_is_the_processors_this_process_may_use() -> None:
    assert n_threads() == len(os.sched_getaffinity(0))
    first = min(os.sched_getaffinity(0))
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {first})
        assert n_threads() == 1
    finally:
        os.sched_setaffinity(0, allowed)
