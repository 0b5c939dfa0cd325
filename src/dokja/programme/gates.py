"""Conditions that no score makes up for: who meets them, who does not, and on what ground.

The module knows rulings, stored reports, ticks and thresholds, never ranks or places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dokja.document.audit import AuditReport, Relation
from dokja.document.number import Known, weakest, written
from dokja.document.review import ReviewReport
from dokja.document.round_facts import AuditInput, ReviewInput, Ruling, TickCount
from dokja.document.round_report import GateResult, ViewResult
from dokja.document.round_rules import AuditRule, ReviewRule, RulingRule, TickRule
from dokja.programme.review_gate import review_outcome
from dokja.programme.ticks import tick_outcome
from dokja.programme.wording import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dokja.document.common import Localized
    from dokja.document.round import RoundFile
    from dokja.document.round_facts import GateInput
    from dokja.document.round_rules import Gate, ThresholdRule
    from dokja.programme.audits import StoredReport
    from dokja.programme.standing import Score
    from dokja.programme.table import Table

__all__ = ["judge_gates"]

Outcome = Literal["pass", "fail", "unknown"]
Basis = Literal["ruling", "audit", "review", "ticks", "threshold", "nothing"]


def judge_gates(
    found: RoundFile,
    table: Table,
    scores: Mapping[str, Score],
    audits: Mapping[str, StoredReport],
) -> tuple[GateResult, ...]:
    """Judge every gate for every team that has not withdrawn.

    Parameters
    ----------
    found
        The round.
    table
        Results, among them ticks of single experts.
    scores
        Points of each team, for thresholds.
    audits
        Stored audits and reviews by digest.

    Returns
    -------
    tuple of GateResult
        Gates in the order of the round, teams within; a ruling comes before any other ground.
    """
    return tuple(
        _one(found, gate, team, table, scores[team], audits)
        for gate in found.gates
        for team in scores
    )


def _one(  # noqa: PLR0917 - one call site
    found: RoundFile,
    gate: Gate,
    team: str,
    table: Table,
    score: Score,
    audits: Mapping[str, StoredReport],
) -> GateResult:
    mine = [given for given in found.gate_inputs if (given.gate, given.team) == (gate.id, team)]
    usable = [given for given in mine if _accepted(found, given)]
    rulings = [given for given in usable if isinstance(given, Ruling)]
    if rulings:
        return _ruled(gate, team, rulings)
    rule = gate.rule
    if isinstance(rule, RulingRule):
        return _unruled(gate, team, rule)
    if isinstance(rule, AuditRule | ReviewRule):
        return _stored(gate, team, rule, usable, audits)
    if isinstance(rule, TickRule):
        counts = [given for given in usable if isinstance(given, TickCount)]
        outcome, views, reason = tick_outcome(gate, rule, counts, table, team)
        confidence = weakest(*(count.confidence for count in counts))
        source = next((count.source for count in counts if count.source), None)
        basis: Basis = "ticks" if views or outcome != "unknown" else "nothing"
        return _result(
            gate, team, outcome, basis, reason, views=views, source=source, confidence=confidence
        )
    return _threshold(gate, team, rule, score)


def _accepted(found: RoundFile, given: GateInput) -> bool:
    mark = None if isinstance(given, AuditInput | ReviewInput) else given.confidence
    return mark is None or mark in found.accept


def _result(
    gate: Gate,
    team: str,
    outcome: Outcome,
    basis: Basis,
    reason: Localized,
    **rest: object,
) -> GateResult:
    return GateResult.model_validate(
        {
            "gate": gate.id,
            "team": team,
            "when": gate.when,
            "outcome": outcome,
            "basis": basis,
            "reason": reason,
            **rest,
        }
    )


# -- rulings --------------------------------------------------------------------------------------


def _ruled(gate: Gate, team: str, rulings: Sequence[Ruling]) -> GateResult:
    views = tuple(
        ViewResult(view=given.view, outcome=given.outcome, reason=given.reason)
        for given in rulings
        if given.view is not None
    )
    failed = any(given.outcome == "fail" for given in rulings)
    whole = any(given.view is None for given in rulings)
    complete = whole or {view.view for view in views} == set(gate.views)
    outcome: Outcome = "fail" if failed else "pass" if complete else "unknown"
    reason = next((given.reason for given in rulings if given.reason is not None), None)
    words = {
        "fail": say(
            "ruled that it does not meet the condition", "조건을 충족하지 못했다고 판정했습니다"
        ),
        "pass": say("ruled that it meets the condition", "조건을 충족했다고 판정했습니다"),
        "unknown": say("not every view was ruled on", "일부 관점의 판정이 없습니다"),
    }[outcome]
    said = words if reason is None else say(f"{words.en}: {reason.en}", f"{words.ko}: {reason.ko}")
    return _result(
        gate,
        team,
        outcome,
        "ruling",
        said,
        views=views,
        source=next((given.source for given in rulings if given.source), None),
        confidence=weakest(*(given.confidence for given in rulings)),
    )


def _unruled(gate: Gate, team: str, rule: RulingRule) -> GateResult:
    if rule.unruled == "pass":
        reason = say(
            "nothing was ruled against it, which passes under this round's rule",
            "불충족 판정이 없으며, 이 라운드의 규칙에 따라 통과로 봅니다",
        )
        return _result(gate, team, "pass", "nothing", reason)
    return _result(gate, team, "unknown", "nothing", say("nothing was ruled", "판정이 없습니다"))


# -- audits ---------------------------------------------------------------------------------------


def _stored(
    gate: Gate,
    team: str,
    rule: AuditRule | ReviewRule,
    usable: Sequence[GateInput],
    audits: Mapping[str, StoredReport],
) -> GateResult:
    kind = AuditInput if isinstance(rule, AuditRule) else ReviewInput
    inputs = [given for given in usable if isinstance(given, kind)]
    if not inputs:
        reason = (
            say("there is no audit report", "감사 보고서가 없습니다")
            if kind is AuditInput
            else say("there is no review of independence", "독자성 심사 보고서가 없습니다")
        )
        return _result(gate, team, "unknown", "nothing", reason)
    results = [_one_stored(gate, team, rule, given, audits.get(given.digest)) for given in inputs]
    # Of several reports the worst outcome counts: a submission is a set of artefacts.
    order = ("fail", "unknown", "pass")
    return min(results, key=lambda result: order.index(result.outcome))


def _one_stored(
    gate: Gate,
    team: str,
    rule: AuditRule | ReviewRule,
    given: AuditInput | ReviewInput,
    report: StoredReport | None,
) -> GateResult:
    if isinstance(rule, AuditRule) and isinstance(report, AuditReport):
        outcome, reason = _audit_outcome(rule, report)
        return _result(gate, team, outcome, "audit", reason, digest=given.digest)
    if isinstance(rule, ReviewRule) and isinstance(report, ReviewReport):
        outcome, views, reason = review_outcome(rule, report)
        return _result(gate, team, outcome, "review", reason, digest=given.digest, views=views)
    reason = say(
        f"the report {given.path} was not read", f"보고서 {given.path}을(를) 읽지 않았습니다"
    )
    return _result(gate, team, "unknown", "nothing", reason, digest=given.digest)


def _audit_outcome(rule: AuditRule, report: AuditReport) -> tuple[Outcome, Localized]:
    looked_at = [
        part
        for part in report.components
        if not rule.components or part.component in rule.components
    ]
    broken = sorted({part.component for part in looked_at if part.relation in rule.fails_on})
    if broken:
        listed = ", ".join(broken)
        return "fail", say(
            f"the audit found a forbidden relation in: {listed}",
            f"감사에서 허용되지 않는 관계가 확인되었습니다: {listed}",
        )
    if rule.needs_pass and not report.verdict.passed:
        return "fail", say(
            f"the audit did not pass under the policy {report.verdict.policy}",
            f"감사가 정책 {report.verdict.policy}을(를) 통과하지 못했습니다",
        )
    missing = sorted(set(rule.components) - {part.component for part in looked_at})
    weak = {Relation.INCONCLUSIVE, Relation.NOT_TESTABLE}
    open_ = sorted({part.component for part in looked_at if part.relation in weak} | set(missing))
    if open_ or not looked_at:
        listed = ", ".join(open_) or "—"
        return rule.inconclusive, say(
            f"the audit leaves open: {listed}", f"감사에서 결론이 나지 않았습니다: {listed}"
        )
    return "pass", say(
        "the audit found no forbidden relation", "감사에서 허용되지 않는 관계가 나오지 않았습니다"
    )


# -- thresholds -----------------------------------------------------------------------------------


def _threshold(gate: Gate, team: str, rule: ThresholdRule, score: Score) -> GateResult:
    figure = score.figure(rule.of)
    least = written(rule.least)
    low = figure.value if isinstance(figure, Known) else getattr(figure, "low", None)
    high = figure.value if isinstance(figure, Known) else getattr(figure, "high", None)
    outcome: Outcome = "unknown"
    if low is not None and low >= rule.least:
        outcome = "pass"
    elif high is not None and high < rule.least:
        outcome = "fail"
    got = written(figure.value) if isinstance(figure, Known) else "?"
    reason = say(f"{got} of at least {least} points", f"기준 {least}점, 획득 {got}점입니다")
    confidence = figure.confidence if isinstance(figure, Known) else None
    return _result(gate, team, outcome, "threshold", reason, confidence=confidence)
