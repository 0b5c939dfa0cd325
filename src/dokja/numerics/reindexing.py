"""Undoing a re-indexing: units found again behind permutation, rotation, scaling and sign flips.

Fitted on some layers, judged on others. The module knows pairs of MLPs; it decides nothing and
never looks at the index of a unit when it fits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dokja.numerics.algebra import product
from dokja.numerics.bases import Basis, procrustes, shared_basis
from dokja.numerics.directions import Agreement, Directions, agreement, effect_of, seen
from dokja.numerics.matching import MutualMatches, mutual_nearest
from dokja.numerics.unit_shapes import MIN_MATCHES, UnitShapes, match_by_invariants

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "Recovered",
    "basis_by_index",
    "basis_by_invariants",
    "joint_similarity",
    "recover",
]

Matrix = NDArray[np.float32]
Layers = tuple[UnitShapes, UnitShapes]
"""An MLP of the subject and one of the reference."""

N_ROUNDS = 8
N_TRIAL_ROUNDS = 3
MIN_TRIAL_EFFECT = 0.02
"""Effect on the fitted layers, after three rounds, below which a start is given up."""
N_FITTED_UNITS = 512
"""Units of a reference's layer that take part in the fit."""


@dataclass(frozen=True, slots=True, eq=False)
class Recovered:
    """The best basis that was found, and what it shows on layers it was not fitted on."""

    start: str
    basis: Basis
    fitted: float
    """Mean effect on the fitted layers, by which the start was chosen."""
    held: tuple[Agreement, ...]
    """On each held-out pair of layers."""


def recover(
    fit: Sequence[Layers],
    held: Sequence[Layers],
    starts: Mapping[str, Basis],
    rng: np.random.Generator,
) -> Recovered | None:
    """Find the basis in which the fitted layers agree best, and judge the others in it.

    Parameters
    ----------
    fit
        Pairs of MLPs the basis is fitted on.
    held
        Pairs of MLPs it is judged on; never looked at while fitting.
    starts
        Bases to begin from, by name, in the order of preference.
    rng
        Chooses units where there are more than are needed.

    Returns
    -------
    Recovered or None
        None without a start or without layers to fit.

    Notes
    -----
    Each start is refined by matching units on all matrices jointly, keeping the better half of the
    mutual nearest neighbours, and turning the subject's basis by Procrustes, until the matches
    stand still. The start is chosen by the fitted layers alone. Since `held` had no part in it,
    trying many starts, or many restarts, gains a stranger nothing there.

    Invariant to permutations of units, positive scaling of each unit in each matrix, sign flips of
    (up, down) pairs and rotations of either residual stream. Cost: ``O(n_subject * 512 * k)`` a
    layer and round, with ``k`` at most `dokja.numerics.bases.MAX_WIDTH`.
    """
    sampled = [(subject, _sample(reference, rng)) for subject, reference in fit]
    best: tuple[float, str, Basis] | None = None
    for name, start in starts.items():
        basis, effect = _refined(sampled, start)
        if best is None or effect > best[0]:
            best = (effect, name, basis)
    if best is None or not fit:
        return None
    effect, name, basis = best
    judged = tuple(agreement(subject, reference, basis) for subject, reference in held)
    return Recovered(name, basis, effect, judged)


def joint_similarity(
    subject: UnitShapes, reference: UnitShapes, basis: Basis
) -> tuple[NDArray[np.float32], NDArray[np.float32], MutualMatches]:
    """Compare units by all matrices together.

    Parameters
    ----------
    subject, reference
        Two MLPs.
    basis
        Coordinates in which to compare them.

    Returns
    -------
    similarity
        Shape ``(n_subject, n_reference)``: sum of the cosines of all matrices, the joint sign of
        (up, down) resolved.
    signs
        Same shape: 1, or -1 where (up, down) would be flipped.
    matches
        Mutual nearest neighbours by that similarity.
    """
    sides = seen(subject, basis.subject), seen(reference, basis.reference)
    first, *others = (product(a, b.T) for a, b in zip(*sides, strict=True))
    rest = np.sum(others, axis=0)
    if not subject.is_gated:
        joint = first + rest
        return joint, np.ones_like(joint), mutual_nearest(joint)
    joint = first + np.abs(rest)
    return joint, np.where(rest < 0.0, np.float32(-1.0), np.float32(1.0)), mutual_nearest(joint)


def basis_by_invariants(fit: Sequence[Layers], rng: np.random.Generator) -> Basis | None:
    """Begin with the units whose invariants agree best.

    Parameters
    ----------
    fit
        Pairs of MLPs.
    rng
        Mixes vectors where there are more than are needed.

    Returns
    -------
    Basis or None
        None where too few units match.
    """
    rows = []
    for subject, reference in fit:
        i, j, _ = match_by_invariants(subject, reference)
        rows.append((subject, reference, i, j, subject.signs[i] * reference.signs[j]))
    return _basis_of(rows, rng)


def basis_by_index(fit: Sequence[Layers], rng: np.random.Generator) -> Basis | None:
    """Begin with the units that bear the same index, as if only the basis had been turned.

    Parameters
    ----------
    fit
        Pairs of MLPs.
    rng
        Mixes vectors where there are more than are needed.

    Returns
    -------
    Basis or None
        None where too few units bear the same index.

    Notes
    -----
    What is found from here must not be judged by the index of units, for that was fitted.
    """
    rows = []
    for subject, reference in fit:
        if len(subject.directions) == len(reference.directions):
            _, i, j = np.intersect1d(subject.index, reference.index, return_indices=True)
            rows.append((subject, reference, i, j, np.ones(len(i), dtype=np.float32)))
    return _basis_of(rows, rng)


Rows = tuple[UnitShapes, UnitShapes, NDArray[np.int64], NDArray[np.int64], Matrix]


def _basis_of(rows: Sequence[Rows], rng: np.random.Generator) -> Basis | None:
    pairs = [_stacked(s.directions, r.directions, i, j, sign) for s, r, i, j, sign in rows]
    if sum(len(x) for x, _ in pairs) < MIN_MATCHES:
        return None
    subject, reference = (np.concatenate(side) for side in zip(*pairs, strict=True))
    return shared_basis(subject, reference, rng)


def _stacked(
    subject: Directions, reference: Directions,
    i: NDArray[np.int64], j: NDArray[np.int64], sign: NDArray[np.float32],
) -> tuple[Matrix, Matrix]:  # fmt: skip
    """Lay matched vectors of all matrices below each other, flips of (up, down) undone."""
    # A gate bears no sign: only what follows it can be flipped without a trace.
    free = [len(subject) == 3 and place > 0 for place in range(len(subject))]
    x = [a[i] * sign[:, None] if flips else a[i] for a, flips in zip(subject, free, strict=True)]
    return np.concatenate(x), np.concatenate([b[j] for b in reference])


def _refined(fit: Sequence[Layers], start: Basis) -> tuple[Basis, float]:
    sides = [(seen(s, start.subject), seen(r, start.reference)) for s, r in fit]
    turned = [subject for subject, _ in sides]
    rotation: Matrix | None = None
    previous: list[bytes] = []
    for n_done in range(1, N_ROUNDS + 1):
        rows, places = [], []
        for (subject, reference), now in zip(sides, turned, strict=True):
            i, j, sign = _better_half(*_match(now, reference))
            rows.append(_stacked(subject, reference, i, j, sign))
            places.append(i.tobytes() + j.tobytes())
        x, y = (np.concatenate(side) for side in zip(*rows, strict=True))
        if places == previous or len(x) < MIN_MATCHES:
            break
        previous = places
        rotation = procrustes(x, y)
        turned = [tuple(product(matrix, rotation) for matrix in subject) for subject, _ in sides]
        if n_done == N_TRIAL_ROUNDS and _effect(fit, _turned(start, rotation)) < MIN_TRIAL_EFFECT:
            break
    basis = _turned(start, rotation)
    return basis, _effect(fit, basis)


def _turned(start: Basis, rotation: Matrix | None) -> Basis:
    if rotation is None:
        return start
    subject = rotation if start.subject is None else start.subject @ rotation
    return Basis(subject, start.reference)


def _effect(fit: Sequence[Layers], basis: Basis) -> float:
    return float(np.mean([effect_of(subject, reference, basis) for subject, reference in fit]))


def _match(subject: Directions, reference: Directions) -> tuple[MutualMatches, Matrix]:
    first, *others = (product(a, b.T) for a, b in zip(subject, reference, strict=True))
    rest = np.sum(others, axis=0)
    gated = len(subject) == 3
    matches = mutual_nearest(first + (np.abs(rest) if gated else rest))
    signs = np.ones(matches.n_mutual, dtype=np.float32)
    if gated:
        signs = np.where(rest[matches.subject_index, matches.reference_index] < 0.0, -1.0, 1.0)
    return matches, signs.astype(np.float32)


def _better_half(
    matches: MutualMatches, signs: Matrix
) -> tuple[NDArray[np.int64], NDArray[np.int64], Matrix]:
    order = np.argsort(-matches.similarity, kind="stable")
    kept = np.sort(order[: max(len(order) // 2, MIN_MATCHES)])
    return matches.subject_index[kept], matches.reference_index[kept], signs[kept]


def _sample(shapes: UnitShapes, rng: np.random.Generator) -> UnitShapes:
    if shapes.n <= N_FITTED_UNITS:
        return shapes
    kept = np.sort(rng.choice(shapes.n, N_FITTED_UNITS, replace=False))
    return UnitShapes(
        directions=tuple(matrix[kept] for matrix in shapes.directions),
        invariants=shapes.invariants[kept],
        signs=shapes.signs[kept],
        log_norms=shapes.log_norms[kept],
        lengths=shapes.lengths[kept],
        means=shapes.means,
        alive=shapes.alive[kept],
        index=shapes.index[kept],
    )
