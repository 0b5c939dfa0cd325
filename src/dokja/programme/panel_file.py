"""Reading a panel from JSON or YAML: every defect of it in one message, each with its place.

The module knows how a file becomes a `PanelFile`, never what its marks say.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from dokja.document.panel import PanelFile
from dokja.document.yamltext import load_yaml, place
from dokja.errors import ProgrammeError
from dokja.programme.panel_check import check_panel, parse_panel

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["parse_panel_file", "read_panel"]

_MAX_BYTES = 64 * 1024 * 1024
_MAX_SHOWN = 100


def read_panel(path: str | Path) -> tuple[PanelFile, str]:
    """Read a panel.

    Parameters
    ----------
    path
        A JSON or YAML file.

    Returns
    -------
    tuple of (PanelFile, str)
        The panel, and the digest of the file.

    Raises
    ------
    ProgrammeError
        If it cannot be read or does not fit; the message lists every defect with its place.
    ReportError
        If it is JSON and does not fit its schema.
    MissingDependencyError
        If it is YAML and the extra ``programme`` is not installed.
    """
    from blake3 import blake3  # noqa: PLC0415 - loaded when a digest is wanted

    uri = str(path)
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise ProgrammeError(
            f"the panel cannot be read: {words}",
            uri=uri,
            hint="Name a YAML or JSON file of forms or votes.",
        ) from None
    if len(content) > _MAX_BYTES:
        raise ProgrammeError(
            f"more than {_MAX_BYTES:,} bytes, too many to read",
            uri=uri,
            hint="Keep each panel in a file of its own; all of them can be given with --panel.",
        )
    return parse_panel_file(content, uri=uri), f"blake3:{blake3(content).hexdigest()}"


def parse_panel_file(content: bytes, *, uri: str) -> PanelFile:
    """Read a panel from the bytes of a file.

    Parameters
    ----------
    content
        The bytes; JSON if they begin with a brace, else YAML.
    uri
        Where they came from, for the error.

    Returns
    -------
    PanelFile
        A panel whose parts fit together.

    Raises
    ------
    ProgrammeError
        If it does not fit; the message lists every defect with its dotted path and, in YAML,
        its line.
    ReportError
        If it is JSON and does not fit its schema.
    """
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return parse_panel(content, uri=uri)
    found: Any = load_yaml(content, uri=uri)
    try:
        # Through JSON, as only there does strict mode take lists for tuples.
        panel = PanelFile.model_validate_json(json.dumps(found, default=str))
    except ValidationError as error:
        defects = [f"{place(found, one['loc'])}: {_words(one)}" for one in error.errors()]
        shown = "".join(f"\n  {line}" for line in defects[:_MAX_SHOWN])
        raise ProgrammeError(
            f"the panel has {len(defects)} defects:{shown}"
            if len(defects) > 1
            else f"the panel has 1 defect:{shown}",
            uri=uri,
            hint="docs/programme/panels.md tells every part; the JSON Schema is panel-1.json.",
        ) from None
    check_panel(panel, uri=uri)
    return panel


def _words(defect: ErrorDetails) -> str:
    plain = {"missing": "is missing", "extra_forbidden": "no such field"}
    return plain.get(defect["type"]) or defect["msg"].removeprefix("Value error, ")
