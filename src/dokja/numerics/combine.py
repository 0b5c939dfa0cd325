"""One p-value from many, and many corrected for each other, in decimal logarithms throughout.

The module knows p-values alone; it does not know which test they came from.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["bonferroni", "cauchy", "fisher", "holm"]

_LN_10: Final = math.log(10.0)

_LARGEST_CAUCHY_P: Final = 0.99
"""Where the Cauchy combination is truncated, so that one p-value of 1 cannot veto all others."""

_SMALL_LOG10_P: Final = -8.0
"""Below this, cot(pi p) and 1 / (pi p) agree to double precision."""


def holm(log10_p: Sequence[float], *, n_hypotheses: int | None = None) -> tuple[float, ...]:
    """Correct p-values for having tested all of their hypotheses.

    Parameters
    ----------
    log10_p
        Decimal logarithms, finite and at most 0.
    n_hypotheses
        How many hypotheses were tested in all, if some are not shown; those count as if their
        p-values were the largest. At least ``len(log10_p)``.

    Returns
    -------
    tuple of float
        Adjusted values in the order given; none below its own input.

    Raises
    ------
    ValueError
        If a value is positive or not finite, or `n_hypotheses` is too small.

    Notes
    -----
    Controls the chance of any false rejection under any dependence [1]_.

    References
    ----------
    .. [1] S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6,
       1979. https://www.jstor.org/stable/4615733

    Examples
    --------
    >>> [round(value, 3) for value in holm([-1e6, -2.0, 0.0])]
    [-999999.523, -1.699, 0.0]
    """
    values = _checked(log10_p)
    n_total = len(values) if n_hypotheses is None else n_hypotheses
    if n_total < len(values):
        message = f"{len(values)} p-values cannot come from {n_total} hypotheses"
        raise ValueError(message)
    adjusted = [0.0] * len(values)
    running = -math.inf
    for rank, index in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        running = max(running, bonferroni(values[index], n_total - rank))
        adjusted[index] = running
    return tuple(adjusted)


def bonferroni(log10_p: float, n_tries: int) -> float:
    """Correct the smallest of several p-values for having been chosen.

    Parameters
    ----------
    log10_p
        Decimal logarithm of the smallest p-value, finite and at most 0.
    n_tries
        How many p-values it was the smallest of; at least 1.

    Returns
    -------
    float
        ``min(0, log10_p + log10(n_tries))``.

    Raises
    ------
    ValueError
        If `log10_p` is positive or not finite, or `n_tries` below 1.

    Examples
    --------
    >>> bonferroni(-5.0, 100), bonferroni(-1.0, 100)
    (-3.0, 0.0)
    """
    (value,) = _checked([log10_p])
    if n_tries < 1:
        message = f"a p-value is the smallest of at least one, not of {n_tries}"
        raise ValueError(message)
    return min(0.0, value + math.log10(n_tries))


def fisher(log10_p: Sequence[float]) -> float:
    """Combine p-values of independent tests of one hypothesis.

    Parameters
    ----------
    log10_p
        Decimal logarithms, finite and at most 0.

    Returns
    -------
    float
        At most 0.0, which is returned for no p-value at all.

    Raises
    ------
    ValueError
        If a value is positive or not finite.

    Notes
    -----
    Null hypothesis: the p-values are independent, and none is smaller than uniform. With ``y`` the
    sum of their negative natural logarithms the combined value is the tail of a gamma variable,
    ``exp(-y) sum_{i<k} y**i / i!``, summed in logarithms and hence exact for every ``y`` [1]_.
    Not valid for dependent tests, such as two tests on the same units.

    References
    ----------
    .. [1] R. A. Fisher, *Statistical Methods for Research Workers*, 4th edition, 1932, section 21.1

    Examples
    --------
    >>> round(fisher([-1.0, -1.0]), 4)
    -1.2514
    >>> round(fisher([-1e6, -3.0]), 1)
    -999996.6
    """
    values = _checked(log10_p)
    y = -math.fsum(values) * _LN_10
    if y == 0.0:
        return 0.0
    log_y = math.log(y)
    terms = [i * log_y - math.lgamma(i + 1) for i in range(len(values))]
    largest = max(terms)
    log_sum = largest + math.log(math.fsum(math.exp(term - largest) for term in terms))
    return min(0.0, (log_sum - y) / _LN_10)


def cauchy(log10_p: Sequence[float], weights: Sequence[float] | None = None) -> float:
    """Combine p-values of tests that may depend on each other, roughly.

    Parameters
    ----------
    log10_p
        Decimal logarithms, finite and at most 0.
    weights
        One positive weight for each p-value; equal if not given. Only their ratios matter.

    Returns
    -------
    float
        At most 0.0, which is returned for no p-value at all.

    Raises
    ------
    ValueError
        If a p-value is positive or not finite, or the weights do not fit.

    Notes
    -----
    Null hypothesis: no p-value is smaller than uniform. The weighted mean of ``cot(pi p)`` has
    nearly the tail of a single one, whatever the dependence, and the more nearly the smaller p is
    [1]_. That is a limit and not a bound: it serves descriptions, and a verdict rests on `holm`.
    P-values above 0.99 count as 0.99 [2]_; otherwise a single 1, which bounds often return, would
    decide alone.

    References
    ----------
    .. [1] Y. Liu and J. Xie, "Cauchy combination test", JASA 115, 2020.
       doi:10.1080/01621459.2018.1554485. arXiv:1808.09011
    .. [2] L. Gui, T. Mao, J. Wang, R. Wang, "Validity and power of heavy-tailed combination tests
       under asymptotic dependence", 2025. arXiv:2508.05818

    Examples
    --------
    >>> round(cauchy([-2.0, -2.0, -2.0]), 6)
    -2.0
    >>> round(cauchy([-1e6, 0.0]), 3)
    -999999.699
    """
    values = _checked(log10_p)
    if not values:
        return 0.0
    log_weights = _log_weights(weights, len(values))
    # Scaled by exp(-shift), where shift is the logarithm of the largest term, nothing overflows.
    shift = max(0.0, *map(_log_term, values, log_weights))
    total = math.fsum(
        math.exp(_log_term(value, log_weight) - shift)
        if value < _SMALL_LOG10_P
        else math.exp(log_weight - shift) * _cotangent(value)
        for value, log_weight in zip(values, log_weights, strict=True)
    )
    if shift > -_SMALL_LOG10_P * _LN_10 and total > 0.0:
        return min(0.0, -(math.log(total) + shift + math.log(math.pi)) / _LN_10)
    return min(0.0, math.log10(math.atan2(1.0, total * math.exp(shift)) / math.pi))


def _log_term(log10_p: float, log_weight: float) -> float:
    """Logarithm of ``weight / (pi p)``."""
    return log_weight - math.log(math.pi) - log10_p * _LN_10


def _cotangent(log10_p: float) -> float:
    return 1.0 / math.tan(math.pi * min(10.0**log10_p, _LARGEST_CAUCHY_P))


def _log_weights(weights: Sequence[float] | None, n: int) -> list[float]:
    if weights is None:
        return [-math.log(n)] * n
    if len(weights) != n or not all(0.0 < weight < math.inf for weight in weights):
        message = f"{n} p-values need as many positive, finite weights"
        raise ValueError(message)
    total = math.fsum(weights)
    return [math.log(weight / total) for weight in weights]


def _checked(log10_p: Sequence[float]) -> list[float]:
    values = [float(value) for value in log10_p]
    if not all(-math.inf < value <= 0.0 for value in values):
        message = f"logarithms of p-values are finite and at most 0, got {values}"
        raise ValueError(message)
    return values
