from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from dokja.programme.panel_order import order_effect


def _places(rng: np.random.Generator, n_raters: int, n_teams: int) -> np.ndarray:
    return np.array([rng.permutation(n_teams) + 1.0 for _ in range(n_raters)])


def test_exact_p_value_equals_counting_all_arrangements() -> None:
    rng = np.random.default_rng(0)
    marks, places = rng.normal(size=(3, 3)), _places(rng, 3, 3)
    found = order_effect(marks, places, rng)
    assert found is not None
    centred = marks - marks.mean(axis=1, keepdims=True)
    seen = abs((centred * places).sum())
    counted = [
        abs((centred * np.array(one)).sum()) >= seen - 1e-9
        for one in product(permutations([1.0, 2.0, 3.0]), repeat=3)
    ]
    assert found.method == "exact"
    assert found.n_permutations == 6**3 == len(counted)
    assert found.p_value == pytest.approx(np.mean(counted))


def test_slope_is_the_change_per_place() -> None:
    rng = np.random.default_rng(1)
    places = _places(rng, 30, 4)
    found = order_effect(3.0 - 0.2 * places, places, rng)
    assert found is not None
    assert found.slope == pytest.approx(-0.2)
    assert (found.method, found.n_permutations) == ("monte carlo", 9999)
    assert found.p_value == 1 / 10_000


def test_missing_marks_and_places_are_left_out() -> None:
    rng = np.random.default_rng(2)
    marks, places = rng.normal(size=(4, 4)), _places(rng, 4, 4)
    marks[0, 0] = np.nan
    places[1, 1] = np.nan
    marks[2, 1:] = np.nan
    found = order_effect(marks, places, rng, n_permutations=10_000)
    assert found is not None
    assert found.n_permutations == 6 * 6 * 24


@pytest.mark.parametrize(
    ("marks", "places"),
    [
        ([[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [1.0, 2.0]]),
        ([[1.0, 1.0], [2.0, 2.0]], [[1.0, 2.0], [2.0, 1.0]]),
        ([[1.0, 2.0], [3.0, 4.0]], [[np.nan, 2.0], [1.0, np.nan]]),
        ([[np.nan, 2.0], [3.0, np.nan]], [[1.0, 2.0], [2.0, 1.0]]),
    ],
    ids=["same order", "equal marks", "no places", "one mark each"],
)
def test_untestable_is_none(marks: list[list[float]], places: list[list[float]]) -> None:
    rng = np.random.default_rng(0)
    assert order_effect(np.array(marks), np.array(places), rng) is None


@pytest.mark.parametrize("n_permutations", [99, 2000])
def test_p_values_are_not_smaller_than_uniform(n_permutations: int) -> None:
    """Marks with strong teams and raters but no order: drawn places reject as often as said."""
    rng = np.random.default_rng(5)
    marks = rng.normal(size=(5, 3)) + 5 * rng.normal(size=(1, 3)) + 3 * rng.normal(size=(5, 1))
    small = 0
    for _ in range(400):
        found = order_effect(marks, _places(rng, 5, 3), rng, n_permutations=n_permutations)
        small += found is not None and found.p_value <= 0.1
    # 40 expected; beyond 62 once in ten thousand.
    assert small <= 62


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match="places of shape"):
        order_effect(np.ones((2, 2)), np.ones((2, 3)), np.random.default_rng(0))
