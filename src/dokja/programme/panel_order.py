"""Does it matter when a team was seen? A permutation test of positions within raters.

The module knows marks and positions, never teams by name or how the order came about.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from math import factorial
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["OrderTest", "order_effect"]

_TIE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class OrderTest:
    """What seeing a team one place later does to its mark."""

    slope: float
    """Change of the mark per place, within raters and teams."""
    p_value: float
    """Two-sided; never zero."""
    method: Literal["exact", "monte carlo"]
    n_permutations: int
    """Arrangements that were looked at, all of them if exact."""


def order_effect(
    marks: NDArray[np.float64],
    positions: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    n_permutations: int = 9999,
) -> OrderTest | None:
    """Test whether marks depend on the place at which a team was shown.

    Parameters
    ----------
    marks
        Shape ``(raters, teams)``: what is left of each mark without the team's own worth and the
        rater's severity serves best; not a number where there is none.
    positions
        Place at which each rater saw each team, in the same shape; not a number where unknown.
    rng
        Source of the arrangements, where they are too many to go through.
    n_permutations
        Most arrangements to look at.

    Returns
    -------
    OrderTest or None
        None where it cannot be tested: no rater has two marks at known places, all saw the same
        order, so that place and team cannot be told apart, or all marks are the same.

    Notes
    -----
    Null hypothesis: the order was drawn at random for each rater, and marks do not depend on it.
    Then all arrangements of a rater's places are equally likely and the test is exact. It is not
    valid for an order that somebody chose. The p-value by Monte Carlo adds one to both counts.

    References
    ----------
    Phipson, B. and Smyth, G. K. (2010). Permutation p-values should never be zero. Statistical
    Applications in Genetics and Molecular Biology 9(1), 39. https://doi.org/10.2202/1544-6115.1585
    """
    if marks.shape != positions.shape or marks.ndim != 2:
        raise ValueError(f"marks of shape {marks.shape} with places of shape {positions.shape}")
    pairs = list(_centred(marks, positions))
    places = sum(float(place @ place) for _, place in pairs)
    if _same_order(positions, marks) or places == 0.0:
        return None
    sizes = np.array([np.abs(mark).max() for mark, _ in pairs])
    if sizes.max() <= _TIE:
        return None
    observed = sum(float(mark @ place) for mark, place in pairs)
    n_all = 1
    for mark, _ in pairs:
        n_all = min(n_all * factorial(len(mark)), n_permutations + 1)
    if n_all <= n_permutations:
        null, added = _all_sums(pairs), 0
    else:
        null, added = _drawn_sums(pairs, n_permutations, rng), 1
    reached = int((np.abs(null) >= abs(observed) * (1.0 - _TIE) - _TIE).sum())
    return OrderTest(
        slope=observed / places,
        p_value=(reached + added) / (len(null) + added),
        method="monte carlo" if added else "exact",
        n_permutations=len(null),
    )


def _centred(
    marks: NDArray[np.float64], positions: NDArray[np.float64]
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    rows = []
    for mark, place in zip(marks, positions, strict=True):
        known = ~np.isnan(mark) & ~np.isnan(place)
        if known.sum() >= 2:
            rows.append((mark[known] - mark[known].mean(), place[known] - place[known].mean()))
    return rows


def _same_order(positions: NDArray[np.float64], marks: NDArray[np.float64]) -> bool:
    """Whether no two raters saw any team at different places."""
    known = np.where(np.isnan(marks), np.nan, positions)
    held = ~np.isnan(known)
    low = np.where(held, known, np.inf).min(axis=0, initial=np.inf)
    high = np.where(held, known, -np.inf).max(axis=0, initial=-np.inf)
    return bool(np.all(high <= low))


def _all_sums(
    pairs: list[tuple[NDArray[np.float64], NDArray[np.float64]]],
) -> NDArray[np.float64]:
    sums = np.zeros(1)
    for mark, place in pairs:
        own = np.array([mark @ np.array(one) for one in permutations(place)])
        sums = (sums[:, None] + own[None, :]).ravel()
    return sums


def _drawn_sums(
    pairs: list[tuple[NDArray[np.float64], NDArray[np.float64]]],
    n_permutations: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    sums = np.zeros(n_permutations)
    for mark, place in pairs:
        drawn = rng.permuted(np.broadcast_to(place, (n_permutations, len(place))), axis=1)
        sums += drawn @ mark
    return sums
