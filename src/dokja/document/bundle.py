"""A bundle's manifest, and what a verification of one found, as documents.

The module defines what stands in a bundle; it reads no file and verifies nothing.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dokja.document.common import Document, Localized

__all__ = ["BundledFile", "Manifest", "ReadFile", "Verification", "VerifiedItem"]

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]
Role = Literal["report", "page", "statement", "dossier", "evidence"]
Kind = Literal["audit", "review", "trajectory", "round"]
Outcome = Literal["ok", "failed", "not_checked"]


class BundledFile(Document):
    """A file that is in the bundle."""

    path: Annotated[str, Field(min_length=1, max_length=400)]
    n_bytes: Count
    sha256: Sha256
    blake3: Sha256
    role: Role
    kind: Kind | None = None
    """Of a report: what it is; of a page or statement: of which kind of report."""
    made_from: str | None = None
    """Of a page or a statement: the report it was made from."""
    language: Literal["en", "ko"] | None = None


class ReadFile(Document):
    """A file that a report read; it is not in the bundle."""

    report: str
    uri: str
    n_bytes: Count
    identity: str
    """Size and time, ETag or commit, as the report pinned it."""
    sha256: Sha256 | None = None
    """Null where the file was not at hand, or no longer the same, when the bundle was made."""


class Manifest(Document):
    """What is in a bundle, what its reports read, and how each can be made again."""

    schema_version: Literal["1"]
    dokja: str
    made_at: str
    files: Annotated[tuple[BundledFile, ...], Field(min_length=1, max_length=2_000)]
    read: Annotated[tuple[ReadFile, ...], Field(max_length=100_000)] = ()
    again: Annotated[tuple[tuple[str, str], ...], Field(max_length=2_000)] = ()
    """Report, and the command that makes it again."""


class VerifiedItem(Document):
    """One thing that was looked at."""

    check: str
    """Such as ``digest``, ``schema``, ``verdict`` or ``signature``."""
    what: str
    """File, component or key."""
    outcome: Outcome
    words: Localized


class Verification(Document):
    """What a verification found."""

    schema_version: Literal["1"]
    bundle: str
    verified: bool
    signature: Literal["valid", "invalid", "none", "not_checked"]
    items: tuple[VerifiedItem, ...]
    summary: Localized
