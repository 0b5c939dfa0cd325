from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from dokja.numerics import order
from dokja.numerics.order import (
    increasing_run_log10_p,
    increasing_run_positions,
    longest_increasing_run,
)


def longest_by_trying_all(values: tuple[int, ...]) -> int:
    for size in range(len(values), 0, -1):
        for chosen in itertools.combinations(values, size):
            if all(a < b for a, b in itertools.pairwise(chosen)):
                return size
    return 0


@pytest.mark.parametrize("m", range(1, 8))
def test_bound_holds_for_every_order(m: int) -> None:
    runs = [longest_increasing_run(values) for values in itertools.permutations(range(m))]
    for longest in range(1, m + 1):
        exact = sum(run >= longest for run in runs) / len(runs)
        assert exact <= 10.0 ** increasing_run_log10_p(m, longest) + 1e-12


@pytest.mark.parametrize("m", range(7))
def test_longest_run_is_that_of_trying_all(m: int) -> None:
    for values in itertools.permutations(range(m)):
        assert longest_increasing_run(values) == longest_by_trying_all(values)


def test_run_is_strict_and_lies_where_it_says() -> None:
    values = np.array([2, 2, 1, 3, 3, 5, 4, 4])
    positions = increasing_run_positions(values)
    assert len(positions) == longest_increasing_run(values) == 3
    assert (np.diff(positions) > 0).all()
    assert (np.diff(values[positions]) > 0).all()


def test_compiled_run_is_the_interpreted_one() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        values = rng.integers(0, 40, size=60)
        assert (order._run(values) == order._run.py_func(values)).all()


def test_order_kept_whole_is_the_least_likely() -> None:
    assert increasing_run_log10_p(9, 9) == pytest.approx(-math.log10(math.factorial(9)))
    assert -1e6 < increasing_run_log10_p(8192, 8192) < -20_000


def test_a_run_as_long_as_chance_makes_it_is_no_evidence() -> None:
    rng = np.random.default_rng(0)
    longest = longest_increasing_run(rng.permutation(1000))
    assert 50 < longest < 70
    assert increasing_run_log10_p(1000, longest) == 0.0


def test_no_values_have_no_run() -> None:
    assert longest_increasing_run([]) == 0
    assert increasing_run_log10_p(0, 0) == 0.0


@pytest.mark.parametrize(("m", "longest"), [(3, 4), (3, 0), (0, 1), (-1, -1)])
def test_impossible_runs_are_refused(m: int, longest: int) -> None:
    with pytest.raises(ValueError, match="no longest run"):
        increasing_run_log10_p(m, longest)


@pytest.mark.parametrize("values", [[0.5, 1.5], [[1, 2]]])
def test_anything_but_a_sequence_of_integers_is_refused(values: object) -> None:
    with pytest.raises(ValueError, match="integers"):
        longest_increasing_run(values)
