"""Re-indexed copies planted on purpose: a model's MLPs, disguised, to be searched for.

The module makes copies; it does not search for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dokja.numerics.unit_shapes import UnitShapes, unit_shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["MlpMatrices", "disguised", "reduced"]

MlpMatrices = tuple["NDArray[np.float32]", ...]
"""Gate and up, or up alone; then down, transposed: shape ``(n, d)`` each."""

MAX_UNITS = 192
MAX_WIDTH = 128
SCALE_SPREAD = 0.5


def reduced(layers: Sequence[UnitShapes], rng: np.random.Generator) -> list[MlpMatrices]:
    """Take a small part of some MLPs, in which planting is cheap.

    Parameters
    ----------
    layers
        MLPs of one residual stream.
    rng
        Chooses 192 units of each, and 128 directions of the stream for all.

    Returns
    -------
    list of tuple of NDArray[float32]
        Matrices of shape ``(n, d)`` for each MLP that has units which are not dead.

    Notes
    -----
    Fewer units and directions carry less to be recognised by, so that what is found in the part
    would be found in the whole.
    """
    width = layers[0].width
    projection = None
    if width > MAX_WIDTH:
        drawn = rng.standard_normal((width, MAX_WIDTH))
        projection = np.linalg.qr(drawn)[0].astype(np.float32)
    parts = []
    for shapes in layers:
        alive = rng.permutation(np.flatnonzero(shapes.alive))[:MAX_UNITS]
        if not alive.size:
            continue
        rows = [
            matrix[alive] * shapes.lengths[alive, place][:, None] + shapes.means[place]
            for place, matrix in enumerate(shapes.directions)
        ]
        parts.append(tuple(row if projection is None else row @ projection for row in rows))
    return parts


def disguised(
    layers: Sequence[MlpMatrices], cosine: float, rng: np.random.Generator
) -> list[UnitShapes]:
    """Make a copy that keeps so much of each unit, and disguise it.

    Parameters
    ----------
    layers
        Matrices of each MLP.
    cosine
        Cosine of each copied vector with the original.
    rng
        Draws the noise, the new order of units, the rotation, the scales and the signs.

    Returns
    -------
    list of UnitShapes
        The copy: units renumbered in every layer, the residual stream rotated, and where there is
        a gate the pairs of up and down rescaled and flipped in sign.
    """
    width = layers[0][0].shape[1]
    rotation = np.linalg.qr(rng.standard_normal((width, width)))[0].astype(np.float32)
    copies = []
    for matrices in layers:
        n = len(matrices[0])
        order = rng.permutation(n)
        scale = np.ones(n, dtype=np.float32)
        if len(matrices) == 3:
            drawn = np.exp(SCALE_SPREAD * rng.standard_normal(n)) * rng.choice([-1.0, 1.0], n)
            scale = drawn.astype(np.float32)
        rows = [_noised(matrix, cosine, rng)[order] for matrix in matrices]
        if len(rows) == 3:
            rows[1], rows[2] = rows[1] * scale[:, None], rows[2] / scale[:, None]
        *reads, writes = (row @ rotation for row in rows)
        copies.append(unit_shapes(reads, writes))
    return copies


def _noised(
    matrix: NDArray[np.float32], cosine: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    noise = rng.standard_normal(matrix.shape).astype(np.float32)
    noise *= np.linalg.norm(matrix, axis=1, keepdims=True) / np.linalg.norm(
        noise, axis=1, keepdims=True
    )
    rest = np.sqrt(max(0.0, 1.0 - cosine * cosine))
    return np.asarray(cosine * matrix + rest * noise, dtype=np.float32)
