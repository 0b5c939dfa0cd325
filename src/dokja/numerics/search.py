"""Evidence of shared units where it is not known which layer or expert is which.

The module knows counts for every pair of groups; it proposes no map and needs none.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["SEARCH_GRID", "log10_p_from_e", "search_log10_e"]

SEARCH_GRID: Final = (1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0)
"""Values of t that are averaged over, fixed for all audits."""


def search_log10_e(in_place: ArrayLike, mutual: ArrayLike, n: ArrayLike) -> float:
    r"""Weigh units found in place over all pairs of groups by an e-value.

    Parameters
    ----------
    in_place
        Shape ``(n_reference_groups, n_subject_groups)``, integers: F, the reference units whose
        mutual nearest neighbour in that subject group bears their own index.
    mutual
        Same shape: m, the mutual nearest neighbours of that pair of groups.
    n
        Same shape, or broadcast to it: the exchangeable reference units that took part in the pair.

    Returns
    -------
    float
        The decimal logarithm of the e-value E; finite, of either sign, 0.0 where there is no group
        on one of the sides. ``p <= 1 / E``, see `log10_p_from_e`.

    Raises
    ------
    ValueError
        If the shapes do not fit, or unless ``0 <= in_place <= mutual <= n`` everywhere.

    Notes
    -----
    Null hypothesis: each reference group bears its own uniformly random relabelling, independent of
    those of the other reference groups, given the subject and the unlabelled reference.

    .. math:: E = \frac1{|T|} \sum_{t \in T} \prod_i \frac1J \sum_j
              t^{F_{ij}}\, e^{-(t-1) m_{ij} / n_{ij}}

    with i over the groups of the **reference**, j over those of the **subject**, T the fixed
    `SEARCH_GRID`.

    *Why the mean of E is at most 1.* Given the subject and the unlabelled reference, every
    ``m_ij`` is a constant and ``F_ij`` depends on nothing but the relabelling of reference group i.
    Each summand has mean at most 1, since ``E t^F <= exp((t-1) m/n)`` (see
    `dokja.numerics.relabelling.in_place_log10_p`). The mean over j of such summands has mean at
    most 1 **by linearity alone**, however the summands depend on each other: layers of the subject
    may be duplicates of each other, or made from one another, or chosen by an adversary. The
    factors of different i are functions of independent relabellings, hence independent, so that the
    mean of their product is the product of their means, at most 1. The mean over t is linear again.
    By Markov's inequality ``P(E >= 1/p) <= p`` [1]_.

    *Where it fails.* If two reference groups share a relabelling (tied, upcycled or up-scaled
    layers), their factors move together, and the mean of a product of dependent factors is not
    bounded by 1: a group counted twice squares its factor, and the mean of the square of
    ``t^F exp(-(t-1) m/n)`` is about ``exp((t-1)**2 m/n)``. Such groups must be merged into one, or
    all but one left out, **before** this is called. Nor may a maximum over j replace the mean: no
    bound holds for it.

    Every candidate j must have been declared beforehand, which "all of them" is. A group of the
    reference that stands nowhere in the subject costs a factor, not the verdict.

    Invariances: the order of groups on either side; duplicating all of the subject's groups.
    Cost: ``O(|T| n_reference_groups n_subject_groups)``; logarithms throughout.

    References
    ----------
    .. [1] V. Vovk and R. Wang, "E-values: calibration, combination and applications",
       Ann. Statist. 49, 2021. doi:10.1214/20-AOS2020. arXiv:1912.06116

    Examples
    --------
    >>> found = [[0, 40, 1], [1, 0, 38]]
    >>> search_log10_e(found, [[90, 100, 80], [85, 90, 95]], 128) > 60
    True
    >>> search_log10_e([[1, 0]], [[90, 80]], 128) < 1
    True
    """
    found, pairs, units = _checked(in_place, mutual, n)
    n_candidates = found.shape[1]
    if found.size == 0:
        return 0.0
    # A pair without units can have found nothing; it contributes a factor of one.
    expected = np.divide(pairs, units, out=np.zeros_like(pairs), where=units > 0.0)
    totals = np.array(
        [
            _log_mean(math.log(t) * found - (t - 1.0) * expected, n_candidates).sum()
            for t in SEARCH_GRID
        ]
    )
    log_e = _log_mean(totals[None, :], len(SEARCH_GRID))[0]
    return float(log_e) / math.log(10.0)


def log10_p_from_e(log10_e: float) -> float:
    """Turn an e-value into the p-value it bounds.

    Parameters
    ----------
    log10_e
        Decimal logarithm of an e-value; finite.

    Returns
    -------
    float
        ``min(0, -log10_e)``.

    Raises
    ------
    ValueError
        If `log10_e` is not finite.

    Examples
    --------
    >>> log10_p_from_e(12.5), log10_p_from_e(-3.0)
    (-12.5, 0.0)
    """
    if not math.isfinite(log10_e):
        raise ValueError("the e-value must be finite and positive")
    return min(0.0, -log10_e)


def _checked(
    in_place: ArrayLike, mutual: ArrayLike, n: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    found = np.asarray(in_place, dtype=np.float64)
    pairs = np.asarray(mutual, dtype=np.float64)
    if found.ndim != 2 or found.shape != pairs.shape:
        message = f"counts need one shape of two axes, not {found.shape} and {pairs.shape}"
        raise ValueError(message)
    units = np.broadcast_to(np.asarray(n, dtype=np.float64), found.shape)
    if not ((found >= 0.0) & (found <= pairs) & (pairs <= units)).all():
        raise ValueError("expected 0 <= in place <= mutual <= n for every pair of groups")
    return found, pairs, units


def _log_mean(values: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Logarithm of the mean of exponentials along the last axis, without overflow."""
    largest = values.max(axis=1, keepdims=True)
    summed = np.exp(values - largest).sum(axis=1)
    result: NDArray[np.float64] = np.log(summed) + largest[:, 0] - math.log(n)
    return result
