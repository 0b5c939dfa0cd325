from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from dokja.document.number import Known, Unknown
from dokja.document.results import Entry, Protocol
from dokja.document.round import RoundFile, RoundReport
from dokja.document.round_report import FileRecord, ItemScore
from dokja.errors import ProgrammeError
from dokja.programme.score import score_round
from tests.support.rounds import entry, make_round, toy_entries, words


def _item(report: RoundReport, team: str, item: str) -> ItemScore:
    mine = next(result for result in report.teams if result.team == team)
    return next(score for score in mine.items if score.item == item)


def _points(report: RoundReport, team: str, item: str) -> Decimal | None:
    figure = _item(report, team, item).score
    return figure.value if isinstance(figure, Known) else None


def _reason(report: RoundReport, team: str, item: str) -> str:
    figure = _item(report, team, item).score
    assert isinstance(figure, Unknown)
    return figure.reason.en


def _with_item(number: int, **fields: Any) -> RoundFile:
    items = make_round().model_dump(mode="json")["items"]
    items[number] = {k: v for k, v in {**items[number], **fields}.items() if v is not None}
    return make_round(items=items)


def test_a_round_from_results_to_decision() -> None:
    report = score_round(make_round(), toy_entries())
    assert {t.team: t.total.value for t in report.teams if isinstance(t.total, Known)} == {
        "a": Decimal("84.0"),
        "b": Decimal("78.2"),
        "c": Decimal("48.0"),
    }
    assert [team.rank for team in report.teams] == [1, 2, 3]
    assert report.decision.advance == ("a", "b")
    assert _item(report, "b", "quiz").how is not None
    assert report.provenance.files == (FileRecord(path="results.csv", digest="blake3:" + "0" * 64),)


def test_a_missing_result_makes_everything_above_it_unknown() -> None:
    kept = [one for one in toy_entries() if (one.team, one.item) != ("b", "quiz")]
    report = score_round(make_round(), kept)
    assert _reason(report, "b", "quiz") == "there is no result"
    mine = next(team for team in report.teams if team.team == "b")
    assert isinstance(mine.total, Unknown)
    assert (mine.total.low, mine.total.high) == (Decimal("50.0"), Decimal("90.0"))
    assert (mine.rank_low, mine.rank_high) == (1, 2)
    # Whatever b had in the quiz, c stays last.
    assert report.decision.advance == ("a", "b")


def test_a_missing_value_leaves_open_what_depends_on_it() -> None:
    kept = [one for one in toy_entries() if (one.team, one.item) != ("b", "race")]
    report = score_round(make_round(), kept)
    assert "unknown: B" in _reason(report, "a", "race")


def test_ties_are_shown_as_ties() -> None:
    same = [one for one in toy_entries() if one.team == "a"]
    entries = [*same, *(one.model_copy(update={"team": "b"}) for one in same)]
    entries += [one for one in toy_entries() if one.team == "c"]
    report = score_round(make_round(), entries)
    ranks = {team.team: (team.rank, team.tied_with) for team in report.teams}
    assert ranks == {"a": (1, ("b",)), "b": (1, ("a",)), "c": (3, ())}


@pytest.mark.parametrize(
    ("rule", "advance", "undecided"),
    [("all_in", ("a", "b"), ()), ("none_in", (), ()), ("undecided", (), ("a", "b"))],
)
def test_ties_at_the_last_place(
    rule: str, advance: tuple[str, ...], undecided: tuple[str, ...]
) -> None:
    same = [one for one in toy_entries() if one.team == "a"]
    entries = [*same, *(one.model_copy(update={"team": "b"}) for one in same)]
    entries += [one for one in toy_entries() if one.team == "c"]
    decision = score_round(make_round(advance={"places": 1, "at_cut": rule}), entries).decision
    assert (decision.advance, decision.undecided) == (advance, undecided)
    assert (decision.outcome == "nobody") == (rule == "none_in")


def test_a_tie_break_decides_the_place_but_not_the_rank() -> None:
    entries = [entry("a", "quiz", 50), entry("b", "quiz", 60)]
    entries += [entry("a", "race", 100), entry("b", "race", 80)]
    entries += [entry(team, "panel", 3, rater="r") for team in "ab"]
    found = make_round(
        teams=[{"id": name, "name": words(name)} for name in "ab"],
        advance={"places": 1, "tie_break": ["race"]},
    )
    report = score_round(found, entries)
    assert [team.rank for team in report.teams] == [1, 1]
    assert report.decision.advance == ("a",)


def test_thirds_that_add_up_are_a_tie() -> None:
    """Without rounding, three thirds and a whole are the same points."""
    items = [
        {"id": f"i{n}", "title": words("i"), "block": "bench", "max": 1, "formula": formula}
        for n, formula in enumerate([{"kind": "share", "full": 3}] * 3)
    ]
    found = make_round(
        blocks=[{"id": "bench", "title": words("b"), "max": 3}],
        items=items,
        rounding=[],
        teams=[{"id": name, "name": words(name)} for name in "ab"],
        advance={"places": 1, "at_cut": "all_in"},
    )
    entries = [entry("a", f"i{n}", 1, unit="points") for n in range(3)]
    entries += [entry("b", f"i{n}", v, unit="points") for n, v in enumerate((3, 0, 0))]
    report = score_round(found, entries)
    assert [team.rank for team in report.teams] == [1, 1]
    assert report.decision.advance == ("a", "b")


# -- runs, benchmarks, re-runs --------------------------------------------------------------------


def test_runs_are_averaged_and_counted() -> None:
    found = _with_item(0, runs={"repeats": 3})
    entries = [entry("a", "quiz", v, run=str(n)) for n, v in enumerate((79, 80, 81))]
    report = score_round(found, entries)
    assert _points(report, "a", "quiz") == Decimal("32.0")
    assert report.notes == ()
    report = score_round(found, entries[:2])
    assert report.notes[0].en == "A, Quiz: 2 of 3 runs are there"
    strict = _with_item(0, runs={"repeats": 3, "incomplete": "unknown"})
    assert "2 of 3" in _reason(score_round(strict, entries[:2]), "a", "quiz")


def test_several_runs_need_a_rule() -> None:
    entries = [entry("a", "quiz", v, run=str(v)) for v in (79, 80)]
    assert "no rule for runs" in _reason(score_round(make_round(), entries), "a", "quiz")


def test_unlike_protocols_are_not_averaged_without_a_note() -> None:
    runs = [entry("a", "quiz", 80, run=str(n), protocol=Protocol(n_shot=n)) for n in (0, 5)]
    found = _with_item(0, runs={"repeats": 2})
    assert "n_shot: 0, 5" in _reason(score_round(found, runs), "a", "quiz")
    allowed = _with_item(0, runs={"repeats": 2}, unlike_protocols=words("agreed by all"))
    report = score_round(allowed, runs)
    assert _points(report, "a", "quiz") == Decimal("32.0")
    assert "agreed by all" in report.notes[0].en


def test_teams_measured_differently_are_noted() -> None:
    entries = [entry(t, "quiz", 80, protocol=Protocol(mode=t)) for t in "ab"]
    assert score_round(make_round(), entries).notes[-1].en == (
        "Quiz: measured differently (mode: a, b)."
    )


def test_units_are_brought_together_but_never_mixed() -> None:
    report = score_round(make_round(), [entry("a", "quiz", "0.8", unit="fraction")])
    assert _points(report, "a", "quiz") == Decimal("32.0")
    found = _with_item(0, runs={"repeats": 2})
    mixed = [entry("a", "quiz", v, run=u, unit=u) for v, u in ((80, "percent"), (80, "index"))]
    assert "unit: index, percent" in _reason(score_round(found, mixed), "a", "quiz")


def test_benchmarks_are_weighted_and_all_needed() -> None:
    marks = [{"id": "x", "weight": 3}, {"id": "y", "weight": 1}]
    found = _with_item(0, benchmarks=marks)
    both = [entry("a", "quiz", 80, benchmark="x"), entry("a", "quiz", 40, benchmark="y")]
    assert _points(score_round(found, both), "a", "quiz") == Decimal("28.0")
    assert _reason(score_round(found, both[:1]), "a", "quiz") == "no result for y"
    average = [entry("a", "quiz", 70)]
    assert _points(score_round(found, average), "a", "quiz") == Decimal("28.0")
    assert "mixed" in _reason(score_round(found, [*both, *average]), "a", "quiz")


def test_less_can_be_better() -> None:
    found = _with_item(0, benchmarks=[{"id": "x", "lower_is_better": True}])
    given = entry("a", "quiz", 20, benchmark="x", higher_is_better=False)
    assert _points(score_round(found, [given]), "a", "quiz") == Decimal("32.0")
    wrong = given.model_copy(update={"higher_is_better": True})
    with pytest.raises(ProgrammeError, match="more is better"):
        score_round(found, [wrong])


def test_own_over_target_is_cut_at_each_benchmark() -> None:
    targets = [
        {"team": "a", "benchmark": mark, "model": "world", "value": value}
        for mark, value in (("x", 80), ("y", 50))
    ]
    formula = {"kind": "own_over_target", "cap": 1, "targets": targets}
    given = [entry("a", "quiz", 72, benchmark="x"), entry("a", "quiz", 100, benchmark="y")]
    found = _with_item(0, formula=formula)
    assert _points(score_round(found, given), "a", "quiz") == Decimal("38.0")
    means = _with_item(0, formula={**formula, "of": "means"})
    assert _points(score_round(means, given), "a", "quiz") == Decimal("40.0")
    assert "no target" in _reason(score_round(found, [entry("b", "quiz", 1)]), "b", "quiz")


@pytest.mark.parametrize(
    ("rerun", "beyond", "wanted", "used"),
    [
        (79, "keep", "32.0", "value"),
        (78, "keep", "32.0", "value"),
        (78, "replace", "31.2", "rerun"),
        (78, "unknown", None, "none"),
    ],
)
def test_spot_checks(rerun: int, beyond: str, wanted: str | None, used: str) -> None:
    found = _with_item(0, spot_check={"by": "TTA", "tolerance": 1, "beyond": beyond})
    given = [entry("a", "quiz", 80, by="team"), entry("a", "quiz", rerun, by="agency")]
    report = score_round(found, given)
    assert _points(report, "a", "quiz") == (None if wanted is None else Decimal(wanted))
    (check,) = _item(report, "a", "quiz").spot_checks
    assert (check.within, check.used) == (rerun == 79, used)
    assert check.difference == rerun - 80


# -- raters ---------------------------------------------------------------------------------------


def _panel(over: str, **fields: Any) -> RoundFile:
    return _with_item(
        2,
        formula={"kind": "points"},
        sub_items=[{"id": s, "title": words(s), "max": 20} for s in "xy"],
        raters={"combine": {"kind": "trimmed_mean"}, "over": over, **fields},
    )


def _marks(*rows: tuple[int, int]) -> list[Entry]:
    return [
        entry("a", f"panel.{sub}", mark, rater=f"r{n}", unit="points")
        for n, row in enumerate(rows)
        for sub, mark in zip("xy", row, strict=True)
    ]


def test_totals_or_parts_are_trimmed_as_the_round_says() -> None:
    rows = ((20, 0), (10, 12), (10, 14), (0, 20))
    whole = score_round(_panel("total"), _marks(*rows))
    assert _points(whole, "a", "panel") == Decimal("21.0")
    parts = score_round(_panel("sub_item"), _marks(*rows))
    assert _points(parts, "a", "panel") == Decimal("23.0")
    subs = _item(parts, "a", "panel").sub_items
    assert [s.score.value for s in subs if isinstance(s.score, Known)] == [10, 13]


def test_a_rater_who_left_out_a_part_has_no_total() -> None:
    marks = _marks((1, 1), (2, 2), (3, 3))[:-1]
    assert "r2" in _reason(score_round(_panel("total"), marks), "a", "panel")


def test_too_few_raters_for_trimming() -> None:
    report = score_round(_panel("total"), _marks((1, 1), (2, 2)))
    assert "at least 3" in _reason(report, "a", "panel")


def test_raters_that_did_not_come_are_noted() -> None:
    report = score_round(_panel("total", planned=4), _marks((1, 1), (2, 2), (3, 3)))
    assert report.notes[0].en == "A, Panel: 3 of 4 raters gave marks"


def test_a_value_that_somebody_combined_already_is_taken() -> None:
    report = score_round(make_round(), [entry("a", "panel", "3.51")])
    assert _points(report, "a", "panel") == Decimal("28.1")


def test_rank_intervals_come_from_single_raters_and_touch_no_score() -> None:
    report = score_round(make_round(), toy_entries(), n_draws=500)
    plain = score_round(make_round(), toy_entries(), n_draws=0)
    for drawn, team in zip(report.teams, plain.teams, strict=True):
        assert drawn.interval is not None
        assert drawn.rank is not None
        assert drawn.interval.low <= drawn.rank <= drawn.interval.high
        assert drawn.interval.items == ("panel",)
        assert drawn.model_copy(update={"interval": None}) == team
    assert report == score_round(make_round(), toy_entries(), n_draws=500)


def test_close_teams_have_wide_intervals() -> None:
    entries = [entry(t, "quiz", 80) for t in "abc"] + [entry(t, "race", 80) for t in "abc"]
    marks = {"a": (5, 1, 5, 1, 4), "b": (1, 5, 1, 5, 3), "c": (1, 1, 1, 1, 1)}
    entries += [
        entry(t, "panel", m, rater=f"r{n}") for t, row in marks.items() for n, m in enumerate(row)
    ]
    report = score_round(make_round(), entries, n_draws=500)
    ends = {
        t.team: (t.interval.low, t.interval.high) for t in report.teams if t.interval is not None
    }
    assert (ends["a"], ends["b"]) == ((1, 2), (1, 2))
    assert ends["c"][1] == 3


def _drawn(entries: list[Entry], **changes: Any) -> tuple[RoundReport, dict[str, Any]]:
    report = score_round(make_round(**changes), entries, n_draws=400)
    return report, {t.team: t.interval for t in report.teams}


def test_a_rater_who_left_one_team_out_takes_no_interval_away() -> None:
    entries = [one for one in toy_entries() if (one.team, one.rater) != ("b", "r3")]
    report, intervals = _drawn(entries)
    assert all(intervals.values())
    assert any("some raters left teams out" in note.en for note in report.notes)
    assert 300 < intervals["a"].n_draws <= 400


@pytest.mark.parametrize(
    "how", [{"kind": "trimmed_mean", "drop_lowest": 1, "drop_highest": 1}, {"kind": "median"}]
)
def test_missing_marks_are_trimmed_as_those_that_are_there(how: dict[str, object]) -> None:
    items = make_round().model_dump(mode="json", exclude_none=True)["items"]
    items[2]["raters"]["combine"] = how
    marks = {"a": (5, 5, 5, 5, 1, 1), "b": (3, 3, 3, 3, 3), "c": (3, 3, 3, 3, 3, 3)}
    entries = [one for one in toy_entries() if one.item != "panel"]
    entries += [
        entry(t, "panel", m, rater=f"r{n}") for t, row in marks.items() for n, m in enumerate(row)
    ]
    _, intervals = _drawn(entries, items=items)
    assert all(intervals.values())
    # All marks of b and c are equal, so only a moves, between the first place and the last.
    ends = {team: (one.low, one.high) for team, one in intervals.items()}
    assert (ends["a"], ends["b"], ends["c"][1]) == ((1, 2), (1, 2), 3)


def test_a_team_without_a_total_widens_the_others_and_is_told_why() -> None:
    entries = [one for one in toy_entries() if (one.team, one.item) != ("b", "quiz")]
    report, intervals = _drawn(entries)
    assert intervals["b"] is None
    assert (intervals["a"].low, intervals["a"].high, intervals["a"].first_share) == (1, 2, None)
    assert (intervals["c"].low, intervals["c"].high) == (2, 3)
    said = [note.en for note in report.notes]
    assert "No rank interval for B: its total is unknown." in said
    assert "Rank intervals of the others allow for any place of B." in said


def test_marks_without_a_rater_leave_only_that_team_without_an_interval() -> None:
    entries = [one for one in toy_entries() if (one.team, one.item) != ("c", "panel")]
    report, intervals = _drawn([*entries, entry("c", "panel", "2.0")])
    assert intervals["c"] is None
    assert intervals["a"] is not None
    assert any("No rank interval for C: none of its points" in note.en for note in report.notes)


# -- what cannot be -------------------------------------------------------------------------------


def test_every_result_that_does_not_fit_is_told_at_once() -> None:
    entries = [
        entry("z", "quiz", 1, where="A1"),
        entry("a", "chess", 1, where="A2"),
        entry("a", "quiz", 101, where="A3"),
        entry("b", "quiz", -1, where="A4"),
        entry("a", "panel", 6, rater="r", where="A5"),
        entry("c", "race", 1, where="A6"),
        entry("c", "race", 2, where="A7"),
        entry("b", "race", 10**16, where="A8"),
    ]
    with pytest.raises(ProgrammeError) as raised:
        score_round(make_round(), entries)
    for told in (
        "results.csv A1: there is no team 'z'",
        "results.csv A2: there is no item 'chess'",
        "results.csv A3: 101 does not lie in 0 to 100",
        "results.csv A4: -1 does not lie in 0 to 100",
        "results.csv A5: 6 does not lie in 1 to 5",
        "results.csv A7: the same result stands in results.csv A6",
        "results.csv A8: 10000000000000000 is too large",
    ):
        assert told in raised.value.message
    assert "(7)" in raised.value.message


def test_a_round_that_decides_nothing() -> None:
    found = make_round(advance=None)
    assert score_round(found, toy_entries()).decision.kind == "none"


def test_a_team_that_withdrew_is_out_and_not_scored() -> None:
    teams = [{"id": name, "name": words(name)} for name in "abc"]
    teams[1]["status"] = "withdrawn"
    entries = [one for one in toy_entries() if one.team != "b"]
    report = score_round(make_round(teams=teams), entries)
    assert [team.team for team in report.teams] == ["a", "c"]
    by = {team.team: team.by for team in report.decision.teams}
    assert by == {"a": "score", "b": "withdrawal", "c": "score"}
    assert report.decision.advance == ("a", "c")


def test_results_come_before_published_values() -> None:
    facts = [
        {
            "id": "m",
            "kind": "measured",
            "team": "a",
            "item": "quiz",
            "value": 50,
            "unit": "percent",
            "source": "paper",
            "confidence": "press",
        }
    ]
    found = make_round(facts=facts)
    assert _points(score_round(found), "a", "quiz") == Decimal("20.0")
    figure = _item(score_round(found), "a", "quiz").score
    assert isinstance(figure, Known)
    assert figure.confidence == "press"
    report = score_round(found, [entry("a", "quiz", 80)])
    assert _points(report, "a", "quiz") == Decimal("32.0")
    assert "was not used" in report.notes[0].en
    refused = found.model_copy(update={"accept": ("official",)})
    assert _points(score_round(refused), "a", "quiz") is None
