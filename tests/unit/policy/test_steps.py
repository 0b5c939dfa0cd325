"""What follows from a mixture, from a small step and from a part, and what must not."""

from __future__ import annotations

from typing import Any

import pytest

from dokja.document.audit import Evidence, Grid, Relation, StepsEvidence
from dokja.policy import judge, load_policy
from dokja.policy.facts import collect_facts
from dokja.policy.mixture import mixed_by
from dokja.policy.partial import runs, shared_part
from dokja.policy.relation import Decision, Reason, decide
from dokja.policy.steps import direction_of_step, is_low_rank, is_noise, later_by_grid, pruned_side
from tests.support import facts as build

STRONG = -50.0
THRESHOLDS = load_policy("default").thresholds
INT4 = Grid(format="int4", group=32, share=1.0, rounded_share=1.0)
UNDECIDED = (build.units(STRONG, 0.9, 0.4), build.moments(0.3, 0.3, 0.5))


def decided(*evidence: Evidence, **result: Any) -> Decision:
    report = build.report((build.result(**result),), evidence)
    (facts,) = collect_facts(report)
    return decide(facts, THRESHOLDS)


def test_a_minor_parent_is_derived_once_the_major_one_is_given() -> None:
    assert decided(*UNDECIDED).relation is Relation.INCONCLUSIVE
    found = decided(*UNDECIDED, build.mixture())
    assert (found.relation, found.reason) == (Relation.DERIVED, Reason.MIXTURE)
    assert found.direction == "from_reference"


@pytest.mark.parametrize(
    "change",
    [
        {"low": -0.01},
        {"low": None, "high": None},
        {"low": 0.01, "weight": 0.02},
        {"weight": 0.98, "weight_sum": 1.0, "low": 0.97, "high": 0.99, "largest_weight": 0.98},
        {"least_weight": -0.4},
        {"largest_weight": 1.4},
    ],
)
def test_what_has_no_part_or_lies_outside_is_not_lifted(change: dict[str, Any]) -> None:
    assert decided(*UNDECIDED, build.mixture(**change)).relation is Relation.INCONCLUSIVE


def test_a_mixture_tuned_on_needs_the_test_and_the_gains() -> None:
    healed = {"added_share": 0.8, "residual_share": 0.05}
    assert decided(*UNDECIDED, build.mixture(**healed)).reason is Reason.MIXTURE
    for change in (
        {"log10_p": None},
        {"log10_p": -2.0},
        {"gain_ratio_low": 0.3},
        {"gain_ratio_low": None},
        {"in_place_cosine": 0.25},
        {"in_place_share": 0.001},
    ):
        told = decided(*UNDECIDED, build.mixture(**healed, **change))
        assert told.reason is Reason.NOT_SEPARATED, change


def test_changes_taken_over_by_one_factor_are_a_part() -> None:
    dropped = {"added_share": 0.3, "residual_share": 0.3, "gain_ratio_low": 0.3}
    assert decided(*UNDECIDED, build.mixture(**dropped)).reason is Reason.NOT_SEPARATED
    taken = decided(*UNDECIDED, build.mixture(**dropped, one_factor=1.7, one_factor_share=0.4))
    assert (taken.relation, taken.reason) == (Relation.DERIVED, Reason.CHANGES_TAKEN)
    few = decided(*UNDECIDED, build.mixture(**dropped, one_factor=1.7, one_factor_share=0.1))
    assert few.reason is Reason.NOT_SEPARATED


def test_weights_without_any_unit_in_place_prove_nothing() -> None:
    stranger = build.units(0.0), build.power(0.1, 0.1, 0.1)
    assert decided(*stranger, build.mixture(log10_p=-1.0)).relation is Relation.NO_EVIDENCE


def test_the_test_of_what_is_left_is_paid_for() -> None:
    item = build.mixture(log10_p=-6.0)
    report = build.report((build.result(),), (build.units(-6.0), item))
    (facts,) = collect_facts(report)
    assert facts.corrected["mixture"] > -6.0
    silent = build.report((build.result(),), (build.units(-6.0), build.mixture(log10_p=None)))
    (facts,) = collect_facts(silent)
    assert "mixture" not in facts.corrected


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({}, "linear"),
        ({"weight_sum": 1.4, "norm_ratio": 1.0}, "sphere"),
        ({"weight_sum": 1.4, "norm_ratio": 0.8}, "plain"),
        ({"base": "b", "change_weight": 0.5, "unchanged_share": 0.01}, "task"),
        (
            {"base": "b", "change_weight": 0.5, "unchanged_share": 0.6, "kept_largest": 0.9},
            "trimmed",
        ),
        (
            {"base": "b", "change_weight": 0.5, "unchanged_share": 0.6, "kept_largest": 0.5},
            "dropped",
        ),
        (
            {"base": "b", "change_weight": 0.5, "unchanged_share": 0.6, "kept_largest": 0.7},
            "sparse",
        ),
    ],
)
def test_the_way_of_mixing_is_named(fields: dict[str, Any], key: str) -> None:
    assert mixed_by(build.mixture(**fields)).key == key


def test_training_is_none_of_the_small_steps() -> None:
    item = build.steps()
    assert not is_low_rank(item, THRESHOLDS)
    assert not is_noise(item, THRESHOLDS)
    assert later_by_grid(item, THRESHOLDS) is None
    assert pruned_side(item, THRESHOLDS) is None
    assert direction_of_step(item, THRESHOLDS) is None


@pytest.mark.parametrize(
    ("item", "later"),
    [
        (build.steps(subject_grid=INT4), "subject"),
        (build.steps(reference_grid=INT4), "reference"),
        (build.steps(subject_grid=INT4, reference_grid=INT4), None),
        (build.steps(zero_share=0.5, zeros_smallest=0.99), "subject"),
        (build.steps(reference_zero_share=0.5, zeros_smallest=0.99), "reference"),
        (build.steps(zero_share=0.5, zeros_smallest=0.5), None),
        (build.steps(zero_share=0.5, reference_zero_share=0.4, zeros_smallest=0.99), None),
        (build.steps(low_rank_share=1.0, carried_low=-0.1, carried_high=0.1), "subject"),
        (build.steps(low_rank_share=1.0, carried_low=0.9, carried_high=1.1), "reference"),
        (build.steps(low_rank_share=1.0, carried_low=0.3, carried_high=0.7), None),
        (build.steps(low_rank_share=0.2, carried_low=-0.1, carried_high=0.1), None),
    ],
)
def test_the_kind_of_a_step_tells_which_is_later(item: StepsEvidence, later: str | None) -> None:
    assert direction_of_step(item, THRESHOLDS) == later
    copy = (build.units(STRONG, 0.99, 0.99), build.moments(0.99, 1.0, 0.99))
    expected = {"subject": "from_reference", "reference": "to_reference", None: "undetermined"}
    assert decided(*copy, item).direction == expected[later]


def test_zeros_that_rounding_made_are_no_pruning_and_its_error_no_noise() -> None:
    white = {"white_ratio": 1.0, "spread": 0.01}
    assert is_noise(build.steps(**white), THRESHOLDS)
    assert not is_noise(build.steps(**white, subject_grid=INT4), THRESHOLDS)
    assert not is_noise(build.steps(**white, rounding_share=0.9), THRESHOLDS)
    assert not is_noise(build.steps(**white, zero_share=0.5), THRESHOLDS)
    assert pruned_side(build.steps(zero_share=0.13, subject_grid=INT4), THRESHOLDS) is None


def test_layers_that_were_taken_are_named_and_derived() -> None:
    rows = tuple(build.tensor(layer=n, pearson=1.0 if n < 2 else 0.01) for n in range(6))
    part = shared_part(build.result(tensors=rows), THRESHOLDS)
    assert part is not None
    assert part.layers == (0, 1)
    assert part.share == pytest.approx(1 / 3)
    told = decided(*UNDECIDED, tensors=rows)
    assert (told.relation, told.reason) == (Relation.DERIVED, Reason.PART_TAKEN)
    report = judge(build.report((build.result(tensors=rows),), UNDECIDED))
    assert "0\u20131" in report.components[0].reason.en
    assert "DKJ507" in {finding.rule for finding in report.verdict.findings}


def test_twins_are_no_part() -> None:
    """Of a shared start all matrices keep something, so that none is quite alien."""
    rows = tuple(build.tensor(layer=n, pearson=0.95 if n < 2 else 0.3) for n in range(6))
    assert shared_part(build.result(tensors=rows), THRESHOLDS) is None
    assert decided(*UNDECIDED, tensors=rows).reason is Reason.NOT_SEPARATED
    rows = tuple(build.tensor(layer=n, pearson=0.15) for n in range(6))
    assert shared_part(build.result(tensors=rows), THRESHOLDS) is None


def test_a_kind_of_matrices_that_was_taken_is_named() -> None:
    rows = (
        *(build.tensor(layer=n, group="attention", pearson=0.99) for n in range(4)),
        *(build.tensor(layer=n, group="mlp", pearson=0.0) for n in range(4)),
    )
    part = shared_part(build.result(tensors=rows), THRESHOLDS)
    assert part is not None
    assert (part.layers, part.groups) == ((), ("attention",))
    report = judge(build.report((build.result(tensors=rows),), UNDECIDED))
    assert "attention" in report.components[0].reason.en
    assert "어텐션" in report.components[0].reason.ko


def test_strangers_are_no_part() -> None:
    rows = tuple(build.tensor(layer=n, pearson=0.01) for n in range(6))
    assert shared_part(build.result(tensors=rows), THRESHOLDS) is None


def test_runs_of_numbers() -> None:
    assert runs([]) == ""
    assert runs([3]) == "3"
    assert runs([0, 1, 2, 5, 7, 8]) == "0\u20132, 5, 7\u20138"
