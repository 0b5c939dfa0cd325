"""One p-value of each independence test for one draw from a null, and for a planted effect.

The module uses the tests as an audit does: groups of units added, layers searched, tries paid for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dokja.numerics.combine import bonferroni, fisher
from dokja.numerics.matching import MutualMatches, mutual_nearest
from dokja.numerics.order import increasing_run_log10_p, longest_increasing_run
from dokja.numerics.relabelling import in_place_log10_p, single_group_log10_p, swap_statistic
from dokja.numerics.search import log10_p_from_e, search_log10_e

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from bench.calibration.nulls import ChannelNull, UnitNull

    Array = NDArray[np.float64]

N_UNITS = 64
N_VALUES = 32
N_GROUPS = 3
N_CHANNELS = 128
N_ROWS = 24


@dataclass(frozen=True, slots=True)
class Case:
    """A test under a null: what one draw of it gives."""

    test: str
    null: str
    draw: Callable[[np.random.Generator], float]


def features(units: Array) -> NDArray[np.float32]:
    """Centre each value over the units and scale each unit to norm one, as an audit does.

    Parameters
    ----------
    units
        Shape ``(n_units, n_values)``; a unit of zeros stays one.

    Returns
    -------
    NDArray[float32]
        The same shape.
    """
    centred = units - units.mean(axis=0)
    centred[~units.any(axis=1)] = 0.0
    norms = np.linalg.norm(centred, axis=1, keepdims=True)
    scaled = np.divide(centred, norms, out=np.zeros_like(centred), where=norms > 0.0)
    return scaled.astype(np.float32)


def matches(subject: Array, reference: Array) -> MutualMatches:
    """Match the units of two groups.

    Parameters
    ----------
    subject, reference
        Units of both sides.

    Returns
    -------
    MutualMatches
        Mutual nearest neighbours by cosine.
    """
    return mutual_nearest(features(subject) @ features(reference).T)


def in_place(groups: Sequence[tuple[Array, Array]]) -> float:
    """Test units in place over groups that face each other.

    Parameters
    ----------
    groups
        Units of both sides of each group.

    Returns
    -------
    float
        log10 p.
    """
    found = [matches(*group) for group in groups]
    expected = sum(
        match.n_mutual / len(reference) for match, (_, reference) in zip(found, groups, strict=True)
    )
    return in_place_log10_p(sum(match.n_in_place for match in found), expected)


def single_group(subject: Array, reference: Array) -> float:
    """Test units in place in one group.

    Parameters
    ----------
    subject, reference
        Units of both sides.

    Returns
    -------
    float
        log10 p.
    """
    found = matches(subject, reference)
    return single_group_log10_p(len(reference), found.n_mutual, found.n_in_place)


def order(groups: Sequence[tuple[Sequence[Array], Array]]) -> float:
    """Test the order kept, each reference group paying for all subject groups it was tried with.

    Parameters
    ----------
    groups
        For each group of the reference, the subject's candidates and its own units.

    Returns
    -------
    float
        log10 p.
    """
    best = []
    for candidates, reference in groups:
        runs = [matches(subject, reference).reference_index for subject in candidates]
        smallest = min(
            increasing_run_log10_p(len(run), longest_increasing_run(run)) for run in runs
        )
        best.append(bonferroni(smallest, len(runs)))
    return fisher(best)


def search(subject: Sequence[Array], reference: Sequence[Array]) -> float:
    """Test units in place over all pairs of layers.

    Parameters
    ----------
    subject, reference
        Units of each layer of both sides.

    Returns
    -------
    float
        log10 p.
    """
    table = [[matches(one, other) for one in subject] for other in reference]
    found = [[match.n_in_place for match in row] for row in table]
    mutual = [[match.n_mutual for match in row] for row in table]
    n = [[len(units)] for units in reference]
    return log10_p_from_e(search_log10_e(found, mutual, n))


def differences(tensors: Sequence[tuple[Array, Array]]) -> Array:
    """Sum half the products of differences of neighbouring channels over all tensors.

    Parameters
    ----------
    tensors
        Rows of both sides of each tensor, along the channels.

    Returns
    -------
    array
        Shape ``(n_channels // 2,)``.
    """
    total = np.zeros(tensors[0][0].shape[1] // 2)
    for sides in tensors:
        x, y = (side - side.mean(axis=1, keepdims=True) for side in sides)
        scale = 2.0 * np.linalg.norm(x) * np.linalg.norm(y)
        total += ((x[:, ::2] - x[:, 1::2]) * (y[:, ::2] - y[:, 1::2])).sum(axis=0) / scale
    return total


def signed_ranks(d: Array) -> Array:
    """Replace each value by the rank of its magnitude with its sign.

    Parameters
    ----------
    d
        Shape ``(n,)``.

    Returns
    -------
    array
        The same shape.
    """
    ranks = np.empty_like(d)
    ranks[np.argsort(np.abs(d), kind="stable")] = np.arange(1, len(d) + 1)
    return np.sign(d) * ranks


# -- cases ----------------------------------------------------------------------------------------


def unit_cases(name: str, null: UnitNull) -> list[Case]:
    """List the tests on units under one null.

    Parameters
    ----------
    name
        What the null is called in the table.
    null
        Draws a pair of groups.

    Returns
    -------
    list of Case
        One for each test.
    """

    def pairs(
        rng: np.random.Generator, n: int, n_subject: int = N_UNITS
    ) -> list[tuple[Array, Array]]:
        return [null(rng, n_subject, N_UNITS, N_VALUES) for _ in range(n)]

    def draw_order(rng: np.random.Generator) -> float:
        drawn = pairs(rng, N_GROUPS, N_UNITS * 3 // 4)
        subjects = [subject for subject, _ in drawn]
        return order([(subjects, reference) for _, reference in drawn])

    def draw_search(rng: np.random.Generator, n_copies: int) -> float:
        drawn = pairs(rng, N_GROUPS)
        return search([s for s, _ in drawn] * n_copies, [r for _, r in drawn])

    def draw_one_layer(rng: np.random.Generator) -> float:
        # The subject repeats one layer, from which all of the reference's layers were made as well.
        drawn = pairs(rng, 1)
        subject, reference = drawn[0]
        others = [reference[rng.permutation(len(reference))] for _ in range(N_GROUPS)]
        return search([subject] * 4, others)

    return [
        Case("in place, one group", name, lambda rng: single_group(*pairs(rng, 1)[0])),
        Case("in place, three groups", name, lambda rng: in_place(pairs(rng, N_GROUPS))),
        Case("order, best of three candidates", name, draw_order),
        Case("layer search, 3 x 3", name, lambda rng: draw_search(rng, 1)),
        Case("layer search, subject's layers doubled", name, lambda rng: draw_search(rng, 2)),
        Case("layer search, one layer throughout", name, draw_one_layer),
    ]


def channel_cases(name: str, null: ChannelNull) -> list[Case]:
    """List the tests on channels under one null.

    Parameters
    ----------
    name
        What the null is called in the table.
    null
        Draws the rows of a tensor.

    Returns
    -------
    list of Case
        One for each test.
    """

    def draw(rng: np.random.Generator) -> Array:
        subject, reference = null(rng, N_ROWS, N_CHANNELS)
        # One relabelling for the whole component: the rows of three tensors side by side.
        thirds = np.array_split(np.arange(len(subject)), 3)
        return differences([(subject[rows], reference[rows]) for rows in thirds])

    def draw_channels(rng: np.random.Generator) -> float:
        subject, reference = null(rng, N_ROWS, N_CHANNELS)
        return single_group(subject.T, reference.T)

    def draw_both(rng: np.random.Generator) -> float:
        subject, reference = null(rng, N_ROWS, N_CHANNELS)
        swapped = swap_statistic(signed_ranks(differences([(subject, reference)]))).log10_p
        return bonferroni(min(swapped, single_group(subject.T, reference.T)), 2)

    return [
        Case("swap", name, lambda rng: swap_statistic(draw(rng)).log10_p),
        Case(
            "swap, signed ranks", name, lambda rng: swap_statistic(signed_ranks(draw(rng))).log10_p
        ),
        Case("channels in place", name, draw_channels),
        Case("swap or channels in place, the smaller doubled", name, draw_both),
    ]
