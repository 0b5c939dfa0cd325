"""What is known of a licence expression, as a document: control, duties, conflicts.

The module defines what is told of an expression, never how it was read.
"""

from __future__ import annotations

from typing import Literal

from dokja.document.common import Document, Localized
from dokja.document.review_policy import Control

__all__ = ["LicenceDuty", "LicenceFacts"]


class LicenceDuty(Document):
    """One thing that one licence of an expression asks for."""

    licence: str
    """SPDX's id, or ScanCode's where SPDX has none."""
    kind: str
    standing: Literal["duty", "condition"]
    """A duty is kept or broken by what is passed on; a condition stays with use."""
    text: Localized
    applies: bool | None
    """Null where it depends on what was not said."""
    source: str | None
    """Where the licence stands; null where only its category is known."""


class LicenceFacts(Document):
    """An expression, and what it comes to for a use."""

    schema_version: Literal["1"]
    found: str
    """As it was written, cut to two hundred characters."""
    expression: str | None
    """In SPDX's words; null where it could not be read."""
    control: Control
    reason: Localized
    chosen: str | None
    """Which branch was taken where there was a choice."""
    unknown: tuple[str, ...]
    """Licences in it that no index knows."""
    by_outputs: bool
    """Whether only what the work generates is used."""
    duties: tuple[LicenceDuty, ...]
    handed: str | None
    """What the work is handed on under, as it was written."""
    conflicts: tuple[Localized, ...]
