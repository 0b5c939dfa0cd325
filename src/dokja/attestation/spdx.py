"""An SPDX 3.0.1 document with the AI profile: packages, licences and what descends from what.

The module writes JSON-LD from facts (SPDX specification 3.0.1); it judges nothing.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from dokja.licensing.expressions import parse_expression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.attestation.facts import Facts

__all__ = ["spdx_document"]

_CONTEXT: Final = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
_CREATION: Final = "_:creation"


def spdx_document(facts: Facts) -> dict[str, Any]:
    """Write an SPDX document.

    Parameters
    ----------
    facts
        What is known of the subject.

    Returns
    -------
    dict
        JSON-LD; ids follow from the content, so that the same reports give the same bytes.
    """
    made_of = f"{facts.digest} {facts.made_at}".encode()
    base = f"urn:dokja:spdx:{hashlib.sha256(made_of).hexdigest()[:32]}"
    elements = [*_agents(base, facts), *_packages(base, facts), *_relationships(base, facts)]
    document = {
        "type": "SpdxDocument",
        "spdxId": f"{base}#document",
        "creationInfo": _CREATION,
        "name": facts.name,
        "profileConformance": ["core", "ai", "simpleLicensing", "software"],
        "rootElement": [_package(base, facts.digest)],
        "element": sorted(one["spdxId"] for one in elements),
    }
    creation = {
        "type": "CreationInfo",
        "@id": _CREATION,
        "specVersion": "3.0.1",
        "created": facts.made_at[:19] + "Z",
        "createdBy": [f"{base}#program"],
    }
    return {"@context": _CONTEXT, "@graph": [creation, document, *elements]}


def _package(base: str, digest: str) -> str:
    return f"{base}#model-{digest.rpartition(':')[2][:32]}"


def _element(kind: str, spdx_id: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"type": kind, "spdxId": spdx_id, "creationInfo": _CREATION, **fields}


def _agents(base: str, facts: Facts) -> Iterator[dict[str, Any]]:
    yield _element("SoftwareAgent", f"{base}#program", name=f"dokja {facts.dokja}")
    if facts.maker:
        yield _element("Organization", f"{base}#maker", name=facts.maker)


def _packages(base: str, facts: Facts) -> Iterator[dict[str, Any]]:
    fields: dict[str, Any] = {"suppliedBy": f"{base}#maker"} if facts.maker else {}
    limits = [
        f"{part.component} against {reference or 'every reference'}: {relation}"
        for part in facts.parts
        for reference, relation, _ in part.relations
        if relation in {"inconclusive", "not_testable"}
    ]
    if limits:
        fields["ai_limitation"] = "; ".join(limits)
    yield _element(
        "ai_AIPackage",
        _package(base, facts.digest),
        name=facts.name,
        comment=_comment(facts.digest),
        software_primaryPurpose="model",
        **fields,
    )
    for one in facts.related:
        yield _element(
            "ai_AIPackage",
            _package(base, one.digest),
            name=one.name,
            comment=_comment(one.digest),
            software_primaryPurpose="model",
        )
    for number, name in enumerate(facts.datasets):
        yield _element(
            "dataset_DatasetPackage",
            f"{base}#data-{number}",
            name=name,
            dataset_datasetType=["other"],
        )
    yield from _expressions(base, facts)


def _comment(digest: str) -> str:
    return f"Digest of its tensors, whatever files they lie in: {digest}"


def _licensed(facts: Facts) -> dict[str, str | None]:
    return {facts.digest: facts.licence, **{one.digest: one.licence for one in facts.related}}


def _expression(base: str, text: str) -> str:
    return f"{base}#licence-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _expressions(base: str, facts: Facts) -> Iterator[dict[str, Any]]:
    for text in sorted({text for text in _licensed(facts).values() if text is not None}):
        read = parse_expression(text)
        known = read.spdx is not None and not read.unknown
        yield _element(
            "simplelicensing_LicenseExpression",
            _expression(base, text),
            simplelicensing_licenseExpression=read.spdx if known else "NOASSERTION",
            comment=f"Declared as {text}",
        )


def _relationships(base: str, facts: Facts) -> Iterator[dict[str, Any]]:
    subject = _package(base, facts.digest)
    number = 0

    def relation(kind: str, source: str, targets: list[str], comment: str) -> dict[str, Any]:
        nonlocal number
        number += 1
        return _element(
            "Relationship",
            f"{base}#relation-{number}",
            relationshipType=kind,
            to=targets,
            comment=comment,
            **{"from": source},
        )

    for part in facts.parts:
        for donor in part.donors:
            yield relation(
                "descendantOf",
                subject,
                [_package(base, donor.digest)],
                f"{part.component}: {donor.relation}. {donor.sentence}",
            )
    for place in range(len(facts.datasets)):
        yield relation("trainedOn", subject, [f"{base}#data-{place}"], "As the dossier declares.")
    for digest, text in _licensed(facts).items():
        if text is not None:
            yield relation(
                "hasDeclaredLicense",
                _package(base, digest),
                [_expression(base, text)],
                "As declared; not concluded.",
            )
