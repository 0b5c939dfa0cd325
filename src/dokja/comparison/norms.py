"""The norm panel: the cosine that misleads, beside the figures that do not.

A description without a p-value. Gains start at one and stay near it, so that any two models' norm
vectors point the same way; shuffling the coordinates shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dokja.comparison.base import identity, not_applicable
from dokja.document.audit import Evidence, NormPanelEvidence, NormPanelRow
from dokja.numerics.norms import expected_shuffled_cosine, joint_permutation_z

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.comparison.collect import PairData, TensorPair

__all__ = ["COMPARISON", "NormPanel"]

Vector = NDArray[np.float64]


class NormPanel:
    """Raw cosine, shuffled cosine and Pearson of every norm vector, and their joint z.

    Notes
    -----
    The shuffled cosine is its exact mean over all orders of one side. The joint z standardises the
    agreement of all norm vectors under one relabelling of the channels: a description, since one
    outlying channel can carry it.
    """

    name = "norm_panel"
    version = "1"
    null_hypothesis = None
    invariances = ("resharded", "renamed", "channels relabelled on both sides")

    def run(self, data: PairData, rng: np.random.Generator) -> tuple[Evidence, ...]:
        """Lay out all norm vectors.

        Parameters
        ----------
        data
            What was read of the two components.
        rng
            Not used: the shuffled cosine is exact.

        Returns
        -------
        tuple of Evidence
            One item.
        """
        del rng
        norms = [pair for pair in data.pairs if pair.subject.role.group == "norm"]
        vectors = [(pair, *_values(data, pair)) for pair in norms]
        held = [(p, a, b) for p, a, b in vectors if a is not None and b is not None]
        if not held:
            return not_applicable(
                data,
                self.name,
                "No norm vector of the one has the length of one of the other.",
                "길이가 같은 정규화 벡터가 없습니다.",
            )
        rows = tuple(_row(*item) for item in held)
        evidence = NormPanelEvidence(
            **identity(data),
            rows=rows,
            mean_cosine=_mean([row.cosine for row in rows]),
            mean_shuffled_cosine=_mean([row.shuffled_cosine for row in rows]),
            mean_pearson=_mean([row.pearson for row in rows]),
            joint_z=_joint_z([(a, b) for _, a, b in held]),
        )
        return (evidence,)


def _values(data: PairData, pair: TensorPair) -> tuple[Vector | None, Vector | None]:
    first = data.subject.channels.get(pair.subject.role)
    second = data.reference_side.channels.get(pair.reference.role)
    if first is None or second is None or first.shape != second.shape:
        return None, None
    return first[:, 0].astype(np.float64), second[:, 0].astype(np.float64)


def _row(pair: TensorPair, subject: Vector, reference: Vector) -> NormPanelRow:
    role = pair.subject.role
    return NormPanelRow(
        role=role.kind,
        layer=role.layer,
        n=len(subject),
        cosine=pair.moments.cosine,
        shuffled_cosine=expected_shuffled_cosine(subject, reference),
        pearson=pair.moments.pearson,
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _joint_z(vectors: Sequence[tuple[Vector, Vector]]) -> float | None:
    # One relabelling moves the vectors of the residual stream only, which are the most.
    sizes = [len(vector) for vector, _ in vectors]
    size = max(set(sizes), key=sizes.count)
    alike = [(a, b) for a, b in vectors if len(a) == size]
    subject, reference = (np.stack(side) for side in zip(*alike, strict=True))
    return joint_permutation_z(subject, reference).z


COMPARISON = NormPanel()
