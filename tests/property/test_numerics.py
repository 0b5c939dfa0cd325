"""Laws of the numerics that hold whatever the numbers are."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from dokja.numerics.combine import cauchy, fisher, holm
from dokja.numerics.matching import mutual_nearest
from dokja.numerics.norms import joint_permutation_z, pearson
from dokja.numerics.order import (
    increasing_run_log10_p,
    increasing_run_positions,
    longest_increasing_run,
)
from dokja.numerics.planting import PlantableGroup, plant
from dokja.numerics.relabelling import (
    in_place_log10_p,
    permutation_z,
    single_group_log10_p,
    swap_statistic,
)
from dokja.numerics.search import search_log10_e

seeds = st.integers(0, 2**32 - 1)
finite = st.floats(-1e6, 1e6, width=32)
log10_ps = st.lists(st.floats(-1e6, 0.0), max_size=20)
coarse = arrays(
    np.float32, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.integers(-3, 3)
)


@given(coarse, seeds)
def test_neighbours_change_places_with_their_units(similarity: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, columns = (rng.permutation(size) for size in similarity.shape)
    plain = mutual_nearest(similarity)
    moved = mutual_nearest(similarity[rows][:, columns])
    back = {
        (int(rows[i]), int(columns[j]))
        for i, j in zip(moved.subject_index, moved.reference_index, strict=True)
    }
    assert back == set(
        zip(plain.subject_index.tolist(), plain.reference_index.tolist(), strict=True)
    )


@given(coarse)
def test_neighbours_mirror_each_other(similarity: np.ndarray) -> None:
    one, other = mutual_nearest(similarity), mutual_nearest(similarity.T)
    assert set(zip(one.subject_index, one.reference_index, strict=True)) == set(
        zip(other.reference_index, other.subject_index, strict=True)
    )


@given(coarse, st.floats(0.125, 8.0, width=16), st.integers(-2, 2))
def test_neighbours_outlive_increasing_maps(
    similarity: np.ndarray, scale: float, shift: int
) -> None:
    one, other = mutual_nearest(similarity), mutual_nearest(scale * similarity + shift)
    assert one.subject_index.tolist() == other.subject_index.tolist()
    assert one.reference_index.tolist() == other.reference_index.tolist()


@given(st.lists(st.integers(-50, 50), max_size=40))
def test_longest_run_is_that_of_the_quadratic_recursion(values: list[int]) -> None:
    ending: list[int] = []
    for position, value in enumerate(values):
        before = [ending[k] for k in range(position) if values[k] < value]
        ending.append(1 + max(before, default=0))
    positions = increasing_run_positions(values)
    assert len(positions) == longest_increasing_run(values) == max(ending, default=0)
    run = [values[position] for position in positions]
    assert all(a < b for a, b in itertools.pairwise(run))


@given(arrays(np.float64, st.integers(0, 60), elements=finite), seeds)
def test_swap_statistic_is_odd_and_blind_to_order(d: np.ndarray, seed: int) -> None:
    forward = swap_statistic(d)
    assert swap_statistic(-d).statistic == -forward.statistic
    assert swap_statistic(np.random.default_rng(seed).permutation(d)) == forward
    assert forward.log10_p <= 0.0
    assert forward.statistic**2 <= len(d) * (1.0 + 1e-9)


@given(st.integers(0, 10**6), st.floats(1e-6, 1e6))
def test_evidence_of_units_is_finite_and_never_positive(statistic: int, expected: float) -> None:
    value = in_place_log10_p(statistic, expected)
    assert -math.inf < value <= 0.0
    assert in_place_log10_p(statistic + 1, expected) <= value + 1e-6


@given(st.integers(0, 3000), st.data())
def test_bounds_on_counts_are_finite_and_never_positive(n: int, data: st.DataObject) -> None:
    m = data.draw(st.integers(0, n))
    f = data.draw(st.integers(0, m))
    assert -math.inf < single_group_log10_p(n, m, f) <= 0.0
    longest = data.draw(st.integers(min(m, 1), m))
    assert -math.inf < increasing_run_log10_p(m, longest) <= 0.0


@given(st.integers(1, 5), st.integers(1, 5), seeds)
def test_evidence_over_layers_does_not_know_their_order(
    n_reference: int, n_subject: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    found = rng.integers(0, 60, size=(n_reference, n_subject))
    mutual = found + rng.integers(0, 40, size=found.shape)
    value = search_log10_e(found, mutual, 100)
    rows, columns = rng.permutation(n_reference), rng.permutation(n_subject)
    assert math.isfinite(value)
    assert search_log10_e(found[rows][:, columns], mutual[rows][:, columns], 100) == pytest.approx(
        value, abs=1e-9
    )
    more = found.copy()
    more[0, 0] = mutual[0, 0]
    assert search_log10_e(more, mutual, 100) >= value - 1e-9


@given(log10_ps)
def test_holm_never_strengthens_and_keeps_order(values: list[float]) -> None:
    adjusted = holm(values)
    assert all(after >= before for before, after in zip(values, adjusted, strict=True))
    assert max(adjusted, default=0.0) <= 0.0
    ranked = [adjusted[index] for index in np.argsort(values, kind="stable")]
    assert ranked == sorted(ranked)
    assert holm(values, n_hypotheses=len(values) + 5) >= adjusted


@given(log10_ps, seeds)
def test_combinations_are_p_values_and_blind_to_order(values: list[float], seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(values).tolist()
    for combine in (fisher, cauchy):
        assert -math.inf < combine(values) <= 0.0
        assert combine(shuffled) == pytest.approx(combine(values), rel=1e-9, abs=1e-9)


@given(seeds, st.integers(2, 30), st.floats(-100.0, 100.0))
def test_z_ignores_what_relabelling_cannot_change(seed: int, n: int, shift: float) -> None:
    rng = np.random.default_rng(seed)
    gram = rng.normal(size=(n, n))
    moved = gram + shift * rng.normal(size=(n, 1)) + shift * rng.normal(size=(1, n))
    assert permutation_z(moved) == pytest.approx(permutation_z(gram), abs=1e-6)
    order = rng.permutation(n)
    assert permutation_z(gram[order][:, order]) == pytest.approx(permutation_z(gram))


@given(seeds, st.floats(0.01, 100.0), st.floats(-10.0, 10.0))
def test_correlations_of_norms_ignore_scale_and_shift(
    seed: int, scale: float, shift: float
) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, 3, 20))
    assert pearson(scale * a[0] + shift, b[0]) == pytest.approx(pearson(a[0], b[0]), abs=1e-9)
    assert joint_permutation_z(scale * a + shift, b) == pytest.approx(joint_permutation_z(a, b))


@given(seeds, st.floats(0.0, 1.0), st.floats(0.01, 1.0))
def test_prepared_plantings_are_plantings(seed: int, cosine: float, fraction: float) -> None:
    rng = np.random.default_rng(seed)
    units = rng.normal(size=(2, 16, 5)).astype(np.float32)
    units /= np.linalg.norm(units, axis=2, keepdims=True)
    sr, rr = units[0] @ units[1].T, units[1] @ units[1].T
    matches = mutual_nearest(plant(sr, rr, fraction, cosine, np.random.default_rng(seed)))
    counted = PlantableGroup.prepare(sr, rr, cosine).counts(fraction, np.random.default_rng(seed))
    assert counted == (matches.n_mutual, matches.n_in_place)
