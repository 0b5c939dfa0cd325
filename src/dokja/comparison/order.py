"""Order kept in a subset: hidden units that were dropped, but not renumbered.

Null hypothesis: as for units in place; then the indices of matched units stand in random order.
The module looks at groups of different sizes only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dokja.comparison.base import identity, not_applicable
from dokja.comparison.guards import ORDERED, examine, representatives
from dokja.comparison.neighbours import similarity_of
from dokja.document.audit import Evidence, OrderEvidence, UnitGroupFigures
from dokja.document.common import Localized
from dokja.numerics.combine import fisher
from dokja.numerics.matching import assignment_mean_cosine, mutual_nearest
from dokja.numerics.relabelling import increasing_run_log10_p, longest_increasing_run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dokja.comparison.collect import GroupFeatures, PairData

__all__ = ["COMPARISON", "OrderKept", "order_hosts", "run_log10_p"]

MAX_TRIES = 1024


@dataclass(frozen=True, slots=True)
class _Run:
    subject: GroupFeatures
    reference: GroupFeatures
    n_matched: int
    longest: int
    log10_p: float
    mean_cosine: float


class OrderKept:
    """Longest increasing run of the indices of matched units.

    Notes
    -----
    Null hypothesis: the reference's units, relabelled at random, were equally likely; then the
    matched indices are in uniformly random order and ``P(L >= k) <= C(m, k) / k!``. Where layers
    are not paired, each of the reference's groups pays for every subject group it was tried with;
    groups are joined by Fisher's method. Invariant to dropping units of either side in order, to
    scaling and number format. Cost: one product a tried pair, at most 1,024 pairs.
    """

    name = "order"
    version = "1"
    null_hypothesis = Localized(
        en="Matched units of the two models stand in random order.",
        ko="두 모델에서 서로 맞는 유닛의 순서는 무작위입니다.",
    )
    invariances = ("units dropped in order", "scaled tensors", "number format")

    def run(self, data: PairData, rng: np.random.Generator) -> tuple[Evidence, ...]:
        """Measure the order kept, over all groups whose sizes differ.

        Parameters
        ----------
        data
            What was read of the two components.
        rng
            Chooses groups, beforehand, where there are too many.

        Returns
        -------
        tuple of Evidence
            One item.
        """
        if not examine(data.reference_side.groups).passed:
            return not_applicable(data, self.name, ORDERED.en, ORDERED.ko)
        candidates = _candidates(data, rng)
        if not candidates:
            return not_applicable(
                data,
                self.name,
                "No group of hidden units differs in size between the two models.",
                "두 모델 사이에 크기가 다른 은닉 유닛 묶음이 없습니다.",
            )
        best = []
        log10_p = []
        for reference, subjects in candidates:
            runs = [_run(subject, reference) for subject in subjects]
            winner = min(runs, key=lambda run: run.log10_p)
            best.append(winner)
            log10_p.append(min(0.0, winner.log10_p + math.log10(len(subjects))))
        evidence = OrderEvidence(
            **identity(data),
            log10_p=fisher(log10_p),
            n_groups=len(best),
            n_tries=sum(len(subjects) for _, subjects in candidates),
            longest=sum(run.longest for run in best),
            n_matched=sum(run.n_matched for run in best),
            n_units=sum(min(len(r.subject.units), len(r.reference.units)) for r in best),
            mean_cosine=_weighted([(run.mean_cosine, run.longest) for run in best]),
            off_map_cosine=_off_map(candidates),
            groups=tuple(_figures(run) for run in best),
        )
        return (evidence,)


def _candidates(
    data: PairData, rng: np.random.Generator
) -> list[tuple[GroupFeatures, list[GroupFeatures]]]:
    """Pair each of the reference's groups with the subject's groups it may have become."""
    reference = [g for g in representatives(data.reference_side.groups) if g.group.units == "mlp"]
    subject = [g for g in data.subject.groups if g.group.units == "mlp"]
    if len(reference) * len(subject) > MAX_TRIES and reference:
        keep = max(MAX_TRIES // max(len(subject), 1), 1)
        kept = np.sort(rng.choice(len(reference), min(keep, len(reference)), replace=False))
        reference = [reference[i] for i in kept]
    found = []
    for group in reference:
        tried = [s for s in subject if _may_descend(s, group, paired=data.alignment.layers_paired)]
        if tried:
            found.append((group, tried[:MAX_TRIES]))
    return found


def _may_descend(subject: GroupFeatures, reference: GroupFeatures, *, paired: bool) -> bool:
    if subject.kinds != reference.kinds or subject.group.n == reference.group.n:
        return False
    if subject.features.shape[1] != reference.features.shape[1]:
        return False  # stages of unlike width
    return not paired or subject.group.layer == reference.group.layer


def order_hosts(data: PairData) -> list[tuple[GroupFeatures, GroupFeatures]]:
    """Pair groups of different sizes and different layers, for planting.

    Parameters
    ----------
    data
        What was read of the two components.

    Returns
    -------
    list of pairs
        Subject and reference; of the same layer only where there is no other.
    """
    subject = [g for g in data.subject.groups if g.group.units == "mlp"]
    reference = [g for g in data.reference_side.groups if g.group.units == "mlp"]
    pairs = []
    for place, group in enumerate(reference):
        fitting = [s for s in subject if _may_descend(s, group, paired=False)]
        if fitting:
            pairs.append((fitting[(place + 1) % len(fitting)], group))
    return pairs


def run_log10_p(similarity: NDArray[np.float32]) -> float:
    """Bound the p-value of the order kept between two groups of units.

    Parameters
    ----------
    similarity
        Shape ``(n_subject, n_reference)``.

    Returns
    -------
    float
        At most 0.
    """
    n_matched, longest, _ = _longest(similarity)
    return increasing_run_log10_p(n_matched, longest) if longest else 0.0


def _longest(similarity: NDArray[np.float32]) -> tuple[int, int, NDArray[np.float32]]:
    matches = mutual_nearest(similarity)
    alive = matches.similarity > -1.0
    order = np.argsort(matches.subject_index[alive], kind="stable")
    # Positions within the sorted samples stand in the order of the units themselves.
    indices = matches.reference_index[alive][order]
    longest = longest_increasing_run(indices.astype(np.int64)) if len(indices) else 0
    return len(indices), longest, matches.similarity[alive]


def _run(subject: GroupFeatures, reference: GroupFeatures) -> _Run:
    n_matched, longest, cosines = _longest(similarity_of(subject, reference))
    return _Run(
        subject,
        reference,
        n_matched=n_matched,
        longest=longest,
        log10_p=increasing_run_log10_p(n_matched, longest) if longest else 0.0,
        mean_cosine=float(cosines.mean(dtype=np.float64)) if len(cosines) else 0.0,
    )


def _weighted(values: list[tuple[float, int]]) -> float | None:
    total = sum(weight for _, weight in values)
    return sum(value * weight for value, weight in values) / total if total else None


def _off_map(candidates: list[tuple[GroupFeatures, list[GroupFeatures]]]) -> float | None:
    """Mean cosine of best assignment between groups of different layers."""
    cosines: list[float] = []
    for index, (_, subjects) in enumerate(candidates):
        other = candidates[(index + 1) % len(candidates)][0]
        far = [
            s
            for s in subjects
            if s.group.layer != other.group.layer and s.features.shape[1] == other.features.shape[1]
        ]
        if far and len(cosines) < 4:
            cosines.append(assignment_mean_cosine(similarity_of(far[0], other)))
    return float(np.mean(cosines)) if cosines else None


def _figures(run: _Run) -> UnitGroupFigures:
    return UnitGroupFigures(
        layer=run.subject.group.layer,
        reference_layer=run.reference.group.layer,
        expert=run.subject.group.expert,
        units=run.subject.group.units,
        n=min(len(run.subject.units), len(run.reference.units)),
        n_mutual=run.n_matched,
        n_in_place=run.longest,
        mean_cosine=run.mean_cosine if run.longest else None,
    )


COMPARISON = OrderKept()
