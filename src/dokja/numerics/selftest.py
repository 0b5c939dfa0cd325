"""Is a reference exchangeable against itself? Signs of sorting, copying and padding among units.

The module knows one group of units at a time, and nothing of a subject.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "DUPLICATE_COSINE",
    "UnitCounts",
    "count_units",
    "neighbours_alike_z",
    "norm_against_index_z",
    "worst_z",
]

DUPLICATE_COSINE = 0.9999
"""Cosine from which on two units are taken for copies, whatever rounding lies between them."""


@dataclass(frozen=True, slots=True)
class UnitCounts:
    """Units that cannot bear an index of their own.

    Parameters
    ----------
    n
        Units in all.
    n_zero
        Units all of whose values are zero.
    n_constant
        Further units all of whose values are equal.
    n_duplicate
        Further units that point the same way as another one.
    """

    n: int
    n_zero: int
    n_constant: int
    n_duplicate: int


def norm_against_index_z(norms: ArrayLike) -> float | None:
    """Standardise the rank correlation of a unit's size with its index.

    Parameters
    ----------
    norms
        Shape ``(n,)``, finite: the size of each unit, in the order of the indices. Leave units of
        size zero out beforehand.

    Returns
    -------
    float or None
        Positive where units grow along the index. None with fewer than three units, or where all
        are equally large.

    Raises
    ------
    ValueError
        If `norms` is not one-dimensional or a value is not finite.

    Notes
    -----
    Null hypothesis: the indices are exchangeable. Spearman's correlation with mean ranks for ties
    then has mean 0 and variance exactly ``1 / (n - 1)``, whatever the ties [1]_, and z is the
    correlation over its standard deviation. Sorted units reach ``sqrt(n - 1)``.

    Invariances: any increasing map of the norms. Cost: ``O(n log n)``.

    References
    ----------
    .. [1] M. G. Kendall, *Rank Correlation Methods*, 4th edition, 1970, chapter 5.

    Examples
    --------
    >>> import numpy as np
    >>> round(norm_against_index_z(np.arange(101.0)), 6)
    10.0
    """
    values = np.asarray(norms, dtype=np.float64)
    if values.ndim != 1 or not np.isfinite(values).all():
        raise ValueError("expected one axis of finite values")
    n = len(values)
    if n < 3 or values.min() == values.max():
        return None
    ranks = _mean_ranks(values)
    ranks -= ranks.mean()
    index = np.arange(n) - (n - 1) / 2.0
    correlation = float(ranks @ index) / (np.linalg.norm(ranks) * np.linalg.norm(index))
    return float(correlation) * math.sqrt(n - 1)


def neighbours_alike_z(similarity: ArrayLike) -> float | None:
    """Standardise how much more alike units next to each other are than units at random.

    Parameters
    ----------
    similarity
        Shape ``(n, n)``, symmetric, finite: similarities of the units of one group with each other,
        in the order of the indices. The diagonal is not looked at.

    Returns
    -------
    float or None
        Positive where neighbours are more alike. None with fewer than four units, or where all
        pairs are equally alike.

    Raises
    ------
    ValueError
        If the matrix is not square and symmetric, or a value is not finite.

    Notes
    -----
    Null hypothesis: the indices are exchangeable. The statistic is the sum of the ``n - 1``
    similarities beside the diagonal; its mean and variance over all ``n!`` orders are computed
    exactly, as for any quadratic assignment statistic [1]_. Its tail is only nearly normal: a
    guard, whose threshold leaves room, and no p-value.

    Invariances: reversing the order; an increasing linear map of the similarities.
    Cost: ``O(n**2)``.

    References
    ----------
    .. [1] N. Mantel, "The detection of disease clustering and a generalized regression approach",
       Cancer Research 27, 1967, section on the permutational variance.

    Examples
    --------
    >>> import numpy as np
    >>> index = np.arange(50)
    >>> smooth = np.exp(-np.abs(index[:, None] - index) / 5.0)
    >>> neighbours_alike_z(smooth) > 10
    True
    """
    matrix = np.array(similarity, dtype=np.float64)
    if matrix.ndim != 2 or not np.isfinite(matrix).all():
        raise ValueError("expected two axes of finite values")
    if matrix.shape[0] != matrix.shape[1] or not np.allclose(matrix, matrix.T, atol=1e-5):
        raise ValueError("similarities within one group are square and symmetric")
    n = len(matrix)
    if n < 4:
        return None
    # About their mean the similarities sum to zero, which leaves the variance as it is.
    np.fill_diagonal(matrix, 0.0)
    matrix -= matrix.sum() / (n * (n - 1))
    np.fill_diagonal(matrix, 0.0)
    variance = _path_variance(matrix)
    largest = float(np.abs(matrix).max())
    if largest <= 1e-12 or variance <= 1e-12 * largest * largest:
        return None
    return float(np.trace(matrix, offset=1)) / math.sqrt(variance)


def count_units(vectors: ArrayLike, *, duplicate_cosine: float = DUPLICATE_COSINE) -> UnitCounts:
    """Count the units that are zero, constant, or copies of another.

    Parameters
    ----------
    vectors
        Shape ``(n_units, n_values)``, finite: the values of each unit, not centred.
    duplicate_cosine
        Cosine from which on two units count as copies.

    Returns
    -------
    UnitCounts
        Each unit is counted once: as zero, else as constant, else as a copy. Of two copies both are
        counted, since neither has a neighbour of its own.

    Raises
    ------
    ValueError
        If `vectors` does not have two axes or a value is not finite.

    Notes
    -----
    Cost: ``O(n_units**2 n_values)``, in float32.

    Examples
    --------
    >>> count_units([[0.0, 0.0], [1.0, 1.0], [1.0, 2.0], [2.0, 4.0], [1.0, -1.0]])
    UnitCounts(n=5, n_zero=1, n_constant=1, n_duplicate=2)
    """
    values = np.asarray(vectors, dtype=np.float32)
    if values.ndim != 2 or not np.isfinite(values).all():
        raise ValueError("expected two axes of finite values")
    if values.size == 0:
        return UnitCounts(len(values), 0, 0, 0)
    is_zero = ~values.any(axis=1)
    is_constant = ~is_zero & (values.min(axis=1) == values.max(axis=1)) & (values.shape[1] > 1)
    others = values[~is_zero & ~is_constant]
    scaled = others / np.linalg.norm(others, axis=1, keepdims=True)
    cosines = scaled @ scaled.T
    np.fill_diagonal(cosines, -1.0)
    n_duplicate = int((cosines >= duplicate_cosine).any(axis=1).sum())
    return UnitCounts(len(values), int(is_zero.sum()), int(is_constant.sum()), n_duplicate)


def worst_z(scores: Sequence[float | None]) -> float | None:
    """Merge the standard scores of several groups into the one that speaks most against them.

    Parameters
    ----------
    scores
        One score a group; None where a group has none.

    Returns
    -------
    float or None
        The score of largest magnitude among those of the groups and their sum over the root of
        their number; None where no group has a score.

    Notes
    -----
    One sorted layer shows in its own score, a slight tendency of all layers in the sum. Being a
    maximum it has to be held against a level that allows for the number of groups: 6 standard
    deviations do, for thousands.

    Examples
    --------
    >>> worst_z([2.0, 2.0, 2.0, None, 2.0])
    4.0
    >>> worst_z([0.5, -9.0])
    -9.0
    """
    known = [score for score in scores if score is not None]
    if not known:
        return None
    return max((math.fsum(known) / math.sqrt(len(known)), *known), key=abs)


def _mean_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: NDArray[np.float64] = (last - (counts - 1) / 2.0)[inverse]
    return ranks


def _path_variance(matrix: NDArray[np.float64]) -> float:
    """Variance over all orders of the sum beside the diagonal, for similarities of mean zero."""
    n = len(matrix)
    squares = float((matrix * matrix).sum())
    shared = float((matrix.sum(axis=1) ** 2).sum()) - squares
    # Mean products of two entries of a random order: the same pair twice, two pairs that share a
    # unit, two that share none. Their sum over all ordered pairs of entries is zero here.
    same = squares / (n * (n - 1))
    touching = shared / (n * (n - 1) * (n - 2))
    apart = -(4.0 * shared + 2.0 * squares) / (n * (n - 1) * (n - 2) * (n - 3))
    return (n - 1) * same + 2 * (n - 2) * touching + (n - 2) * (n - 3) * apart
