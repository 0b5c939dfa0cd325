"""What a check of a dossier finds, as a document.

The module defines how findings are stored, never what is one.
"""

from __future__ import annotations

from typing import Literal

from dokja.document.common import Document, Localized

__all__ = ["DossierCheck", "DossierFinding"]


class DossierFinding(Document):
    """One thing that a maker should look at before handing the dossier in."""

    rule: str
    kind: Literal["contradiction", "missing", "note"]
    """What contradicts itself, what is not said yet, what is only worth knowing."""
    step: int | None
    """What is missing is best mended in the order of these numbers; null for the other kinds."""
    place: str
    """Dotted path, with the line in the file where there is one."""
    text: Localized


class DossierCheck(Document):
    """A dossier that could be read, and what a review would stumble over."""

    schema_version: Literal["1"]
    id: str
    digest: str
    """Of the dossier's bytes."""
    n_files: int
    """Files that it names, all of them there and with the digests it gives."""
    findings: tuple[DossierFinding, ...]
    """Contradictions first, then what is missing in the order of mending, then notes."""
