"""Every figure that was published of the real rounds, computed again digit for digit."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dokja.document.number import Known, Unknown, written
from dokja.document.round import RoundReport
from dokja.programme.score import score_round
from tests.support.rounds import EVERYTHING, sample

STAGE_1, MORE, STAGE_2 = (f"dokpamo-2026-{name}" for name in ("stage-1", "additional", "stage-2"))


def _report(name: str, *, inferred: bool = False) -> RoundReport:
    return score_round(sample(name, accept=EVERYTHING if inferred else None))


def _by_status(report: RoundReport, status: str) -> dict[str, str | None]:
    return {check.fact: check.computed for check in report.checks if check.status == status}


def _figure(report: RoundReport, team: str, name: str) -> str:
    mine = next(result for result in report.teams if result.team == team)
    figures = {block.block: block.score for block in mine.blocks}
    figures |= {item.item: item.score for item in mine.items} | {"total": mine.total}
    figure = figures[name]
    return written(figure.value) if isinstance(figure, Known) else "unknown"


@pytest.mark.parametrize("name", [STAGE_1, MORE, STAGE_2])
@pytest.mark.parametrize("inferred", [False, True])
def test_nothing_published_differs(name: str, *, inferred: bool) -> None:
    assert _by_status(_report(name, inferred=inferred), "differs") == {}


def test_stage_1_agrees_wherever_it_can_be_computed() -> None:
    assert _by_status(_report(STAGE_1), "agrees") == {
        "lg-common": "14.4",
        "lg-benchmark": "33.6",
        "lg-user": "25.0",
        "lg-total": "90.2",
        "average-total": "79.72",
        "ratio-first": "104",
        "ratio-second": "103",
        "ncai-out": "out by score",
        "naver-out": "out by gate",
        "goes-on": "upstage, skt, lg",
    }


def test_stage_1_leaves_open_what_was_not_published() -> None:
    assert set(_by_status(_report(STAGE_1), "not_computable")) == {
        *("lg-nia", "lg-individual", "lg-expert", "skt-nia", "upstage-individual"),
        *("top-nia", "top-common", "top-individual", "top-benchmark", "top-expert", "top-user"),
        *("average-benchmark", "average-expert", "average-user", "by-points"),
    }


def test_stage_1_sums() -> None:
    report = _report(STAGE_1)
    parts = [_figure(report, "lg", item) for item in ("nia", "common", "individual")]
    assert parts == ["9.2", "14.4", "10.0"]
    assert _figure(report, "lg", "benchmark") == "33.6"
    parts = [_figure(report, "lg", name) for name in ("benchmark", "expert", "user")]
    assert [Decimal(part) for part in parts] == [Decimal("33.6"), Decimal("31.6"), Decimal(25)]
    assert _figure(report, "lg", "total") == "90.2"


def test_stage_1_unpublished_scores_stay_unknown() -> None:
    report = _report(STAGE_1)
    for result in report.teams:
        if result.team == "lg":
            continue
        assert isinstance(result.total, Unknown)
        assert result.total.reason.en
        assert result.total.high is not None
        assert result.total.high <= Decimal("90.2")


def test_stage_1_decision() -> None:
    decision = _report(STAGE_1).decision
    by = {team.team: (team.outcome, team.by) for team in decision.teams}
    assert by == {
        "naver": ("out", "gate"),
        "upstage": ("advances", "score"),
        "skt": ("advances", "score"),
        "ncai": ("out", "score"),
        "lg": ("advances", "score"),
    }
    told = " ".join(step.en for step in decision.path)
    assert "by score: Naver Cloud, Upstage, SK Telecom, LG AI Research." in told
    assert "Nobody moves up." in told


def test_stage_1_ranks_are_as_sharp_as_what_is_known() -> None:
    ranks = {team.team: (team.rank_low, team.rank_high) for team in _report(STAGE_1).teams}
    assert ranks == {
        "naver": (1, 4),
        "upstage": (1, 4),
        "skt": (1, 4),
        "ncai": (5, 5),
        "lg": (1, 1),
    }


def test_additional_selection() -> None:
    decision = _report(MORE).decision
    assert (decision.kind, decision.outcome) == ("selection", "decided")
    assert decision.advance == ("motif",)
    assert decision.out == ("trillion",)


def test_additional_selection_can_choose_nobody() -> None:
    found = sample(MORE)
    ballots = tuple(ballot.model_copy(update={"found": "not_able"}) for ballot in found.ballots)
    decision = score_round(found.model_copy(update={"ballots": ballots})).decision
    assert decision.outcome == "nobody"
    assert decision.path[-1].en == "Nobody is selected."


def test_stage_2_rounds_half_up_before_averaging() -> None:
    report = _report(STAGE_2)
    assert [_figure(report, team, "aaii") for team in ("motif", "upstage", "skt", "lg")] == [
        "11.9",
        "9.4",
        "8.8",
        "7.8",
    ]
    agreed = _by_status(report, "agrees")
    assert agreed["motif-aaii"] == "11.9"
    assert agreed["average-aaii"] == "9.48"


@pytest.mark.parametrize("mode", ["half_even", "down", "half_down"])
def test_stage_2_comes_out_under_no_other_rounding(mode: str) -> None:
    found = sample(STAGE_2)
    rounding = tuple(rule.model_copy(update={"mode": mode}) for rule in found.rounding)
    report = score_round(found.model_copy(update={"rounding": rounding}))
    assert "motif-aaii" in _by_status(report, "differs")


def test_stage_2_comes_out_only_if_rounded_before_averaging() -> None:
    report = score_round(sample(STAGE_2).model_copy(update={"rounding": ()}))
    assert _by_status(report, "differs")["average-aaii"] == "9.43"


def test_stage_2_published_alone() -> None:
    report = _report(STAGE_2)
    assert _by_status(report, "agrees") == {
        "motif-aaii": "11.9",
        "top-aaii": "motif 11.9, upstage 9.4, skt 8.8, lg 7.8",
        "average-aaii": "9.48",
        "motif-benchmark": "24.6",
        "motif-total": "65.8",
        "motif-out": "out by score",
        "goes-on": "upstage, skt, lg",
    }
    totals = {team.team: _figure(report, team.team, "total") for team in report.teams}
    assert totals == {"motif": "65.8", "upstage": "69.9", "skt": "70.6", "lg": "69.0"}


def test_stage_2_with_the_inferred_matrix_gives_every_total_and_average() -> None:
    report = _report(STAGE_2, inferred=True)
    agreed = _by_status(report, "agrees")
    wanted = {
        "skt-total": "70.6",
        "upstage-total": "69.9",
        "lg-total": "69.0",
        "motif-total": "65.8",
        "average-nia": "13.05",
        "average-expert": "28.75",
        "average-benchmark-block": "22.5",
        "average-expert-block": "28.8",
        "average-user-block": "17.6",
        "gap-benchmark": "4.0",
        "gap-expert": "2.4",
        "gap-user": "5.0",
    }
    assert {fact: agreed.get(fact) for fact in wanted} == wanted
    totals = [team.total for team in report.teams]
    assert {t.confidence for t in totals if isinstance(t, Known)} == {"inferred", "third_party"}


def test_stage_2_never_knows_how_users_of_two_groups_divide() -> None:
    left = _by_status(_report(STAGE_2, inferred=True), "not_computable")
    assert {"average-user-expert", "average-user-citizen"} <= set(left)


def test_stage_2_ranks_and_decision() -> None:
    report = _report(STAGE_2)
    assert {team.team: team.rank for team in report.teams} == {
        "skt": 1,
        "upstage": 2,
        "lg": 3,
        "motif": 4,
    }
    assert set(report.decision.advance) == {"skt", "upstage", "lg"}


def test_stage_2_gate_of_motif_stays_unknown() -> None:
    gates = {gate.team: gate.outcome for gate in _report(STAGE_2).gates}
    assert gates == {"motif": "unknown", "upstage": "pass", "skt": "pass", "lg": "pass"}


def test_a_forged_figure_is_found() -> None:
    found = sample(STAGE_1)
    facts = tuple(
        fact.model_copy(update={"value": Decimal("90.3")}) if fact.id == "lg-total" else fact
        for fact in found.facts
    )
    report = score_round(found.model_copy(update={"facts": facts}))
    assert _by_status(report, "differs") == {"lg-total": "90.2"}


def test_an_impossible_average_is_found_although_most_teams_are_unknown() -> None:
    found = sample(STAGE_1)
    facts = tuple(
        fact.model_copy(update={"value": Decimal("33.9")})
        if fact.id == "average-benchmark"
        else fact
        for fact in found.facts
    )
    report = score_round(found.model_copy(update={"facts": facts}))
    assert set(_by_status(report, "differs")) >= {"average-benchmark"}
