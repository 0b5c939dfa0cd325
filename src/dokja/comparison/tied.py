"""Parts of a reference that bear the same numbers in every layer, as after an identity start.

Layers learn each for itself: the units of one have no business with the numbers of another's. The
module looks at the reference alone and says which parts are no evidence; it makes no test.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dokja.comparison.neighbours import match_similarity, similarity_of
from dokja.numerics.relabelling import in_place_log10_p, swap_statistic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from dokja.arch.role import TensorRole
    from dokja.comparison.collect import GroupFeatures

__all__ = ["tied_channels", "tied_units"]

MAX_PAIRS = 64
N_UNITS = 128
UNITS_LOG10_P = -8.0
CHANNELS_LOG10_P = -5.0
"""Weaker, for a narrow model's channels cannot reach more; a false alarm costs one kind's power."""
OF_UNITS = (
    "attention.v.weight",
    "attention.o.weight",
    "mlp.gate.weight",
    "mlp.up.weight",
    "mlp.down.weight",
)
"""Kinds whose other axis counts hidden units, which each layer numbers for itself."""


def tied_units(groups: Sequence[GroupFeatures]) -> frozenset[str]:
    """Find the kinds of units that match from layer to layer.

    Parameters
    ----------
    groups
        All groups of units of a reference.

    Returns
    -------
    frozenset of str
        Such as ``{"value"}``, where value channels started as the identity. Empty where all kinds
        match: then whole layers are copies of each other, and one of them stands for all.

    Notes
    -----
    Null hypothesis: the units of each layer are numbered at random, independently of the next. The
    exact bound for units in place holds over pairs of neighbouring layers, which form a path.
    """
    by_kind: dict[str, list[GroupFeatures]] = {}
    for features in groups:
        by_kind.setdefault(features.group.units, []).append(features)
    tied = {kind for kind, held in by_kind.items() if _match_across_layers(held)}
    return frozenset(tied if len(tied) < len(by_kind) else ())


def _match_across_layers(groups: Iterable[GroupFeatures]) -> bool:
    columns: dict[tuple[int | None, int, int], list[GroupFeatures]] = {}
    for features in groups:
        group = features.group
        if group.layer is not None:
            columns.setdefault((group.expert, group.part, group.n), []).append(features)
    pairs = [
        pair
        for held in columns.values()
        for pair in pairwise(sorted(held, key=lambda features: features.group.layer or 0))
        if pair[0].kinds == pair[1].kinds and pair[0].features.shape[1] == pair[1].features.shape[1]
    ]
    found, expected = 0, 0.0
    for first, second in pairs[:: max(1, -(-len(pairs) // MAX_PAIRS))]:
        match = match_similarity(similarity_of(first, second)[:N_UNITS, :N_UNITS])
        found, expected = found + match.n_in_place, expected + match.expected
    return in_place_log10_p(found, expected) <= UNITS_LOG10_P


def tied_channels(channels: Mapping[TensorRole, NDArray[np.float32]]) -> frozenset[str]:
    """Find the kinds of tensors whose residual channels bear the numbers of hidden units.

    Parameters
    ----------
    channels
        What was kept of a reference: shape ``(n_channels, n_rows)`` for each tensor.

    Returns
    -------
    frozenset of str
        Such as ``{"attention.o.weight"}``; empty where all kinds are tied, for then whole layers
        are copies of each other.

    Notes
    -----
    Null hypothesis: rows of one layer's tensor, which are numbered by its hidden units, are in
    random order against the next layer's. Centred both ways, two channels exchanged in one of the
    two then fit as well, which the swap test measures.
    """
    by_kind: dict[str, dict[int, NDArray[np.float64]]] = {}
    for role, matrix in channels.items():
        if role.kind in OF_UNITS and role.layer is not None and role.expert is None:
            by_kind.setdefault(role.kind, {})[role.layer] = _centred(matrix)
    tied = {kind for kind, layers in by_kind.items() if _channels_match(layers)}
    return frozenset(tied if len(tied) < len(by_kind) else ())


def _channels_match(layers: Mapping[int, NDArray[np.float64]]) -> bool:
    sums = []
    for before, after in pairwise(sorted(layers)):
        first, second = layers[before], layers[after]
        if first.shape != second.shape:
            continue
        half = len(first) // 2
        x = first[:half] - first[half : 2 * half]
        y = second[:half] - second[half : 2 * half]
        sums.append(np.sign(np.einsum("ij,ij->i", x, y)))
    if not sums:
        return False
    _, log10_p = swap_statistic(np.concatenate(sums))
    return log10_p <= CHANNELS_LOG10_P


def _centred(matrix: NDArray[np.float32]) -> NDArray[np.float64]:
    values = matrix.astype(np.float64)
    values -= values.mean(axis=0, keepdims=True)
    centred: NDArray[np.float64] = values - values.mean(axis=1, keepdims=True)
    return centred
