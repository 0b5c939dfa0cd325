"""One model as a weighted sum of several others: least squares on sums of products, by blocks.

The module knows sums over tensors that were laid side by side, never which models they are of.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from dokja.numerics.retention import jackknife_limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

__all__ = ["Mixture", "Products", "Weight", "fit_mixture", "gain_ratios", "relative_to"]

Array = NDArray[np.float64]
_MIN_EIGENVALUE = 1e-12
"""Of the references' correlations, below which two of them are one and the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Products:
    """Centred sums of products of a subject and some references, the subject first.

    Parameters
    ----------
    sums
        Shape ``(1 + n_references, 1 + n_references)``.
    """

    sums: Array

    @classmethod
    def from_tensors(cls, tensors: Sequence[ArrayLike]) -> Self | None:
        """Measure tensors of one role.

        Parameters
        ----------
        tensors
            Of one shape, the subject's first, finite.

        Returns
        -------
        Products or None
            Each about its own mean, in units of the subject's standard deviation, so that tensors
            count by how many values they have; None where the subject does not vary.
        """
        rows = np.stack([np.asarray(tensor, dtype=np.float64).ravel() for tensor in tensors])
        rows -= rows.mean(axis=1, keepdims=True)
        sums = rows @ rows.T
        variance = sums[0, 0] / max(rows.shape[1], 1)
        return cls(sums / variance) if variance > 0.0 else None

    def __add__(self, other: Products) -> Products:
        """Pool with the sums of other tensors."""
        return Products(self.sums + other.sums)

    @property
    def correlations(self) -> Array:
        """Correlation of each with each; 0 where one does not vary."""
        norms = np.sqrt(np.diag(self.sums))
        scale = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0.0)
        return np.asarray(self.sums * np.outer(scale, scale))


@dataclass(frozen=True, slots=True)
class Weight:
    """The weight of one reference.

    Parameters
    ----------
    value
        Least squares, all references together.
    low, high
        95 % limits by jackknife over blocks; None with fewer than two blocks.
    added_share
        Of the subject's spread that the other references leave, the share this one explains.
    """

    value: float
    low: float | None
    high: float | None
    added_share: float


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """A subject as a combination of references.

    Parameters
    ----------
    weights
        One for each reference.
    residual_share
        Share of the subject's spread that the combination leaves.
    condition
        Ratio of the largest to the smallest singular value of the references, each of unit length.
    norm_ratio
        Length of the combination over the mean length of the references, weighted by their
        weights; None unless these are positive together. Near 1 on a sphere, below it on a chord.
    by_block
        Shape ``(n_blocks, n_references)``: the weights of each block alone; NaN where they are not
        determined.
    """

    weights: tuple[Weight, ...]
    residual_share: float
    condition: float
    norm_ratio: float | None
    by_block: Array


def fit_mixture(blocks: Sequence[Products]) -> Mixture | None:
    """Write a subject as a weighted sum of references.

    Parameters
    ----------
    blocks
        Sums over blocks that may be taken to vary independently, as a rule the layers; at least
        one.

    Returns
    -------
    Mixture or None
        None where the references determine no weights: one does not vary, or is another's copy.

    Notes
    -----
    A measure and no test: a reference that had no part has a weight near 0, and its interval holds
    0 as often as intervals do. The limits are those of a delete-one jackknife over blocks. Where
    references are kin of each other the weights stay unbiased and become uncertain; `condition`
    says how far (30 and more is commonly called collinear [1]_).

    Invariances: relabelling all alike; scaling a reference scales its weight. Cost: cubic in the
    number of references, times the number of blocks.

    References
    ----------
    .. [1] D. A. Belsley, E. Kuh and R. E. Welsch, "Regression Diagnostics", Wiley, 1980.
       doi:10.1002/0471725153

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> blocks = []
    >>> for _ in range(6):
    ...     a, b, stranger = rng.normal(size=(3, 1000))
    ...     blocks.append(Products.from_tensors([0.7 * a + 0.3 * b, a, b, stranger]))
    >>> [round(abs(w.value), 6) for w in fit_mixture(blocks).weights]
    [0.7, 0.3, 0.0]
    """
    total = _total(blocks)
    values = _solved(total)
    if values is None:
        return None
    without = [_solved(total - block.sums) for block in blocks] if len(blocks) > 1 else []
    known = [row for row in without if row is not None]
    residual = _residual(total, values)
    weights = []
    for place, value in enumerate(values):
        limits = _limits(float(value), [float(row[place]) for row in known], len(blocks))
        added = _added(total, residual, place)
        weights.append(Weight(float(value), limits[0], limits[1], added))
    return Mixture(
        tuple(weights),
        residual_share=_clipped(residual / total[0, 0]),
        condition=_condition(total),
        norm_ratio=_norm_ratio(total, values),
        by_block=np.array([_block_weights(block.sums) for block in blocks]),
    )


def relative_to(blocks: Sequence[Products], base: int) -> list[Products]:
    """Turn sums about a subject and references into sums about their differences from one.

    Parameters
    ----------
    blocks
        As for `fit_mixture`.
    base
        Place among the references of the one that is taken away from all others.

    Returns
    -------
    list of Products
        Subject minus base first, then the other references minus base, in their order.
    """
    n = len(blocks[0].sums)
    change = np.delete(np.eye(n), base + 1, axis=0)
    change[:, base + 1] -= 1.0
    return [Products(change @ block.sums @ change.T) for block in blocks]


def gain_ratios(
    matrices: Sequence[Products], gains: Sequence[Products]
) -> tuple[tuple[float, float | None, float | None] | None, ...]:
    """Compare the weights that references have in gains with those they have in matrices.

    Parameters
    ----------
    matrices, gains
        Sums over the same blocks.

    Returns
    -------
    tuple
        For each reference the ratio of its two weights with 95 % limits, as far as they are
        known; None where a weight is not determined or the matrices' is not positive.

    Notes
    -----
    Near 1 where the reference itself went in: gains begin at one and are formed by training alone.
    Near 0 where only its random start did.
    """
    n = len(_total(gains)) - 1
    total = _ratio(_total(matrices), _total(gains))
    if total is None or len(matrices) != len(gains):
        return (None,) * n
    without = [
        _ratio(_total(matrices) - m.sums, _total(gains) - g.sums)
        for m, g in zip(matrices, gains, strict=True)
    ]
    found: list[tuple[float, float | None, float | None] | None] = []
    for place, value in enumerate(total):
        left = [float(row[place]) for row in without if row is not None]
        if not math.isfinite(value):
            found.append(None)
            continue
        finite = [entry for entry in left if math.isfinite(entry)]
        found.append((float(value), *_limits(float(value), finite, len(matrices))))
    return tuple(found)


def _total(blocks: Sequence[Products]) -> Array:
    return np.asarray(np.sum([block.sums for block in blocks], axis=0))


def _solved(sums: Array) -> Array | None:
    """Solve the normal equations in units in which every reference has length one."""
    norms = np.sqrt(np.maximum(np.diag(sums)[1:], 0.0))
    if not norms.all() or sums[0, 0] <= 0.0:
        return None
    scaled = sums[1:, 1:] / np.outer(norms, norms)
    if np.linalg.eigvalsh(scaled)[0] <= _MIN_EIGENVALUE:
        return None
    return np.asarray(np.linalg.solve(scaled, sums[1:, 0] / norms) / norms)


def _residual(sums: Array, weights: Array) -> float:
    left = sums[0, 0] - 2.0 * weights @ sums[1:, 0] + weights @ sums[1:, 1:] @ weights
    return max(float(left), 0.0)


def _added(sums: Array, residual: float, place: int) -> float:
    rest = np.delete(np.arange(len(sums)), place + 1)
    others = sums[np.ix_(rest, rest)]
    if len(others) == 1:
        left = float(others[0, 0])
    else:
        weights = _solved(others)
        left = _residual(others, weights) if weights is not None else 0.0
    return _clipped(1.0 - residual / left) if left > 0.0 else 0.0


def _condition(sums: Array) -> float:
    norms = np.sqrt(np.diag(sums)[1:])
    values = np.linalg.eigvalsh(sums[1:, 1:] / np.outer(norms, norms))
    return float(np.sqrt(values[-1] / max(values[0], _MIN_EIGENVALUE)))


def _norm_ratio(sums: Array, weights: Array) -> float | None:
    total = float(weights.sum())
    lengths = np.sqrt(np.diag(sums)[1:])
    mean = float(weights @ lengths)
    if total <= 0.0 or mean <= 0.0:
        return None
    return math.sqrt(max(float(weights @ sums[1:, 1:] @ weights), 0.0)) * total / mean


def _block_weights(sums: Array) -> Array:
    found = _solved(sums)
    return np.full(len(sums) - 1, np.nan) if found is None else found


def _ratio(matrices: Array, gains: Array) -> Array | None:
    first, second = _solved(matrices), _solved(gains)
    if first is None or second is None:
        return None
    return np.divide(second, first, out=np.full_like(first, np.nan), where=first > 0.0)


def _limits(
    value: float, without: Sequence[float], n_blocks: int
) -> tuple[float, float] | tuple[None, None]:
    limits = jackknife_limits(value, without) if len(without) == n_blocks else None
    return limits if limits is not None else (None, None)


def _clipped(share: float) -> float:
    return min(1.0, max(0.0, share))
