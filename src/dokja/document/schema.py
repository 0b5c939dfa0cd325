"""The published JSON Schema of the stored report: how others know what to expect.

The module knows the schema's frame and where it lies, never what a field means.
"""

from __future__ import annotations

import json
from typing import Any, Final

from dokja.document.audit import AuditReport

__all__ = ["SCHEMA_ID", "report_schema", "schema_text"]

SCHEMA_ID: Final = "urn:dokja:schema:audit:1"
"""Name of the schema; it changes only with ``schema_version``."""


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema of `dokja.document.audit.AuditReport` as it is written.

    Returns
    -------
    dict
        A schema of draft 2020-12, with ``$schema`` and ``$id``.
    """
    body = AuditReport.model_json_schema(mode="serialization", by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **body,
    }


def schema_text() -> str:
    """Return the schema as the text that is published with the package.

    Returns
    -------
    str
        Indented JSON with a newline at its end; the same bytes every time.
    """
    return json.dumps(report_schema(), indent=2, ensure_ascii=False) + "\n"
