"""Directions of a run: cosines of displacements, freed of rounding, and the room they span.

The module knows a run's samples, never what a direction gives away.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dokja.trajectory.context import Context
    from dokja.trajectory.reading import Stack

__all__ = ["Directions", "directions_of"]


@dataclass(frozen=True, slots=True)
class Directions:
    """Displacements of some tensors from checkpoint to checkpoint.

    Parameters
    ----------
    cosines
        Of every two displacements; not a number where one is hardly more than rounding.
    distances
        Between every two checkpoints.
    rank
        Directions the displacements span, by participation; None for fewer than two.
    """

    cosines: NDArray[np.float64]
    distances: NDArray[np.float64]
    rank: float | None

    def next_cosines(self) -> list[float | None]:
        """Return the cosine of each displacement and the one before.

        Returns
        -------
        list of float or None
            One for each displacement but the first.
        """
        found = [float(self.cosines[k, k + 1]) for k in range(len(self.cosines) - 1)]
        return [None if np.isnan(one) else one for one in found]

    def far_cosine(self, lag: int = 3) -> float | None:
        """Return the mean cosine of displacements that lie apart.

        Parameters
        ----------
        lag
            How many intervals they are apart at least.

        Returns
        -------
        float or None
            None for too few displacements.
        """
        n = len(self.cosines)
        pairs = [(j, k) for j, k in itertools.combinations(range(n), 2) if k - j >= lag]
        held = [self.cosines[pair] for pair in pairs if not np.isnan(self.cosines[pair])]
        return float(np.mean(held)) if held else None


def directions_of(context: Context, stacks: Sequence[Stack]) -> Directions:
    """Measure the directions of some tensors over a run.

    Parameters
    ----------
    context
        The run.
    stacks
        The tensors.

    Returns
    -------
    Directions
        On the sampled weights, each tensor by its size.

    Notes
    -----
    Rounding to a short format adds an error to each checkpoint that two displacements share with
    opposite signs: it pulls cosines of neighbours down to −1/2. Its expected share is taken out.
    """
    n = context.n_checkpoints
    products = np.zeros((n, n))
    errors = np.zeros(n)
    for stack in stacks:
        sample = context.run.samples[stack.name].astype(np.float64)
        sample = np.where(np.isfinite(sample), sample, 0.0)
        weight = stack.n_elements / max(stack.chosen.size, 1)
        centred = sample - sample[-1]
        products += weight * (centred @ centred.T)
        errors += weight * context.rounding(stack)
    squares = np.diag(products)
    distances = np.sqrt(np.maximum(squares[:, None] + squares[None, :] - 2.0 * products, 0.0))
    lift = np.eye(n)[1:] - np.eye(n)[:-1]
    gram = lift @ products @ lift.T
    raw = np.diag(gram).copy()
    gram -= lift @ np.diag(errors) @ lift.T
    norms = np.diag(gram).copy()
    norms[norms < 0.25 * raw] = np.nan
    norms[raw <= 0.0] = np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        cosines = np.clip(gram / np.sqrt(np.outer(norms, norms)), -1.0, 1.0)
    return Directions(cosines, distances, _rank(cosines))


def _rank(cosines: NDArray[np.float64]) -> float | None:
    known = ~np.isnan(np.diag(cosines)) if cosines.size else np.zeros(0, bool)
    held = cosines[np.ix_(known, known)] if known.any() else np.zeros((0, 0))
    if len(held) < 2:
        return None
    return float(np.trace(held) ** 2 / np.sum(held**2))
