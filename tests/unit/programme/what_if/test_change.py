from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter

from dokja.document.number import Known
from dokja.document.round import RoundFile
from dokja.document.round_rules import BestTeamFull, MinMax, Points, Share
from dokja.document.what_if import (
    BenchmarkLeftOut,
    FormulaChange,
    RaterLeftOut,
    RoundingChange,
    RuleChange,
    Scenario,
    ScenarioResult,
    WeightChange,
)
from dokja.errors import ProgrammeError
from dokja.programme.what_if.base import prepare
from dokja.programme.what_if.change import value_behind
from dokja.programme.what_if.run import try_scenario
from dokja.programme.wording import same
from tests.support.rounds import entry, make_round, toy_entries, words

ANY: TypeAdapter[RuleChange] = TypeAdapter(RuleChange)


def _try(
    *changes: RuleChange, found: RoundFile | None = None, entries: Any = None
) -> ScenarioResult:
    base = prepare(found or make_round(), toy_entries() if entries is None else entries)
    return try_scenario(base, Scenario(id="x", label=same("x"), changes=changes))


def _totals(result: ScenarioResult) -> dict[str, Decimal]:
    return {row.team: row.total.value for row in result.table if isinstance(row.total, Known)}


def test_another_formula_scores_the_values_anew() -> None:
    result = _try(FormulaChange(item="quiz", formula=BestTeamFull(kind="best_team_full")))
    # 80 is the best: 40 points instead of 32, 70.5 gives 35.25 and so 35.3.
    assert _totals(result)["a"] == Decimal("92.0")
    assert _totals(result)["b"] == Decimal("85.3")
    assert result.effect == "same"


def test_one_rater_less() -> None:
    entries = [
        entry(team, "panel", mark, rater=f"r{step}")
        for team, given in {"a": (5, 5), "b": (4, 1), "c": (2, 3)}.items()
        for step, mark in enumerate(given)
    ] + [entry(t, "quiz", 50) for t in "abc"]
    entries += [entry(t, "race", 50) for t in "abc"]
    found = make_round(advance={"places": 2, "at_cut": "all_in"})
    base = prepare(found, entries)
    assert base.now.decision.undecided == ()
    with_all = _try(RoundingChange(rounding=found.rounding), found=found, entries=entries)
    without = _try(RaterLeftOut(item="panel", rater="r0"), found=found, entries=entries)
    assert with_all.effect == "same"
    # Both have a mean of 2.5; without the first rater b has 1 and c has 3.
    assert (without.effect, without.loses) == ("changes", ("b",))
    assert "B would be out." in without.sentence.en


def test_one_benchmark_less() -> None:
    marks = {"a": (90, 80), "b": (80, 10), "c": (10, 90)}
    entries = [
        entry(team, "quiz", value, benchmark=f"b{step}")
        for team, values in marks.items()
        for step, value in enumerate(values)
    ]
    items = make_round().model_dump(mode="json")["items"][:1]
    blocks = [{"id": "bench", "title": words("B"), "max": 40}]
    found = make_round(items=items, blocks=blocks)
    result = _try(BenchmarkLeftOut(item="quiz", benchmark="b1"), found=found, entries=entries)
    assert _totals(result) == {"a": Decimal("36.0"), "b": Decimal("32.0"), "c": Decimal("4.0")}
    assert (result.effect, result.gains, result.loses) == ("changes", ("b",), ("c",))
    assert result.margin is not None
    assert result.margin < 0


def test_weights_keep_the_ratio_of_the_others() -> None:
    result = _try(WeightChange(of="bench", share=Decimal(50)))
    # a: 48.0 of 60 and 36.0 of 40.
    assert _totals(result)["a"] == Decimal(48) * 50 / 60 + Decimal(36) * 50 / 40
    inner = _try(WeightChange(of="quiz", share=Decimal(100)))
    assert _totals(inner)["a"] == Decimal(32) * 60 / 40 + 36


def test_weights_may_be_left_as_they_are() -> None:
    result = _try(WeightChange(of="bench", share=Decimal(60)))
    base = prepare(make_round(), toy_entries())
    assert _totals(result) == {
        team: score.total.value
        for team, score in base.now.scores.items()
        if isinstance(score.total, Known)
    }
    assert result.effect == "same"


def test_published_points_give_their_value_back() -> None:
    item = make_round().items[0]
    assert value_behind(item, Decimal("28.2")) == Decimal("70.5")
    points = item.model_copy(update={"formula": Points(kind="points")})
    assert value_behind(points, Decimal("28.2")) == Decimal("28.2")
    relative = item.model_copy(update={"formula": MinMax(kind="min_max")})
    assert value_behind(relative, Decimal("28.2")) is None


def test_points_published_under_the_old_rule_do_not_stand_in() -> None:
    facts = [
        {
            "id": f"{team}-{of}",
            "kind": "score",
            "team": team,
            "of": of,
            "value": str(value),
            "source": "paper",
            "confidence": "official",
        }
        for of, values in {"quiz": (36, 20, 10), "race": (9, 9, 9), "panel": (9, 9, 9)}.items()
        for team, value in zip("abc", values, strict=True)
    ]
    found = make_round(facts=facts)
    result = _try(
        FormulaChange(item="quiz", formula=BestTeamFull(kind="best_team_full")),
        found=found,
        entries=[],
    )
    assert _totals(result) == {"a": 58, "b": Decimal("40.2"), "c": Decimal("29.1")}
    assert "taken back from rounded points" in result.notes[0].en


@pytest.mark.parametrize(
    ("change", "words_"),
    [
        ({"kind": "weight", "of": "nothing", "share": "10"}, "no block or item"),
        ({"kind": "formula", "item": "nothing", "formula": {"kind": "points"}}, "no item"),
        ({"kind": "rater", "item": "panel", "rater": "nobody"}, "no mark of"),
        ({"kind": "benchmark", "item": "quiz", "benchmark": "none"}, "no result on"),
    ],
)
def test_a_change_that_does_not_fit_is_refused(change: dict[str, Any], words_: str) -> None:
    with pytest.raises(ProgrammeError, match=words_):
        _try(ANY.validate_json(json.dumps(change)))


def test_shares_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ProgrammeError, match="add up to 110 %"):
        _try(
            WeightChange(of="bench", share=Decimal(60)),
            WeightChange(of="people", share=Decimal(50)),
        )


def test_several_changes_at_once() -> None:
    result = _try(
        FormulaChange(item="quiz", formula=Share(kind="share", full=Decimal(80))),
        WeightChange(of="people", share=Decimal(0)),
        RoundingChange(rounding=()),
    )
    # Quiz and race alone make the total: (40 + 16) * 100 / 60.
    assert _totals(result)["a"] == Decimal("93.333333333333333333333333333333")


def test_a_gate_can_keep_a_decision_that_points_would_turn_over() -> None:
    """Whoever the gate removed held the place; whoever gains it fails the gate as well."""
    gate = {
        "id": "least",
        "title": words("Least"),
        "when": "after_ranking",
        "rule": {"kind": "threshold", "of": "race", "least": "19"},
    }
    found = make_round(gates=[gate], advance={"places": 1})
    turned = _try(WeightChange(of="race", share=Decimal(100)), found=found)
    # b is best in the race and passes, so that here the decision does change.
    assert (turned.effect, turned.gains) == ("changes", ("b",))
    both = {**gate, "rule": {"kind": "threshold", "of": "race", "least": "21"}}
    found = make_round(gates=[both], advance={"places": 1})
    kept = _try(WeightChange(of="race", share=Decimal(100)), found=found)
    assert kept.effect == "same"
    assert kept.margin is not None
    assert kept.margin < 0
    assert "gates leave the decision as it is" in kept.sentence.en
