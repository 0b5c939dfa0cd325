"""Pairs of units and of channels that share nothing but what strangers may share.

In each of them the reference's indices are exchangeable, and nothing else is nice about them. The
module knows no test.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Both = tuple[Array, Array]

UnitNull = Callable[[np.random.Generator, int, int, int], "Both"]
"""Generator, units of the subject, units of the reference, values a unit: both sides' units."""

ChannelNull = Callable[[np.random.Generator, int, int], "Both"]
"""Generator, rows, channels: both sides' rows."""


def _relabelled(rng: np.random.Generator, units: Array) -> Array:
    return units[rng.permutation(len(units))]


# -- units ----------------------------------------------------------------------------------------


def gaussian_units(rng: np.random.Generator, n_s: int, n_r: int, n_values: int) -> Both:
    """Draw independent Gaussian units."""
    return rng.normal(size=(n_s, n_values)), rng.normal(size=(n_r, n_values))


def outlier_coordinates(rng: np.random.Generator, n_s: int, n_r: int, n_values: int) -> Both:
    """Draw heavy tails, and a few coordinates thirty times as large on both sides."""
    scale = np.ones(n_values)
    scale[rng.choice(n_values, size=3, replace=False)] = 30.0
    return tuple(rng.standard_t(2, size=(n, n_values)) * scale for n in (n_s, n_r))


def correlated_units(rng: np.random.Generator, n_s: int, n_r: int, n_values: int) -> Both:
    """Draw all units of both sides near one subspace of four dimensions."""
    basis = rng.normal(size=(4, n_values))
    return tuple(
        rng.normal(size=(n, 4)) @ basis + 0.5 * rng.normal(size=(n, n_values)) for n in (n_s, n_r)
    )


def unequal_units(rng: np.random.Generator, n_s: int, n_r: int, n_values: int) -> Both:
    """Draw units whose norms span decades, about a mean both sides share."""
    mean = 5.0 * rng.normal(size=n_values)
    return tuple(
        mean + rng.normal(size=(n, n_values)) * rng.lognormal(sigma=2.0, size=(n, 1))
        for n in (n_s, n_r)
    )


def clustered_units(rng: np.random.Generator, n_s: int, n_r: int, n_values: int) -> Both:
    """Draw units about eight prototypes both sides share."""
    prototypes = rng.normal(size=(8, n_values))
    return tuple(
        prototypes[rng.integers(8, size=n)] + 0.5 * rng.normal(size=(n, n_values))
        for n in (n_s, n_r)
    )


def converged_units(rng: np.random.Generator, n_s: int, n_r: int, n_values: int) -> Both:
    """Give both sides the same units, nearly, in an order of their own."""
    shared = rng.normal(size=(max(n_s, n_r), n_values))
    subject = shared[:n_s] + 0.3 * rng.normal(size=(n_s, n_values))
    reference = shared[-n_r:] + 0.3 * rng.normal(size=(n_r, n_values))
    return subject, _relabelled(rng, reference)


def ordered_subject(rng: np.random.Generator, n_s: int, n_r: int, n_values: int) -> Both:
    """Give both sides the same units, the subject's sorted by size and smooth along the index."""
    steps = (
        rng.normal(size=(max(n_s, n_r), n_values)) * np.linspace(0.2, 1.0, max(n_s, n_r))[:, None]
    )
    shared = 0.3 * np.cumsum(steps, axis=0) + steps
    subject = shared[:n_s]
    reference = shared[:n_r] + 0.1 * rng.normal(size=(n_r, n_values))
    return subject[np.argsort(np.linalg.norm(subject, axis=1))], _relabelled(rng, reference)


def copies_and_zeros(rng: np.random.Generator, n_s: int, n_r: int, n_values: int) -> Both:
    """Repeat a third of the converged units and empty a tenth."""
    sides = []
    for units in converged_units(rng, n_s, n_r, n_values):
        n = len(units)
        held = units.copy()
        held[rng.choice(n, size=n // 3, replace=False)] = held[rng.integers(n, size=n // 3)]
        held[rng.choice(n, size=n // 10, replace=False)] = 0.0
        sides.append(held)
    return sides[0], _relabelled(rng, sides[1])


UNIT_NULLS: Mapping[str, UnitNull] = {
    "independent Gaussian units": gaussian_units,
    "heavy tails, outlier coordinates": outlier_coordinates,
    "correlated units": correlated_units,
    "norms over decades, common mean": unequal_units,
    "clustered units, shared prototypes": clustered_units,
    "converged: same units, own order": converged_units,
    "converged, subject sorted and smooth": ordered_subject,
    "converged, with copies and dead units": copies_and_zeros,
}


def relabelled_units(layers: Sequence[Array]) -> UnitNull:
    """Make a null of real layers: any two of them, or one twice, the reference relabelled.

    Parameters
    ----------
    layers
        Units of each layer, of one shape.

    Returns
    -------
    UnitNull
        Takes as many units as asked for, at random, and all values whatever was asked for.
    """

    def draw(rng: np.random.Generator, n_s: int, n_r: int, n_values: int) -> Both:
        del n_values
        first, second = rng.integers(len(layers), size=2)
        kept = rng.permutation(len(layers[0]))
        return (
            layers[first][np.sort(kept[:n_s])],
            _relabelled(rng, layers[second][np.sort(kept[:n_r])]),
        )

    return draw


# -- channels -------------------------------------------------------------------------------------


def _exchanged(rng: np.random.Generator, rows: Array) -> Array:
    return rows[:, rng.permutation(rows.shape[1])]


def gaussian_channels(rng: np.random.Generator, n_rows: int, n_channels: int) -> Both:
    """Draw independent Gaussian rows."""
    return rng.normal(size=(n_rows, n_channels)), rng.normal(size=(n_rows, n_channels))


def outlier_channels(rng: np.random.Generator, n_rows: int, n_channels: int) -> Both:
    """Draw heavy tails, and on each side a few channels thirty times as large."""
    sides = []
    for _ in range(2):
        scale = np.ones(n_channels)
        scale[:3] = 30.0
        sides.append(_exchanged(rng, rng.standard_t(3, size=(n_rows, n_channels)) * scale))
    return sides[0], sides[1]


def correlated_rows(rng: np.random.Generator, n_rows: int, n_channels: int) -> Both:
    """Draw rows that are mixtures of three, mixed alike on both sides."""
    mixture = rng.normal(size=(n_rows, 3))
    return tuple(
        mixture @ rng.normal(size=(3, n_channels)) + 0.1 * rng.normal(size=(n_rows, n_channels))
        for _ in range(2)
    )


def unequal_channels(rng: np.random.Generator, n_rows: int, n_channels: int) -> Both:
    """Draw channels whose sizes span decades, about row means both sides share."""
    mean = 5.0 * rng.normal(size=(n_rows, 1))
    scale = np.exp(1.5 * np.linspace(-2.0, 2.0, n_channels))
    return tuple(
        mean + _exchanged(rng, rng.normal(size=(n_rows, n_channels)) * scale) for _ in range(2)
    )


def converged_channels(rng: np.random.Generator, n_rows: int, n_channels: int) -> Both:
    """Give both sides the same channels, nearly, in an order of their own."""
    shared = rng.standard_t(4, size=(n_rows, n_channels))
    return shared, _exchanged(rng, shared + 0.3 * rng.normal(size=shared.shape))


def ordered_channels(rng: np.random.Generator, n_rows: int, n_channels: int) -> Both:
    """Give both sides the same channels, the subject's alike to their neighbours."""
    shared = np.cumsum(rng.normal(size=(n_rows, n_channels)), axis=1)
    return shared, _exchanged(rng, shared)


CHANNEL_NULLS: Mapping[str, ChannelNull] = {
    "independent Gaussian channels": gaussian_channels,
    "heavy tails, outlier channels": outlier_channels,
    "correlated rows": correlated_rows,
    "sizes over decades, common means": unequal_channels,
    "converged: same channels, own order": converged_channels,
    "converged, subject smooth": ordered_channels,
}


def relabelled_channels(matrices: Sequence[Array]) -> ChannelNull:
    """Make a null of real matrices: any two of them, or one twice, the reference's channels moved.

    Parameters
    ----------
    matrices
        Rows along the channels, of one shape.

    Returns
    -------
    ChannelNull
        Takes as many rows as asked for, at random, and all channels.
    """

    def draw(rng: np.random.Generator, n_rows: int, n_channels: int) -> Both:
        del n_channels
        first, second = rng.integers(len(matrices), size=2)
        kept = rng.choice(len(matrices[0]), size=min(n_rows, len(matrices[0])), replace=False)
        return matrices[first][kept], _exchanged(rng, matrices[second][kept])

    return draw
