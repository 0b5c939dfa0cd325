"""Which rows of two vocabularies face each other, and what is measured over them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from dokja.arch.role import TensorRole
from dokja.comparison.vocabulary import Alignment, lay_rows, lay_vocabularies, row_moments
from dokja.io.tokenizer import TokenizerInfo
from dokja.numerics.moments import moments
from dokja.numerics.token_rows import drawn_rows

Rows = NDArray[np.float32]
TOKENS = TensorRole("language_model", None, None, "token_embedding.weight")
HEAD = TensorRole("language_model", None, None, "head.weight")
N, WIDTH = 300, 128


def trained(seed: int, n: int = N, d: int = WIDTH) -> Rows:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(6, d))
    return (centres[np.arange(n) % 6] + rng.normal(size=(n, d))).astype(np.float32)


def tuned(rows: Rows) -> Rows:
    noise = np.random.default_rng(77).normal(size=rows.shape)
    return (rows + 0.2 * noise).astype(np.float32)


def tokenizer(ids: dict[str, int]) -> TokenizerInfo:
    raw = json.dumps({"model": {"vocab": ids}}).encode()
    return TokenizerInfo("m/tokenizer.json", len(raw), lambda: raw)


def order(seed: int = 5, n: int = N) -> NDArray[np.int64]:
    return np.random.default_rng(seed).permutation(n)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def by_string(moved: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return np.arange(len(moved)), moved


def test_rows_face_each_other_by_token_string() -> None:
    rows, moved = trained(0), order()
    chosen, numbered = lay_rows(
        tuned(rows)[moved], rows, by_string(moved), rng(), same_columns=True
    )
    assert chosen.route == "by_string"
    assert chosen.effect is not None
    assert chosen.effect > 0.9
    assert chosen.n_moved > N - 10
    assert numbered.effect is not None
    assert abs(numbered.effect) < 0.1


def test_strings_that_do_not_belong_to_the_rows_are_left_aside() -> None:
    rows = trained(0)
    chosen, _ = lay_rows(tuned(rows), rows, by_string(order()), rng(), same_columns=True)
    assert chosen.route == "by_number"
    assert not chosen.n_moved


def test_a_renumbered_vocabulary_is_found_without_a_tokenizer() -> None:
    rows, moved = trained(0), order()
    chosen, _ = lay_rows(tuned(rows)[moved], rows, None, rng(), same_columns=True)
    assert chosen.route == "found"
    np.testing.assert_array_equal(moved[chosen.subject], chosen.reference)
    assert len(chosen.subject) > 0.95 * N
    assert chosen.effect is not None
    assert chosen.effect > 0.8
    assert chosen.log10_p is not None
    assert chosen.log10_p <= -6.0


def test_a_tokenizer_with_other_peoples_strings_does_not_hide_it() -> None:
    rows, moved = trained(0), order()
    chosen, _ = lay_rows(tuned(rows)[moved], rows, by_string(order(9)), rng(), same_columns=True)
    assert chosen.route == "found"
    np.testing.assert_array_equal(moved[chosen.subject], chosen.reference)


@pytest.mark.parametrize("seed", range(8))
def test_among_strangers_nothing_is_found(seed: int) -> None:
    chosen, _ = lay_rows(trained(2 * seed), trained(2 * seed + 1), None, rng(), same_columns=True)
    assert chosen.route == "by_number"
    assert chosen.log10_p is None


def test_a_stranger_whose_channels_were_renumbered_to_fit_is_not_found() -> None:
    """Such a fit passes any test of order; how alike rows then are does not grow with it."""
    ours, theirs = trained(0), trained(1)
    _, fitted = linear_sum_assignment(-(theirs.T @ ours))
    chosen, _ = lay_rows(ours[:, fitted][order()], theirs, None, rng(), same_columns=True)
    assert chosen.route == "by_number"


def test_streams_of_other_widths_are_told_by_their_geometry() -> None:
    rows, moved = trained(0), order()
    narrow = tuned(rows)[moved][:, :100]
    chosen, numbered = lay_rows(narrow, rows, by_string(moved), rng(), same_columns=False)
    assert chosen.route == "by_string"
    assert chosen.effect is None
    assert chosen.geometry is not None
    assert chosen.geometry > 0.8
    assert abs(numbered.geometry or 0.0) < 0.1


def test_tables_are_laid_by_their_tokenizers_and_padding_by_number() -> None:
    rows, n = trained(0), 20
    ours = {TOKENS: tuned(rows)[:100], HEAD: rows[:100]}
    theirs = {TOKENS: rows}
    names = [f"t{i}" for i in range(90)]
    first = tokenizer({name: (i + n) % 90 for i, name in enumerate(names)})
    second = tokenizer({name: i for i, name in enumerate(names)})
    found = lay_vocabularies(ours, theirs, (first, second), rng(), same_columns=False)
    assert found is not None
    assert found.tables == (TOKENS, TOKENS)
    assert (found.n_rows, found.n_reference_rows) == (100, N)
    pairs = set(zip(found.rows.subject.tolist(), found.rows.reference.tolist(), strict=True))
    if found.rows.route == "by_string":
        assert {(95, 95), (n, 0)} <= pairs
    assert lay_vocabularies({}, theirs, (None, None), rng(), same_columns=True) is None


def test_an_extended_vocabulary_is_laid_and_one_that_fits_nothing_is_not() -> None:
    rows = trained(0)
    longer = np.concatenate([tuned(rows), trained(9, n=20)])
    found = lay_vocabularies(
        {TOKENS: longer}, {TOKENS: rows}, (None, None), rng(), same_columns=True
    )
    assert found is not None
    assert found.is_laid
    assert len(found.rows.subject) == N
    whole = lay_vocabularies({TOKENS: rows}, {TOKENS: rows}, (None, None), rng(), same_columns=True)
    assert whole is not None
    assert whole.is_as_numbered
    assert not whole.is_laid
    rows_of_another = np.random.default_rng(3).normal(size=(N + 7, WIDTH)).astype(np.float32)
    other = lay_vocabularies(
        {TOKENS: rows_of_another}, {TOKENS: rows}, (None, None), rng(), same_columns=True
    )
    assert other is not None
    assert not other.is_laid


def test_moments_over_rows_are_those_of_the_rows() -> None:
    rows, moved = trained(0), order()
    alignment = Alignment("by_string", *by_string(moved))
    ours = tuned(rows)[moved]
    found = row_moments(ours, rows, alignment, (WIDTH, WIDTH))
    assert found is not None
    plain = moments(np.ascontiguousarray(rows[moved]), ours)
    assert found[0] == plain
    assert found[1] == rows.size


def test_sampled_columns_stand_for_whole_rows() -> None:
    rows, moved = trained(0), order()
    alignment = Alignment("by_string", *by_string(moved))
    found = row_moments(tuned(rows)[moved], rows, alignment, (4 * WIDTH, 4 * WIDTH))
    whole = row_moments(tuned(rows)[moved], rows, alignment, (WIDTH, WIDTH))
    assert found is not None
    assert whole is not None
    assert found[1] == found[0].n == 4 * whole[1]
    assert found[0].pearson == pytest.approx(whole[0].pearson)
    assert found[0].slope == pytest.approx(whole[0].slope)
    assert found[0].relative_residual == pytest.approx(whole[0].relative_residual)


def test_rows_of_other_widths_or_too_few_are_not_measured() -> None:
    rows = trained(0)
    few = Alignment("by_number", np.arange(5), np.arange(5))
    assert row_moments(rows, rows, few, (WIDTH, WIDTH)) is None
    many = Alignment("by_number", np.arange(N), np.arange(N))
    assert row_moments(rows[:, :9], rows, many, (9, WIDTH)) is None
    beyond = Alignment("by_number", np.arange(N), np.arange(N) + 30)
    kept = row_moments(rows, rows, beyond, (WIDTH, WIDTH))
    assert kept is not None
    assert kept[1] == (N - 30) * WIDTH


@pytest.mark.parametrize("value", [np.nan, np.inf, 3e38, -3e38])
@pytest.mark.parametrize("share", [0.01, 1.0])
def test_rows_that_cannot_be_reckoned_with_break_nothing(value: float, share: float) -> None:
    ours, theirs = trained(0), trained(1)
    spoilt = np.random.default_rng(0).random(ours.shape) < share
    ours[spoilt] = value
    theirs[0] = value
    theirs[1] = -value
    chosen, _ = lay_rows(ours, theirs, None, rng(), same_columns=True)
    assert chosen.route == "by_number"
    assert row_moments(ours, theirs, chosen, (WIDTH, WIDTH)) is not None
    drawn = set(drawn_rows(theirs, rng()).tolist())
    assert not drawn & {0, 1}


@pytest.mark.parametrize(("n", "m", "d"), [(0, 5, 8), (0, 0, 8), (40, 40, 1), (40, 40, 0)])
def test_tables_of_hardly_anything_are_laid_all_the_same(n: int, m: int, d: int) -> None:
    ours, theirs = trained(0, n=n, d=d), trained(1, n=m, d=d)
    found = lay_vocabularies(
        {TOKENS: ours}, {TOKENS: theirs}, (None, None), rng(), same_columns=True
    )
    assert found is not None
    assert len(found.rows.subject) == min(n, m)
    assert not found.is_laid
    if not d:
        assert row_moments(ours, theirs, found.rows, (d, d)) is None
    drawn_rows(theirs, rng())
