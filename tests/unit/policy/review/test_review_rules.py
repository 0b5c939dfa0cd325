"""Every test of the three views on rows whose evidence is written down here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dokja.document.audit import Relation
from dokja.document.common import Localized
from dokja.document.review import LicenceRow, ObligationRow, Pointer
from dokja.policy.review import load_review_policy
from dokja.policy.review.control import can_retrain, licence_free, licence_open, no_remote
from dokja.policy.review.ethical import code_notices, consistent, licences_kept, references_named
from dokja.policy.review.facts import Case, Claim, Code, Donor, Match, Row, Run
from dokja.policy.review.run import trained_from_start
from dokja.policy.review.technical import weights_own

POLICY = load_review_policy("k-sovereign-2026")
WORDS = Localized(en="-", ko="-")
HERE = Pointer(document=1)
MODEL = Row("omni", "model", "vision_encoder", origin="own")
TESTS = (
    weights_own,
    trained_from_start,
    licence_free,
    licence_open,
    can_retrain,
    no_remote,
    references_named,
    licences_kept,
    code_notices,
    consistent,
)


def match(relation: Relation, **fields: Any) -> Match:
    return Match(reference="Donor", relation=relation, reason=WORDS, pointer=HERE, **fields)


def case(*matches: Match, row: Row = MODEL, **fields: Any) -> Case:
    return Case(row=row, policy=POLICY, maker="Maker", matches=matches, **fields)


def run(**fields: Any) -> Run:
    given: dict[str, Any] = {"outcome": "consistent", "ends_here": True, **fields}
    return Run(pointer=HERE, summary=WORDS, **given)


def licence(control: str, *duties: ObligationRow, **fields: Any) -> LicenceRow:
    given: dict[str, Any] = {"reference": "Donor", "proved": True, "expression": "X", **fields}
    return LicenceRow.model_validate(
        {"artefact": "omni", "component": "vision_encoder", "control": control, "reason": WORDS,
         "obligations": duties, **given}
    )  # fmt: skip


@pytest.mark.parametrize("test", TESTS)
def test_without_any_evidence_nothing_of_unknown_origin_is_met(test: Any) -> None:
    told = test(case(row=replace(MODEL, origin="unknown")))
    assert told.outcome in {"inconclusive", "not_applicable"}
    assert told.reason.en
    assert told.reason.ko


# -- technical ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("relation", "wanted"),
    [
        (Relation.VERBATIM, "not_met"),
        (Relation.REUSED, "not_met"),
        (Relation.DERIVED, "not_met"),
        (Relation.SHARED_INIT, "inconclusive"),
        (Relation.INCONCLUSIVE, "inconclusive"),
        (Relation.NOT_TESTABLE, "inconclusive"),
        (Relation.NO_EVIDENCE, "met"),
    ],
)
def test_a_relation_to_somebody_else_decides(relation: Relation, wanted: str) -> None:
    assert weights_own(case(match(relation))).outcome == wanted


def test_one_borrowed_match_outweighs_any_number_of_clear_ones() -> None:
    clear = [match(Relation.NO_EVIDENCE) for _ in range(3)]
    assert weights_own(case(*clear, match(Relation.DERIVED))).outcome == "not_met"


def test_a_reference_without_such_a_part_says_nothing() -> None:
    stranger = match(Relation.NOT_TESTABLE, counterpart=False)
    assert weights_own(case(match(Relation.NO_EVIDENCE), stranger)).outcome == "met"
    assert weights_own(case(stranger)).outcome == "inconclusive"


def test_a_reference_that_descends_from_the_row_is_no_donor() -> None:
    assert weights_own(case(match(Relation.DERIVED, direction="to_reference"))).outcome == (
        "inconclusive"
    )


def test_too_little_coverage_is_never_met() -> None:
    assert weights_own(case(match(Relation.NO_EVIDENCE, coverage=0.2))).outcome == "inconclusive"


def test_descent_from_an_own_model_is_met_only_with_an_owner() -> None:
    assert weights_own(case(match(Relation.DERIVED, own=True, owner="Maker"))).outcome == "met"
    assert weights_own(case(match(Relation.DERIVED, own=True))).outcome == "inconclusive"
    assert weights_own(case(match(Relation.NO_EVIDENCE, own=True, owner="Maker"))).outcome == (
        "inconclusive"
    )


def test_an_own_ancestor_hides_no_other_donor() -> None:
    own = match(Relation.DERIVED, own=True, owner="Maker")
    assert weights_own(case(own, match(Relation.REUSED))).outcome == "not_met"
    assert trained_from_start(case(own, match(Relation.REUSED))).outcome == "not_met"
    assert weights_own(case(own, match(Relation.INCONCLUSIVE))).outcome == "inconclusive"


def test_the_dossiers_own_word_is_enough_against_it() -> None:
    foreign = replace(MODEL, origin="third_party")
    assert weights_own(case(match(Relation.NO_EVIDENCE), row=foreign)).outcome == "not_met"


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, "met"),
        ({"ends_here": False}, "inconclusive"),
        ({"ends_here": None}, "inconclusive"),
        ({"outcome": "inconclusive"}, "inconclusive"),
        ({"frozen": "all"}, "inconclusive"),
        ({"frozen": "part"}, "inconclusive"),
        ({"frozen": "unknown"}, "inconclusive"),
        ({"outcome": "contradicted", "uncertain": True}, "inconclusive"),
        ({"outcome": "contradicted", "findings": (("DKJ601", WORDS),)}, "not_met"),
    ],
)
def test_a_recorded_run_decides(fields: dict[str, Any], wanted: str) -> None:
    assert trained_from_start(case(runs=(run(**fields),))).outcome == wanted


def test_a_contradicted_run_is_not_mended_by_another() -> None:
    broken = run(outcome="contradicted", findings=(("DKJ605", WORDS),))
    assert trained_from_start(case(runs=(run(), broken))).outcome == "not_met"


def test_a_run_that_fits_does_not_whitewash_borrowed_weights() -> None:
    assert trained_from_start(case(match(Relation.REUSED), runs=(run(),))).outcome == "not_met"


# -- policy ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("control", "wanted"),
    [("free", "met"), ("mild", "met"), ("constrained", "not_met"), ("unknown", "inconclusive")],
)
def test_control_of_a_licensor_decides(control: str, wanted: str) -> None:
    assert licence_free(case(licences=(licence(control),))).outcome == wanted


@pytest.mark.parametrize(
    ("control", "wanted"),
    [("free", "met"), ("constrained", "not_met"), ("unknown", "inconclusive")],
)
def test_use_is_as_free_as_the_makers_own_licence(control: str, wanted: str) -> None:
    own = licence(control, reference=None)
    assert licence_open(case(licences=(own,))).outcome == wanted
    assert licence_free(case(licences=(own,))).outcome == "met"
    assert licence_open(case()).outcome == "inconclusive"


def test_an_unknown_licence_is_not_mended_by_a_free_one() -> None:
    rows = (licence("free"), licence("unknown", reference="Other"))
    assert licence_free(case(licences=rows)).outcome == "inconclusive"


def test_a_donor_without_a_licence_is_never_free() -> None:
    assert licence_free(case(match(Relation.REUSED))).outcome == "inconclusive"


def test_retraining_needs_more_than_a_word() -> None:
    said = replace(MODEL, retrainable=True)
    assert can_retrain(case(row=said)).outcome == "inconclusive"
    proved = replace(said, retrain_evidence=(HERE,))
    assert can_retrain(case(row=proved)).outcome == "met"
    assert can_retrain(case(row=replace(MODEL, retrainable=False))).outcome == "not_met"
    assert can_retrain(case(runs=(run(),))).outcome == "met"


def test_code_from_elsewhere_is_outside_control() -> None:
    remote = Claim("remote", WORDS, HERE)
    assert no_remote(case(claims=(remote,), configuration_read=True)).outcome == "not_met"
    assert no_remote(case(configuration_read=True)).outcome == "met"


# -- ethical --------------------------------------------------------------------------------------


def donor(*named_in: str, proved: bool = True, own: bool = False) -> Donor:
    return Donor("Donor", proved, named_in, ("card",), own=own)


def test_a_proved_donor_has_to_be_named() -> None:
    assert references_named(case(donors=(donor(),))).outcome == "not_met"
    assert references_named(case(donors=(donor("card"),))).outcome == "met"
    assert references_named(case(donors=(donor("card"), donor()))).outcome == "not_met"


def test_without_a_document_for_readers_naming_is_open() -> None:
    bare = Donor("Donor", proved=True, named_in=(), looked_in=())
    assert references_named(case(donors=(bare,))).outcome == "inconclusive"


@pytest.mark.parametrize(
    ("kept", "applies", "wanted"),
    [
        (True, True, "met"),
        (False, True, "not_met"),
        (None, True, "inconclusive"),
        (False, False, "met"),
        (False, None, "not_met"),
    ],
)
def test_duties_decide(*, kept: bool | None, applies: bool | None, wanted: str) -> None:
    duty = ObligationRow(kind="notice", text=WORDS, applies=applies, kept=kept)
    assert licences_kept(case(licences=(licence("free", duty),))).outcome == wanted


def test_a_conflict_of_licences_is_a_broken_one() -> None:
    conflicting = licence("free", conflicts=(WORDS,))
    assert licences_kept(case(licences=(conflicting,))).outcome == "not_met"


def code(header: str, share: float = 0.8) -> Code:
    return Code("modeling.py", "public.py", share, header, HERE)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        ((), "met"),
        ((code("kept"),), "met"),
        ((code("stripped"),), "not_met"),
        ((code("stripped", share=0.05),), "met"),
    ],
)
def test_a_stripped_header_is_a_broken_duty(found: tuple[Code, ...], wanted: str) -> None:
    row = Row("modeling", "code")
    assert code_notices(case(row=row, code=found, code_compared=True)).outcome == wanted
    if not found:
        assert code_notices(case(row=row)).outcome == "inconclusive"


def test_contradicting_statements_do_not_agree() -> None:
    wrong = Claim("contradiction", WORDS, HERE)
    assert consistent(case(claims=(wrong,), declarations_read=True)).outcome == "not_met"
    assert consistent(case(declarations_read=True)).outcome == "met"
