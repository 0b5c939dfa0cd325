"""How often each test finds an effect of a stated size.

The module plants into weights, not into similarities, so that it also checks the latter way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.calibration import draws
from bench.calibration.canaries import TEST, begun_alike

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LEVEL = -6.0
"""log10 of the p-value an accusation needs."""

N_UNITS = 256
N_VALUES = 96
N_LAYERS = 6


@dataclass(frozen=True, slots=True)
class Effect:
    """A test and what was planted for it to find."""

    test: str
    planted: str
    least: float
    """Share of the plantings that have to be found; 0 where the test is near its limit."""
    draw: Callable[[np.random.Generator], float]


def inherited(rng: np.random.Generator, reference: Array, share: float, cosine: float) -> Array:
    """Draw a subject's units, some of which the reference's stand in.

    Parameters
    ----------
    rng
        Source of the subject's own units, and of the choice.
    reference
        Shape ``(n_units, n_values)``.
    share
        Share of units that inherit, in place.
    cosine
        Cosine of an inherited unit with its twin, on average.

    Returns
    -------
    array
        The shape of `reference`.
    """
    own = rng.normal(size=reference.shape)
    chosen = rng.choice(len(own), size=round(share * len(own)), replace=False)
    own[chosen] = cosine * reference[chosen] + np.sqrt(1.0 - cosine**2) * own[chosen]
    return own


def _layers(rng: np.random.Generator, n: int = N_LAYERS) -> list[Array]:
    return [rng.normal(size=(N_UNITS, N_VALUES)) for _ in range(n)]


def _in_place(share: float, cosine: float) -> Callable[[np.random.Generator], float]:
    def draw(rng: np.random.Generator) -> float:
        return draws.in_place(
            [(inherited(rng, layer, share, cosine), layer) for layer in _layers(rng)]
        )

    return draw


def _order(n_kept: int, cosine: float) -> Callable[[np.random.Generator], float]:
    def draw(rng: np.random.Generator) -> float:
        groups = []
        for layer in _layers(rng, 2):
            kept = np.sort(rng.choice(N_UNITS, size=n_kept, replace=False))
            groups.append(([inherited(rng, layer[kept], 1.0, cosine)], layer))
        return draws.order(groups)

    return draw


def _search(n_kept: int, share: float, cosine: float) -> Callable[[np.random.Generator], float]:
    def draw(rng: np.random.Generator) -> float:
        reference = _layers(rng)
        kept = rng.permutation(N_LAYERS)[:n_kept]
        own = [rng.normal(size=(N_UNITS, N_VALUES)) for _ in range(2)]
        moved = [inherited(rng, reference[layer], share, cosine) for layer in kept]
        return draws.search([*moved, *own], reference)

    return draw


def _swap(n_channels: int, cosine: float) -> Callable[[np.random.Generator], float]:
    def draw(rng: np.random.Generator) -> float:
        tensors = []
        for _ in range(4):
            reference = rng.normal(size=(64, n_channels))
            tensors.append((inherited(rng, reference, 1.0, cosine), reference))
        return draws.swap_statistic(draws.signed_ranks(draws.differences(tensors))).log10_p

    return draw


def _channels(n_channels: int, cosine: float) -> Callable[[np.random.Generator], float]:
    def draw(rng: np.random.Generator) -> float:
        reference = rng.normal(size=(256, n_channels))
        subject = inherited(rng, reference, 1.0, cosine)
        return draws.single_group(subject.T, reference.T)

    return draw


EFFECTS = (
    Effect("in place, six layers", "5 % of the units at cosine 0.9", 0.99, _in_place(0.05, 0.9)),
    Effect("in place, six layers", "10 % of the units at cosine 0.5", 0.99, _in_place(0.10, 0.5)),
    Effect("in place, six layers", "all units at cosine 0.2", 0.99, _in_place(1.0, 0.2)),
    Effect("in place, six layers", "two units a layer at cosine 0.9", 0.0, _in_place(2 / 256, 0.9)),
    Effect("in place, six layers", "all units at cosine 0.05", 0.0, _in_place(1.0, 0.05)),
    Effect("order, two layers", "70 % of the units kept, cosine 0.9", 0.99, _order(180, 0.9)),
    Effect("order, two layers", "30 % of the units kept, cosine 0.5", 0.99, _order(77, 0.5)),
    Effect("order, two layers", "30 % of the units kept, cosine 0.2", 0.0, _order(77, 0.2)),
    Effect(
        "layer search, 6 x 5",
        "three layers moved, 10 % of their units at cosine 0.9",
        0.99,
        _search(3, 0.10, 0.9),
    ),
    Effect(
        "layer search, 6 x 3",
        "one layer kept, half of its units at cosine 0.5",
        0.99,
        _search(1, 0.5, 0.5),
    ),
    Effect(
        "layer search, 6 x 3",
        "one layer kept, 5 % of its units at cosine 0.9",
        0.0,
        _search(1, 0.05, 0.9),
    ),
    Effect("swap, 256 channels", "all tensors at cosine 0.05", 0.99, _swap(256, 0.05)),
    Effect("swap, 1,024 channels", "all tensors at cosine 0.03", 0.99, _swap(1024, 0.03)),
    Effect("swap, 256 channels", "all tensors at cosine 0.02", 0.0, _swap(256, 0.02)),
    Effect("swap, 64 channels", "all tensors at cosine 0.9", 0.0, _swap(64, 0.9)),
    Effect("channels in place, 64", "all tensors at cosine 0.3", 0.99, _channels(64, 0.3)),
    Effect("channels in place, 64", "all tensors at cosine 0.1", 0.0, _channels(64, 0.1)),
    Effect(TEST, "48 rows of one start at cosine 0.8", 0.99, lambda rng: begun_alike(rng, 0.8)),
    Effect(TEST, "48 rows of one start at cosine 0.5", 0.99, lambda rng: begun_alike(rng, 0.5)),
    Effect(TEST, "48 rows of one start at cosine 0.3", 0.0, lambda rng: begun_alike(rng, 0.3)),
)


def found_share(effect: Effect, n_draws: int, seed: int) -> float:
    """Measure how often an effect is found at `LEVEL`.

    Parameters
    ----------
    effect
        What is planted.
    n_draws
        How often.
    seed
        Seed of all calibrations; each effect draws from a generator of its own.

    Returns
    -------
    float
        Share of the plantings with log10 p of at most `LEVEL`.
    """
    rng = np.random.default_rng([seed, *effect.test.encode(), 0, *effect.planted.encode()])
    return sum(effect.draw(rng) <= LEVEL for _ in range(n_draws)) / n_draws
