"""Each relation, and the evidence that must not lead to it."""

from __future__ import annotations

import pytest

from dokja.document.audit import AuditReport, Evidence, Relation
from dokja.policy import judge, load_policy
from dokja.policy.facts import collect_facts, holm
from dokja.policy.relation import Reason, decide
from tests.support import facts as build

STRONG = -50.0
POWERFUL = build.power(0.01, 0.05, 0.1)
CHILD = build.retention(
    ratio=1.0,
    ratio_low=0.95,
    ratio_high=1.05,
    matrix_slope=0.7,
    matrix_pearson=0.7,
    effective_gain_pearson=0.7,
)
TWIN = build.retention(
    ratio=0.05,
    ratio_low=-0.05,
    ratio_high=0.2,
    reverse_ratio=0.05,
    reverse_ratio_low=-0.05,
    reverse_ratio_high=0.2,
    matrix_pearson=0.4,
    effective_gain_pearson=0.1,
)


def decided(*evidence: Evidence, **result: object) -> tuple[Relation, Reason]:
    report = build.report((build.result(**result),), evidence)  # type: ignore[arg-type]
    (facts,) = collect_facts(report)
    decision = decide(facts, load_policy("default").thresholds)
    return decision.relation, decision.reason


def test_equal_values_are_verbatim() -> None:
    assert decided(build.digest(1.0))[0] is Relation.VERBATIM


def test_equal_pieces_of_another_size_are_derived() -> None:
    cut = decided(build.digest(1.0, 0.8, same_size=False))
    assert cut == (Relation.DERIVED, Reason.PIECES_EQUAL)
    doubled = decided(build.digest(1.0, 1.0, same_size=False))
    assert doubled == (Relation.DERIVED, Reason.PIECES_EQUAL)


def test_a_reference_held_whole_is_derived_and_a_twin_is_not() -> None:
    units = build.units(STRONG, 0.9, 0.6)
    swamped = build.retention(gain_slope=1.0, ratio_low=0.2, ratio_high=1.8)
    found = decided(units, build.moments(0.7, 1.0, 0.5), swamped)
    assert found == (Relation.DERIVED, Reason.HELD_WHOLE)
    # Without gains, twins that hardly left their start look like it: only told as kin.
    assert decided(units, build.moments(0.96, 0.96, 0.96))[0] is Relation.INCONCLUSIVE
    assert decided(units, build.moments(0.92, 0.95, 0.89))[0] is Relation.INCONCLUSIVE
    assert decided(units, build.moments(0.85, 0.85, 0.85))[0] is Relation.INCONCLUSIVE
    assert decided(units, build.moments(0.7, 1.0, 0.5), TWIN)[0] is Relation.SHARED_INIT


def test_units_in_place_and_equal_weights_are_reused() -> None:
    found = decided(build.units(STRONG, 0.99, 0.99), build.moments(0.985, 1.0, 0.98))
    assert found == (Relation.REUSED, Reason.NEARLY_EQUAL)


def test_a_high_pearson_without_index_evidence_is_not_reused() -> None:
    found = decided(build.units(0.0), build.moments(0.99, 1.0, 1.0), POWERFUL)
    assert found[0] is Relation.NO_EVIDENCE


@pytest.mark.parametrize("coverage", [0.1, 0.89])
def test_reused_needs_most_of_the_component(coverage: float) -> None:
    evidence = (build.units(STRONG, 0.99, 0.99), build.moments(0.99, 1.0, 0.99), CHILD)
    assert decided(*evidence, coverage=coverage)[0] is Relation.DERIVED


def test_kept_gains_are_derived() -> None:
    found = decided(build.units(STRONG, 0.9, 0.7), build.moments(0.7, 0.7, 0.7), CHILD)
    assert found == (Relation.DERIVED, Reason.RETAINED)


def test_gains_kept_by_the_reference_are_derived_without_a_direction() -> None:
    kept = build.retention(
        reverse_ratio=1.0,
        reverse_ratio_low=0.93,
        reverse_ratio_high=1.1,
        reverse_matrix_slope=0.9,
    )
    found = decided(build.units(STRONG, 0.9, 0.7), build.moments(0.7, 0.7, 0.9), kept)
    assert found == (Relation.DERIVED, Reason.RETAINED_BY_REFERENCE)


def test_lost_gains_are_a_shared_start() -> None:
    found = decided(build.units(STRONG, 0.9, 0.4), build.moments(0.4, 0.4, 0.4), TWIN)
    assert found == (Relation.SHARED_INIT, Reason.ONLY_START_SHARED)


def test_folded_gains_are_not_taken_for_a_shared_start() -> None:
    folded = build.retention(
        ratio=0.01,
        ratio_low=0.0,
        ratio_high=0.02,
        reverse_ratio_high=0.02,
        matrix_slope=0.99,
        matrix_pearson=0.97,
        effective_gain_pearson=0.97,
    )
    found = decided(build.units(STRONG, 0.9, 0.9), build.moments(0.97, 0.99, 0.96), folded)
    assert found[0] is not Relation.SHARED_INIT


def test_twins_that_learnt_alike_are_not_taken_for_a_child() -> None:
    kept = build.retention(
        ratio=1.7,
        ratio_low=1.06,
        ratio_high=2.34,
        reverse_ratio=1.24,
        reverse_ratio_low=0.66,
        reverse_ratio_high=1.83,
        matrix_slope=0.33,
        reverse_matrix_slope=0.3,
    )
    found = decided(build.units(STRONG, 0.64, 0.33), build.moments(0.32, 0.33, 0.3), kept)
    assert found == (Relation.INCONCLUSIVE, Reason.NOT_SEPARATED)


@pytest.mark.parametrize("limits", [(0.5, 0.95), (0.7, 1.2), (None, None)])
def test_in_between_is_inconclusive_and_never_derived(
    limits: tuple[float | None, float | None],
) -> None:
    kept = build.retention(
        ratio=0.7,
        ratio_low=limits[0],
        ratio_high=limits[1],
        reverse_ratio_low=limits[0],
        reverse_ratio_high=limits[1],
        matrix_slope=0.8,
        matrix_pearson=0.8,
        effective_gain_pearson=0.7,
    )
    found = decided(build.units(STRONG, 0.9, 0.8), build.moments(0.8, 0.8, 0.8), kept)
    assert found == (Relation.INCONCLUSIVE, Reason.NOT_SEPARATED)


def test_a_stranger_reordered_to_fit_is_not_accused() -> None:
    found = decided(
        build.units(-500.0, 0.38, 0.18, 0.15), build.swap(-130.0, 0.17), build.moments(0.17), CHILD
    )
    assert found == (Relation.INCONCLUSIVE, Reason.ORDER_SHARED)


def test_a_shared_basis_without_layers_is_kin_without_descent() -> None:
    found = decided(build.units(0.0), build.swap(-20.0, 0.4), POWERFUL)
    assert found == (Relation.INCONCLUSIVE, Reason.BASIS_SHARED)


def test_borrowed_embeddings_are_named() -> None:
    held = build.tensor().model_copy(
        update={"group": "embedding", "slope": 1.1, "reverse_slope": 0.8}
    )
    evidence = build.units(0.0), build.swap(-20.0, 0.1)
    found = decided(*evidence, embedding_pearson=0.97, tensors=(held,))
    assert found == (Relation.DERIVED, Reason.EMBEDDINGS_ONLY)
    # A wide start that both hardly left: as alike, and neither holds more of the other.
    start = held.model_copy(update={"slope": 0.998, "reverse_slope": 0.998})
    found = decided(*evidence, embedding_pearson=0.998, tensors=(start,))
    assert found == (Relation.INCONCLUSIVE, Reason.BASIS_SHARED)


def test_twins_that_hardly_left_their_start_are_not_called_copies() -> None:
    # Really trained: stochastic gradient descent from one seed on two texts.
    slopes = {"matrix_slope": 1.0, "reverse_matrix_slope": 1.0, "matrix_pearson": 0.998}
    gains = {"gain_slope": 0.21, "reverse_gain_slope": 0.42, "gain_pearson": 0.3}
    ratios = {"ratio": 0.21, "ratio_low": 0.15, "ratio_high": 0.27}
    reverse = {"reverse_ratio": 0.42, "reverse_ratio_low": 0.08, "reverse_ratio_high": 0.76}
    twin = build.retention(**slopes, **gains, **ratios, **reverse, effective_gain_pearson=0.97)
    evidence = build.units(STRONG, 1.0, 0.99), build.moments(0.988, 0.98, 0.99)
    assert decided(*evidence, twin) == (Relation.SHARED_INIT, Reason.ONLY_START_SHARED)
    wide = {"ratio_high": 0.93, "reverse_ratio_high": 0.93}
    assert decided(*evidence, twin.model_copy(update=wide))[0] is Relation.INCONCLUSIVE
    # Where one side's gains were folded away, effective gains speak instead.
    folded = twin.model_copy(update={"gain_slope": 0.01, "reverse_gain_slope": 1.0})
    assert decided(*evidence, folded)[0] is Relation.REUSED


def test_a_few_planted_units_are_no_shared_start() -> None:
    planted = build.units(STRONG, 0.1, 0.95), build.moments(0.07, 0.07, 0.07)
    assert decided(*planted, TWIN) == (Relation.INCONCLUSIVE, Reason.NOT_SEPARATED)
    faint = build.units(STRONG, 0.3, 0.3), build.moments(0.2, 0.2, 0.2)
    assert decided(*faint, TWIN)[0] is Relation.SHARED_INIT


@pytest.mark.parametrize("found", [build.search(STRONG), build.order(STRONG)])
def test_searched_layers_and_kept_order_count_as_units_in_place(found: Evidence) -> None:
    assert decided(found, build.moments(0.7, 0.7, 0.7), CHILD)[0] is Relation.DERIVED


@pytest.mark.parametrize(
    "power",
    [
        build.power(None, 0.05, 0.1),
        build.power(0.01, None, 0.1),
        build.power(0.01, 0.05, None),
        build.power(0.4, 0.05, 0.1),
        build.power(0.01, 0.6, 0.1),
        build.power(0.01, 0.05, 0.4),
        None,
    ],
)
def test_no_evidence_needs_power_on_every_route(power: Evidence | None) -> None:
    evidence = (build.units(0.0), *(() if power is None else (power,)))
    assert decided(*evidence) == (Relation.INCONCLUSIVE, Reason.POWER_TOO_SMALL)


def test_a_part_without_hidden_units_needs_no_power_on_them() -> None:
    one_route = build.power(None, None, 0.2, has_units=False)
    assert decided(build.swap(0.0), one_route)[0] is Relation.NO_EVIDENCE
    weak = build.power(None, None, 0.5, has_units=False)
    assert decided(build.swap(0.0), weak)[0] is Relation.INCONCLUSIVE


def test_no_evidence_needs_coverage() -> None:
    found = decided(build.units(0.0), POWERFUL, coverage=0.3)
    assert found == (Relation.INCONCLUSIVE, Reason.COVERAGE_TOO_SMALL)


def test_nothing_tested_is_never_no_evidence() -> None:
    found = decided(POWERFUL)
    assert found == (Relation.INCONCLUSIVE, Reason.NOTHING_EXCHANGEABLE)
    assert decided(POWERFUL, coverage=0.0) == (Relation.INCONCLUSIVE, Reason.SHAPES_DIFFER)


def test_constants_are_no_evidence_of_anything() -> None:
    empty = (build.tensor(fixed=True), build.tensor(fixed=True))
    for evidence in ((), (build.units(0.0), POWERFUL)):
        found = decided(*evidence, tensors=empty)
        assert found == (Relation.INCONCLUSIVE, Reason.CONSTANT)
    some = (build.tensor(fixed=True), build.tensor())
    assert decided(build.units(0.0), POWERFUL, tensors=some)[0] is Relation.NO_EVIDENCE


def test_no_counterpart_is_not_testable() -> None:
    assert decided(counterpart=None) == (Relation.NOT_TESTABLE, Reason.NO_COUNTERPART)


def test_p_values_are_corrected_for_every_test_of_every_reference() -> None:
    one = decided(build.units(-6.2, 0.5, 0.9), build.moments(0.99, 1.0, 1.0))
    assert one[0] is Relation.REUSED
    many = [build.swap(0.0) for _ in range(9)]
    corrected = decided(build.units(-6.2, 0.5, 0.9), *many, build.moments(0.99), POWERFUL)
    assert corrected[0] is Relation.NO_EVIDENCE


def test_holm_steps_down() -> None:
    assert holm([-3.0, -1.0, -2.0]) == pytest.approx((-2.5229, -1.0, -1.699), abs=1e-3)
    assert holm([]) == ()


def test_judging_again_changes_nothing() -> None:
    report = build.report(
        (build.result(),), (build.units(STRONG, 0.99, 0.99), build.moments(0.985, 1.0, 0.98))
    )
    once = judge(report, "default")
    assert once.verdict.relation is Relation.REUSED
    assert not once.verdict.passed
    assert judge(once, "default") == once


def test_the_press_rule_stands_beside_the_calibrated_test() -> None:
    report = build.report((build.result(),), (build.units(0.0), build.moments(0.985), POWERFUL))

    def rules(judged: AuditReport) -> set[str]:
        return {f.rule for f in judged.verdict.findings if f.level == "error"}

    assert rules(judge(report, "default")) == set()
    pressed = judge(report, "press-2026")
    assert rules(pressed) == {"DKJ301"}
    assert pressed.components[0].relation is Relation.NO_EVIDENCE


def test_findings_point_at_their_evidence() -> None:
    report = build.report(
        (build.result(),), (build.digest(), build.units(STRONG, 0.99, 0.99), build.moments(0.985))
    )
    judged = judge(report, "default")
    finding = next(f for f in judged.verdict.findings if f.rule == "DKJ101")
    assert [judged.evidence[place].kind for place in finding.evidence] == [
        "digest",
        "units",
        "moments",
    ]


def test_nothing_audited_is_no_acquittal() -> None:
    assert not judge(build.report((), ()), "default").verdict.conclusive


def test_a_component_is_undecided_until_every_reference_is_excluded() -> None:
    open_question = judge(build.report((build.result(),), (build.units(0.0),)), "default")
    assert not open_question.verdict.conclusive
    closed = judge(build.report((build.result(),), (build.units(0.0), POWERFUL)), "default")
    assert closed.verdict.conclusive
    assert closed.verdict.passed
