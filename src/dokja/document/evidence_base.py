"""What all evidence of an audit report says of itself, and the ranges its figures lie in.

The module knows no single kind of evidence.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dokja.document.common import Document

__all__ = ["Count", "EvidenceBase", "Log10P", "Share"]

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Log10P = Annotated[float, Field(le=0.0)]
Count = Annotated[int, Field(ge=0)]


class EvidenceBase(Document):
    """What all evidence says of itself."""

    component: str
    reference: str
    """``ref`` of the reference."""
    reference_component: str | None
