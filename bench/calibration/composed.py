"""P-values of tests that search or subtract first: what mixtures leave, bases, many layers.

The module uses the product's own search and subtraction; nulls of single groups come from outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.calibration.draws import N_GROUPS, N_UNITS, N_VALUES, Case, features
from dokja.arch.role import UnitGroup
from dokja.comparison.collect import GroupFeatures
from dokja.comparison.residual import units_left
from dokja.numerics.bases import Basis, identity_basis
from dokja.numerics.planted_copies import disguised
from dokja.numerics.reindexing import basis_by_index, basis_by_invariants, recover
from dokja.numerics.relabelling import in_place_log10_p
from dokja.numerics.search import log10_p_from_e, search_log10_e
from dokja.numerics.undone import undone
from dokja.numerics.unit_shapes import UnitShapes, unit_shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bench.calibration.nulls import UnitNull

    Array = NDArray[np.float64]
    Mlp = tuple[NDArray[np.float32], ...]

LEFT = "units of what is left of a mixture"
REINDEXED = "units in place behind a re-indexing"
LAYERS = "layer search, 48 x 48"
EXPERTS = "layer search, 256 x 256 experts"


# -- mixtures -------------------------------------------------------------------------------------


def left_case(name: str, null: UnitNull) -> Case:
    """Test a stranger against what another reference leaves of a subject that was mixed from it.

    Parameters
    ----------
    name
        What the null is called in the table.
    null
        Draws a pair of groups.

    Returns
    -------
    Case
        Where the test is given up, p is 1.
    """

    def draw(rng: np.random.Generator) -> float:
        ours, mixed = [], []
        for place in range(N_GROUPS):
            other, _ = null(rng, N_UNITS, N_UNITS, N_VALUES)
            rest, reference = null(rng, N_UNITS, N_UNITS, N_VALUES)
            subject = _group(place, 0.7 * other + 0.3 * rest)
            ours.append((subject, _group(place, reference)))
            mixed.append((subject, _group(place, other)))
        found = units_left(ours, {"other": mixed})
        return 0.0 if found.log10_p is None else found.log10_p

    return Case(LEFT, name, draw)


def _group(place: int, units: Array) -> GroupFeatures:
    n = len(units)
    group = UnitGroup(units="mlp", layer=place, expert=None, part=0, n=n, members=())
    return GroupFeatures(group, np.arange(n), features(units), ("up",), np.ones(n))


# -- re-indexing ----------------------------------------------------------------------------------

_N, _WIDTH, _DEPTH = 48, 24, 4


def _network(rng: np.random.Generator) -> list[Mlp]:
    """Draw MLPs with the spread of norms and the inner ties that training gives."""
    layers = []
    for _ in range(_DEPTH):
        size = np.exp(0.4 * rng.standard_normal((_N, 1)))
        gate = size * rng.standard_normal((_N, _WIDTH))
        up = 0.5 * rng.choice([-1.0, 1.0], (_N, 1)) * gate + rng.standard_normal((_N, _WIDTH))
        spread = np.exp(0.3 * rng.standard_normal((_N, 1)))
        down = 0.4 * up + spread * rng.standard_normal((_N, _WIDTH))
        layers.append(tuple(part.astype(np.float32) for part in (gate, up, down)))
    return layers


def _shapes(layers: Sequence[Mlp]) -> list[UnitShapes]:
    return [unit_shapes(layer[:-1], layer[-1]) for layer in layers]


def recovered_in_place(
    rng: np.random.Generator, subject: Sequence[UnitShapes], reference: Sequence[UnitShapes]
) -> float:
    """Search a basis on every other layer and count units in place on the others.

    Parameters
    ----------
    rng
        Chooses vectors where there are more than are needed.
    subject, reference
        MLPs of both sides.

    Returns
    -------
    float
        log10 p.
    """
    pairs = list(zip(subject, reference, strict=True))
    fit, held = pairs[0::2], pairs[1::2]
    found: dict[str, Basis | None] = {
        "same_basis": identity_basis(_WIDTH, rng),
        "invariants": basis_by_invariants(fit, rng),
        "index": basis_by_index(fit, rng),
    }
    best = recover(fit, held, {k: v for k, v in found.items() if v is not None}, rng)
    if best is None or best.start == "index":
        return 0.0
    changes = [undone(*pair, best.basis) for pair in held]
    expected = sum(change.n_mutual / change.n for change in changes if change.n)
    return in_place_log10_p(sum(change.n_in_place for change in changes), expected)


def _reindexed_strangers(rng: np.random.Generator) -> float:
    return recovered_in_place(rng, _shapes(_network(rng)), _shapes(_network(rng)))


def _reindexed_copies(rng: np.random.Generator) -> float:
    """Find the basis of a laundered copy: its units are all there, under numbers of their own."""
    original = _network(rng)
    return recovered_in_place(rng, disguised(original, 0.97, rng), _shapes(original))


# -- many layers, many experts --------------------------------------------------------------------


def all_pairs(subject: Array, reference: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Match every group of one side with every group of the other at once.

    Parameters
    ----------
    subject, reference
        Shape ``(n_groups, n_units, n_values)``.

    Returns
    -------
    in_place, mutual
        Shape ``(n_reference, n_subject)`` each: mutual nearest neighbours in place, and all.

    Notes
    -----
    As `dokja.numerics.matching.mutual_nearest` of each pair, where no two values are equal.
    """
    (n_s, n, _), n_r = subject.shape, len(reference)
    rows = np.concatenate([features(group) for group in reference])
    columns = np.concatenate([features(group) for group in subject])
    table = (rows @ columns.T).reshape(n_r, n, n_s, n)
    forward = table.argmax(axis=3)  # of each unit of the reference, in each group of the subject
    back = table.argmax(axis=1)  # (n_r, n_s, n)
    named = np.take_along_axis(back, forward.transpose(0, 2, 1), axis=2)
    is_mutual = named == np.arange(n)
    in_place = is_mutual & (forward.transpose(0, 2, 1) == np.arange(n))
    return in_place.sum(axis=2), is_mutual.sum(axis=2)


def _many(rng: np.random.Generator, n_groups: int, n: int, width: int, *, converged: bool) -> float:
    reference = rng.normal(size=(n_groups, n, width))
    if converged:
        # Every group of the subject holds the units of some group of the reference, in an order of
        # its own, and the reference's groups are no copies of one another.
        taken = rng.integers(n_groups, size=n_groups)
        subject = reference[taken] + 0.3 * rng.normal(size=reference.shape)
        order = rng.permuted(np.tile(np.arange(n), (n_groups, 1)), axis=1)
        reference = np.take_along_axis(reference, order[:, :, None], axis=1)
    else:
        subject = rng.normal(size=reference.shape)
    found, mutual = all_pairs(subject, reference)
    return log10_p_from_e(search_log10_e(found, mutual, n))


_GAUSSIAN = "independent Gaussian units"
_CONVERGED = "converged: same units, own order"


def large_cases() -> list[Case]:
    """List the searches over as many layers and experts as models have; seconds for ten draws.

    Returns
    -------
    list of Case
        Layers first.
    """
    return [
        Case(LAYERS, _GAUSSIAN, lambda rng: _many(rng, 48, 24, 24, converged=False)),
        Case(LAYERS, _CONVERGED, lambda rng: _many(rng, 48, 24, 24, converged=True)),
        Case(EXPERTS, _GAUSSIAN, lambda rng: _many(rng, 256, 8, 16, converged=False)),
        Case(EXPERTS, _CONVERGED, lambda rng: _many(rng, 256, 8, 16, converged=True)),
    ]


def reindexed_cases() -> list[Case]:
    """List the search for a basis, between strangers and behind a disguise.

    Returns
    -------
    list of Case
        Of gated MLPs.
    """
    return [
        Case(REINDEXED, "strangers", _reindexed_strangers),
        Case(REINDEXED, "a laundered copy, units renumbered", _reindexed_copies),
    ]
