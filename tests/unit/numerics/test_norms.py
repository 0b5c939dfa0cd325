from __future__ import annotations

import itertools

import numpy as np
import pytest

from dokja.numerics.norms import (
    expected_shuffled_cosine,
    joint_permutation_z,
    pearson,
    raw_cosine,
    shuffled_cosine,
)

FUNCTIONS = (raw_cosine, pearson, expected_shuffled_cosine)


def test_gains_of_strangers_look_alike_until_centred() -> None:
    rng = np.random.default_rng(0)
    a, b = 1.0 + 0.05 * rng.normal(size=(2, 768))
    assert raw_cosine(a, b) > 0.99
    assert shuffled_cosine(a, b, rng) > 0.99
    assert abs(pearson(a, b)) < 0.15


def test_expected_shuffled_cosine_is_the_mean_over_all_shuffles() -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 5)) + 1.0
    cosines = [raw_cosine(a, b[list(order)]) for order in itertools.permutations(range(5))]
    assert expected_shuffled_cosine(a, b) == pytest.approx(np.mean(cosines))


def test_a_shuffle_is_one_of_the_orders() -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 3))
    cosines = [raw_cosine(a, b[list(order)]) for order in itertools.permutations(range(3))]
    assert shuffled_cosine(a, b, np.random.default_rng(1)) in cosines


def test_pearson_is_numpys() -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 50))
    assert pearson(a, a + b) == pytest.approx(np.corrcoef(a, a + b)[0, 1])
    assert pearson(a, a) == pytest.approx(1.0)


def test_figures_that_do_not_exist_are_none() -> None:
    zero, ones, ramp = np.zeros(4), np.full(4, 0.1), np.arange(4.0)
    assert raw_cosine(zero, ramp) is None
    assert pearson(ones, ramp) is None
    assert raw_cosine(ones, ramp) is not None
    assert shuffled_cosine(zero, ramp, np.random.default_rng(0)) is None
    assert all(function([], []) is None for function in FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_vectors_that_do_not_fit_are_refused(function: object) -> None:
    for bad in ([1.0, 2.0, 3.0], [1.0, np.nan], [[1.0, 2.0]]):
        with pytest.raises(ValueError, match=r"one length|finite"):
            function([1.0, 2.0], bad)


def test_joint_z_has_exact_mean_and_variance() -> None:
    a, b = np.random.default_rng(0).standard_t(3, size=(2, 3, 6))
    scores = [
        joint_permutation_z(a, b[:, list(order)]).z for order in itertools.permutations(range(6))
    ]
    assert np.mean(scores) == pytest.approx(0.0, abs=1e-9)
    assert np.mean(np.square(scores)) == pytest.approx(1.0)


def test_joint_z_counts_every_vector_alike() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 5, 64))
    z, kappa = joint_permutation_z(a, b)
    scaled = a * np.array([1e-3, 1.0, 1e3, 7.0, 2.0])[:, None] + 5.0
    assert joint_permutation_z(scaled, b) == pytest.approx((z, kappa))


def test_joint_z_leaves_out_vectors_that_do_not_vary() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 3, 64))
    more_a = np.vstack([a, np.ones((1, 64)), rng.normal(size=(1, 64))])
    more_b = np.vstack([b, rng.normal(size=(1, 64)), np.full((1, 64), 0.1)])
    assert joint_permutation_z(more_a, more_b) == pytest.approx(joint_permutation_z(a, b))
    assert joint_permutation_z(np.ones((2, 8)), b[:2, :8]) == (None, None)
    assert joint_permutation_z(np.ones((0, 8)), np.ones((0, 8))) == (None, None)


def test_joint_z_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="one shape"):
        joint_permutation_z(np.ones((2, 3)), np.ones((3, 3)))
    with pytest.raises(ValueError, match="two axes"):
        joint_permutation_z(np.ones(3), np.ones(3))
