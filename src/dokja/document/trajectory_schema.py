"""The published schemas of recipes and of what is told of a training run.

The module knows under which names they are published, never what a field means.
"""

from __future__ import annotations

import json
from typing import Any

from dokja.document.recipe import Recipe
from dokja.document.trajectory import TrajectoryReport

__all__ = ["trajectory_schema_text", "trajectory_schemas"]


def trajectory_schemas() -> dict[str, dict[str, Any]]:
    """Return the schemas by name.

    Returns
    -------
    dict
        Schemas of draft 2020-12, of the file that people write and of the document made of it.
    """
    bodies = {
        "recipe-1": Recipe.model_json_schema(mode="validation", by_alias=True),
        "trajectory-1": TrajectoryReport.model_json_schema(mode="serialization", by_alias=True),
    }
    return {
        name: {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:dokja:schema:{name.rpartition('-')[0]}:{name.rpartition('-')[2]}",
            **body,
        }
        for name, body in bodies.items()
    }


def trajectory_schema_text(name: str) -> str:
    """Return a schema as the text that is published with the package.

    Parameters
    ----------
    name
        One of the names of `trajectory_schemas`.

    Returns
    -------
    str
        Indented JSON with a newline at its end; the same bytes every time.
    """
    return json.dumps(trajectory_schemas()[name], indent=2, ensure_ascii=False) + "\n"
