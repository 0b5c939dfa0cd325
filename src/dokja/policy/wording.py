"""What a decision says in words, in both languages.

The module holds sentences and puts figures into them; it decides nothing.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from dokja.document.audit import Relation
from dokja.document.common import Localized

if TYPE_CHECKING:
    from dokja.policy.facts import Facts
    from dokja.policy.relation import Decision

__all__ = [
    "component_name",
    "reason_text",
    "relation_name",
    "summary_text",
    "verdict_text",
    "with_topic",
]


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    content = (resources.files("dokja.policy") / "words.toml").read_text(encoding="utf-8")
    return tomllib.loads(content)


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
    prefix = component.removeprefix("other:")
    unknown = {"en": f"part '{prefix}'", "ko": f"'{prefix}' 부분"}
    words = _words()["components"].get(component, unknown)
    return Localized(en=words["en"], ko=words["ko"])


def with_topic(word: str) -> str:
    """Add the Korean topic particle that fits the last sound of a word.

    Parameters
    ----------
    word
        A name.

    Returns
    -------
    str
        With 은 after a final consonant, 는 after a vowel, and both where the sound is not known.
    """
    last = word[-1:]
    if not "가" <= last <= "힣":
        return f"{word}은(는)"
    has_final = (ord(last) - ord("가")) % 28 > 0
    return word + ("은" if has_final else "는")


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
    words = _words()["relations"][relation]
    return Localized(en=words["en"], ko=words["ko"])


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
    words = _words()["reasons"][decision.reason]
    en, ko = words["en"], words["ko"]
    if decision.relation in {Relation.REUSED, Relation.DERIVED}:
        if decision.direction == "from_reference":
            en += " By its weights the subject is the later, or the reference is an average of it."
            ko += " 가중치로 보면 검증 대상이 나중이거나, 비교 모델이 그것을 섞은 것이다."
        elif decision.direction == "to_reference":
            en += " By its weights the reference is the later, or the subject is an average of it."
            ko += " 가중치로 보면 비교 모델이 나중이거나, 검증 대상이 그것을 섞은 것이다."
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
    particle = _words()["particles"][decision.relation]
    return Localized(
        en=f"The {name.en} ({share} % of the parameters) {predicate.en} {whom_en}.",
        ko=f"{name.ko}(매개변수의 {share} %): {whom_ko}{particle} {predicate.ko}.",
    )


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
