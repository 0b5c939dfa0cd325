"""What-if on the round that was published: every figure worked out, none written down in code."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dokja.document.number import Known
from dokja.document.what_if import Reference, ScenarioResult, WhatIfReport
from dokja.programme.what_if.report import what_if
from tests.support.rounds import EVERYTHING, sample

WORLD = Reference(item="aaii", name="Claude Opus 5", value=Decimal("63.1"))


@pytest.fixture(scope="module")
def report() -> WhatIfReport:
    found = sample("dokpamo-2026-stage-2", accept=EVERYTHING)
    return what_if(found, references=(WORLD,))


def _scenario(report: WhatIfReport, name: str) -> ScenarioResult:
    return next(one for one in report.scenarios if one.id == name)


def _totals(scenario: ScenarioResult) -> list[tuple[str, str]]:
    return [
        (row.team, str(row.total.value)) for row in scenario.table if isinstance(row.total, Known)
    ]


def test_today(report: WhatIfReport) -> None:
    assert (report.margin, report.inside, report.outside) == (Decimal("3.2"), "lg", "motif")
    assert [row.team for row in report.now] == ["skt", "upstage", "lg", "motif"]


def test_another_normalisation_of_one_item_turns_the_decision_over(report: WhatIfReport) -> None:
    # Points are rounded as the round rounds them; unrounded, some of these are 0.1 more.
    best = _scenario(report, "formula:aaii:best_team_full")
    assert _totals(best) == [
        ("skt", "80.3"),
        ("upstage", "80.2"),
        ("motif", "78.9"),
        ("lg", "77.6"),
    ]
    assert (best.effect, best.loses, best.opens) == ("changes", ("lg",), ("motif",))
    # Nobody ruled on its gate, so that the score alone does not let it go on.
    assert "Motif Technologies would go on unless the gate" in best.sentence.en
    spread = _scenario(report, "formula:aaii:min_max")
    assert _totals(spread) == [
        ("motif", "78.9"),
        ("upstage", "70.3"),
        ("skt", "67.9"),
        ("lg", "61.2"),
    ]
    world = _scenario(report, "formula:aaii:world_best:Claude Opus 5")
    assert _totals(world) == [
        ("skt", "75.7"),
        ("upstage", "75.3"),
        ("lg", "73.5"),
        ("motif", "72.7"),
    ]
    assert world.effect == "same"


def test_no_other_change_turns_it_over(report: WhatIfReport) -> None:
    assert {one.id for one in report.scenarios if one.effect == "changes"} == {
        "formula:aaii:best_team_full",
        "formula:aaii:min_max",
    }
    # Items within the users' block were not published by team, so their weights stay open.
    assert {one.of for one in report.scenarios if one.effect == "may_change"} == {
        "user_expert",
        "user_citizen",
    }


def test_break_even_points(report: WhatIfReport) -> None:
    found = {(one.parameter, one.of, one.direction): one for one in report.break_evens}
    divisor = found["divisor", "aaii", "down"]
    # 60.2 + 31 * 25 / d = 53.9 + 25 * 47.4 / d where d = 16.4 * 25 / 7.3.
    assert (divisor.holds_until, divisor.flips_from) == (Decimal("56.1644"), Decimal("56.1643"))
    assert (divisor.inside, divisor.outside) == ("lg", "motif")
    assert divisor.rounding_low is not None
    assert divisor.rounding_high is not None
    assert divisor.rounding_low < Decimal("56.1643") < divisor.rounding_high
    block = found["block_share", "benchmark", "up"]
    assert (block.holds_until, block.flips_from) == (Decimal("54.5454"), Decimal("54.5455"))
    # At 10 % for the users both have the same total.
    user = found["block_share", "user", "down"]
    assert (user.holds_until, user.flips_from) == (Decimal(10), Decimal("9.9999"))
    assert found["block_share", "expert", "up"].flips_from is None


def test_effective_weights(report: WhatIfReport) -> None:
    assert [(one.name, one.spread, one.max) for one in report.effective_weights] == [
        ("user", Decimal("5.0"), Decimal(25)),
        ("aaii", Decimal("4.1"), Decimal(25)),
        ("expert", Decimal("2.4"), Decimal(35)),
        ("nia", Decimal("0.7"), Decimal(15)),
    ]
    # Marks from one to five give a fifth anyway.
    assert report.effective_weights[0].floor == 5


def test_shares_of_all_weightings(report: WhatIfReport) -> None:
    (over,) = report.weightings
    assert (over.over, over.method, over.n_draws) == ("blocks", "exact", 0)
    shares = {one.team: one for one in over.shares}
    assert (round(shares["motif"].last), round(shares["lg"].last)) == (80, 20)
    assert round(shares["skt"].first) == 78
    assert sum(one.last for one in over.shares) == 100


def test_what_was_not_published_stays_open() -> None:
    """Without what arithmetic infers, no change is said to leave or turn the decision."""
    report = what_if(sample("dokpamo-2026-stage-2"))
    assert all(one.effect == "may_change" for one in report.scenarios if one.group != "rounding")
    assert report.break_evens == ()
    assert report.weightings == ()
    first = what_if(sample("dokpamo-2026-stage-1"))
    assert {one.effect for one in first.scenarios} == {"may_change"}
    assert first.margin is None
