"""Tables that anybody can compute: masks, windows, filter banks, grids, cosine transforms.

The module looks at the order of values along the axes of one tensor; it knows no names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = NDArray[np.float64]

__all__ = ["looks_computed"]

MIN_LENGTH = 8
"""Shorter axes have no order to speak of."""
MIN_CORRELATION = 0.05
"""Mean square of the correlation of neighbours from which an axis is taken to be in order."""
RATIO = 5.0
"""The same over that of the axis shuffled."""
SHORT, SHORT_RATIO = 16, 3.0
"""So few values are alike in any order: a cosine transform of 8 reaches 3.5 times as much."""
TAIL = 19.0
"""A squared correlation of n values exceeds 20/n about once in 100,000 random lines."""
MAX_LINES = 1024
LAGS = (1, 2)


def looks_computed(values: NDArray[np.generic]) -> bool:
    """Tell a table that follows from a formula from weights that had to be trained or drawn.

    Parameters
    ----------
    values
        All values of one tensor, or a block of it, in any shape.

    Returns
    -------
    bool
        True where every axis of some length is in order: values predict their neighbours along it;
        and of matrices that hold one value at most once a row, as the identity does.
        False without such an axis, and where a value is not a number; infinities, as masks hold
        them, count as twice the largest finite value.

    Notes
    -----
    Whatever training leaves has an axis along which the order is arbitrary, of hidden units or of
    residual channels, even where another is smooth, as pixels or positions are. Along an arbitrary
    axis the squared correlation of neighbours is ``1/n`` on average. What follows from a formula,
    such as a triangular filter bank, a Hann window, a causal mask, a grid of positions, a discrete
    cosine transform or a Hadamard matrix, has no such axis. Blind to tables drawn at random with an
    agreed seed, and to permutations of a computed table. Invariant to affine maps of all values and
    to the reversal of any axis. Cost: linear in the values.

    Examples
    --------
    >>> looks_computed(np.tri(32))
    True
    >>> looks_computed(np.random.default_rng(0).normal(size=(64, 32)))
    False
    """
    table = np.asarray(values).astype(np.float64).squeeze()
    if np.isnan(table).any():
        return False
    largest = float(
        np.abs(table, where=np.isfinite(table), out=np.zeros_like(table)).max(initial=0)
    )
    table = np.clip(table / largest if largest > 0.0 else table, -2.0, 2.0)
    if _is_one_hot(table):
        return True
    long = [axis for axis, n in enumerate(table.shape) if n >= MIN_LENGTH]
    return bool(long) and all(_is_in_order(np.moveaxis(table, axis, -1)) for axis in long)


def _is_one_hot(table: Table) -> bool:
    """Whether it only says which goes where, as identities, shifts and choices of channels do."""
    held = table[table != 0.0]
    return (
        table.ndim > 1 and 0 < held.size <= max(table.shape) and bool((held == held.flat[0]).all())
    )


def _is_in_order(table: Table) -> bool:
    lines = table.reshape(-1, table.shape[-1])
    lines = lines[:: max(1, -(-len(lines) // MAX_LINES))]
    n = lines.shape[1]
    order = np.random.default_rng(0).permutation(n)
    found = _neighbours_alike(lines)
    if found is None:
        return True  # every line is constant along it
    shuffled = _neighbours_alike(lines[:, order])
    # What an arbitrary order reaches, hardly ever, on so few lines: 1/n, and the tail of its mean.
    chance = (1.0 + TAIL / np.sqrt(len(lines))) / n
    ratio = RATIO if n >= SHORT else SHORT_RATIO
    return bool(found >= max(MIN_CORRELATION, chance, ratio * (shuffled or 0.0)))


def _neighbours_alike(lines: Table) -> float | None:
    """Return the mean square correlation of neighbours, the larger of two lags."""
    centred = lines - lines.mean(axis=1, keepdims=True)
    spread = np.einsum("ij,ij->i", centred, centred)
    moving = spread > 1e-12 * lines.shape[1]
    if not moving.any():
        return None
    centred, spread = centred[moving], spread[moving]
    alike = [np.einsum("ij,ij->i", centred[:, lag:], centred[:, :-lag]) / spread for lag in LAGS]
    return float(max(np.mean(correlation**2) for correlation in alike))
