"""A whole submission under a policy: every criterion of every row, views, people and the verdict.

The module puts the others together; a pure function of documents, policy and a day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from dokja.document.review import (
    CriterionResult,
    FunctionShare,
    OwnDerivative,
    PolicyRecord,
    ReviewedComponent,
    ReviewedDonor,
    ReviewProvenance,
    ReviewReport,
)
from dokja.policy.review.control import can_retrain, licence_free, licence_open, no_remote
from dokja.policy.review.ethical import (
    code_notices,
    consistent,
    licences_kept,
    references_named,
)
from dokja.policy.review.facts import Told, say
from dokja.policy.review.people import People, ladder, signed, trail
from dokja.policy.review.run import trained_from_start
from dokja.policy.review.technical import weights_own
from dokja.policy.review.views import component_views, verdict, view_outcomes

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dokja.document.common import Localized
    from dokja.document.review import (
        DossierRecord,
        EvidenceDocument,
        LicenceRow,
        ReviewedArtefact,
    )
    from dokja.document.review_policy import Criterion, QuorumRule, ReviewPolicy, Test
    from dokja.policy.review.facts import Case, Match

__all__ = ["Submission", "judge_review"]

_MAX_UNKNOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Submission:
    """Everything that documents say of a submission."""

    dossier: DossierRecord
    artefacts: tuple[ReviewedArtefact, ...]
    cases: tuple[Case, ...]
    evidence: tuple[EvidenceDocument, ...]
    unknown: tuple[Localized, ...] = ()
    """What documents leave open apart from any criterion."""


def _people(case: Case) -> Told:
    del case
    return Told(
        "inconclusive",
        say(
            "Only people can tell; a machine says nothing.",
            "사람만이 판단할 수 있으며 기계는 판단하지 않습니다.",
        ),
    )


_TESTS: Final[dict[Test, Callable[[Case], Told]]] = {
    "weights_own": weights_own,
    "trained_from_start": trained_from_start,
    "licence_free": licence_free,
    "licence_open": licence_open,
    "can_retrain": can_retrain,
    "no_remote": no_remote,
    "references_named": references_named,
    "licences_kept": licences_kept,
    "code_notices": code_notices,
    "consistent": consistent,
    "people": _people,
}


def judge_review(
    submission: Submission,
    policy: ReviewPolicy,
    people: People | None = None,
    *,
    program: str,
    on: dt.date,
    quorum: QuorumRule | None = None,
    sign_off_digests: Sequence[str] = (),
) -> ReviewReport:
    """Judge a submission.

    Parameters
    ----------
    submission
        What documents say of it.
    policy
        Criteria, thresholds and quorum.
    people
        What people said.
    program
        Version of the program.
    on
        Day of the review.
    quorum
        In place of the policy's; the report says that the caller gave it.
    sign_off_digests
        Of the files that `people` was read from.

    Returns
    -------
    ReviewReport
        The same arguments give the same report.
    """
    voices = people or People()
    rule = quorum or policy.quorum
    cases = [replace(case, policy=policy) for case in submission.cases]
    by_machine = [result for case in cases for result in _results(case, policy, on)]
    results = signed(by_machine, voices, rule)
    views = view_outcomes(policy, results, asked=rule.sign_off)
    own = tuple(one for case in cases for one in _own(case))
    unknown = (*_unknown(cases, results, own, rule), *submission.unknown)
    return ReviewReport(
        schema_version="1",
        dossier=submission.dossier,
        policy=_record(policy, rule),
        artefacts=submission.artefacts,
        components=tuple(_component(case, cases, policy, results) for case in cases),
        verdict=verdict(views, unknown),
        views=views,
        criteria=results,
        licences=_licences(cases),
        own_derivatives=own,
        ladder=ladder(voices),
        reviewers=voices.reviewers,
        trail=trail(results, voices, rule, program=f"Dokja {program}", on=on),
        evidence=submission.evidence,
        provenance=ReviewProvenance(
            dokja=program,
            on=on,
            sign_off_digests=tuple(sign_off_digests),
            quorum_given=quorum is not None,
        ),
    )


def _record(policy: ReviewPolicy, quorum: QuorumRule) -> PolicyRecord:
    shared = set(PolicyRecord.model_fields) & set(type(policy).model_fields)
    fields = {name: getattr(policy, name) for name in shared}
    return PolicyRecord.model_validate({**fields, "quorum": quorum})


# -- criteria -------------------------------------------------------------------------------------


def _asked(criterion: Criterion, case: Case) -> bool:
    """Tell whether a criterion is asked of a row; one that names no component is asked of all."""
    if not criterion.components:
        return True
    name = case.row.component
    return name is not None and any(fnmatchcase(name, one) for one in criterion.components)


def _results(case: Case, policy: ReviewPolicy, on: dt.date) -> Iterator[CriterionResult]:
    for criterion in policy.criteria:
        if not _asked(criterion, case):
            continue
        told = _TESTS[criterion.test](case)
        yield CriterionResult(
            criterion=criterion.id,
            view=criterion.view,
            test=criterion.test,
            required=criterion.weight == "required",
            artefact=case.row.artefact,
            component=case.row.component,
            machine=told.outcome,
            outcome=told.outcome,
            reason=told.reason,
            evidence=tuple(dict.fromkeys(told.evidence)),
            findings=told.findings,
            decided_on=on,
        )


# -- components -----------------------------------------------------------------------------------


def _component(
    case: Case, cases: Sequence[Case], policy: ReviewPolicy, results: Sequence[CriterionResult]
) -> ReviewedComponent:
    row = case.row
    mine = [
        one for one in results if (one.artefact, one.component) == (row.artefact, row.component)
    ]
    return ReviewedComponent(
        artefact=row.artefact,
        component=row.component or row.kind,
        n_parameters=row.n_parameters,
        share=row.share,
        functions=tuple(_functions(case, cases, policy)),
        donors=tuple(_donors(case)),
        views=component_views(policy, mine),
    )


def _functions(case: Case, cases: Sequence[Case], policy: ReviewPolicy) -> Iterator[FunctionShare]:
    """Say how much of what a model does goes through a row: a small tower may be all of seeing."""
    for function in policy.functions:
        serving = [
            other.row
            for other in cases
            if other.row.artefact == case.row.artefact
            and other.row.component is not None
            and any(fnmatchcase(other.row.component, one) for one in function.components)
        ]
        total = sum(row.n_parameters or 0 for row in serving)
        if case.row in serving and total:
            share = (case.row.n_parameters or 0) / total
            yield FunctionShare(function=function.id, title=function.title, share=share)


def _donors(case: Case) -> Iterator[ReviewedDonor]:
    for match in case.matches:
        related = match.relation in case.policy.thresholds.fails_on
        if not match.counterpart or not related:
            continue
        named = next((donor for donor in case.donors if donor.name == match.reference), None)
        yield ReviewedDonor(
            reference=match.reference,
            relation=match.relation,
            own=match.own,
            named=None if named is None or not named.looked_in else bool(named.named_in),
            evidence=(match.pointer.document,),
        )


def _licences(cases: Iterable[Case]) -> tuple[LicenceRow, ...]:
    return tuple(dict.fromkeys(row for case in cases for row in case.licences))


# -- descent from the maker's own -----------------------------------------------------------------


def _own(case: Case) -> Iterator[OwnDerivative]:
    for match in case.matches:
        if match.own and match.counterpart:
            status, reason = _own_status(case, match)
            yield OwnDerivative.model_validate(
                {
                    "artefact": case.row.artefact,
                    "component": case.row.component or case.row.kind,
                    "reference": match.reference,
                    "reference_digest": match.digest,
                    "relation": match.relation,
                    "owner": match.owner,
                    "status": status,
                    "reason": reason,
                    "evidence": (match.pointer,),
                }
            )


def _own_status(case: Case, match: Match) -> tuple[str, Localized]:
    if match.relation not in case.policy.thresholds.own_on:
        no_trace = match.relation == "no_evidence"
        return "contradicted" if no_trace else "declared_only", match.reason
    if match.direction == "to_reference":
        return "contradicted", match.reason
    if match.owner is None:
        return "owner_unproved", say(
            "The descent is proved; whose the earlier model is, the dossier does not say.",
            "이어짐은 입증되었으나 이전 모델이 누구의 것인지 신고서가 밝히지 않았습니다.",
        )
    return "proved", match.reason


# -- what is unknown ------------------------------------------------------------------------------


def _unknown(
    cases: Sequence[Case],
    results: Sequence[CriterionResult],
    own: Sequence[OwnDerivative],
    quorum: QuorumRule,
) -> Iterator[Localized]:
    seen: dict[tuple[str, str], Localized] = {}
    for one in results:
        if one.required and one.outcome == "inconclusive":
            seen.setdefault((one.reason.en, one.reason.ko), one.reason)
    yield from list(seen.values())[:_MAX_UNKNOWN]
    references = sorted({match.reference for case in cases for match in case.matches})
    if references:
        names = ", ".join(references)
        yield say(
            f"The audits speak of the models they were laid beside, and of no other: {names}.",
            f"감사는 견준 모델에 대해서만 말하며 그 밖의 모델에 대해서는 말하지 않습니다: {names}.",
        )
    for name in sorted({f"{one.reference}\n{one.owner}" for one in own if one.status == "proved"}):
        reference, owner = name.split("\n")
        yield say(
            f"That {reference} belongs to {owner} is the dossier's word.",
            f"{reference}가(이) {owner}의 것이라는 것은 신고서의 진술입니다.",
        )
    if quorum.overrule is None and quorum.note is not None:
        yield quorum.note
