"""Number formats of tensors, and how their bytes become numbers.

The module knows bytes and numbers, never files, names or shapes.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["DType", "decode"]

Float = TypeVar("Float", np.float32, np.float64)
Decoded = NDArray[np.float32] | NDArray[np.float64]


class DType(StrEnum):
    """A number format, spelt as safetensors spells it."""

    F64 = "F64"
    F32 = "F32"
    F16 = "F16"
    BF16 = "BF16"
    F8_E4M3 = "F8_E4M3"
    F8_E5M2 = "F8_E5M2"
    F8_E4M3FNUZ = "F8_E4M3FNUZ"
    F8_E5M2FNUZ = "F8_E5M2FNUZ"
    F8_E8M0 = "F8_E8M0"
    I64 = "I64"
    I32 = "I32"
    I16 = "I16"
    I8 = "I8"
    U64 = "U64"
    U32 = "U32"
    U16 = "U16"
    U8 = "U8"
    BOOL = "BOOL"

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return _ITEMSIZE[self]

    @property
    def is_float(self) -> bool:
        """Whether elements are floating-point numbers."""
        return self.value.startswith(("F", "BF"))


_ITEMSIZE = {
    DType.F64: 8,
    DType.F32: 4,
    DType.F16: 2,
    DType.BF16: 2,
    DType.F8_E4M3: 1,
    DType.F8_E5M2: 1,
    DType.F8_E4M3FNUZ: 1,
    DType.F8_E5M2FNUZ: 1,
    DType.F8_E8M0: 1,
    DType.I64: 8,
    DType.I32: 4,
    DType.I16: 2,
    DType.I8: 1,
    DType.U64: 8,
    DType.U32: 4,
    DType.U16: 2,
    DType.U8: 1,
    DType.BOOL: 1,
}

_NATIVE = {
    DType.F64: "<f8",
    DType.F32: "<f4",
    DType.F16: "<f2",
    DType.I64: "<i8",
    DType.I32: "<i4",
    DType.I16: "<i2",
    DType.I8: "<i1",
    DType.U64: "<u8",
    DType.U32: "<u4",
    DType.U16: "<u2",
    DType.U8: "<u1",
}

_WIDE = frozenset({DType.F64, DType.I64, DType.I32, DType.U64, DType.U32})
"""Formats whose values float32 cannot hold."""


def decode(raw: NDArray[np.uint8] | memoryview | bytes, dtype: DType) -> Decoded:
    """Turn the bytes of consecutive elements into floating-point numbers.

    Parameters
    ----------
    raw
        Contiguous bytes, little-endian, a whole number of elements.
    dtype
        Format of the elements.

    Returns
    -------
    ndarray of float32 or float64
        Shape ``(n_elements,)``. float64 for ``F64`` and for integers of 32 and 64 bits, float32
        for all else; exact but for integers beyond 2**53. The values of ``F32`` and ``F64`` share
        the memory of `raw` where the machine can read it as it lies.

    Raises
    ------
    ValueError
        If `raw` ends within an element.

    Examples
    --------
    >>> decode(bytes([0x80, 0x3F, 0x00, 0xC0]), DType.BF16)
    array([ 1., -2.], dtype=float32)
    >>> decode(bytes([0x38, 0x7E, 0xFF]), DType.F8_E4M3)
    array([  1., 448.,  nan], dtype=float32)
    """
    flat = np.frombuffer(raw, dtype=np.uint8) if len(raw) else np.empty(0, np.uint8)
    if flat.size % dtype.itemsize:
        raise ValueError(f"{flat.size} bytes are not a whole number of {dtype} elements")
    if dtype is DType.BF16:
        widened = flat.view("<u2").astype(np.uint32) << np.uint32(16)
        values: NDArray[np.float32] = widened.view(np.float32)
        return values
    if dtype is DType.BOOL:
        return np.not_equal(flat, 0).astype(np.float32)
    if dtype not in _NATIVE:
        looked_up: NDArray[np.float32] = _table(dtype)[flat]
        return looked_up
    given = flat.view(_NATIVE[dtype])
    # Widening a signalling NaN sets the invalid flag, which is not news about a weight.
    with np.errstate(invalid="ignore"):
        if dtype in _WIDE:
            return _aligned(given.astype(np.float64, copy=False))
        return _aligned(given.astype(np.float32, copy=False))


def _aligned(values: NDArray[Float]) -> NDArray[Float]:
    return values if values.flags.aligned else values.copy()


@cache
def _table(dtype: DType) -> NDArray[np.float32]:
    """Return the value of each of the 256 codes of an eight-bit format."""
    codes = np.arange(256)
    if dtype is DType.F8_E8M0:
        table: NDArray[np.float32] = np.ldexp(
            np.ones(256, np.float32), np.minimum(codes, 254) - 127
        )
        table[255] = np.nan
        return table
    n_mantissa = 3 if "E4M3" in dtype else 2
    is_unsigned_zero = dtype.endswith("FNUZ")
    bias = (7 if n_mantissa == 3 else 15) + is_unsigned_zero
    mantissa = codes & ((1 << n_mantissa) - 1)
    exponent = (codes & 0x7F) >> n_mantissa
    normal = exponent > 0
    significand = mantissa + np.where(normal, 1 << n_mantissa, 0)
    power = np.maximum(exponent, 1) - bias - n_mantissa
    table = np.ldexp(significand.astype(np.float32), power)
    table = np.where(codes >= 128, -table, table)
    return _with_specials(table, dtype)


def _with_specials(table: NDArray[np.float32], dtype: DType) -> NDArray[np.float32]:
    if dtype is DType.F8_E4M3:
        table[[0x7F, 0xFF]] = np.nan
    elif dtype is DType.F8_E5M2:
        table[[0x7C, 0xFC]] = np.inf, -np.inf
        table[[0x7D, 0x7E, 0x7F, 0xFD, 0xFE, 0xFF]] = np.nan
    else:
        table[0x80] = np.nan
    return table
