"""Power, planted and not assumed: the least reuse that the index tests would have found here.

The module plants units and channels of the reference in the subject's own data and runs the very
tests again. It says nothing about whether anything was found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dokja.comparison.base import identity, not_applicable
from dokja.comparison.carried_power import least_carried
from dokja.comparison.channels import (
    N_TESTS,
    channel_similarity,
    channel_tensors,
    refusal,
    signed_ranks,
    stacked_channels,
)
from dokja.comparison.layers import search_table
from dokja.comparison.neighbours import similarity_of
from dokja.comparison.order import order_hosts, run_log10_p
from dokja.comparison.reindexed_power import least_recovered
from dokja.comparison.units import comparable, off_map_pairs, paired_groups
from dokja.document.audit import Evidence, PowerEvidence, PowerPoint
from dokja.numerics.combine import bonferroni, fisher
from dokja.numerics.planting import PlantableGroup, plant_units, planted_swap
from dokja.numerics.power import N_PLANTINGS, LeastDetectable, least_detectable
from dokja.numerics.relabelling import (
    in_place_log10_p,
    single_group_log10_p,
    swap_statistic,
)
from dokja.numerics.search import search_log10_e

if TYPE_CHECKING:
    from dokja.comparison.collect import GroupFeatures, PairData

__all__ = ["COMPARISON", "PlantedPower"]

THRESHOLD_LOG10_P = -8.0
"""Stricter than a policy's threshold by the correction for a hundred tests."""
COSINES = (0.9, 0.5, 0.2)
SHARES = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0)
CORRELATIONS = (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 0.9)
MAX_GROUPS = 12
MAX_PRUNED = 4
MAX_SMALL_GROUPS = 64

GroupPair = tuple["GroupFeatures", "GroupFeatures"]
Detect = Callable[[float, np.random.Generator], bool]


@dataclass(frozen=True, slots=True)
class _Host:
    """Pairs of groups to plant in, and the test that would be run on them."""

    pairs: list[GroupPair]
    n_candidates: int
    """Groups each of the reference's was tried with; 1 where layers are paired."""


class PlantedPower:
    """Least detectable share of units at three cosines, and least correlation of everything.

    Notes
    -----
    A share f of the reference's units is planted in every layer at cosine rho, twenty times for
    each f of a grid; the least f found in nine of ten plantings is stated. The host is the pair
    itself where it looks like strangers, and its unmapped layers where it does not. At most twelve
    layers are planted in, which understates the power of deeper models. Found means a p-value
    below the threshold, so that *no evidence* would not be said; what it is called then hangs on
    effects. Where layers are not paired, the planted test is the e-value with its mean over all
    candidates; where sizes differ, units are planted in order.
    """

    name = "power"
    version = "1"
    null_hypothesis = None
    invariances = ("resharded", "renamed")

    def run(self, data: PairData, rng: np.random.Generator) -> tuple[Evidence, ...]:
        """Plant, and find the least that is detected.

        Parameters
        ----------
        data
            What was read of the two components.
        rng
            Chooses what is planted where.

        Returns
        -------
        tuple of Evidence
            One item.
        """
        # Drawn first, so that what is planted in a reference hangs on no subject.
        seed = int(rng.integers(2**32))
        host = _host(data, rng)
        pruned = [] if host.pairs else order_hosts(data)
        in_place = [(cosine, _in_place(host, pruned, cosine, rng)) for cosine in COSINES]
        diffuse = _diffuse(data, host, rng)
        points = tuple(
            _point("in_place", cosine, found) for cosine, found in in_place if found is not None
        )
        if diffuse is not None:
            points += (_point("diffuse", None, diffuse),)
        recovered = _recovered(data, seed)
        if recovered is not None:
            points += (_point("reindexed", None, recovered),)
        if not points:
            return not_applicable(
                data,
                self.name,
                "There is nothing in common in which a copy could be planted.",
                "복사본을 심어 볼 공통 부분이 없습니다.",
            )
        evidence = PowerEvidence(
            **identity(data),
            points=points,
            threshold_log10_p=THRESHOLD_LOG10_P,
            reindexed="not_examined" if recovered is None else "examined",
            has_units=bool(data.alignment.subject.groups or data.alignment.reference.groups),
        )
        return (evidence,)


def _recovered(data: PairData, seed: int) -> LeastDetectable | None:
    if data.convolutions is not None:
        return least_carried(data.convolutions, seed)
    return None if data.structure is None else least_recovered(data.structure, seed)


def _point(route: str, cosine: float | None, found: LeastDetectable) -> PowerPoint:
    return PowerPoint.model_validate(
        {
            "route": route,
            "cosine": cosine,
            "least": found.value,
            "n_plantings": found.n_plantings,
            "detected_share": found.detected_share,
        }
    )


# -- units ----------------------------------------------------------------------------------------


def _host(data: PairData, rng: np.random.Generator) -> _Host:
    paired = paired_groups(data)
    if paired:
        off = off_map_pairs(paired, rng)
        # Units found in place would make every planting a success, and a pair of unmapped layers
        # has the same artefacts and none of them.
        alike = _largest(off) or [_shuffled(*pair, rng) for pair in _largest(paired)]
        return _Host(_thinned(alike, rng), 1)
    table = search_table(data, rng)
    if table is None:
        return _Host([], 1)
    shift = len(table.reference) // 2
    pairs = [
        (subject, table.reference[(place + shift) % len(table.reference)])
        for place, subject in enumerate(table.subject)
    ]
    pairs = [pair for pair in pairs if comparable(*pair)]
    return _Host(_thinned(pairs, rng), len(table.subject))


def _shuffled(
    subject: GroupFeatures, reference: GroupFeatures, rng: np.random.Generator
) -> GroupPair:
    order = rng.permutation(len(subject.units))
    return replace(subject, features=subject.features[order]), reference


def _largest(pairs: list[GroupPair]) -> list[GroupPair]:
    largest = max((len(subject.units) for subject, _ in pairs), default=0)
    return [pair for pair in pairs if len(pair[0].units) == largest]


def _thinned(pairs: list[GroupPair], rng: np.random.Generator) -> list[GroupPair]:
    limit = MAX_GROUPS if pairs and len(pairs[0][0].units) > 128 else MAX_SMALL_GROUPS
    if len(pairs) <= limit:
        return pairs
    return [pairs[i] for i in np.sort(rng.choice(len(pairs), limit, replace=False))]


def _in_place(
    host: _Host, pruned: list[GroupPair], cosine: float, rng: np.random.Generator
) -> LeastDetectable | None:
    if pruned:
        return least_detectable(_order_test(pruned, cosine), SHARES, N_PLANTINGS, rng)
    if not host.pairs:
        return None
    detect = _unit_test(host, cosine)
    return least_detectable(detect, SHARES, N_PLANTINGS, rng)


def _unit_test(host: _Host, cosine: float) -> Detect:
    groups = [
        PlantableGroup.prepare(
            similarity_of(subject, reference), similarity_of(reference, reference), cosine
        )
        for subject, reference in host.pairs
    ]

    def detect(share: float, rng: np.random.Generator) -> bool:
        counts = [group.counts(share, rng) for group in groups]
        n_in_place = sum(found for _, found in counts)
        if host.n_candidates == 1:
            expected = sum(
                mutual / group.n for (mutual, _), group in zip(counts, groups, strict=True)
            )
            return in_place_log10_p(n_in_place, expected) <= THRESHOLD_LOG10_P
        return _searched_log10_p(groups, counts, host.n_candidates) <= THRESHOLD_LOG10_P

    return detect


def _searched_log10_p(
    groups: list[PlantableGroup], counts: list[tuple[int, int]], n_candidates: int
) -> float:
    """Pay for the candidates that hold nothing: as many strangers beside each planted group."""
    shape = (len(groups), n_candidates)
    in_place, mutual = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    sizes = np.repeat(np.array([[group.n] for group in groups]), n_candidates, axis=1)
    mutual[:] = np.array([[found] for found, _ in counts])
    in_place[:, 0] = [found for _, found in counts]
    return min(0.0, -search_log10_e(in_place, mutual, sizes))


def _order_test(hosts: list[GroupPair], cosine: float) -> Detect:
    held = [
        (pair, similarity_of(*pair), similarity_of(pair[1], pair[1])) for pair in _spread(hosts)
    ]

    def detect(share: float, rng: np.random.Generator) -> bool:
        runs = []
        for (subject, reference), across, within in held:
            # A unit can only be found where both samples hold it.
            n_both = len(reference.units) * len(subject.units) / max(subject.group.n, 1)
            n = min(round(share * n_both), len(subject.units), len(reference.units))
            rows, columns = (
                np.sort(rng.choice(len(side.units), n, replace=False))
                for side in (subject, reference)
            )
            runs.append(run_log10_p(plant_units(across, within, rows, columns, cosine)))
        return fisher(runs) <= THRESHOLD_LOG10_P

    return detect


def _spread(pairs: list[GroupPair]) -> list[GroupPair]:
    largest = max((len(subject.units) for subject, _ in pairs), default=0)
    limit = MAX_GROUPS if largest <= 256 else MAX_PRUNED
    return pairs[:: max(1, -(-len(pairs) // limit))]


# -- channels -------------------------------------------------------------------------------------


def _diffuse(data: PairData, host: _Host, rng: np.random.Generator) -> LeastDetectable | None:
    test = _channel_test(data, rng)
    if test is None and host.pairs:
        # Where channels are not exchangeable, everything at once is all units at once.
        test = _all_units_test(host)
    return None if test is None else least_detectable(test, CORRELATIONS, N_PLANTINGS, rng)


def _all_units_test(host: _Host) -> Detect:
    def detect(correlation: float, rng: np.random.Generator) -> bool:
        return _unit_test(host, correlation)(1.0, rng)

    return detect


def _channel_test(data: PairData, rng: np.random.Generator) -> Detect | None:
    if refusal(data) is not None:
        return None
    tensors = channel_tensors(data)
    if not tensors or len(tensors[0][0]) < 16:
        return None
    n_channels = len(tensors[0][0])
    pairing = rng.permutation(n_channels)[: 2 * (n_channels // 2)]
    first, second = pairing[::2], pairing[1::2]
    d_sr, d_rr, overlap, weights = [], [], [], []
    for subject, reference in tensors:
        x, y = subject[first] - subject[second], reference[first] - reference[second]
        size = float(subject.size)
        d_sr.append(0.5 * np.einsum("ij,ij->i", x, y, dtype=np.float64) / size)
        d_rr.append(0.5 * np.einsum("ij,ij->i", y, y, dtype=np.float64) / size)
        overlap.append(float(np.einsum("ij,ij->", subject, reference, dtype=np.float64)) / size)
        weights.append(size)
    sums = np.stack(d_sr), np.stack(d_rr), np.array(overlap)

    own, other = stacked_channels(tensors, rng)
    # Channels of the subject out of their order: strangers to the reference, whatever they were.
    strange = channel_similarity(own[rng.permutation(len(own))], other)
    within = channel_similarity(other, other)

    def detect(correlation: float, rng: np.random.Generator) -> bool:
        planted = planted_swap(*sums, correlation, rng, weights=weights)
        _, swap_log10_p = swap_statistic(signed_ranks(planted))
        group = PlantableGroup.prepare(strange, within, correlation)
        found_log10_p = single_group_log10_p(group.n, *group.counts(1.0, rng))
        return bonferroni(min(swap_log10_p, found_log10_p), N_TESTS) <= THRESHOLD_LOG10_P

    return detect


COMPARISON = PlantedPower()
