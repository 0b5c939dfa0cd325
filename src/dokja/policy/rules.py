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
from dokja.policy.wording import component_name, reason_text, with_topic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dokja.policy.facts import Facts
    from dokja.policy.policy import Thresholds

__all__ = ["RULES", "Case", "Message", "Rule"]

INDEX_KINDS = (UnitsEvidence, LayerSearchEvidence, OrderEvidence, SwapEvidence)


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


def _relation_rule(
    relations: frozenset[Relation], en: str, ko: str, kinds: tuple[type[object], ...]
) -> Callable[[Case], Iterator[Message]]:
    def check(case: Case) -> Iterator[Message]:
        if case.decision.relation not in relations:
            return
        name_en, name_ko, whom = _whose(case)
        reason = reason_text(case.decision)
        yield Message(
            Localized(
                en=en.format(name=name_en, whom=whom) + " " + reason.en,
                ko=ko.format(topic=with_topic(name_ko), whom=whom) + " " + reason.ko,
            ),
            case.facts.places(*kinds),
        )

    return check


def _inconclusive(reasons: frozenset[Reason]) -> Callable[[Case], Iterator[Message]]:
    def check(case: Case) -> Iterator[Message]:
        if case.decision.relation is not Relation.INCONCLUSIVE:
            return
        if case.decision.reason not in reasons:
            return
        name_en, name_ko, whom = _whose(case)
        reason = reason_text(case.decision)
        yield Message(
            Localized(
                en=f"{name_en} against {whom}: {reason.en}",
                ko=f"{name_ko} 대 {whom}: {reason.ko}",
            ),
            case.facts.places(*INDEX_KINDS, RetentionEvidence, PowerEvidence),
        )

    return check


def _misleading_norms(case: Case) -> Iterator[Message]:
    norms = case.facts.norms
    if norms is None or norms.mean_cosine is None or norms.mean_pearson is None:
        return
    if norms.mean_cosine < 0.9 or abs(norms.mean_pearson) > 0.5:
        return
    cosine, pearson = norms.mean_cosine, norms.mean_pearson
    shuffled = norms.mean_shuffled_cosine
    shown = "" if shuffled is None else f" ({shuffled:.3f})"
    yield Message(
        Localized(
            en=f"Norm vectors have a cosine of {cosine:.3f}, which means nothing: shuffled, it is "
            f"as high{shown}, and their Pearson is {pearson:.3f}.",
            ko=f"정규화 벡터의 코사인({cosine:.3f})은 아무 뜻이 없다. 순서를 섞어도 "
            f"비슷하며{shown} 피어슨은 {pearson:.3f}이다.",
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
                ko=f"가중치 {n:,}개가 어느 한쪽에서 NaN 또는 무한대이다. 세어 두고 모든 수치에서 "
                "제외했다.",
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
                ko="비교 모델의 유닛 순서가 무작위가 아니므로, 이웃한 블록 안에서만 비교했다.",
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
    beside_en = "not available" if p is None else f"p = 10^{p:.1f}"
    beside_ko = "없음" if p is None else f"p = 10^{p:.1f}"
    yield Message(
        Localized(
            en=f"Effectively identical by the public rule of January 2026: the {name_en} has a "
            f"Pearson of {pearson:.4f} (plain mean over tensors) with that of {whom}. Calibrated "
            f"test beside it: {beside_en}.",
            ko=f"2026년 1월의 공개 기준으로 사실상 동일: {name_ko}의 피어슨(텐서 단순 평균)은 "
            f"{whom}에 대해 {pearson:.4f}이다. 보정된 검정: {beside_ko}.",
        ),
        case.facts.places(MomentsEvidence, *INDEX_KINDS),
    )


def _untestable(case: Case) -> Iterator[Message]:
    # That a reference has no such component at all needs no finding for each of them.
    if case.decision.reason is Reason.NOTHING_TESTED:
        name_en, name_ko, whom = _whose(case)
        reason = reason_text(case.decision)
        yield Message(
            Localized(
                en=f"The {name_en} could not be tested against that of {whom}. {reason.en}",
                ko=f"{with_topic(name_ko)} {whom}에 대해 검사할 수 없다. {reason.ko}",
            ),
            (),
        )


def _not_examined(case: Case) -> Iterator[Message]:
    power = case.facts.power
    if power is not None and power.reindexed == "not_examined":
        yield Message(
            Localized(
                en="Copies whose units were deliberately renumbered, rotated or rescaled were not "
                "looked for.",
                ko="유닛을 일부러 재배열·회전·재조정한 복사본은 찾아보지 않았다.",
            ),
            case.facts.places(PowerEvidence),
        )


_ALL = (DigestEvidence, MomentsEvidence, *INDEX_KINDS, RetentionEvidence)

REUSE = Rule(
    "DKJ101",
    Localized(en="A component is a copy.", ko="구성요소가 복사본이다."),
    _relation_rule(
        frozenset({Relation.VERBATIM, Relation.REUSED}),
        "The {name} is that of {whom}.",
        "{topic} {whom}의 것이다.",
        _ALL,
    ),
)
DERIVED = Rule(
    "DKJ102",
    Localized(en="A component was trained on from another.", ko="구성요소가 파생된 것이다."),
    _relation_rule(
        frozenset({Relation.DERIVED}),
        "The {name} is related by training to that of {whom}.",
        "{topic} {whom}의 것과 학습으로 이어져 있다.",
        _ALL,
    ),
)
SHARED_INIT = Rule(
    "DKJ103",
    Localized(en="Only a random start is shared.", ko="무작위 초기값만 공유한다."),
    _relation_rule(
        frozenset({Relation.SHARED_INIT}),
        "The {name} shares its random start with that of {whom}.",
        "{topic} {whom}의 것과 무작위 초기값을 공유한다.",
        _ALL,
    ),
)
KIN_UNDECIDED = Rule(
    "DKJ104",
    Localized(en="Kin, but how is not decided.", ko="친족이나 어떤 관계인지는 미정."),
    _inconclusive(frozenset({Reason.NOT_SEPARATED, Reason.BASIS_SHARED})),
)
ORDER_SHARED = Rule(
    "DKJ105",
    Localized(en="Order shared, weights not shown.", ko="순서는 같으나 가중치는 확인되지 않음."),
    _inconclusive(frozenset({Reason.ORDER_SHARED})),
)
MISLEADING_NORMS = Rule(
    "DKJ201",
    Localized(
        en="A high cosine of norm vectors that means nothing.",
        ko="뜻이 없는 높은 정규화 벡터 코사인.",
    ),
    _misleading_norms,
)
NONFINITE = Rule(
    "DKJ202",
    Localized(en="NaN or infinite weights.", ko="NaN 또는 무한대 가중치."),
    _nonfinite,
)
GUARD = Rule(
    "DKJ203",
    Localized(en="The reference is not exchangeable.", ko="비교 모델이 교환 가능하지 않다."),
    _guard,
)
PRESS = Rule(
    "DKJ301",
    Localized(
        en="Effectively identical by the rule of January 2026.",
        ko="2026년 1월 기준으로 사실상 동일.",
    ),
    _press,
)
NOT_ENOUGH = Rule(
    "DKJ401",
    Localized(en="Too little power or coverage.", ko="검출력 또는 검사 범위 부족."),
    _inconclusive(frozenset({Reason.COVERAGE_TOO_SMALL, Reason.POWER_TOO_SMALL})),
)
NOT_TESTABLE = Rule(
    "DKJ402",
    Localized(en="Nothing could be tested.", ko="검사할 수 없음."),
    _untestable,
)
NOT_EXAMINED = Rule(
    "DKJ403",
    Localized(en="The re-indexed route was not examined.", ko="재배열 경로는 조사하지 않음."),
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
    },
)
"""Rules by id; plugins come through the entry points ``dokja.rules``."""
