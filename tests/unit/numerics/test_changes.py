"""The base of changes that were added up, and which of them were left out."""

from __future__ import annotations

import numpy as np
import pytest

from dokja.numerics.changes import task_change

SHAPE = (40, 50)
Matrix = np.ndarray


def family(seed: int) -> tuple[Matrix, Matrix, Matrix]:
    """Return a base and two trainings of it."""
    rng = np.random.default_rng(seed)
    base = rng.normal(size=SHAPE)
    first, second = (base + 0.2 * rng.normal(size=SHAPE) for _ in range(2))
    return tuple(values.astype(np.float32) for values in (base, first, second))


def kept(change: Matrix, chosen: Matrix) -> Matrix:
    return np.where(chosen, change, np.float32(0.0))


def test_trimmed_changes_show_base_and_way() -> None:
    base, first, second = family(0)
    a, b = first - base, second - base
    large = np.maximum(np.abs(a), np.abs(b)) > np.quantile(np.maximum(np.abs(a), np.abs(b)), 0.7)
    subject = base + kept(0.5 * (a + b), large)
    # The base is told by values left alone, wherever it stands and whatever is named as middle.
    for order, place in (((base, first, second), 0), ((second, first, base), 2)):
        found = task_change([[subject, *order]], middle=1)
        assert found is not None
        assert found.is_sparse
        assert found.base == place
        assert found.unchanged_share == pytest.approx(0.7, abs=0.05)
        assert found.kept_largest is not None
        assert found.kept_largest > 0.99


def test_changes_dropped_by_chance_are_no_trimmed_ones() -> None:
    base, first, second = family(1)
    rng = np.random.default_rng(2)
    subject = base + kept(first - base, rng.random(SHAPE) < 0.4) * np.float32(2.5)
    found = task_change([[subject, base, first, second]], middle=2)
    assert found is not None
    assert (found.base, found.is_sparse) == (0, True)
    assert found.unchanged_share == pytest.approx(0.6, abs=0.05)
    assert found.kept_largest == pytest.approx(0.5, abs=0.05)


def test_whole_changes_leave_the_base_to_the_middle() -> None:
    base, first, second = family(3)
    subject = base + 0.5 * (first - base) + 0.4 * (second - base)
    for middle in (0, 2):
        found = task_change([[subject, base, first, second]], middle=middle)
        assert found is not None
        assert found.base == middle
        assert not found.is_sparse
        assert found.unchanged_share == pytest.approx(0.0, abs=0.01)
        assert found.kept_largest is None


def test_values_that_nobody_changed_do_not_count() -> None:
    base, first, second = family(4)
    still = np.zeros(SHAPE, bool)
    still[:30] = True
    first, second = (np.where(still, base, values) for values in (first, second))
    whole = task_change([[base + 0.5 * (first - base), base, first, second]], middle=0)
    assert whole is not None
    assert whole.unchanged_share == pytest.approx(0.0, abs=0.01)
    alone = task_change([[base, base, base, base]], middle=0)
    assert alone is not None
    assert (alone.unchanged_share, alone.kept_largest) == (None, None)
    assert not alone.is_sparse


def test_changes_within_rounding_are_none() -> None:
    """A format rounds values by less than one part in 64: that is no leaving of the base."""
    base, first, second = family(5)
    rounded = (base * np.float32(1.0 + 2.0**-7)).astype(np.float32)
    found = task_change([[first, base, rounded]], middle=0)
    assert found is not None
    assert found.base == 0
    assert found.unchanged_share is None
    del second


def test_tensors_are_pooled_and_order_means_nothing() -> None:
    base, first, second = family(6)
    rng = np.random.default_rng(7)
    subject = base + kept(first - base, rng.random(SHAPE) < 0.5)
    whole = task_change([[subject, base, first, second]], middle=0)
    rows = [[values[part] for values in (subject, base, first, second)]
            for part in (slice(25, None), slice(None, 25))]  # fmt: skip
    parts = task_change(rows, middle=0)
    assert whole is not None
    assert parts is not None
    assert parts.base == whole.base
    assert parts.unchanged_share == whole.unchanged_share
    assert parts.kept_largest == pytest.approx(whole.kept_largest, abs=0.02)


def test_without_a_value_there_is_nothing_to_say() -> None:
    assert task_change([], middle=0) is None
