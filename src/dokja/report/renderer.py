"""What every view of a stored report can do.

The module knows the shape of a renderer, never what one writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from dokja.document.audit import AuditReport

__all__ = ["Language", "Renderer"]

Language = Literal["en", "ko"]
"""Languages in which a report can be written."""


@runtime_checkable
class Renderer(Protocol):
    """A view of a report: the same report and language always give the same bytes."""

    @property
    def name(self) -> str:
        """Name in the catalog, such as ``html``."""
        ...

    @property
    def suffix(self) -> str:
        """Suffix of the file, with its dot, such as ``.html``."""
        ...

    @property
    def media_type(self) -> str:
        """Media type of the bytes, such as ``text/html``."""
        ...

    def render(self, report: AuditReport, *, language: Language) -> bytes:
        """Write the report.

        Parameters
        ----------
        report
            What is shown; nothing else may be consulted.
        language
            Language of all words that are not names.

        Returns
        -------
        bytes
            The whole file.
        """
        ...
