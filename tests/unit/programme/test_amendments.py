from __future__ import annotations

from typing import Any

import pytest

from dokja.document.round import RoundFile
from dokja.errors import ProgrammeError
from dokja.programme.score import score_round
from tests.support.rounds import make_round, toy_entries, words

FACT = {
    "id": "told",
    "kind": "score",
    "team": "a",
    "of": "quiz",
    "value": "32.0",
    "source": "paper",
    "confidence": "official",
}


def _amended(*changes: dict[str, Any], **fields: Any) -> RoundFile:
    amendment = {"id": "one", "on": "2026-04-10", "reason": words("Copied wrongly"), **fields}
    return make_round(
        facts=[FACT],
        amendments=[{**amendment, "changes": list(changes)}],
        objections={"days": 10},
        schedule=[{"kind": "result", "title": words("Results"), "opens": "2026-04-01"}],
    )


def _result(before: object, after: object, team: str = "b", item: str = "quiz") -> dict[str, Any]:
    return {"kind": "result", "team": team, "item": item, "before": before, "after": after}


def test_an_amended_result_shows_what_it_moved() -> None:
    report = score_round(_amended(_result("70.5", 90)), toy_entries())
    (effect,) = report.amendments
    moved = {one.path: (one.before, one.after) for one in effect.effects}
    assert moved == {
        "a.rank": ("1", "2"),
        "b.bench": ("48.2", "56.0"),
        "b.quiz": ("28.2", "36.0"),
        "b.rank": ("2", "1"),
        "b.total": ("78.2", "86.0"),
    }
    assert effect.changes[0].path == "results.b.quiz"
    assert "the decision did not" in effect.sentence.en
    assert not effect.late


def test_an_amendment_that_flips_the_decision_says_so() -> None:
    report = score_round(
        _amended(_result(80, 0, team="a"), _result(60, 100, team="c")), toy_entries()
    )
    assert report.decision.advance == ("b", "c")
    assert "advancing was A, B, is B, C" in report.amendments[0].sentence.en
    assert {one.path for one in report.amendments[0].effects} >= {"a.outcome", "c.outcome"}


def test_an_amended_rule_counts_from_then_on() -> None:
    change = {"kind": "round", "path": "advance.places", "before": "2", "after": "1"}
    report = score_round(_amended(change), toy_entries())
    assert report.decision.advance == ("a",)


def test_a_fact_is_amended_by_its_id() -> None:
    change = {"kind": "round", "path": "facts.told.value", "before": "32", "after": "31.5"}
    report = score_round(_amended(change), toy_entries())
    assert report.checks[0].published == "31.5"
    assert report.checks[0].status == "differs"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_result(1, 2), "the result of team b, item quiz is 70.5, not 1"),
        (_result(1, 2, item="chess"), "no result of team b, item chess"),
        ({"path": "facts.told.value", "before": "1", "after": "2"}, "is 32.0, not 1"),
        ({"path": "facts.gone.value", "before": "1", "after": "2"}, "nothing at facts.gone.value"),
        ({"path": "items.quiz.formula", "before": "1", "after": "2"}, "is not a single value"),
        ({"path": "teams.a.colour", "before": "1", "after": "2"}, "nothing at teams.a.colour"),
        ({"path": "amendments.one.on", "before": "1", "after": "2"}, "cannot be amended"),
        ({"path": "advance.places", "before": "2", "after": "many"}, "valid integer"),
        ({"path": "items.quiz.max", "before": "40", "after": "50"}, "its items add up to 70"),
        ({"path": "items.quiz.block", "before": "bench", "after": "moon"}, "no block 'moon'"),
    ],
)
def test_what_cannot_be_amended_is_told(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ProgrammeError, match="'one' cannot be applied") as raised:
        score_round(_amended({"kind": "round", **change}), toy_entries())
    assert told in raised.value.message


@pytest.mark.parametrize(
    ("day", "late"), [("2026-04-11", False), ("2026-04-12", True), (None, False)]
)
def test_an_objection_after_its_time_is_marked(day: str | None, *, late: bool) -> None:
    found = _amended(_result("70.5", 71), objected_on=day)
    assert score_round(found, toy_entries()).amendments[0].late is late


def test_amendments_follow_one_another() -> None:
    rows = [
        {"id": f"n{n}", "on": "2026-04-10", "reason": words("x"), "changes": [_result(old, new)]}
        for n, (old, new) in enumerate((("70.5", 71), (71, 72)))
    ]
    report = score_round(make_round(amendments=rows), toy_entries())
    moved = [{one.path: one.after for one in e.effects}["b.quiz"] for e in report.amendments]
    assert moved == ["28.4", "28.8"]
