"""Stored audits and reviews that a round names, read only if they bear the digest it gives.

The module knows files beside the round file, never what a report means for a team.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from dokja.document.audit import AuditReport
from dokja.document.common import MAX_DOCUMENT_BYTES, parse_json_strictly
from dokja.document.consistency_outcomes import check_review
from dokja.document.review import ReviewReport
from dokja.document.round_facts import AuditInput, ReviewInput
from dokja.document.round_report import FileRecord
from dokja.errors import DokjaError, ProgrammeError

if TYPE_CHECKING:
    from dokja.document.round import RoundFile

__all__ = ["StoredReport", "read_audits"]

StoredReport: TypeAlias = AuditReport | ReviewReport
"""What a gate may be decided by."""


def read_audits(
    found: RoundFile, folder: str | Path
) -> tuple[dict[str, StoredReport], tuple[FileRecord, ...]]:
    """Read every audit and every review that a round names.

    Parameters
    ----------
    found
        The round.
    folder
        Folder of the round file, which no path leaves.

    Returns
    -------
    tuple
        Reports by digest, and the files for the record.

    Raises
    ------
    ProgrammeError
        If one is not there, leads out of the folder, bears another digest, or is no report; the
        message lists all of them.
    """
    reports: dict[str, StoredReport] = {}
    records: list[FileRecord] = []
    wrong: list[str] = []
    for step, given in enumerate(found.gate_inputs):
        if not isinstance(given, AuditInput | ReviewInput):
            continue
        try:
            reports[given.digest] = _read(given, Path(folder))
            records.append(FileRecord(path=given.path, digest=given.digest))
        except (OSError, ValueError) as error:
            message = error.message if isinstance(error, DokjaError) else _why(error)
            wrong.append(f"gate_inputs.{step}: {given.path}: {message}")
    if wrong:
        raise ProgrammeError(
            "audit reports cannot be read:" + "".join(f"\n  {words}" for words in wrong),
            hint="Put each report where the round says, or give its digest anew.",
        )
    return reports, tuple(records)


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _read(given: AuditInput | ReviewInput, folder: Path) -> StoredReport:
    from blake3 import blake3  # noqa: PLC0415 - loaded when a digest is wanted

    base = folder.resolve()
    path = (base / given.path).resolve()
    if not path.is_relative_to(base):
        raise ProgrammeError(
            "leads out of the folder of the round file",
            hint="Copy the report beside the round file and name it from there.",
        )
    if not path.is_file():
        raise ProgrammeError(
            "there is no such file",
            hint="Put the report where the round file says, counted from the round file's folder.",
        )
    with path.open("rb") as stream:
        content = stream.read(MAX_DOCUMENT_BYTES + 1)
    digest = f"blake3:{blake3(content).hexdigest()}"
    if digest != given.digest:
        raise ProgrammeError(
            f"bears the digest {digest}, not the one given",
            hint="Put the report back as it was, or give its new digest in the round file.",
        )
    if isinstance(given, ReviewInput):
        return check_review(parse_json_strictly(ReviewReport, content))
    return parse_json_strictly(AuditReport, content)
