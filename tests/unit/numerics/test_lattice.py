"""Quantised matrices are known by their levels, others are not."""

from __future__ import annotations

import numpy as np
import pytest

from dokja.numerics.lattice import NF4, Format, Lattice, find_lattice, rounded_share

Matrix = np.ndarray
BITS = {"float32": 23, "float16": 10, "bfloat16": 7}


def stored(values: Matrix, how: str) -> Matrix:
    """Round once more to the format in which weights are kept."""
    if how == "float16":
        return values.astype(np.float16).astype(np.float32)
    if how == "bfloat16":
        bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32).astype(np.uint64)
        rounded = (bits + 0x7FFF + ((bits >> np.uint64(16)) & np.uint64(1))) & np.uint64(0xFFFF0000)
        return rounded.astype(np.uint32).view(np.float32)
    return values.astype(np.float32)


def drawn(seed: int = 0, shape: tuple[int, int] = (96, 512)) -> Matrix:
    rng = np.random.default_rng(seed)
    return 0.04 * rng.standard_t(6, size=shape)


def groups(values: Matrix, group: int) -> Matrix:
    return values.reshape(-1, group or values.shape[1])


def integers(values: Matrix, n_bits: int, group: int, *, asymmetric: bool = False) -> Matrix:
    cut = groups(values, group)
    low, high = cut.min(axis=1, keepdims=True), cut.max(axis=1, keepdims=True)
    if asymmetric:
        scale = (high - low) / (2**n_bits - 1)
        return (np.round((cut - low) / scale) * scale + low).reshape(values.shape)
    top = 2 ** (n_bits - 1) - 1
    scale = np.abs(cut).max(axis=1, keepdims=True) / top
    return (np.round(cut / scale) * scale).reshape(values.shape)


def normal_float(values: Matrix, group: int) -> Matrix:
    cut = groups(values, group)
    scale = np.abs(cut).max(axis=1, keepdims=True)
    nearest = np.abs(cut[:, :, None] / scale[:, :, None] - NF4).argmin(axis=2)
    return (NF4[nearest] * scale).reshape(values.shape)


def small_float(values: Matrix, mantissa: int, least: int) -> Matrix:
    scale = np.abs(values).max() / 448.0
    scaled = values / scale
    _, exponent = np.frexp(scaled)
    step = 2.0 ** (np.maximum(exponent - 1, least) - mantissa)
    return np.round(scaled / step) * step * scale


CASES: list[tuple[Format, int, Matrix]] = [
    ("int4", 32, integers(drawn(), 4, 32)),
    ("int4", 128, integers(drawn(), 4, 128)),
    ("int4", 64, integers(drawn(), 4, 64, asymmetric=True)),
    ("int4", 0, integers(drawn(), 4, 0)),
    ("nf4", 64, normal_float(drawn(), 64)),
    ("int8", 0, integers(drawn(), 8, 0)),
    ("int8", 128, integers(drawn(), 8, 128)),
    ("fp8_e4m3", 0, small_float(drawn(), 3, -6)),
    ("fp8_e5m2", 0, small_float(drawn(), 2, -14)),
]


@pytest.mark.parametrize("how", BITS)
@pytest.mark.parametrize(
    ("name", "group", "values"), CASES, ids=[f"{name}-{group}" for name, group, _ in CASES]
)
def test_format_and_group_are_told_however_it_is_stored(
    name: Format, group: int, values: Matrix, how: str
) -> None:
    rows = stored(values, how)
    found = find_lattice(rows, BITS[how])
    assert found == Lattice(name, group)
    # The original rounds to it; a stranger does so no more often than chance.
    assert rounded_share(rows, stored(drawn(), how), found) > 0.97
    assert rounded_share(rows, stored(drawn(1), how), found) < 0.6


@pytest.mark.parametrize("how", BITS)
@pytest.mark.parametrize("shape", [(96, 512), (400, 64), (20, 2048)])
def test_trained_looking_matrices_lie_on_none(how: str, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(2)
    plain = drawn(3, shape)
    for values in (
        plain,
        rng.normal(size=shape),
        plain * np.exp(rng.normal(size=(shape[0], 1))),
        np.where(rng.random(shape) < 0.8, 0.0, plain),
        np.where(np.abs(plain) < 0.03, 0.0, plain),
        np.where(np.arange(shape[1]) % 4 < 2, 0.0, plain),
    ):
        assert find_lattice(stored(values, how), BITS[how]) is None


def test_a_quantised_matrix_that_was_tuned_on_lies_on_none() -> None:
    rng = np.random.default_rng(4)
    tuned = integers(drawn(), 4, 32) + 0.004 * rng.normal(size=(96, 512))
    assert find_lattice(stored(tuned, "bfloat16"), 7) is None


def test_order_of_rows_means_nothing() -> None:
    rows = stored(integers(drawn(), 4, 32), "bfloat16")
    order = np.random.default_rng(5).permutation(len(rows))
    found = find_lattice(rows, 7)
    assert found is not None
    assert find_lattice(rows[order], 7) == found
    share = rounded_share(rows, stored(drawn(), "bfloat16"), found)
    moved = rounded_share(rows[order], stored(drawn(), "bfloat16")[order], found)
    assert moved == pytest.approx(share)


@pytest.mark.parametrize("rows", [np.zeros((8, 64)), np.ones((8, 16)), np.ones(64)])
def test_what_is_too_small_or_empty_is_not_examined(rows: Matrix) -> None:
    assert find_lattice(rows.astype(np.float32), 7) is None
