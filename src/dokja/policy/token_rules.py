"""Rules on tokens: two tokenizers, rows of a vocabulary that were moved, rows nobody trained.

Notes beside a relation, none of which accuses anybody. The module words findings; what evidence
means is said elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.document.audit import (
    CanariesEvidence,
    Relation,
    TokenizerEvidence,
    VocabularyEvidence,
)
from dokja.document.common import Localized
from dokja.policy.rules import Message, Rule
from dokja.policy.tokens import are_canaries_shared, row_change, tokenizer_kind
from dokja.policy.wording import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.policy.rules import Case

_KIN = frozenset({Relation.VERBATIM, Relation.REUSED, Relation.DERIVED})
_SILENT = frozenset({"own", "alike"})
"""What any two tokenizers may be to each other."""


def _count(n: int) -> str:
    return f"{n:,}"


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.2f}"


def _tokenizer(case: Case) -> Iterator[Message]:
    item = case.facts.get(TokenizerEvidence)
    if item is None:
        return
    kind = tokenizer_kind(item)
    if kind in _SILENT:
        return
    told = phrase(
        "tokenizers",
        kind,
        shared=_count(item.n_shared),
        tokens=_count(item.n_tokens),
        reference=_count(item.n_reference_tokens),
        merges=_count(item.n_shared_merges),
        in_order=_count(item.n_merges_in_order),
    )
    caution = phrase("tokenizers", "caution")
    yield Message(
        Localized(en=f"{told.en} {caution.en}", ko=f"{told.ko} {caution.ko}"),
        case.facts.places(TokenizerEvidence),
    )


def _rows(case: Case) -> Iterator[Message]:
    item = case.facts.get(VocabularyEvidence)
    if item is None or case.decision.relation not in _KIN:
        return
    change = row_change(item)
    if change is None:
        return
    told = phrase(
        "vocabulary",
        change,
        aligned=_count(item.n_aligned),
        moved=_count(item.n_moved),
        equal=_count(item.n_equal),
        rows=_count(item.n_rows),
        reference=_count(item.n_reference_rows),
        effect=_number(item.effect),
        number=_number(item.number_effect),
    )
    yield Message(told, case.facts.places(VocabularyEvidence))


def _canaries(case: Case) -> Iterator[Message]:
    item = case.facts.get(CanariesEvidence)
    if item is None or not are_canaries_shared(case.facts, case.thresholds):
        return
    told = phrase(
        "canaries",
        "shared",
        found=_count(item.n_in_place),
        rows=_count(item.n_rows),
        cosine=_number(item.mean_cosine),
        p=f"{case.facts.corrected[item.kind]:.0f}",
    )
    yield Message(told, case.facts.places(CanariesEvidence))


TOKENIZER = Rule(
    "DKJ508",
    Localized(
        en="What two tokenizers have in common, which says nothing on weights.",
        ko="두 토크나이저에 공통점이 있으나, 가중치에 대해서는 아무것도 말해 주지 않습니다.",
    ),
    _tokenizer,
)
VOCABULARY = Rule(
    "DKJ509",
    Localized(
        en="A vocabulary was re-ordered, extended, cut or replaced.",
        ko="어휘의 순서를 바꾸었거나, 늘리거나 줄이거나 다른 것으로 바꾸었습니다.",
    ),
    _rows,
)
CANARIES = Rule(
    "DKJ510",
    Localized(
        en="Rows of tokens that nobody trained are shared.",
        ko="학습되지 않은 토큰의 행을 공유합니다.",
    ),
    _canaries,
)
