"""The difference of two matrices: its rank beyond rounding, how white it is, who bears the step.

The module knows two arrays and how finely their format rounds, never what they are for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from dokja.numerics.retention import jackknife_limits

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SmallChange", "Step", "carried_share", "small_change", "spacing"]

Matrix = NDArray[np.float64]

_MARGIN: Final = 1.2
_TAIL: Final = 1.5
_PRODUCT: Final = 2.0**-8
"""Relative rounding of a product that was itself computed in sixteen bits."""


@dataclass(frozen=True, slots=True)
class Step:
    """Sums of a difference, in units of the reference's squares."""

    square: float
    """Sum of the squares of subject minus reference."""
    on_reference: float
    """Sum of the products of the reference and subject minus reference."""


@dataclass(frozen=True, slots=True)
class SmallChange:
    """What lies between two matrices.

    Parameters
    ----------
    relative
        Norm of the difference over the norm of the reference.
    rank
        Singular values of the difference above what rounding can make.
    limit
        The largest rank that could have been seen.
    is_low
        Whether the rank is at most half of that and rounding explains all that lies beyond it.
    rounding_share
        Squares that rounding makes, of the squares of the difference; at most 1.
    white_ratio
        Largest singular value over the edge of noise of the same size.
    step
        Sums that tell which of the two bears the difference.
    """

    relative: float
    rank: int
    limit: int
    is_low: bool
    rounding_share: float
    white_ratio: float
    step: Step


def spacing(values: NDArray[np.floating], mantissa_bits: int, least: float = 0.0) -> Matrix:
    """Distance from each value to the next one that a number format can hold.

    Parameters
    ----------
    values
        Finite.
    mantissa_bits
        Bits behind the leading one, such as 7 for bfloat16 and 10 for float16.
    least
        Distance of the smallest numbers of the format.

    Returns
    -------
    NDArray[float64]
        The same shape.

    Examples
    --------
    >>> spacing(np.array([1.0, 3.0]), 7).tolist()
    [0.0078125, 0.015625]
    """
    _, exponent = np.frexp(np.asarray(values, dtype=np.float64))
    return np.asarray(np.maximum(np.ldexp(1.0, exponent - 1 - mantissa_bits), least))


def small_change(subject: Matrix, reference: Matrix, step: Matrix) -> SmallChange | None:
    """Measure the difference of two matrices.

    Parameters
    ----------
    subject, reference
        Shape ``(m, n)``, finite; some rows of larger matrices will do.
    step
        Of the same shape: the distance of neighbouring numbers in the coarser format.

    Returns
    -------
    SmallChange or None
        None where nothing differs, or the reference is zero.

    Notes
    -----
    A measure and no test. Rounding a sum to the nearest number adds an error that is uniform over
    one step, so independent of its neighbours, with a variance of ``step**2 / 12``. The spectral
    norm of such errors stays below the sum of the largest root of a row's and of a column's summed
    variances, up to a small factor [1]_; singular values above it (times 1.2) belong to the change
    itself, and the rank of the change is at least their number (Weyl). It is said to be low only
    where what lies beyond them is no more than rounding makes. A sample of rows has the rank of
    the whole, or all of its own.

    Cost: one Gram matrix of the smaller side, ``O(m n min(m, n))``; bounded where `m` is.

    References
    ----------
    .. [1] A. S. Bandeira and R. van Handel, "Sharp nonasymptotic bounds on the norm of random
       matrices with independent entries", Ann. Probab. 44(4), 2016. arXiv:1408.6185
    """
    difference = subject - reference
    square, own = float(np.sum(difference**2)), float(np.sum(reference**2))
    if square <= 0.0 or own <= 0.0:
        return None
    variance = (step**2 + (_PRODUCT * difference) ** 2) / 12.0
    gram = difference @ difference.T if difference.shape[0] <= difference.shape[1] else (
        difference.T @ difference
    )  # fmt: skip
    squares = np.maximum(np.linalg.eigvalsh(gram)[::-1], 0.0)
    edge = math.sqrt(variance.sum(axis=1).max()) + math.sqrt(variance.sum(axis=0).max())
    rank = int(np.count_nonzero(squares > (_MARGIN * edge) ** 2))
    beyond, rounding = float(squares[rank:].sum()), float(variance.sum())
    limit = min(difference.shape)
    noise = math.sqrt(square / difference.size) * sum(math.sqrt(n) for n in difference.shape)
    return SmallChange(
        relative=math.sqrt(square / own),
        rank=rank,
        limit=limit,
        is_low=0 < rank <= limit // 2 and beyond <= _TAIL * rounding,
        rounding_share=min(1.0, rounding / square),
        white_ratio=math.sqrt(float(squares[0])) / noise,
        step=Step(square / own, float(np.sum(reference * difference)) / own),
    )


def carried_share(steps: Sequence[Step]) -> tuple[float, float | None, float | None] | None:
    """Say which of two bears the step between them.

    Parameters
    ----------
    steps
        One for each matrix.

    Returns
    -------
    tuple or None
        The share of the step's squares that the reference bears, with 95 % limits by jackknife
        over matrices; None without a step.

    Notes
    -----
    If the subject is the reference plus something independent of it, the reference has nothing of
    the difference in it (0); the other way about it has all of it with the sign turned (1); of two
    siblings that went equally far each has half. Weight decay, or a scale, breaks the premise, and
    takes the share out of the range from 0 to 1.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> a, d = rng.normal(size=(2, 200, 200))
    >>> one = Step(float(np.sum(d * d)), float(np.sum(a * d)))
    >>> abs(carried_share([one])[0]) < 0.02
    True
    """
    total = sum(step.square for step in steps)
    product = sum(step.on_reference for step in steps)
    if total <= 0.0:
        return None
    value = -product / total
    without = [
        -(product - step.on_reference) / (total - step.square)
        for step in steps
        if total > step.square
    ]
    limits = jackknife_limits(value, without) if len(without) == len(steps) else None
    return (value, *(limits if limits is not None else (None, None)))
