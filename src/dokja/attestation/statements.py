"""In-toto statements of what a report says, tied to digests and never to names alone.

The module writes two predicates: a *simple verification result* lists what was passed, and an
*eval-result* each figure against its threshold. What is inconclusive stands in neither as passed.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from dokja.document.audit import AuditReport, MomentsEvidence
from dokja.document.review import ReviewReport
from dokja.document.trajectory import TrajectoryReport

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dokja.attestation.kinds import Report

__all__ = ["EVAL_RESULT", "STATEMENT", "SVR", "statements", "write_statement"]

STATEMENT: Final = "https://in-toto.io/Statement/v1"
SVR: Final = "https://in-toto.io/attestation/svr/v0.1"
EVAL_RESULT: Final = "https://in-toto.io/attestation/eval-result/v0.1"
_TENSORS: Final = "dokjaTensorsBlake3"
"""Digest set of a checkpoint's tensors, whatever files they lie in."""
_REUSED: Final = "0.98"


def write_statement(statement: Mapping[str, Any]) -> bytes:
    """Write a statement.

    Parameters
    ----------
    statement
        The statement.

    Returns
    -------
    bytes
        JSON, keys sorted; the same statement gives the same bytes.
    """
    return (json.dumps(statement, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def statements(
    report: Report, content: bytes, *, name: str, files: Mapping[str, str], made_at: str
) -> dict[str, dict[str, Any]]:
    """Say what a report says, as statements.

    Parameters
    ----------
    report
        The report.
    content
        Its bytes, which are a subject too.
    name
        Its name.
    files
        SHA-256 of files that hold the subject, by name.
    made_at
        When the statements are made, in UTC.

    Returns
    -------
    dict
        Statements by the short name of their predicate; no predicate for which there is nothing to
        state.
    """
    subject = [
        *_subjects(report, files),
        _subject(name, "sha256", hashlib.sha256(content).hexdigest()),
    ]
    program, policy = _made_by(report)
    against: dict[str, Any] = {}
    if isinstance(report, AuditReport):
        against = {"dokjaReferences": _references(report)}
    svr: dict[str, Any] = {
        "verifier": {"id": f"urn:dokja:verifier:{program}", **policy},
        "timeCreated": _time(report, made_at),
        "properties": sorted(_passed(report)),
        **against,
    }
    found = {"svr": _statement(subject, SVR, svr)}
    if isinstance(report, AuditReport):
        claims = list(_claims(report))
        if claims:
            found["eval-result"] = _statement(
                subject, EVAL_RESULT, _evaluation(report, claims, made_at)
            )
    return found


def _statement(
    subject: Sequence[Mapping[str, Any]], kind: str, predicate: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "_type": STATEMENT,
        "subject": list(subject),
        "predicateType": kind,
        "predicate": dict(predicate),
    }


def _subject(name: str, algorithm: str, digest: str) -> dict[str, Any]:
    return {"name": name, "digest": {algorithm: digest}}


def _bare(digest: str) -> str:
    return digest.rpartition(":")[2]


def _subjects(report: Report, files: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    if isinstance(report, AuditReport):
        yield _subject(report.subject.ref, _TENSORS, _bare(report.subject.digest))
    elif isinstance(report, TrajectoryReport) and report.submission_digest is not None:
        yield _subject("submission", _TENSORS, _bare(report.submission_digest))
    elif isinstance(report, ReviewReport):
        for one in report.artefacts:
            if one.digest is not None:
                algorithm = "sha256" if one.digest.startswith("sha256:") else _TENSORS
                yield _subject(one.id, algorithm, _bare(one.digest))
    for name in sorted(files):
        yield _subject(name, "sha256", files[name])


def _made_by(report: Report) -> tuple[str, dict[str, Any]]:
    """Return the program's version, and the policy that judged, where one did."""
    if isinstance(report, AuditReport):
        return report.provenance.dokja, _policy(
            report.verdict.policy, report.provenance.policy_digest
        )
    if isinstance(report, ReviewReport):
        return report.provenance.dokja, _policy(report.policy.name, report.policy.digest)
    return report.provenance.dokja, {}


def _policy(name: str, digest: str) -> dict[str, Any]:
    algorithm = digest.partition(":")[0] if ":" in digest else "blake3"
    return {"policy": {"uri": f"urn:dokja:policy:{name}", "digest": {algorithm: _bare(digest)}}}


def _references(report: AuditReport) -> list[dict[str, Any]]:
    found = [_subject(one.ref, _TENSORS, _bare(one.digest)) for one in report.references]
    return sorted(found, key=lambda one: (one["name"], str(one["digest"])))


def _time(report: Report, made_at: str) -> str:
    if isinstance(report, AuditReport | TrajectoryReport):
        return report.provenance.started_at
    if isinstance(report, ReviewReport):
        return f"{report.provenance.on.isoformat()}T00:00:00Z"
    return made_at


def _passed(report: Report) -> Iterator[str]:
    """List what was passed; nothing that is inconclusive, not testable or found."""
    if isinstance(report, AuditReport):
        yield from _clean(report)
    elif isinstance(report, ReviewReport):
        yield from _met(report)
    elif isinstance(report, TrajectoryReport) and report.verdict.outcome == "consistent":
        yield "DOKJA_TRAINING_RUN_CONSISTENT"


def _clean(report: AuditReport) -> Iterator[str]:
    for component in {one.component for one in report.components}:
        found = [one for one in report.components if one.component == component]
        # One reference that could not be told apart is enough to state nothing.
        if all(one.relation == "no_evidence" for one in found):
            yield f"DOKJA_NO_EVIDENCE_OF_REUSE:{component}"


def _met(report: ReviewReport) -> Iterator[str]:
    prefix = f"DOKJA_REVIEW:{report.policy.name}"
    for view in report.views:
        if view.outcome == "met":
            yield f"{prefix}:{view.view}:met"
    if report.verdict.outcome == "met":
        yield f"{prefix}:met"


def _claims(report: AuditReport) -> Iterator[dict[str, Any]]:
    """State the figure that the public rule of January 2026 asks for, each against 0.98."""
    digests = {one.ref: _bare(one.digest) for one in report.references}
    relations = {(one.component, one.reference): one.relation for one in report.components}
    for found in report.evidence:
        if not isinstance(found, MomentsEvidence) or found.matrix_pearson.weighted is None:
            continue
        value = found.matrix_pearson.weighted
        yield {
            "metric": f"pearson_of_matrices_weighted:{found.component}:"
            f"{digests.get(found.reference or '', 'unknown')[:16]}",
            "comparator": "<",
            "threshold": _REUSED,
            "passed": value < float(_REUSED),
            "dokjaValue": f"{value:.6f}",
            "dokjaRelation": relations.get((found.component, found.reference), "not_testable"),
        }


def _evaluation(report: AuditReport, claims: list[dict[str, Any]], made_at: str) -> dict[str, Any]:
    references = "\n".join(sorted(_bare(one.digest) for one in report.references))
    return {
        "verifier": {"id": f"urn:dokja:verifier:{report.provenance.dokja}"},
        "evaluatedAt": report.provenance.started_at or made_at,
        "suite": {"name": "dokja-audit", "version": report.provenance.dokja},
        "claims": claims,
        "sampleSize": report.subject.n_tensors,
        # Nothing is withheld, so the commitments are plain digests.
        "commitments": {
            "model": {"alg": _TENSORS, "value": _bare(report.subject.digest), "salted": False},
            "dataset": {
                "alg": "sha256-of-sorted-reference-digests",
                "value": hashlib.sha256(references.encode()).hexdigest(),
                "salted": False,
            },
        },
        "assuranceLevel": "self_attested",
        "subjectProfile": "public-model",
        "harness": {"name": "dokja", "version": report.provenance.dokja},
    }
