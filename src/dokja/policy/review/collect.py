"""What audits and recorded runs say of each row, read out of their reports.

The module knows two kinds of reports, never a file or a tensor; nothing is measured here.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from dokja.document.audit import Relation
from dokja.document.review import Pointer
from dokja.policy.review.facts import Match, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dokja.document.audit import AuditReport, ComponentResult
    from dokja.document.recipe import Frozen
    from dokja.document.trajectory import TrajectoryFinding, TrajectoryReport

_FEW = 0.01
"""Share of a row whose start may go unsaid, such as biases."""

__all__ = ["audit_matches", "run_of_row", "tensor_components"]


def audit_matches(
    report: AuditReport,
    document: int,
    component: str | None,
    whose: Callable[[str, str], tuple[str, str | None, bool]],
) -> tuple[Match, ...]:
    """Return what an audit says of one component, for each of its references.

    Parameters
    ----------
    report
        The audit.
    document
        Its index into the review's evidence.
    component
        Component as the audit names it; None for all of them.
    whose
        From ``ref`` and digest of a reference to its name, its owner where one is known, and
        whether it is an earlier model of the maker's own.

    Returns
    -------
    tuple of Match
        In the order of the report.
    """
    digests = {reference.ref: reference.digest for reference in report.references}
    matches = []
    for place, result in enumerate(report.components):
        if component not in {None, result.component} or result.reference is None:
            continue
        digest = digests.get(result.reference, "")
        name, owner, own = whose(result.reference, digest)
        rules = {
            finding.rule
            for finding in report.verdict.findings
            if (finding.component, finding.reference) == (result.component, result.reference)
        }
        matches.append(
            Match(
                reference=name,
                relation=result.relation,
                reason=result.summary,
                pointer=Pointer(document=document, pointer=f"/components/{place}"),
                own=own,
                owner=owner,
                digest=digest or None,
                direction=result.direction,
                counterpart=_has_counterpart(result),
                coverage=result.coverage.parameters,
                findings=tuple(sorted(rules)),
            )
        )
    return tuple(matches)


def _has_counterpart(result: ComponentResult) -> bool:
    return not (result.relation is Relation.NOT_TESTABLE and result.reference_component is None)


def tensor_components(reports: Iterable[AuditReport]) -> dict[str, str]:
    """Return the component of each tensor of a subject, as audits laid them side by side.

    Parameters
    ----------
    reports
        Audits of one subject.

    Returns
    -------
    dict
        From the name of a tensor to its component; tensors that no audit paired are missing.
    """
    return {
        tensor.subject: result.component
        for report in reports
        for result in report.components
        for tensor in result.tensors
    }


def run_of_row(
    report: TrajectoryReport,
    document: int,
    component: str | None,
    *,
    ends_here: bool | None,
    components: Mapping[str, str],
    alone: bool = False,
) -> Run:
    """Return what a recorded run says of one component.

    Parameters
    ----------
    report
        The run.
    document
        Its index into the review's evidence.
    component
        The component; None for an artefact without any.
    ends_here
        Whether the run ends at what was submitted; None where that is not known.
    components
        Component of each tensor of the artefact.
    alone
        Whether the run is of this component alone, so that every tensor is its.

    Returns
    -------
    Run
        Contradictions of other components left out, where the tensors they name are all known.
    """
    mine = _members(component, components, alone=alone)
    concerning, uncertain = [], False
    for finding in report.findings:
        if finding.level != "contradiction":
            continue
        concerns = _concerns(finding, mine, components, alone=alone)
        if concerns:
            concerning.append((finding.rule, finding.message))
        uncertain = uncertain or concerns is None
    outcome = report.verdict.outcome
    if outcome == "contradicted" and not concerning and not uncertain:
        # What contradicts the run is in another component; this one was followed all the same.
        outcome = "consistent"
    return Run(
        pointer=Pointer(document=document, pointer="/verdict"),
        outcome=outcome,
        summary=report.verdict.summary,
        ends_here=ends_here,
        frozen=_frozen(report, mine, alone=alone),
        given=_given(report, mine, alone=alone),
        findings=tuple(concerning),
        uncertain=uncertain,
    )


def _members(
    component: str | None, components: Mapping[str, str], *, alone: bool
) -> frozenset[str]:
    if alone or component is None:
        return frozenset(components)
    return frozenset(name for name, held in components.items() if held == component)


def _concerns(
    finding: TrajectoryFinding,
    mine: frozenset[str],
    components: Mapping[str, str],
    *,
    alone: bool,
) -> bool | None:
    """Tell whether a finding is about a row; None where too few of its tensors are named."""
    if alone or not finding.tensors:
        return True
    if any(name in mine for name in finding.tensors):
        return True
    all_named = len(finding.tensors) >= finding.n_tensors
    all_known = all(name in components for name in finding.tensors)
    return False if all_named and all_known else None


def _frozen(
    report: TrajectoryReport, mine: frozenset[str], *, alone: bool
) -> Literal["none", "part", "all", "unknown"]:
    """Tell how much of a row the run did not train."""
    rules = report.recipe.frozen
    if not _is_whole(rules, report.recipe.steps):
        return "none"
    if any(rule.kinds for rule in rules) or not mine:
        # By kind: which tensors these are, only the architecture tells.
        return "all" if alone and report.verdict.frozen_share >= 1.0 else "unknown"
    held = {
        name
        for name in mine
        if _is_whole([rule for rule in rules if _named(name, rule.tensors)], report.recipe.steps)
    }
    return "none" if not held else "all" if held == mine else "part"


def _is_whole(rules: Iterable[Frozen], steps: int) -> bool:
    """Tell whether some rules, one after the other, leave no step in which a tensor moves."""
    reached = 0
    for rule in sorted(rules, key=lambda one: one.first_step):
        if rule.first_step > reached:
            break
        reached = max(reached, steps if rule.last_step is None else rule.last_step)
    return reached >= steps


def _given(
    report: TrajectoryReport, mine: frozenset[str], *, alone: bool
) -> Literal["none", "part", "all", "unknown"]:
    """Tell how much of a row began from weights that were there before, or nobody says from what.

    Unlike a component's last checkpoint, its first is named as the run names it.
    """
    fits = [fit for fit in report.start if alone or not mine or fit.name in mine]
    looked = sum(fit.n for fit in fits)
    given = sum(fit.n for fit in fits if fit.declared.startswith("given"))
    unsaid = sum(fit.n for fit in fits if fit.outcome == "not_declared")
    if not given and unsaid <= _FEW * looked:
        return "none"
    if not alone and not mine:
        return "unknown"
    return "all" if given + unsaid >= looked else "part"


def _named(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
