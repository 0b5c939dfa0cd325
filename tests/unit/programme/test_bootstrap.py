from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dokja.programme.bootstrap import (
    Ratings,
    drawn_panels,
    expanded_tail,
    interval_ends,
    place_ranges,
    short_panels,
    totals_of_panels,
)


def _slow_totals(ratings: Ratings, panels: np.ndarray) -> np.ndarray:
    """Sit every panel down, one rater after the other."""
    totals = np.zeros((len(panels), ratings.values.shape[1]))
    for row, times in enumerate(panels):
        sitting = np.repeat(ratings.values, times, axis=0)
        for team in range(sitting.shape[1]):
            for item, weight in enumerate(ratings.item_weights):
                marks = sitting[:, team, item]
                marks = np.sort(marks[~np.isnan(marks)])
                end = len(marks) - ratings.drop_high
                kept = marks[ratings.drop_low : max(end, 0)]
                totals[row, team] += weight * (kept.mean() if len(kept) else np.nan)
    return totals


@pytest.mark.parametrize("drop", [(0, 0), (1, 1), (2, 0), (0, 3)])
@pytest.mark.parametrize("missing", [0.0, 0.4])
@pytest.mark.parametrize("unit", [1.0, 0.25, np.pi])
def test_totals_equal_those_of_panels_that_sit_down(
    drop: tuple[int, int], missing: float, unit: float
) -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(1, 6, size=(7, 4, 3)) * unit
    values[rng.random(values.shape) < missing] = np.nan
    ratings = Ratings(values, np.array([3.0, 0.5, 1.0]), *drop)
    panels = np.vstack([drawn_panels(7, 40, rng), short_panels(7)])
    found = totals_of_panels(ratings, panels)
    np.testing.assert_allclose(found, _slow_totals(ratings, panels), rtol=1e-12)
    if missing or drop != (0, 0):
        assert np.isnan(_slow_totals(ratings, panels)).any() == np.isnan(found).any()


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    ratings = Ratings(rng.integers(1, 6, size=(9, 5, 2)).astype(float), np.ones(2), 1, 1)
    panels = drawn_panels(9, 50, rng)
    whole = totals_of_panels(ratings, panels), place_ranges(totals_of_panels(ratings, panels))
    monkeypatch.setattr("dokja.programme.bootstrap._BLOCK_BYTES", 300)
    parts = totals_of_panels(ratings, panels), place_ranges(totals_of_panels(ratings, panels))
    np.testing.assert_array_equal(whole[0], parts[0])
    np.testing.assert_array_equal(whole[1], parts[1])


def test_equal_teams_stay_equal_in_every_panel() -> None:
    """The same marks from other raters: sums of tenths in floats would differ."""
    rng = np.random.default_rng(2)
    own = rng.integers(10, 50, size=40) / 10.0
    values = np.stack([own, own[::-1]], axis=1)[:, :, None]
    totals = totals_of_panels(Ratings(values, np.ones(1)), np.ones((1, 40), dtype=np.int64))
    assert totals[0, 0] == totals[0, 1]
    best, worst = place_ranges(totals)
    assert best.tolist() == [[1, 1]]
    assert worst.tolist() == [[2, 2]]


@given(st.permutations(range(6)), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_order_of_raters_and_teams_changes_nothing(order: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(1, 6, size=(6, 6, 2)).astype(float)
    panels = drawn_panels(6, 20, rng)
    weights = np.array([1.0, 2.0])
    plain = totals_of_panels(Ratings(values, weights, 1, 1), panels)
    by_rater = totals_of_panels(Ratings(values[order], weights, 1, 1), panels[:, order])
    by_team = totals_of_panels(Ratings(values[:, order], weights, 1, 1), panels)
    np.testing.assert_array_equal(plain, by_rater)
    np.testing.assert_array_equal(plain[:, order], by_team)


def test_panels_are_of_the_same_size_and_short_ones_lack_one() -> None:
    drawn = drawn_panels(12, 30, np.random.default_rng(0))
    assert (drawn.sum(axis=1) == 12).all()
    short = short_panels(4)
    assert (short.sum(axis=1) == 3).all()
    assert (np.diag(short) == 0).all()


def test_places_of_ties_and_unknowns_are_ranges() -> None:
    best, worst = place_ranges(np.array([[3.0, 5.0, 3.0, 1.0], [3.0, np.nan, 2.0, 1.0]]))
    assert best.tolist() == [[2, 1, 2, 4], [1, 1, 2, 3]]
    assert worst.tolist() == [[3, 1, 3, 4], [2, 4, 3, 4]]


def test_intervals_reach_further_than_plain_percentiles_in_small_panels() -> None:
    assert expanded_tail(10, 0.95) < 0.01
    assert expanded_tail(100_000, 0.95) == pytest.approx(0.025, rel=1e-3)
    totals = np.random.default_rng(0).normal(size=(4000, 2))
    ends = interval_ends(totals, n_marks=[10, 100_000])
    assert ends[0, 0] < ends[1, 0] < -1.8
    assert ends[0, 1] > ends[1, 1] > 1.8


def test_no_interval_from_one_mark_or_where_totals_are_often_unknown() -> None:
    totals = np.ones((100, 3))
    totals[:6, 1] = np.nan
    totals[:4, 2] = np.nan
    ends = interval_ends(totals, n_marks=[1, 20, 20])
    assert np.isnan(ends[:2]).all()
    assert ends[2].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0])
def test_level_must_be_a_share(level: float) -> None:
    with pytest.raises(ValueError, match="not between 0 and 1"):
        expanded_tail(5, level)


def test_wrong_tables_are_refused() -> None:
    with pytest.raises(ValueError, match="marks of shape"):
        Ratings(np.ones((2, 2)), np.ones(2))
    with pytest.raises(ValueError, match="must be finite"):
        Ratings(np.full((2, 2, 1), np.inf), np.ones(1))
    with pytest.raises(ValueError, match="cannot be negative"):
        Ratings(np.ones((2, 2, 1)), np.ones(1), -1)
    with pytest.raises(ValueError, match="panels of shape"):
        totals_of_panels(Ratings(np.ones((2, 2, 1)), np.ones(1)), np.ones((1, 3), dtype=np.int64))
