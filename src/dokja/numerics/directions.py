"""Units as directions in shared coordinates, and how well those of two MLPs agree there.

The module compares what it is given; it finds no coordinates and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dokja.numerics.algebra import eigh, product

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.numerics.bases import Basis
    from dokja.numerics.unit_shapes import UnitShapes

__all__ = ["Agreement", "Directions", "agreement", "agreement_table", "effect_of", "seen"]

Matrix = NDArray[np.float32]
Directions = tuple[NDArray[np.float32], ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well the units of two MLPs agree in some basis.

    Parameters
    ----------
    effect
        c: mean cosine of what a unit's match by the first matrix does in the others, less the
        mean over all pairs. About 0 between strangers, near 1 between copies.
    share
        q: share of the units whose nearest neighbours by every matrix are one and the same.
    n
        Units of the reference that took part.
    """

    effect: float
    share: float
    n: int


def agreement(subject: UnitShapes, reference: UnitShapes, basis: Basis) -> Agreement:
    """Match units by one matrix and see whether the others agree.

    Parameters
    ----------
    subject, reference
        Two MLPs.
    basis
        Coordinates in which to compare them.

    Returns
    -------
    Agreement
        All zero where one side has no living unit.

    Notes
    -----
    Units are matched by the gate, or by up where there is none; the others had no part in the
    match. The joint sign of (up, down) is resolved for every pair alike, matched or not.

    The eighth of the directions in which a matrix varies most is taken out of it first. Small
    models of one kind use these for the same ends whatever they were started from: without a gate
    strangers reached an effect of 0.21 with them, and 0.01 without, where copies keep 0.98.
    """
    sides = seen(subject, basis.subject), seen(reference, basis.reference)
    alive = np.flatnonzero(reference.alive)
    if not alive.size or not subject.alive.any():
        return Agreement(0.0, 0.0, 0)
    return _agreement(_without_common(sides[0]), _without_common(sides[1]), alive)


def agreement_table(
    subject: Sequence[UnitShapes], reference: Sequence[UnitShapes], basis: Basis
) -> NDArray[np.float64]:
    """Compare every MLP of one side with every one of the other.

    Parameters
    ----------
    subject, reference
        MLPs of each side.
    basis
        Coordinates in which to compare them.

    Returns
    -------
    NDArray[float64]
        Shape ``(n_subject, n_reference)``: the effect of each pair, as `agreement` measures it; 0
        where only one of the two has a gate.
    """
    ours = [_without_common(seen(shapes, basis.subject)) for shapes in subject]
    theirs = [_without_common(seen(shapes, basis.reference)) for shapes in reference]
    table = np.zeros((len(ours), len(theirs)))
    for j, shapes in enumerate(reference):
        alive = np.flatnonzero(shapes.alive)
        for i, mine in enumerate(ours):
            alike = len(mine) == len(theirs[j])
            if alike and alive.size and subject[i].alive.any():
                table[i, j] = _agreement(mine, theirs[j], alive).effect
    return table


def effect_of(subject: UnitShapes, reference: UnitShapes, basis: Basis) -> float:
    """Measure the effect with common directions left in, which is cheap and good enough to choose.

    Parameters
    ----------
    subject, reference
        Two MLPs.
    basis
        Coordinates in which to compare them.

    Returns
    -------
    float
        Effect; 0 where the reference has no living unit.
    """
    alive = np.flatnonzero(reference.alive)
    if not alive.size:
        return 0.0
    return _agreement(seen(subject, basis.subject), seen(reference, basis.reference), alive).effect


def _agreement(subject: Directions, reference: Directions, alive: NDArray[np.int64]) -> Agreement:
    is_gated = len(subject) == 3
    first, *others = (product(a, b[alive].T) for a, b in zip(subject, reference, strict=True))
    partner = first.argmax(axis=0)
    columns = np.arange(len(alive))
    sign = np.sign(np.sum(others, axis=0)) if is_gated else np.float32(1.0)
    effects, same = [], np.ones(len(alive), dtype=bool)
    for similarity in others:
        signed = similarity * sign
        effects.append(float(signed[partner, columns].mean()) - float(signed.mean()))
        strength = np.abs(similarity) if is_gated else similarity
        same &= strength.argmax(axis=0) == partner
    return Agreement(float(np.mean(effects)), float(same.mean()), len(alive))


def _without_common(directions: Directions) -> Directions:
    """Take out of each matrix the directions in which it varies most."""
    kept = []
    for matrix in directions:
        n_common = matrix.shape[1] // 8
        gram = product(matrix.T, matrix)
        common = eigh(gram)[1][:, matrix.shape[1] - n_common :]
        kept.append(_unit_rows(matrix - (matrix @ common) @ common.T))
    return tuple(kept)


def seen(shapes: UnitShapes, projection: Matrix | None) -> Directions:
    """Return the directions of units in other coordinates.

    Parameters
    ----------
    shapes
        Units of one MLP.
    projection
        Shape ``(d, k)``, or None to leave them as they are.

    Returns
    -------
    tuple of NDArray[float32]
        Shape ``(n, k)`` for each matrix, rows of norm one or zero.
    """
    if projection is None:
        return shapes.directions
    return tuple(_unit_rows(product(matrix, projection)) for matrix in shapes.directions)


def _unit_rows(matrix: Matrix) -> Matrix:
    norms = np.sqrt(np.einsum("ij,ij->i", matrix, matrix, dtype=np.float64))
    scale = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0.0)
    return np.asarray(matrix * scale[:, None].astype(np.float32), dtype=np.float32)
