"""Moments of two tensors in one pass over their bits: sums, centred products, equal values.

The module knows numbers and the bits they are stored in, never what a tensor is for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dokja.numerics.moment_kernels import MAX_FINITE, N_STATE, SLICE, add_doubles, add_slices

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MAX_FINITE", "SLICE", "Accumulator", "Moments", "moments", "pooled"]

Array = NDArray[Any]

_SAFE = 1e-280


@dataclass(frozen=True, slots=True)
class Moments:
    """Totals of paired values ``a`` and ``b``, from which every measure of the pair follows.

    Pairs of which either value is not finite are counted in `n_nonfinite` and left out of
    everything else. Measures that are undefined are None, never NaN.

    Parameters
    ----------
    n
        Number of pairs of finite values.
    mean_a, mean_b
        Means; 0 where `n` is 0.
    centred_aa, centred_bb, centred_ab
        Sums of squares and of products of the deviations from the means.
    sum_dd
        Sum of ``(a - b) ** 2``.
    max_abs_difference
        Largest ``|a - b|``; 0 where `n` is 0.
    n_equal
        Number of pairs of equal values.
    n_nonfinite
        Number of pairs with NaN, infinity or a magnitude beyond `MAX_FINITE`.

    Notes
    -----
    Kept about the means, not about zero, so that a vector of ones with a little noise keeps all
    digits of its correlation, and a constant vector has a variance of exactly zero.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.array([1.0, 2.0, 3.0], np.float32)
    >>> moments(a, a).pearson
    1.0
    >>> moments(a, np.ones(3, np.float32)).pearson is None
    True
    """

    n: int = 0
    mean_a: float = 0.0
    mean_b: float = 0.0
    centred_aa: float = 0.0
    centred_bb: float = 0.0
    centred_ab: float = 0.0
    sum_dd: float = 0.0
    max_abs_difference: float = 0.0
    n_equal: int = 0
    n_nonfinite: int = 0

    @property
    def sum_a(self) -> float:
        """Sum of a."""
        return self.n * self.mean_a

    @property
    def sum_b(self) -> float:
        """Sum of b."""
        return self.n * self.mean_b

    @property
    def sum_aa(self) -> float:
        """Sum of the squares of a."""
        return self.centred_aa + self.n * self.mean_a**2

    @property
    def sum_bb(self) -> float:
        """Sum of the squares of b."""
        return self.centred_bb + self.n * self.mean_b**2

    @property
    def sum_ab(self) -> float:
        """Sum of the products."""
        return self.centred_ab + self.n * self.mean_a * self.mean_b

    @property
    def variance_a(self) -> float | None:
        """Mean square deviation of a; exactly 0 where all values are equal."""
        return self.centred_aa / self.n if self.n else None

    @property
    def variance_b(self) -> float | None:
        """Mean square deviation of b; exactly 0 where all values are equal."""
        return self.centred_bb / self.n if self.n else None

    @property
    def cosine(self) -> float | None:
        """Cosine of the two vectors; None where one of them is zero."""
        return _ratio(self.sum_ab, self.sum_aa, self.sum_bb)

    @property
    def pearson(self) -> float | None:
        """Correlation; None where one of the vectors is constant."""
        return _ratio(self.centred_ab, self.centred_aa, self.centred_bb)

    @property
    def slope(self) -> float | None:
        """Centred slope of b on a; None where a is constant."""
        return _quotient(self.centred_ab, self.centred_aa)

    @property
    def reverse_slope(self) -> float | None:
        """Centred slope of a on b; None where b is constant."""
        return _quotient(self.centred_ab, self.centred_bb)

    @property
    def relative_residual(self) -> float | None:
        """Norm of the difference over the norm of a; None where a is zero."""
        square = _quotient(self.sum_dd, self.sum_aa)
        return None if square is None else math.sqrt(square)

    @property
    def equal_share(self) -> float | None:
        """Share of equal values among the finite pairs; None where there are none."""
        return self.n_equal / self.n if self.n else None

    def swapped(self) -> Moments:
        """Return the moments of ``b`` and ``a``.

        Returns
        -------
        Moments
            The same totals with the two vectors exchanged.
        """
        return Moments(
            self.n, self.mean_b, self.mean_a,
            self.centred_bb, self.centred_aa, self.centred_ab,
            self.sum_dd, self.max_abs_difference, self.n_equal, self.n_nonfinite,
        )  # fmt: skip

    def __add__(self, other: Moments) -> Moments:
        """Moments of both sets of pairs together."""
        if not isinstance(other, Moments):
            return NotImplemented
        n = self.n + other.n
        share = other.n / n if n else 0.0
        step_a, step_b = other.mean_a - self.mean_a, other.mean_b - self.mean_b
        weight = self.n * share
        return Moments(
            n,
            self.mean_a + step_a * share,
            self.mean_b + step_b * share,
            self.centred_aa + other.centred_aa + step_a * step_a * weight,
            self.centred_bb + other.centred_bb + step_b * step_b * weight,
            self.centred_ab + other.centred_ab + step_a * step_b * weight,
            self.sum_dd + other.sum_dd,
            max(self.max_abs_difference, other.max_abs_difference),
            self.n_equal + other.n_equal,
            self.n_nonfinite + other.n_nonfinite,
        )


def pooled(parts: Iterable[Moments]) -> Moments:
    """Merge moments, in the order given.

    Parameters
    ----------
    parts
        Moments of disjoint sets of pairs.

    Returns
    -------
    Moments
        Moments of all pairs together; ``Moments()`` if there are no parts.

    Notes
    -----
    Another order changes the last digits only (float64), but it does change them: merge in an
    order that depends on the data alone.
    """
    return reduce(Moments.__add__, parts, Moments())


def _quotient(numerator: float, denominator: float) -> float | None:
    if denominator <= 0.0:
        return None
    value = numerator / denominator
    return value if math.isfinite(value) else None


def _ratio(product: float, square_a: float, square_b: float) -> float | None:
    if square_a <= 0.0 or square_b <= 0.0:
        return None
    both = square_a * square_b
    # The root of a square is exact, so equal vectors give exactly 1; but the product of the
    # squares may leave the range of float64.
    norm = (
        math.sqrt(both) if _SAFE < both < 1 / _SAFE else math.sqrt(square_a) * math.sqrt(square_b)
    )
    return min(1.0, max(-1.0, product / norm)) if norm else None


class Accumulator:
    """Adds up the moments of two streams of values, block by block.

    The result is the same however the streams are cut, to the last bit, as long as every block
    but the last holds a multiple of `SLICE` elements.

    Examples
    --------
    >>> import numpy as np
    >>> total = Accumulator()
    >>> total.add(np.ones(2, np.float32), np.array([1.0, 2.0]))
    >>> total.moments().n_equal
    1
    """

    __slots__ = ("_state",)

    def __init__(self) -> None:
        self._state = np.zeros(N_STATE, dtype=np.float64)

    def add(self, a: Array, b: Array) -> None:
        """Add one block of each stream.

        Parameters
        ----------
        a, b
            One-dimensional, contiguous, equally long. float16, float32 and float64 hold values;
            uint16 holds the bits of bfloat16 numbers.

        Raises
        ------
        ValueError
            If the blocks do not fit each other.
        TypeError
            If their dtype is none of the four.
        """
        if a.ndim != 1 or a.shape != b.shape:
            raise ValueError(f"blocks of shapes {a.shape} and {b.shape}")
        x, y = _bits(a), _bits(b)
        if x.dtype != y.dtype:
            x, y = _alike(x, y)
        (add_doubles if x.dtype == np.float64 else add_slices)(x, y, self._state)

    def moments(self) -> Moments:
        """Return the moments of everything added so far.

        Returns
        -------
        Moments
            The totals.
        """
        n, *totals, largest, n_equal, n_nonfinite = (float(value) for value in self._state)
        mean_a, mean_b, aa, bb, ab, dd = totals
        return Moments(
            int(n), mean_a, mean_b, aa, bb, ab, dd, largest, int(n_equal), int(n_nonfinite)
        )


def moments(a: Array, b: Array) -> Moments:
    """Moments of two arrays in one pass.

    Parameters
    ----------
    a, b
        Equally many values in any, but the same, shape. float16, float32 and float64 hold
        values; uint16 holds the bits of bfloat16 numbers. The two may differ in dtype.

    Returns
    -------
    Moments
        The totals.

    Raises
    ------
    ValueError
        If the shapes differ.
    TypeError
        If a dtype is none of the four.

    Notes
    -----
    No null hypothesis: these are measures. Invariant under permuting both arrays alike, up to
    rounding. Cost: ``O(n)``, one read of each array, no copy where both have the same dtype.

    Sums run in float32 within slices of `SLICE` elements and in float64 between them, merged
    about the means [1]_; against float64 throughout the relative error of the second moments is
    about 1e-6. A slice is added again in float64 throughout where float32 would not do: it holds
    a value that is not finite, squares out of the range of float32 (above 1e38, or all tiny), or
    values that lie close together far from zero.

    References
    ----------
    .. [1] T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for computing the sample
       variance", Am. Stat. 37(3), 1983. doi:10.1080/00031305.1983.10483115

    Examples
    --------
    >>> import numpy as np
    >>> one = np.array([0x3F80], np.uint16)  # 1.0 as bfloat16
    >>> moments(one, np.array([3.0], np.float32)).max_abs_difference
    2.0
    """
    if a.shape != b.shape:
        raise ValueError(f"arrays of shapes {a.shape} and {b.shape}")
    total = Accumulator()
    total.add(np.ascontiguousarray(a).reshape(-1), np.ascontiguousarray(b).reshape(-1))
    return total.moments()


# uint16 means bfloat16 to callers and kernels alike; float16 reaches the kernels as int16.


def _bits(array: Array) -> Array:
    if array.dtype == np.float16:
        return array.view(np.int16)
    if array.dtype in (np.uint16, np.float32, np.float64):
        return array
    raise TypeError(f"no moments of {array.dtype}; decode to float32 or float64 first")


def _alike(x: Array, y: Array) -> tuple[Array, Array]:
    with np.errstate(invalid="ignore"):  # a signalling NaN is no reason to warn: it is counted
        x, y = _decoded(x), _decoded(y)
        common = np.result_type(x, y)
        return x.astype(common, copy=False), y.astype(common, copy=False)


def _decoded(bits: Array) -> Array:
    if bits.dtype == np.int16:
        return bits.view(np.float16).astype(np.float32)
    if bits.dtype == np.uint16:
        return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)
    return bits
