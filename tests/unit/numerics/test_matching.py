from __future__ import annotations

import itertools

import numpy as np
import pytest

from dokja.numerics import matching
from dokja.numerics.matching import assignment_mean_cosine, mutual_nearest


def pairs_by_definition(similarity: np.ndarray) -> list[tuple[int, int]]:
    found = []
    for i, j in itertools.product(*map(range, similarity.shape)):
        value = similarity[i, j]
        row, column = np.delete(similarity[i], j), np.delete(similarity[:, j], i)
        if (row < value).all() and (column < value).all():
            found.append((i, j))
    return found


def pairs(similarity: np.ndarray) -> list[tuple[int, int]]:
    matches = mutual_nearest(similarity)
    return list(zip(matches.subject_index.tolist(), matches.reference_index.tolist(), strict=True))


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (6, 1), (7, 5), (5, 7), (40, 40)])
def test_pairs_are_those_of_the_definition(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(shape)
    for _ in range(10):
        # Few distinct values make many ties.
        similarity = rng.integers(0, 6, size=shape).astype(np.float32)
        assert pairs(similarity) == pairs_by_definition(similarity)
        similarity = rng.normal(size=shape).astype(np.float32)
        assert pairs(similarity) == pairs_by_definition(similarity)


def test_counts_and_cosines_belong_to_the_pairs() -> None:
    similarity = np.array([[0.9, 0, 0], [0, 0, 0.7], [0, 0.8, 0.1]], dtype=np.float32)
    matches = mutual_nearest(similarity)
    assert matches.n_mutual == 3
    assert matches.n_in_place == 1
    assert matches.in_place.tolist() == [True, False, False]
    assert matches.similarity.tolist() == pytest.approx([0.9, 0.7, 0.8])


def test_a_tie_in_a_row_or_a_column_names_no_neighbour() -> None:
    assert pairs(np.array([[0.9, 0.9], [0.1, 0.2]])) == []
    assert pairs(np.array([[0.9, 0.1], [0.9, 0.2]])) == []
    assert pairs(np.zeros((4, 4))) == []


def test_duplicated_units_match_nothing() -> None:
    rng = np.random.default_rng(0)
    units = rng.normal(size=(10, 30)).astype(np.float32)
    units[4] = units[7]
    matches = mutual_nearest(units @ units.T)
    assert matches.subject_index.tolist() == [0, 1, 2, 3, 5, 6, 8, 9]


def test_units_without_weight_match_nothing() -> None:
    rng = np.random.default_rng(0)
    subject = rng.normal(size=(10, 30)).astype(np.float32)
    reference = subject.copy()
    reference[3] = 0.0
    matches = mutual_nearest(subject @ reference.T)
    assert 3 not in matches.reference_index


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (5, 0)])
def test_a_side_without_units_matches_nothing(shape: tuple[int, int]) -> None:
    assert mutual_nearest(np.empty(shape, dtype=np.float32)).n_mutual == 0


def test_large_finite_similarities_are_not_taken_for_infinite() -> None:
    largest = np.finfo(np.float32).max
    similarity = np.full((3, 3), largest / 2, dtype=np.float32)
    np.fill_diagonal(similarity, largest)
    assert mutual_nearest(similarity).n_in_place == 3


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(bad: float) -> None:
    similarity = np.eye(4, dtype=np.float32)
    similarity[1, 2] = bad
    with pytest.raises(ValueError, match="finite"):
        mutual_nearest(similarity)
    with pytest.raises(ValueError, match="finite"):
        assignment_mean_cosine(similarity)


def test_one_axis_is_refused() -> None:
    with pytest.raises(ValueError, match="two axes"):
        mutual_nearest(np.ones(3, dtype=np.float32))
    with pytest.raises(ValueError, match="two axes"):
        assignment_mean_cosine(np.empty((0, 3), dtype=np.float32))


def test_compiled_kernels_are_the_interpreted_ones() -> None:
    similarity = np.random.default_rng(0).integers(0, 9, size=(12, 9)).astype(np.float32)
    nearest = similarity.argmax(axis=1)
    maxima = matching._column_maxima(similarity)
    plain = matching._column_maxima.py_func(similarity)
    assert all((a == b).all() for a, b in zip(maxima, plain, strict=True))
    mutual = matching._are_mutual(similarity, nearest, *maxima)
    assert (mutual == matching._are_mutual.py_func(similarity, nearest, *plain)).all()


def test_best_assignment_is_found() -> None:
    rng = np.random.default_rng(0)
    similarity = rng.normal(size=(5, 6)).astype(np.float32)
    best = max(
        similarity[range(5), list(chosen)].mean() for chosen in itertools.permutations(range(6), 5)
    )
    assert assignment_mean_cosine(similarity) == pytest.approx(float(best))


def test_re_ordered_strangers_look_more_alike_than_strangers_in_place() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 200, 64))
    a /= np.linalg.norm(a, axis=1, keepdims=True)
    b /= np.linalg.norm(b, axis=1, keepdims=True)
    similarity = a @ b.T
    assert abs(similarity.diagonal().mean()) < 0.02
    assert assignment_mean_cosine(similarity) > 0.2
