from __future__ import annotations

import numpy as np
import pytest

from dokja.numerics.movement import Movement, add_movement, new_totals


def _bits(values: np.ndarray) -> np.ndarray:
    return (values.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)


def _values(bits: np.ndarray) -> np.ndarray:
    return (bits.astype(np.uint32) << 16).view(np.float32).astype(np.float64)


@pytest.mark.parametrize("kind", ["float32", "bfloat16"])
def test_totals_are_those_of_plain_sums(kind: str) -> None:
    rng = np.random.default_rng(0)
    arrays = [rng.normal(0.0, 0.02, 10_000).astype(np.float32) for _ in range(3)]
    if kind == "bfloat16":
        arrays = [_bits(one) for one in arrays]
        z, a, b = (_values(one) for one in arrays)
    else:
        z, a, b = (one.astype(np.float64) for one in arrays)
    totals = new_totals(3)
    add_movement(arrays[0], arrays[0], arrays[0], 0.0, totals[0])
    add_movement(arrays[0], arrays[1], arrays[0], 0.0, totals[1])
    add_movement(arrays[1], arrays[2], arrays[0], 0.1, totals[2])
    found = Movement(totals)
    assert found.n == 10_000
    assert found.square(2) == pytest.approx(b @ b, rel=1e-5)
    assert found.change(2) == pytest.approx(((b - a) ** 2).sum(), rel=1e-5)
    assert found.variance(1) == pytest.approx(a.var(), rel=1e-5)
    for j, earlier in ((0, z), (1, a)):
        slope = np.cov(earlier, b)[0, 1] / earlier.var(ddof=1)
        assert found.kept(j, 2) == pytest.approx(slope, abs=1e-4)


def test_the_excess_is_never_more_than_it_is() -> None:
    rng = np.random.default_rng(1)
    a, b = (rng.normal(0.0, 1.0, 5_000).astype(np.float32) for _ in range(2))
    for give in (0.0, 0.05, 0.5, 2.0):
        totals = new_totals(1)[0]
        add_movement(a, b, a, give, totals)
        wide = a.astype(np.float64), b.astype(np.float64)
        exact = (abs(wide[1] - wide[0]) - give * np.maximum(abs(wide[0]), abs(wide[1]))).max()
        assert totals[5] <= max(exact, 0.0) * (1 + 1e-6)
        if give < 0.1:
            assert totals[5] >= 0.85 * exact


def test_what_is_not_finite_is_counted_and_left_out() -> None:
    a = np.array([1.0, 2.0, 3.0], np.float32)
    b = np.array([1.5, np.nan, np.inf], np.float32)
    totals = new_totals(1)
    add_movement(a, b, a, 0.0, totals[0])
    found = Movement(totals)
    assert (found.n, found.n_nonfinite) == (1, 2)
    assert found.excess(0) == 0.5


def test_a_constant_keeps_nothing_that_could_be_told() -> None:
    ones = np.ones(100, np.float32)
    totals = new_totals(2)
    add_movement(ones, ones, ones, 0.0, totals[0])
    add_movement(ones, ones * 2, ones, 0.0, totals[1])
    assert Movement(totals).kept(0, 1) is None
    with pytest.raises(ValueError, match="no products"):
        Movement(new_totals(4)).kept(1, 3)
