"""Products and decompositions of large matrices, on the processor or wherever the caller says.

The module knows numpy and the shape of what may stand in for it; it never loads an accelerator.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Matrix = NDArray[Any]

__all__ = ["Algebra", "eigh", "product", "svd", "using"]


class Algebra(Protocol):
    """Linear algebra on some device; arrays go in and come back as numpy's."""

    def product(self, a: Matrix, b: Matrix) -> Matrix:  # numpydoc ignore=PR01
        """Return ``a @ b``."""
        ...

    def svd(self, matrix: Matrix) -> tuple[Matrix, Matrix]:  # numpydoc ignore=PR01
        """Return the left and the transposed right singular vectors, without the missing ones."""
        ...

    def eigh(self, matrix: Matrix) -> tuple[Matrix, Matrix]:  # numpydoc ignore=PR01
        """Return eigenvalues in rising order, and eigenvectors as columns."""
        ...


class _Numpy:
    """The processor."""

    def product(self, a: Matrix, b: Matrix) -> Matrix:
        return np.asarray(a @ b)

    def svd(self, matrix: Matrix) -> tuple[Matrix, Matrix]:
        left, _, right = np.linalg.svd(matrix, full_matrices=False)
        return left, right

    def eigh(self, matrix: Matrix) -> tuple[Matrix, Matrix]:
        values, vectors = np.linalg.eigh(matrix)
        return values, vectors


_PROCESSOR = _Numpy()
_current: ContextVar[Algebra | None] = ContextVar("algebra", default=None)


@contextmanager
def using(algebra: Algebra | None) -> Iterator[None]:
    """Let everything inside compute elsewhere.

    Parameters
    ----------
    algebra
        What computes; None leaves things as they are.

    Yields
    ------
    None
        Nothing.
    """
    if algebra is None:
        yield
        return
    token = _current.set(algebra)
    try:
        yield
    finally:
        _current.reset(token)


def product(a: Matrix, b: Matrix) -> Matrix:
    """Multiply two matrices.

    Parameters
    ----------
    a
        Shape ``(n, k)``.
    b
        Shape ``(k, m)``.

    Returns
    -------
    NDArray
        Shape ``(n, m)``, of the type of `a`.
    """
    return (_current.get() or _PROCESSOR).product(a, b)


def svd(matrix: Matrix) -> tuple[Matrix, Matrix]:
    """Find singular vectors.

    Parameters
    ----------
    matrix
        Shape ``(n, m)``.

    Returns
    -------
    left, right
        Shape ``(n, k)`` and ``(k, m)`` with ``k`` the smaller of both; largest values first.
    """
    return (_current.get() or _PROCESSOR).svd(matrix)


def eigh(matrix: Matrix) -> tuple[Matrix, Matrix]:
    """Find eigenvalues and eigenvectors of a symmetric matrix.

    Parameters
    ----------
    matrix
        Shape ``(n, n)``.

    Returns
    -------
    values, vectors
        Shape ``(n,)`` in rising order, and ``(n, n)``, one column each.
    """
    return (_current.get() or _PROCESSOR).eigh(matrix)
