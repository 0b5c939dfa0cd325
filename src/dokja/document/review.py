"""The independence review as a document: what three views come to, on what, and who said so.

The module defines what is stored of a review, never how an outcome came about or how it is shown.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from dokja.document.audit import Relation
from dokja.document.common import Document, Localized
from dokja.document.evidence_base import Count, Share
from dokja.document.review_policy import (
    Control,
    Criterion,
    Outcome,
    PolicySource,
    QuorumRule,
    ReviewPolicy,
    ReviewThresholds,
    Rung,
    Test,
    ViewName,
    ViewRule,
)
from dokja.document.sign_off import Reviewer, SignOffFile

__all__ = [
    "ComponentView",
    "CriterionResult",
    "DossierRecord",
    "EvidenceDocument",
    "FunctionShare",
    "LadderRung",
    "LadderWitness",
    "LicenceRow",
    "ObligationRow",
    "Outcome",
    "OwnDerivative",
    "Pointer",
    "PolicyRecord",
    "ReviewPolicy",
    "ReviewProvenance",
    "ReviewReport",
    "ReviewVerdict",
    "ReviewedArtefact",
    "ReviewedComponent",
    "ReviewedDonor",
    "SignOffFile",
    "TrailEntry",
    "ViewOutcome",
]

Digest = Annotated[str, Field(pattern=r"^(blake3|sha256):[0-9a-f]{64}$")]


# -- what was reviewed ----------------------------------------------------------------------------


class DossierRecord(Document):
    """The dossier that was reviewed."""

    id: str
    maker: str
    date: dt.date | None
    digest: Digest
    """Of the bytes of its file."""
    title: str | None = None


class PolicyRecord(Document):
    """The policy that judged, whole, so that a reader needs no other file."""

    name: str
    version: str
    digest: Digest
    title: Localized
    description: Localized
    sources: tuple[PolicySource, ...]
    views: tuple[ViewRule, ...]
    criteria: tuple[Criterion, ...]
    thresholds: ReviewThresholds
    quorum: QuorumRule
    """As it was applied; `ReviewProvenance.quorum_given` says whether the caller set it."""


class EvidenceDocument(Document):
    """A document or a file that an outcome rests on."""

    id: str
    """As the dossier names it."""
    kind: Literal["audit", "trajectory", "licences", "declared", "dossier", "file"]
    path: str | None
    """Relative to the dossier; null for what was worked out during the review."""
    digest: Digest | None
    """Of its bytes; of the canonical JSON of what was worked out."""
    title: Localized
    artefact: str | None = None
    """The artefact it is about."""
    made: Literal["stored", "computed"] = "stored"


class ReviewedArtefact(Document):
    """A part of the submission."""

    id: str
    kind: str
    digest: str | None
    """As the dossier gives it, or as the audits read it."""
    n_parameters: Count | None
    origin: str
    licence: str | None = None


class FunctionShare(Document):
    """How much of what a model does goes through a component."""

    function: str
    title: Localized
    share: Share
    """Share of the parameters of all components that do it."""


class ReviewedDonor(Document):
    """Somebody else's weights that an audit found in a component, or the maker's own."""

    reference: str
    """As the dossier names it, or as the audit read it."""
    relation: Relation
    own: bool
    """Whether it is an earlier model of the same maker."""
    named: bool | None
    """Whether the submission names it; null where nothing declared was read."""
    evidence: tuple[Count, ...]
    """Indices into the report's evidence."""


class ComponentView(Document):
    """What one view comes to for one component."""

    view: ViewName
    outcome: Outcome
    machine: Outcome
    """The same without anybody's sign-off."""
    reason: Localized


class ReviewedComponent(Document):
    """A component of an artefact: how large it is, what it does, where it came from."""

    artefact: str
    component: str
    n_parameters: Count | None
    share: Share | None
    """Share of the artefact's parameters."""
    functions: tuple[FunctionShare, ...]
    donors: tuple[ReviewedDonor, ...]
    views: tuple[ComponentView, ...]


# -- outcomes -------------------------------------------------------------------------------------


class Pointer(Document):
    """A place in a document of the evidence."""

    document: Count
    """Index into the report's evidence."""
    pointer: str = ""
    """JSON pointer into it; empty for the whole."""
    note: Localized | None = None


class CriterionResult(Document):
    """One criterion, for one component or for the submission as a whole."""

    criterion: str
    view: ViewName
    test: Test
    required: bool
    artefact: str | None
    component: str | None
    machine: Outcome
    """What the evidence comes to under the policy, whatever people say."""
    outcome: Outcome
    """What holds after sign-offs."""
    reason: Localized
    """Why the machine says so."""
    evidence: tuple[Pointer, ...]
    findings: tuple[str, ...] = ()
    """Rules of audits, trajectories and declarations behind it."""
    overruled: bool = False
    excepted: bool = False
    """Whether an agreed exception keeps it from deciding its view."""
    reviewers: tuple[str, ...] = ()
    """Ids of those who signed for the outcome; empty where only the machine has spoken."""
    decided_on: dt.date | None = None
    """Day of the last signature, or of the review."""


class ViewOutcome(Document):
    """One view of the whole submission."""

    view: ViewName
    outcome: Outcome
    machine: Outcome
    reason: Localized
    n_met: Count
    n_not_met: Count
    n_inconclusive: Count
    n_not_applicable: Count
    signed: bool
    """Whether every required row has the signatures that the quorum asks for."""


class ReviewVerdict(Document):
    """What the three views come to."""

    outcome: Outcome
    machine: Outcome
    signed: bool
    summary: Localized
    unknown: tuple[Localized, ...]
    """What cannot be told from what was handed in."""


# -- obligations ----------------------------------------------------------------------------------


class ObligationRow(Document):
    """One duty under one licence, and whether the submission is seen to keep it."""

    kind: str
    """Such as ``notice``, ``naming`` or ``field_of_use``."""
    standing: Literal["duty", "condition"] = "duty"
    """A duty is kept or broken by what is handed in; a condition stays with its use."""
    text: Localized
    applies: bool | None
    """Null where it depends on what the dossier does not say."""
    kept: bool | None
    """Null where it cannot be seen in the submission."""
    source: str | None = None


class LicenceRow(Document):
    """The licence that a component or an artefact stands under."""

    artefact: str
    component: str | None
    reference: str | None
    """The donor whose licence it is; null for the submission's own."""
    proved: bool
    """Whether an audit proved the edge; otherwise it was declared."""
    through: tuple[str, ...] = ()
    """What lies between, nearest first; empty where it came from the donor itself."""
    by_outputs: bool = False
    """Whether it was only trained on what the donor generated."""
    expression: str | None
    control: Control
    reason: Localized
    obligations: tuple[ObligationRow, ...]
    conflicts: tuple[Localized, ...] = ()
    document: Count | None = None
    """Index into the report's evidence."""
    made_for: tuple[str, ...] = ()
    """Spellings of whose own models the licence is made for; empty where anybody may use it."""


# -- people ---------------------------------------------------------------------------------------


class TrailEntry(Document):
    """One thing that was said, in the order of time: by the machine first, then by people."""

    kind: Literal["finding", "sign_off", "overrule", "abstention", "exception"]
    on: dt.date
    by: tuple[str, ...]
    """Names; of the program for a finding."""
    criterion: str
    artefact: str | None
    component: str | None
    outcome: Outcome | None
    """What it says; null for an abstention."""
    counted: bool
    why_not: Localized | None = None
    """Why it did not count, where it did not."""
    reason: str | None = None
    """In the words of whoever said it; the machine's stand with the criterion."""


class LadderWitness(Document):
    """Somebody who looked at one rung."""

    by: str
    on: dt.date
    shown: bool
    counted: bool
    reason: str
    evidence: tuple[str, ...] = ()


class LadderRung(Document):
    """One depth of the maker's own work, apart from every view."""

    rung: Rung
    title: Localized
    status: Literal["shown", "not_shown", "disputed", "not_assessed"]
    witnesses: tuple[LadderWitness, ...]


class OwnDerivative(Document):
    """A component that descends from an earlier model of the same maker."""

    artefact: str
    component: str
    reference: str
    reference_digest: str | None
    relation: Relation
    owner: str | None
    """Who the dossier says owns the earlier model."""
    status: Literal["proved", "declared_only", "owner_unproved", "contradicted"]
    """``owner_unproved``: the descent is proved, that the earlier model is the maker's is not."""
    reason: Localized
    evidence: tuple[Pointer, ...]


class ReviewProvenance(Document):
    """How the review came about, so that whoever doubts can repeat it."""

    dokja: str
    on: dt.date
    """Day of the review, against which dates of the future are measured."""
    sign_off_digests: tuple[Digest, ...] = ()
    quorum_given: bool = False
    """Whether the quorum was given by the caller in place of the policy's."""
    seed: Count = 0


class ReviewReport(Document):
    """A submission under three views: outcomes, evidence, obligations, trail, what is unknown."""

    schema_version: Literal["1"]
    dossier: DossierRecord
    policy: PolicyRecord
    artefacts: tuple[ReviewedArtefact, ...]
    components: tuple[ReviewedComponent, ...]
    verdict: ReviewVerdict
    views: tuple[ViewOutcome, ...]
    criteria: tuple[CriterionResult, ...]
    licences: tuple[LicenceRow, ...]
    own_derivatives: tuple[OwnDerivative, ...]
    ladder: tuple[LadderRung, ...]
    reviewers: tuple[Reviewer, ...]
    trail: tuple[TrailEntry, ...]
    evidence: tuple[EvidenceDocument, ...]
    provenance: ReviewProvenance
