"""What the bills of materials are made of: a subject, its components, and where each comes from.

The module gathers what reports say; it knows no format. What no report says is None, and what is
inconclusive is never a donor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dokja.document.audit import AuditReport
from dokja.document.review import ReviewReport
from dokja.errors import AttestationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dokja.attestation.kinds import Report
    from dokja.document.audit import ComponentResult
    from dokja.document.dossier import Artefact, DeclaredReference, Dossier

__all__ = ["Donor", "Facts", "Part", "Related", "gather_facts"]

KIN: Final = frozenset({"verbatim", "reused", "derived"})
"""Relations that make a donor; a shared random start makes none."""


@dataclass(frozen=True, slots=True)
class Donor:
    """A model that a component was proved to come from."""

    name: str
    digest: str
    relation: str
    pearson: float | None
    sentence: str
    licence: str | None = None


@dataclass(frozen=True, slots=True)
class Related:
    """A reference that the subject was compared with."""

    name: str
    digest: str
    n_parameters: int
    licence: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """A component of the subject."""

    component: str
    n_parameters: int
    share: float
    donors: tuple[Donor, ...]
    relations: tuple[tuple[str, str, str], ...]
    """Reference, relation and sentence of every comparison; no name where no reference has it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a bill of materials says."""

    name: str
    digest: str
    n_parameters: int
    n_bytes: int
    licence: str | None
    licence_declared_by: str | None
    """Where the licence is declared: the dossier, or the checkpoint's own files."""
    files: tuple[tuple[str, int], ...]
    parts: tuple[Part, ...]
    related: tuple[Related, ...]
    maker: str | None
    datasets: tuple[str, ...]
    declared: tuple[tuple[str, str | None, str | None], ...]
    """Declared sources: name, licence, relation."""
    dokja: str
    made_at: str
    policy: str
    audit: AuditReport
    review: ReviewReport | None

    @property
    def donors(self) -> tuple[Donor, ...]:
        """Every donor once, in the order of components."""
        found = {one.digest: one for part in self.parts for one in part.donors}
        return tuple(found.values())


def gather_facts(
    reports: Iterable[Report],
    dossier: Dossier | None = None,
    *,
    dossier_digest: str | None = None,
) -> Facts:
    """Gather what reports say of one subject.

    Parameters
    ----------
    reports
        One audit, and a review if there is one.
    dossier
        What its maker says of it.
    dossier_digest
        BLAKE3 digest of the dossier's file; where it is given, a review beside it must be of it.

    Returns
    -------
    Facts
        What a bill of materials can say.

    Raises
    ------
    AttestationError
        If there is no audit, more than one, or the review or the dossier is of another submission.
    """
    held = list(reports)
    audits = [one for one in held if isinstance(one, AuditReport)]
    reviews = [one for one in held if isinstance(one, ReviewReport)]
    if len(audits) != 1 or len(reviews) > 1 or len(held) != len(audits) + len(reviews):
        raise AttestationError(
            "a bill of materials is made of one audit and at most one review",
            uri="reports",
            hint="Name the JSON of dokja audit, and beside it that of dokja review.",
        )
    report, review = audits[0], reviews[0] if reviews else None
    digest = report.subject.digest
    if review is not None and digest not in {one.digest for one in review.artefacts}:
        raise AttestationError(
            f"the review is of another submission: it names no artefact {digest}",
            uri="reports",
            hint="Give the audit and the review of one submission.",
        )
    if review is not None and dossier_digest not in {None, review.dossier.digest}:
        raise AttestationError(
            f"the review is of the dossier {review.dossier.digest}, and this one bears "
            f"{dossier_digest}",
            uri="dossier",
            hint="Give the dossier as it was when it was reviewed, or review it anew.",
        )
    artefact = None if dossier is None else _artefact(report, dossier)
    return _facts(report, review, dossier, artefact)


def _artefact(report: AuditReport, dossier: Dossier) -> Artefact:
    """Return what the dossier says of the subject: of its digest, or the one model without any."""
    digest = report.subject.digest
    models = [one for one in dossier.artefacts if one.kind in {"model", "encoder"}]
    named = next((one for one in models if one.digest == digest), None)
    if named is not None:
        return named
    if len(models) == 1 and models[0].digest is None:
        return models[0]
    raise AttestationError(
        f"the dossier is of another submission: none of its models bears the digest {digest}",
        uri="dossier",
        hint="Give the dossier of the audited model, with the digest that dokja inspect prints.",
    )


def _facts(
    report: AuditReport,
    review: ReviewReport | None,
    dossier: Dossier | None,
    artefact: Artefact | None,
) -> Facts:
    named = _named(report, dossier)
    declared = None if artefact is None else artefact.licence
    subject = report.subject.ref.rstrip("/")
    return Facts(
        name=(artefact.title if artefact and artefact.title else None)
        or subject.rpartition("/")[2]
        or subject,
        digest=report.subject.digest,
        n_parameters=report.subject.n_parameters,
        n_bytes=report.subject.n_bytes,
        licence=declared or report.subject.license,
        licence_declared_by="dossier"
        if declared
        else "checkpoint"
        if report.subject.license
        else None,
        files=tuple(
            (one.uri, one.n_bytes)
            for one in report.provenance.sources
            if one.uri == subject or one.uri.startswith(f"{subject}/")
        ),
        parts=tuple(_parts(report, named)),
        related=tuple(
            Related(named[one.digest][0], one.digest, one.n_parameters, named[one.digest][1])
            for one in report.references
        ),
        maker=dossier.maker if dossier else review.dossier.maker if review else None,
        datasets=() if dossier is None else tuple(_datasets(dossier)),
        declared=() if dossier is None else tuple(_declared(dossier)),
        dokja=report.provenance.dokja,
        made_at=report.provenance.started_at,
        policy=report.verdict.policy,
        audit=report,
        review=review,
    )


def _named(report: AuditReport, dossier: Dossier | None) -> dict[str, tuple[str, str | None]]:
    """Return name and licence of references by digest: as the dossier says, else as they say."""
    found = {one.digest: (_short(one.ref), one.license) for one in report.references}
    for one in () if dossier is None else dossier.references:
        for reference in report.references:
            if _is_same(one, reference.ref, reference.digest):
                found[reference.digest] = (one.name, one.licence or reference.license)
    return found


def _short(ref: str) -> str:
    """Leave out where a model lies on somebody's disk; a hub's name stays whole."""
    plain = ref.rstrip("/")
    return plain.rpartition("/")[2] if plain.startswith(("/", ".")) else plain


def _is_same(one: DeclaredReference, ref: str, digest: str) -> bool:
    if one.digest is not None:
        return one.digest == digest
    return ref in {one.id, one.name, one.path} or (
        one.path is not None and ref.rstrip("/").endswith(f"/{one.path.strip('./')}")
    )


def _datasets(dossier: Dossier) -> Iterator[str]:
    yield from (one.title or one.id for one in dossier.artefacts if one.kind == "data")
    yield from (one.name for one in dossier.references if one.kind == "data")


def _declared(dossier: Dossier) -> Iterator[tuple[str, str | None, str | None]]:
    relations = {one.base_model: one.base_model_relation for one in dossier.artefacts}
    for one in dossier.references:
        if one.kind == "model" and one.used is not False:
            relation = relations.get(one.id) or relations.get(one.name)
            if one.used or relation is not None:
                yield one.name, one.licence, relation


def _parts(report: AuditReport, named: dict[str, tuple[str, str | None]]) -> Iterator[Part]:
    digests = {one.ref: one.digest for one in report.references}
    for share in report.subject.components:
        every = [one for one in report.components if one.component == share.component]
        # A reference without such a component has nothing to say of it, unless all are so.
        found = [one for one in every if one.reference_component is not None] or every[:1]
        yield Part(
            component=share.component,
            n_parameters=share.n_parameters,
            share=share.share,
            donors=tuple(
                _donor(one, digests[one.reference], named)
                for one in found
                if _is_donor(one) and one.reference is not None
            ),
            relations=tuple(_relation(one, digests, named) for one in found),
        )


def _relation(
    one: ComponentResult, digests: dict[str, str], named: dict[str, tuple[str, str | None]]
) -> tuple[str, str, str]:
    if one.reference is None or one.reference_component is None:
        return "", one.relation, one.summary.en
    return named[digests[one.reference]][0], one.relation, one.summary.en


def _is_donor(one: ComponentResult) -> bool:
    """Tell whether a reference gave something; one that descends from the subject did not."""
    return one.relation in KIN and one.direction != "to_reference"


def _donor(one: ComponentResult, digest: str, named: dict[str, tuple[str, str | None]]) -> Donor:
    name, licence = named[digest]
    return Donor(name, digest, one.relation, one.pearson.weighted, one.summary.en, licence)
