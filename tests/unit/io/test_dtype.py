from __future__ import annotations

import math

import numpy as np
import pytest

from dokja.io.dtype import DType, decode
from tests.support.writers import bf16

CODES = bytes(range(256))


def _reference(code: int, *, exponent: int, bias: int, kind: str) -> float:
    """Read one eight-bit code as its definition has it, with Python's own numbers."""
    mantissa = 7 - exponent
    sign = -1.0 if code & 0x80 else 1.0
    e = (code & 0x7F) >> mantissa
    m = code & ((1 << mantissa) - 1)
    if kind == "fnuz" and code == 0x80:
        return math.nan
    if kind == "ieee" and e == (1 << exponent) - 1:
        return sign * math.inf if m == 0 else math.nan
    if kind == "fn" and code & 0x7F == 0x7F:
        return math.nan
    if e == 0:
        return sign * m / (1 << mantissa) * 2.0 ** (1 - bias)
    return sign * (1 + m / (1 << mantissa)) * 2.0 ** (e - bias)


@pytest.mark.parametrize(
    ("dtype", "exponent", "bias", "kind"),
    [
        (DType.F8_E4M3, 4, 7, "fn"),
        (DType.F8_E5M2, 5, 15, "ieee"),
        (DType.F8_E4M3FNUZ, 4, 8, "fnuz"),
        (DType.F8_E5M2FNUZ, 5, 16, "fnuz"),
    ],
)
def test_every_eight_bit_code(dtype: DType, exponent: int, bias: int, kind: str) -> None:
    expected = [_reference(c, exponent=exponent, bias=bias, kind=kind) for c in range(256)]
    found = decode(CODES, dtype)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)
    assert np.signbit(found[~np.isnan(found)]).tolist() == [
        math.copysign(1.0, value) < 0 for value in expected if not math.isnan(value)
    ]


def test_every_power_of_two_of_the_scale_format() -> None:
    found = decode(CODES, DType.F8_E8M0)
    assert found[:255].tolist() == [2.0 ** (code - 127) for code in range(255)]
    assert np.isnan(found[255])


def test_landmarks_of_both_eight_bit_formats() -> None:
    assert decode(bytes([0x7E, 0x08, 0x01, 0x80]), DType.F8_E4M3).tolist() == [
        448.0,
        2.0**-6,
        2.0**-9,
        -0.0,
    ]
    assert decode(bytes([0x7B, 0x7C, 0xFC, 0x01]), DType.F8_E5M2).tolist() == [
        57344.0,
        math.inf,
        -math.inf,
        2.0**-16,
    ]


def test_every_bfloat16_code() -> None:
    codes = np.arange(65536, dtype="<u2")
    found = decode(codes.view(np.uint8), DType.BF16)
    expected = (codes.astype("<u4") << 16).view("<f4")
    assert found.view("<u4").tolist() == expected.view("<u4").tolist()


def test_every_half_precision_code() -> None:
    codes = np.arange(65536, dtype="<u2")
    found = decode(codes.view(np.uint8), DType.F16)
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(found, codes.view("<f2").astype(np.float64))
    assert found.dtype == np.float32


@pytest.mark.parametrize(
    ("dtype", "width"),
    [
        (DType.I64, np.float64),
        (DType.I32, np.float64),
        (DType.U64, np.float64),
        (DType.U32, np.float64),
        (DType.I16, np.float32),
        (DType.I8, np.float32),
        (DType.U16, np.float32),
        (DType.U8, np.float32),
    ],
)
def test_integers_keep_their_value_at_both_ends(dtype: DType, width: type) -> None:
    native = np.dtype(("i" if dtype.value[0] == "I" else "u") + str(dtype.itemsize))
    limits = np.iinfo(native)
    values = np.array([limits.min, 0, 1, limits.max], native.newbyteorder("<"))
    found = decode(values.tobytes(), dtype)
    assert found.dtype == width
    assert found.tolist() == [float(limits.min), 0.0, 1.0, float(limits.max)]


def test_floats_share_memory_and_truth_values_are_zero_or_one() -> None:
    raw = np.array([1.5, -2.0], "<f4").view(np.uint8)
    assert np.shares_memory(decode(raw, DType.F32), raw)
    wide = np.array([1.5, np.inf], "<f8").view(np.uint8)
    assert decode(wide, DType.F64).tolist() == [1.5, math.inf]
    assert decode(bytes([0, 1, 2, 255]), DType.BOOL).tolist() == [0.0, 1.0, 1.0, 1.0]


def test_values_are_aligned_wherever_the_bytes_lie() -> None:
    memory = np.zeros(17, np.uint8)
    memory[1:9] = np.array([1.0, 2.0], "<f4").view(np.uint8)
    found = decode(memory[1:9], DType.F32)
    assert found.flags.aligned
    assert found.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("dtype", DType)
def test_nothing_decodes_to_nothing(dtype: DType) -> None:
    for raw in (b"", memoryview(b""), np.empty(0, np.uint8)):
        assert decode(raw, dtype).shape == (0,)


@pytest.mark.parametrize("dtype", [d for d in DType if d.itemsize > 1])
def test_part_of_an_element_is_refused(dtype: DType) -> None:
    with pytest.raises(ValueError, match="not a whole number"):
        decode(bytes(dtype.itemsize + 1), dtype)


def test_floating_formats_are_told_from_others() -> None:
    assert {d.value for d in DType if not d.is_float} == {
        "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8", "BOOL",
    }  # fmt: skip


def test_bf16_builder_rounds_to_nearest_even() -> None:
    values = np.array([1.0, 1.00390625, 1.01171875, np.nan, np.inf, -3e38], np.float32)
    found = decode(bf16(values).data, DType.BF16)
    np.testing.assert_array_equal(found[:3], [1.0, 1.0, 1.015625])
    assert np.isnan(found[3])
    assert found[4] == np.inf
