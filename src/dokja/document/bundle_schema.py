"""The published schemas of a bundle's manifest and of a verification.

The module knows under which names they are published, never what a field means.
"""

from __future__ import annotations

import json
from typing import Any

from dokja.document.bundle import Manifest, Verification

__all__ = ["bundle_schema_text", "bundle_schemas"]


def bundle_schemas() -> dict[str, dict[str, Any]]:
    """Return the schemas by name.

    Returns
    -------
    dict
        Schemas of draft 2020-12.
    """
    bodies = {
        "bundle-1": Manifest.model_json_schema(mode="serialization", by_alias=True),
        "verification-1": Verification.model_json_schema(mode="serialization", by_alias=True),
    }
    return {
        name: {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:dokja:schema:{name.rpartition('-')[0]}:{name.rpartition('-')[2]}",
            **body,
        }
        for name, body in bodies.items()
    }


def bundle_schema_text(name: str) -> str:
    """Return a schema as the text that is published with the package.

    Parameters
    ----------
    name
        Name of the schema.

    Returns
    -------
    str
        Indented JSON with a newline at its end; the same bytes every time.
    """
    return json.dumps(bundle_schemas()[name], indent=2, ensure_ascii=False) + "\n"
