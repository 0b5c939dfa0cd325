from __future__ import annotations

from decimal import Decimal

import pytest

from dokja.document.leaderboard import (
    ClaimCheck,
    CountClaim,
    CountryCount,
    GapClaim,
    LeaderboardReport,
    RankClaim,
)
from dokja.document.number import Known, Unknown
from dokja.programme.leaderboard import bundled_snapshots, rank, read_countries, read_snapshot
from tests.unit.programme.leaderboard.test_rank import TABLE, _model, _snapshot

D = Decimal


def _bundled(number: int) -> LeaderboardReport:
    return rank(read_snapshot(bundled_snapshots()[number]), read_countries())


def _check(report: LeaderboardReport, claim: str) -> ClaimCheck:
    return next(one for one in report.checks if one.claim == claim)


def test_august_korea_is_third_and_motif_tenth_company() -> None:
    report = _bundled(1)
    for claim, place in (("motif-company", 10), ("korea-country", 3)):
        check = _check(report, claim)
        assert check.status == "agrees"
        assert check.computed == Known(value=D(place), basis="computed")
        assert check.confidence == "official"


def test_august_sixth_open_weight_is_allowed_and_not_settled() -> None:
    check = _check(_bundled(1), "motif-open")
    assert check.status == "consistent"
    assert isinstance(check.computed, Unknown)
    assert (check.computed.low, check.computed.high) == (5, None)
    assert check.reason is not None
    assert "no source says" in check.reason.en


def test_august_third_open_weight_is_refuted_by_the_same_days_snapshot() -> None:
    check = _check(_bundled(1), "glm-open")
    assert check.status == "differs"
    assert check.computed_text == "≥ 4"
    assert check.reason is not None
    assert "DeepSeek V4 Pro 0813" in check.reason.en


def test_tied_companies_may_be_counted_on() -> None:
    check = _check(_bundled(1), "spacexai-company")
    assert (check.published, check.computed_text, check.status) == ("3", "2-3", "agrees")


def test_gaps_of_both_dates_come_out_in_whole_points() -> None:
    august, january = _check(_bundled(1), "gap-korea"), _check(_bundled(0), "gap-korea")
    assert (august.published, august.computed_text, august.status) == ("16", "16", "agrees")
    assert (january.published, january.computed_text) == ("19", "19")
    # Nothing says that no better Korean model was left out in January.
    assert january.status == "consistent"


def test_january_top_ten_is_unknown_because_the_list_is_not_there() -> None:
    check = _check(_bundled(0), "open-top-ten")
    assert check.status == "not computable"
    assert check.published == "CN 6, US 3, KR 1"
    assert check.computed is None
    assert check.reason is not None
    assert "of the first 10 the data settle the place of 0" in check.reason.en
    assert _check(_bundled(0), "k-exaone-open").status == "consistent"


def _count(**counts: int) -> CountClaim:
    named = tuple(CountryCount(country=code, count=count) for code, count in counts.items())
    return CountClaim(kind="count", id="k", source="s", weights="open", first=3, counts=named)


@pytest.mark.parametrize(
    ("claim", "status"), [(_count(AA=2, BB=1, CC=1), "agrees"), (_count(AA=3), "differs")]
)
def test_counts_of_a_whole_list(claim: CountClaim, status: str) -> None:
    models = (
        _model("closed", "90", "a1", open_weight=False),
        _model("p", "50", "a1", "a2"),
        _model("q", "40", "a2", "b"),
        _model("r", "30", "c"),
        _model("s", "20", "c"),
    )
    report = rank(_snapshot(*models, claims=(claim,)), TABLE)
    assert _check(report, "k").status == status
    assert _check(report, "k").computed_text == "AA 2, BB 1, CC 1"


def test_ties_across_the_last_place_leave_counts_open() -> None:
    models = [_model(name, score, "b") for name, score in (("p", "5"), ("q", "4"), ("r", "4"))]
    claim = _count(BB=2).model_copy(update={"first": 2})
    report = rank(_snapshot(*models, claims=(claim,)), TABLE)
    assert _check(report, "k").status == "not computable"


def test_claims_about_what_is_not_there_are_not_computable() -> None:
    claims = (
        RankClaim(
            kind="rank", id="r", source="s", view="country", weights="all", subject="CC", rank=1
        ),
        GapClaim(kind="gap", id="g", source="s", country="CC", digits=0, gap=D(1)),
    )
    report = rank(_snapshot(_model("p", "5", "a1"), claims=claims), TABLE)
    assert [one.status for one in report.checks] == ["not computable", "not computable"]


def test_wrong_claims_differ() -> None:
    claims = (
        RankClaim(
            kind="rank", id="r", source="s", view="model", weights="all", subject="q", rank=3
        ),
        GapClaim(kind="gap", id="g", source="s", country="BB", digits=0, gap=D(2)),
        GapClaim(kind="gap", id="h", source="s", country="BB", digits=1, gap=D("0.9")),
    )
    models = (_model("p", "5.4", "a1"), _model("q", "4.5", "b"))
    report = rank(_snapshot(*models, claims=claims), TABLE)
    # In whole points 5 and 5 (half up) are equal; with one decimal they are 0.9 apart.
    assert [(one.computed_text, one.status) for one in report.checks] == [
        ("2", "differs"),
        ("0", "differs"),
        ("0.9", "agrees"),
    ]
