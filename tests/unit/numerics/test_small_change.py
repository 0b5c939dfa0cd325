"""The rank of a change behind rounding, whether it is noise, and who bears it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dokja.numerics.small_change import Step, carried_share, small_change, spacing

Matrix = np.ndarray


def bf16(values: Matrix) -> Matrix:
    """Round to the nearest bfloat16, written without the code under test."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32).astype(np.uint64)
    rounded = (bits + 0x7FFF + ((bits >> np.uint64(16)) & np.uint64(1))) & np.uint64(0xFFFF0000)
    return rounded.astype(np.uint32).view(np.float32).astype(np.float64)


def steps(a: Matrix, b: Matrix, bits: int = 7) -> Matrix:
    return spacing(np.maximum(np.abs(a), np.abs(b)), bits)


@given(st.floats(2.0**-14, 6e4, width=16), st.booleans())
def test_spacing_is_that_of_float16(value: float, negative: bool) -> None:  # noqa: FBT001
    signed = -value if negative else value
    own = spacing(np.array([signed]), 10, 2.0**-24)[0]
    assert own == abs(float(np.spacing(np.float16(value))))


@given(st.floats(2.0**-100, 2.0**100, width=32))
def test_spacing_is_that_of_float32(value: float) -> None:
    assert spacing(np.array([value]), 23)[0] == float(np.spacing(np.float32(value)))


def test_smallest_numbers_are_as_far_apart_as_the_format_says() -> None:
    assert spacing(np.array([2.0**-20]), 10, 2.0**-24)[0] == 2.0**-24


@pytest.mark.parametrize("rank", [1, 4, 16])
@pytest.mark.parametrize("n_rows", [64, 256])
def test_the_rank_of_an_adapter_is_seen_behind_rounding(rank: int, n_rows: int) -> None:
    rng = np.random.default_rng(rank)
    base = bf16(0.05 * rng.normal(size=(256, 192)))
    factor = rng.normal(size=(256, rank)) @ rng.normal(size=(rank, 192))
    tuned = bf16(base + 0.03 / math.sqrt(rank) * factor)
    kept = np.sort(rng.choice(256, n_rows, replace=False))
    a, b = tuned[kept], base[kept]
    found = small_change(a, b, steps(a, b))
    assert found is not None
    assert found.rank == rank
    assert found.is_low
    assert found.limit == min(n_rows, 192)
    assert found.white_ratio > 1.5


@pytest.mark.parametrize(
    ("size", "rank", "wanted"), [(0.003, 8, 8), (0.003, 64, 60), (0.001, 8, 3), (0.0003, 8, 0)]
)
def test_how_small_an_adapter_may_be_in_bfloat16(size: float, rank: int, wanted: int) -> None:
    """Below rounding fewer directions are seen, and none is made up."""
    rng = np.random.default_rng(7)
    base = bf16(0.02 * rng.normal(size=(256, 1024)))
    step = rng.normal(size=(256, rank)) @ rng.normal(size=(rank, 1024))
    tuned = bf16(base + step * (size * np.linalg.norm(base) / np.linalg.norm(step)))
    found = small_change(tuned, base, steps(tuned, base))
    assert found is not None
    assert wanted <= found.rank <= min(rank, wanted + 3)
    assert found.is_low == (wanted > 0)


def test_full_training_is_of_full_rank_and_no_adapter() -> None:
    rng = np.random.default_rng(0)
    base = bf16(0.05 * rng.normal(size=(128, 96)))
    tuned = bf16(base + 0.02 * rng.normal(size=(128, 96)))
    found = small_change(tuned, base, steps(tuned, base))
    assert found is not None
    assert found.rank > 48
    assert not found.is_low
    assert found.white_ratio == pytest.approx(1.0, abs=0.05)
    assert found.rounding_share < 0.05


@pytest.mark.parametrize("shape", [(64, 64), (32, 256), (256, 40)])
def test_rounding_alone_has_no_rank(shape: tuple[int, int]) -> None:
    """The edge is a bound for errors of rounding: none of fifty draws passes it."""
    rng = np.random.default_rng(1)
    for _ in range(50):
        base = 0.05 * rng.standard_t(4, size=shape)
        rounded = bf16(base)
        found = small_change(rounded, base, steps(rounded, base))
        assert found is not None
        assert found.rank == 0
        assert not found.is_low
        assert found.rounding_share > 0.7


def test_a_change_of_low_rank_and_noise_beyond_it_is_not_called_low() -> None:
    rng = np.random.default_rng(2)
    base = 0.05 * rng.normal(size=(128, 96))
    factor = rng.normal(size=(128, 2)) @ rng.normal(size=(2, 96))
    tuned = bf16(base + 0.02 * factor + 0.01 * rng.normal(size=base.shape))
    found = small_change(tuned, bf16(base), steps(tuned, base))
    assert found is not None
    assert not found.is_low


def test_rank_and_size_do_not_depend_on_the_order_of_rows_and_columns() -> None:
    rng = np.random.default_rng(3)
    base = bf16(rng.normal(size=(60, 80)))
    tuned = bf16(base + 0.3 * np.outer(rng.normal(size=60), rng.normal(size=80)))
    plain = small_change(tuned, base, steps(tuned, base))
    rows, columns = rng.permutation(60), rng.permutation(80)
    a, b = tuned[rows][:, columns], base[rows][:, columns]
    moved = small_change(a, b, steps(a, b))
    turned = small_change(a.T, b.T, steps(a, b).T)
    assert plain is not None
    assert moved is not None
    assert turned is not None
    assert plain.rank == moved.rank == turned.rank == 1
    assert plain.relative == pytest.approx(moved.relative)
    assert plain.relative == pytest.approx(np.linalg.norm(tuned - base) / np.linalg.norm(base))


def test_nothing_that_differs_and_a_reference_of_zeros_say_nothing() -> None:
    some = np.ones((4, 4))
    assert small_change(some, some, some) is None
    assert small_change(some, 0.0 * some, some) is None


def sides(rng: np.random.Generator, ours: float, theirs: float) -> list[Step]:
    found = []
    for _ in range(12):
        shared, a, b = rng.normal(size=(3, 64, 64))
        subject, reference = shared + ours * a, shared + theirs * b
        own = float(np.sum(reference**2))
        change = subject - reference
        found.append(Step(float(np.sum(change**2)) / own, float(np.sum(reference * change)) / own))
    return found


@pytest.mark.parametrize(
    ("ours", "theirs", "share"), [(0.2, 0.0, 0.0), (0.0, 0.2, 1.0), (0.2, 0.2, 0.5)]
)
def test_who_bears_the_step(ours: float, theirs: float, share: float) -> None:
    found = carried_share(sides(np.random.default_rng(4), ours, theirs))
    assert found is not None
    value, low, high = found
    assert value == pytest.approx(share, abs=0.1)
    assert low is not None
    assert high is not None
    assert low <= value <= high


def test_limits_of_who_bears_the_step_hold() -> None:
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(200):
        found = carried_share(sides(rng, 0.2, 0.0))
        assert found is not None
        assert found[1] is not None
        assert found[2] is not None
        held += found[1] <= 0.0 <= found[2]
    assert 0.89 <= held / 200 <= 0.995


def test_without_a_step_nobody_bears_it_and_one_matrix_has_no_limits() -> None:
    assert carried_share([]) is None
    assert carried_share([Step(0.0, 0.0)]) is None
    assert carried_share([Step(1.0, -0.5)]) == (0.5, None, None)
