"""A dossier as a document: what is submitted, whose it is, where it came from, what proves it.

The module defines what a dossier may say; it reads no file and judges nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from dokja.document.common import Document

__all__ = [
    "Artefact",
    "DeclaredReference",
    "DeclaredUse",
    "Dossier",
    "EvidenceFile",
    "Part",
    "StoredAudit",
    "StoredTrajectory",
]

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
Words = Annotated[str, Field(min_length=1, max_length=2_000)]
FilePath = Annotated[str, Field(min_length=1, max_length=400)]
"""Relative to the dossier; no path leaves its folder."""
Digest = Annotated[str, Field(pattern=r"^(blake3|sha256):[0-9a-f]{64}$")]
Ids = Annotated[tuple[Id, ...], Field(max_length=1_000)]
Origin = Literal["own", "third_party", "mixed", "unknown"]
Kind = Literal["model", "encoder", "tokenizer", "code", "data", "report", "card", "other"]
BaseRelation = Literal["finetune", "adapter", "merge", "quantized", "own_derivative", "none"]


class Part(Document):
    """What a maker says of a component, where it differs from the artefact it is in."""

    component: Words
    """As the audit names it, such as ``vision_encoder``."""
    origin: Origin | None = None
    licence: Words | None = None
    trained_from: Ids | None = None
    frozen: bool | None = None
    """Whether it was kept as it was found, and not trained."""
    retrainable: bool | None = None
    retrain_evidence: Ids = ()


class Artefact(Document):
    """Something that is submitted."""

    id: Id
    kind: Kind
    path: FilePath | None = None
    digest: Digest | None = None
    """Of a checkpoint: as ``dokja inspect`` prints it. Of a file: of its bytes."""
    title: Words | None = None
    component: Words | None = None
    """The component it is, where it is one alone."""
    origin: Origin = "unknown"
    base_model: Words | None = None
    base_model_relation: BaseRelation | None = None
    licence: Words | None = None
    """An expression such as ``Apache-2.0``."""
    licence_file: FilePath | None = None
    trained_from: Ids = ()
    """Artefacts or references it was trained on from."""
    frozen: bool = False
    retrainable: bool | None = None
    retrain_evidence: Ids = ()
    parts: Annotated[tuple[Part, ...], Field(max_length=1_000)] = ()


class DeclaredReference(Document):
    """A model, code or data that is not submitted: a part came from it, or is compared with it."""

    id: Id
    kind: Literal["model", "code", "data", "other"] = "model"
    name: Words
    owner: Words | None = None
    """Who owns it; an earlier model of the maker's own bears the maker's name."""
    path: FilePath | None = None
    """Where it lies, so that the review can lay it beside the submission itself."""
    digest: Digest | None = None
    licence: Words | None = None
    licence_shipped: bool | None = None
    """Whether its licence text and notice are part of the submission."""
    trained_from: Ids = ()
    """References it was itself made from: its licence does not undo theirs."""
    used: bool | None = None
    """Whether anything of it went into the submission; null: it is only compared with."""
    declared_in: Ids = ()
    """Artefacts for readers that name it: the card, the report, the notice."""


class EvidenceFile(Document):
    """A file that proves something."""

    id: Id
    path: FilePath
    digest: Digest
    title: Words | None = None


class StoredAudit(Document):
    """A stored audit report."""

    id: Id
    path: FilePath
    digest: Digest
    artefact: Id


class StoredTrajectory(Document):
    """A recorded training run: its stored report, or the recipe it can be judged from."""

    id: Id
    artefact: Id
    component: Words | None = None
    """Where the run is of one component alone."""
    recipe: FilePath | None = None
    report: FilePath | None = None
    digest: Digest | None = None
    """Of the report."""


class DeclaredUse(Document):
    """What is done with the submission, where the maker says so; licences ask for it."""

    commercial: bool | None = None
    monthly_users: Annotated[int, Field(ge=0)] | None = None
    revenue_usd: Annotated[int, Field(ge=0)] | None = None
    """A year, in US dollars."""


class Dossier(Document):
    """A submission of several artefacts, as its maker describes it."""

    schema_version: Literal["1"]
    id: Id
    title: Words | None = None
    maker: Words
    date: dt.date
    artefacts: Annotated[tuple[Artefact, ...], Field(min_length=1, max_length=1_000)]
    references: Annotated[tuple[DeclaredReference, ...], Field(max_length=1_000)] = ()
    audits: Annotated[tuple[StoredAudit, ...], Field(max_length=1_000)] = ()
    trajectories: Annotated[tuple[StoredTrajectory, ...], Field(max_length=1_000)] = ()
    evidence: Annotated[tuple[EvidenceFile, ...], Field(max_length=1_000)] = ()
    use: DeclaredUse = DeclaredUse()
