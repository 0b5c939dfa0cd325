"""What two vocabularies have in common, and rows of tokens that nobody trained.

Null hypothesis of the second: the reference's drawn rows, shuffled among themselves, would face the
subject's as well. Tokenizers are described and never accuse: like text makes like tokenizers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dokja.comparison.base import identity, not_applicable
from dokja.comparison.guards import MAX_Z
from dokja.comparison.neighbours import match_similarity
from dokja.document.audit import (
    CanariesEvidence,
    Evidence,
    TokenizerEvidence,
    VocabularyEvidence,
)
from dokja.document.common import Localized
from dokja.numerics.computed import looks_computed
from dokja.numerics.order import longest_increasing_run
from dokja.numerics.relabelling import single_group_log10_p
from dokja.numerics.selftest import neighbours_alike_z, norm_against_index_z
from dokja.numerics.token_rows import BLOCK, drawn_rows, row_cosine, unit_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dokja.comparison.collect import PairData
    from dokja.comparison.vocabulary import Vocabulary
    from dokja.io.tokenizer import TokenizerInfo

    Matrix = NDArray[np.float32]

__all__ = ["CANARIES", "VOCABULARY", "UntrainedRows", "Vocabularies"]

MIN_CANARIES = 8
"""Fewer rows cannot reach a small p-value: 8! is forty thousand."""
MAX_CANARIES = 2048


class Vocabularies:
    """Strings, numbers and merges of two tokenizers, and the rows of the tokens they share.

    Notes
    -----
    A measure without a null hypothesis. Two tokenizers trained on the same text by the same method
    share nearly all tokens and merges, in nearly one order, whoever trained them.
    """

    name = "vocabulary"
    version = "1"
    null_hypothesis = None
    invariances = ("resharded", "renamed", "number format")

    def run(self, data: PairData, rng: np.random.Generator) -> tuple[Evidence, ...]:
        """Describe both tokenizers, where there are any, and the rows that face each other.

        Parameters
        ----------
        data
            What was read of the two components.
        rng
            Not used.

        Returns
        -------
        tuple of Evidence
            One item, or two where both have a tokenizer.
        """
        del rng
        vocabulary = data.vocabulary
        if vocabulary is None:
            return _no_rows(data, self.name)
        found: list[Evidence] = []
        if vocabulary.tokenizers is not None:
            found.append(_tokenizers(data, *vocabulary.tokenizers))
        rows, numbered = vocabulary.rows, vocabulary.by_number
        found.append(
            VocabularyEvidence(
                **identity(data),
                route=rows.route,
                n_rows=vocabulary.n_rows,
                n_reference_rows=vocabulary.n_reference_rows,
                n_aligned=len(rows.subject),
                n_equal=_n_equal(data, vocabulary),
                n_moved=rows.n_moved,
                effect=rows.effect,
                number_effect=numbered.effect,
                geometry=rows.geometry,
                number_geometry=numbered.geometry,
                log10_p=rows.log10_p,
            )
        )
        return tuple(found)


def _no_rows(data: PairData, name: str) -> tuple[Evidence, ...]:
    return not_applicable(
        data,
        name,
        "Not both have a table with one row a token.",
        "토큰마다 한 행인 표가 양쪽에 모두 있지는 않습니다.",
    )


def _n_equal(data: PairData, vocabulary: Vocabulary) -> int:
    ours = data.subject.tokens[vocabulary.tables[0]]
    theirs = data.reference_side.tokens[vocabulary.tables[1]]
    rows = vocabulary.rows
    if ours.shape[1] != theirs.shape[1]:
        return 0
    n_equal = 0
    for start in range(0, len(rows.subject), BLOCK):
        part = slice(start, start + BLOCK)
        held = ours[rows.subject[part]]
        # Rows of zeros are equal everywhere, and say nothing.
        same = (held == theirs[rows.reference[part]]).all(axis=1) & held.any(axis=1)
        n_equal += int(np.count_nonzero(same))
    return n_equal


def _tokenizers(
    data: PairData, subject: TokenizerInfo, reference: TokenizerInfo
) -> TokenizerEvidence:
    shared = subject.ids.keys() & reference.ids.keys()
    ranks = {merge: rank for rank, merge in enumerate(reference.merges)}
    merges = [ranks[merge] for merge in dict.fromkeys(subject.merges) if merge in ranks]
    return TokenizerEvidence(
        **identity(data),
        same_file=subject.digest == reference.digest,
        n_tokens=subject.n_tokens,
        n_reference_tokens=reference.n_tokens,
        n_shared=len(subject.tokens & reference.tokens),
        n_same_number=sum(subject.ids[token] == reference.ids[token] for token in shared),
        n_merges=len(set(subject.merges)),
        n_reference_merges=len(ranks),
        n_shared_merges=len(merges),
        n_merges_in_order=longest_increasing_run(np.array(merges)) if merges else 0,
    )


class UntrainedRows:
    """Rows of tokens that nobody trained: in place, or not.

    Notes
    -----
    Null hypothesis: rows of the reference that were drawn at random and never trained alone could
    have been drawn in any other order, independently of the subject. Which rows these are is found
    from the reference by itself. F of m mutual nearest neighbours among n such rows face each other
    with ``p <= C(m, F) (n - F)! / n!``. What is found is a common random start at least: a copy
    keeps such rows, and so do two models begun from one seed, whatever each was then taught.
    """

    name = "canaries"
    version = "1"
    null_hypothesis = Localized(
        en="The reference's untrained rows of tokens, shuffled among themselves, would face the "
        "subject's as well.",
        ko="비교 모델의 학습되지 않은 토큰 행을 서로 섞어도 검증 대상의 행과 똑같이 잘 맞는다.",
    )
    invariances = ("resharded", "renamed", "number format")

    def run(self, data: PairData, rng: np.random.Generator) -> tuple[Evidence, ...]:
        """Look for untrained rows of the reference, and count those found in place.

        Parameters
        ----------
        data
            What was read of the two components.
        rng
            Chooses rows where there are many, and shuffles the control.

        Returns
        -------
        tuple of Evidence
            One item.
        """
        vocabulary = data.vocabulary
        if vocabulary is None:
            return _no_rows(data, self.name)
        ours = data.subject.tokens[vocabulary.tables[0]]
        theirs = data.reference_side.tokens[vocabulary.tables[1]]
        if not data.alignment.same_residual or ours.shape[1] != theirs.shape[1]:
            return not_applicable(
                data,
                self.name,
                "The residual streams have different widths.",
                "잔차 스트림의 폭이 서로 다릅니다.",
            )
        drawn = drawn_rows(theirs, rng)
        facing = dict(zip(vocabulary.rows.reference, vocabulary.rows.subject, strict=True))
        pairs = np.array([(facing[row], row) for row in drawn if row in facing], dtype=np.int64)
        if len(pairs) > MAX_CANARIES:
            pairs = pairs[np.sort(rng.choice(len(pairs), size=MAX_CANARIES, replace=False))]
        if len(pairs) < MIN_CANARIES:
            return not_applicable(
                data,
                self.name,
                "Too few rows of the reference look as if nobody had trained them.",
                "비교 모델에서 학습되지 않은 것으로 보이는 토큰 행이 너무 적습니다.",
            )
        subject, reference = ours[pairs[:, 0]], theirs[pairs[:, 1]]
        if not _is_exchangeable(reference):
            return not_applicable(
                data,
                self.name,
                "The reference's rows that look untrained follow from a rule or an order.",
                "비교 모델의 학습되지 않은 것으로 보이는 행에 규칙이나 순서가 있습니다.",
            )
        return (_canaries(data, subject, reference, len(theirs), rng),)


def _is_exchangeable(rows: Matrix) -> bool:
    """Whether rows bear no order of their own, and follow from no formula anybody could use."""
    if looks_computed(rows):
        return False
    units = unit_rows(rows)
    scores = (
        norm_against_index_z(np.square(rows - rows.mean(axis=0)).sum(axis=1, dtype=np.float64)),
        neighbours_alike_z((units @ units.T).astype(np.float64)),
    )
    return all(score is None or abs(score) <= MAX_Z for score in scores)


def _canaries(
    data: PairData,
    subject: Matrix,
    reference: Matrix,
    n_reference_rows: int,
    rng: np.random.Generator,
) -> CanariesEvidence:
    similarity = np.ascontiguousarray(unit_rows(subject) @ unit_rows(reference).T)
    match = match_similarity(similarity)
    shuffled = match_similarity(np.ascontiguousarray(similarity[:, rng.permutation(match.n)]))
    return CanariesEvidence(
        **identity(data),
        n_rows=match.n,
        n_reference_rows=n_reference_rows,
        n_mutual=match.n_mutual,
        n_in_place=match.n_in_place,
        expected=match.expected,
        log10_p=single_group_log10_p(match.n, match.n_mutual, match.n_in_place),
        mean_cosine=row_cosine(subject, reference),
        shuffled_in_place=shuffled.n_in_place,
    )


VOCABULARY = Vocabularies()
CANARIES = UntrainedRows()
