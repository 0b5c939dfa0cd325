"""How far weights moved from one checkpoint to the next, in one look at every value.

The module knows loops over numbers; it knows no optimiser and judges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numba import types
from numba.extending import overload
from numpy.typing import NDArray

from dokja.numerics.jit import kernel

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["N_TOTALS", "SLICE", "Movement", "add_movement", "new_totals"]

SLICE: Final = 4_096
"""Values that are added in float32 before their totals go into float64."""
N_TOTALS: Final = 7
"""Numbers of a total: n, sums of b, bb, zb and dd, the largest excess, and values not finite."""

_HUGEST: Final = 3e38

Array = NDArray[Any]


def _value(x: np.generic) -> np.float32:
    """Value of an element as float32 (stands for the overload below outside of kernels)."""
    raise NotImplementedError


def _float_value(x: Any) -> np.float32:  # noqa: ANN401
    return x  # type: ignore[no-any-return]


def _bfloat16_value(x: Any) -> np.float32:  # noqa: ANN401
    return np.uint32(np.uint32(x) << np.uint32(16)).view(np.float32)


def _choose_value(x: Any) -> Callable[..., np.float32] | None:  # noqa: ANN401
    return _float_value if isinstance(x, types.Float) else _bfloat16_value


overload(_value)(_choose_value)


@kernel
def _slice_totals(a: Array, b: Array, z: Array, give: np.float32) -> tuple[Any, ...]:
    """Sum one slice in float32: b, bb, zb, dd and the largest excess."""
    sb = sbb = szb = sdd = np.float32(0.0)
    largest = np.int32(0)
    rest = np.float32(np.float32(1.0) - give)
    for i in range(a.size):
        x = np.float32(_value(a[i]))
        y = np.float32(_value(b[i]))
        w = np.float32(_value(z[i]))
        d = np.float32(y - x)
        change = np.uint32(d.view(np.uint32) & np.uint32(0x7FFFFFFF)).view(np.float32)
        size = np.uint32(y.view(np.uint32) & np.uint32(0x7FFFFFFF)).view(np.float32)
        over = np.float32(change * rest - give * size)
        # As whole numbers with a sign, bits have the order of the floats they stand for above
        # nought; unlike a maximum of floats, one of integers makes a vector loop.
        largest = max(largest, over.view(np.int32))
        sb += y
        sbb += y * y
        szb += w * y
        sdd += d * d
    return sb, sbb, szb, sdd, np.uint32(largest).view(np.float32)


@kernel
def add_movement(a: Array, b: Array, z: Array, give: float, totals: Array) -> None:
    """Add blocks of three checkpoints to the totals of the second.

    Parameters
    ----------
    a, b, z
        Equally long blocks of the checkpoint before, of this one and of the first; float32, or
        uint16 with the bits of bfloat16 numbers.
    give
        Part of a value that its difference may have besides.
    totals
        Running totals, changed in place; see `N_TOTALS`.

    Notes
    -----
    The excess of a difference d of values x and y is |d| − give · max(|x|, |y|). Since the larger
    of the two is at most |y| + |d|, what is kept is (1 − give) |d| − give · |y|: never more than
    the excess, and hardly less.
    """
    for start in range(0, a.size, SLICE):
        x = a[start : start + SLICE]
        y = b[start : start + SLICE]
        w = z[start : start + SLICE]
        sb, sbb, szb, sdd, over = _slice_totals(x, y, w, np.float32(give))
        # Comparisons with NaN are false, so whatever is not finite fails one of these.
        if sbb < _HUGEST and sdd < _HUGEST and abs(szb) < _HUGEST:
            totals[0] += x.size
            totals[1] += sb
            totals[2] += sbb
            totals[3] += szb
            totals[4] += sdd
            totals[5] = max(totals[5], float(over))
        else:
            _add_finite(x, y, w, give, totals)


@kernel
def _add_finite(a: Array, b: Array, z: Array, give: float, totals: Array) -> None:
    for i in range(a.size):
        x = float(_value(a[i]))
        y = float(_value(b[i]))
        w = float(_value(z[i]))
        if not (abs(x) < _HUGEST and abs(y) < _HUGEST and abs(w) < _HUGEST):
            totals[6] += 1
            continue
        d = y - x
        totals[0] += 1
        totals[1] += y
        totals[2] += y * y
        totals[3] += w * y
        totals[4] += d * d
        totals[5] = max(totals[5], (1.0 - give) * abs(d) - give * abs(y))


def new_totals(n_checkpoints: int) -> NDArray[np.float64]:
    """Return empty totals, one row a checkpoint.

    Parameters
    ----------
    n_checkpoints
        Number of rows.

    Returns
    -------
    NDArray[float64]
        Zeros of shape ``(n_checkpoints, N_TOTALS)``.
    """
    return np.zeros((n_checkpoints, N_TOTALS))


@dataclass(frozen=True, slots=True)
class Movement:
    """A tensor over a whole run, from its totals.

    Parameters
    ----------
    totals
        Rows of `add_movement`, one a checkpoint; that of the first was made of itself thrice.

    Notes
    -----
    No null hypothesis: these are measures. Invariant under permuting the values of all
    checkpoints alike. Cost: one look at every value of every checkpoint, float32 within slices of
    `SLICE` and float64 between them; relative errors near 1e-6.

    Examples
    --------
    >>> import numpy as np
    >>> run, z = new_totals(2), np.array([1.0, -1.0], np.float32)
    >>> add_movement(z, z, z, 0.0, run[0])
    >>> add_movement(z, 2 * z, z, 0.0, run[1])
    >>> Movement(run).kept(0, 1)
    2.0
    """

    totals: NDArray[np.float64]

    @property
    def n(self) -> int:
        """Number of values that are finite in all checkpoints that were laid side by side."""
        return int(self.totals[:, 0].min()) if self.totals.size else 0

    @property
    def n_nonfinite(self) -> int:
        """Largest number of values of a checkpoint that were left out."""
        return int(self.totals[:, 6].max()) if self.totals.size else 0

    def square(self, k: int) -> float:
        """Return the sum of squares of a checkpoint.

        Parameters
        ----------
        k
            Number of the checkpoint.

        Returns
        -------
        float
            At least 0.
        """
        return float(self.totals[k, 2])

    def variance(self, k: int) -> float:
        """Return the mean square deviation of a checkpoint.

        Parameters
        ----------
        k
            Number of the checkpoint.

        Returns
        -------
        float
            0 for a constant, but for rounding.
        """
        n, total, square = self.totals[k, :3]
        return max(float(square / n - (total / n) ** 2), 0.0) if n else 0.0

    def change(self, k: int) -> float:
        """Return the sum of squared differences to the checkpoint before.

        Parameters
        ----------
        k
            Number of the later checkpoint.

        Returns
        -------
        float
            0 if nothing moved.
        """
        return float(self.totals[k, 4])

    def excess(self, k: int) -> float:
        """Return the largest difference to the checkpoint before, less what was given.

        Parameters
        ----------
        k
            Number of the later checkpoint.

        Returns
        -------
        float
            At least 0.
        """
        return float(self.totals[k, 5])

    def kept(self, j: int, k: int) -> float | None:
        """Return the centred slope of a checkpoint on the one before, or on the first.

        Parameters
        ----------
        j
            ``0``, or ``k - 1``.
        k
            Number of the later checkpoint.

        Returns
        -------
        float or None
            None where the earlier one is constant.

        Raises
        ------
        ValueError
            If `j` is neither.
        """
        if j not in {0, k - 1}:
            raise ValueError(f"no products of {j} and {k} were taken")
        variance = self.variance(j)
        n, total = self.totals[k, 0], self.totals[k, 1]
        if not n or variance <= 1e-12 * self.square(j) / max(self.totals[j, 0], 1.0):
            return None
        product = self.totals[k, 3] if j == 0 else self._with_last(k)
        covariance = product / n - total / n * self.totals[j, 1] / max(self.totals[j, 0], 1.0)
        return float(covariance / variance)

    def _with_last(self, k: int) -> float:
        """Return the sum of products with the checkpoint before, out of the squares."""
        return float(self.totals[k - 1, 2] + self.totals[k, 2] - self.totals[k, 4]) / 2.0
