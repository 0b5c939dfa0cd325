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
    "phrase",
    "reason_text",
    "relation_text",
    "summary_text",
    "verdict_text",
    "with_particle",
]

_KIN_UNDECIDED = frozenset({"not_separated", "basis_shared", "rows_shared"})
"""Reasons of an open relation for which the two are known to be related."""


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    content = (resources.files("dokja.policy") / "words.toml").read_text(encoding="utf-8")
    return tomllib.loads(content)


def phrase(table: str, key: str, **figures: str) -> Localized:
    """Return a sentence with figures put in.

    Parameters
    ----------
    table, key
        Where it stands.
    **figures
        What is put in, the same in both languages.

    Returns
    -------
    Localized
        The sentence.
    """
    held = _words()[table][key]
    return Localized(en=held["en"].format(**figures), ko=held["ko"].format(**figures))


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
    table = _words()["components"]
    known = table.get(component) if component != "other" else None
    if known is not None:
        return Localized(en=known["en"], ko=known["ko"])
    name = component.removeprefix("other:")
    return Localized(**{k: words.format(name=name) for k, words in table["other"].items()})


def with_particle(word: str, particles: str, *, insert: str = "") -> str:
    """Add the Korean particle that fits the last sound of a word.

    Parameters
    ----------
    word
        A name.
    particles
        The one after a final consonant and the one after a vowel, such as ``은/는``.
    insert
        What stands between the word and its particle, such as a remark in brackets.

    Returns
    -------
    str
        With the fitting particle, and both where the sound is not known.
    """
    after_consonant, after_vowel = particles.split("/")
    last = word[-1:]
    if not "가" <= last <= "힣":
        return f"{word}{insert}{after_consonant}({after_vowel})"
    has_final = (ord(last) - ord("가")) % 28 > 0
    return word + insert + (after_consonant if has_final else after_vowel)


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
    words = _words()
    parts = [words["reasons"][decision.reason]]
    directed = decision.relation in {Relation.REUSED, Relation.DERIVED}
    if directed and decision.direction != "undetermined":
        stem = f"{decision.told_by}_" if decision.told_by is not None else ""
        parts.append(words["direction"][stem + decision.direction])
    return Localized(**{k: " ".join(part[k] for part in parts) for k in ("en", "ko")})


def relation_text(facts: Facts, decision: Decision) -> Localized:
    """Say in one sentence what a component is to one of a reference.

    Parameters
    ----------
    facts
        The component.
    decision
        What was decided.

    Returns
    -------
    Localized
        For a finding, which names no share.
    """
    return _related(facts, decision, "", "")


def summary_text(facts: Facts, decision: Decision) -> Localized:
    """Say in one sentence what a component is to one of a reference, and how large it is.

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
    share = _percent(facts.result.share)
    return _related(facts, decision, f" ({share} of the parameters)", f"(매개변수의 {share})")


def _related(facts: Facts, decision: Decision, aside_en: str, aside_ko: str) -> Localized:
    words = _words()
    result = facts.result
    key: str = decision.relation
    if result.reference is None:
        key = "no_counterpart"
    elif decision.relation is Relation.INCONCLUSIVE and decision.reason in _KIN_UNDECIDED:
        key = "kin_undecided"
    name = component_name(result.component)
    counterpart = component_name(result.reference_component or result.component)
    whom = words["whom"]["same" if counterpart == name else "other"]
    reference = result.reference or ""
    en = whom["en"].format(reference=reference, component=counterpart.en)
    ko = whom["ko"].format(reference=reference, component=counterpart.ko)
    return Localized(
        en=words["relations"][key]["en"].format(
            name=name.en + aside_en, whom=en, reference=reference
        ),
        ko=words["relations"][key]["ko"].format(
            name_topic=with_particle(name.ko, "은/는", insert=aside_ko),
            name_object=with_particle(name.ko, "을/를", insert=aside_ko),
            whom_with=with_particle(ko, "과/와"),
            reference=reference,
        ),
    )


def _percent(share: float) -> str:
    """Round without claiming more: nothing below the whole is 100%, nothing above none is 0%."""
    if share in {0.0, 1.0}:
        return f"{share:.0%}"
    return "<0.1%" if share < 0.001 else ">99.9%" if share > 0.999 else f"{share:.1%}"


def verdict_text(*, passed: bool, conclusive: bool, n_kin: int, n_components: int) -> Localized:
    """Return the headline of the whole report.

    Parameters
    ----------
    passed
        Whether the policy found no error.
    conclusive
        Whether every component could be decided.
    n_kin
        Components that are verbatim, reused or derived.
    n_components
        Components of the subject.

    Returns
    -------
    Localized
        One sentence.
    """
    if n_kin:
        key = _kin_key(n_kin, n_components)
    else:
        key = "failed" if not passed else "clear" if conclusive else "open"
    words = _words()["verdict"][key]
    return Localized(**{k: words[k].format(n=n_kin, total=n_components) for k in ("en", "ko")})


def _kin_key(n_kin: int, n_components: int) -> str:
    if n_kin == n_components:
        return "kin_whole" if n_components == 1 else "kin_all"
    return "kin_one" if n_kin == 1 else "kin"
