"""The report as JSON by contract, written and read back.

The module knows the form of the document, never what its figures mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dokja.document.audit import AuditReport
from dokja.document.common import MAX_DOCUMENT_BYTES, parse_json_strictly
from dokja.document.consistency import check_consistency
from dokja.errors import ReportError

if TYPE_CHECKING:
    from dokja.report.renderer import Language

__all__ = ["RENDERER", "JsonRenderer", "load_report"]


@dataclass(frozen=True, slots=True)
class JsonRenderer:
    """Writes the document itself: keys in the order of the schema, both languages."""

    name: str = "json"
    suffix: str = ".json"
    media_type: str = "application/json"

    def render(self, report: AuditReport, *, language: Language = "en") -> bytes:
        """Write the report as JSON.

        Parameters
        ----------
        report
            The report.
        language
            Not used: the document bears its sentences in both languages.

        Returns
        -------
        bytes
            Indented UTF-8 with a final line break.
        """
        del language
        return (report.model_dump_json(by_alias=True, indent=2) + "\n").encode()


def load_report(source: str | Path | bytes) -> AuditReport:
    """Read a stored report and refuse everything that is not exactly one.

    Parameters
    ----------
    source
        Path of the file, or its bytes.

    Returns
    -------
    AuditReport
        The report.

    Raises
    ------
    ReportError
        If there is no such file, it cannot be read, it is not a report of this version, or its
        parts contradict each other.
    """
    if isinstance(source, bytes):
        return check_consistency(parse_json_strictly(AuditReport, source))
    path = Path(source)
    report = parse_json_strictly(AuditReport, _read(path), uri=str(path))
    return check_consistency(report, uri=str(path))


def _refuse_pipe(path: Path) -> None:
    # A pipe that nobody writes to would be waited for without end.
    if path.exists() and not path.is_file():
        raise ValueError("not a regular file")


def _read(path: Path) -> bytes:
    try:
        _refuse_pipe(path)
        with path.open("rb") as file:
            # One byte more than is allowed, so that an endless file is refused, not read.
            return file.read(MAX_DOCUMENT_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ReportError(
            f"the report cannot be read: {getattr(error, 'strerror', None) or error}",
            uri=str(path),
            hint="Give the path of a JSON report that was written by dokja audit.",
        ) from None


RENDERER = JsonRenderer()
"""The renderer in the catalog."""
