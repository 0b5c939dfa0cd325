"""A copy whose units were renumbered, rotated, rescaled or flipped: undone, and judged held out.

A measure by effect size, without a p-value: the fit is made on half of the layers, and what counts
is how well units agree on the other half. The module refuses to speak where there are not two MLPs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.comparison.base import identity, not_applicable
from dokja.comparison.convolutions import convolution_evidence
from dokja.comparison.heads import heads_evidence
from dokja.document.audit import Evidence, ReindexedEvidence, ReindexedLayer
from dokja.numerics.bases import Basis, identity_basis, shared_basis
from dokja.numerics.directions import agreement
from dokja.numerics.reindexing import (
    Recovered,
    basis_by_index,
    basis_by_invariants,
    recover,
)
from dokja.numerics.relabelling import in_place_log10_p
from dokja.numerics.undone import AlignedSums, Undone, channel_change, undone

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from dokja.comparison.collect import PairData
    from dokja.comparison.structure import ShapePair, StructureData
    from dokja.numerics.unit_shapes import UnitShapes

__all__ = ["COMPARISON", "SearchForReindexedCopy", "split"]

MIN_ROWS = 16
MIN_TOLD_EFFECT = 0.2
"""Mean effect on judged layers from which it is told what became of the heads."""


class SearchForReindexedCopy:
    """Undo a re-indexing on half of the layers and look at the other half.

    Notes
    -----
    Not a test: there is no null hypothesis whose p-value holds, since training on like data makes
    like structure. What speaks is the effect on layers that had no part in the fit: about 0
    between strangers, near 1 between copies. Begun from the basis as it stands, from units of one
    index, from numbers of each unit that no re-indexing changes, and from rows whose index means
    the same in both (tokens, positions, pixels); the fitted layers choose among them.

    Where the basis was found without looking at the index of units, the units found in place in
    it have an exact p-value, as in `dokja.comparison.units`, which is reported beside.
    """

    name = "reindexed"
    version = "1"
    null_hypothesis = None
    invariances = ("resharded", "renamed", "number format")

    def run(self, data: PairData, rng: np.random.Generator) -> tuple[Evidence, ...]:
        """Search, and say what was found and what had to be undone.

        Parameters
        ----------
        data
            What was read of the two components.
        rng
            Chooses units and vectors where there are more than are needed.

        Returns
        -------
        tuple of Evidence
            One item.
        """
        if data.convolutions is not None:
            return (convolution_evidence(data, data.convolutions),)
        structure = data.structure
        if structure is None:
            return not_applicable(
                data,
                self.name,
                "The units were found as they are numbered, or there are not two MLPs, "
                "or blocks of convolutions, of like build to search.",
                "유닛이 번호 그대로 발견되었거나, 구조가 같은 MLP나 합성곱 블록이 두 개 이상 없어 "
                "찾아보지 않았습니다.",
            )
        fit, held = split(structure.pairs)
        found = recover(_shapes(fit), _shapes(held), _starts(structure, fit, rng), rng)
        if found is None:
            return not_applicable(
                data,
                self.name,
                "No alignment could be begun: too few units of the two have anything alike.",
                "두 모델에서 맞춰 볼 수 있는 유닛이 너무 적어 정렬을 시작할 수 없었습니다.",
            )
        evidence = _evidence(data, structure, found, rng)
        seen = [judged.effect for judged in found.held]
        if not seen or sum(seen) < MIN_TOLD_EFFECT * len(seen):
            return (evidence,)
        heads = heads_evidence(data, found.basis, rng)
        return (evidence,) if heads is None else (evidence, heads)


def split(pairs: Sequence[ShapePair]) -> tuple[list[ShapePair], list[ShapePair]]:
    """Divide pairs of layers into those that are fitted and those that judge.

    Parameters
    ----------
    pairs
        In the order of depth.

    Returns
    -------
    tuple of list
        Every other one, so that both halves reach over the whole depth.
    """
    return list(pairs[0::2]), list(pairs[1::2])


def _shapes(pairs: Sequence[ShapePair]) -> list[tuple[UnitShapes, UnitShapes]]:
    return [(pair.subject, pair.reference) for pair in pairs]


def _starts(
    structure: StructureData, fit: Sequence[ShapePair], rng: np.random.Generator
) -> dict[str, Basis]:
    shapes = _shapes(fit)
    widths = {side.width for pair in shapes for side in pair}
    found: dict[str, Basis | None] = {
        "same_basis": identity_basis(widths.pop(), rng) if len(widths) == 1 else None,
        "invariants": basis_by_invariants(shapes, rng),
        "index": basis_by_index(shapes, rng),
    }
    for kind, (subject, reference) in structure.rows.items():
        if min(len(subject), len(reference)) >= MIN_ROWS:
            found[kind.removesuffix(".weight")] = shared_basis(subject, reference, rng)
    return {name: basis for name, basis in found.items() if basis is not None}


def _evidence(
    data: PairData, structure: StructureData, found: Recovered, rng: np.random.Generator
) -> ReindexedEvidence:
    _, held = split(structure.pairs)
    changes = [undone(pair.subject, pair.reference, found.basis) for pair in held]
    off = _off_map(structure.pairs, held, found.basis)
    layers = [
        ReindexedLayer(
            layer=pair.subject_place[0],
            expert=pair.subject_place[1],
            reference_layer=pair.reference_place[0],
            reference_expert=pair.reference_place[1],
            n_units=judged.n,
            effect=judged.effect,
            agreeing_share=judged.share,
            off_map_effect=beside,
            n_mutual=change.n_mutual,
            n_in_place=change.n_in_place,
            aligned_cosine=change.sums.cosine,
            aligned_pearson=change.sums.pearson,
        )
        for pair, judged, change, beside in zip(held, found.held, changes, off, strict=True)
    ]
    total = sum((change.sums for change in changes), AlignedSums())
    n_mutual = sum(change.n_mutual for change in changes)
    channels = channel_change(_shapes(held), found.basis, rng)
    spreads = [change.scale_spread for change in changes if change.scale_spread is not None]
    return ReindexedEvidence(
        **identity(data),
        start=found.start,
        fitted_effect=found.fitted,
        n_fitted=len(structure.pairs) - len(held),
        layers=tuple(layers),
        aligned_cosine=total.cosine,
        aligned_pearson=total.pearson,
        log10_p=None if found.start == "index" else _in_place(changes),
        moved_share=1.0 - sum(c.n_in_place for c in changes) / n_mutual if n_mutual else None,
        flipped_share=sum(c.n_flipped for c in changes) / n_mutual if n_mutual else None,
        scale_spread=max(spreads, default=None),
        same_basis=channels.same,
        channel_cosine=channels.renumbered,
        channels_flipped_share=channels.flipped_share,
        gains_reset=structure.gains_reset,
        layers_mapped=structure.mapped,
    )


def _in_place(changes: Sequence[Undone]) -> float:
    statistic = sum(change.n_in_place for change in changes)
    expected = sum(change.n_mutual / change.n for change in changes if change.n)
    return in_place_log10_p(statistic, expected)


def _off_map(
    pairs: Sequence[ShapePair], held: Sequence[ShapePair], basis: Basis
) -> list[float | None]:
    """Judge each held-out layer against one that is not its counterpart: the control."""
    found: list[float | None] = []
    for place, pair in enumerate(held):
        others = [
            other.reference
            for other in (*held[place + 1 :], *held[:place], *pairs)
            if other.reference_place[0] != pair.reference_place[0]
        ]
        found.append(agreement(pair.subject, others[0], basis).effect if others else None)
    return found


COMPARISON = SearchForReindexedCopy()
