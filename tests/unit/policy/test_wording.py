"""Sentences of decisions, in both languages."""

from __future__ import annotations

import pytest

from dokja.document.audit import Relation
from dokja.policy.relation import Decision, Reason
from dokja.policy.wording import component_name, reason_text, relation_name, with_topic


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("비전 인코더", "비전 인코더는"),
        ("언어 모델", "언어 모델은"),
        ("mlp", "mlp은(는)"),
        ("", "은(는)"),
    ],
)
def test_particles_fit_the_last_sound(word: str, expected: str) -> None:
    assert with_topic(word) == expected


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_said_in_both_languages(reason: Reason) -> None:
    said = reason_text(Decision(Relation.DERIVED, reason, "from_reference", -9.0))
    assert said.en.endswith(".")
    assert said.ko.endswith(".")
    assert any("가" <= letter <= "힣" for letter in said.ko)


@pytest.mark.parametrize("relation", Relation)
def test_every_relation_has_a_name(relation: Relation) -> None:
    assert relation_name(relation).en
    assert relation_name(relation).ko


def test_unknown_parts_keep_their_own_name() -> None:
    assert component_name("other:model.x").en == "part 'model.x'"
