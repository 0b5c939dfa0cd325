"""The renderer of reports as PDF.

The module only joins the view of a report to the typesetter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.report.pdf.of_page import page_sheet
from dokja.report.pdf.of_view import view_sheet
from dokja.report.pdf.typeset import typeset
from dokja.report.view import make_view

if TYPE_CHECKING:
    from dokja.document.audit import AuditReport
    from dokja.report.renderer import Language
    from dokja.report.round.parts import Page

__all__ = ["RENDERER", "PdfRenderer", "pdf_page"]


@dataclass(frozen=True, slots=True)
class PdfRenderer:
    """Writes the report as PDF: what the page says, for paper and for files that are kept."""

    name: str = "pdf"
    suffix: str = ".pdf"
    media_type: str = "application/pdf"

    def render(self, report: AuditReport, *, language: Language = "en") -> bytes:
        """Write the report as PDF.

        Parameters
        ----------
        report
            The report.
        language
            Language of all words that are not names.

        Returns
        -------
        bytes
            A tagged PDF; the same for the same report, language and fonts.

        Raises
        ------
        MissingDependencyError
            If the extra ``pdf`` is not installed.
        """
        return typeset(view_sheet(make_view(report, language)))


def pdf_page(page: Page) -> bytes:
    """Write a page of the programme, a review or a training run as PDF.

    Parameters
    ----------
    page
        The page.

    Returns
    -------
    bytes
        A tagged PDF.

    Raises
    ------
    MissingDependencyError
        If the extra ``pdf`` is not installed.
    """
    return typeset(page_sheet(page))


RENDERER = PdfRenderer()
"""The renderer in the catalog."""
