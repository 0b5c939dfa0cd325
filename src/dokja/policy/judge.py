"""Judging: a stored report's evidence under a policy, without any weights.

A pure function: the same evidence and the same policy give the same relations, findings and
verdict. Relations that stand in the report already are not looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.document.audit import (
    AuditReport,
    ComponentResult,
    Finding,
    InPlacePower,
    LeastDetectable,
    PowerEvidence,
    Relation,
    Verdict,
)
from dokja.document.common import Localized
from dokja.errors import PolicyError
from dokja.policy.facts import Facts, collect_facts
from dokja.policy.policy import Policy, load_policy
from dokja.policy.relation import Decision, decide
from dokja.policy.rules import RULES, Case
from dokja.policy.step_rules import beside_reason
from dokja.policy.undoing import undone
from dokja.policy.wording import reason_text, summary_text, verdict_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["check_rules", "judge"]

STRENGTH = {relation: strength for strength, relation in enumerate(Relation)}
KIN = frozenset({Relation.VERBATIM, Relation.REUSED, Relation.DERIVED})
LEVELS = ("error", "warning", "note")


def judge(report: AuditReport, policy: Policy | str | Path = "default") -> AuditReport:
    """Judge a report under a policy.

    Parameters
    ----------
    report
        A report; its relations and verdict, if any, are replaced.
    policy
        The policy, its name, or the path of its file.

    Returns
    -------
    AuditReport
        The same evidence with relations, findings and verdict under `policy`.

    Raises
    ------
    PolicyError
        If the policy cannot be read.
    """
    if not isinstance(policy, Policy):
        policy = load_policy(policy)
    check_rules(policy)
    facts = collect_facts(report)
    decisions = [decide(item, policy.thresholds) for item in facts]
    components = _ordered(
        [_judged(item, decision, policy) for item, decision in zip(facts, decisions, strict=True)]
    )
    findings = _findings(_placed(zip(facts, decisions, strict=True), components), policy)
    provenance = report.provenance.model_validate(
        {**_fields(report.provenance), "policy_digest": policy.digest}
    )
    return AuditReport.model_validate(
        {
            **_fields(report),
            "components": components,
            "verdict": _verdict(components, findings, policy),
            "provenance": provenance,
        }
    )


def check_rules(policy: Policy) -> None:
    """Refuse a policy that names a rule there is not: a misspelt accusation would be silent.

    Parameters
    ----------
    policy
        The policy.

    Raises
    ------
    PolicyError
        If a rule is not known.
    """
    unknown = sorted({entry.rule for entry in policy.rules} - set(RULES.names()))
    if unknown:
        raise PolicyError(
            f"no such rule: {', '.join(unknown)}",
            uri=policy.name,
            context="rules",
            hint=f"Known are {', '.join(RULES.names())}.",
        )


def _fields(document: object) -> dict[str, object]:
    names = type(document).model_fields  # type: ignore[attr-defined]
    return {name: getattr(document, name) for name in names}


def _judged(facts: Facts, decision: Decision, policy: Policy) -> ComponentResult:
    reasons = (reason_text(decision), *beside_reason(facts, decision, policy.thresholds))
    return ComponentResult.model_validate(
        {
            **_fields(facts.result),
            "relation": decision.relation,
            "reason": Localized(
                en=" ".join(reason.en for reason in reasons),
                ko=" ".join(reason.ko for reason in reasons),
            ),
            "level": decision.level,
            "log10_p": decision.log10_p,
            "direction": decision.direction,
            "least_detectable": _least_detectable(facts.power),
            "transformation": undone(facts, decision),
            "summary": summary_text(facts, decision),
        }
    )


def _least_detectable(power: PowerEvidence | None) -> LeastDetectable | None:
    if power is None:
        return None
    least: dict[tuple[str, float | None], float | None] = {
        (point.route, point.cosine): point.least for point in power.points
    }
    in_place = InPlacePower.model_validate(
        {f"cosine_{cosine}": least.get(("in_place", cosine)) for cosine in (0.9, 0.5, 0.2)}
    )
    return LeastDetectable(
        in_place=in_place,
        diffuse=least.get(("diffuse", None)),
        reindexed=least.get(("reindexed", None)),
    )


def _ordered(components: Sequence[ComponentResult]) -> tuple[ComponentResult, ...]:
    """Keep the subject's order of components; put the nearest reference first in each."""
    order = list(dict.fromkeys(result.component for result in components))

    def key(result: ComponentResult) -> tuple[int, int, float, float]:
        return (
            order.index(result.component),
            STRENGTH[result.relation],
            -(result.pearson.weighted or 0.0),
            result.log10_p or 0.0,
        )

    return tuple(sorted(components, key=key))


def _placed(
    judged: Iterable[tuple[Facts, Decision]], components: Sequence[ComponentResult]
) -> list[tuple[Facts, Decision]]:
    """Put what was judged into the order of the results, so that judging again changes nothing."""
    places = {_whose(result): place for place, result in enumerate(components)}
    return sorted(judged, key=lambda pair: places[_whose(pair[0].result)])


def _whose(result: ComponentResult) -> tuple[str, str | None, str | None]:
    return result.component, result.reference, result.reference_component


def _findings(judged: Sequence[tuple[Facts, Decision]], policy: Policy) -> tuple[Finding, ...]:
    active = [
        (rule, level) for rule in RULES.load_all() if (level := policy.level(rule.id)) != "off"
    ]
    found = [
        Finding(
            rule=rule.id,
            level=level,
            component=item.result.component,
            reference=item.result.reference,
            message=message.text,
            evidence=message.evidence,
        )
        for rule, level in active
        for item, decision in judged
        for message in rule.check(Case(item, decision, policy.thresholds))
    ]
    return tuple(sorted(found, key=lambda finding: LEVELS.index(finding.level)))


def _verdict(
    components: Sequence[ComponentResult], findings: Sequence[Finding], policy: Policy
) -> Verdict:
    names = {result.component for result in components}
    kin = {result.component for result in components if result.relation in KIN}
    undecided = {name for name in names - kin if not _is_decided(name, components)}
    passed = not any(finding.level == "error" for finding in findings)
    relations = [result.relation for result in components]
    strongest = min(relations, key=STRENGTH.__getitem__, default=Relation.NOT_TESTABLE)
    return Verdict(
        policy=policy.name,
        relation=strongest,
        passed=passed,
        conclusive=bool(names) and not undecided,
        findings=tuple(findings),
        summary=verdict_text(
            passed=passed,
            conclusive=bool(names) and not undecided,
            n_kin=len(kin),
            n_components=len(names),
        ),
    )


def _is_decided(component: str, components: Sequence[ComponentResult]) -> bool:
    """Whether a component that is nobody's kin was excluded from every reference that has one."""
    tested = [
        result
        for result in components
        if result.component == component and result.reference_component is not None
    ]
    open_relations = {Relation.INCONCLUSIVE, Relation.NOT_TESTABLE}
    return bool(tested) and all(result.relation not in open_relations for result in tested)
