from __future__ import annotations

import numpy as np
import pytest

from dokja.numerics.power import LeastDetectable, least_detectable

GRID = [0.1, 0.2, 0.3, 0.4]


def test_least_effect_found_is_told() -> None:
    found = least_detectable(lambda effect, _: effect > 0.15, GRID, 20, np.random.default_rng(0))
    assert found == LeastDetectable(0.2, 1.0, 20)


def test_a_test_without_power_is_told_too() -> None:
    tried: list[float] = []

    def never(effect: float, rng: np.random.Generator) -> bool:
        tried.append(effect)
        return False

    assert least_detectable(never, GRID, 20, np.random.default_rng(0)) == LeastDetectable(
        None, 0.0, 3
    )
    assert tried == [effect for effect in GRID for _ in range(3)]  # given up after three misses


def test_eighteen_of_twenty_are_enough_and_seventeen_are_not() -> None:
    def misses(n: int) -> LeastDetectable:
        outcomes = iter([False] * n + [True] * 100)
        return least_detectable(lambda *_: next(outcomes), [0.5], 20, np.random.default_rng(0))

    assert misses(2) == LeastDetectable(0.5, 0.9, 20)
    assert misses(3).value is None


def test_every_planting_draws_anew() -> None:
    drawn: set[float] = set()

    def detect(effect: float, rng: np.random.Generator) -> bool:
        drawn.add(rng.random())
        return True

    least_detectable(detect, GRID, 25, np.random.default_rng(0))
    assert len(drawn) == 25


def test_a_fifth_of_power_is_hardly_ever_enough() -> None:
    rng = np.random.default_rng(0)
    passed = [
        least_detectable(lambda _, rng: rng.random() < 0.75, [1.0], 20, rng).value is not None
        for _ in range(2000)
    ]
    assert np.mean(passed) == pytest.approx(0.091, abs=0.02)


@pytest.mark.parametrize("grid", [[], [0.1, 0.1], [0.2, 0.1]])
def test_a_grid_that_does_not_increase_is_refused(grid: list[float]) -> None:
    with pytest.raises(ValueError, match="increasing"):
        least_detectable(lambda *_: True, grid, 20, np.random.default_rng(0))


@pytest.mark.parametrize(("n", "share"), [(19, 0.9), (20, 0.0), (20, 1.1)])
def test_too_few_plantings_are_refused(n: int, share: float) -> None:
    with pytest.raises(ValueError, match="plantings"):
        least_detectable(lambda *_: True, GRID, n, np.random.default_rng(0), detected_share=share)
