"""What comes out if one of the rules is broken: the reasons why they are rules.

Each figure is a p-value claimed for strangers, by a procedure that is not in the product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_ndtr

from bench.calibration import draws
from bench.calibration.nulls import converged_units, gaussian_channels
from dokja.numerics.combine import fisher
from dokja.numerics.norms import raw_cosine
from dokja.numerics.relabelling import in_place_log10_p, permutation_z_of_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fault:
    """A broken rule and the logarithm of the p-value it claims for strangers."""

    rule: str
    broken: str
    draw: Callable[[np.random.Generator], float]


def best_layers(rng: np.random.Generator, n_layers: int = 24) -> float:
    """Keep the best counterpart of each layer and forget that it was chosen.

    Parameters
    ----------
    rng
        Draws two strangers.
    n_layers
        Layers of each.

    Returns
    -------
    float
        log10 of the claimed p-value.
    """
    subject, reference = rng.normal(size=(2, n_layers, draws.N_UNITS, draws.N_VALUES))
    statistic, expected = 0, 0.0
    for units in reference:
        tried = [draws.matches(one, units) for one in subject]
        best = max(tried, key=lambda match: match.n_in_place)
        statistic += best.n_in_place
        expected += best.n_mutual / draws.N_UNITS
    return in_place_log10_p(statistic, expected)


def counted_twice(rng: np.random.Generator, n_copies: int = 12) -> float:
    """Count a layer that the reference repeats as so many independent groups.

    Parameters
    ----------
    rng
        Draws two strangers.
    n_copies
        How often the layer stands in both models.

    Returns
    -------
    float
        log10 of the claimed p-value.
    """
    group = converged_units(rng, draws.N_UNITS, draws.N_UNITS, draws.N_VALUES)
    return draws.in_place([group] * n_copies)


def z_as_p(rng: np.random.Generator) -> float:
    """Take the permutation z for normal where both sides have one outlying channel in one place.

    Parameters
    ----------
    rng
        Draws two strangers whose outliers coincide, which happens once in n.

    Returns
    -------
    float
        log10 of the claimed p-value.
    """
    subject, reference = gaussian_channels(rng, draws.N_ROWS, draws.N_CHANNELS)
    subject[:, 5] += 20.0
    reference[:, 5] += 20.0
    z = permutation_z_of_rows(subject, reference).z or 0.0
    return float(log_ndtr(-z)) / np.log(10.0)


def gains_as_evidence(rng: np.random.Generator) -> float:
    """Hold the raw cosine of two strangers' gains against that of Gaussian vectors.

    Parameters
    ----------
    rng
        Draws gains near one.

    Returns
    -------
    float
        log10 of the claimed p-value.
    """
    subject, reference = 1.0 + 0.1 * rng.normal(size=(2, draws.N_CHANNELS))
    z = (raw_cosine(subject, reference) or 0.0) * np.sqrt(draws.N_CHANNELS)
    return float(log_ndtr(-z)) / np.log(10.0)


def dependent_by_fisher(rng: np.random.Generator) -> float:
    """Join twelve tests on the same units as if they were independent.

    Parameters
    ----------
    rng
        Draws two strangers.

    Returns
    -------
    float
        log10 of the claimed p-value.
    """
    subject, reference = converged_units(rng, draws.N_UNITS, draws.N_UNITS, draws.N_VALUES)
    return fisher([draws.single_group(subject, reference)] * 12)


def along_one_curve(rng: np.random.Generator) -> float:
    """Test units that both models lay along one smooth curve, as positions or frequencies do.

    Parameters
    ----------
    rng
        Draws two strangers whose order means something.

    Returns
    -------
    float
        log10 of the claimed p-value.
    """
    phase = np.linspace(0.0, np.pi, draws.N_UNITS)[:, None] * np.arange(1, draws.N_VALUES + 1)
    curve = np.cos(phase)
    sides = [curve + rng.normal(size=curve.shape) for _ in range(2)]
    return draws.in_place([(sides[0], sides[1])])


FAULTS = (
    Fault("no maximum over layers", "the best of 24 layers kept for each of 24", best_layers),
    Fault(
        "layers that share a labelling count once", "one layer counted twelve times", counted_twice
    ),
    Fault(
        "independent tests only by Fisher's rule",
        "one test counted twelve times",
        dependent_by_fisher,
    ),
    Fault(
        "a reference whose units stand in an order is not tested whole",
        "units of both along one smooth curve",
        along_one_curve,
    ),
    Fault("z is a description", "z taken for normal, one coinciding outlier channel", z_as_p),
    Fault("gains are centred", "raw cosine of gains near one taken for chance", gains_as_evidence),
)


def claimed(fault: Fault, n_draws: int, seed: int) -> NDArray[np.float64]:
    """Draw the p-values that a broken rule claims for strangers.

    Parameters
    ----------
    fault
        The broken rule.
    n_draws
        Number of draws.
    seed
        Seed of all calibrations.

    Returns
    -------
    NDArray[float64]
        Sorted log10 p.
    """
    rng = np.random.default_rng([seed, *fault.broken.encode()])
    return np.sort([fault.draw(rng) for _ in range(n_draws)])
