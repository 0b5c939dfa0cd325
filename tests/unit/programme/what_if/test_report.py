from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dokja.document.number import Known
from dokja.document.round_schema import round_schemas
from dokja.document.what_if import Reference, WhatIfReport
from dokja.errors import ProgrammeError
from dokja.programme.what_if import report as module
from dokja.programme.what_if.base import evaluate, prepare
from dokja.programme.what_if.change import changed
from dokja.programme.what_if.report import what_if
from dokja.programme.what_if.scenarios import default_scenarios
from tests.property.test_round_scoring import random_round
from tests.support.rounds import entry, make_round, sample, toy_entries


def test_every_kind_of_change_is_tried() -> None:
    report = what_if(make_round(), toy_entries())
    assert {one.group for one in report.scenarios} == {"formula", "weight", "rater", "rounding"}
    assert len({one.id for one in report.scenarios}) == len(report.scenarios)
    more = [
        entry(t, "quiz", v, benchmark=b)
        for t, v in zip("abc", (9, 8, 7), strict=True)
        for b in "xy"
    ]
    more += [one for one in toy_entries() if one.item != "quiz"]
    assert "benchmark" in {one.group for one in what_if(make_round(), more).scenarios}


def test_bars_hold_their_scenarios_and_the_widest_is_first() -> None:
    report = what_if(make_round(), toy_entries())
    margins = {one.id: one.margin for one in report.scenarios}
    widths = [bar.high - bar.low for bar in report.tornado]
    assert widths == sorted(widths, reverse=True)
    for bar in report.tornado:
        mine = [s for s in report.scenarios if (s.group, s.of) == (bar.group, bar.of)]
        assert (margins[bar.at_low], margins[bar.at_high]) == (bar.low, bar.high)
        assert all(one.margin is None or bar.low <= one.margin <= bar.high for one in mine)


def test_a_margin_below_zero_is_a_decision_that_changes() -> None:
    report = what_if(make_round(), toy_entries())
    for one in report.scenarios:
        assert one.margin is not None
        assert (one.margin < 0) == (one.effect == "changes")


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_whatever_the_round(seed: int, rng: random.Random) -> None:
    """The report can be written and read; the order of teams and results changes nothing."""
    found, entries = random_round(seed)
    report = what_if(found, entries, n_draws=100)
    assert WhatIfReport.model_validate_json(report.model_dump_json()) == report
    results = list(entries)
    rng.shuffle(results)
    assert what_if(found, results, n_draws=100) == report
    teams = list(found.teams)
    rng.shuffle(teams)
    again = what_if(found.model_copy(update={"teams": tuple(teams)}), entries, n_draws=100)
    assert [(one.id, one.effect, one.margin) for one in again.scenarios] == [
        (one.id, one.effect, one.margin) for one in report.scenarios
    ]
    assert [(b.of, b.flips_from) for b in again.break_evens] == [
        (b.of, b.flips_from) for b in report.break_evens
    ]
    for scenario in report.scenarios:
        for row in scenario.table:
            if isinstance(row.total, Known):
                assert 0 <= row.total.value <= 1000
                assert isinstance(row.total.value, Decimal)


@settings(max_examples=15)
@given(st.integers(0, 10**6))
def test_scoring_only_what_changed_leads_where_scoring_everything_does(seed: int) -> None:
    base = prepare(*random_round(seed))
    for scenario in default_scenarios(base):
        trial = changed(base, scenario.changes)
        quick = evaluate(trial, base.ticks, base.audits, base.now.scores)
        whole = evaluate(replace(trial, touched=None), base.ticks, base.audits)
        assert quick.decision == whole.decision
        assert quick.ranks == whole.ranks
        assert {team: score.total for team, score in quick.scores.items()} == {
            team: score.total for team, score in whole.scores.items()
        }


def test_a_round_without_places_by_rank_is_refused() -> None:
    with pytest.raises(ProgrammeError, match="no places by rank"):
        what_if(sample("dokpamo-2026-additional"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"swing": Decimal(0)}, "moved by 0 %"),
        ({"digits": 40}, "digits"),
        ({"n_draws": 0}, "drawn 0 times"),
        ({"references": (Reference(item="no", name="x", value=Decimal(1)),)}, "no item 'no'"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(ProgrammeError, match=words):
        what_if(make_round(), toy_entries(), **arguments)  # type: ignore[arg-type]


def test_too_many_results_leave_raters_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BUDGET", 10)
    report = what_if(make_round(), toy_entries())
    assert "rater" not in {one.group for one in report.scenarios}
    assert any("not left out one by one" in note.en for note in report.notes)


@pytest.mark.parametrize(
    "name",
    ["what-if-1", "publication-1", "disclosure-report-1", "disclosure-reports-1", "solution-1"],
)
def test_documents_hold_no_float(name: str) -> None:
    """Every number is text or whole: nothing that a reader could pass through binary floats."""

    def types(part: object) -> set[object]:
        if isinstance(part, dict):
            own = {part["type"]} if isinstance(part.get("type"), str) else set()
            return own.union(*map(types, part.values()))
        return set().union(*map(types, part)) if isinstance(part, list) else set()

    assert "number" not in types(round_schemas()[name])
