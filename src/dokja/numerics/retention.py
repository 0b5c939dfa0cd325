"""How much of a reference is kept, in its gains and in its matrices: a child or a twin start.

The module knows sums over blocks of tensors; it draws no conclusion from their ratio.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from dokja.numerics.moments import Moments

__all__ = [
    "CentredSums",
    "RatioEstimate",
    "Retention",
    "RetentionBlock",
    "effective_gains",
    "jackknife_limits",
    "log_ratio_spread",
    "retention",
]


@dataclass(frozen=True, slots=True)
class CentredSums:
    """Sums of squares and products of two tensors, each about its own mean.

    Sums of several tensors add; each tensor keeps its own mean, so that a difference between
    tensors never counts as agreement.

    Parameters
    ----------
    subject
        Sum of squares of the subject's values about their mean.
    reference
        The same of the reference.
    cross
        Sum of products of the two.
    """

    subject: float = 0.0
    reference: float = 0.0
    cross: float = 0.0

    @classmethod
    def from_arrays(cls, subject: ArrayLike, reference: ArrayLike) -> Self:
        """Measure two arrays in double precision.

        Parameters
        ----------
        subject, reference
            One shape, finite.

        Returns
        -------
        CentredSums
            All zero where there is no value; an array all of whose values are equal has exactly no
            spread.

        Raises
        ------
        ValueError
            If the shapes differ or a value is not finite.
        """
        a = _centred(subject)
        b = _centred(reference)
        if a.shape != b.shape:
            message = f"the two sides must have one shape, not {a.shape} and {b.shape}"
            raise ValueError(message)
        a, b = a.ravel(), b.ravel()
        return cls(float(a @ a), float(b @ b), float(a @ b))

    @classmethod
    def from_moments(cls, moments: Moments) -> Self:
        """Take over the centred totals of a pass over two tensors.

        Parameters
        ----------
        moments
            With the subject as ``a`` and the reference as ``b``.

        Returns
        -------
        CentredSums
            The same sums under this room's names.
        """
        return cls(moments.centred_aa, moments.centred_bb, moments.centred_ab)

    def __add__(self, other: Self) -> CentredSums:
        """Pool with the sums of other tensors."""
        return CentredSums(
            self.subject + other.subject,
            self.reference + other.reference,
            self.cross + other.cross,
        )

    @property
    def slope(self) -> float | None:
        """Slope of the subject on the reference; None where the reference has no spread."""
        return self.cross / self.reference if self.reference > 0.0 else None

    @property
    def reverse_slope(self) -> float | None:
        """Slope of the reference on the subject; None where the subject has no spread."""
        return self.cross / self.subject if self.subject > 0.0 else None

    @property
    def pearson(self) -> float | None:
        """Correlation; None where one side has no spread."""
        norm = math.sqrt(self.subject) * math.sqrt(self.reference)
        return min(1.0, max(-1.0, self.cross / norm)) if norm > 0.0 else None


@dataclass(frozen=True, slots=True)
class RetentionBlock:
    """Pooled sums of one block, which the jackknife leaves out as a whole.

    Parameters
    ----------
    matrices
        Over the tensors of two or more axes.
    gains
        Over the norm gains.
    effective_gains
        Over the effective gains of the same norms, see `effective_gains`.
    """

    matrices: CentredSums
    gains: CentredSums
    effective_gains: CentredSums = CentredSums()


@dataclass(frozen=True, slots=True)
class RatioEstimate:
    """Slopes in one direction and their ratio rho with 95 % limits; None where undefined."""

    matrix_slope: float | None
    gain_slope: float | None
    ratio: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Retention:
    """What is kept, in both directions.

    Parameters
    ----------
    n_blocks
        Blocks in which both sides' matrices and gains vary.
    forward
        Subject on reference: what share of the reference the subject still bears.
    reverse
        Reference on subject.
    matrix_pearson, gain_pearson, effective_gain_pearson
        Pooled correlations; None where one side does not vary.
    """

    n_blocks: int
    forward: RatioEstimate
    reverse: RatioEstimate
    matrix_pearson: float | None
    gain_pearson: float | None
    effective_gain_pearson: float | None


def retention(blocks: Sequence[RetentionBlock]) -> Retention:
    """Compare how much gains and matrices of a subject keep of a reference.

    Parameters
    ----------
    blocks
        Blocks that may be taken to vary independently, as a rule the layers; attention and MLP of
        a layer, each with its own norm, where there are few layers.

    Returns
    -------
    Retention
        Slopes, their ratio rho = gain slope / matrix slope with jackknife limits, correlations.
        The ratio is None unless the matrix slope is positive; its limits are None with fewer than
        two blocks that vary, or if leaving out a block makes the ratio undefined.

    Notes
    -----
    A measure and no test. Training moves weights away from their start, so the slope on the start
    falls with training, alike in gains and matrices if the whole reference was the start
    (rho near 1). Two models that share only a random start share the start of their matrices, but
    their gains started at the constant 1 and have nothing in common but what training did to both
    (rho well below 1).

    Slopes pool the sums of all tensors of a kind, each tensor about its own mean, hence weigh
    tensors by their spread. Blocks that vary on one side only are left out of slopes and ratio. The
    limits are ``rho -+ t * s`` with the delete-one jackknife's standard error and the quantile of
    Student's distribution with one degree of freedom less than there are blocks [1]_.

    Invariances: relabelling both sides alike; scaling all matrices and all gains of one side by
    one factor leaves rho as it is. Cost: quadratic in the number of blocks, nothing else.

    References
    ----------
    .. [1] R. G. Miller, "The jackknife: a review", Biometrika 61, 1974. doi:10.2307/2334280

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> def child(values):
    ...     return 0.8 * values + 0.1 * rng.normal(size=values.shape)
    >>> blocks = []
    >>> for _ in range(6):
    ...     matrix, gain = rng.normal(size=1000), rng.normal(size=100)
    ...     blocks.append(RetentionBlock(CentredSums.from_arrays(child(matrix), matrix),
    ...                                  CentredSums.from_arrays(child(gain), gain)))
    >>> round(retention(blocks).forward.ratio, 1)
    1.0
    """
    varying = [block for block in blocks if _varies(block.matrices) and _varies(block.gains)]
    effective = _total([block.effective_gains for block in blocks])
    matrices = _total([block.matrices for block in blocks])
    gains = _total([block.gains for block in blocks])
    return Retention(
        n_blocks=len(varying),
        forward=_estimate(varying, matrices, gains, lambda sums: sums.slope),
        reverse=_estimate(varying, matrices, gains, lambda sums: sums.reverse_slope),
        matrix_pearson=matrices.pearson,
        gain_pearson=gains.pearson,
        effective_gain_pearson=effective.pearson,
    )


def effective_gains(gain: ArrayLike, followers: Sequence[ArrayLike]) -> NDArray[np.float64]:
    """Say how much a norm and the matrices behind it let through of each channel together.

    Parameters
    ----------
    gain
        Shape ``(n_channels,)``: what the norm multiplies each channel with.
    followers
        At least one matrix of shape ``(n_rows, n_channels)`` that reads the norm's output.

    Returns
    -------
    NDArray[float64]
        Shape ``(n_channels,)``: the norms of the columns of all followers, multiplied by the gain.

    Raises
    ------
    ValueError
        If the shapes do not fit, or there is no follower.

    Notes
    -----
    Multiplying a gain into the matrices behind it and resetting it to 1 does not change what the
    network computes; it changes the gains beyond recognition and the effective gains not at all.

    Examples
    --------
    >>> effective_gains([2.0, 1.0], [[[3.0, 0.0], [4.0, 1.0]]]).tolist()
    [10.0, 1.0]
    """
    values = np.asarray(gain, dtype=np.float64)
    matrices = [np.asarray(follower, dtype=np.float64) for follower in followers]
    if values.ndim != 1 or not matrices:
        raise ValueError("expected one gain a channel and at least one matrix that follows")
    if any(matrix.ndim != 2 or matrix.shape[1] != len(values) for matrix in matrices):
        shapes = [matrix.shape for matrix in matrices]
        message = f"matrices of shapes {shapes} do not follow {len(values)} channels"
        raise ValueError(message)
    squares = sum(np.einsum("ij,ij->j", matrix, matrix) for matrix in matrices)
    result: NDArray[np.float64] = np.abs(values) * np.sqrt(squares)
    return result


def log_ratio_spread(subject: ArrayLike, reference: ArrayLike) -> float | None:
    """Say how unevenly one side's gains differ from the other's by factors.

    Parameters
    ----------
    subject, reference
        Shape ``(n_channels,)`` each; signs do not count.

    Returns
    -------
    float or None
        Standard deviation of the natural logarithm of subject over reference, over the channels
        where neither is zero; None with fewer than two of these.

    Notes
    -----
    Moving factors from gains into the matrices behind them spreads this for the gains and leaves
    it near zero for the effective gains. Twins that hardly left their start do neither: their
    effective gains differ by as much as their gains.
    """
    a = np.abs(np.asarray(subject, dtype=np.float64))
    b = np.abs(np.asarray(reference, dtype=np.float64))
    kept = (a > 0.0) & (b > 0.0)
    if np.count_nonzero(kept) < 2:
        return None
    return float(np.std(np.log(a[kept] / b[kept])))


def jackknife_limits(
    estimate: float, leave_one_out: Sequence[float], *, confidence_level: float = 0.95
) -> tuple[float, float] | None:
    """Two-sided limits of an estimate from its values with one block left out at a time.

    Parameters
    ----------
    estimate
        The estimate from all blocks.
    leave_one_out
        The estimates without each block in turn.
    confidence_level
        Between 0 and 1.

    Returns
    -------
    tuple of float or None
        Lower and upper limit; None with fewer than two blocks.

    Examples
    --------
    >>> low, high = jackknife_limits(2.0, [1.5, 2.0, 2.5])
    >>> round(low, 2), round(high, 2)
    (-0.48, 4.48)
    """
    from scipy.special import stdtrit  # noqa: PLC0415  # slow to import

    n = len(leave_one_out)
    if n < 2:
        return None
    mean = math.fsum(leave_one_out) / n
    squares = math.fsum((value - mean) ** 2 for value in leave_one_out)
    half = float(stdtrit(n - 1, 0.5 + confidence_level / 2.0)) * math.sqrt((n - 1) / n * squares)
    return estimate - half, estimate + half


def _estimate(
    varying: Sequence[RetentionBlock],
    matrices: CentredSums,
    gains: CentredSums,
    slope: Callable[[CentredSums], float | None],
) -> RatioEstimate:
    ratio = _ratio(varying, slope)
    limits = None
    if ratio is not None:
        without = [_ratio([*varying[:i], *varying[i + 1 :]], slope) for i in range(len(varying))]
        defined = [value for value in without if value is not None]
        if len(defined) == len(varying):
            limits = jackknife_limits(ratio, defined)
    low, high = limits if limits is not None else (None, None)
    return RatioEstimate(slope(matrices), slope(gains), ratio, low, high)


def _ratio(
    blocks: Sequence[RetentionBlock], slope: Callable[[CentredSums], float | None]
) -> float | None:
    matrix_slope = slope(_total([block.matrices for block in blocks]))
    gain_slope = slope(_total([block.gains for block in blocks]))
    if matrix_slope is None or gain_slope is None or matrix_slope <= 0.0:
        return None
    return gain_slope / matrix_slope


def _total(sums: Sequence[CentredSums]) -> CentredSums:
    return CentredSums(
        math.fsum(one.subject for one in sums),
        math.fsum(one.reference for one in sums),
        math.fsum(one.cross for one in sums),
    )


def _varies(sums: CentredSums) -> bool:
    return sums.subject > 0.0 and sums.reference > 0.0


def _centred(values: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if not np.isfinite(array).all():
        raise ValueError("the values are not all finite")
    # The mean of equal values may differ from them by a rounding, which is no spread.
    if array.size == 0 or array.min() == array.max():
        return np.zeros_like(array)
    result: NDArray[np.float64] = array - array.mean()
    return result
