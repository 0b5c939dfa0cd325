"""A stored review read back, and told from a stored audit.

The module knows the form of the document, never what its outcomes mean.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dokja.document.common import MAX_DOCUMENT_BYTES, parse_json_strictly
from dokja.document.consistency_outcomes import check_review
from dokja.document.review import ReviewReport
from dokja.errors import ReportError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["is_review", "load_review"]

_HEAD: Final = 4_096
_DOSSIER: Final = re.compile(rb'^\s*\{\s*"schema_version"\s*:\s*"1"\s*,\s*"dossier"\s*:')


def is_review(path: Path) -> bool:
    """Tell whether a file begins as a stored review does.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    bool
        False for whatever cannot be read, which is told where it is read in earnest.
    """
    try:
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            return _DOSSIER.match(stream.read(_HEAD)) is not None
    except (OSError, ValueError):
        return False


def load_review(path: Path) -> ReviewReport:
    """Read a stored review and refuse everything that is not exactly one.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    ReviewReport
        The review.

    Raises
    ------
    ReportError
        If it cannot be read or is none.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_DOCUMENT_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ReportError(
            f"the review cannot be read: {getattr(error, 'strerror', None) or error}",
            uri=str(path),
            hint="Give the path of a JSON file that was written by dokja review.",
        ) from None
    report = parse_json_strictly(ReviewReport, content, uri=str(path))
    return check_review(report, uri=str(path))
