"""What follows from tokenizers, rows of tokens and rows nobody trained, and what must not."""

from __future__ import annotations

from typing import Any

import pytest

from dokja.document.audit import AuditReport, Evidence, Relation
from dokja.policy import judge, load_policy
from dokja.policy.facts import collect_facts
from dokja.policy.relation import Reason, decide
from dokja.policy.tokens import are_canaries_shared, row_change, tokenizer_kind
from tests.support import facts as build

THRESHOLDS = load_policy("default").thresholds
KIN = (build.units(-50.0, 0.99, 0.99), build.moments(0.99, 1.0, 0.99))


def judged(*evidence: Evidence, **result: Any) -> AuditReport:
    return judge(build.report((build.result(**result),), evidence))


def messages(report: AuditReport, rule: str) -> list[str]:
    return [found.message.en for found in report.verdict.findings if found.rule == rule]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, "verbatim"),
        ({"same_file": False}, "verbatim"),
        ({"same_file": False, "n_merges_in_order": 300}, "derived"),
        ({"same_file": False, "n_same_number": 2}, "reordered"),
        ({"same_file": False, "n_tokens": 1200, "n_merges": 900}, "extended"),
        ({"same_file": False, "n_reference_tokens": 1200, "n_reference_merges": 900}, "truncated"),
        ({"same_file": False, "n_shared": 950, "n_same_number": 930}, "derived"),
        ({"same_file": False, "n_shared": 860, "n_same_number": 300}, "alike"),
        ({"same_file": False, "n_shared": 300, "n_same_number": 200}, "own"),
        ({"same_file": False, "n_shared": 0, "n_same_number": 0}, "own"),
    ],
)
def test_tokenizers_are_told_by_strings_numbers_and_merges(
    change: dict[str, int], kind: str
) -> None:
    assert tokenizer_kind(build.tokenizers(**change)) == kind


def test_no_tokenizer_accuses_anybody() -> None:
    with_it, without = judged(build.tokenizers()), judged()
    assert with_it.components[0].relation is without.components[0].relation
    assert all(finding.level == "note" for finding in with_it.verdict.findings[:1])
    (told,) = messages(with_it, "DKJ508")
    assert "says nothing on the weights" in told
    assert not messages(judged(build.tokenizers(n_shared=10, n_same_number=3)), "DKJ508")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, None),
        ({"n_moved": 1000, "number_effect": 0.01}, "reordered"),
        ({"n_moved": 1000, "number_effect": 0.01, "route": "found"}, "found"),
        ({"n_moved": 400, "number_effect": 0.3}, None),
        (
            {"n_moved": 1000, "effect": 0.1, "number_effect": 0.0, "number_geometry": 0.1},
            "reordered",
        ),
        ({"n_moved": 1000, "effect": 0.05, "number_effect": 0.0}, None),
        (
            {"n_moved": 1000, "effect": None, "number_effect": None, "number_geometry": 0.0},
            "reordered",
        ),
        ({"n_rows": 1100}, "extended"),
        ({"n_reference_rows": 1100}, "truncated"),
        ({"n_rows": 1100, "n_reference_rows": 1100, "n_aligned": 700}, "replaced"),
        ({"n_aligned": 0}, None),
    ],
)
def test_changes_of_a_vocabulary_are_named(change: dict[str, Any], expected: str | None) -> None:
    assert row_change(build.vocabulary(**change)) == expected


def test_a_reordered_vocabulary_of_kin_is_an_operation_that_was_undone() -> None:
    moved = build.vocabulary(n_moved=1000, number_effect=0.0)
    report = judged(*KIN, moved)
    change = report.components[0].transformation
    assert change is not None
    assert change.operations == ("vocabulary_reordered",)
    assert messages(report, "DKJ509")
    found = judged(*KIN, build.vocabulary(n_moved=990, number_effect=0.0, route="found"))
    assert "no token strings say how" in messages(found, "DKJ509")[0]
    as_numbered = judged(*KIN, build.vocabulary())
    assert as_numbered.components[0].transformation is None
    assert not messages(as_numbered, "DKJ509")


def test_strangers_have_no_rows_to_speak_of() -> None:
    moved = build.vocabulary(n_moved=1000, effect=0.02, number_effect=0.01)
    report = judged(build.units(), build.moments(), moved)
    assert report.components[0].transformation is None
    assert not messages(report, "DKJ509")


def test_untrained_rows_show_a_shared_start_and_no_copy() -> None:
    report = judged(build.units(), build.moments(), build.power(0.01, 0.02, 0.05), build.canaries())
    (result,) = report.components
    assert result.relation is Relation.INCONCLUSIVE
    assert "random start at least" in result.reason.en
    (told,) = messages(report, "DKJ510")
    assert "shows no copy" in told
    assert messages(report, "DKJ104")
    assert report.verdict.passed


@pytest.mark.parametrize(
    "change",
    [{"log10_p": -3.0}, {"mean_cosine": 0.1}, {"mean_cosine": None}],
)
def test_few_or_faint_rows_show_nothing(change: dict[str, Any]) -> None:
    evidence = (build.units(), build.moments(), build.power(0.01, 0.02, 0.05))
    report = build.report((build.result(),), (*evidence, build.canaries(**change)))
    (facts,) = collect_facts(report)
    assert not are_canaries_shared(facts, THRESHOLDS)
    assert decide(facts, THRESHOLDS).reason is not Reason.ROWS_SHARED


def test_untrained_rows_are_paid_for_like_every_test() -> None:
    others = tuple(build.units() for _ in range(99))
    report = build.report((build.result(),), (*others, build.canaries(log10_p=-7.5)))
    (facts,) = collect_facts(report)
    assert facts.corrected["canaries"] == pytest.approx(-5.5)
    assert not are_canaries_shared(facts, THRESHOLDS)
