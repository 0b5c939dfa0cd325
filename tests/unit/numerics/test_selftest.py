from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from dokja.numerics.selftest import (
    count_units,
    neighbours_alike_z,
    norm_against_index_z,
    worst_z,
)


def features(n: int, n_values: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(n, n_values))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("norms", [[1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 1.0, 2.0, 2.0, 9.0]])
def test_norm_against_index_has_exact_mean_and_variance(norms: list[float]) -> None:
    scores = [norm_against_index_z(order) for order in itertools.permutations(norms)]
    assert np.mean(scores) == pytest.approx(0.0, abs=1e-12)
    assert np.mean(np.square(scores)) == pytest.approx(1.0)


def test_norm_against_index_is_spearmans_correlation() -> None:
    norms = np.random.default_rng(0).integers(0, 9, size=40).astype(float)
    expected = stats.spearmanr(norms, np.arange(40)).statistic * np.sqrt(39)
    assert norm_against_index_z(norms) == pytest.approx(expected)


def test_sorted_units_are_noticed_whatever_their_sizes() -> None:
    norms = np.sort(np.random.default_rng(0).lognormal(sigma=3.0, size=384))
    assert norm_against_index_z(norms) == pytest.approx(np.sqrt(383))
    assert norm_against_index_z(norms[::-1]) == pytest.approx(-np.sqrt(383))
    assert norm_against_index_z(np.exp(norms / norms.max())) == pytest.approx(np.sqrt(383))


def test_norm_against_index_is_undefined_for_equal_or_few_units() -> None:
    assert norm_against_index_z([1.0, 2.0]) is None
    assert norm_against_index_z(np.ones(9)) is None
    for bad in ([[1.0]], [1.0, np.nan, 2.0]):
        with pytest.raises(ValueError, match="one axis of finite"):
            norm_against_index_z(bad)


@pytest.mark.parametrize("n", [4, 5, 6, 7])
def test_neighbours_alike_has_exact_mean_and_variance(n: int) -> None:
    similarity = np.random.default_rng(n).standard_t(3, size=(n, n))
    similarity += similarity.T + 3.0
    scores = [
        neighbours_alike_z(similarity[np.ix_(order, order)])
        for order in itertools.permutations(range(n))
    ]
    assert np.mean(scores) == pytest.approx(0.0, abs=1e-9)
    assert np.mean(np.square(scores)) == pytest.approx(1.0)


def test_neighbours_alike_does_not_look_at_units_themselves_nor_at_direction() -> None:
    similarity = features(50, 8) @ features(50, 8).T
    z = neighbours_alike_z(similarity)
    assert neighbours_alike_z(similarity[::-1, ::-1]) == pytest.approx(z)
    assert neighbours_alike_z(3.0 * similarity + 2.0 - np.eye(50)) == pytest.approx(z)


def test_copied_neighbours_are_noticed_and_strangers_are_not() -> None:
    units = np.repeat(features(100, 64), 2, axis=0) + 0.05 * features(200, 64, seed=1)
    assert neighbours_alike_z(units @ units.T) > 30
    scores = []
    for seed in range(200):
        units = features(60, 16, seed)
        scores.append(neighbours_alike_z(units @ units.T))
    assert np.abs(scores).max() < 5
    assert np.std(scores) == pytest.approx(1.0, abs=0.15)


def test_neighbours_alike_is_undefined_for_few_or_equal_units() -> None:
    assert neighbours_alike_z(np.eye(3)) is None
    assert neighbours_alike_z(np.eye(9)) is None
    assert neighbours_alike_z(np.full((9, 9), 0.1)) is None
    assert neighbours_alike_z(np.zeros((9, 9))) is None


@pytest.mark.parametrize(
    "bad", [np.ones(4), np.ones((4, 5)), np.full((4, 4), np.nan), np.triu(np.ones((5, 5)))]
)
def test_neighbours_alike_refuses_what_is_no_similarity_within_a_group(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"finite|symmetric"):
        neighbours_alike_z(bad)


def test_each_odd_unit_is_counted_once() -> None:
    units = np.random.default_rng(0).normal(size=(10, 6)).astype(np.float32)
    units[0] = 0.0
    units[1] = 0.25
    units[2] = 3.0 * units[7]
    units[3] = -units[8]  # the opposite of a unit is no copy of it
    counts = count_units(units)
    assert (counts.n, counts.n_zero, counts.n_constant, counts.n_duplicate) == (10, 1, 1, 2)


def test_rounding_does_not_hide_a_copy() -> None:
    units = np.random.default_rng(0).normal(size=(5, 64))
    units[1] = units[0].astype(np.float16)
    assert count_units(units).n_duplicate == 2
    assert count_units(units, duplicate_cosine=1.1).n_duplicate == 0


def test_units_of_one_value_are_never_constant() -> None:
    assert count_units([[1.0], [-2.0], [0.0]]).n_constant == 0
    assert count_units(np.empty((4, 0))).n == 4


def test_counting_refuses_what_is_not_finite() -> None:
    for bad in ([[np.nan]], [1.0]):
        with pytest.raises(ValueError, match="two axes of finite"):
            count_units(bad)


def test_the_worst_score_is_a_layers_or_that_of_all_together() -> None:
    assert worst_z([1.0, 1.0, 1.0, 1.0]) == 2.0
    assert worst_z([-1.0, None, 8.0]) == 8.0
    assert worst_z([None, None]) is None
    assert worst_z([]) is None
