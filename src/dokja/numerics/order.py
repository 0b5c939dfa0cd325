"""Order kept by matched units where the two sides have different numbers of them.

The module knows sequences of indices; it does not know how they were matched.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from dokja.numerics.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["increasing_run_log10_p", "increasing_run_positions", "longest_increasing_run"]


def increasing_run_log10_p(n_matched: int, longest: int) -> float:
    """Bound the p-value of the longest increasing run of matched indices.

    Parameters
    ----------
    n_matched
        m, units of the reference matched one-to-one to units of the subject.
    longest
        L, the length of the longest increasing run (a subsequence, not necessarily contiguous) of
        their indices in the reference, read in the order of the subject's indices.

    Returns
    -------
    float
        At most 0.0, which is returned for runs up to about ``e * sqrt(n_matched)``.

    Raises
    ------
    ValueError
        Unless ``0 <= longest <= n_matched``, and ``longest >= 1`` where anything was matched.

    Notes
    -----
    Null hypothesis: the indices of the reference's units are exchangeable, given the subject. The
    matched indices then stand in uniformly random order: each of the ``C(m, k)`` subsequences of
    length k is increasing with probability ``1 / k!``, hence ``P(L >= k) <= C(m, k) / k!`` [1]_.

    If several pairs of groups were tried and the best kept, multiply by their number
    (`dokja.numerics.combine.bonferroni`); combine independent reference groups by Fisher's rule.

    References
    ----------
    .. [1] D. Aldous and P. Diaconis, "Longest increasing subsequences: from patience sorting to
       the Baik-Deift-Johansson theorem", Bull. AMS 36, 1999. doi:10.1090/S0273-0979-99-00796-X

    Examples
    --------
    >>> increasing_run_log10_p(100, 19)
    0.0
    >>> round(increasing_run_log10_p(100, 60), 1)
    -53.8
    """
    if not max(0, min(n_matched, 1)) <= longest <= n_matched:
        message = f"no longest run of {longest} among {n_matched} matched units"
        raise ValueError(message)
    log_p = (
        math.lgamma(n_matched + 1)
        - 2.0 * math.lgamma(longest + 1)
        - math.lgamma(n_matched - longest + 1)
    )
    return min(log_p / math.log(10.0), 0.0)


def longest_increasing_run(values: ArrayLike) -> int:
    """Length of the longest strictly increasing subsequence.

    Parameters
    ----------
    values
        Shape ``(m,)``, integers.

    Returns
    -------
    int
        0 where there is no value.

    Raises
    ------
    ValueError
        If `values` is not one-dimensional or holds anything but integers.

    Notes
    -----
    Patience sorting, ``O(m log m)``. Invariances: any increasing map of the values.

    Examples
    --------
    >>> longest_increasing_run([3, 1, 4, 1, 5, 9, 2, 6])
    4
    """
    return len(increasing_run_positions(values))


def increasing_run_positions(values: ArrayLike) -> NDArray[np.int64]:
    """Positions of one longest strictly increasing subsequence.

    Parameters
    ----------
    values
        Shape ``(m,)``, integers.

    Returns
    -------
    NDArray[int64]
        Increasing positions; where several subsequences are longest, the one that patience sorting
        ends with.

    Raises
    ------
    ValueError
        If `values` is not one-dimensional or holds anything but integers.

    Examples
    --------
    >>> increasing_run_positions([5, 1, 4, 2, 3]).tolist()
    [1, 3, 4]
    """
    sequence = np.asarray(values)
    if sequence.size == 0:
        return np.empty(0, dtype=np.int64)
    if sequence.ndim != 1 or sequence.dtype.kind not in "iu":
        raise ValueError("expected one axis of integers")
    return _run(np.ascontiguousarray(sequence, dtype=np.int64))


@kernel
def _run(values: NDArray[np.int64]) -> NDArray[np.int64]:
    size = values.shape[0]
    # tops[k] is the position of the smallest value that ends an increasing run of length k + 1.
    tops = np.empty(size, dtype=np.int64)
    before = np.empty(size, dtype=np.int64)
    length = 0
    for position in range(size):
        low, high = 0, length
        while low < high:
            middle = (low + high) // 2
            if values[tops[middle]] < values[position]:
                low = middle + 1
            else:
                high = middle
        before[position] = tops[low - 1] if low > 0 else -1
        tops[low] = position
        if low == length:
            length += 1
    run = np.empty(length, dtype=np.int64)
    position = tops[length - 1]
    for slot in range(length - 1, -1, -1):
        run[slot] = position
        position = before[position]
    return run
