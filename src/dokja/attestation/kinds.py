"""What kind of report a document is, by the fields it begins with.

The module reads stored documents strictly; it never guesses at one that is none of ours.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, TypeAlias

from dokja.document.audit import AuditReport
from dokja.document.common import parse_json_strictly
from dokja.document.consistency import check_consistency
from dokja.document.consistency_outcomes import check_review, check_run
from dokja.document.review import ReviewReport
from dokja.document.round_report import RoundReport
from dokja.document.trajectory import TrajectoryReport
from dokja.errors import AttestationError

if TYPE_CHECKING:
    from dokja.document.bundle import Kind

__all__ = ["Report", "kind_of", "read_report"]

Report: TypeAlias = "AuditReport | ReviewReport | TrajectoryReport | RoundReport"
_MODELS: Final[dict[Kind, type[Report]]] = {
    "audit": AuditReport,
    "review": ReviewReport,
    "trajectory": TrajectoryReport,
    "round": RoundReport,
}
_SIGNS: Final[tuple[tuple[str, Kind], ...]] = (
    ("dossier", "review"),
    ("recipe", "trajectory"),
    ("teams", "round"),
    ("subject", "audit"),
)


def kind_of(content: bytes, *, uri: str) -> Kind:
    """Tell what kind of report a document is.

    Parameters
    ----------
    content
        The document.
    uri
        Its name, for messages.

    Returns
    -------
    str
        ``audit``, ``review``, ``trajectory`` or ``round``.

    Raises
    ------
    AttestationError
        If it is none of them.
    """
    try:
        held = json.loads(content)
    except (ValueError, RecursionError):
        held = None
    if isinstance(held, dict):
        for field, kind in _SIGNS:
            if field in held:
                return kind
    raise AttestationError(
        "it is no report of dokja",
        uri=uri,
        hint="Give what dokja audit, review, trajectory or round score wrote with --json.",
    )


def read_report(content: bytes, *, uri: str) -> tuple[Kind, Report]:
    """Read a stored report of any kind.

    Parameters
    ----------
    content
        The document.
    uri
        Its name, for messages.

    Returns
    -------
    tuple
        Its kind, and the document.

    Raises
    ------
    AttestationError
        If it is no report.
    ReportError
        If it is one and not whole.
    """
    kind = kind_of(content, uri=uri)
    report = parse_json_strictly(_MODELS[kind], content, uri=uri)
    if isinstance(report, AuditReport):
        check_consistency(report, uri=uri)
    if isinstance(report, ReviewReport):
        check_review(report, uri=uri)
    if isinstance(report, TrajectoryReport):
        check_run(report, uri=uri)
    return kind, report
