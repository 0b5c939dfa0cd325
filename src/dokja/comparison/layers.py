"""Layers and experts whose map is unknown: dropped, doubled, moved, upcycled.

Null hypothesis: as for units in place, for each of the reference's layers independently. No maximum
over maps enters the e-value; the best map is drawn for the reader, and judged nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dokja.comparison.base import identity, not_applicable
from dokja.comparison.guards import ORDERED, examine, representatives
from dokja.comparison.neighbours import (
    Match,
    figures,
    match_groups,
    match_similarity,
    similarity_of,
)
from dokja.comparison.units import add, comparable, paired_groups
from dokja.document.audit import (
    Evidence,
    LayerSearchEvidence,
    OrderEvidence,
    UnitGroupFigures,
)
from dokja.document.common import Localized
from dokja.numerics.matching import assignment_mean_cosine
from dokja.numerics.relabelling import in_place_log10_p
from dokja.numerics.search import search_log10_e

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from dokja.comparison.collect import GroupFeatures, PairData

__all__ = [
    "COMPARISON",
    "LayerSearch",
    "SearchTable",
    "found_layer_map",
    "is_clear",
    "search_table",
]

MAX_CANDIDATES = 4096
"""Pairs of groups that are tried at most."""
MAX_LOG10_P = -6.0
"""Largest p-value at which the layers are laid side by side anew."""
IN_PLACE_LOG10_P = -20.0
"""p-value of units in place at which there is nothing to search for."""
N_UNITS = 256
"""Units of a group that take part in the search."""


@dataclass(frozen=True, slots=True)
class SearchTable:
    """Counts for every tried pair of groups; rows are the reference's, columns the subject's."""

    subject: tuple[GroupFeatures, ...]
    reference: tuple[GroupFeatures, ...]
    matches: tuple[tuple[Match, ...], ...]

    def counts(self, name: str) -> NDArray[np.int64]:
        """Return one count of every pair as an array.

        Parameters
        ----------
        name
            Field of `Match`.

        Returns
        -------
        NDArray[int64]
            Shape ``(n_reference_groups, n_subject_groups)``.
        """
        rows = [[getattr(match, name) for match in row] for row in self.matches]
        return np.array(rows, dtype=np.int64)

    def log10_e(self) -> float:
        """Return the e-value of the whole table, as its logarithm to base ten."""
        return search_log10_e(self.counts("n_in_place"), self.counts("n_mutual"), self.counts("n"))


class LayerSearch:
    """E-value over all pairs of layers, heads' channels apart.

    Notes
    -----
    Null hypothesis: each of the reference's groups of units, relabelled by its own uniformly random
    permutation, was equally likely. ``E`` is the product over the reference's groups of the mean,
    over the subject's, of ``t^F exp(-(t-1) m / n)``, averaged over a fixed grid of t;
    ``p <= 1 / E`` by Markov's inequality. Groups of the reference that match each other count once.
    Cost: one ``256 x 256`` product for each pair, at most 4,096 pairs.
    """

    name = "layer_search"
    version = "1"
    null_hypothesis = Localized(
        en="Whichever layers are laid side by side, renumbering the reference's units at random "
        "would fit the subject as well.",
        ko="어느 층을 나란히 놓든, 비교 모델의 유닛 번호를 무작위로 바꿔도 똑같이 잘 맞습니다.",
    )
    invariances = ("layers reordered", "units relabelled on both sides", "number format")

    def run(self, data: PairData, rng: np.random.Generator) -> tuple[Evidence, ...]:
        """Count units in place for every pair of layers or experts.

        Parameters
        ----------
        data
            What was read of the two components.
        rng
            Chooses groups where there are too many.

        Returns
        -------
        tuple of Evidence
            One item.
        """
        if not examine(data.reference_side.groups).passed:
            return not_applicable(data, self.name, ORDERED.en, ORDERED.ko)
        if _in_place_already(data):
            return not_applicable(
                data,
                self.name,
                "Layers match as they stand, so there was nothing to search for.",
                "층이 놓인 그대로 맞으므로 찾아볼 필요가 없었습니다.",
            )
        table = search_table(data, rng)
        if table is None:
            return not_applicable(
                data,
                self.name,
                "No group of MLP units has the same size in both.",
                "두 모델에서 크기가 같은 MLP 유닛 묶음이 없습니다.",
            )
        log10_e = table.log10_e()
        chosen = _best_per_subject(table)
        best = [table.matches[i][j] for i, j in chosen]
        n = sum(match.n for match in best)
        n_in_place = sum(match.n_in_place for match in best)
        total = sum(match.sum_cosine for match in best)
        evidence = LayerSearchEvidence(
            **identity(data),
            log10_e=log10_e,
            log10_p=min(0.0, -log10_e),
            n_groups=len(table.reference),
            n_candidates=len(table.reference) * len(table.subject),
            in_place_share=n_in_place / n if n else 0.0,
            in_place_cosine=total / n_in_place if n_in_place else None,
            off_map_cosine=_off_map(table, chosen),
            best_map=_rows(table, chosen),
            description=_describe(table, chosen),
        )
        return (evidence,)


def _in_place_already(data: PairData) -> bool:
    """Whether most layers match where they stand, by the very test that comes before this one."""
    pairs = [pair for pair in paired_groups(data) if pair[0].group.units == "mlp"]
    if not pairs:
        return False
    matches = [match_groups(*pair) for pair in pairs]
    total = add(matches)
    in_place = [match.n_in_place > max(5.0, 8.0 * match.expected) for match in matches]
    significant = in_place_log10_p(total.n_in_place, total.expected) <= IN_PLACE_LOG10_P
    return significant and sum(in_place) * 2 >= len(in_place)


def search_table(data: PairData, rng: np.random.Generator) -> SearchTable | None:
    """Match every MLP group of the subject with every one of the reference.

    Parameters
    ----------
    data
        What was read of the two components.
    rng
        Chooses groups, beforehand, where there are too many pairs.

    Returns
    -------
    SearchTable or None
        None where no two groups have the same size.
    """
    reference = [g for g in representatives(data.reference_side.groups) if g.group.units == "mlp"]
    subject = [g for g in data.subject.groups if g.group.units == "mlp"]
    reference = [g for g in reference if any(comparable(s, g) for s in subject)]
    subject = [g for g in subject if any(comparable(g, r) for r in reference)]
    if not reference or not subject:
        return None
    reference = _thinned(reference, max(MAX_CANDIDATES // len(subject), 4), rng)
    subject = _thinned(subject, max(MAX_CANDIDATES // len(reference), 1), rng)
    rows = tuple(tuple(_match(s, r) for s in subject) for r in reference)
    return SearchTable(tuple(subject), tuple(reference), rows)


def _thinned(
    groups: list[GroupFeatures], n_kept: int, rng: np.random.Generator
) -> list[GroupFeatures]:
    if len(groups) <= n_kept:
        return groups
    return [groups[i] for i in np.sort(rng.choice(len(groups), n_kept, replace=False))]


def _match(subject: GroupFeatures, reference: GroupFeatures) -> Match:
    if not comparable(subject, reference):
        return Match(n=1, n_mutual=0, n_in_place=0, expected=0.0, sum_cosine=0.0)
    similarity = similarity_of(subject, reference)[:N_UNITS, :N_UNITS]
    return match_similarity(similarity)


def _best_per_subject(table: SearchTable) -> list[tuple[int, int]]:
    counts = table.counts("n_in_place")
    return [(int(counts[:, j].argmax()), j) for j in range(counts.shape[1])]


def found_layer_map(
    data: PairData, evidence: Iterable[Evidence]
) -> tuple[tuple[int, int], ...] | None:
    """Layers of the subject with the reference's layer each matches, once that is established.

    Parameters
    ----------
    data
        What was read of the two components.
    evidence
        What the index tests found.

    Returns
    -------
    tuple of pairs or None
        ``(subject layer, reference layer)``, each subject layer at most once: a drawing for the
        reader and for effect sizes, never an input of a p-value. None where no search is
        significant, or it says what was assumed already.
    """
    rows: list[UnitGroupFigures] = []
    for item in evidence:
        if isinstance(item, LayerSearchEvidence) and item.log10_p <= MAX_LOG10_P:
            rows.extend(item.best_map)
        elif isinstance(item, OrderEvidence) and item.log10_p <= MAX_LOG10_P:
            rows.extend(item.groups)
    mapped: dict[int, tuple[int, int]] = {}
    for row in rows:
        if row.layer is not None and row.reference_layer is not None and is_clear(row):
            strength, _ = mapped.get(row.layer, (0, 0))
            if row.n_in_place > strength:
                mapped[row.layer] = (row.n_in_place, row.reference_layer)
    found = _each_reference_once(mapped)
    already = data.alignment.layers_paired and all(first == second for first, second in found)
    return None if already or not found else found


def _each_reference_once(mapped: dict[int, tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Where a layer was doubled, keep the copy that is nearer to it."""
    strongest: dict[int, tuple[int, int]] = {}
    for layer, (strength, reference) in sorted(mapped.items()):
        if strength > strongest.get(reference, (0, 0))[0]:
            strongest[reference] = (strength, layer)
    return tuple(sorted((layer, reference) for reference, (_, layer) in strongest.items()))


def is_clear(row: UnitGroupFigures) -> bool:
    """Whether a pair of layers stands out far enough to be drawn.

    Parameters
    ----------
    row
        Its counts.

    Returns
    -------
    bool
        True from five units, a twentieth of all, and eight times the number expected.
    """
    return row.n_in_place >= max(5.0, 8.0 * row.n_mutual / row.n, 0.05 * row.n)


def _rows(table: SearchTable, chosen: list[tuple[int, int]]) -> tuple[UnitGroupFigures, ...]:
    return tuple(
        figures(table.subject[j], table.reference[i], table.matches[i][j]) for i, j in chosen
    )


def _off_map(table: SearchTable, chosen: list[tuple[int, int]]) -> float | None:
    taken = {(table.reference[i].group.layer, table.subject[j].group.layer) for i, j in chosen}
    cosines: list[float] = []
    for j, subject in enumerate(table.subject):
        reference = table.reference[(j + 1) % len(table.reference)]
        if (reference.group.layer, subject.group.layer) in taken:
            continue
        if comparable(subject, reference) and len(cosines) < 6:
            cosines.append(assignment_mean_cosine(similarity_of(subject, reference)))
    return float(np.mean(cosines)) if cosines else None


def _describe(table: SearchTable, chosen: list[tuple[int, int]]) -> Localized:
    found = [
        (table.subject[j], table.reference[i])
        for (i, j), row in zip(chosen, _rows(table, chosen), strict=True)
        if is_clear(row)
    ]
    if not found:
        return Localized(
            en="No layer of the subject stands out for any layer of the reference.",
            ko="검증 대상의 어느 층도 비교 모델의 특정 층과 두드러지게 맞지 않습니다.",
        )
    arrows = ", ".join(sorted({_arrow(s, r) for s, r in found}, key=_natural)[:48])
    experts = any((s.group.expert is None) != (r.group.expert is None) for s, r in found)
    en = f"Layers of the subject and the reference's layers they match: {arrows}."
    ko = f"검증 대상의 층과 그에 맞는 비교 모델의 층: {arrows}."
    if experts:
        en += " Experts match dense layers."
        ko += " 전문가(expert)가 밀집(dense) 층과 맞습니다."
    return Localized(en=en, ko=ko)


def _arrow(subject: GroupFeatures, reference: GroupFeatures) -> str:
    return f"{subject.group.layer}←{reference.group.layer}"


def _natural(arrow: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else -1 for part in arrow.split("←"))


COMPARISON = LayerSearch()
