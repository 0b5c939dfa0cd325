"""Cosine and Pearson of whole components, under both usual aggregations.

Measures without a null hypothesis: they describe, as the public expects them, and decide nothing
by themselves. Fixed and constant tensors are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.comparison.base import identity, not_applicable
from dokja.document.audit import Aggregated, Evidence, MomentsEvidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy as np

    from dokja.comparison.collect import PairData, TensorPair

__all__ = ["COMPARISON", "Similarity", "SimilarityFigures", "aggregate", "matrices"]


@dataclass(frozen=True, slots=True)
class SimilarityFigures:
    """Cosine and Pearson of some tensors."""

    cosine: Aggregated
    pearson: Aggregated


class Similarity:
    """Moments of all pairs, of the matrices apart, and their pooled slopes.

    Notes
    -----
    The plain mean gives every tensor the same voice, so that a hundred norm vectors outweigh the
    matrices; the parameter-weighted mean gives every weight the same. Both are always given.
    """

    name = "moments"
    version = "1"
    null_hypothesis = None
    invariances = ("resharded", "renamed")

    def run(self, data: PairData, rng: np.random.Generator) -> tuple[Evidence, ...]:
        """Aggregate the moments of all pairs.

        Parameters
        ----------
        data
            What was read of the two components.
        rng
            Not used.

        Returns
        -------
        tuple of Evidence
            One item.
        """
        del rng
        counted = [pair for pair in data.pairs if not pair.subject.fixed]
        if not counted:
            return not_applicable(
                data,
                self.name,
                "No tensor of the one has the role and the shape of one of the other.",
                "역할과 모양이 같은 텐서가 없습니다.",
            )
        everything, large = aggregate(counted), aggregate(matrices(counted))
        n_values = sum(pair.moments.n for pair in counted)
        evidence = MomentsEvidence(
            **identity(data),
            cosine=everything.cosine,
            pearson=everything.pearson,
            matrix_cosine=large.cosine,
            matrix_pearson=large.pearson,
            matrix_slope=_mean(matrices(counted), lambda pair: pair.moments.slope),
            matrix_reverse_slope=_mean(matrices(counted), lambda pair: pair.moments.reverse_slope),
            equal_share=sum(pair.moments.n_equal for pair in counted) / n_values
            if n_values
            else 0.0,
            n_matrices=len(matrices(counted)),
        )
        return (evidence,)


def matrices(pairs: Iterable[TensorPair]) -> list[TensorPair]:
    """Choose the trained matrices.

    Parameters
    ----------
    pairs
        Pairs of tensors.

    Returns
    -------
    list of TensorPair
        Those with two axes or more that are neither fixed nor constant.
    """
    return [
        pair
        for pair in pairs
        if len(pair.subject.view.shape) >= 2 and not pair.subject.fixed and not pair.constant
    ]


def _mean(pairs: Sequence[TensorPair], of: Callable[[TensorPair], float | None]) -> float | None:
    return _weighted([(v, pair.moments.n) for pair in pairs if (v := of(pair)) is not None])


def aggregate(pairs: Iterable[TensorPair]) -> SimilarityFigures:
    """Average cosine and Pearson over tensors in both usual ways.

    Parameters
    ----------
    pairs
        Pairs of tensors.

    Returns
    -------
    SimilarityFigures
        Tensors for which a figure is undefined (constant ones) do not enter it.
    """
    held = list(pairs)
    return SimilarityFigures(
        cosine=_aggregated([(pair.moments.cosine, pair.moments.n) for pair in held]),
        pearson=_aggregated([(pair.moments.pearson, pair.moments.n) for pair in held]),
    )


def _aggregated(values: Sequence[tuple[float | None, int]]) -> Aggregated:
    known = [(value, n) for value, n in values if value is not None]
    return Aggregated(
        unweighted=_weighted([(value, 1) for value, _ in known]), weighted=_weighted(known)
    )


def _weighted(values: Sequence[tuple[float, int]]) -> float | None:
    total = sum(weight for _, weight in values)
    return sum(value * weight for value, weight in values) / total if total else None


COMPARISON = Similarity()
