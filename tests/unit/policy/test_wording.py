"""Sentences of decisions, in both languages: polite, without a claim on who came first."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

from dokja.document.audit import Relation
from dokja.policy.facts import Facts
from dokja.policy.policy import load_policy
from dokja.policy.relation import Decision, Reason
from dokja.policy.rules import RULES
from dokja.policy.wording import (
    component_name,
    reason_text,
    relation_text,
    summary_text,
    verdict_text,
    with_particle,
)
from tests.support import facts as build

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.document.common import Localized

CLAIMS = re.compile(
    r"\b(come|comes|came|taken|copy|copied|stolen|borrowed|derived|inherited) (of|from)\b"
    r"|에서 왔|에서 나온|복사|베낀|가져온|파생"
)
"""Words that say which of two models was first."""
POLITE = re.compile(r"(니다|까)\.?$")


def decided(
    relation: Relation, reason: Reason = Reason.ALL_EQUAL, direction: Any = "undetermined"
) -> Decision:
    return Decision(relation, reason, direction, -9.0)


def all_summaries() -> Iterator[Localized]:
    for relation in Relation:
        for component in ("vision_encoder", "language_model", "other:model.x"):
            for counterpart in (component, "audio_encoder", None):
                result = build.result(component=component, counterpart=counterpart, share=0.4)
                yield summary_text(Facts(result), decided(relation))
                yield relation_text(Facts(result), decided(relation, Reason.NOT_SEPARATED))


@pytest.mark.parametrize(
    ("word", "particles", "expected"),
    [
        ("비전 인코더", "은/는", "비전 인코더는"),
        ("언어 모델", "은/는", "언어 모델은"),
        ("언어 모델", "과/와", "언어 모델과"),
        ("mlp", "은/는", "mlp은(는)"),
        ("", "은/는", "은(는)"),
    ],
)
def test_particles_fit_the_last_sound(word: str, particles: str, expected: str) -> None:
    assert with_particle(word, particles) == expected


def test_particles_ignore_what_stands_in_brackets() -> None:
    assert with_particle("언어 모델", "은/는", insert="(30%)") == "언어 모델(30%)은"


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("direction", ["from_reference", "to_reference", "undetermined"])
def test_every_reason_is_said_in_both_languages(reason: Reason, direction: Any) -> None:
    said = reason_text(decided(Relation.DERIVED, reason, direction))
    assert said.en.endswith(".")
    assert POLITE.search(said.ko)
    assert "later" not in said.en or direction != "undetermined"


def test_no_summary_claims_who_came_first() -> None:
    for said in all_summaries():
        assert not CLAIMS.search(said.en), said.en
        assert not CLAIMS.search(said.ko), said.ko
        assert POLITE.search(said.ko), said.ko


@pytest.mark.parametrize(
    ("relation", "en", "ko"),
    [
        (
            Relation.VERBATIM,
            "The vision encoder (40.8% of the parameters) is identical to that of ref.",
            "비전 인코더(매개변수의 40.8%)는 ref의 비전 인코더와 동일합니다.",
        ),
        (
            Relation.SHARED_INIT,
            (
                "The vision encoder (40.8% of the parameters) and that of ref started from the "
                "same random weights and were trained apart."
            ),
            (
                "비전 인코더(매개변수의 40.8%)는 ref의 비전 인코더와 같은 무작위 초깃값에서 출발해 "
                "따로 학습되었습니다."
            ),
        ),
        (
            Relation.NO_EVIDENCE,
            (
                "No evidence was found that the vision encoder (40.8% of the parameters) shares "
                "weights with that of ref."
            ),
            (
                "비전 인코더(매개변수의 40.8%)는 ref의 비전 인코더와 가중치를 공유한다는 근거가 "
                "발견되지 않았습니다."
            ),
        ),
    ],
)
def test_a_summary_reads_as_a_sentence(relation: Relation, en: str, ko: str) -> None:
    result = build.result(component="vision_encoder", counterpart="vision_encoder", share=0.4075)
    said = summary_text(Facts(result), decided(relation))
    assert (said.en, said.ko) == (en, ko)


def test_a_counterpart_of_another_name_is_named() -> None:
    result = build.result(component="other:model.x", counterpart="audio_encoder")
    said = relation_text(Facts(result), decided(Relation.REUSED))
    assert "the part “model.x” shares its weights with the audio encoder of ref" in said.en.lower()
    assert "‘model.x’ 부분은 ref의 오디오 인코더와" in said.ko


def test_no_counterpart_names_no_reference_where_there_is_none() -> None:
    result = build.result(reference=None, counterpart=None)
    said = relation_text(Facts(result), decided(Relation.NOT_TESTABLE))
    assert "no reference has such a component" in said.en
    assert "어느 비교 모델에도" in said.ko


@pytest.mark.parametrize(
    ("share", "shown"), [(1.0, "100%"), (0.9999, ">99.9%"), (0.0001, "<0.1%"), (0.408, "40.8%")]
)
def test_a_rounded_share_never_claims_more(share: float, shown: str) -> None:
    said = summary_text(Facts(build.result(share=share)), decided(Relation.VERBATIM))
    assert f"({shown} of" in said.en
    assert f"의 {shown})" in said.ko


@pytest.mark.parametrize("n_components", [1, 2, 5])
@pytest.mark.parametrize("n_kin", [0, 1, 2])
@pytest.mark.parametrize("passed", [True, False])
def test_every_verdict_agrees_in_number(n_kin: int, n_components: int, *, passed: bool) -> None:
    said = verdict_text(
        passed=passed, conclusive=passed, n_kin=min(n_kin, n_components), n_components=n_components
    )
    wrong = r"\b1 of|[^e] of \d components shares|model share\b|\b1 components"
    assert not re.search(wrong, said.en)
    assert not CLAIMS.search(said.en + said.ko)
    assert POLITE.search(said.ko)


def test_unknown_parts_keep_their_own_name() -> None:
    assert component_name("other:model.{x}").en == "part “model.{x}”"
    assert component_name("other").ko == "‘other’ 부분"


def test_all_korean_of_the_policies_is_polite() -> None:
    words = tomllib.loads((resources.files("dokja.policy") / "words.toml").read_text("utf-8"))
    sentences = [
        table["ko"]
        for room in ("relations", "direction", "reasons", "verdict")
        for table in words[room].values()
    ]
    sentences += [rule.summary.ko for rule in RULES.load_all()]
    sentences += [load_policy(name).description.ko for name in ("default", "press-2026")]
    for sentence in sentences:
        for part in sentence.split(". "):
            assert POLITE.search(part), sentence
