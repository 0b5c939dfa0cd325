"""Changes that were taken over by one factor, told from trainings of their own."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dokja.numerics.changes import OneFactor, one_factor

Matrix = NDArray[np.float32]
SHAPE = (200, 100)


def rounded(values: NDArray[np.float64]) -> Matrix:
    """Keep what bfloat16 keeps of a weight."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return ((bits + 0x8000) & 0xFFFF0000).astype(np.uint32).view(np.float32)


def made(seed: int) -> tuple[np.random.Generator, NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    return rng, rng.normal(0.0, 0.02, SHAPE), rng.normal(0.0, 0.02, SHAPE)


def told(
    subject: NDArray[np.float64], base: NDArray[np.float64], other: NDArray[np.float64]
) -> OneFactor | None:
    tensors = [[rounded(subject), rounded(base), rounded(other)]]
    return one_factor(tensors, 0, 1)


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.7, -1.0])
@pytest.mark.parametrize("seed", range(3))
def test_changes_dropped_at_random_pile_up_at_their_factor(factor: float, seed: int) -> None:
    rng, base, change = made(seed)
    second = rng.normal(0.0, 0.02, SHAPE)
    kept = rng.random((2, *SHAPE)) < 0.5
    subject = base + factor * kept[0] * change + 0.8 * kept[1] * second
    found = told(subject, base, base + change)
    assert found is not None
    # Of the values that the first change reached, half were left alone by the second.
    assert found.share > 0.2
    assert found.factor == pytest.approx(factor, rel=0.03)


@pytest.mark.parametrize("correlation", [-0.5, 0.0, 0.5, 0.9, 0.98])
def test_a_training_of_its_own_does_not(correlation: float) -> None:
    rng, base, change = made(7)
    own = correlation * change + np.sqrt(1 - correlation**2) * rng.normal(0.0, 0.02, SHAPE)
    found = told(base + own, base, base + change)
    assert found is not None
    assert found.share < 0.08


def test_a_common_lattice_does_not() -> None:
    rng, _, _ = made(8)
    base, ours, theirs = (rng.integers(-7, 8, SHAPE) * np.float64(0.01) for _ in range(3))
    found = told(ours, base, theirs)
    assert found is not None
    assert found.share < 0.05


def test_few_far_values_say_nothing() -> None:
    _, base, change = made(9)
    assert told(base + 1e-4 * change, base, base + change) is None


def test_more_tensors_are_counted_together() -> None:
    rng, base, change = made(10)
    kept = rng.random(SHAPE) < 0.5
    whole = [rounded(base + kept * change), rounded(base), rounded(base + change)]
    halves = [[values[:100] for values in whole], [values[100:] for values in whole]]
    one, two = one_factor([whole], 0, 1), one_factor(halves, 0, 1)
    assert one is not None
    assert two is not None
    assert one.factor == two.factor
    assert one.share == pytest.approx(two.share, abs=0.01)
