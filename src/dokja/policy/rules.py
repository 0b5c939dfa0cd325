"""Rules: what each finding means and when it is made.

A rule is a function of facts and a decision. The module words findings; levels are the policy's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.catalog import Catalog
from dokja.document.audit import (
    DigestEvidence,
    LayerSearchEvidence,
    MomentsEvidence,
    NormPanelEvidence,
    OrderEvidence,
    PowerEvidence,
    Relation,
    RetentionEvidence,
    SelfTestEvidence,
    SwapEvidence,
    UnitsEvidence,
)
from dokja.document.common import Localized
from dokja.policy.relation import Decision, Reason
from dokja.policy.wording import component_name, reason_text, relation_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dokja.policy.facts import Facts
    from dokja.policy.policy import Thresholds

__all__ = ["RULES", "Case", "Message", "Rule"]

INDEX_KINDS = (UnitsEvidence, LayerSearchEvidence, OrderEvidence, SwapEvidence)
_ALL = (DigestEvidence, MomentsEvidence, *INDEX_KINDS, RetentionEvidence)
_UNTESTED = frozenset({Reason.SHAPES_DIFFER, Reason.NOTHING_EXCHANGEABLE, Reason.CONSTANT})
_OPEN_TO_RENUMBERING = frozenset(
    {Relation.SHARED_INIT, Relation.INCONCLUSIVE, Relation.NO_EVIDENCE}
)


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule looks at."""

    facts: Facts
    decision: Decision
    thresholds: Thresholds


@dataclass(frozen=True, slots=True)
class Message:
    """What a rule says, and the report's indices of the evidence it rests on."""

    text: Localized
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a policy.

    Parameters
    ----------
    id
        Such as ``DKJ101``.
    summary
        One line on what it looks for.
    check
        Yields a message for each finding.
    """

    id: str
    summary: Localized
    check: Callable[[Case], Iterator[Message]]


def _whose(case: Case) -> tuple[str, str, str]:
    result = case.facts.result
    name = component_name(result.component)
    return name.en, name.ko, result.reference or "?"


def _told(case: Case) -> Localized:
    """Say what the component is to the reference, and why."""
    related = relation_text(case.facts, case.decision)
    reason = reason_text(case.decision)
    return Localized(en=f"{related.en} {reason.en}", ko=f"{related.ko} {reason.ko}")


def _relation_rule(*relations: Relation) -> Callable[[Case], Iterator[Message]]:
    def check(case: Case) -> Iterator[Message]:
        if case.decision.relation in relations:
            yield Message(_told(case), case.facts.places(*_ALL))

    return check


def _inconclusive(*reasons: Reason) -> Callable[[Case], Iterator[Message]]:
    def check(case: Case) -> Iterator[Message]:
        if case.decision.relation is Relation.INCONCLUSIVE and case.decision.reason in reasons:
            kinds = (*INDEX_KINDS, RetentionEvidence, PowerEvidence)
            yield Message(_told(case), case.facts.places(*kinds))

    return check


def _misleading_norms(case: Case) -> Iterator[Message]:
    norms = case.facts.norms
    if norms is None or norms.mean_cosine is None or norms.mean_pearson is None:
        return
    if norms.mean_cosine < 0.9 or abs(norms.mean_pearson) > 0.5:
        return
    # Without figures, which stand in the evidence: what is alike can then be told once.
    yield Message(
        Localized(
            en="The cosine of the norm vectors is high, which means nothing: after shuffling it is "
            "as high, and their Pearson correlation is low.",
            ko="정규화 벡터의 코사인이 높지만 아무 뜻이 없습니다. 순서를 섞어도 그만큼 높으며, "
            "피어슨 상관은 낮습니다.",
        ),
        case.facts.places(NormPanelEvidence),
    )


def _nonfinite(case: Case) -> Iterator[Message]:
    n = sum(tensor.n_nonfinite for tensor in case.facts.result.tensors)
    if n:
        yield Message(
            Localized(
                en=f"{n:,} weights are NaN or infinite on one side or the other; they were counted "
                "and left out of every figure.",
                ko=f"가중치 {n:,}개가 어느 한쪽에서 NaN 또는 무한대입니다. 개수를 세고 모든 "
                "수치에서 제외했습니다.",
            ),
            case.facts.places(MomentsEvidence),
        )


def _guard(case: Case) -> Iterator[Message]:
    guard = case.facts.self_test
    if guard is not None and not guard.passed:
        yield Message(
            Localized(
                en="The reference's own units stand in an order that is not random, so that units "
                "were compared only within blocks of neighbours.",
                ko="비교 모델의 유닛 순서가 무작위가 아니므로, 이웃한 블록 안에서만 비교했습니다.",
            ),
            case.facts.places(SelfTestEvidence),
        )


def _press(case: Case) -> Iterator[Message]:
    moments = case.facts.moments
    pearson = moments.pearson.unweighted if moments is not None else None
    if pearson is None or pearson < case.thresholds.press_pearson:
        return
    name_en, name_ko, whom = _whose(case)
    p = case.decision.log10_p
    beside_en = "not available" if p is None else f"log₁₀ p = {p:.1f}"
    beside_ko = "없음" if p is None else f"log₁₀ p = {p:.1f}"
    yield Message(
        Localized(
            en=f"Effectively identical by the public rule of January 2026: the {name_en} has a "
            f"Pearson of {pearson:.4f} (plain mean over tensors) with that of {whom}. Calibrated "
            f"test beside it: {beside_en}.",
            ko=f"2026년 1월의 공개 기준으로 사실상 동일합니다. {name_ko}의 피어슨 상관(텐서별 "
            f"단순 평균)은 {whom}에 대해 {pearson:.4f}입니다. 보정한 검정: {beside_ko}.",
        ),
        case.facts.places(MomentsEvidence, *INDEX_KINDS),
    )


def _untestable(case: Case) -> Iterator[Message]:
    # That a reference has no such component at all needs no finding for each of them.
    if case.decision.reason in _UNTESTED:
        reason = reason_text(case.decision)
        yield Message(
            Localized(
                en=f"Nothing could be tested for a common origin. {reason.en}",
                ko=f"공통 기원을 검정할 수 없었습니다. {reason.ko}",
            ),
            (),
        )


def _not_examined(case: Case) -> Iterator[Message]:
    power = case.facts.power
    # Where weights are shared as they stand, nobody needs to look for renumbered ones.
    if case.decision.relation not in _OPEN_TO_RENUMBERING:
        return
    if power is not None and power.reindexed == "not_examined":
        yield Message(
            Localized(
                en="Copies whose units were deliberately renumbered, rotated or rescaled were not "
                "looked for.",
                ko="유닛의 번호·방향·크기를 일부러 바꾼 사본은 찾아보지 않았습니다.",
            ),
            case.facts.places(PowerEvidence),
        )


REUSE = Rule(
    "DKJ101",
    Localized(
        en="A component is identical, or nearly so, to one of a reference.",
        ko="구성요소가 비교 모델의 것과 같거나 거의 같습니다.",
    ),
    _relation_rule(Relation.VERBATIM, Relation.REUSED),
)
DERIVED = Rule(
    "DKJ102",
    Localized(
        en="A component shares weights, changed by training or mixing, with one of a reference.",
        ko="구성요소가 학습이나 병합으로 달라진 가중치를 비교 모델과 공유합니다.",
    ),
    _relation_rule(Relation.DERIVED),
)
SHARED_INIT = Rule(
    "DKJ103",
    Localized(en="Only a random start is shared.", ko="무작위 초깃값만 공유합니다."),
    _relation_rule(Relation.SHARED_INIT),
)
KIN_UNDECIDED = Rule(
    "DKJ104",
    Localized(
        en="Kin, but how is not decided.", ko="친족이지만 어떤 관계인지 판단하지 못했습니다."
    ),
    _inconclusive(Reason.NOT_SEPARATED, Reason.BASIS_SHARED, Reason.ROWS_SHARED),
)
ORDER_SHARED = Rule(
    "DKJ105",
    Localized(
        en="Order shared, weights not shown.",
        ko="순서는 같으나 가중치의 공유는 확인되지 않았습니다.",
    ),
    _inconclusive(Reason.ORDER_SHARED),
)
MISLEADING_NORMS = Rule(
    "DKJ201",
    Localized(
        en="A high cosine of norm vectors that means nothing.",
        ko="정규화 벡터의 코사인이 높지만 뜻이 없습니다.",
    ),
    _misleading_norms,
)
NONFINITE = Rule(
    "DKJ202",
    Localized(en="NaN or infinite weights.", ko="NaN 또는 무한대인 가중치가 있습니다."),
    _nonfinite,
)
GUARD = Rule(
    "DKJ203",
    Localized(
        en="The reference is not exchangeable.", ko="비교 모델의 유닛 순서가 무작위가 아닙니다."
    ),
    _guard,
)
PRESS = Rule(
    "DKJ301",
    Localized(
        en="Effectively identical by the rule of January 2026.",
        ko="2026년 1월 기준으로 사실상 동일합니다.",
    ),
    _press,
)
NOT_ENOUGH = Rule(
    "DKJ401",
    Localized(en="Too little power or coverage.", ko="검출력이나 검사 범위가 부족합니다."),
    _inconclusive(Reason.COVERAGE_TOO_SMALL, Reason.POWER_TOO_SMALL),
)
NOT_TESTABLE = Rule(
    "DKJ402",
    Localized(en="Nothing could be tested.", ko="검정할 수 없습니다."),
    _untestable,
)
NOT_EXAMINED = Rule(
    "DKJ403",
    Localized(
        en="The re-indexed route was not examined.", ko="번호를 바꾼 사본은 찾아보지 않았습니다."
    ),
    _not_examined,
)

RULES: Catalog[Rule] = Catalog(
    kind="rule",
    group="dokja.rules",
    builtins={
        "DKJ101": "dokja.policy.rules:REUSE",
        "DKJ102": "dokja.policy.rules:DERIVED",
        "DKJ103": "dokja.policy.rules:SHARED_INIT",
        "DKJ104": "dokja.policy.rules:KIN_UNDECIDED",
        "DKJ105": "dokja.policy.rules:ORDER_SHARED",
        "DKJ201": "dokja.policy.rules:MISLEADING_NORMS",
        "DKJ202": "dokja.policy.rules:NONFINITE",
        "DKJ203": "dokja.policy.rules:GUARD",
        "DKJ301": "dokja.policy.rules:PRESS",
        "DKJ401": "dokja.policy.rules:NOT_ENOUGH",
        "DKJ402": "dokja.policy.rules:NOT_TESTABLE",
        "DKJ403": "dokja.policy.rules:NOT_EXAMINED",
        "DKJ501": "dokja.policy.step_rules:MIXTURE",
        "DKJ502": "dokja.policy.step_rules:LOW_RANK",
        "DKJ503": "dokja.policy.step_rules:QUANTISED",
        "DKJ504": "dokja.policy.step_rules:PRUNED",
        "DKJ505": "dokja.policy.step_rules:NOISE",
        "DKJ506": "dokja.policy.step_rules:PLACE",
        "DKJ507": "dokja.policy.step_rules:PARTIAL",
        "DKJ508": "dokja.policy.token_rules:TOKENIZER",
        "DKJ509": "dokja.policy.token_rules:VOCABULARY",
        "DKJ510": "dokja.policy.token_rules:CANARIES",
        "DKJ511": "dokja.policy.step_rules:HEADS",
    },
)
"""Rules by id; plugins come through the entry points ``dokja.rules``."""
