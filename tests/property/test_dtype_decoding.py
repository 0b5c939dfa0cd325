"""Decoding keeps values, order and places, whatever the bytes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dokja.io.dtype import DType, decode

RAW = st.binary(max_size=256)


def _whole(raw: bytes, dtype: DType) -> bytes:
    return raw[: len(raw) // dtype.itemsize * dtype.itemsize]


@given(raw=RAW, dtype=st.sampled_from(DType))
def test_every_element_is_decoded_alone(raw: bytes, dtype: DType) -> None:
    raw = _whole(raw, dtype)
    found = decode(raw, dtype)
    size = dtype.itemsize
    alone = [decode(raw[i : i + size], dtype) for i in range(0, len(raw), size)]
    assert found.shape == (len(raw) // size,)
    np.testing.assert_array_equal(found, np.concatenate(alone) if alone else [])


@given(raw=RAW, dtype=st.sampled_from(DType), shift=st.integers(0, 8))
def test_values_do_not_depend_on_where_the_bytes_lie(raw: bytes, dtype: DType, shift: int) -> None:
    raw = _whole(raw, dtype)
    memory = np.zeros(len(raw) + shift, np.uint8)
    memory[shift:] = np.frombuffer(raw, np.uint8)
    for given_as in (raw, memoryview(raw), memory[shift:]):
        found = decode(given_as, dtype)
        assert found.flags.aligned
        assert found.dtype in (np.float32, np.float64)
        np.testing.assert_array_equal(found, decode(raw, dtype))


@given(st.lists(st.floats(width=32), max_size=20))
def test_single_and_double_precision_keep_their_bits(values: list[float]) -> None:
    single = np.array(values, "<f4")
    assert decode(single.tobytes(), DType.F32).tobytes() == single.tobytes()
    double = np.array(values, "<f8")
    assert decode(double.tobytes(), DType.F64).tobytes() == double.tobytes()


@given(st.lists(st.integers(-(2**53), 2**53), max_size=20))
def test_integers_up_to_two_to_the_53_are_exact(values: list[int]) -> None:
    raw = np.array(values, "<i8").tobytes()
    assert [int(value) for value in decode(raw, DType.I64)] == values
