"""The published schemas of the review: dossier, policy, signatures, and the report made of them.

The module knows under which names they are published, never what a field means.
"""

from __future__ import annotations

import json
from typing import Any

from dokja.document.dossier import Dossier
from dokja.document.dossier_check import DossierCheck
from dokja.document.licences import LicenceFacts
from dokja.document.review import ReviewReport
from dokja.document.review_policy import ReviewPolicy
from dokja.document.sign_off import SignOffFile

__all__ = ["review_schema_text", "review_schemas"]


def review_schemas() -> dict[str, dict[str, Any]]:
    """Return the schemas by name.

    Returns
    -------
    dict
        Schemas of draft 2020-12, of the files that people write and of the document made of them.
    """
    bodies = {
        "dossier-1": Dossier.model_json_schema(mode="validation", by_alias=True),
        "review-policy-1": ReviewPolicy.model_json_schema(mode="validation", by_alias=True),
        "sign-off-1": SignOffFile.model_json_schema(mode="validation", by_alias=True),
        "dossier-check-1": DossierCheck.model_json_schema(mode="serialization", by_alias=True),
        "licence-1": LicenceFacts.model_json_schema(mode="serialization", by_alias=True),
        "review-1": ReviewReport.model_json_schema(mode="serialization", by_alias=True),
    }
    return {
        name: {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:dokja:schema:{name.rpartition('-')[0]}:{name.rpartition('-')[2]}",
            **body,
        }
        for name, body in bodies.items()
    }


def review_schema_text(name: str) -> str:
    """Return a schema as the text that is published with the package.

    Parameters
    ----------
    name
        One of the names of `review_schemas`.

    Returns
    -------
    str
        Indented JSON with a newline at its end; the same bytes every time.
    """
    return json.dumps(review_schemas()[name], indent=2, ensure_ascii=False) + "\n"
