"""Guards: whether the reference's own order of units is as random as the tests assume.

A reference whose units are sorted, smooth along their index or repeated over layers would lend
strangers evidence. The module looks at the reference alone, never at the subject.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from dokja.comparison.base import identity, not_applicable
from dokja.comparison.tied import tied_units
from dokja.document.audit import Evidence, SelfTestEvidence
from dokja.document.common import Localized
from dokja.numerics.matching import mutual_nearest
from dokja.numerics.relabelling import single_group_log10_p
from dokja.numerics.selftest import (
    DUPLICATE_COSINE,
    neighbours_alike_z,
    norm_against_index_z,
    worst_z,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dokja.comparison.collect import GroupFeatures, PairData

__all__ = [
    "COMPARISON",
    "MAX_Z",
    "ORDERED",
    "Examination",
    "ReferenceSelfTest",
    "examine",
    "representatives",
]

MAX_GROUPS = 64
MAX_Z = 6.0
"""Standard deviations: room for thousands of groups and for a tail that is not quite normal."""
N_UNITS = 128
SAME_LOG10_P = -8.0
Place = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Examination:
    """What the reference looks like against itself."""

    norm_z: float | None
    alike_z: float | None
    n_duplicate: int
    n_dead: int
    twins: tuple[tuple[Place, Place], ...]
    """Places (layer, expert) of the reference that match an earlier one of its own."""
    tied: frozenset[str]
    """Kinds of units that bear the same numbers in every layer, where other kinds do not."""

    @property
    def passed(self) -> bool:
        """Whether units may be compared over whole groups."""
        return all(z is None or abs(z) <= MAX_Z for z in (self.norm_z, self.alike_z))


class ReferenceSelfTest:
    """Norm against index, neighbours alike, duplicates, and layers that match each other.

    Notes
    -----
    Where it fires, units are compared within blocks of neighbours only; layers that match each
    other share one relabelling and are counted once.
    """

    name = "self_test"
    version = "1"
    null_hypothesis = None
    invariances = ("resharded", "renamed", "scaled tensors")

    def run(self, data: PairData, rng: np.random.Generator) -> tuple[Evidence, ...]:
        """Examine the reference.

        Parameters
        ----------
        data
            What was read of the two components; the subject is not looked at.
        rng
            Not used.

        Returns
        -------
        tuple of Evidence
            One item.
        """
        del rng
        groups = data.reference_side.groups
        if not groups:
            return not_applicable(
                data,
                self.name,
                "The reference has no hidden units that could be compared.",
                "비교 모델에 비교할 수 있는 은닉 유닛이 없습니다.",
            )
        found = examine(groups)
        evidence = SelfTestEvidence(
            **identity(data),
            passed=found.passed,
            norm_against_index_z=found.norm_z,
            neighbours_alike_z=found.alike_z,
            duplicate_units=found.n_duplicate,
            zero_units=found.n_dead,
            matching_layers=tuple((first[0] or 0, second[0] or 0) for first, second in found.twins),
            notes=_notes(found),
        )
        return (evidence,)


def _notes(found: Examination) -> tuple[Localized, ...]:
    notes = []
    if not found.passed:
        notes.append(
            Localized(
                en="The reference's units do not stand in random order; they were compared within "
                "blocks of neighbours only.",
                ko="비교 모델의 유닛 순서가 무작위가 아니어서 이웃 블록 안에서만 비교했습니다.",
            )
        )
    if found.twins:
        notes.append(
            Localized(
                en="Layers or experts of the reference match each other; each was counted once.",
                ko="비교 모델 안에서 서로 맞는 층이나 전문가는 한 번만 세었습니다.",
            )
        )
    if found.tied:
        notes.append(
            Localized(
                en="Some hidden units of the reference bear the same numbers in every layer, as "
                "after an identity start; they were left out.",
                ko="비교 모델의 일부 은닉 유닛은 (항등 행렬로 시작한 경우처럼) 모든 층에서 번호가 "
                "서로 맞아 비교에서 뺐습니다.",
            )
        )
    return tuple(notes)


ORDERED = Localized(
    en="The reference's own units do not stand in random order, so that a shared order would "
    "prove nothing.",
    ko="비교 모델의 유닛 순서 자체가 무작위가 아니므로, 순서가 같아도 아무것도 증명되지 않습니다.",
)
"""Why a test of order was not made."""


@lru_cache(maxsize=1)
def examine(groups: tuple[GroupFeatures, ...]) -> Examination:
    """Examine a reference's groups of units; the last answer is kept, for several tests ask.

    Parameters
    ----------
    groups
        All groups of one side.

    Returns
    -------
    Examination
        Scores over at most 64 of the larger groups.
    """
    chosen = _chosen(groups)
    alive = [features.features.any(axis=1) for features in chosen]
    within = [_within(features.features[a]) for features, a in zip(chosen, alive, strict=True)]
    return Examination(
        norm_z=worst_z(
            [norm_against_index_z(f.norms[a]) for f, a in zip(chosen, alive, strict=True)]
        ),
        alike_z=worst_z([neighbours_alike_z(similarity) for similarity in within]),
        n_duplicate=sum(_n_duplicate(similarity) for similarity in within),
        n_dead=sum(int((~a).sum()) for a in alive),
        twins=_twins(chosen),
        tied=tied_units(groups),
    )


def representatives(groups: tuple[GroupFeatures, ...]) -> tuple[GroupFeatures, ...]:
    """Keep one of the groups that match each other, since they share one relabelling.

    Parameters
    ----------
    groups
        All groups of the reference.

    Returns
    -------
    tuple of GroupFeatures
        Without those whose layer and expert repeat an earlier one, and without kinds of units that
        bear the same numbers in every layer.
    """
    found = examine(groups)
    repeated = {second for _, second in found.twins}
    return tuple(
        features
        for features in groups
        if features.group.units not in found.tied and _place(features) not in repeated
    )


def _place(features: GroupFeatures) -> Place:
    return (features.group.layer, features.group.expert)


def _chosen(groups: Sequence[GroupFeatures]) -> list[GroupFeatures]:
    mlp = [features for features in groups if features.group.units == "mlp"]
    held = mlp or list(groups)
    step = max(1, -(-len(held) // MAX_GROUPS))
    return held[::step]


def _within(features: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(features @ features.T, dtype=np.float32)


def _n_duplicate(similarity: NDArray[np.float32]) -> int:
    others = similarity - 2.0 * np.eye(len(similarity), dtype=np.float32)
    return int((others >= DUPLICATE_COSINE).any(axis=1).sum()) if len(others) > 1 else 0


def _twins(groups: Sequence[GroupFeatures]) -> tuple[tuple[Place, Place], ...]:
    """Find groups whose units stand in the same places as an earlier group's."""
    found: list[tuple[Place, Place]] = []
    kept: list[GroupFeatures] = []
    for features in groups:
        twin = next((first for first in kept if _is_twin(first, features)), None)
        if twin is None:
            kept.append(features)
        else:
            found.append((_place(twin), _place(features)))
    return tuple(found)


def _is_twin(first: GroupFeatures, second: GroupFeatures) -> bool:
    if first.kinds != second.kinds or first.features.shape != second.features.shape:
        return False
    similarity = first.features[:N_UNITS] @ second.features[:N_UNITS].T
    matches = mutual_nearest(np.ascontiguousarray(similarity))
    log10_p = single_group_log10_p(len(similarity), matches.n_mutual, matches.n_in_place)
    return log10_p <= SAME_LOG10_P


COMPARISON = ReferenceSelfTest()
