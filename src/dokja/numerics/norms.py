"""Figures for vectors of norm gains: the cosine that misleads and those that do not.

The module knows vectors; which norm they belong to is not its business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dokja.numerics.relabelling import PermutationZ, permutation_z_of_rows
from dokja.numerics.retention import CentredSums

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "expected_shuffled_cosine",
    "joint_permutation_z",
    "pearson",
    "raw_cosine",
    "shuffled_cosine",
]


def raw_cosine(subject: ArrayLike, reference: ArrayLike) -> float | None:
    """Cosine of two vectors as they stand, not centred.

    Parameters
    ----------
    subject, reference
        Shape ``(n,)``, finite.

    Returns
    -------
    float or None
        None where a vector is zero or empty.

    Raises
    ------
    ValueError
        If the shapes differ or a value is not finite.

    Notes
    -----
    Gains start at 1 and stay near it, so that this is close to 1 for any two models: compare
    `expected_shuffled_cosine`.

    Examples
    --------
    >>> round(raw_cosine([1.1, 0.9], [0.9, 1.1]), 3)
    0.98
    """
    a, b = _vectors(subject, reference)
    return _cosine(a, b)


def shuffled_cosine(
    subject: ArrayLike, reference: ArrayLike, rng: np.random.Generator
) -> float | None:
    """Cosine after the reference's coordinates were shuffled, which destroys every agreement.

    Parameters
    ----------
    subject, reference
        Shape ``(n,)``, finite.
    rng
        Source of the shuffle.

    Returns
    -------
    float or None
        None where a vector is zero or empty.

    Raises
    ------
    ValueError
        If the shapes differ or a value is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> gains = np.linspace(0.9, 1.1, 64)
    >>> shuffled_cosine(gains, gains, np.random.default_rng(0)) > 0.99
    True
    """
    a, b = _vectors(subject, reference)
    return _cosine(a, rng.permutation(b))


def expected_shuffled_cosine(subject: ArrayLike, reference: ArrayLike) -> float | None:
    """Mean of the cosine over all shuffles, exactly.

    Parameters
    ----------
    subject, reference
        Shape ``(n,)``, finite.

    Returns
    -------
    float or None
        ``n mean(subject) mean(reference)`` over the product of the norms; None where a vector is
        zero or empty.

    Raises
    ------
    ValueError
        If the shapes differ or a value is not finite.

    Examples
    --------
    >>> round(expected_shuffled_cosine([1.0, 0.0], [1.0, 0.0]), 3)
    0.5
    """
    a, b = _vectors(subject, reference)
    if not a.size:
        return None
    return _cosine(np.full_like(a, a.mean()), np.full_like(b, b.mean()), a, b)


def pearson(subject: ArrayLike, reference: ArrayLike) -> float | None:
    """Cosine of two vectors, each about its own mean.

    Parameters
    ----------
    subject, reference
        Shape ``(n,)``, finite.

    Returns
    -------
    float or None
        None where all values of a vector are equal.

    Raises
    ------
    ValueError
        If the shapes differ or a value is not finite.

    Examples
    --------
    >>> round(pearson([1.1, 0.9], [0.9, 1.1]), 3)
    -1.0
    """
    return CentredSums.from_arrays(*_vectors(subject, reference)).pearson


def joint_permutation_z(subject: ArrayLike, reference: ArrayLike) -> PermutationZ:
    """Standardise how well many vectors agree under one relabelling of all of them.

    Parameters
    ----------
    subject, reference
        Shape ``(n_vectors, n_channels)``, finite: vectors along the same channels, such as all
        gains of a component.

    Returns
    -------
    PermutationZ
        As `dokja.numerics.relabelling.permutation_z`; None and None where no vector varies on both
        sides.

    Raises
    ------
    ValueError
        If the shapes differ or are not two-dimensional, or a value is not finite.

    Notes
    -----
    A description, never a p-value: one coinciding outlier channel makes it large, which `kappa`
    shows. Each vector is brought to mean 0 and norm 1 beforehand, so that all count alike; vectors
    that do not vary on both sides are left out. All vectors are relabelled together, because their
    channels are one set of units: z of single vectors must not be combined as if independent.

    Examples
    --------
    >>> import numpy as np
    >>> gains = 1.0 + 0.01 * np.random.default_rng(0).normal(size=(4, 200))
    >>> joint_permutation_z(gains, gains).z > 10
    True
    >>> abs(joint_permutation_z(gains, gains[:, ::-1]).z) < 4
    True
    """
    a = _standardised(subject)
    b = _standardised(reference)
    if a.shape != b.shape:
        message = f"the two sides must have one shape, not {a.shape} and {b.shape}"
        raise ValueError(message)
    varying = a.any(axis=1) & b.any(axis=1)
    return permutation_z_of_rows(a[varying], b[varying])


def _standardised(vectors: ArrayLike) -> NDArray[np.float64]:
    rows = np.asarray(vectors, dtype=np.float64)
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise ValueError("expected two axes of finite values")
    centred = np.zeros_like(rows)
    if rows.size == 0:
        return centred
    varying = rows.min(axis=1) < rows.max(axis=1)
    centred[varying] = rows[varying] - rows[varying].mean(axis=1, keepdims=True)
    centred[varying] /= np.linalg.norm(centred[varying], axis=1, keepdims=True)
    return centred


def _cosine(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    scale_a: NDArray[np.float64] | None = None,
    scale_b: NDArray[np.float64] | None = None,
) -> float | None:
    norm_a = float(np.linalg.norm(a if scale_a is None else scale_a))
    norm_b = float(np.linalg.norm(b if scale_b is None else scale_b))
    if norm_a == 0.0 or norm_b == 0.0:
        return None
    return min(1.0, max(-1.0, float((a / norm_a) @ (b / norm_b))))


def _vectors(
    subject: ArrayLike, reference: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a = np.asarray(subject, dtype=np.float64)
    b = np.asarray(reference, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape:
        message = f"expected two vectors of one length, got shapes {a.shape} and {b.shape}"
        raise ValueError(message)
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("the values are not all finite")
    return a, b
