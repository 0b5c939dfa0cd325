"""Mutual nearest neighbours between two groups of units: the count every unit test starts from.

The module counts; what a count means is said by the tests that use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dokja.document.audit import UnitGroupFigures
from dokja.numerics.matching import mutual_nearest

if TYPE_CHECKING:
    from dokja.comparison.collect import GroupFeatures

__all__ = ["BLOCK", "Match", "figures", "match_groups", "match_similarity", "similarity_of"]

Matrix = NDArray[np.float32]

BLOCK = 32
"""Units that stay together where the reference's own order is not exchangeable."""


@dataclass(frozen=True, slots=True)
class Match:
    """Neighbours found between two groups of as many units.

    `expected` is the number expected in place if the reference's units were relabelled at random.
    """

    n: int
    n_mutual: int
    n_in_place: int
    expected: float
    sum_cosine: float

    @property
    def mean_cosine(self) -> float | None:
        """Mean cosine of the units found in place; None where there is none."""
        return self.sum_cosine / self.n_in_place if self.n_in_place else None


def similarity_of(subject: GroupFeatures, reference: GroupFeatures) -> Matrix:
    """Cosine of every unit of one group with every unit of the other.

    Parameters
    ----------
    subject, reference
        Groups with the same kinds of members.

    Returns
    -------
    NDArray[float32]
        Shape ``(n_subject, n_reference)``; dead units have -1 throughout, so that they never are
        a neighbour of a living one.
    """
    similarity = np.asarray(subject.features @ reference.features.T, dtype=np.float32)
    similarity[~subject.features.any(axis=1)] = -1.0
    similarity[:, ~reference.features.any(axis=1)] = -1.0
    return similarity


def match_similarity(similarity: Matrix, *, within_blocks: bool = False) -> Match:
    """Count mutual nearest neighbours, and those that bear their own index.

    Parameters
    ----------
    similarity
        Shape ``(n, n)``.
    within_blocks
        Whether to look for neighbours only among units that stand near each other, which keeps
        the count valid where only such units are exchangeable.

    Returns
    -------
    Match
        The counts. Ties have no neighbour.
    """
    if not within_blocks:
        return _match(similarity)
    bounds = range(0, len(similarity), BLOCK)
    parts = [_match(similarity[low : low + BLOCK, low : low + BLOCK]) for low in bounds]
    return Match(
        n=sum(part.n for part in parts),
        n_mutual=sum(part.n_mutual for part in parts),
        n_in_place=sum(part.n_in_place for part in parts),
        expected=sum(part.expected for part in parts),
        sum_cosine=sum(part.sum_cosine for part in parts),
    )


def _match(similarity: Matrix) -> Match:
    matches = mutual_nearest(np.ascontiguousarray(similarity))
    alive = matches.similarity > -1.0
    in_place = alive & (matches.subject_index == matches.reference_index)
    n = len(similarity)
    n_mutual = int(alive.sum())
    return Match(
        n=n,
        n_mutual=n_mutual,
        n_in_place=int(in_place.sum()),
        expected=n_mutual / n,
        sum_cosine=float(matches.similarity[in_place].sum(dtype=np.float64)),
    )


def match_groups(
    subject: GroupFeatures, reference: GroupFeatures, *, within_blocks: bool = False
) -> Match:
    """Count the neighbours between two groups of as many units.

    Parameters
    ----------
    subject, reference
        Groups whose sampled units bear the same indices.
    within_blocks
        As for `match_similarity`.

    Returns
    -------
    Match
        The counts.
    """
    return match_similarity(similarity_of(subject, reference), within_blocks=within_blocks)


def figures(subject: GroupFeatures, reference: GroupFeatures, match: Match) -> UnitGroupFigures:
    """Describe a match for the report.

    Parameters
    ----------
    subject, reference
        The two groups.
    match
        The counts between them.

    Returns
    -------
    UnitGroupFigures
        The row of the report.
    """
    return UnitGroupFigures(
        layer=subject.group.layer,
        reference_layer=reference.group.layer,
        expert=subject.group.expert,
        units=subject.group.units,
        n=match.n,
        n_mutual=match.n_mutual,
        n_in_place=match.n_in_place,
        mean_cosine=match.mean_cosine,
    )
