"""What a decision says in words, in both languages.

The module holds sentences and puts figures into them; it decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.document.audit import Relation
from dokja.document.common import Localized
from dokja.policy.relation import Decision, Reason

if TYPE_CHECKING:
    from dokja.policy.facts import Facts

__all__ = ["component_name", "reason_text", "relation_name", "summary_text", "verdict_text"]

_COMPONENTS = {
    "language_model": ("language model", "언어 모델"),
    "vision_encoder": ("vision encoder", "비전 인코더"),
    "audio_encoder": ("audio encoder", "오디오 인코더"),
    "projector": ("projector", "프로젝터"),
    "speech_decoder": ("speech decoder", "음성 디코더"),
}

_RELATIONS = {
    Relation.VERBATIM: ("is a verbatim copy of", "그대로 복사한 것이다"),
    Relation.REUSED: ("reuses", "거의 그대로 재사용한 것이다"),
    Relation.DERIVED: ("is derived from", "파생된 것이다"),
    Relation.SHARED_INIT: ("shares its random start with", "무작위 초기값을 공유한다"),
    Relation.INCONCLUSIVE: ("could not be separated from", "결론을 내릴 수 없다"),
    Relation.NO_EVIDENCE: ("shows no evidence of reuse from", "재사용의 근거가 없다"),
    Relation.NOT_TESTABLE: ("could not be tested against", "검사할 수 없다"),
}

_REASONS = {
    Reason.NO_COUNTERPART: (
        "The reference has no component of this kind.",
        "비교 모델에 이런 종류의 구성요소가 없다.",
    ),
    Reason.NOTHING_TESTED: (
        "No tensors of the two could be laid side by side, so nothing could be tested; other "
        "shapes are no proof of independence.",
        "두 모델의 텐서를 나란히 놓을 수 없어 검사하지 못했다. 모양이 다르다는 것은 독립의 "
        "증거가 아니다.",
    ),
    Reason.ALL_EQUAL: (
        "Every trained tensor holds exactly the same values.",
        "학습된 모든 텐서의 값이 완전히 같다.",
    ),
    Reason.NEARLY_EQUAL: (
        "Hidden units stand in the same places, and the weights are equal up to a small change.",
        "은닉 유닛이 같은 자리에 있고, 가중치는 작은 차이를 빼면 같다.",
    ),
    Reason.RETAINED: (
        "Hidden units stand in the same places, and the reference's trained norm gains are kept "
        "as well as its matrices: it was trained on from there, not only started alike.",
        "은닉 유닛이 같은 자리에 있고, 비교 모델에서 학습된 정규화 이득이 행렬만큼 남아 있다. "
        "초기값만 같은 것이 아니라 이어서 학습한 것이다.",
    ),
    Reason.RETAINED_BY_REFERENCE: (
        "Hidden units stand in the same places, and what the subject learnt is kept in the "
        "reference: one was trained on from the other or mixed from it, and the weights do not "
        "show that the subject is the later one.",
        "은닉 유닛이 같은 자리에 있고, 검증 대상이 학습한 것이 비교 모델에 남아 있다. 한쪽을 "
        "이어서 학습했거나 섞은 것이며, 어느 쪽이 나중인지는 가중치로 확정되지 않는다.",
    ),
    Reason.RETAINED_EFFECTIVELY: (
        "Hidden units stand in the same places, and the matrices with their effective gains are "
        "kept almost whole.",
        "은닉 유닛이 같은 자리에 있고, 행렬과 그 실효 이득이 거의 온전히 남아 있다.",
    ),
    Reason.PARTLY_EQUAL: (
        "Some trained tensors hold exactly the same values; the others show no common origin.",
        "학습된 텐서 일부의 값이 완전히 같고, 나머지에는 공통 기원의 근거가 없다.",
    ),
    Reason.EMBEDDINGS_ONLY: (
        "The embeddings come from the reference; no layer was found in common.",
        "임베딩은 비교 모델에서 왔으나, 공통된 층은 발견되지 않았다.",
    ),
    Reason.ONLY_START_SHARED: (
        "Hidden units stand in the same places, but what training put into the norm gains is not "
        "shared: the two started from the same random weights and were trained apart.",
        "은닉 유닛은 같은 자리에 있으나 학습으로 생긴 정규화 이득은 공유하지 않는다. 같은 무작위 "
        "초기값에서 출발해 따로 학습한 것이다.",
    ),
    Reason.NOT_SEPARATED: (
        "The two are kin, but whether the subject was trained on from the reference or both only "
        "share a start (or a common ancestor) cannot be told from these weights.",
        "두 모델은 친족 관계이지만, 이어서 학습한 것인지 초기값(또는 공통 조상)만 공유한 것인지 이 "
        "가중치로는 구분할 수 없다.",
    ),
    Reason.BASIS_SHARED: (
        "The two share one residual basis but no layer: they are kin, most likely through a common "
        "ancestor or borrowed embeddings, and direct descent is not shown.",
        "두 모델은 잔차 기저를 공유하지만 공통된 층은 없다. 공통 조상이나 빌린 임베딩을 통한 "
        "친족 관계로 보이며, 직접 파생은 확인되지 않는다.",
    ),
    Reason.ORDER_SHARED: (
        "Order shared, weights not shown: units or channels stand in the same order, but they are "
        "no more alike than strangers can be made by re-ordering.",
        "순서는 같으나 가중치는 확인되지 않음: 유닛이나 채널의 순서는 같지만, 남의 모델을 재배열해도 "
        "나올 수 있는 정도로만 닮았다.",
    ),
    Reason.NOTHING_FOUND: (
        "Nothing beyond chance was found, and reuse of the stated size would have been seen.",
        "우연을 넘는 것이 발견되지 않았고, 명시한 크기의 재사용이라면 드러났을 것이다.",
    ),
    Reason.COVERAGE_TOO_SMALL: (
        "Nothing beyond chance was found, but too little of the component could be laid beside "
        "the reference to say more.",
        "우연을 넘는 것은 없었으나, 비교 모델과 나란히 놓을 수 있는 부분이 너무 적어 더 말할 수 없다.",
    ),
    Reason.POWER_TOO_SMALL: (
        "Nothing beyond chance was found, but the tests could have missed reuse of a size that "
        "matters.",
        "우연을 넘는 것은 없었으나, 의미 있는 크기의 재사용을 놓쳤을 수 있다.",
    ),
}


def component_name(component: str) -> Localized:
    """Return the name of a component in words.

    Parameters
    ----------
    component
        As in the report, such as ``vision_encoder``.

    Returns
    -------
    Localized
        Unknown components keep their own name.
    """
    en, ko = _COMPONENTS.get(component, (component, component))
    return Localized(en=en, ko=ko)


def relation_name(relation: Relation) -> Localized:
    """Return what a relation says in words.

    Parameters
    ----------
    relation
        The relation.

    Returns
    -------
    Localized
        A predicate.
    """
    en, ko = _RELATIONS[relation]
    return Localized(en=en, ko=ko)


def reason_text(decision: Decision) -> Localized:
    """Return the reason of a decision as a sentence.

    Parameters
    ----------
    decision
        The decision.

    Returns
    -------
    Localized
        With what is known of the direction.
    """
    en, ko = _REASONS[decision.reason]
    if decision.relation in {Relation.REUSED, Relation.DERIVED}:
        if decision.direction == "from_reference":
            en += " The subject looks like the later of the two."
            ko += " 검증 대상이 나중 것으로 보인다."
        elif decision.direction == "to_reference":
            en += " The reference looks like the later of the two."
            ko += " 비교 모델이 나중 것으로 보인다."
    return Localized(en=en, ko=ko)


def summary_text(facts: Facts, decision: Decision) -> Localized:
    """Return one sentence on a component: what it is to whom, and how large it is.

    Parameters
    ----------
    facts
        The component.
    decision
        What was decided.

    Returns
    -------
    Localized
        For the headline of the component.
    """
    result = facts.result
    name = component_name(result.component)
    predicate = relation_name(decision.relation)
    share = f"{100.0 * result.share:.1f}"
    whom_en = f"that of {result.reference}" if result.reference else "any reference"
    whom_ko = f"{result.reference}의 것" if result.reference else "비교 모델"
    particle = _PARTICLES[decision.relation]
    return Localized(
        en=f"The {name.en} ({share} % of the parameters) {predicate.en} {whom_en}.",
        ko=f"{name.ko}(매개변수의 {share} %): {whom_ko}{particle} {predicate.ko}.",
    )


_PARTICLES = {
    Relation.VERBATIM: "을",
    Relation.REUSED: "을",
    Relation.DERIVED: "에서",
    Relation.SHARED_INIT: "과",
    Relation.INCONCLUSIVE: "과의 관계에 대해",
    Relation.NO_EVIDENCE: "에 대한",
    Relation.NOT_TESTABLE: "과는",
}


def verdict_text(*, passed: bool, conclusive: bool, n_reused: int, n_components: int) -> Localized:
    """Return the headline of the whole report.

    Parameters
    ----------
    passed
        Whether the policy found no error.
    conclusive
        Whether every component could be decided.
    n_reused
        Components that are verbatim, reused or derived.
    n_components
        Components of the subject.

    Returns
    -------
    Localized
        One sentence.
    """
    if n_reused:
        return Localized(
            en=f"{n_reused} of {n_components} components come from a reference.",
            ko=f"구성요소 {n_components}개 중 {n_reused}개가 비교 모델에서 왔다.",
        )
    if not passed:
        return Localized(
            en="The policy's conditions are not met.", ko="정책의 조건을 충족하지 못한다."
        )
    if not conclusive:
        return Localized(
            en="No component was shown to come from a reference, but not every one could be "
            "decided.",
            ko="비교 모델에서 온 것으로 드러난 구성요소는 없으나, 모두 결론이 난 것은 아니다.",
        )
    return Localized(
        en="No component comes from a reference, as far as reuse of the stated size goes.",
        ko="명시한 크기의 재사용에 관한 한, 비교 모델에서 온 구성요소는 없다.",
    )
