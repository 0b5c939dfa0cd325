"""The change of basis between two residual streams, from vectors that are matched.

The module knows pairs of vectors; it knows neither where they come from nor whether the matches
are right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dokja.numerics.algebra import eigh, product, svd

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MAX_WIDTH", "Basis", "identity_basis", "procrustes", "shared_basis"]

MAX_WIDTH = 512
"""Widest stream whose rotation is found as a whole. Beyond, both sides are seen from as many
matched vectors, so that no step is cubic in the width of a real layer."""
RIDGE = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """Coordinates in which the two sides can be compared.

    Parameters
    ----------
    subject, reference
        Shape ``(d, k)`` of each side, by which its vectors are multiplied; None leaves them as
        they are.
    """

    subject: NDArray[np.float32] | None
    reference: NDArray[np.float32] | None


def procrustes(subject: NDArray[np.float32], reference: NDArray[np.float32]) -> NDArray[np.float32]:
    """Find the rotation that brings matched vectors closest together.

    Parameters
    ----------
    subject
        Shape ``(m, d_subject)``.
    reference
        Shape ``(m, d_reference)``: row i belongs to row i of `subject`.

    Returns
    -------
    NDArray[float32]
        Shape ``(d_subject, d_reference)``: Q, with orthonormal columns or rows, that makes
        ``|subject Q - reference|`` least.

    Notes
    -----
    Orthogonal Procrustes [1]_. Widths may differ; then Q is a part of a rotation. Cost: cubic in
    the width, which callers keep at `MAX_WIDTH` or below.

    References
    ----------
    .. [1] Schoenemann, doi:10.1007/BF02289451.
    """
    left, right = svd(product(subject.T, reference))
    return np.asarray(product(left, right), dtype=np.float32)


def identity_basis(width: int, rng: np.random.Generator) -> Basis:
    """Leave both sides in the basis they are in.

    Parameters
    ----------
    width
        Number of residual channels of both.
    rng
        Draws the projection where the stream is wider than `MAX_WIDTH`.

    Returns
    -------
    Basis
        One projection for both sides, or none at all.
    """
    if width <= MAX_WIDTH:
        return Basis(None, None)
    drawn = rng.standard_normal((width, MAX_WIDTH))
    projection = np.asarray(np.linalg.qr(drawn)[0], dtype=np.float32)
    return Basis(projection, projection)


def shared_basis(
    subject: NDArray[np.float32], reference: NDArray[np.float32], rng: np.random.Generator
) -> Basis:
    """Find coordinates in which matched vectors of both sides agree.

    Parameters
    ----------
    subject, reference
        Shape ``(m, d)`` of each side: row i here belongs to row i there.
    rng
        Mixes the vectors where there are more than are needed.

    Returns
    -------
    Basis
        The rotation of the subject where neither stream is wider than `MAX_WIDTH`; else the
        coordinates of every vector along as many matched ones, made orthonormal.

    Notes
    -----
    Inner products with matched vectors do not change when both streams are rotated, so that no
    rotation has to be found [1]_. Cost: linear in the width beyond `MAX_WIDTH`.

    References
    ----------
    .. [1] Moschella et al., Relative representations enable zero-shot latent space communication,
       arXiv:2209.15430.
    """
    if max(subject.shape[1], reference.shape[1]) <= MAX_WIDTH:
        return Basis(procrustes(subject, reference), None)
    if len(subject) > MAX_WIDTH:
        mixing = rng.standard_normal((MAX_WIDTH, len(subject))).astype(np.float32)
        subject, reference = product(mixing, subject), product(mixing, reference)
    gram = 0.5 * (
        subject @ subject.T.astype(np.float64) + reference @ reference.T.astype(np.float64)
    )
    values, vectors = eigh(gram)
    floor = RIDGE * max(float(values[-1]), np.finfo(np.float64).tiny)
    whitening = vectors / np.sqrt(np.maximum(values, floor))
    return Basis(
        np.asarray(subject.T @ whitening, dtype=np.float32),
        np.asarray(reference.T @ whitening, dtype=np.float32),
    )
