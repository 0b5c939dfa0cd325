from __future__ import annotations

import dataclasses
import math
import sys
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dokja.numerics.moments import MAX_FINITE, SLICE, Accumulator, Moments, moments, pooled

Array = NDArray[Any]
MEASURES = (
    "cosine", "pearson", "slope", "reverse_slope", "relative_residual", "equal_share",
    "variance_a", "variance_b",
)  # fmt: skip


def bfloat16(values: Array) -> Array:
    """Bits of the nearest bfloat16 numbers (values are finite)."""
    bits = values.astype(np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def decoded(array: Array) -> Array:
    if array.dtype == np.uint16:
        array = (array.astype(np.uint32) << 16).view(np.float32)
    with np.errstate(invalid="ignore"):  # signalling NaN
        return array.astype(np.float64)


STORED = {
    "bf16": bfloat16,
    "f16": lambda x: x.astype(np.float16),
    "f32": lambda x: x.astype(np.float32),
    "f64": lambda x: x,
}


def truth(a: Array, b: Array) -> dict[str, float]:
    """The same measures by numpy in float64, of the decoded values."""
    a, b = decoded(a), decoded(b)
    finite = np.isfinite(a) & np.isfinite(b)
    x, y = a[finite], b[finite]
    u, v = x - x.mean(), y - y.mean()
    return {
        "n": float(finite.sum()),
        "n_nonfinite": float((~finite).sum()),
        "n_equal": float((x == y).sum()),
        "sum_a": x.sum(),
        "sum_b": y.sum(),
        "sum_aa": x @ x,
        "sum_bb": y @ y,
        "sum_ab": x @ y,
        "sum_dd": float(((x - y) ** 2).sum()),
        "max_abs_difference": float(np.abs(x - y).max()),
        "cosine": x @ y / math.sqrt((x @ x) * (y @ y)),
        "pearson": u @ v / math.sqrt((u @ u) * (v @ v)),
        "slope": u @ v / (u @ u),
        "reverse_slope": u @ v / (v @ v),
        "relative_residual": math.sqrt(float(((x - y) ** 2).sum()) / (x @ x)),
        "equal_share": float((x == y).mean()),
        "variance_a": float(x.var()),
        "variance_b": float(y.var()),
    }


def assert_true(a: Array, b: Array, tolerance: float = 1e-6) -> Moments:
    found, expected = moments(a, b), truth(a, b)
    scale = {
        "sum_a": math.sqrt(expected["sum_aa"] * expected["n"]),
        "sum_b": math.sqrt(expected["sum_bb"] * expected["n"]),
        "sum_ab": math.sqrt(expected["sum_aa"] * expected["sum_bb"]),
        "slope": math.sqrt(expected["variance_b"] / expected["variance_a"]),
        "reverse_slope": math.sqrt(expected["variance_a"] / expected["variance_b"]),
        "cosine": 1.0,
        "pearson": 1.0,
    }
    for name, value in expected.items():
        error = abs(getattr(found, name) - value)
        assert error <= tolerance * scale.get(name, abs(value)), (name, getattr(found, name), value)
    for name in ("n", "n_equal", "n_nonfinite"):
        assert getattr(found, name) == expected[name]
    return found


def related(rng: np.random.Generator, n: int, scale: float = 0.02) -> tuple[Array, Array]:
    a = rng.standard_normal(n) * scale
    b = a + 0.1 * scale * rng.standard_normal(n)
    b[::7] = a[::7]
    return a, b


@pytest.mark.parametrize("second", STORED)
@pytest.mark.parametrize("first", STORED)
def test_every_pair_of_formats_agrees_with_float64(first: str, second: str) -> None:
    a, b = related(np.random.default_rng(1), 3 * SLICE + 17)
    assert_true(STORED[first](a), STORED[second](b))


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("n", [1, 2, 3, 63, SLICE - 1, SLICE, SLICE + 1])
def test_short_and_odd_lengths(stored: str, n: int) -> None:
    rng = np.random.default_rng(n)
    a, b = STORED[stored](rng.standard_normal(n)), STORED[stored](rng.standard_normal(n))
    found = moments(a, b)
    assert found.n == n
    assert found.sum_ab == pytest.approx(float(decoded(a) @ decoded(b)), rel=1e-6, abs=1e-6 * n)


@pytest.mark.parametrize("stored", ["bf16", "f16", "f32"])
@pytest.mark.parametrize(("mean", "spread"), [(1.0, 0.01), (-3.0, 0.01), (100.0, 1.0), (0.5, 0.4)])
def test_pearson_of_values_far_from_zero(stored: str, mean: float, spread: float) -> None:
    # Gains of norms: means of one and a little noise, where sums about zero lose everything.
    rng = np.random.default_rng(2)
    common = rng.standard_normal(50_000)
    a = mean + spread * (common + rng.standard_normal(50_000))
    b = mean + spread * (common + rng.standard_normal(50_000))
    found = assert_true(STORED[stored](a), STORED[stored](b))
    assert found.pearson is not None
    assert abs(found.pearson) < 0.9


def test_an_outlier_does_not_spoil_the_other_values() -> None:
    rng = np.random.default_rng(3)
    a = 1.0 + 0.01 * rng.standard_normal(2 * SLICE)
    b = 1.0 + 0.01 * rng.standard_normal(2 * SLICE)
    a[0] = b[SLICE] = 300.0
    assert_true(a.astype(np.float32), b.astype(np.float32))


def test_every_bfloat16_number_is_read_right() -> None:
    bits = np.arange(2**16, dtype=np.uint16)
    finite = np.isfinite(decoded(bits))
    for chunk in np.array_split(bits[finite], 97):
        a = decoded(chunk)
        found = moments(chunk, chunk.astype(np.uint16))
        assert found.n == found.n_equal == a.size
        assert found.sum_aa == pytest.approx(float(a @ a), rel=1e-6)
    assert moments(bits, bits).n_nonfinite == np.count_nonzero(~finite) == 256


def test_every_float16_number_is_read_right() -> None:
    values = np.arange(2**16, dtype=np.uint16).view(np.float16)
    finite = np.isfinite(values)
    a, b = values[finite], values[finite].astype(np.float32)
    # Against float32, numpy decodes; against float16, the kernel does.
    assert moments(a, b).n_equal == a.size
    for chunk in np.array_split(a, 97):
        exact = chunk.astype(np.float64)
        assert moments(chunk, chunk).sum_aa == pytest.approx(float(exact @ exact), rel=1e-6)
    assert moments(values, values).n_nonfinite == np.count_nonzero(~finite) == 2048
    # One at a time, so that no error can hide in a sum.
    for value in values[finite][::41]:
        single = np.array([value])
        assert moments(single, single).mean_a == float(value)


def test_vector_loops_read_float16_as_scalar_ones_do() -> None:
    values = np.arange(2**16, dtype=np.uint16).view(np.float16)
    small = values[np.isfinite(values) & (np.abs(values) < 2.0) & (np.abs(values) > 1e-4)]
    repeated = np.tile(small, 2)
    exact = repeated.astype(np.float64)
    found = moments(repeated, -repeated)
    assert found.sum_ab == pytest.approx(-float(exact @ exact), rel=1e-6)
    assert found.max_abs_difference == 2 * float(np.abs(exact).max())


@pytest.mark.parametrize("stored", STORED)
def test_values_that_are_not_finite_are_counted_and_left_out(stored: str) -> None:
    rng = np.random.default_rng(4)
    a, b = related(rng, 2 * SLICE + 100)
    a[5], b[5] = np.nan, np.nan
    a[6] = np.inf
    b[SLICE + 7] = -np.inf
    a[-1] = np.nan
    if stored == "bf16":
        hole_a, hole_b = ~np.isfinite(a), ~np.isfinite(b)
        x, y = bfloat16(np.where(hole_a, 0, a)), bfloat16(np.where(hole_b, 0, b))
        x[hole_a], y[hole_b] = 0x7FC0, 0xFF80
    else:
        x, y = STORED[stored](a), STORED[stored](b)
    assert assert_true(x, y).n_nonfinite == 4


def test_nothing_finite_leaves_every_measure_undefined() -> None:
    nothing = np.full(SLICE + 3, np.nan, np.float32)
    found = moments(nothing, np.ones_like(nothing))
    assert (found.n, found.n_nonfinite) == (0, SLICE + 3)
    assert [getattr(found, name) for name in MEASURES] == [None] * len(MEASURES)


def test_no_values_leave_every_measure_undefined() -> None:
    empty = np.zeros(0, np.float32)
    assert moments(empty, empty) == Moments() == pooled([])
    assert [getattr(Moments(), name) for name in MEASURES] == [None] * len(MEASURES)


@pytest.mark.parametrize("value", [0.1, 1.0, -7.3e-5, 3e20])
def test_a_constant_has_a_variance_of_exactly_zero(value: float) -> None:
    constant = np.full(5 * SLICE + 11, value, np.float32)
    noise = np.random.default_rng(5).standard_normal(constant.size).astype(np.float32)
    for a, b in ((constant, noise), (constant, constant), (bfloat16(constant), noise)):
        found = moments(a, b)
        assert found.variance_a == 0.0
        assert found.pearson is None
        assert found.slope is None
        assert found.cosine is not None
    assert moments(noise, constant).reverse_slope is None


def test_zero_has_no_direction() -> None:
    zero = np.zeros(100, np.float32)
    found = moments(zero, np.ones(100, np.float32))
    assert found.cosine is None
    assert found.relative_residual is None
    assert found.max_abs_difference == 1.0


def test_equal_values_are_counted_whatever_their_format() -> None:
    values = np.random.default_rng(6).standard_normal(1000)
    bits = bfloat16(values)
    found = moments(bits, decoded(bits).astype(np.float32))
    assert (found.n_equal, found.sum_dd, found.max_abs_difference) == (1000, 0.0, 0.0)
    assert found.cosine == pytest.approx(1.0, abs=1e-7)
    signed = np.array([0.0, -0.0], np.float32)
    assert moments(signed, signed[::-1]).n_equal == 2


@pytest.mark.parametrize("scale", [1e30, 1e18, 1e-18, 1e-22, 1e-30, 1e-38])
def test_squares_beyond_float32_are_added_in_float64(scale: float) -> None:
    a, b = related(np.random.default_rng(7), SLICE + 50, scale)
    assert_true(a.astype(np.float32), b.astype(np.float32))
    assert_true(bfloat16(a), bfloat16(b))


def test_a_difference_too_small_for_float32_squares_is_kept() -> None:
    a = np.random.default_rng(8).standard_normal(SLICE).astype(np.float32)
    a[17] = 1e-25
    b = a.copy()
    b[17] = 2e-25
    found = moments(a, b)
    assert found.n_equal == SLICE - 1
    assert found.sum_dd == pytest.approx(1e-50, rel=1e-6)


def test_doubles_beyond_all_squares_count_as_not_finite() -> None:
    a = np.array([1.0, 2.0, 1e200, -MAX_FINITE])
    found = moments(a, np.ones(4))
    assert (found.n, found.n_nonfinite) == (3, 1)
    assert all(math.isfinite(value) for value in dataclasses.astuple(found))


def test_totals_of_many_values_do_not_drift() -> None:
    # A float32 total over this many values is off in the third digit.
    rng = np.random.default_rng(9)
    a = bfloat16(np.abs(rng.standard_normal(2**22)) + 0.5)
    found = moments(a, a)
    naive = np.add.accumulate(np.square(decoded(a).astype(np.float32)), dtype=np.float32)[-1]
    exact = float(decoded(a) @ decoded(a))
    assert found.sum_aa == pytest.approx(exact, rel=1e-6)
    assert abs(float(naive) / exact - 1.0) > 1e-5


def test_swapping_exchanges_the_vectors() -> None:
    a, b = related(np.random.default_rng(10), 1000)
    there, back = moments(a, b).swapped(), moments(b, a)
    assert dataclasses.astuple(there) == pytest.approx(dataclasses.astuple(back), rel=1e-9)
    assert there.mean_a == moments(b, a).mean_a


@pytest.mark.parametrize("n_blocks", [1, 2, 5])
def test_cutting_the_stream_at_slices_changes_no_bit(n_blocks: int) -> None:
    a, b = related(np.random.default_rng(11), 10 * SLICE + 123)
    x, y = bfloat16(a), bfloat16(b)
    total = Accumulator()
    for start in range(0, x.size, n_blocks * SLICE):
        stop = start + n_blocks * SLICE
        total.add(x[start:stop], y[start:stop])
    assert total.moments() == moments(x, y)


def test_blocks_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="shapes"):
        moments(np.zeros(2, np.float32), np.zeros(3, np.float32))
    with pytest.raises(ValueError, match="shapes"):
        Accumulator().add(np.zeros((2, 2), np.float32), np.zeros((2, 2), np.float32))
    with pytest.raises(TypeError, match="int32"):
        moments(np.zeros(2, np.int32), np.zeros(2, np.int32))
    with pytest.raises(TypeError):
        _ = Moments() + 1  # type: ignore[operator]


def test_any_shape_and_stride_may_be_given() -> None:
    a, b = related(np.random.default_rng(12), 600)
    expected = moments(a.reshape(20, 30).T.copy(), b.reshape(20, 30).T.copy())
    assert moments(a.reshape(20, 30).T, b.reshape(20, 30).T) == expected
    assert moments(np.array(2.0), np.array(2.0)).n_equal == 1


def test_the_kernels_do_not_hold_the_interpreter_lock() -> None:
    # Two threads over the same data take clearly less processor-exclusive time than a lock allows:
    # while one is inside a kernel the other must be able to run Python.
    import threading

    a = np.random.default_rng(13).standard_normal(2**23)
    moments(a[:10], a[:10])
    done = threading.Event()
    ticks = 0
    worker = threading.Thread(target=lambda: (moments(a, a), done.set()))
    interval = sys.getswitchinterval()
    worker.start()
    while not done.wait(0.0):
        ticks += 1
    worker.join()
    assert interval < 1.0
    assert ticks > 100
