from __future__ import annotations

from functools import cache

import pytest

from dokja.document.audit import (
    AuditReport,
    Evidence,
    Grid,
    RetentionEvidence,
    SelfTestEvidence,
    TensorFigures,
)
from dokja.policy.rules import RULES, Case, Message, Rule
from dokja.testing import ConformanceError, check_rule, sample_report
from dokja.testing.rules import messages_of
from tests.support import facts as build
from tests.support.reports import BUILDERS

_WHO = {
    "component": "language_model",
    "reference": "/models/reference",
    "reference_component": "language_model",
}


def _tuned_long() -> AuditReport:
    """Twins everywhere, gains kept as well as matrices: a child."""
    report = sample_report(pearson=0.8)
    unknown = dict.fromkeys(
        name for name in RetentionEvidence.model_fields if name not in {*_WHO, "kind", "n_layers"}
    )
    kept = {"matrix_slope": 0.8, "gain_slope": 0.8, "ratio": 1.0, "matrix_pearson": 0.8}
    limits = {"ratio_low": 0.97, "ratio_high": 1.03, "gain_pearson": 0.8}
    child = RetentionEvidence.model_validate({**_WHO, "n_layers": 8, **unknown, **kept, **limits})
    return AuditReport.model_validate({**dict(report), "evidence": (*report.evidence, child)})


def _guarded() -> AuditReport:
    """A reference whose units stand in a telling order."""
    report = sample_report(pearson=0.0)
    guard = SelfTestEvidence.model_validate(
        {
            **_WHO,
            "passed": False,
            "norm_against_index_z": 40.0,
            "neighbours_alike_z": 3.0,
            "duplicate_units": 0,
            "zero_units": 0,
            "matching_layers": (),
            "notes": (),
        }
    )
    return AuditReport.model_validate({**dict(report), "evidence": (*report.evidence, guard)})


def _poisoned() -> AuditReport:
    """Some weights are NaN."""
    report = sample_report()
    result = report.components[0]
    tensor = {**dict(result.tensors[0]), "n_nonfinite": 3}
    changed = {**dict(result), "tensors": (tensor,)}
    return AuditReport.model_validate({**dict(report), "components": (changed,)})


def _powerless() -> AuditReport:
    """Strangers, but nobody knows what would have been found."""
    report = sample_report(pearson=0.0)
    kept = tuple(item for item in report.evidence if item.kind != "power")
    return AuditReport.model_validate({**dict(report), "evidence": kept})


def _kin_with(*evidence: Evidence, tensors: tuple[TensorFigures, ...] = ()) -> AuditReport:
    """Near copies, and something more that is known of them."""
    strong = build.units(-50.0, 0.99, 0.99), build.moments(0.99, 1.0, 0.99)
    return build.report((build.result(tensors=tensors),), (*strong, *evidence))


def _steps_of_kin() -> tuple[AuditReport, ...]:
    """Kin with a small step of each kind between them, and a part that is shared alone."""
    grid = Grid(format="int4", group=32, share=1.0, rounded_share=0.99)
    rows = (build.tensor(layer=0, pearson=0.99), build.tensor(layer=1, pearson=0.01))
    return (
        _kin_with(build.mixture(weight=0.3, low=0.27, high=0.33)),
        _kin_with(build.steps(rank=8.0, rank_limit=64.0, low_rank_share=1.0)),
        _kin_with(build.steps(subject_grid=grid)),
        _kin_with(build.steps(zero_share=0.5, zeros_smallest=1.0)),
        _kin_with(build.steps(white_ratio=1.0, spread=0.01)),
        _kin_with(build.steps(frozen_layers=(0,), n_layers=4)),
        _kin_with(tensors=rows),
        _kin_with(build.tokenizers(), build.vocabulary(n_moved=1000, number_effect=0.0)),
        _kin_with(build.canaries()),
        _kin_with(build.heads(moved_share=0.5)),
    )


@cache
def _examples() -> tuple[AuditReport, ...]:
    """Return reports of many stories, among which each rule finds its two examples."""
    return (
        *(builder() for builder in BUILDERS.values()),
        sample_report(),
        sample_report(pearson=0.0),
        _tuned_long(),
        _guarded(),
        _poisoned(),
        _powerless(),
        *_steps_of_kin(),
    )


@pytest.mark.parametrize("name", RULES.names())
def test_rule_keeps_the_laws(name: str) -> None:
    rule = RULES.get(name)
    assert rule.id == name
    said = [bool(messages_of(rule, report)) for report in _examples()]
    assert True in said, "no example makes the rule speak"
    assert False in said, "every example makes the rule speak"
    check_rule(
        rule,
        fires_on=_examples()[said.index(True)],
        silent_on=_examples()[said.index(False)],
    )


def _broken(**changes: object) -> Rule:
    good = RULES.get("DKJ101")
    return Rule(**{"id": good.id, "summary": good.summary, "check": good.check, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "law"),
    [
        (_broken(id="no id"), "the id"),
        (_broken(check=lambda _: iter(())), "fires on its positive"),
        (
            _broken(check=lambda _: iter([Message(RULES.get("DKJ101").summary, ())])),
            "silent on its negative",
        ),
    ],
)
def test_broken_rule_is_named_with_its_law(rule: Rule, law: str) -> None:
    with pytest.raises(ConformanceError, match=law):
        check_rule(rule, fires_on=sample_report(), silent_on=sample_report(pearson=0.0))


def test_rule_that_points_nowhere_is_caught() -> None:
    def check(case: Case) -> object:
        for message in RULES.get("DKJ101").check(case):
            yield Message(message.text, (99,))

    with pytest.raises(ConformanceError, match="evidence that exists"):
        check_rule(
            _broken(check=check), fires_on=sample_report(), silent_on=sample_report(pearson=0.0)
        )
