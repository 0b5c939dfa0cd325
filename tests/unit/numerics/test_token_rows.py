"""Rows of tokens: matched without their numbers, compared in any basis, found untrained."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dokja.numerics import token_rows
from dokja.numerics.token_rows import (
    drawn_rows,
    geometry,
    halves,
    match_rows,
    row_cosine,
    row_effect,
    unit_rows,
)

Rows = NDArray[np.float32]


def drawn(seed: int, n: int = 300, d: int = 64) -> Rows:
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def clustered(seed: int, n: int = 300, d: int = 64) -> Rows:
    """Rows with a geometry of their own, as training gives them."""
    rng = np.random.default_rng(seed)
    centres = 2.0 * rng.normal(size=(6, d))
    return (centres[np.arange(n) % 6] + rng.normal(size=(n, d))).astype(np.float32)


def rotated(rows: Rows, seed: int) -> Rows:
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(rows.shape[1], rows.shape[1])))[0]
    return (rows @ turn).astype(np.float32)


def test_unit_rows_are_about_the_mean_and_leave_broken_rows_out() -> None:
    rows = drawn(0) + np.float32(5.0)
    rows[3, 2] = np.nan
    units = unit_rows(rows)
    assert not units[3].any()
    others = np.delete(np.arange(len(rows)), 3)
    np.testing.assert_allclose(np.linalg.norm(units[others], axis=1), 1.0, rtol=1e-5)
    alone = np.delete(rows, 3, axis=0)
    np.testing.assert_allclose(units[others], unit_rows(alone), atol=1e-5)


def test_halves_share_no_channel_and_leave_none_out() -> None:
    fit, judge = halves(65, np.random.default_rng(0))
    assert sorted([*fit, *judge]) == list(range(65))
    assert abs(len(fit) - len(judge)) == 1


def test_a_common_direction_is_no_effect() -> None:
    rng = np.random.default_rng(1)
    size = np.where(np.arange(300) < 100, 8.0, 0.0)[:, None]
    direction = rng.normal(size=64)
    ours, theirs = drawn(2) + size * direction, drawn(3) + size * direction
    assert row_cosine(ours, theirs) > 0.5  # type: ignore[operator]
    shuffled = np.random.default_rng(4).permutation(300)
    assert abs(row_effect(ours, theirs[shuffled])) < 0.05  # type: ignore[arg-type]


def test_too_few_rows_have_no_figure() -> None:
    one = drawn(0, n=1)
    assert row_cosine(one, one) is None
    assert row_effect(one, one) is None
    assert geometry(drawn(0, n=3), drawn(0, n=3)) is None
    assert geometry(np.ones((9, 4), np.float32), drawn(0, n=9, d=4)) is None


def test_geometry_sees_through_a_rotation_and_tells_rows_that_do_not_face_each_other() -> None:
    rows = clustered(0)
    assert geometry(rotated(rows, 1), rows) == pytest.approx(1.0, abs=1e-4)
    assert geometry(rows[:, ::-1], rows) == pytest.approx(1.0, abs=1e-4)
    order = np.random.default_rng(2).permutation(len(rows))
    assert abs(geometry(rows[order], rows)) < 0.1  # type: ignore[arg-type]


@pytest.mark.parametrize("block", [64, 8192])
def test_rows_in_another_order_are_found(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_rows, "BLOCK", block)
    rows = drawn(0)
    order = np.random.default_rng(1).permutation(len(rows))
    moved = (rows + 0.2 * drawn(5))[order]
    match = match_rows(moved, rows, np.random.default_rng(2))
    assert len(match.subject) == len(rows)
    np.testing.assert_array_equal(order[match.subject], match.reference)


def test_of_many_rows_some_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_rows, "MAX_MATCHED", 50)
    rows = drawn(0)
    match = match_rows(rows, rows[::-1], np.random.default_rng(2))
    assert len(match.subject) == 50
    np.testing.assert_array_equal(match.reference, len(rows) - 1 - match.subject)


def test_copies_of_a_row_and_empty_tables_match_nothing() -> None:
    rows = drawn(0, n=20)
    rows[7] = rows[3]
    match = match_rows(rows, rows, np.random.default_rng(0))
    assert not {3, 7} & set(match.subject.tolist())
    assert not len(match_rows(rows[:0], rows, np.random.default_rng(0)).subject)


def test_strangers_matched_on_half_of_the_channels_agree_on_no_other() -> None:
    fit, judge = halves(64, np.random.default_rng(0))
    ours, theirs = clustered(0), clustered(1)
    match = match_rows(ours[:, fit], theirs[:, fit], np.random.default_rng(2))
    assert len(match.subject) >= 16
    held = row_effect(ours[match.subject][:, judge], theirs[match.reference][:, judge])
    assert abs(held) < 0.2  # type: ignore[arg-type]


def test_untrained_rows_are_found_by_how_they_lie() -> None:
    rng = np.random.default_rng(0)
    rows = drawn(0, n=600)
    trained = rng.permutation(600)[:400]
    rows[trained] += clustered(1, n=400) * 1.5
    found = drawn_rows(rows, np.random.default_rng(1))
    untrained = np.setdiff1d(np.arange(600), trained)
    assert np.isin(found, untrained).mean() > 0.95
    assert np.isin(untrained, found).mean() > 0.95


def test_untrained_rows_that_all_moved_alike_and_decayed_are_found_too() -> None:
    rows = clustered(1, n=400) * 2.0
    moved = 0.4 * drawn(0, n=100) + 9.0 * drawn(7, n=1)
    found = drawn_rows(np.concatenate([rows, moved]), np.random.default_rng(1))
    assert np.isin(np.arange(400, 500), found).mean() > 0.95
    assert (found >= 400).mean() > 0.95


def test_where_nothing_was_trained_nearly_all_rows_lie_as_drawn() -> None:
    assert len(drawn_rows(drawn(0, n=500), np.random.default_rng(0))) > 480


def test_copies_zeros_and_broken_rows_are_not_taken_for_drawn() -> None:
    rows = drawn(0, n=100)
    rows[:10] = 0.0
    rows[10:20] = rows[20]
    rows[30, 0] = np.inf
    found = set(drawn_rows(rows, np.random.default_rng(0)).tolist())
    assert not found & {*range(21), 30}
    assert len(drawn_rows(rows[:20], np.random.default_rng(0))) == 0
