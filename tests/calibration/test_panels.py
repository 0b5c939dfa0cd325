"""Intervals by drawing raters anew hold the truth as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from dokja.programme.bootstrap import Ratings, drawn_panels, interval_ends, totals_of_panels

N_PANELS = 400
"""Panels of one kind; each is two teams, so that twice as many intervals are looked at."""


def _bell(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.normal(size=shape)


def _five_steps(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.choice([1.0, 2.0, 3.0, 4.0, 5.0], p=[0.05, 0.15, 0.35, 0.3, 0.15], size=shape)


MEAN_OF_STEPS = 0.05 + 0.3 + 1.05 + 1.2 + 0.75


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize(
    ("n_raters", "drop", "draw", "truth"),
    [
        (10, 0, _bell, 0.0),
        (10, 1, _bell, 0.0),
        (49, 0, _five_steps, MEAN_OF_STEPS),
        (185, 0, _five_steps, MEAN_OF_STEPS),
    ],
    ids=["ten experts", "ten experts trimmed", "49 users", "185 citizens"],
)
def test_coverage(n_raters: int, drop: int, draw: object, truth: float, level: float) -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(N_PANELS):
        values = draw(rng, (n_raters, 2, 1))  # type: ignore[operator]
        ratings = Ratings(values, np.ones(1), drop, drop)
        totals = totals_of_panels(ratings, drawn_panels(n_raters, 400, rng))
        ends = interval_ends(totals, n_marks=n_raters - 2 * drop, level=level)
        held += int(((ends[:, 0] <= truth) & (truth <= ends[:, 1])).sum())
    # As often as said, but for chance once in a thousand and two points of a small sample.
    low = stats.binom.isf(0.999, 2 * N_PANELS, level - 0.02)
    high = stats.binom.isf(0.001, 2 * N_PANELS, min(0.999, level + 0.03))
    assert low <= held <= high, held / (2 * N_PANELS)


def test_the_check_notices_plain_percentiles() -> None:
    """What is done about small panels is needed: without it ten experts are too sure."""
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(N_PANELS):
        ratings = Ratings(_bell(rng, (10, 2, 1)), np.ones(1))
        totals = totals_of_panels(ratings, drawn_panels(10, 400, rng))
        ends = np.quantile(totals, [0.025, 0.975], axis=0)
        held += int(((ends[0] <= 0) & (ends[1] >= 0)).sum())
    assert held < stats.binom.isf(0.999, 2 * N_PANELS, 0.93)
