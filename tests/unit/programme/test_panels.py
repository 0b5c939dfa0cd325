from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from dokja.document.common import parse_json_strictly
from dokja.document.number import Known, Unknown
from dokja.document.panel import (
    Ballot,
    Blinding,
    Combination,
    ConflictOfInterest,
    Form,
    Mark,
    PanelFile,
    PanelItem,
    PanelReport,
    Rater,
    Tick,
)
from dokja.programme.panels import panel_report

D = Decimal
TEAMS = ("Motif", "Upstage", "SKT", "LG")
SCALE = PanelItem(id="use", maximum=D(15), lowest=D(1), highest=D(5))


def _users(n: int = 49, *, seed: int = 0, **changes: Any) -> PanelFile:
    rng = np.random.default_rng(seed)
    forms = []
    for rater in range(n):
        places = rng.permutation(len(TEAMS)) + 1
        for number, team in enumerate(TEAMS):
            mark = int(np.clip(np.rint(rng.normal(2.6 + 0.5 * number, 0.9)), 1, 5))
            forms.append(
                Form(
                    rater=f"u{rater}",
                    team=team,
                    marks=(Mark(item="use", value=D(mark)),),
                    position=int(places[number]),
                )
            )
    fields: dict[str, Any] = {
        "id": "users",
        "teams": TEAMS,
        "items": (SCALE,),
        "raters": tuple(Rater(id=f"u{rater}") for rater in range(n)),
        "forms": tuple(forms),
        "blinding": Blinding(names_hidden=False, order="randomised"),
    }
    return PanelFile(**{**fields, **changes})


def _experts(totals: dict[str, list[str]], **changes: Any) -> PanelFile:
    n = len(next(iter(totals.values())))
    forms = tuple(
        Form(rater=f"e{number}", team=team, marks=(Mark(item="all", value=D(mark)),))
        for team, marks in totals.items()
        for number, mark in enumerate(marks)
        if mark
    )
    fields: dict[str, Any] = {
        "id": "experts",
        "teams": tuple(totals),
        "items": (PanelItem(id="all", maximum=D(35), lowest=D(0), highest=D(35)),),
        "raters": tuple(Rater(id=f"e{number}") for number in range(n)),
        "forms": forms,
        "combination": Combination(drop_low=1, drop_high=1),
    }
    return PanelFile(**{**fields, **changes})


def _points(report: PanelReport, team: str) -> Decimal:
    figure = next(one.points for one in report.teams if one.team == team)
    assert isinstance(figure, Known)
    return figure.value


def test_points_are_exact_and_places_follow() -> None:
    panel = _users()
    report = panel_report(panel, n_resamples=300)
    for one in report.teams:
        marks = [form.marks[0].value for form in panel.forms if form.team == one.team]
        total = sum((mark for mark in marks if mark is not None), D(0))
        assert abs(Fraction(_points(report, one.team)) - Fraction(total) * 3 / 49) < D("1e-45")
        assert one.interval is not None
        assert one.interval.low < float(_points(report, one.team)) < one.interval.high
        assert one.rank is not None
        assert one.rank_low is not None
        assert one.rank_high is not None
        assert one.rank_low <= one.rank <= one.rank_high
    ranked = sorted(report.teams, key=lambda one: one.rank or 0)
    assert [pair.above for pair in report.pairs] == [one.team for one in ranked[:-1]]


def test_the_interval_of_49_raters_is_as_wide_as_arithmetic_says() -> None:
    """Spread 0.9 and 49 raters: a quarter of a mark, or three quarters of 15 points."""
    report = panel_report(_users(), n_resamples=2000)
    widths = [(one.interval.high - one.interval.low) / 2 for one in report.teams if one.interval]
    assert len(widths) == 4
    assert np.mean(widths) == pytest.approx(0.76, rel=0.15)


def test_pairs_are_compared_within_raters() -> None:
    """A rater who is severe with everyone adds to both intervals, not to the difference."""
    rng = np.random.default_rng(1)
    mood = rng.integers(0, 3, size=30)
    better = rng.integers(0, 2, size=30)
    totals = {
        "A": [str(10 + 5 * m + b) for m, b in zip(mood, better, strict=True)],
        "B": [str(10 + 5 * m) for m in mood],
    }
    report = panel_report(_experts(totals, combination=Combination()), n_resamples=500)
    (pair,) = report.pairs
    assert pair.interval is not None
    assert pair.separated
    width = pair.interval.high - pair.interval.low
    assert all(
        one.interval and width < one.interval.high - one.interval.low for one in report.teams
    )


def test_trimmed_experts_and_who_was_left_out() -> None:
    report = panel_report(
        _experts({"A": ["30", "20", "28", "29", "35"], "B": ["31", "31", "31", "31", "31"]}),
        n_resamples=200,
    )
    assert _points(report, "A") == 29
    assert report.teams[0].left_out == ("e1", "e4")
    assert _points(report, "B") == 31
    assert [one.rank for one in report.teams] == [2, 1]


def test_ties_are_ties() -> None:
    report = panel_report(
        _experts({"A": ["1", "2", "3"], "B": ["3", "2", "1"], "C": ["1", "1", "1"]})
    )
    assert [one.rank for one in report.teams] == [1, 1, 3]
    assert report.teams[0].tied_with == ("B",)
    assert report.pairs[0].difference == 0
    assert any("tied" in sentence.en for sentence in report.sentences)


def test_conflicts_of_interest_do_not_count_and_are_said() -> None:
    conflict = ConflictOfInterest(team="A", reason="shareholder")
    totals = {"A": ["35", "20", "22", "24"], "B": ["30", "30", "30", "30"]}
    panel = _experts(
        totals,
        raters=(Rater(id="e0", conflicts=(conflict,)), *(Rater(id=f"e{n}") for n in (1, 2, 3))),
    )
    report = panel_report(panel, n_resamples=100)
    assert _points(report, "A") == 22
    assert report.teams[0].n_raters == 3
    (left,) = report.exclusions
    assert (left.rater, left.team) == ("e0", "A")
    assert "shareholder" in left.reason.en
    assert "shareholder" in left.reason.ko
    without = panel.forms[1:]
    same = panel_report(panel.model_copy(update={"forms": without}), n_resamples=100)
    assert same.teams == report.teams


def test_missing_marks_are_missing_and_too_few_are_unknown() -> None:
    report = panel_report(_experts({"A": ["30", "", "", ""], "B": ["1", "2", "3", "4"]}))
    figure = report.teams[0].points
    assert isinstance(figure, Unknown)
    assert "1 raters count" in figure.reason.en
    assert report.teams[0].rank is None
    assert report.teams[1].rank is None
    assert report.teams[0].interval is None
    assert (report.teams[1].rank_low, report.teams[1].rank_high) == (1, 2)


def test_a_decisive_rater_is_named() -> None:
    totals = {"A": ["10", "10", "10", "30"], "B": ["12", "12", "12", "12"]}
    report = panel_report(_experts(totals, combination=Combination()), n_resamples=100)
    assert [one.changes_ranks for one in report.raters] == [False, False, False, True]
    assert report.teams[0].rank == 1
    assert (report.teams[0].rank_low_without_one, report.teams[0].rank_high_without_one) == (1, 2)
    assert any("1 of 4 raters" in sentence.en for sentence in report.sentences)


def test_severity_is_a_share_of_the_scale() -> None:
    totals = {"A": ["35", "0"], "B": ["35", "0"], "C": ["35", "0"]}
    report = panel_report(_experts(totals, combination=Combination()), n_resamples=50)
    assert [one.leniency for one in report.raters] == pytest.approx([0.5, -0.5])
    assert all(one.all_marks_equal for one in report.raters)
    assert report.agreement[0].alpha is not None
    assert report.agreement[0].alpha < 0


def test_order_is_tested_only_where_it_was_drawn() -> None:
    drawn = panel_report(_users(), n_resamples=50).order
    assert drawn.p_value is not None
    assert drawn.reason is None
    for order in ("fixed", "chosen", None):
        found = panel_report(_users(blinding=Blinding(order=order)), n_resamples=50).order
        assert found.p_value is None
        assert found.reason is not None


def test_an_effect_of_order_is_found() -> None:
    panel = _users(30)
    forms = tuple(
        form.model_copy(
            update={"marks": (Mark(item="use", value=D(2 if (form.position or 0) > 2 else 4)),)}
        )
        for form in panel.forms
    )
    found = panel_report(panel.model_copy(update={"forms": forms}), n_resamples=50).order
    assert found.p_value == pytest.approx(1e-4)
    assert found.slope is not None
    assert found.slope < 0


def test_ticks_are_counted_and_never_judged() -> None:
    def form(rater: str, *, not_met: bool | None) -> Form:
        tick = Tick(view="technical", not_met=not_met, reason="frozen encoder")
        return Form(rater=rater, team="A", ticks=(tick,))

    panel = PanelFile(
        id="gate",
        teams=("A",),
        raters=(
            *(Rater(id=f"e{n}") for n in range(4)),
            Rater(id="e4", conflicts=(ConflictOfInterest(reason="employee"),)),
        ),
        forms=(
            form("e0", not_met=True),
            form("e1", not_met=False),
            form("e2", not_met=None),
            Form(rater="e3", team="A"),
            form("e4", not_met=True),
        ),
    )
    report = panel_report(panel)
    technical = report.ticks[0]
    assert (technical.not_met, technical.met, technical.open, technical.excluded) == (1, 1, 2, 1)
    assert technical.reasons == ("frozen encoder",)
    assert [one.open for one in report.ticks[1:]] == [4, 4]
    assert isinstance(report.teams[0].points, Unknown)


def test_votes_stand_beside_marks_and_change_none_of_them() -> None:
    votes = tuple(
        Ballot(voter=f"v{n % 12}", left=TEAMS[n % 4], right=TEAMS[(n + 1 + n % 3) % 4], outcome=way)
        for n, way in enumerate(("left", "right", "left", "tie", "left", "right") * 12)
        if TEAMS[n % 4] != TEAMS[(n + 1 + n % 3) % 4]
    )
    plain = panel_report(_users(), n_resamples=60)
    report = panel_report(_users(ballots=votes), n_resamples=60)
    assert report.votes is not None
    assert report.votes.n_votes == len(votes)
    assert sum(one.n_votes for one in report.votes.strengths) == 2 * len(votes)
    assert report.votes.first_p_value is not None
    assert report.model_copy(update={"votes": None}) == plain


def test_votes_that_leave_a_lead_without_bound_say_so_in_words() -> None:
    votes = (
        Ballot(voter="v", left="LG", right="SKT", outcome="left"),
        Ballot(voter="w", left="Motif", right="Upstage", outcome="tie"),
    )
    found = panel_report(_users(3, ballots=votes), n_resamples=50).votes
    assert found is not None
    assert all(one.log_strength is None for one in found.strengths)
    assert "No vote connects" in found.sentences[0].en
    chain = (*votes, Ballot(voter="x", left="SKT", right="Motif", outcome="left"))
    found = panel_report(_users(3, ballots=chain), n_resamples=50).votes
    assert found is not None
    assert "LG > SKT > Motif, Upstage" in found.sentences[0].en
    assert "LG > SKT > Motif, Upstage" in found.sentences[0].ko


def test_same_seed_same_bytes_and_the_document_reads_back() -> None:
    one = panel_report(_users(12), n_resamples=80, seed=5).model_dump_json()
    assert one == panel_report(_users(12), n_resamples=80, seed=5).model_dump_json()
    assert one != panel_report(_users(12), n_resamples=80, seed=6).model_dump_json()
    back = parse_json_strictly(PanelReport, one.encode())
    assert back.model_dump_json() == one


def test_order_of_teams_changes_nothing_but_order() -> None:
    panel = _users(20)
    turned = panel.model_copy(update={"teams": panel.teams[::-1], "forms": panel.forms[::-1]})
    one, other = panel_report(panel, n_resamples=50), panel_report(turned, n_resamples=50)
    assert {team.team: team.model_dump_json() for team in one.teams} == {
        team.team: team.model_dump_json() for team in other.teams
    }
    assert one.pairs == other.pairs


def test_a_panel_without_anything_is_unknown_throughout() -> None:
    report = panel_report(PanelFile(id="empty", teams=("A", "B"), items=(SCALE,)))
    assert all(isinstance(one.points, Unknown) for one in report.teams)
    assert report.agreement[0].alpha is None
    assert report.agreement[0].reason is not None
    assert report.votes is None
