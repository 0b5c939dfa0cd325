from __future__ import annotations

import numpy as np
import pytest

from dokja.document.recipe import Schedule
from dokja.trajectory.schedule import (
    declared_rates,
    logged_rates,
    may_be_nought,
    sum_rates,
    upper_rates,
)


def _at(said: dict[str, object], *steps: float) -> list[float]:
    rates = declared_rates(Schedule.model_validate(said), 100)
    assert rates is not None
    return [round(float(one), 6) for one in rates(np.array(steps, np.float64))]


def test_every_kind_of_schedule_has_its_shape() -> None:
    assert _at({"kind": "constant", "peak": 1.0, "warmup": 10}, 0, 4, 10, 99) == [0.1, 0.5, 1, 1]
    assert _at({"kind": "linear", "peak": 1.0}, 0, 50, 100, 150) == [1.0, 0.5, 0.0, 0.0]
    assert _at({"kind": "cosine", "peak": 1.0, "final": 0.1}, 0, 50, 100) == [1.0, 0.55, 0.1]
    assert _at({"kind": "inverse_sqrt", "peak": 1.0, "warmup": 25}, 25, 100) == [1.0, 0.5]
    milestones = {"kind": "milestones", "peak": 1.0, "milestones": (30, 60)}
    assert _at(milestones, 29, 30, 60) == [1.0, 0.1, 0.01]
    assert _at({"kind": "points", "points": ((0, 0.0), (10, 1.0))}, 5, 10, 99) == [0.5, 1.0, 1.0]
    wsd = {"kind": "wsd", "peak": 1.0, "decay_start": 80}
    assert _at(wsd, 50, 80, 90, 100) == [1.0, 1.0, 0.5, 0.0]
    assert _at({**wsd, "shape": "sqrt"}, 85)[0] == pytest.approx(0.5)
    assert _at({**wsd, "shape": "exponential", "final": 0.01}, 90)[0] == pytest.approx(0.1)


def test_a_schedule_that_only_the_log_knows_is_none() -> None:
    assert declared_rates(Schedule(kind="logged"), 100) is None
    assert logged_rates(np.array([1]), np.array([1.0])) is None
    found = logged_rates(np.array([10, 0]), np.array([1.0, 0.0]))
    assert found is not None
    assert found(np.array([5.0]))[0] == 0.5


def test_sums_are_upper_bounds_and_long_intervals_are_sampled() -> None:
    rates = declared_rates(Schedule(kind="linear", peak=1.0), 1_000)
    assert rates is not None
    exact = float(rates(np.arange(100, 200.0)).sum())
    assert exact <= sum_rates(rates, 100, 200) <= exact * 1.01
    assert (upper_rates(rates, np.arange(5.0)) >= rates(np.arange(5.0))).all()
    long = declared_rates(Schedule(kind="constant", peak=1e-3), 10**9)
    assert long is not None
    assert sum_rates(long, 0, 10**9) == pytest.approx(1e6)


def test_rates_may_be_nought_only_where_no_trainer_has_one() -> None:
    flat = Schedule(kind="points", points=((0, 1e-3), (100, 0.0), (200, 0.0)))
    rates = declared_rates(flat, 200)
    assert rates is not None
    assert may_be_nought(rates, 100, 200)
    assert may_be_nought(rates, 150, 160)
    assert not may_be_nought(rates, 90, 110)
    warm = declared_rates(Schedule(kind="constant", peak=1e-3, warmup=10), 200)
    assert warm is not None
    assert may_be_nought(warm, 0, 1)
    assert not may_be_nought(warm, 0, 2)
    constant = declared_rates(Schedule(kind="constant", peak=1e-3), 200)
    assert constant is not None
    assert not may_be_nought(constant, 0, 1)


def test_an_average_moves_as_the_weights_moved_before() -> None:
    falling = declared_rates(Schedule(kind="linear", peak=1e-3), 100)
    assert falling is not None
    assert sum_rates(falling, 90, 100, so_far=True) == pytest.approx(10 * 1e-3)
    assert sum_rates(falling, 0, 10, so_far=True) == pytest.approx(10 * 1e-3)
    assert sum_rates(falling, 90, 100) < 0.2 * 10 * 1e-3
