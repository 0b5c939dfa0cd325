from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dokja.arch.fixed import fixed_kind, looks_fixed

Array = np.ndarray[Any, Any]


def _whisper(rows: int, columns: int) -> Array:
    half = columns // 2
    frequency = np.exp(-np.log(10000) / (half - 1) * np.arange(half))
    angle = np.arange(rows)[:, None] * frequency
    return np.concatenate([np.sin(angle), np.cos(angle)], 1)


def _interleaved(rows: int, columns: int) -> Array:
    angle = np.arange(rows)[:, None] * 10000.0 ** (-np.arange(0, columns, 2) / columns)
    table = np.empty((rows, columns))
    table[:, 0::2], table[:, 1::2] = np.sin(angle), np.cos(angle)
    return table


def _grid(side: int, columns: int) -> Array:
    """Positions on a grid as masked autoencoders have them, a row of zeros first."""

    def half(coordinate: Array) -> Array:
        n = columns // 4
        angle = coordinate[:, None] * 10000.0 ** (-np.arange(n) / n)
        return np.concatenate([np.sin(angle), np.cos(angle)], 1)

    across, down = np.meshgrid(np.arange(side), np.arange(side))
    table = np.concatenate([half(across.ravel()), half(down.ravel())], 1)
    return np.concatenate([np.zeros((1, columns)), table])


def _as_bfloat16(values: Array) -> Array:
    bits = values.astype(np.float32).view(np.uint32)
    return ((bits + 0x8000) & np.uint32(0xFFFF0000)).view(np.float32)


@pytest.mark.parametrize("make", [_whisper, _interleaved])
@pytest.mark.parametrize(("rows", "columns"), [(1500, 1280), (448, 384), (16, 8), (64, 32)])
@pytest.mark.parametrize("store", [np.float32, np.float16, _as_bfloat16])
def test_sinusoids_are_known_by_value(make: Any, rows: int, columns: int, store: Any) -> None:
    assert looks_fixed(store(make(rows, columns)))


def test_a_sinusoid_may_be_stored_with_leading_axes_and_start_anywhere() -> None:
    assert looks_fixed(_whisper(40, 32)[None])
    assert looks_fixed(_interleaved(40, 32)[2:])


@pytest.mark.parametrize("store", [np.float32, np.float16, _as_bfloat16])
@pytest.mark.parametrize(("side", "columns"), [(14, 768), (16, 1024), (4, 16), (24, 1152)])
def test_positions_on_a_grid_are_known_by_value(side: int, columns: int, store: Any) -> None:
    table = store(_grid(side, columns))
    assert looks_fixed(table)
    assert looks_fixed(table[1:])
    rng = np.random.default_rng(0)
    assert not looks_fixed(table + 0.2 * rng.normal(size=table.shape).astype(table.dtype))


def test_constants_and_rotary_frequencies_are_fixed() -> None:
    assert looks_fixed(np.ones(7))
    assert looks_fixed(np.zeros((3, 4)))
    assert looks_fixed(10000.0 ** (-np.arange(0, 64, 2) / 64))
    assert looks_fixed((500000.0 ** (-np.arange(0, 128, 2) / 128)).astype(np.float32))


def test_trained_and_random_values_are_not_fixed() -> None:
    rng = np.random.default_rng(0)
    assert not looks_fixed(rng.normal(size=(64, 32)))
    assert not looks_fixed(rng.uniform(-1, 1, size=(64, 32)))
    assert not looks_fixed(1 + 0.01 * rng.normal(size=256))
    assert not looks_fixed(np.sort(rng.uniform(0.1, 1, 64))[::-1])
    unit = rng.normal(size=(64, 16, 2))
    unit /= np.linalg.norm(unit, axis=-1, keepdims=True)
    assert not looks_fixed(np.concatenate([unit[..., 0], unit[..., 1]], 1))


def test_a_sinusoid_that_was_trained_on_is_no_longer_fixed() -> None:
    rng = np.random.default_rng(0)
    assert not looks_fixed(_whisper(64, 32) + 0.1 * rng.normal(size=(64, 32)))


@pytest.mark.parametrize(
    "values",
    [np.zeros(0), np.array([np.nan, np.nan]), np.array([np.inf, 1.0]), np.array([1.0, 2.0])],
)
def test_nothing_and_what_is_not_finite_is_not_fixed(values: Array) -> None:
    assert not looks_fixed(values)


def test_fixed_tables_are_known_by_name() -> None:
    assert fixed_kind("inv_freq") == "rotary.inv_freq"
    assert fixed_kind("num_batches_tracked") == "counter"
    assert fixed_kind("forward_basis_buffer") == "fourier_basis"
    assert fixed_kind("weight") is None
    assert fixed_kind("bias") is None
