"""The solver against trying everything."""

from __future__ import annotations

import random
from itertools import product
from math import comb

import pytest

from dokja.programme.solver.counting import Count, count, most
from dokja.programme.solver.problem import Budget, Condition, Linear, Problem, Spread, narrow
from dokja.programme.solver.search import ranges, solution, solutions

PLENTY = 10**6
Values = tuple[int, ...]


def _condition(rng: random.Random, n: int) -> Condition:
    chosen = rng.sample(range(n), rng.randint(1, n))
    low = rng.randint(-5, 8)
    high = low + rng.randint(0, 5)
    if rng.random() < 0.4:
        return Spread(tuple(chosen), max(low, 0), max(high, 0))
    weights = rng.choice(((1,), (-1, 1), (-2, -1, 1, 2, 3)))
    return Linear(tuple((v, rng.choice(weights)) for v in chosen), low, high)


def _drawn(seed: int) -> tuple[Problem, list[Values], list[int]]:
    rng = random.Random(seed)
    n = rng.randint(1, 5)
    low = tuple(rng.randint(-2, 3) for _ in range(n))
    high = tuple(value + rng.randint(0, 4) for value in low)
    conditions = tuple(_condition(rng, n) for _ in range(rng.randint(0, 4)))
    # Conditions are asked plainly here, not by way of bounds.
    every = [
        values
        for values in product(*(range(a, b + 1) for a, b in zip(low, high, strict=True)))
        if all(_met(condition, values) for condition in conditions)
    ]
    return Problem(low, high, conditions), every, sorted(rng.sample(range(n), rng.randint(1, n)))


def _met(condition: Condition, values: Values) -> bool:
    if isinstance(condition, Linear):
        return condition.low <= sum(w * values[v] for v, w in condition.terms) <= condition.high
    mine = [values[v] for v in condition.variables]
    return condition.low <= max(mine) - min(mine) <= condition.high


@pytest.mark.parametrize("start", range(0, 1500, 300))
def test_everything_found_is_what_trying_everything_finds(start: int) -> None:
    for seed in range(start, start + 300):
        problem, every, among = _drawn(seed)
        seen = sorted({tuple(values[v] for v in among) for values in every})
        assert count(problem, among, Budget(PLENTY)) == Count(len(seen), exact=True)
        assert list(solutions(problem, among, Budget(PLENTY))) == seen
        one = solution(problem, problem.bounds(), Budget(PLENTY))
        assert one in every if every else one is None
        assert most(problem, [among], Budget(PLENTY)) >= len(seen)
        found = ranges(problem, among, Budget(PLENTY))
        if found is None:
            assert every == []
            continue
        for one_range, v in zip(found[0], among, strict=True):
            values = [solution_[v] for solution_ in every]
            assert (one_range.low, one_range.high) == (min(values), max(values))
            assert one_range.low_reached
            assert one_range.high_reached


@pytest.mark.parametrize("steps", [1, 3, 7, 15])
def test_a_spent_budget_never_leads_to_a_wrong_claim(steps: int) -> None:
    for seed in range(300):
        problem, every, among = _drawn(seed)
        n_seen = len({tuple(values[v] for v in among) for values in every})
        found = count(problem, among, Budget(steps))
        assert found.number <= n_seen
        assert not found.exact or found.number == n_seen
        assert most(problem, [among], Budget(steps)) >= n_seen
        ended = ranges(problem, among, Budget(steps))
        if ended is None:
            assert every == []
            continue
        assert all(one in every for one in ended[1])
        for one_range, v in zip(ended[0], among, strict=True):
            values = [solution_[v] for solution_ in every]
            assert all(one_range.low <= value <= one_range.high for value in values)
            assert not one_range.low_reached or one_range.low == min(values)
            assert not one_range.high_reached or one_range.high == max(values)


def test_narrowing_loses_no_solution() -> None:
    for seed in range(300):
        problem, every, _ = _drawn(seed)
        bounds = problem.bounds()
        if not narrow(problem, bounds, Budget(PLENTY)):
            assert every == []
        for values in every:
            assert all(
                a <= value <= b for a, value, b in zip(bounds[0], values, bounds[1], strict=True)
            )


def test_sums_are_counted_without_walking_them() -> None:
    """Five teams of 251 values each with one average: more ways than could ever be walked."""
    low, high = (0,) * 5, (250,) * 5
    whole = Linear(tuple((v, 1) for v in range(5)), 600, 600)
    budget = Budget(100)
    found = count(Problem(low, high, (whole,)), range(5), budget)
    ways = sum(
        (-1) ** k * comb(5, k) * comb(600 - 251 * k + 4, 4) for k in range(3)
    )  # stars and bars, less those with a number that is too large
    assert found == Count(ways, exact=True)
    assert not budget.spent
    small = count(
        Problem((0,) * 3, (4,) * 3, (Linear(((0, 1), (1, 1), (2, 1)), 6, 6),)), range(3), budget
    )
    assert small == Count(19, exact=True)


def test_many_connected_variables_end_in_a_bound() -> None:
    """Neither depth nor memory grows beyond limits, however many variables one group has."""
    n = 300
    halves = [Linear(tuple((v, 1) for v in range(a, a + 200)), 300, 320) for a in (0, 100)]
    problem = Problem((0,) * n, (9,) * n, tuple(halves))
    found = count(problem, range(n), Budget(100_000))
    assert found.number >= 1
    assert not found.exact
    assert most(problem, [range(n)], Budget(20_000)) > found.number
