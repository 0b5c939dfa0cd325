from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dokja.numerics.relabelling import (
    PermutationZ,
    in_place_log10_p,
    permutation_z,
    permutation_z_of_rows,
    single_group_log10_p,
    swap_statistic,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

SLACK = 1e-12


def found_in_place(n: int, n_mutual: int) -> list[int]:
    """F for every relabelling of n units of which the first m are matched to their own index."""
    return [
        sum(order[i] == i for i in range(n_mutual)) for order in itertools.permutations(range(n))
    ]


def tail(draws: list[int], level: int) -> float:
    return sum(draw >= level for draw in draws) / len(draws)


# -- one group ------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", range(1, 8))
def test_bound_of_one_group_holds_for_every_relabelling(n: int) -> None:
    for n_mutual in range(n + 1):
        draws = found_in_place(n, n_mutual)
        for level in range(n_mutual + 1):
            bound = 10.0 ** single_group_log10_p(n, n_mutual, level)
            assert tail(draws, level) <= bound + SLACK


def test_bound_of_one_group_is_met_where_all_units_stay() -> None:
    assert single_group_log10_p(7, 7, 7) == pytest.approx(-math.log10(math.factorial(7)))


def test_matched_units_beyond_the_other_sides_indices_only_lower_the_tail() -> None:
    # Matched to subject units 3 and 9, but the reference has no index 9: F never counts the second.
    n = 5
    draws = [(order[0] == 3) + (order[1] == 9) for order in itertools.permutations(range(n))]
    assert tail(draws, 1) <= 10.0 ** single_group_log10_p(n, 2, 1)


@pytest.mark.parametrize(("n", "m", "f"), [(4, 5, 1), (4, 2, 3), (4, 2, -1), (-1, -1, -1)])
def test_impossible_counts_of_one_group_are_refused(n: int, m: int, f: int) -> None:
    with pytest.raises(ValueError, match="in place <= mutual <= n"):
        single_group_log10_p(n, m, f)


def test_one_group_of_a_million_units_stays_finite() -> None:
    value = single_group_log10_p(10**6, 10**6, 10**6)
    assert math.isfinite(value)
    assert value < -5e6


# -- many groups ----------------------------------------------------------------------------------


@pytest.mark.parametrize("n", range(1, 8))
def test_bound_of_a_sum_holds_for_every_relabelling_of_one_group(n: int) -> None:
    for n_mutual in range(1, n + 1):
        draws = found_in_place(n, n_mutual)
        for level in range(n_mutual + 1):
            bound = 10.0 ** in_place_log10_p(level, n_mutual / n)
            assert tail(draws, level) <= bound + SLACK


@pytest.mark.parametrize("groups", [((5, 5), (4, 2)), ((6, 6), (6, 6)), ((5, 3), (4, 4), (3, 3))])
def test_bound_of_a_sum_holds_for_every_relabelling_of_several_groups(
    groups: tuple[tuple[int, int], ...],
) -> None:
    total = {0: 1.0}
    for n, n_mutual in groups:
        draws = found_in_place(n, n_mutual)
        chances = {f: draws.count(f) / len(draws) for f in set(draws)}
        total_next: dict[int, float] = {}
        for s, p in total.items():
            for f, q in chances.items():
                total_next[s + f] = total_next.get(s + f, 0.0) + p * q
        total = total_next
    expected = sum(n_mutual / n for n, n_mutual in groups)
    for level in range(max(total) + 1):
        exact = sum(p for s, p in total.items() if s >= level)
        assert exact <= 10.0 ** in_place_log10_p(level, expected) + SLACK


def test_groups_that_share_a_relabelling_break_the_bound_of_a_sum() -> None:
    # The reason why copies among the reference's layers are counted once.
    n, n_copies = 6, 8
    draws = [n_copies * f for f in found_in_place(n, n)]
    level = 2 * n_copies
    assert tail(draws, level) > 10.0 ** in_place_log10_p(level, n_copies * 1.0)


def test_mean_of_t_to_the_f_is_below_that_of_a_poisson_count() -> None:
    for n in range(1, 8):
        for n_mutual in range(n + 1):
            draws = np.array(found_in_place(n, n_mutual))
            for t in (1.0, 1.5, 4.0, 64.0):
                assert np.mean(t**draws) <= math.exp((t - 1.0) * n_mutual / n) * (1 + SLACK)


def test_nothing_beyond_expectation_is_no_evidence() -> None:
    assert in_place_log10_p(3, 3.0) == 0.0
    assert in_place_log10_p(0, 0.0) == 0.0


def test_evidence_grows_with_the_count_and_never_becomes_zero() -> None:
    values = [in_place_log10_p(s, 30.0) for s in (31, 60, 1000, 10**6)]
    assert values == sorted(values, reverse=True)
    assert all(math.isfinite(value) for value in values)
    assert values[-1] < -1e6


@pytest.mark.parametrize(
    ("statistic", "expected"), [(-1, 1.0), (1, -1.0), (1, math.inf), (1, math.nan), (1, 0.0)]
)
def test_impossible_sums_are_refused(statistic: int, expected: float) -> None:
    with pytest.raises(ValueError, match=r"negative or infinite|no mutual pair"):
        in_place_log10_p(statistic, expected)


# -- swap test ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_bound_of_the_swap_test_holds_for_every_choice_of_signs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = np.abs(rng.standard_t(2, size=11))
    signs = np.array(list(itertools.product((-1.0, 1.0), repeat=len(sizes))))
    results = [swap_statistic(row * sizes) for row in signs]
    statistics = np.array([result.statistic for result in results])
    for result in results[::37]:
        exact = np.mean(statistics >= result.statistic - 1e-9)
        assert exact <= 10.0**result.log10_p + SLACK


def test_swap_statistic_is_odd_to_the_last_bit() -> None:
    d = np.random.default_rng(0).standard_cauchy(size=1001)
    forward, backward = swap_statistic(d), swap_statistic(-d)
    assert forward.statistic == -backward.statistic
    assert 0.0 in (forward.log10_p, backward.log10_p)


def test_swap_statistic_does_not_depend_on_the_order_of_pairs() -> None:
    rng = np.random.default_rng(0)
    d = rng.standard_cauchy(size=1000)
    assert swap_statistic(d) == swap_statistic(rng.permutation(d))


def test_one_outlying_pair_carries_the_swap_test_nowhere() -> None:
    d = np.zeros(500)
    d[3] = 1e6
    statistic, log10_p = swap_statistic(d)
    assert statistic == 1.0
    assert 10.0**log10_p > 0.5


@pytest.mark.parametrize("d", [[], [0.0, 0.0]])
def test_swap_test_without_any_difference_finds_nothing(d: list[float]) -> None:
    assert swap_statistic(d) == (0.0, 0.0)


def test_swap_test_of_huge_values_does_not_overflow() -> None:
    assert swap_statistic(np.full(100, 1e300)).statistic == pytest.approx(10.0)
    assert swap_statistic(np.full(100, 1e-300)).statistic == pytest.approx(10.0)


@pytest.mark.parametrize("d", [[[1.0]], [math.nan], [math.inf]])
def test_swap_test_refuses_what_is_not_a_finite_vector(d: list[float]) -> None:
    with pytest.raises(ValueError, match="one-dimensional and finite"):
        swap_statistic(d)


# -- permutation z --------------------------------------------------------------------------------


@pytest.mark.parametrize("n", range(2, 7))
def test_permutation_z_has_exact_mean_and_variance(n: int) -> None:
    gram = np.random.default_rng(n).standard_t(3, size=(n, n)) + 5.0
    scores = [permutation_z(gram[:, list(order)]).z for order in itertools.permutations(range(n))]
    assert np.mean(scores) == pytest.approx(0.0, abs=1e-9)
    assert np.mean(np.square(scores)) == pytest.approx(1.0)


def test_permutation_z_ignores_what_relabelling_cannot_change() -> None:
    rng = np.random.default_rng(0)
    gram = rng.normal(size=(20, 20))
    shifted = 3.0 * gram + rng.normal(size=(20, 1)) + rng.normal(size=(1, 20))
    assert permutation_z(shifted) == pytest.approx(permutation_z(gram))


def test_kappa_shows_that_one_outlier_channel_made_z() -> None:
    n = 1000
    rng = np.random.default_rng(0)
    gram = rng.normal(size=(n, n))
    gram[7, 7] += 3000.0
    z, kappa = permutation_z(gram)
    assert z is not None
    assert kappa is not None
    assert z > 20
    assert kappa > 0.9 * z  # all of it hangs on one entry
    z, kappa = permutation_z(rng.normal(size=(n, n)) + np.eye(n))
    assert z is not None
    assert kappa is not None
    assert z > 20
    assert kappa < 0.3 * z


@pytest.mark.parametrize(
    "gram", [np.empty((0, 0)), np.ones((1, 1)), np.zeros((5, 5)), np.full((9, 9), 0.1)]
)
def test_permutation_z_is_undefined_where_nothing_can_change(gram: np.ndarray) -> None:
    assert permutation_z(gram) == PermutationZ(None, None)


def test_rounding_of_float32_is_not_taken_for_structure() -> None:
    rows = np.full((1, 300), 0.1, dtype=np.float32) + np.zeros((300, 1), dtype=np.float32)
    rows *= np.linspace(1.0, 2.0, 300, dtype=np.float32)[:, None]
    assert permutation_z(rows).z is None


@pytest.mark.parametrize(
    "gram", [np.ones((2, 3)), np.ones(4), np.full((3, 3), np.nan), np.full((3, 3), np.inf)]
)
def test_permutation_z_refuses_what_is_not_a_finite_square(gram: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"square|finite"):
        permutation_z(gram)


def test_z_of_rows_is_that_of_their_gram_matrix() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 30, 12)) + 7.0
    assert permutation_z_of_rows(a, b) == pytest.approx(permutation_z(a.T @ b))


def test_z_of_many_channels_is_that_of_the_whole_matrix() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=(5, 1300))
    b = 0.1 * a + rng.normal(size=a.shape)
    b[:, 700] = a[:, 700] = 40.0
    assert permutation_z_of_rows(a, b) == pytest.approx(permutation_z(_centred(a).T @ _centred(b)))


def _centred(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(rows - rows.mean(axis=1, keepdims=True))


def test_z_of_rows_takes_whole_numbers_and_nothing() -> None:
    whole = np.arange(24).reshape(4, 6) ** 2 % 7
    assert permutation_z_of_rows(whole, whole) == pytest.approx(permutation_z(whole.T @ whole))
    assert permutation_z_of_rows(np.empty((0, 6)), np.empty((0, 6))) == (None, None)


def test_z_of_rows_refuses_shapes_that_differ() -> None:
    with pytest.raises(ValueError, match="one shape"):
        permutation_z_of_rows(np.ones((2, 3)), np.ones((3, 2)))
