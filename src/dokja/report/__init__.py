"""Views of a stored report: JSON, one self-contained page, Markdown, PDF.

The room reads documents only, never weights; every view is made of the document alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.catalog import Catalog

if TYPE_CHECKING:
    from dokja.report.renderer import Renderer

__all__ = ["BUILTIN"]

BUILTIN: Catalog[Renderer] = Catalog(
    kind="renderer",
    group="dokja.renderers",
    builtins={
        "json": "dokja.report.json:RENDERER",
        "html": "dokja.report.html:RENDERER",
        "markdown": "dokja.report.markdown:RENDERER",
        "pdf": "dokja.report.pdf.renderer:RENDERER",
    },
)
"""Every renderer by name; other packages add theirs under the group ``dokja.renderers``."""
