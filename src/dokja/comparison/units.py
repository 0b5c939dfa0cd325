"""Units in place: mutual nearest neighbours that bear their own index, layers paired as they stand.

Null hypothesis: the reference's hidden units, relabelled at random within each group, were equally
likely, whatever data the two models saw. The module refuses to search for a layer map.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dokja.comparison.base import identity, not_applicable
from dokja.comparison.collect import GroupFeatures, PairData
from dokja.comparison.guards import ORDERED, examine, representatives
from dokja.comparison.neighbours import Match, figures, match_groups, similarity_of
from dokja.document.audit import Evidence, UnitsEvidence
from dokja.document.common import Localized
from dokja.numerics.matching import assignment_mean_cosine
from dokja.numerics.relabelling import in_place_log10_p

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "COMPARISON",
    "UnitsInPlace",
    "add",
    "comparable",
    "off_map_cosine",
    "off_map_pairs",
    "paired_groups",
    "scrambled_pairs",
]

GroupPair = tuple[GroupFeatures, GroupFeatures]
MAX_OFF_MAP = 64
MAX_OFF_MAP_LOG10_P = -2.0
MAX_ASSIGNMENTS = 3


class UnitsInPlace:
    """Index-aligned mutual nearest neighbours over all paired groups of units.

    Notes
    -----
    Null hypothesis: within each group, the reference's units relabelled by a uniformly random
    permutation, independently over groups, were equally likely. With S units found in place and
    Lambda expected, ``p <= exp(S - Lambda - S ln(S / Lambda))`` for ``S > Lambda``. Exact for any
    sample of units, rows and coordinates fixed beforehand. Invariant to relabelling the units of
    both sides alike, to positive scaling of whole units' parts, to number format and sharding.
    Cost: one ``n_units x n_units`` product a group.
    """

    name = "units"
    version = "1"
    null_hypothesis = Localized(
        en="The reference's hidden units, renumbered at random, would fit the subject as well.",
        ko="비교 모델의 은닉 유닛 번호를 무작위로 바꿔도 검증 대상과 똑같이 잘 맞습니다.",
    )
    invariances = ("units relabelled on both sides", "scaled tensors", "number format", "resharded")

    def run(self, data: PairData, rng: np.random.Generator) -> tuple[Evidence, ...]:
        """Count units in place, and the same in the two controls.

        Parameters
        ----------
        data
            What was read of the two components.
        rng
            Draws the shuffled control and the pairs of the off-map control.

        Returns
        -------
        tuple of Evidence
            One item.
        """
        pairs = paired_groups(data)
        if not pairs:
            return not_applicable(
                data,
                self.name,
                "No group of hidden units has the same size and place in both.",
                "두 모델에서 크기와 위치가 같은 은닉 유닛 묶음이 없습니다.",
            )
        within_blocks = not examine(data.reference_side.groups).passed
        matches = [match_groups(*pair, within_blocks=within_blocks) for pair in pairs]
        total = add(matches)
        off = off_map_pairs(pairs, rng)
        off_map = add(match_groups(*pair, within_blocks=within_blocks) for pair in off)
        off_map_log10_p = in_place_log10_p(off_map.n_in_place, off_map.expected)
        if within_blocks and (not off or off_map_log10_p <= MAX_OFF_MAP_LOG10_P):
            # Blocks did not abolish the order (unmapped layers agree as well), or none can tell.
            return not_applicable(data, self.name, ORDERED.en, ORDERED.ko)
        shuffled = add(_shuffled(*pair, rng) for pair in pairs)
        evidence = UnitsEvidence(
            **identity(data),
            statistic=total.n_in_place,
            expected=total.expected,
            n_units=total.n,
            n_mutual=total.n_mutual,
            log10_p=in_place_log10_p(total.n_in_place, total.expected),
            in_place_share=total.n_in_place / total.n,
            in_place_cosine=_in_place_cosine(matches),
            off_map_cosine=off_map_cosine(off or scrambled_pairs(pairs, rng)),
            off_map_statistic=off_map.n_in_place,
            off_map_expected=off_map.expected,
            off_map_log10_p=off_map_log10_p,
            shuffled_statistic=shuffled.n_in_place,
            shuffled_expected=shuffled.expected,
            groups=tuple(figures(*pair, match) for pair, match in zip(pairs, matches, strict=True)),
        )
        return (evidence,)


def paired_groups(data: PairData) -> list[GroupPair]:
    """Pair the groups of both sides by kind, layer, expert and part.

    Parameters
    ----------
    data
        What was read of the two components.

    Returns
    -------
    list of pairs
        Groups of as many units that stand in the same place; empty where layers are not paired.
    """
    if not data.alignment.layers_paired:
        return []
    by_place = {
        _place(features): features for features in representatives(data.reference_side.groups)
    }
    pairs = []
    for features in data.subject.groups:
        counterpart = by_place.get(_place(features))
        if counterpart is not None and comparable(features, counterpart):
            pairs.append((features, counterpart))
    return pairs


def _in_place_cosine(matches: list[Match]) -> float | None:
    # Of the groups in which units do stand in place: where only the attention was taken over, the
    # chance finds of the larger MLP groups must not speak for it.
    found = [m for m in matches if m.n_in_place > max(3.0, 5.0 * m.expected)]
    return add(found or matches).mean_cosine


def _place(features: GroupFeatures) -> tuple[object, ...]:
    group = features.group
    return (group.units, group.layer, group.expert, group.part)


def comparable(subject: GroupFeatures, reference: GroupFeatures) -> bool:
    """Whether the sampled units of two groups bear the same indices and the same values.

    Parameters
    ----------
    subject, reference
        Two groups.

    Returns
    -------
    bool
        True if they can be matched in place.
    """
    return (
        subject.group.units == reference.group.units
        and subject.group.n == reference.group.n
        and subject.kinds == reference.kinds
        and subject.features.shape == reference.features.shape
    )


def off_map_pairs(pairs: list[GroupPair], rng: np.random.Generator) -> list[GroupPair]:
    """Pair groups of different layers, for the control that carries the data's own artefacts.

    Parameters
    ----------
    pairs
        The pairs that face each other.
    rng
        Chooses the layers.

    Returns
    -------
    list of pairs
        At most 64, none of which is mapped.
    """
    off = []
    for index in rng.permutation(len(pairs)):
        subject, mapped = pairs[index]
        others = [
            reference
            for _, reference in pairs
            if reference.group.layer != mapped.group.layer and comparable(subject, reference)
        ]
        if others:
            off.append((subject, others[int(rng.integers(len(others)))]))
        if len(off) == MAX_OFF_MAP:
            break
    return off


def scrambled_pairs(pairs: list[GroupPair], rng: np.random.Generator) -> list[GroupPair]:
    """Pair groups with themselves in other coordinates, where no other layer is of their shape.

    Parameters
    ----------
    pairs
        The pairs that face each other.
    rng
        Draws the order of the coordinates.

    Returns
    -------
    list of pairs
        As alike as units can be made by renumbering alone.
    """
    return [
        (
            subject,
            replace(
                reference,
                features=reference.features[:, rng.permutation(reference.features.shape[1])],
            ),
        )
        for subject, reference in pairs
    ]


def off_map_cosine(pairs: list[GroupPair]) -> float | None:
    """Mean cosine that the best assignment reaches between groups that do not face each other.

    Parameters
    ----------
    pairs
        Pairs of groups that do not face each other.

    Returns
    -------
    float or None
        None without a pair.
    """
    # MLP units are the larger groups: where there are any, they set the mark.
    largest = max((len(subject.units) for subject, _ in pairs), default=0)
    chosen = [pair for pair in pairs if len(pair[0].units) == largest][:MAX_ASSIGNMENTS]
    if not chosen:
        return None
    return float(np.mean([assignment_mean_cosine(similarity_of(*pair)) for pair in chosen]))


def add(matches: Iterable[Match]) -> Match:
    """Add the counts of independent groups.

    Parameters
    ----------
    matches
        Counts of each group.

    Returns
    -------
    Match
        Their sum; all zero without a group.
    """
    held = list(matches)
    return Match(
        n=sum(match.n for match in held),
        n_mutual=sum(match.n_mutual for match in held),
        n_in_place=sum(match.n_in_place for match in held),
        expected=sum(match.expected for match in held),
        sum_cosine=sum(match.sum_cosine for match in held),
    )


def _shuffled(subject: GroupFeatures, reference: GroupFeatures, rng: np.random.Generator) -> Match:
    order = rng.permutation(len(reference.units))
    return match_groups(subject, replace(reference, features=reference.features[order]))


COMPARISON = UnitsInPlace()
