"""The distance of a point from every average of others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dokja.trajectory.averages import distance_to_averages


def _apart(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points[:, None] - points[None, :], axis=2)


@given(st.integers(2, 8), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_an_average_has_none(n: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.standard_normal((n, width))
    mean = rng.dirichlet(np.ones(n)) @ points
    distances = _apart(np.vstack([points, mean]))
    assert distance_to_averages(distances) < 2e-3 * max(distances.max(), 1e-9)


@given(st.integers(2, 8), st.floats(0.1, 10.0), st.integers(0, 2**32 - 1))
def test_height_above_all_of_them_is_the_distance(n: int, height: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = np.hstack([rng.standard_normal((n, 3)), np.zeros((n, 1))])
    last = np.append(rng.dirichlet(np.ones(n)) @ points[:, :3], height)
    found = distance_to_averages(_apart(np.vstack([points, last])))
    assert found == pytest.approx(height, rel=1e-2)
