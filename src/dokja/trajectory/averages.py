"""Whether a last checkpoint that is declared an average can be one of earlier weights.

The module knows distances between checkpoints; it never says whose weights came in.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import nnls

from dokja.trajectory.findings import finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dokja.document.trajectory import TrajectoryFinding

__all__ = ["check_average", "distance_to_averages"]

_OPEN: Final = 1.0
_FAR: Final = 1.5
"""Distance from every average of the checkpoints, over the longest interval; a true one lies within
an interval, and so within about half of it."""
_FEWEST: Final = 3


def distance_to_averages(distances: NDArray[np.float64]) -> float:
    """Return how far the last of some points is from every average of the others.

    Parameters
    ----------
    distances
        Shape ``(n, n)``, between every two points.

    Returns
    -------
    float
        Distance to the nearest point of their convex hull.

    Notes
    -----
    Least squares with weights that are not negative and add up to 1, from the products of the
    points about the last, which the distances give.
    """
    to_last = distances[:-1, -1]
    squares = distances[:-1, :-1] ** 2
    products = 0.5 * (to_last[:, None] ** 2 + to_last[None, :] ** 2 - squares)
    values, vectors = np.linalg.eigh(products)
    roots = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    sums = 1e3 * math.sqrt(max(float(np.trace(products)), 1e-300))
    system = np.vstack([roots, np.full((1, len(products)), sums)])
    wanted = np.zeros(len(system))
    wanted[-1] = sums
    weights, _ = nnls(system, wanted)
    return math.sqrt(max(float(weights @ products @ weights), 0.0))


def check_average(
    distances: NDArray[np.float64], steps: Sequence[int]
) -> Iterator[TrajectoryFinding]:
    """Ask whether the last checkpoint may be an average of what lay on the way to it.

    Parameters
    ----------
    distances
        Between every two checkpoints.
    steps
        Their steps.

    Yields
    ------
    TrajectoryFinding
        One, if it lies off every average by more than an interval.
    """
    if len(distances) < _FEWEST:
        return
    longest = max(float(distances[k - 1, k]) for k in range(1, len(distances) - 1))
    off = distance_to_averages(distances)
    if longest > 0.0 and off > _OPEN * longest:
        yield finding(
            "swap",
            "contradiction" if off > _FAR * longest else "open",
            f"The last checkpoint is declared an average of earlier weights, and lies off every "
            f"average of the checkpoints by {off / longest:.1f} times the longest interval between "
            "them.",
            "마지막 체크포인트는 이전 가중치의 평균이라고 선언했지만, 체크포인트들의 어떤 "
            f"평균에서도 가장 긴 간격의 {off / longest:.1f}배만큼 떨어져 있습니다.",
            steps=(steps[-2], steps[-1]),
            share=1.0,
        )
