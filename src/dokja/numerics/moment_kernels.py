"""Kernels that add up the moments of two tensors, compiled on first use.

The module knows loops over numbers and their bits, never what a total is good for.

One loop serves three formats, for the type of an element says how to read it: in this module
uint16 holds the bits of bfloat16 numbers and int16 those of float16 numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numba import types
from numba.extending import overload
from numpy.typing import NDArray

from dokja.numerics.jit import kernel

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MAX_FINITE", "N_STATE", "SLICE", "add_doubles", "add_slices"]

SLICE: Final = 4_096
"""Elements that are added in float32 before their totals go into float64.

Short enough for errors near 1e-7, long enough that the float64 part costs nothing.
"""
MAX_FINITE: Final = 1e145
"""Larger values of float64 tensors count as not finite: the square of one would not fit."""
N_STATE: Final = 10
"""Numbers of a state: n, both means, the centred sums aa, bb and ab, the sum of squared
differences, the largest difference, the number of equal pairs and that of pairs not finite."""

_HUGEST: Final = 3e38
_TINIEST: Final = 1e-24
"""Squares below the range of float32 could matter in a total smaller than this."""
_CANCELLATION: Final = 4.0
"""Slices whose mean square exceeds so many variances are added again in float64."""

Array = NDArray[Any]


def _load(x: np.generic) -> np.float32:
    """Value of an element as float32 (stands for the overload below outside of kernels)."""
    raise NotImplementedError


def _load_float(x: Any) -> np.float32:  # noqa: ANN401
    return x  # type: ignore[no-any-return]


def _load_bfloat16(x: Any) -> np.float32:  # noqa: ANN401
    return np.uint32(np.uint32(x) << np.uint32(16)).view(np.float32)


def _load_float16(x: Any) -> np.float32:  # noqa: ANN401
    # Branchless, so that the loop stays a vector loop; subnormals by one exact subtraction.
    bits = np.uint32(x)
    magnitude = np.uint32(np.uint32(bits & np.uint32(0x7FFF)) << np.uint32(13))
    exponent = np.uint32(magnitude & np.uint32(0x0F800000))
    biased = np.uint32(magnitude + np.uint32(0x38000000))
    special = np.uint32(biased + np.uint32(0x38000000))
    tiny = np.float32(np.uint32(biased + np.uint32(0x00800000)).view(np.float32))
    tiny_bits = np.float32(tiny - np.float32(6.103515625e-05)).view(np.uint32)
    result = special if exponent == np.uint32(0x0F800000) else biased
    result = tiny_bits if exponent == np.uint32(0) else result
    sign = np.uint32(np.uint32(bits & np.uint32(0x8000)) << np.uint32(16))
    return np.uint32(result | sign).view(np.float32)


def _choose_load(x: Any) -> Callable[..., np.float32] | None:  # noqa: ANN401
    if isinstance(x, types.Float):
        return _load_float
    if isinstance(x, types.Integer):
        return _load_float16 if x in types.signed_domain else _load_bfloat16
    return None


overload(_load)(_choose_load)


@kernel
def _float32_totals(a: Array, b: Array) -> tuple[Any, ...]:
    """Sum one slice in float32: a, b, aa, bb, ab, dd, number equal, bits of the largest |d|."""
    sa = sb = saa = sbb = sab = sdd = np.float32(0.0)
    n_equal = np.uint32(0)
    largest = np.uint32(0)
    for i in range(a.size):
        x = np.float32(_load(a[i]))
        y = np.float32(_load(b[i]))
        d = np.float32(x - y)
        # Bits of floats without a sign have the order of the floats; unlike a maximum of floats,
        # one of integers makes a vector loop.
        bits = np.uint32(d.view(np.uint32) & np.uint32(0x7FFFFFFF))
        largest = max(largest, bits)
        n_equal = np.uint32(n_equal + (np.uint32(1) if x == y else np.uint32(0)))
        sa += x
        sb += y
        saa += x * x
        sbb += y * y
        sab += x * y
        sdd += d * d
    return sa, sb, saa, sbb, sab, sdd, n_equal, np.uint32(largest).view(np.float32)


@kernel
def add_slices(a: Array, b: Array, state: Array) -> None:
    """Add blocks of at most 32 bits an element to the state, slice by slice.

    Parameters
    ----------
    a, b
        Blocks of equal length.
    state
        Running totals, changed in place.
    """
    for start in range(0, a.size, SLICE):
        x = a[start : start + SLICE]
        y = b[start : start + SLICE]
        n = float(x.size)
        sa, sb, saa, sbb, sab, sdd, n_equal, largest = _float32_totals(x, y)
        mean_a = float(sa) / n
        mean_b = float(sb) / n
        aa = float(saa) - float(sa) * mean_a
        bb = float(sbb) - float(sb) * mean_b
        # Comparisons with NaN are false, so whatever is not finite fails one of these.
        if (
            _TINIEST < saa < _HUGEST
            and _TINIEST < sbb < _HUGEST
            and sdd < _HUGEST
            and (sdd > _TINIEST or n_equal == n)
            and aa * _CANCELLATION > saa
            and bb * _CANCELLATION > sbb
        ):
            ab = float(sab) - float(sa) * mean_b
            _merge(state, n, mean_a, mean_b, aa, bb, ab, float(sdd), float(largest))
            state[8] += n_equal
        else:
            u = np.empty(x.size, np.float64)
            v = np.empty(x.size, np.float64)
            for i in range(x.size):
                u[i] = _load(x[i])
                v[i] = _load(y[i])
            _add_exactly(u, v, state)


@kernel
def add_doubles(a: Array, b: Array, state: Array) -> None:
    """Add float64 blocks to the state, slice by slice.

    Parameters
    ----------
    a, b
        Blocks of equal length.
    state
        Running totals, changed in place.
    """
    for start in range(0, a.size, SLICE):
        _add_exactly(a[start : start + SLICE], b[start : start + SLICE], state)


@kernel
def _add_exactly(a: Array, b: Array, state: Array) -> None:
    """Add one float64 slice, about its first values, leaving out what is not finite."""
    first = 0
    while first < a.size and not (abs(a[first]) <= MAX_FINITE and abs(b[first]) <= MAX_FINITE):
        first += 1
    state[9] += first
    if first == a.size:
        return
    shift_a, shift_b = a[first], b[first]
    sa = sb = saa = sbb = sab = sdd = largest = 0.0
    n = n_equal = 0
    for i in range(first, a.size):
        if not (abs(a[i]) <= MAX_FINITE and abs(b[i]) <= MAX_FINITE):
            continue
        x = a[i] - shift_a
        y = b[i] - shift_b
        d = a[i] - b[i]
        n += 1
        n_equal += a[i] == b[i]
        largest = max(largest, abs(d))
        sa += x
        sb += y
        saa += x * x
        sbb += y * y
        sab += x * y
        sdd += d * d
    state[8] += n_equal
    state[9] += a.size - first - n
    aa = max(saa - sa * sa / n, 0.0)
    bb = max(sbb - sb * sb / n, 0.0)
    ab = sab - sa * sb / n
    _merge(state, float(n), shift_a + sa / n, shift_b + sb / n, aa, bb, ab, sdd, largest)


@kernel
def _merge(  # noqa: PLR0917 - kernels take no keywords
    state: Array,
    n: float,
    mean_a: float,
    mean_b: float,
    aa: float,
    bb: float,
    ab: float,
    dd: float,
    largest: float,
) -> None:
    """Merge one slice into the state: n, means, centred sums, dd, largest, n_equal, n_nonfinite."""
    total = state[0] + n
    share = n / total
    step_a = mean_a - state[1]
    step_b = mean_b - state[2]
    weight = state[0] * share
    state[0] = total
    state[1] += step_a * share
    state[2] += step_b * share
    state[3] += aa + step_a * step_a * weight
    state[4] += bb + step_b * step_b * weight
    state[5] += ab + step_a * step_b * weight
    state[6] += dd
    state[7] = max(state[7], largest)
