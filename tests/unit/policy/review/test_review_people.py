"""Who counts, how many it takes, and that the machine's outcome stays beside."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dokja.document.common import Localized
from dokja.document.review import CriterionResult
from dokja.document.review_policy import Outcome, QuorumRule
from dokja.document.sign_off import ExceptionEntry, LadderEntry, Reviewer, SignOff
from dokja.policy.review.people import People, ladder, signed, trail
from dokja.policy.review.views import together

DAY = dt.date(2026, 1, 20)
WORDS = Localized(en="-", ko="-")
OUTCOMES: tuple[Outcome, ...] = ("met", "not_met", "inconclusive", "not_applicable")


def result(machine: Outcome = "met") -> CriterionResult:
    return CriterionResult(
        criterion="c", view="technical", test="weights_own", required=True, artefact="a",
        component="vision_encoder", machine=machine, outcome=machine, reason=WORDS, evidence=(),
    )  # fmt: skip


def people(*entries: tuple[str, str, Outcome | None], day: int = 10) -> People:
    names = dict.fromkeys(by for by, _, _ in entries)
    return People(
        reviewers=tuple(
            Reviewer(id=one, name=one.title(), conflict_of_interest="none") for one in names
        ),
        sign_offs=tuple(
            SignOff.model_validate(
                {"by": by, "on": dt.date(2026, 1, day + step), "criterion": "c",
                 "decision": decision, "outcome": outcome, "reason": "why"}
            )
            for step, (by, decision, outcome) in enumerate(entries)
        ),
    )  # fmt: skip


def decided(quorum: int | None, *entries: Any, machine: Outcome = "met") -> CriterionResult:
    return signed([result(machine)], people(*entries), QuorumRule(overrule=quorum))[0]


def test_a_quorum_overrules_and_the_machine_stays_visible() -> None:
    two = (("kim", "overrule", "not_met"), ("lee", "overrule", "not_met"))
    row = decided(2, *two)
    assert (row.machine, row.outcome, row.overruled) == ("met", "not_met", True)
    assert row.reviewers == ("kim", "lee")
    assert decided(3, *two).outcome == "met"


def test_an_even_vote_is_left_open() -> None:
    row = decided(1, ("kim", "overrule", "not_met"), ("lee", "agree", None))
    assert row.outcome == "inconclusive"


def test_the_last_word_of_a_person_counts_once() -> None:
    row = decided(1, ("kim", "overrule", "not_met"), ("kim", "agree", None))
    assert (row.outcome, row.reviewers) == ("met", ("kim",))
    said = people(("kim", "overrule", "not_met"), ("kim", "agree", None))
    entries = trail([row], said, QuorumRule(overrule=1), program="p", on=DAY)
    assert [one.counted for one in entries] == [True, False, True]


def test_abstaining_decides_nothing() -> None:
    row = decided(1, ("kim", "abstain", None))
    assert (row.outcome, row.reviewers) == ("met", ())


@given(st.lists(st.tuples(st.sampled_from(["kim", "lee", "park"]), st.sampled_from(OUTCOMES))))
def test_without_a_quorum_nobody_turns_an_outcome_into_another(votes: list[Any]) -> None:
    entries = [(by, "overrule", outcome) for by, outcome in votes][:15]
    assert decided(None, *entries, machine="not_met").outcome in {"not_met", "inconclusive"}


def test_an_exception_needs_so_many_parties() -> None:
    entry = ExceptionEntry(
        id="e", on=DAY, criterion="c", reason="agreed", agreed_by=("A", "B", "A")
    )
    said = People(exceptions=(entry,))
    for needed, wanted in ((2, True), (3, False), (None, False)):
        quorum = QuorumRule(exception=needed)
        row = signed([result("not_met")], said, quorum)[0]
        assert (row.excepted, row.outcome) == (wanted, "not_met")
        assert trail([row], said, quorum, program="p", on=DAY)[-1].counted is wanted


def test_nobody_with_an_interest_agrees_to_an_exception() -> None:
    entry = ExceptionEntry(
        id="e", on=DAY, criterion="c", reason="agreed", agreed_by=("A", "Our Lab", "OUR-LAB", "Kim")
    )
    kim = Reviewer(id="kim", name="Kim", conflict_of_interest="sits on the maker's board")
    said = People(exceptions=(entry,), reviewers=(kim,), maker="Our lab")
    quorum = QuorumRule(exception=2)
    row = signed([result("not_met")], said, quorum)[0]
    assert not row.excepted
    told = trail([row], said, quorum, program="p", on=DAY)[-1]
    assert not told.counted
    assert told.why_not is not None
    assert "and 1 did" in told.why_not.en


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        ((), "not_assessed"),
        ((True,), "shown"),
        ((False,), "not_shown"),
        ((True, False), "disputed"),
    ],
)
def test_rungs_are_recorded_apart(shown: tuple[bool, ...], wanted: str) -> None:
    entries = tuple(
        LadderEntry(by=f"r{place}", on=DAY, rung="module", shown=one, reason="seen")
        for place, one in enumerate(shown)
    )
    reviewers = tuple(
        Reviewer(id=f"r{place}", name="N", conflict_of_interest="none")
        for place in range(len(shown))
    )
    rungs = ladder(People(reviewers=reviewers, ladder=entries))
    assert rungs[0].rung == "hyper_parameters"
    assert next(one for one in rungs if one.rung == "module").status == wanted


@given(st.lists(st.sampled_from(OUTCOMES)))
def test_the_worst_outcome_holds_and_order_never_matters(outcomes: list[Outcome]) -> None:
    found = together(outcomes)
    assert found == together(list(reversed(outcomes)))
    if "not_met" in outcomes:
        assert found == "not_met"
    elif "inconclusive" in outcomes:
        assert found == "inconclusive"
