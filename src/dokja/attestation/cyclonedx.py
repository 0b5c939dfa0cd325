"""A CycloneDX ML-BOM: what a model is made of, where that is from, and what was claimed of it.

The module writes the format (ECMA-424, version 1.6) from facts; it judges nothing. Donors stand as
ancestors only where an audit proved them.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import TYPE_CHECKING, Any, Final

from dokja.licensing.expressions import parse_expression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.attestation.facts import Donor, Facts, Part, Related
    from dokja.document.review import CriterionResult, ReviewReport

__all__ = ["cyclonedx_bom"]

_NAMESPACE: Final = uuid.UUID("6d0f4a52-6c1c-5a33-9f1e-6b7a3f0c9d11")
_MODEL: Final = "machine-learning-model"


def cyclonedx_bom(facts: Facts) -> dict[str, Any]:
    """Write a bill of materials.

    Parameters
    ----------
    facts
        What is known of the subject.

    Returns
    -------
    dict
        CycloneDX 1.6 as JSON; the serial number follows from the content, the time stamp from the
        audit, so that the same reports give the same bytes.
    """
    body: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": facts.made_at,
            "tools": {
                "components": [{"type": "application", "name": "dokja", "version": facts.dokja}]
            },
            "component": _subject(facts),
        },
        "components": [_reference(one) for one in facts.related],
        "dependencies": [
            {
                "ref": _ref(facts.digest),
                "dependsOn": sorted({_ref(one.digest) for one in facts.donors}),
            }
        ],
        "definitions": {"standards": [_standard(facts)]},
        "declarations": _declarations(facts),
    }
    if facts.maker:
        body["metadata"]["supplier"] = {"name": facts.maker}
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return {"serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, digest)}", **body}


def _ref(digest: str) -> str:
    return f"model:{digest}"


def _digest(digest: str) -> list[dict[str, str]]:
    """Return the digest of tensors as a property: no tool may take it for one of a file."""
    return [{"name": "dokja:tensors:blake3", "value": digest.rpartition(":")[2]}]


def _licences(expression: str | None) -> list[dict[str, Any]]:
    """Write a licence: as an expression where SPDX can say it, else by its name."""
    if expression is None:
        return []
    read = parse_expression(expression)
    if read.spdx is None or read.unknown:
        return [{"license": {"name": expression}}]
    return [{"expression": read.spdx}]


def _subject(facts: Facts) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": _MODEL,
        "bom-ref": _ref(facts.digest),
        "name": facts.name,
        "properties": [
            *_digest(facts.digest),
            {"name": "dokja:parameters", "value": str(facts.n_parameters)},
        ],
        "modelCard": _model_card(facts),
        "components": [_part(facts, one) for one in facts.parts],
    }
    if licences := _licences(facts.licence):
        found["licenses"] = licences
    if facts.donors:
        found["pedigree"] = _pedigree(facts.donors)
    return found


def _model_card(facts: Facts) -> dict[str, Any]:
    metrics = [
        {
            "type": "pearson correlation of weights, weighted by parameters",
            "value": f"{donor.pearson:.6f}",
            "slice": f"{part.component} against {donor.name}",
        }
        for part in facts.parts
        for donor in part.donors
        if donor.pearson is not None
    ]
    limits = [
        f"{part.component} against {reference or 'every reference'}: {relation}. {sentence}"
        for part in facts.parts
        for reference, relation, sentence in part.relations
        if relation in {"inconclusive", "not_testable"}
    ]
    found: dict[str, Any] = {}
    if facts.datasets:
        found["modelParameters"] = {
            "datasets": [{"type": "dataset", "name": name} for name in facts.datasets]
        }
    if metrics:
        found["quantitativeAnalysis"] = {"performanceMetrics": metrics}
    if limits:
        found["considerations"] = {"technicalLimitations": limits}
    return found


def _part(facts: Facts, part: Part) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": _MODEL,
        "bom-ref": f"{_ref(facts.digest)}#{part.component}",
        "name": part.component,
        "properties": [
            {"name": "dokja:parameters", "value": str(part.n_parameters)},
            {"name": "dokja:share", "value": f"{part.share:.6f}"},
            *(
                {"name": f"dokja:relation:{reference or 'none'}", "value": relation}
                for reference, relation, _ in part.relations
            ),
        ],
    }
    if part.donors:
        found["pedigree"] = _pedigree(part.donors)
    return found


def _pedigree(donors: tuple[Donor, ...]) -> dict[str, Any]:
    return {
        "ancestors": [
            {"type": _MODEL, "name": one.name, "properties": _digest(one.digest)} for one in donors
        ],
        "notes": " ".join(one.sentence for one in donors),
    }


def _reference(one: Related) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": _MODEL,
        "bom-ref": _ref(one.digest),
        "name": one.name,
        # A reference is compared with; only the subject's pedigree says what it gave.
        "scope": "excluded",
        "properties": _digest(one.digest),
    }
    if licences := _licences(one.licence):
        found["licenses"] = licences
    return found


# -- declarations ---------------------------------------------------------------------------------


def _standard(facts: Facts) -> dict[str, Any]:
    if facts.review is None:
        return {
            "bom-ref": "standard",
            "name": f"dokja audit policy {facts.policy}",
            "version": facts.dokja,
            "requirements": [
                {
                    "bom-ref": "requirement:own-weights",
                    "identifier": "own-weights",
                    "title": "No component shares weights with a reference",
                }
            ],
        }
    policy = facts.review.policy
    return {
        "bom-ref": "standard",
        "name": policy.name,
        "version": policy.version,
        "description": policy.description.en,
        "requirements": [
            {
                "bom-ref": f"requirement:{one.id}",
                "identifier": one.id,
                "title": one.title.en,
            }
            for one in policy.criteria
        ],
    }


def _declarations(facts: Facts) -> dict[str, Any]:
    claims = list(_audited(facts) if facts.review is None else _reviewed(facts.review))
    return {
        "assessors": [
            {
                "bom-ref": "assessor",
                "thirdParty": False,
                "organization": {"name": f"dokja {facts.dokja}"},
            }
        ],
        "attestations": [
            {
                "summary": "What the program found; people who signed stand in the review itself.",
                "assessor": "assessor",
                "map": [one["map"] for one in claims],
            }
        ],
        "claims": [one["claim"] for one in claims],
        "evidence": [one["evidence"] for one in claims],
        "targets": {
            "components": [
                {"type": _MODEL, "bom-ref": name, "name": name.removeprefix("target:")}
                for name in sorted({one["claim"]["target"] for one in claims})
            ]
        },
    }


def _claim(
    number: int,
    target: str,
    requirement: str,
    *,
    predicate: str,
    reason: str,
    outcome: bool | None,
) -> dict[str, Any]:
    """Make a claim, what speaks for or against it, and how far it is met."""
    claim: dict[str, Any] = {
        "bom-ref": f"claim:{number}",
        "target": f"target:{target}",
        "predicate": predicate,
        "reasoning": reason,
    }
    claim["counterEvidence" if outcome is False else "evidence"] = [f"evidence:{number}"]
    mapped: dict[str, Any] = {"requirement": f"requirement:{requirement}"}
    mapped["counterClaims" if outcome is False else "claims"] = [f"claim:{number}"]
    if outcome is not None:
        mapped["conformance"] = {"score": 1 if outcome else 0, "rationale": reason}
    else:
        mapped["confidence"] = {"score": 0, "rationale": reason}
    evidence = {"bom-ref": f"evidence:{number}", "description": reason}
    return {"claim": claim, "map": mapped, "evidence": evidence}


def _audited(facts: Facts) -> Iterator[dict[str, Any]]:
    number = 0
    for part in facts.parts:
        for reference, relation, sentence in part.relations:
            number += 1
            outcome = {"no_evidence": True, "inconclusive": None, "not_testable": None}.get(
                relation, False
            )
            against = reference or "every reference"
            yield _claim(
                number,
                part.component,
                "own-weights",
                predicate=f"{part.component} shares no weights with {against}",
                reason=sentence,
                outcome=outcome,
            )


def _reviewed(review: ReviewReport) -> Iterator[dict[str, Any]]:
    titles = {one.id: one.title.en for one in review.policy.criteria}
    for number, one in enumerate(review.criteria, start=1):
        if one.outcome == "not_applicable":
            continue
        outcome = {"met": True, "not_met": False}.get(one.outcome)
        place = " / ".join(part for part in (one.artefact, one.component) if part)
        title = titles.get(one.criterion, one.criterion)
        yield _claim(
            number,
            place or "submission",
            one.criterion,
            predicate=title,
            reason=_why(one),
            outcome=outcome,
        )


def _why(one: CriterionResult) -> str:
    signed = f" Signed by {', '.join(one.reviewers)}." if one.reviewers else ""
    overruled = " The machine's outcome was overruled." if one.overruled else ""
    return f"{one.reason.en}{overruled}{signed}"
