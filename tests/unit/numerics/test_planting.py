from __future__ import annotations

import numpy as np
import pytest

from dokja.numerics import planting
from dokja.numerics.matching import mutual_nearest
from dokja.numerics.planting import PlantableGroup, n_planted, plant, plant_units, planted_swap
from dokja.numerics.relabelling import in_place_log10_p, swap_statistic


def units(n: int, seed: int, n_values: int = 48) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(n, n_values)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def by_weights(
    subject: np.ndarray, reference: np.ndarray, chosen: np.ndarray, cosine: float
) -> np.ndarray:
    planted = subject.copy()
    mixed = cosine * reference[chosen] + np.sqrt(1 - cosine**2) * subject[chosen]
    planted[chosen] = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return planted @ reference.T


@pytest.mark.parametrize("cosine", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_planted_similarities_are_those_of_planted_weights(cosine: float) -> None:
    subject, reference = units(40, 0), units(40, 1)
    chosen = np.random.default_rng(2).choice(40, size=n_planted(0.3, 40), replace=False)
    planted = plant(
        subject @ reference.T, reference @ reference.T, 0.3, cosine, np.random.default_rng(2)
    )
    assert planted == pytest.approx(by_weights(subject, reference, chosen, cosine), abs=1e-6)


def test_planting_in_a_true_relative_stays_exact() -> None:
    reference = units(30, 1)
    subject = reference + 0.3 * units(30, 0)
    subject /= np.linalg.norm(subject, axis=1, keepdims=True)
    everything = np.arange(30)
    planted = plant(
        subject @ reference.T, reference @ reference.T, 1.0, 0.5, np.random.default_rng(0)
    )
    assert planted == pytest.approx(by_weights(subject, reference, everything, 0.5), abs=1e-6)


def test_planting_leaves_its_arguments_alone() -> None:
    sr, rr = units(20, 0) @ units(20, 1).T, units(20, 1) @ units(20, 1).T
    held = sr.copy(), rr.copy()
    plant(sr, rr, 0.5, 0.9, np.random.default_rng(0))
    PlantableGroup.prepare(sr, rr, 0.9).counts(0.5, np.random.default_rng(0))
    assert (sr == held[0]).all()
    assert (rr == held[1]).all()


def test_planted_units_are_found_in_place() -> None:
    sr, rr = units(200, 0) @ units(200, 1).T, units(200, 1) @ units(200, 1).T
    found = mutual_nearest(plant(sr, rr, 0.1, 0.9, np.random.default_rng(0)))
    assert found.n_in_place >= 20
    assert in_place_log10_p(found.n_in_place, found.n_mutual / 200) < -10


def test_a_subset_in_order_can_be_planted() -> None:
    subject, reference = units(30, 0), units(50, 1)
    kept = np.sort(np.random.default_rng(0).choice(50, size=30, replace=False))
    planted = plant_units(subject @ reference.T, reference @ reference.T, np.arange(30), kept, 0.95)
    matches = mutual_nearest(planted)
    assert (matches.reference_index == kept[matches.subject_index]).all()
    assert matches.n_mutual > 25


def test_dead_units_are_not_planted_and_dead_ones_are_planted_over() -> None:
    subject, reference = units(10, 0), units(10, 1)
    subject[2] = 0.0
    reference[5] = 0.0
    sr, rr = subject @ reference.T, reference @ reference.T
    planted = plant(sr, rr, 1.0, 0.6, np.random.default_rng(0))
    assert (planted[5] == sr[5]).all()
    assert planted[2] == pytest.approx(0.6 * rr[2], abs=1e-6)


@pytest.mark.parametrize("cosine", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("is_coarse", [False, True])
def test_a_prepared_group_counts_what_planting_and_matching_do(
    cosine: float, *, is_coarse: bool
) -> None:
    sr, rr = units(64, 0) @ units(64, 1).T, units(64, 1) @ units(64, 1).T
    if is_coarse:  # makes ties
        sr = np.round(sr * 8) / 8
    group = PlantableGroup.prepare(sr, rr, cosine)
    assert group.n == 64
    for seed in range(20):
        matches = mutual_nearest(plant(sr, rr, 0.2, cosine, np.random.default_rng(seed)))
        counted = group.counts(0.2, np.random.default_rng(seed))
        assert counted == (matches.n_mutual, matches.n_in_place)


def test_compiled_count_is_the_interpreted_one() -> None:
    group = PlantableGroup.prepare(units(16, 0) @ units(16, 1).T, np.eye(16), 0.5)
    is_planted = np.arange(16) % 3 == 0
    arguments = (group._subject, group._planted, group._nearest, group._is_strict, is_planted)
    assert planting._count(*arguments) == planting._count.py_func(*arguments)


def test_a_group_without_units_counts_nothing() -> None:
    group = PlantableGroup.prepare(np.empty((0, 0)), np.empty((0, 0)), 0.5)
    assert group.counts(0.5, np.random.default_rng(0)) == (0, 0)


def test_number_planted_is_at_least_one() -> None:
    assert n_planted(1e-9, 512) == 1
    assert n_planted(1.0, 512) == 512
    assert n_planted(0.5, 0) == 0
    for fraction, n in ((0.0, 5), (1.1, 5), (0.5, -1)):
        with pytest.raises(ValueError, match="share of units"):
            n_planted(fraction, n)


def test_plantings_that_do_not_fit_are_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="do not fit"):
        plant(np.eye(4), np.eye(5), 0.5, 0.5, rng)
    with pytest.raises(ValueError, match="from 0 to 1"):
        plant(np.eye(4), np.eye(4), 0.5, 1.5, rng)
    with pytest.raises(ValueError, match="one of the subject"):
        plant_units(np.eye(4), np.eye(4), np.arange(2), np.arange(3), 0.5)


# -- swap test ------------------------------------------------------------------------------------


def swap_sums(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sums for channels paired as neighbours; x and y are (tensors, rows, channels), norm one."""
    dx, dy = x[..., ::2] - x[..., 1::2], y[..., ::2] - y[..., 1::2]
    cross, own = 0.5 * (dx * dy).sum(axis=1), 0.5 * (dy * dy).sum(axis=1)
    return cross, own, (x * y).sum(axis=(1, 2))


def scaled(values: np.ndarray) -> np.ndarray:
    return values / np.sqrt(np.square(values).sum(axis=(1, 2), keepdims=True))


def test_planted_swap_is_that_of_planted_weights() -> None:
    rng = np.random.default_rng(0)
    y = scaled(rng.normal(size=(3, 7, 20)))
    x = scaled(rng.normal(size=(3, 7, 20)) + 5.0 * y)
    cosine = 0.4
    d = planted_swap(*swap_sums(x, y), cosine, np.random.default_rng(5))
    exchanged = np.random.default_rng(5).random(10) < 0.5
    order = np.arange(20).reshape(10, 2)
    order[exchanged] = order[exchanged][:, ::-1]
    mixed = scaled(cosine * y + np.sqrt(1 - cosine**2) * x[..., order.ravel()])
    assert d == pytest.approx(swap_sums(mixed, y)[0].sum(axis=0))


def test_tensors_count_by_their_weights() -> None:
    rng = np.random.default_rng(0)
    x, y = (scaled(rng.normal(size=(3, 7, 20))) for _ in range(2))
    sums = swap_sums(x, y)
    weights = np.array([2.0, 0.0, 5.0])
    each = [
        planted_swap(*(part[[k]] for part in sums), 0.3, np.random.default_rng(1)) for k in range(3)
    ]
    together = planted_swap(*sums, 0.3, np.random.default_rng(1), weights=weights)
    assert together == pytest.approx(weights @ np.array(each))


def test_planting_nothing_in_a_relative_finds_nothing() -> None:
    rng = np.random.default_rng(0)
    y = scaled(rng.normal(size=(2, 50, 400)))
    sums = swap_sums(y, y)
    assert swap_statistic(sums[0].sum(axis=0)).log10_p < -40
    found = [swap_statistic(planted_swap(*sums, 0.0, rng)).statistic for _ in range(200)]
    assert abs(np.mean(found)) < 0.4


def test_more_planted_is_found_more_surely() -> None:
    rng = np.random.default_rng(0)
    x, y = (scaled(rng.normal(size=(2, 50, 400))) for _ in range(2))
    sums = swap_sums(x, y)
    means = [
        np.mean([swap_statistic(planted_swap(*sums, cosine, rng)).statistic for _ in range(30)])
        for cosine in (0.0, 0.1, 0.3, 1.0)
    ]
    assert means == sorted(means)
    assert means[-1] > 10


def test_a_mixture_that_cancels_out_is_left_out() -> None:
    y = scaled(np.random.default_rng(0).normal(size=(1, 3, 2)))
    # One pair only: unless it is exchanged, the subject is minus the reference.
    sums = swap_sums(-y, y)
    found = {
        float(planted_swap(*sums, np.sqrt(0.5), np.random.default_rng(seed))[0])
        for seed in range(20)
    }
    assert 0.0 in found
    assert all(np.isfinite(value) for value in found)


def test_sums_that_do_not_fit_are_refused() -> None:
    rng = np.random.default_rng(0)
    d = np.ones((2, 3))
    for sr, rr, overlap in ((d, d, [0.0]), (d, d[:1], [0.0, 0.0]), (d[0], d[0], [0.0, 0.0])):
        with pytest.raises(ValueError, match="do not fit"):
            planted_swap(sr, rr, overlap, 0.5, rng)
    with pytest.raises(ValueError, match="finite"):
        planted_swap(d * np.nan, d, [0.0, 0.0], 0.5, rng)
    with pytest.raises(ValueError, match="from 0 to 1"):
        planted_swap(d, d, [0.0, 0.0], -0.1, rng)
