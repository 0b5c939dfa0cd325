"""What is left of unit vectors when what others explain of each is taken away.

The module knows rows of numbers that belong together, never whose units they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

__all__ = ["taken_away"]

_LEAST = 1e-3
"""Length of what is left of a unit vector, below which it is rounding."""


def taken_away(subject: Matrix, others: Sequence[Matrix]) -> Matrix:
    """Take away from each row what the same rows of others span, and scale what is left.

    Parameters
    ----------
    subject
        Shape ``(n, d)``, rows of norm one or zero.
    others
        Of the same shape each.

    Returns
    -------
    NDArray[float32]
        Shape ``(n, d)``: rows of norm one, each orthogonal to the same row of every other; a row
        of zeros where nothing is left.

    Notes
    -----
    A function of `subject` and `others` alone. Cost: ``O(n d k)`` for the projection and
    ``O(n d k**2)`` for making the others orthogonal.

    Examples
    --------
    >>> taken_away(np.array([[0.6, 0.8]], np.float32), [np.array([[1, 0]], np.float32)]).tolist()
    [[0.0, 1.0]]
    """
    left = np.array(subject, dtype=np.float32)
    axes: list[Matrix] = []
    for other in others:
        axis = np.array(other, dtype=np.float32)
        for known in axes:
            axis -= _product(axis, known) * known
        axis = _scaled(axis)
        axes.append(axis)
        left -= _product(left, axis) * axis
    return _scaled(left)


def _product(first: Matrix, second: Matrix) -> Matrix:
    product = np.einsum("ij,ij->i", first, second, dtype=np.float64)
    return np.asarray(product[:, None], dtype=np.float32)


def _scaled(rows: Matrix) -> Matrix:
    norms = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))
    scale = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > _LEAST)
    return np.asarray(rows * scale[:, None].astype(np.float32), dtype=np.float32)
