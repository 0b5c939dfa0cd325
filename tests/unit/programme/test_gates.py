from __future__ import annotations

from typing import Any, Literal

import pytest

from dokja.document.audit import AuditReport, Relation
from dokja.document.review import PolicyRecord, ReviewReport, ViewOutcome
from dokja.document.round import RoundReport
from dokja.document.round_report import GateResult
from dokja.programme.score import score_round
from dokja.testing import sample_report
from tests.support.rounds import entry, make_round, toy_entries, words

DIGEST = "blake3:" + "1" * 64


def _gate(rule: dict[str, Any], when: str = "after_ranking") -> dict[str, Any]:
    return {
        "id": "own",
        "title": words("Own"),
        "when": when,
        "views": ["tech", "law"],
        "rule": rule,
    }


def _report(rule: dict[str, Any], *inputs: dict[str, Any], **fields: Any) -> RoundReport:
    when, audits = fields.pop("when", "after_ranking"), fields.pop("audits", {})
    entries = [*toy_entries(), *fields.pop("ticks", ())]
    given = [{"gate": "own", "team": "a", **one} for one in inputs]
    found = make_round(gates=[_gate(rule, when)], gate_inputs=given, **fields)
    return score_round(found, entries, audits=audits, n_draws=0)


def _of(report: RoundReport, team: str = "a") -> GateResult:
    return next(gate for gate in report.gates if gate.team == team)


RULING = {"kind": "ruling"}
FAIL = {"kind": "ruling", "outcome": "fail", "reason": words("borrowed")}


def test_who_fails_after_ranking_falls_and_nobody_moves_up() -> None:
    report = _report({**RULING, "unruled": "pass"}, FAIL)
    by = {team.team: (team.outcome, team.by) for team in report.decision.teams}
    assert by == {"a": ("out", "gate"), "b": ("advances", "score"), "c": ("out", "score")}
    assert next(team.rank for team in report.teams if team.team == "a") == 1
    assert "borrowed" in _of(report).reason.en


def test_who_fails_after_ranking_is_replaced_if_the_round_says_so() -> None:
    report = _report({**RULING, "unruled": "pass"}, FAIL, advance={"places": 2, "refill": True})
    assert report.decision.advance == ("b", "c")


def test_who_fails_before_ranking_is_not_ranked() -> None:
    report = _report({**RULING, "unruled": "pass"}, FAIL, when="before_ranking")
    assert [team.rank for team in report.teams] == [None, 1, 2]
    assert report.decision.advance == ("b", "c")


def test_an_open_gate_leaves_the_team_undecided_and_the_others_ranks_open() -> None:
    report = _report(RULING, {"kind": "ruling", "outcome": "pass", "team": "b"})
    assert report.decision.undecided == ("a",)
    assert report.decision.advance == ("b",)
    report = _report(
        RULING,
        *({"kind": "ruling", "outcome": "pass", "team": team} for team in "bc"),
        when="before_ranking",
    )
    assert [(t.rank_low, t.rank_high) for t in report.teams] == [(1, 1), (1, 2), (2, 3)]
    assert report.decision.advance == ("b",)
    assert set(report.decision.undecided) == {"a", "c"}


def test_views_are_ruled_on_one_by_one() -> None:
    one = {"kind": "ruling", "outcome": "pass", "view": "tech"}
    assert _of(_report(RULING, one)).outcome == "unknown"
    both = _report(RULING, one, {**one, "view": "law"})
    assert _of(both).outcome == "pass"
    assert [view.view for view in _of(both).views] == ["tech", "law"]
    failed = _report(RULING, one, {**one, "view": "law", "outcome": "fail"})
    assert _of(failed).outcome == "fail"


def test_a_ruling_that_is_not_accepted_does_not_count() -> None:
    ruled = {**FAIL, "confidence": "inferred", "source": "paper"}
    assert _of(_report(RULING, ruled)).outcome == "unknown"


# -- audits ---------------------------------------------------------------------------------------


def _audit(relation: Relation, *, passed: bool = True) -> AuditReport:
    report = sample_report()
    parts = tuple(part.model_copy(update={"relation": relation}) for part in report.components)
    verdict = report.verdict.model_copy(update={"relation": relation, "passed": passed})
    return report.model_copy(update={"components": parts, "verdict": verdict})


@pytest.mark.parametrize(
    ("relation", "rule", "wanted"),
    [
        (Relation.NO_EVIDENCE, {}, "pass"),
        (Relation.DERIVED, {}, "fail"),
        (Relation.SHARED_INIT, {}, "pass"),
        (Relation.SHARED_INIT, {"fails_on": ["shared_init"]}, "fail"),
        (Relation.INCONCLUSIVE, {}, "unknown"),
        (Relation.INCONCLUSIVE, {"inconclusive": "fail"}, "fail"),
        (Relation.DERIVED, {"components": ["vision_tower_x"]}, "unknown"),
    ],
)
def test_a_stored_audit_decides(relation: Relation, rule: dict[str, Any], wanted: str) -> None:
    given = {"kind": "audit", "path": "audits/a.json", "digest": DIGEST}
    report = _report({"kind": "audit", **rule}, given, audits={DIGEST: _audit(relation)})
    assert _of(report).outcome == wanted
    assert (_of(report).basis, _of(report).digest) == ("audit", DIGEST)


def test_the_audits_own_policy_can_be_needed() -> None:
    given = {"kind": "audit", "path": "a.json", "digest": DIGEST}
    audits = {DIGEST: _audit(Relation.NO_EVIDENCE, passed=False)}
    assert _of(_report({"kind": "audit"}, given, audits=audits)).outcome == "pass"
    strict = {"kind": "audit", "needs_pass": True}
    assert _of(_report(strict, given, audits=audits)).outcome == "fail"


def test_an_audit_that_was_not_read_decides_nothing() -> None:
    given = {"kind": "audit", "path": "a.json", "digest": DIGEST}
    assert _of(_report({"kind": "audit"}, given)).outcome == "unknown"
    assert _of(_report({"kind": "audit"})).basis == "nothing"


def test_the_worst_of_several_audits_counts() -> None:
    second = "blake3:" + "2" * 64
    given = [{"kind": "audit", "path": "a.json", "digest": one} for one in (DIGEST, second)]
    audits = {DIGEST: _audit(Relation.NO_EVIDENCE), second: _audit(Relation.REUSED)}
    assert _of(_report({"kind": "audit"}, *given, audits=audits)).outcome == "fail"


# -- ticks ----------------------------------------------------------------------------------------


def _ticks(view: Literal["tech", "law"], not_met: int) -> dict[str, Any]:
    return {"kind": "ticks", "view": view, "not_met": not_met, "of": 10}


@pytest.mark.parametrize(
    ("tech", "law", "rule", "wanted"),
    [
        (6, 0, {"quorum": 6}, "fail"),
        (5, 0, {"quorum": 6}, "pass"),
        (3, 2, {"quorum": 6}, "pass"),
        (4, 4, {"quorum": 6}, "unknown"),
        (4, 4, {"quorum": 6, "counts": "per_view"}, "pass"),
        (1, 0, {}, "unknown"),
        (0, 0, {}, "pass"),
    ],
)
def test_counted_ticks(tech: int, law: int, rule: dict[str, Any], wanted: str) -> None:
    report = _report({"kind": "ticks", **rule}, _ticks("tech", tech), _ticks("law", law))
    assert _of(report).outcome == wanted


def test_ticks_of_single_experts_are_counted_once_for_each_expert() -> None:
    ticks = [
        entry("a", f"own.{view}", int(rater in yes), rater=rater, unit="count")
        for view, yes in (("tech", "1234"), ("law", "3456"))
        for rater in "123456789"
    ]
    report = _report({"kind": "ticks", "quorum": 6}, ticks=ticks)
    assert _of(report).outcome == "fail"
    assert [(view.not_met, view.of) for view in _of(report).views] == [(4, 9), (4, 9)]
    assert _of(_report({"kind": "ticks", "quorum": 7}, ticks=ticks)).outcome == "pass"


def test_a_view_nobody_was_asked_about_is_open() -> None:
    report = _report({"kind": "ticks", "quorum": 6}, _ticks("tech", 0))
    assert _of(report).outcome == "unknown"
    assert _of(_report({"kind": "ticks", "quorum": 6}), "b").basis == "nothing"


@pytest.mark.parametrize(
    ("least", "wanted"), [(80, ["pass", "fail", "fail"]), (40, ["pass", "pass", "pass"])]
)
def test_thresholds(least: int, wanted: list[str]) -> None:
    report = _report({"kind": "threshold", "of": "total", "least": least})
    assert [gate.outcome for gate in report.gates] == wanted


def test_a_threshold_of_an_unknown_score_is_open_unless_its_bounds_decide() -> None:
    found = make_round(gates=[_gate({"kind": "threshold", "of": "quiz", "least": 30})])
    assert {gate.outcome for gate in score_round(found).gates} == {"unknown"}


# -- reviews --------------------------------------------------------------------------------------


def _review(**outcomes: str) -> ReviewReport:
    views = [
        {
            "view": view,
            "outcome": outcome,
            "machine": outcome,
            "reason": {"en": "-", "ko": "-"},
            "n_met": 0,
            "n_not_met": 0,
            "n_inconclusive": 0,
            "n_not_applicable": 0,
            "signed": False,
        }
        for view, outcome in outcomes.items()
    ]
    policy = PolicyRecord.model_construct(name="k-sovereign-2026")
    return ReviewReport.model_construct(
        policy=policy, views=tuple(ViewOutcome.model_validate(view) for view in views)
    )


@pytest.mark.parametrize(
    ("outcomes", "rule", "wanted"),
    [
        ({"technical": "met", "policy": "met", "ethical": "met"}, {}, "pass"),
        ({"technical": "not_met", "policy": "inconclusive", "ethical": "met"}, {}, "fail"),
        ({"technical": "inconclusive", "policy": "met", "ethical": "met"}, {}, "unknown"),
        ({"technical": "inconclusive"}, {"inconclusive": "fail"}, "fail"),
        ({"technical": "met", "ethical": "not_met"}, {"views": ["technical"]}, "pass"),
        ({"technical": "met"}, {"views": ["technical", "policy"]}, "unknown"),
        ({"technical": "not_applicable"}, {}, "unknown"),
        ({"technical": "met"}, {"policy": "open-use"}, "unknown"),
    ],
)
def test_a_stored_review_decides(
    outcomes: dict[str, str], rule: dict[str, Any], wanted: str
) -> None:
    given = {"kind": "review", "path": "reviews/a.json", "digest": DIGEST}
    report = _report({"kind": "review", **rule}, given, audits={DIGEST: _review(**outcomes)})
    assert _of(report).outcome == wanted
    assert (_of(report).basis, _of(report).digest) == ("review", DIGEST)


def test_without_a_review_nothing_is_decided() -> None:
    assert _of(_report({"kind": "review"})).basis == "nothing"
    given = {"kind": "review", "path": "a.json", "digest": DIGEST}
    assert _of(_report({"kind": "review"}, given)).outcome == "unknown"
