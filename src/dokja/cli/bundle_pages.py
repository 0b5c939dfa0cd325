"""Pages of any report, as a bundle holds them; the module only picks who makes which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from dokja.attestation.kinds import Report
    from dokja.document.bundle import Kind

__all__ = ["page_of"]


def page_of(kind: Kind, report: Report, language: str, suffix: str) -> bytes | None:
    """Make the page of a report.

    Parameters
    ----------
    kind
        What the report is.
    report
        The report.
    language
        ``ko`` or ``en``.
    suffix
        Which view; pages are ``.html``.

    Returns
    -------
    bytes or None
        The page; None where it cannot be made of the report alone.
    """
    from dokja.document.audit import AuditReport
    from dokja.document.review import ReviewReport
    from dokja.document.trajectory import TrajectoryReport
    from dokja.report.round.html import html_page

    spoken: Literal["ko", "en"] = "ko" if language == "ko" else "en"
    if suffix != ".html":
        return None
    if isinstance(report, AuditReport):
        from dokja.report import BUILTIN

        return BUILTIN.get("html").render(report, language=spoken)
    if isinstance(report, ReviewReport):
        from dokja.report.review.page import review_page

        return html_page(review_page(report, spoken))
    if isinstance(report, TrajectoryReport):
        from dokja.report.trajectory.page import trajectory_page

        return html_page(trajectory_page(report, spoken))
    # The page of a round shows the round's own file beside the report.
    assert kind == "round"
    return None
