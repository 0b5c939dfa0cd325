from __future__ import annotations

from decimal import Decimal

import pytest

from dokja.document.number import Known
from dokja.document.round import RoundFile
from dokja.document.round_facts import ScoreFact
from dokja.errors import ProgrammeError
from dokja.programme.round_check import defects_of
from dokja.programme.score import score_round
from dokja.programme.solver.fill import filled
from dokja.programme.solver.solve import solve
from dokja.programme.what_if.report import what_if
from tests.support.rounds import EVERYTHING, make_round, sample


@pytest.fixture(scope="module")
def bare() -> RoundFile:
    """Take everything out of the round that arithmetic inferred."""
    found = sample("dokpamo-2026-stage-2")
    return found.model_copy(
        update={
            "facts": tuple(
                fact
                for fact in found.facts
                if not isinstance(fact, ScoreFact) or fact.confidence != "inferred"
            )
        }
    )


def test_what_was_solved_gives_the_decision_and_what_would_turn_it(bare: RoundFile) -> None:
    found = filled(bare, solve(bare))
    assert defects_of(found) == []
    report = score_round(found, n_draws=0)
    totals = {t.team: t.total.value for t in report.teams if isinstance(t.total, Known)}
    assert totals == {
        "skt": Decimal("70.6"),
        "upstage": Decimal("69.9"),
        "lg": Decimal("69.0"),
        "motif": Decimal("65.8"),
    }
    assert not [check for check in report.checks if check.status == "differs"]
    by_hand = what_if(sample("dokpamo-2026-stage-2", accept=EVERYTHING))
    solved = what_if(found)
    turned = [one.id for one in solved.scenarios if one.effect == "changes"]
    assert turned == [one.id for one in by_hand.scenarios if one.effect == "changes"]
    assert solved.break_evens == by_hand.break_evens
    assert solved.weightings == by_hand.weightings


def test_filling_again_changes_nothing(bare: RoundFile) -> None:
    once = filled(bare, solve(bare))
    official = once.model_copy(update={"accept": bare.accept})
    assert filled(official, solve(official)) == once


def test_what_has_several_values_stays_unknown(bare: RoundFile) -> None:
    found = filled(bare, solve(bare))
    parts = {(f.team, f.of) for f in found.facts if isinstance(f, ScoreFact)}
    assert ("motif", "user_expert") not in parts
    assert ("lg", "user_expert") in parts


def test_what_does_not_fit_is_refused(bare: RoundFile) -> None:
    with pytest.raises(ProgrammeError, match="is of the round"):
        filled(make_round(), solve(bare))
    off = solve(bare, tolerance=Decimal("0.1"), steps=100)
    with pytest.raises(ProgrammeError, match="taken to be off"):
        filled(bare, off)
    wrong = [
        fact.model_copy(update={"value": Decimal(90)}) if fact.id == "lg-total" else fact
        for fact in bare.facts
    ]
    impossible = bare.model_copy(update={"facts": tuple(wrong)})
    with pytest.raises(ProgrammeError, match="contradict"):
        filled(impossible, solve(impossible))
