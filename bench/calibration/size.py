"""Whether the p-values of a test are smaller than uniform under a null.

The module counts; it knows neither the test nor the null.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtr

if TYPE_CHECKING:
    from bench.calibration.draws import Case

LEVELS = (0.1, 0.01, 0.001)
DOUBT = 1e-4
"""Chance at which a valid test is taken for invalid, in each single check."""


@dataclass(frozen=True, slots=True)
class Size:
    """What was counted over the draws of a case."""

    case: Case
    n_draws: int
    counts: tuple[int, ...]
    """P-values at or below each of `LEVELS`."""
    excess: float
    """Largest distance of their distribution above the uniform one."""

    @property
    def passed(self) -> bool:
        """Whether neither the counts nor the excess speak against the test."""
        return self.excess <= excess_limit(self.n_draws) and all(
            count <= count_limit(self.n_draws, level)
            for count, level in zip(self.counts, LEVELS, strict=True)
        )


def excess_limit(n_draws: int) -> float:
    """Return how far uniform draws lie above their distribution by chance.

    Parameters
    ----------
    n_draws
        Number of draws.

    Returns
    -------
    float
        Limit of the one-sided Kolmogorov-Smirnov statistic, exceeded with probability of at most
        `DOUBT` (Dvoretzky, Kiefer, Wolfowitz and Massart).
    """
    return math.sqrt(-math.log(DOUBT) / (2 * n_draws))


def count_limit(n_draws: int, level: float) -> int:
    """Return how many uniform draws lie at or below a level by chance.

    Parameters
    ----------
    n_draws
        Number of draws.
    level
        Level of the p-value.

    Returns
    -------
    int
        The least count that is exceeded with probability of at most `DOUBT`.
    """
    counts = np.arange(n_draws + 1)
    return int(np.argmax(1.0 - bdtr(counts, n_draws, level) <= DOUBT))


def measure(case: Case, n_draws: int, seed: int) -> Size:
    """Draw a case many times and count.

    Parameters
    ----------
    case
        What to draw.
    n_draws
        How often.
    seed
        Seed of all calibrations; each case draws from a generator of its own.

    Returns
    -------
    Size
        The counts.
    """
    rng = np.random.default_rng([seed, *case.test.encode(), 0, *case.null.encode()])
    p = np.sort([10.0 ** case.draw(rng) for _ in range(n_draws)])
    counts = tuple(int(np.searchsorted(p, level, side="right")) for level in LEVELS)
    # Just at a p-value the empirical distribution counts it and all equal ones.
    reached = np.searchsorted(p, p, side="right") / n_draws
    return Size(case, n_draws, counts, float(np.max(reached - p)))
