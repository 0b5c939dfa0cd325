"""The official schemas of CycloneDX, as its reference library ships them."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

__all__ = ["defects"]


@cache
def _validator(version: str) -> Any:
    folder = files("cyclonedx.schema").joinpath("_res")
    held = {
        one.name: json.loads(one.read_text(encoding="utf-8"))
        for one in folder.iterdir()
        if one.name.endswith(".schema.json")
    }
    resources = [
        (schema.get("$id", name), Resource.from_contents(schema, default_specification=DRAFT7))
        for name, schema in held.items()
    ]
    return jsonschema.Draft7Validator(
        held[f"bom-{version}.SNAPSHOT.schema.json"], registry=Registry().with_resources(resources)
    )


def defects(bom: dict[str, Any], version: str = "1.6") -> list[str]:
    """Return what the official schema finds wrong with a bill of materials."""
    found = {**bom, "specVersion": version}
    return [f"{list(one.path)}: {one.message}" for one in _validator(version).iter_errors(found)]
