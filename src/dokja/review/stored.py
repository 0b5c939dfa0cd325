"""Stored reports that a dossier names, read and held against it.

The module reads and refuses; what a report says is for others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.document.audit import AuditReport
from dokja.document.common import parse_json_strictly
from dokja.document.consistency import check_consistency
from dokja.document.consistency_outcomes import check_run
from dokja.document.trajectory import TrajectoryReport
from dokja.errors import DossierError

if TYPE_CHECKING:
    from dokja.document.dossier import StoredAudit, StoredTrajectory
    from dokja.review.dossier import DossierFiles

__all__ = ["stored_audit", "stored_run"]


def stored_audit(files: DossierFiles, one: StoredAudit) -> tuple[AuditReport, str]:
    """Read a stored audit.

    Parameters
    ----------
    files
        The dossier.
    one
        What it says of the audit.

    Returns
    -------
    tuple
        The report and the digest of its file.

    Raises
    ------
    DossierError
        If the file is not there, bears another digest, or is about another checkpoint than the
        artefact it is said to be of.
    ReportError
        If it is no report, or contradicts itself.
    """
    content, digest = files.read(one.path, one.digest, f"audit {one.id}")
    report = parse_json_strictly(AuditReport, content, uri=one.path)
    check_consistency(report, uri=one.path)
    artefact = next(each for each in files.dossier.artefacts if each.id == one.artefact)
    if artefact.digest is not None and artefact.digest != report.subject.digest:
        raise DossierError(
            f"audit {one.id} is of {report.subject.digest}, and the artefact {artefact.id} "
            f"bears {artefact.digest}",
            uri=files.uri,
            hint="Audit what is submitted; dokja inspect prints the digest of a checkpoint.",
        )
    return report, digest


def stored_run(files: DossierFiles, one: StoredTrajectory) -> tuple[TrajectoryReport, str]:
    """Read a stored report of a training run.

    Parameters
    ----------
    files
        The dossier.
    one
        What it says of the run; it names a report.

    Returns
    -------
    tuple
        The report and the digest of its file.

    Raises
    ------
    DossierError
        If the file is not there or bears another digest.
    ReportError
        If it is no report of a run, or contradicts itself.
    """
    content, digest = files.read(one.report or "", one.digest, f"trajectory {one.id}")
    report = parse_json_strictly(TrajectoryReport, content, uri=one.report)
    return check_run(report, uri=one.report), digest
