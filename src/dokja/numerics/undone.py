"""What a re-indexing did, read off two MLPs once the basis between them is known.

The module knows two MLPs and a basis; it says what differs between them, not whether it matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dokja.numerics.reindexing import joint_similarity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dokja.numerics.bases import Basis
    from dokja.numerics.unit_shapes import UnitShapes

__all__ = ["AlignedSums", "ChannelChange", "Undone", "channel_change", "undone"]

MAX_CHANNEL_ROWS = 2048


@dataclass(frozen=True, slots=True)
class AlignedSums:
    """Sums over aligned numbers, which add over layers."""

    n: int = 0
    subject: float = 0.0
    reference: float = 0.0
    squares_subject: float = 0.0
    squares_reference: float = 0.0
    product: float = 0.0

    def __add__(self, other: AlignedSums) -> AlignedSums:
        return AlignedSums(
            self.n + other.n,
            self.subject + other.subject,
            self.reference + other.reference,
            self.squares_subject + other.squares_subject,
            self.squares_reference + other.squares_reference,
            self.product + other.product,
        )

    @property
    def cosine(self) -> float | None:
        """Cosine of all aligned numbers, or None where one side has none but zeros."""
        return _quotient(self.product, self.squares_subject, self.squares_reference)

    @property
    def pearson(self) -> float | None:
        """Pearson correlation of all aligned numbers, or None where one side does not vary."""
        if not self.n:
            return None
        a, b = self.subject / self.n, self.reference / self.n
        return _quotient(
            self.product - self.n * a * b,
            self.squares_subject - self.n * a * a,
            self.squares_reference - self.n * b * b,
        )


@dataclass(frozen=True, slots=True)
class Undone:
    """How the units of one MLP were found again.

    Parameters
    ----------
    n
        Living units of the reference.
    n_mutual
        Units that are each other's nearest.
    n_in_place
        Of these, those that bear the same number.
    n_flipped
        Of these, those whose (up, down) are flipped in sign.
    scale_spread
        Largest standard deviation, over the matrices, of the natural logarithm of a unit's norm
        here over its norm there; None where fewer than two units were found again.
    sums
        Over the numbers of all matrices, units matched, scales and signs undone.
    """

    n: int
    n_mutual: int
    n_in_place: int
    n_flipped: int
    scale_spread: float | None
    sums: AlignedSums


@dataclass(frozen=True, slots=True)
class ChannelChange:
    """What became of the residual channels.

    Parameters
    ----------
    same
        Mean cosine of matched vectors as they stand, over that in the recovered basis: 1 where
        the basis is the same, 0 where nothing is left of it; None where the widths differ.
    renumbered
        Mean absolute cosine of the channels after the best renumbering; near 1 where channels
        were only renumbered and flipped.
    flipped_share
        Share of the renumbered channels whose sign is flipped.
    """

    same: float | None
    renumbered: float
    flipped_share: float


def undone(subject: UnitShapes, reference: UnitShapes, basis: Basis) -> Undone:
    """Describe how the units of one MLP were found again.

    Parameters
    ----------
    subject, reference
        Two MLPs.
    basis
        Coordinates in which they agree.

    Returns
    -------
    Undone
        Counts, spread of scales and sums over aligned numbers.

    Notes
    -----
    Every living unit of the reference is laid beside its nearest of the subject, so that units
    that were not found again count against the cosine.
    """
    joint, signs, matches = joint_similarity(subject, reference, basis)
    i, j = matches.subject_index, matches.reference_index
    alive = np.flatnonzero(reference.alive)
    partner = joint[:, alive].argmax(axis=0)
    sign = signs[partner, alive]
    sums = AlignedSums()
    for place in range(len(reference.directions)):
        x = _raw(subject, place, partner, basis.subject)
        y = _raw(reference, place, alive, basis.reference)
        ratio = reference.log_norms[alive, place] - subject.log_norms[partner, place]
        flips = sign if reference.is_gated and place > 0 else np.ones_like(sign)
        x *= (np.exp(ratio) * flips)[:, None].astype(np.float32)
        sums += _sums(x, y)
    logs = subject.log_norms[i] - reference.log_norms[j]
    return Undone(
        n=len(alive),
        n_mutual=len(i),
        n_in_place=int(np.count_nonzero(subject.index[i] == reference.index[j])),
        n_flipped=int(np.count_nonzero(signs[i, j] < 0.0)),
        scale_spread=float(logs.std(axis=0).max()) if len(i) > 1 else None,
        sums=sums,
    )


def channel_change(
    layers: Sequence[tuple[UnitShapes, UnitShapes]], basis: Basis, rng: np.random.Generator
) -> ChannelChange:
    """Say whether the residual channels were left, renumbered or rotated.

    Parameters
    ----------
    layers
        Pairs of MLPs.
    basis
        Coordinates in which they agree.
    rng
        Chooses vectors where there are more than 2,048.

    Returns
    -------
    ChannelChange
        Figures that tell the three apart.
    """
    rows: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []
    for subject, reference in layers:
        _, signs, matches = joint_similarity(subject, reference, basis)
        i, j = matches.subject_index, matches.reference_index
        for place in range(len(reference.directions)):
            x = subject.directions[place][i]
            if reference.is_gated and place > 0:
                x = x * signs[i, j][:, None]
            rows.append((x, reference.directions[place][j]))
    x, y = (np.concatenate(side) for side in zip(*rows, strict=True))
    kept = rng.permutation(len(x))[:MAX_CHANNEL_ROWS]
    x, y = x[kept], y[kept]
    columns = _unit_columns(x).T @ _unit_columns(y)
    best = np.abs(columns).argmax(axis=0)
    chosen = columns[best, np.arange(columns.shape[1])]
    same = None
    if x.shape[1] == y.shape[1]:
        aligned = np.einsum("ij,ij->", _seen(x, basis.subject), _seen(y, basis.reference))
        raw = np.einsum("ij,ij->", x, y)
        same = float(raw / aligned) if aligned > 0.0 else None
    return ChannelChange(same, float(np.abs(chosen).mean()), float((chosen < 0.0).mean()))


def _raw(
    shapes: UnitShapes,
    place: int,
    units: NDArray[np.int64],
    projection: NDArray[np.float32] | None,
) -> NDArray[np.float32]:
    """Return units as they were before they were centred and scaled, in some coordinates."""
    lengths = shapes.lengths[units, place][:, None]
    return _seen(shapes.directions[place][units] * lengths + shapes.means[place], projection)


def _seen(rows: NDArray[np.float32], projection: NDArray[np.float32] | None) -> NDArray[np.float32]:
    return rows.copy() if projection is None else np.asarray(rows @ projection, dtype=np.float32)


def _sums(x: NDArray[np.float32], y: NDArray[np.float32]) -> AlignedSums:
    return AlignedSums(
        x.size,
        float(x.sum(dtype=np.float64)),
        float(y.sum(dtype=np.float64)),
        float(np.einsum("ij,ij->", x, x, dtype=np.float64)),
        float(np.einsum("ij,ij->", y, y, dtype=np.float64)),
        float(np.einsum("ij,ij->", x, y, dtype=np.float64)),
    )


def _unit_columns(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(matrix, axis=0)
    return np.asarray(matrix / np.where(norms > 0.0, norms, 1.0), dtype=np.float32)


def _quotient(product: float, a: float, b: float) -> float | None:
    if a <= 0.0 or b <= 0.0:
        return None
    return float(np.clip(product / np.sqrt(a * b), -1.0, 1.0))
