"""The swap test over residual channels: diffuse evidence from all tensors of a component at once.

Null hypothesis: two residual channels of the reference, exchanged everywhere, fit the subject as
well. The module looks at no unit and no layer by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dokja.arch.role import TensorRole
from dokja.comparison.base import identity, not_applicable
from dokja.comparison.guards import MAX_Z
from dokja.comparison.neighbours import Match, match_similarity
from dokja.comparison.sampling import exchangeable_channels
from dokja.comparison.tied import tied_channels
from dokja.document.audit import Evidence, SwapEvidence
from dokja.document.common import Localized
from dokja.numerics.combine import bonferroni
from dokja.numerics.relabelling import permutation_z, single_group_log10_p, swap_statistic
from dokja.numerics.selftest import neighbours_alike_z, norm_against_index_z

if TYPE_CHECKING:
    from dokja.comparison.collect import PairData

__all__ = [
    "COMPARISON",
    "SwapSums",
    "SwapTest",
    "channel_similarity",
    "channel_tensors",
    "refusal",
    "signed_ranks",
    "stacked_channels",
    "swap_sums",
]

Matrix = NDArray[np.float32]
Tensors = list[tuple[Matrix, Matrix]]
MAX_GRAM_CHANNELS = 512
MAX_MATCHED_CHANNELS = 512
N_TESTS = 3
MIN_CHANNELS = 16


@dataclass(frozen=True, slots=True)
class SwapSums:
    """For every pair of channels, half the product of differences summed over all tensors.

    Each array has shape ``(n_channels // 2,)``: subject with reference, reference with itself,
    subject with itself.
    """

    cross: NDArray[np.float64]
    reference: NDArray[np.float64]
    subject: NDArray[np.float64]


class SwapTest:
    """Exchange of residual channels, paired at random beforehand, and channels found in place.

    Notes
    -----
    Null hypothesis: exchanging two residual channels of the reference in all of its tensors gives
    a reference that was equally likely. The exchange flips the sign of ``d`` and nothing else, so
    for any odd function w of d, ``p <= exp(-(sum w)^2 / (2 sum w^2))`` for a positive sum. Here
    w is the signed rank, which no outlying channel can carry. Valid for any rows fixed beforehand,
    and whatever is correlated between rows. Not valid where a fixed table is added to the residual
    stream. Beside it, under the same null hypothesis with all channels relabelled, F of m mutual
    nearest neighbours among n channels stand in place with ``p <= C(m, F) (n - F)! / n!``, which
    sees narrow models better; once over all tensors and once over those outside of layers, where
    borrowed embeddings would drown among the rest. The smallest of the three p-values is paid for
    three times. Cost: linear in channels times kept rows, and two ``512 x 512`` products.
    """

    name = "swap"
    version = "1"
    null_hypothesis = Localized(
        en="Exchanging two residual channels everywhere in the reference would fit the subject as "
        "well.",
        ko="비교 모델의 잔차 채널 두 개를 모든 텐서에서 맞바꾸어도 검증 대상과 똑같이 잘 맞습니다.",
    )
    invariances = ("channels relabelled on both sides", "scaled tensors", "number format")

    def run(self, data: PairData, rng: np.random.Generator) -> tuple[Evidence, ...]:
        """Run the test, its shuffled control, and the descriptive permutation z.

        Parameters
        ----------
        data
            What was read of the two components.
        rng
            Pairs the channels, and shuffles them for the control.

        Returns
        -------
        tuple of Evidence
            One item.
        """
        refused = refusal(data)
        if refused is not None:
            return not_applicable(data, self.name, refused.en, refused.ko)
        tensors = channel_tensors(data)
        n_channels = len(tensors[0][0]) if tensors else 0
        if not tensors and data.subject.channels:
            missing = _nothing_along_channels(data)
            return not_applicable(data, self.name, missing.en, missing.ko)
        if n_channels < MIN_CHANNELS:
            return not_applicable(
                data,
                self.name,
                "Too few residual channels stand in tensors that could be paired.",
                "짝지을 수 있는 텐서에 잔차 채널이 너무 적습니다.",
            )
        if _is_ordered([reference for _, reference in tensors]):
            return not_applicable(
                data,
                self.name,
                "The reference's own channels do not stand in random order (as after a principal "
                "component analysis), so that a shared order would prove nothing.",
                "비교 모델의 채널 순서 자체가 (주성분 분석 뒤처럼) 무작위가 아니므로, 순서가 "
                "같아도 아무것도 증명되지 않습니다.",
            )
        pairing = rng.permutation(n_channels)
        sums = swap_sums(tensors, pairing)
        statistic, swap_log10_p = swap_statistic(signed_ranks(sums.cross))
        match = match_similarity(channel_similarity(*stacked_channels(tensors, rng)))
        outside = _match_outside_layers(data, rng)
        log10_p = min(swap_log10_p, _found_log10_p(match), _found_log10_p(outside))
        order = rng.permutation(n_channels)
        shuffled = [(subject, reference[order]) for subject, reference in tensors]
        control, _ = swap_statistic(signed_ranks(swap_sums(shuffled, pairing).cross))
        z, kappa = _description(tensors, rng)
        scale = float(np.sqrt(sums.reference.sum() * sums.subject.sum()))
        evidence = SwapEvidence(
            **identity(data),
            statistic=statistic,
            log10_p=bonferroni(log10_p, N_TESTS),
            n_channels=n_channels,
            n_sampled=match.n,
            n_mutual=match.n_mutual,
            n_in_place=match.n_in_place,
            n_in_place_outside=outside.n_in_place,
            n_tensors=len(tensors),
            effect=float(sums.cross.sum()) / scale if scale > 0.0 else 0.0,
            permutation_z=z,
            kappa=kappa,
            shuffled_statistic=control,
        )
        return (evidence,)


def refusal(data: PairData) -> Localized | None:
    """Say why the channels of a pair cannot be tested.

    Parameters
    ----------
    data
        What was read of the two components.

    Returns
    -------
    Localized or None
        None where they can.
    """
    subject = exchangeable_channels(data.alignment.subject)
    reference = exchangeable_channels(data.alignment.reference)
    if subject is not None and reference is not None and subject != reference:
        return Localized(
            en="The residual streams have different widths.",
            ko="잔차 스트림의 폭이 서로 다릅니다.",
        )
    if subject is None or reference is None:
        return Localized(
            en="No channels are exchangeable: there is no residual stream, or a fixed table is "
            "added to it.",
            ko="서로 바꿀 수 있는 채널이 없습니다. 잔차 스트림이 없거나 고정된 표가 더해져 "
            "있습니다.",
        )
    return _ORDERED_TABLE if _has_ordered_table(data) else None


_ORDERED_TABLE = Localized(
    en="What stands before the reference's layers gives its channels an order (as sinusoids do, "
    "also where they were trained on), so that a shared order would prove nothing.",
    ko="비교 모델의 층 앞에 놓인 표가 채널에 순서를 줍니다(학습된 사인파 표도 마찬가지입니다). "
    "따라서 순서가 같아도 아무것도 증명되지 않습니다.",
)


def _has_ordered_table(data: PairData) -> bool:
    tables = [
        _standardised(matrix)
        for role, matrix in data.reference_side.channels.items()
        if role.layer is None and matrix.shape[0] >= MIN_CHANNELS and matrix.shape[1] > 1
    ]
    return any(table is not None and _is_ordered([table]) for table in tables)


def _nothing_along_channels(data: PairData) -> Localized:
    """Say why no tensor along the residual channels could be used."""
    counterparts = _counterparts(data)
    references = data.reference_side.channels
    alike = any(
        (found := references.get(counterparts[role])) is not None and found.shape == matrix.shape
        for role, matrix in data.subject.channels.items()
    )
    if alike:
        return Localized(
            en="Every tensor along the residual channels holds one value throughout, on one side "
            "at least.",
            ko="잔차 채널을 따라 놓인 텐서가 모두, 적어도 한쪽에서 한 값으로만 채워져 있습니다.",
        )
    return Localized(
        en="No tensor along the residual channels has a counterpart of the same shape.",
        ko="잔차 채널을 따라 놓인 텐서 가운데 모양이 같은 짝이 있는 것이 없습니다.",
    )


def _is_ordered(tensors: list[Matrix]) -> bool:
    """Whether a reference's channels grow along their index, or resemble their neighbours."""
    kept = slice(0, MAX_GRAM_CHANNELS)
    squares = sum(np.einsum("ij,ij->i", t[kept], t[kept], dtype=np.float64) for t in tensors)
    gram = sum(t[kept] @ t[kept].T for t in tensors)
    scores = norm_against_index_z(squares), neighbours_alike_z(gram)
    return any(score is not None and abs(score) > MAX_Z for score in scores)


def _match_outside_layers(data: PairData, rng: np.random.Generator) -> Match:
    tensors = [
        (subject, reference)
        for subject, reference in channel_tensors(data, outside_layers=True)
        if subject.shape[1] > 1
    ]
    if not tensors:
        return Match(n=0, n_mutual=0, n_in_place=0, expected=0.0, sum_cosine=0.0)
    return match_similarity(channel_similarity(*stacked_channels(tensors, rng)))


def _found_log10_p(match: Match) -> float:
    return single_group_log10_p(match.n, match.n_mutual, match.n_in_place)


def channel_tensors(data: PairData, *, outside_layers: bool = False) -> Tensors:
    """Pair the tensors that bear residual channels, each standardised.

    Parameters
    ----------
    data
        What was read of the two components.
    outside_layers
        Whether to take only tensors that stand in no layer, such as embeddings and stems.

    Returns
    -------
    list of pairs
        Subject and reference, each of shape ``(n_channels, n_rows)``, centred over the channels in
        every row and of root mean square one. Layers of models with different depths are paired
        by relative depth, which was decided before anything was read.
    """
    counterparts = _counterparts(data)
    tied = frozenset() if outside_layers else tied_channels(data.reference_side.channels)
    tensors: Tensors = []
    for role, subject in data.subject.channels.items():
        if role.kind in tied or (outside_layers and role.layer is not None):
            continue
        reference = data.reference_side.channels.get(counterparts.get(role, role))
        if reference is None or reference.shape != subject.shape:
            continue
        first, second = _standardised(subject), _standardised(reference)
        if first is not None and second is not None:
            tensors.append((first, second))
    return tensors


def _counterparts(data: PairData) -> dict[TensorRole, TensorRole]:
    component = data.alignment.reference.component
    n_subject = max(data.alignment.subject.n_layers, 1)
    n_reference = max(data.alignment.reference.n_layers, 1)
    found = {}
    for role in data.subject.channels:
        layer = None if role.layer is None else role.layer * n_reference // n_subject
        found[role] = TensorRole(component, layer, role.expert, role.kind)
    return found


def _standardised(matrix: Matrix) -> Matrix | None:
    centred = matrix - matrix.mean(axis=0, keepdims=True, dtype=np.float64)
    scale = float(np.sqrt(np.mean(np.square(centred))))
    if scale == 0.0:
        return None
    return np.asarray(centred / scale, dtype=np.float32)


def swap_sums(tensors: Tensors, pairing: NDArray[np.int64]) -> SwapSums:
    """Sum the products of differences of paired channels over all tensors.

    Parameters
    ----------
    tensors
        Pairs of shape ``(n_channels, n_rows)``.
    pairing
        A permutation of the channels; consecutive members form a pair.

    Returns
    -------
    SwapSums
        Three arrays of shape ``(n_channels // 2,)``.
    """
    half = len(pairing) // 2
    first, second = pairing[0 : 2 * half : 2], pairing[1 : 2 * half : 2]
    cross, of_reference, of_subject = np.zeros((3, half))
    for subject, reference in tensors:
        x = subject[first] - subject[second]
        y = reference[first] - reference[second]
        cross += 0.5 * np.einsum("ij,ij->i", x, y, dtype=np.float64)
        of_reference += 0.5 * np.einsum("ij,ij->i", y, y, dtype=np.float64)
        of_subject += 0.5 * np.einsum("ij,ij->i", x, x, dtype=np.float64)
    return SwapSums(cross, of_reference, of_subject)


def stacked_channels(tensors: Tensors, rng: np.random.Generator) -> tuple[Matrix, Matrix]:
    """Lay the rows of all tensors side by side, for a sample of the channels.

    Parameters
    ----------
    tensors
        Pairs of shape ``(n_channels, n_rows)``.
    rng
        Chooses the channels.

    Returns
    -------
    tuple of NDArray[float32]
        Subject and reference, shape ``(n_sampled, n_rows of all)``, each row of norm one.
    """
    n_channels = len(tensors[0][0])
    kept = np.sort(rng.permutation(n_channels)[:MAX_MATCHED_CHANNELS])
    subject, reference = (
        np.concatenate([pair[side][kept] for pair in tensors], axis=1) for side in (0, 1)
    )
    return _unit_rows(subject), _unit_rows(reference)


def _unit_rows(matrix: Matrix) -> Matrix:
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    scaled: Matrix = np.divide(matrix, norms, out=np.zeros_like(matrix), where=norms > 0.0)
    return scaled


def channel_similarity(subject: Matrix, reference: Matrix) -> Matrix:
    """Cosine of every channel of the subject with every one of the reference.

    Parameters
    ----------
    subject, reference
        Shape ``(n_channels, n_rows)``, rows of norm one.

    Returns
    -------
    NDArray[float32]
        Shape ``(n_channels, n_channels)``.
    """
    return np.asarray(subject @ reference.T, dtype=np.float32)


def signed_ranks(d: NDArray[np.float64]) -> NDArray[np.float64]:
    """Replace each value by the rank of its magnitude, with its sign.

    Parameters
    ----------
    d
        Shape ``(n,)``.

    Returns
    -------
    NDArray[float64]
        Shape ``(n,)``; an odd function of `d`, given the magnitudes. Ties share their mean rank.
    """
    magnitudes = np.abs(d)
    _, inverse, counts = np.unique(magnitudes, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = ends - (counts - 1) / 2.0
    return np.asarray(np.sign(d) * ranks[inverse])


def _description(tensors: Tensors, rng: np.random.Generator) -> tuple[float | None, float | None]:
    n_channels = len(tensors[0][0])
    kept = rng.permutation(n_channels)[:MAX_GRAM_CHANNELS]
    gram = np.zeros((len(kept), len(kept)))
    for subject, reference in tensors:
        gram += subject[kept] @ reference[kept].T
    return permutation_z(gram)


COMPARISON = SwapTest()
