"""Bounds on how often a random relabelling of the reference does what was observed.

The module knows counts, sums and matrices; it does not know what they were counted on.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from dokja.numerics.order import increasing_run_log10_p, longest_increasing_run
from dokja.numerics.search import search_log10_e

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "PermutationZ",
    "SwapResult",
    "in_place_log10_p",
    "increasing_run_log10_p",
    "longest_increasing_run",
    "permutation_z",
    "permutation_z_of_rows",
    "search_log10_e",
    "single_group_log10_p",
    "swap_statistic",
]

_BLOCK: Final = 512
"""Channels whose inner products are held at once."""
_LN_10: Final = math.log(10.0)


class SwapResult(NamedTuple):
    """Statistic of the swap test and the bound on its p-value."""

    statistic: float
    log10_p: float


class PermutationZ(NamedTuple):
    """Standard score of a trace under relabelling, and how far it hangs on one entry.

    Both are None where no relabelling changes the trace.
    """

    z: float | None
    kappa: float | None


def in_place_log10_p(statistic: int, expected: float) -> float:
    r"""Bound the p-value of units found in place, summed over independently labelled groups.

    Parameters
    ----------
    statistic
        S, the number of reference units whose mutual nearest neighbour bears their own index,
        summed over the groups.
    expected
        Lambda, the sum of ``m / n`` over the groups, with ``m`` mutual pairs among ``n``
        exchangeable reference units.

    Returns
    -------
    float
        At most 0.0, which is returned where S does not exceed Lambda.

    Raises
    ------
    ValueError
        If an argument is negative or not finite, or if units were found in place though no mutual
        pair exists.

    Notes
    -----
    Null hypothesis: the indices of the reference's units are exchangeable within each group and
    independent between groups, given the subject. The number of mutual pairs is then a constant,
    and with F of them in place in a group

    .. math:: E\,t^F = \sum_k (t-1)^k \binom{m}{k} \frac{(n-k)!}{n!}
              \le \sum_k \frac{(t-1)^k (m/n)^k}{k!} = e^{(t-1) m/n}, \quad t \ge 1,

    because ``m <= n``. Groups multiply, and Markov's inequality at ``t = S / Lambda`` gives
    ``p <= exp(S - Lambda - S ln(S / Lambda))``, the Chernoff bound of a Poisson count [1]_.
    The bound is exact in the sense that it holds for every size, not in the limit.

    Invariances: any relabelling of the subject and the reference by one common permutation a group.
    Groups that share one relabelling, such as a layer and its verbatim copy, must be counted once.

    References
    ----------
    .. [1] S. Boucheron, G. Lugosi, P. Massart, *Concentration Inequalities*, 2013, section 2.2.
       doi:10.1093/acprof:oso/9780199535255.001.0001

    Examples
    --------
    >>> in_place_log10_p(0, 0.8)
    0.0
    >>> round(in_place_log10_p(40, 3.2), 1)
    -27.9
    """
    if statistic < 0 or not math.isfinite(expected) or expected < 0.0:
        message = f"counts cannot be negative or infinite: S={statistic}, Lambda={expected}"
        raise ValueError(message)
    if statistic <= expected:
        return 0.0
    if expected == 0.0:
        message = f"{statistic} units found in place where no mutual pair is possible"
        raise ValueError(message)
    log_p = statistic - expected - statistic * (math.log(statistic) - math.log(expected))
    return min(log_p / _LN_10, 0.0)


def single_group_log10_p(n: int, n_mutual: int, n_in_place: int) -> float:
    """Bound the p-value of units found in place in one group.

    Parameters
    ----------
    n
        Exchangeable units of the reference.
    n_mutual
        Mutual nearest neighbours among them.
    n_in_place
        Of these, those that bear their own index.

    Returns
    -------
    float
        At most 0.0, which is returned where nothing was found in place.

    Raises
    ------
    ValueError
        Unless ``0 <= n_in_place <= n_mutual <= n``.

    Notes
    -----
    Null hypothesis: the indices of the reference's units are exchangeable, given the subject.
    Every set of F of the m pairs is in place with probability ``(n - F)! / n!``, so by the union
    bound ``p <= C(m, F) (n - F)! / n!``.

    Sharper than `in_place_log10_p` for one group; it does not add over groups.

    Examples
    --------
    >>> round(single_group_log10_p(512, 300, 4), 2)
    -2.31
    """
    if not 0 <= n_in_place <= n_mutual <= n:
        message = f"expected in place <= mutual <= n, got {n_in_place}, {n_mutual}, {n}"
        raise ValueError(message)
    log_p = (
        math.lgamma(n_mutual + 1)
        - math.lgamma(n_in_place + 1)
        - math.lgamma(n_mutual - n_in_place + 1)
        + math.lgamma(n - n_in_place + 1)
        - math.lgamma(n + 1)
    )
    return min(log_p / _LN_10, 0.0)


def swap_statistic(d: ArrayLike) -> SwapResult:
    """Test whether randomly paired residual channels lean towards their own index.

    Parameters
    ----------
    d
        Shape ``(n_pairs,)``, finite: for each pair (i, j) of channels, fixed beforehand, half of
        the inner product of ``x_i - x_j`` in the subject with ``y_i - y_j`` in the reference, over
        all tensors of the component.

    Returns
    -------
    SwapResult
        ``sum(d) / sqrt(sum(d**2))`` and the bound on its upper p-value. ``(0.0, 0.0)`` where every
        entry of `d` is zero, or there is none; ``log10_p`` is 0.0 where the sum is not positive.

    Raises
    ------
    ValueError
        If `d` is not one-dimensional or an entry is not finite.

    Notes
    -----
    Null hypothesis: the residual channels of the reference are exchangeable, given the subject.
    Exchanging i and j in the reference flips the sign of that entry of `d` and nothing else, so the
    signs are fair coins whatever the sizes, and Hoeffding's inequality [1]_ gives
    ``p <= exp(-sum(d)**2 / (2 sum(d**2)))``. Exactly odd: the statistic of ``-d`` is the negative.

    Outliers cost power and never validity. Cost: linear, with exact sums, so that the order of the
    pairs does not matter to the last bit.

    References
    ----------
    .. [1] W. Hoeffding, "Probability inequalities for sums of bounded random variables",
       JASA 58, 1963. doi:10.1080/01621459.1963.10500830

    Examples
    --------
    >>> import numpy as np
    >>> statistic, log10_p = swap_statistic(np.ones(100))
    >>> statistic, round(log10_p, 2)
    (10.0, -21.71)
    """
    values = np.asarray(d, dtype=np.float64)
    if values.ndim != 1 or not np.isfinite(values).all():
        raise ValueError("d must be one-dimensional and finite")
    largest = float(np.abs(values).max(initial=0.0))
    if largest == 0.0:
        return SwapResult(0.0, 0.0)
    scaled = values / largest
    statistic = math.fsum(scaled) / math.sqrt(math.fsum(scaled * scaled))
    log10_p = -0.5 * statistic * statistic / _LN_10 if statistic > 0.0 else 0.0
    return SwapResult(statistic, log10_p)


def permutation_z(gram: ArrayLike) -> PermutationZ:
    """Standardise a trace by its exact mean and variance over all relabellings.

    Parameters
    ----------
    gram
        Shape ``(n, n)``, finite; entry (i, j) is the inner product of channel i of the subject
        with channel j of the reference.

    Returns
    -------
    PermutationZ
        ``z``, and ``kappa``: the largest entry of the doubly centred matrix over the standard
        deviation of the trace. Both None where no relabelling changes the trace (n < 2, or every
        channel alike).

    Raises
    ------
    ValueError
        If `gram` is not square or an entry is not finite.

    Notes
    -----
    A description and never a p-value: with heavy tails the trace is far from normal, and one
    coinciding outlier channel gives z of 30 to 60 at a true p of 1/n. `kappa` shows that.

    With D the matrix centred over rows and columns, a uniformly random relabelling gives the trace
    of `gram` the variance ``sum(D**2) / (n - 1)`` [1]_, so ``z = trace(D) sqrt(n - 1) / norm(D)``.
    Invariances: adding a constant to a row or column, scaling, relabelling both sides alike.

    References
    ----------
    .. [1] W. Hoeffding, "A combinatorial central limit theorem", Ann. Math. Statist. 22, 1951.
       doi:10.1214/aoms/1177729545

    Examples
    --------
    >>> import numpy as np
    >>> z, kappa = permutation_z(np.eye(101))
    >>> round(z, 3), round(kappa, 3)
    (100.0, 0.99)
    """
    matrix = np.asarray(gram)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        message = f"the matrix must be square, not {matrix.shape}"
        raise ValueError(message)
    largest = float(np.abs(matrix).max(initial=0.0))
    if not math.isfinite(largest):
        raise ValueError("the matrix has entries that are not finite")
    n = matrix.shape[0]
    if n < 2 or largest == 0.0:
        return PermutationZ(None, None)
    centred = matrix.astype(np.float64) / largest
    centred -= centred.mean(axis=1, keepdims=True)
    centred -= centred.mean(axis=0, keepdims=True)
    norm = float(np.linalg.norm(centred))
    # Where every row or column is constant only the rounding of the input is left.
    if norm <= 4.0 * n * _unit_roundoff(matrix):
        return PermutationZ(None, None)
    root = math.sqrt(n - 1)
    return PermutationZ(
        z=float(np.trace(centred)) * root / norm,
        kappa=float(np.abs(centred).max()) * root / norm,
    )


def permutation_z_of_rows(subject: ArrayLike, reference: ArrayLike) -> PermutationZ:
    """Standardise how well two sets of channel rows agree, by all relabellings of the channels.

    Parameters
    ----------
    subject, reference
        Shape ``(n_rows, n_channels)``, finite: the same rows of both sides, from any number of
        tensors under one relabelling of the channels.

    Returns
    -------
    PermutationZ
        As `permutation_z` of ``subject.T @ reference``.

    Raises
    ------
    ValueError
        If the shapes differ or are not two-dimensional, or a value is not finite.

    Notes
    -----
    Rows are centred over the channels first, so that the matrix, which is never held whole, is
    doubly centred. Cost: ``O(n_rows n_channels**2)`` in the precision of the input, memory linear
    in the channels.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.random.default_rng(0).normal(size=(8, 50))
    >>> permutation_z_of_rows(rows, rows).z > 15
    True
    """
    a = np.asarray(subject)
    b = np.asarray(reference)
    if a.ndim != 2 or a.shape != b.shape:
        message = f"the two sides must have one shape of two axes, not {a.shape} and {b.shape}"
        raise ValueError(message)
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("the matrix has entries that are not finite")
    n = a.shape[1]
    if a.size == 0 or n < 2:
        return PermutationZ(None, None)
    ours, theirs = _centred_rows(a), _centred_rows(b)
    largest = squares = 0.0
    for start in range(0, n, _BLOCK):
        block = ours[:, start : start + _BLOCK].T @ theirs
        largest = max(largest, float(np.abs(block).max()))
        squares += float(np.einsum("ij,ij->", block, block, dtype=np.float64))
    norm = math.sqrt(squares)
    if not math.isfinite(norm):
        raise ValueError("the matrix has entries that are not finite")
    if largest == 0.0 or norm <= 4.0 * n * _unit_roundoff(ours) * largest:
        return PermutationZ(None, None)
    scale = math.sqrt(n - 1) / norm
    trace = float(np.einsum("ij,ij->", ours, theirs, dtype=np.float64))
    return PermutationZ(z=trace * scale, kappa=largest * scale)


def _centred_rows(rows: NDArray[np.generic]) -> NDArray[np.float32] | NDArray[np.float64]:
    values = rows if rows.dtype in (np.float32, np.float64) else rows.astype(np.float64)
    centred = values - values.mean(axis=1, keepdims=True, dtype=np.float64)
    result: NDArray[np.float32] | NDArray[np.float64] = centred.astype(values.dtype)
    return result


def _unit_roundoff(matrix: NDArray[np.generic]) -> float:
    return float(np.finfo(np.float32 if matrix.dtype == np.float32 else np.float64).eps)
