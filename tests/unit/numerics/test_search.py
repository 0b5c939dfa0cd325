from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from dokja.numerics.matching import mutual_nearest
from dokja.numerics.search import SEARCH_GRID, log10_p_from_e, search_log10_e


def table_for(
    similarities: list[list[np.ndarray]], orders: tuple[tuple[int, ...], ...]
) -> tuple[list[list[int]], list[list[int]]]:
    """Counts after relabelling each reference group by its own order."""
    found, mutual = [], []
    for row, order in zip(similarities, orders, strict=True):
        matches = [mutual_nearest(similarity[:, list(order)]) for similarity in row]
        found.append([match.n_in_place for match in matches])
        mutual.append([match.n_mutual for match in matches])
    return found, mutual


def similarities(n: int, n_reference: int, n_subject: int, seed: int) -> list[list[np.ndarray]]:
    rng = np.random.default_rng(seed)
    return [[rng.normal(size=(n, n)) for _ in range(n_subject)] for _ in range(n_reference)]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("is_duplicated", [False, True])
def test_mean_of_e_over_all_relabellings_is_at_most_one(seed: int, *, is_duplicated: bool) -> None:
    n = 4
    held = similarities(n, 2, 3, seed)
    if is_duplicated:  # all layers of the subject are one layer
        held = [[row[0], row[0], row[0]] for row in held]
    labels = list(itertools.permutations(range(n)))
    values = [
        10.0 ** search_log10_e(*table_for(held, orders), n)
        for orders in itertools.product(labels, repeat=2)
    ]
    assert np.mean(values) <= 1.0 + 1e-9
    assert max(values) > 1.0


def test_reference_groups_that_share_a_relabelling_break_the_bound() -> None:
    n = 6
    row = [np.eye(n)]
    labels = itertools.permutations(range(n))
    shared = [10.0 ** search_log10_e(*table_for([row] * 3, (o, o, o)), n) for o in labels]
    assert np.mean(shared) > 1.5


def test_a_maximum_instead_of_the_mean_breaks_the_bound() -> None:
    n = 5
    held = similarities(n, 1, 24, 0)[0]
    labels = itertools.permutations(range(n))
    best = []
    for order in labels:
        found, mutual = table_for([held], (order,))
        each = [search_log10_e([[f]], [[m]], n) for f, m in zip(found[0], mutual[0], strict=True)]
        best.append(10.0 ** max(each))
    assert np.mean(best) > 1.2


def test_dropped_and_moved_layers_are_found() -> None:
    n, rng = 256, np.random.default_rng(0)
    found = rng.poisson(0.4, size=(8, 5))
    for subject, reference in enumerate([0, 3, 1, 6, 7]):
        found[reference, subject] = 200
    assert search_log10_e(found, np.full((8, 5), 220), n) > 1000


def test_shuffling_groups_of_either_side_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    found = rng.poisson(3.0, size=(4, 6))
    mutual = found + 50
    value = search_log10_e(found, mutual, 128)
    rows, columns = rng.permutation(4), rng.permutation(6)
    moved = search_log10_e(found[rows][:, columns], mutual[rows][:, columns], 128)
    assert moved == pytest.approx(value, abs=1e-9)


def test_duplicating_the_subject_changes_nothing() -> None:
    found = np.array([[5, 0], [1, 7]])
    value = search_log10_e(found, found + 20, 64)
    doubled = np.tile(found, (1, 3))
    assert search_log10_e(doubled, doubled + 20, 64) == pytest.approx(value, abs=1e-12)


def test_evidence_that_no_float_can_hold_stays_finite() -> None:
    found = np.full((64, 64), 2048)
    value = search_log10_e(found, found, 2048)
    assert math.isfinite(value)
    assert value > 100_000
    nothing = search_log10_e(np.zeros((64, 64), int), found, 2048)
    assert -64 < nothing < 0.0


def test_one_candidate_is_the_average_of_its_terms() -> None:
    exact = np.mean([t**3 * math.exp(-(t - 1.0) * 0.5) for t in SEARCH_GRID])
    assert search_log10_e([[3]], [[32]], 64) == pytest.approx(math.log10(exact))


def test_pair_without_units_counts_as_a_candidate_that_found_nothing() -> None:
    with_empty = search_log10_e([[3, 0]], [[32, 0]], [[64, 0]])
    terms = [(t**3 * math.exp(-(t - 1.0) * 0.5) + 1.0) / 2.0 for t in SEARCH_GRID]
    assert with_empty == pytest.approx(math.log10(np.mean(terms)))


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_without_groups_there_is_no_evidence(shape: tuple[int, int]) -> None:
    assert search_log10_e(np.zeros(shape), np.zeros(shape), 8) == 0.0


@pytest.mark.parametrize(
    ("found", "mutual", "n"),
    [
        ([[3]], [[2]], 8),
        ([[1]], [[9]], 8),
        ([[-1]], [[2]], 8),
        ([[1, 1]], [[2]], 8),
        ([1], [2], 8),
        ([[np.nan]], [[2]], 8),
    ],
)
def test_impossible_tables_are_refused(found: object, mutual: object, n: int) -> None:
    with pytest.raises(ValueError, match=r"expected 0 <=|two axes"):
        search_log10_e(found, mutual, n)


def test_p_of_an_e_value_is_at_most_one() -> None:
    assert log10_p_from_e(3.0) == -3.0
    assert log10_p_from_e(-3.0) == 0.0
    with pytest.raises(ValueError, match="finite"):
        log10_p_from_e(-math.inf)
