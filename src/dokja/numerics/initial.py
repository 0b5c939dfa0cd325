"""How well a tensor fits a random start that is declared for it.

The module knows arrays and distributions, never what a tensor is for or who drew it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

__all__ = [
    "Distribution",
    "Fit",
    "edge_limit",
    "edge_ratio",
    "fit",
    "log10_kolmogorov",
    "orthogonality_error",
    "spread_rounding",
]

Array = NDArray[Any]

_TRACY_WIDOM: Final = 9.0
"""Far in the tail of the law of the largest eigenvalue: about one matrix in a hundred million."""
_POWERS: Final = 12
_FEWEST: Final = 8
"""Rows and columns a matrix must have for its edge to mean anything."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution of single weights.

    Parameters
    ----------
    kind
        A cut normal is one of which nothing lies outside of `low` and `high`.
    mean, sd
        Of a normal before any cut; sd None where it is not known.
    low, high
        Ends of a uniform, or of a cut normal.
    """

    kind: Literal["normal", "cut_normal", "uniform"]
    mean: float = 0.0
    sd: float | None = None
    low: float = 0.0
    high: float = 0.0

    def cdf(self, x: Array) -> Array:
        """Return the share of weights below some values.

        Parameters
        ----------
        x
            Values.

        Returns
        -------
        NDArray[float64]
            From 0 to 1.
        """
        if self.kind == "uniform":
            return np.clip((x - self.low) / (self.high - self.low), 0.0, 1.0)
        assert self.sd is not None
        below = np.asarray(ndtr((x - self.mean) / self.sd))
        if self.kind == "normal":
            return below
        first, last = ndtr(np.array([self.low - self.mean, self.high - self.mean]) / self.sd)
        return np.asarray(np.clip((below - first) / (last - first), 0.0, 1.0))

    @property
    def spread(self) -> float | None:
        """Standard deviation, None where it is not known."""
        return math.sqrt(self._central(2)) if self._is_known else None

    @property
    def kurtosis(self) -> float:
        """Excess kurtosis."""
        if self.kind == "normal" or not self._is_known:
            return 0.0
        return self._central(4) / self._central(2) ** 2 - 3.0

    @property
    def _is_known(self) -> bool:
        return self.kind == "uniform" or self.sd is not None

    def _central(self, power: int) -> float:
        if self.kind == "normal":
            assert self.sd is not None
            return float(self.sd**power) * (1.0 if power == 2 else 3.0)
        # By quadrature over the density, which is exact enough for a bounded interval.
        x = np.linspace(self.low, self.high, 4_001)
        mass = np.diff(self.cdf(x))
        middle = (x[1:] + x[:-1]) / 2
        mean = float(mass @ middle)
        return float(mass @ (middle - mean) ** power)


@dataclass(frozen=True, slots=True)
class Fit:
    """A sample laid beside a distribution."""

    n: int
    distance: float
    """Largest distance of the distribution functions."""
    log10_p: float
    spread: float | None
    """Standard deviation over that of the distribution; None where that is not known."""
    spread_z: float
    """Its distance from 1 in standard errors."""
    kurtosis: float
    """Excess over that of the distribution."""
    kurtosis_z: float


def spread_rounding(values: Array, digits: int, rng: np.random.Generator) -> Array:
    """Undo rounding in distribution: each value anywhere within what was rounded to it.

    Parameters
    ----------
    values
        Rounded values.
    digits
        Binary digits of the number format, the leading one included.
    rng
        Chooses where.

    Returns
    -------
    NDArray[float64]
        As many values.

    Notes
    -----
    The density of the weights hardly changes within one rounding step, so that this restores
    the distribution up to far less than a test can see; ties would ruin its p-value.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> bool(abs(spread_rounding(np.ones(4), 8, rng) - 1.0).max() < 0.004)
    True
    """
    exact = np.asarray(values, np.float64)
    _, exponent = np.frexp(exact)
    step = np.ldexp(1.0, exponent - digits)
    moved = exact + step * rng.uniform(-0.5, 0.5, exact.shape)
    return np.where(exact == 0.0, 0.0, moved)


def log10_kolmogorov(distance: float, n: int) -> float:
    """Bound the p-value of a Kolmogorov-Smirnov distance.

    Parameters
    ----------
    distance
        Largest distance of the two distribution functions.
    n
        Size of the sample.

    Returns
    -------
    float
        log10 of ``2 exp(-2 n D²)``, at most 0.

    Notes
    -----
    Null hypothesis: the sample was drawn independently from the distribution. The inequality of
    Dvoretzky, Kiefer and Wolfowitz with Massart's constant [1]_ holds for every `n`.

    References
    ----------
    .. [1] P. Massart, "The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality", Ann.
       Probab. 18(3), 1990. doi:10.1214/aop/1176990746

    Examples
    --------
    >>> log10_kolmogorov(0.0, 10)
    0.0
    """
    return min(0.0, (math.log(2.0) - 2.0 * n * distance**2) / math.log(10.0))


def fit(values: Array, declared: Distribution) -> Fit:
    """Lay a sample beside a distribution.

    Parameters
    ----------
    values
        The sample, rounding undone.
    declared
        The distribution; where its spread is not known, that of the sample stands in for it.

    Returns
    -------
    Fit
        Distance, spread and kurtosis.

    Notes
    -----
    Null hypothesis: values drawn independently from `declared`. Invariant under permuting the
    values. Where the spread is taken from the sample, the p-value is too large, never too small.
    """
    x = np.sort(np.asarray(values, np.float64))
    n = x.size
    mean, sd = float(x.mean()), float(x.std())
    known = declared.spread
    used = declared if known is not None else _with_spread(declared, mean, sd)
    below = used.cdf(x)
    grid = np.arange(1, n + 1) / n
    distance = float(max((grid - below).max(), (below - grid + 1.0 / n).max()))
    expected = used.kurtosis
    excess = float(np.mean((x - mean) ** 4) / sd**4 - 3.0) - expected if sd > 0.0 else -3.0
    wide = math.sqrt(max(expected + 2.0, 0.5) / (4.0 * n))
    ratio = sd / known if known is not None else None
    return Fit(
        n=n,
        distance=distance,
        log10_p=log10_kolmogorov(distance, n),
        spread=ratio,
        spread_z=0.0 if ratio is None else (ratio - 1.0) / wide,
        kurtosis=excess,
        kurtosis_z=excess / math.sqrt(24.0 / n),
    )


def _with_spread(declared: Distribution, mean: float, sd: float) -> Distribution:
    if declared.kind == "normal":
        return Distribution("normal", mean, max(sd, 1e-300))
    raise ValueError("only a normal can do without its spread")


def edge_ratio(matrix: Array) -> float | None:
    """Return the largest singular value over the Marchenko-Pastur edge.

    Parameters
    ----------
    matrix
        Two axes; a part of a matrix will do, whichever rows and columns it holds.

    Returns
    -------
    float or None
        Near 1 for independent entries of one spread, whatever it is; None for a matrix that is
        too small or constant.

    Notes
    -----
    Null hypothesis: independent entries of one variance and mean zero; then the largest singular
    value of m rows and n columns is sd (√m + √n) [1]_, but for fluctuations that `edge_limit`
    bounds. Invariant under permuting rows and columns and under scaling. Cost: a product of the
    matrix with itself over the shorter axis, and some powers of that; these approach the value
    from below, so that they never make a random matrix look structured.

    References
    ----------
    .. [1] Z. D. Bai and Y. Q. Yin, "Limit of the smallest eigenvalue of a large dimensional
       sample covariance matrix", Ann. Probab. 21(3), 1993. doi:10.1214/aop/1176989118
    """
    x = np.asarray(matrix, np.float64)
    m, n = x.shape
    sd = float(np.sqrt(np.mean(x * x)))
    if min(m, n) < _FEWEST or sd == 0.0:
        return None
    small = x if m <= n else x.T
    return math.sqrt(_largest(small @ small.T)) / (sd * (math.sqrt(m) + math.sqrt(n)))


def _largest(gram: Array) -> float:
    """Approach the largest eigenvalue from below, by powers; a random start has some of it."""
    x = np.random.default_rng(0).standard_normal((len(gram), 4))
    value = 0.0
    for _ in range(_POWERS):
        x, _ = np.linalg.qr(gram @ x)
        value = float(np.linalg.eigvalsh(x.T @ gram @ x)[-1])
    return max(value, 0.0)


def edge_limit(m: int, n: int) -> float:
    """Return the ratio to the edge that hardly any random matrix exceeds.

    Parameters
    ----------
    m, n
        Rows and columns.

    Returns
    -------
    float
        A little above 1, nearer to it the larger the matrix.

    Notes
    -----
    Johnstone's centring and scaling of the largest eigenvalue [1]_, far in the tail of the
    Tracy-Widom law, and two hundredths for entries that are not normal.

    References
    ----------
    .. [1] I. M. Johnstone, "On the distribution of the largest eigenvalue in principal components
       analysis", Ann. Statist. 29(2), 2001. doi:10.1214/aos/1009210544

    Examples
    --------
    >>> 1.0 < edge_limit(1000, 1000) < 1.1
    True
    """
    low, high = math.sqrt(m - 0.5), math.sqrt(n - 0.5)
    centre = (low + high) ** 2
    scale = (low + high) * (1.0 / low + 1.0 / high) ** (1.0 / 3.0)
    return math.sqrt(centre + _TRACY_WIDOM * scale) / (math.sqrt(m) + math.sqrt(n)) + 0.02


def orthogonality_error(matrix: Array, gain: float) -> float | None:
    """Return how far the shorter side of a matrix is from orthonormal, after a gain.

    Parameters
    ----------
    matrix
        All entries along the longer axis; some along the shorter will do.
    gain
        What the orthogonal matrix was multiplied by.

    Returns
    -------
    float or None
        Largest deviation of a product of two rows from 0 or 1; None for fewer than two rows.

    Examples
    --------
    >>> orthogonality_error(2.0 * np.eye(3), 2.0)
    0.0
    """
    x = np.asarray(matrix, np.float64) / gain
    if min(x.shape) < 2:
        return None
    small = x if x.shape[0] <= x.shape[1] else x.T
    return float(np.abs(small @ small.T - np.eye(small.shape[0])).max())
