"""The fields of a stored report, as the reference shows them; run it to mend the page.

Names and types come from the published schema, meanings stay as people wrote them on the page.
"""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs/reference/report.md"
MISSING = "?"
_BLOCK = re.compile(
    r"(<!-- fields: (?P<name>\w+) -->\n)(?P<table>.*?)(<!-- /fields -->)", re.DOTALL
)
_ROW = re.compile(r"^\| `(?P<field>[^`]+)` \| (?P<type>.*?) \| (?P<meaning>.*) \|$", re.MULTILINE)
_SHARED = ("kind", "component", "reference", "reference_component")
"""What all evidence bears; told once, under the name ``Evidence``."""


def schema() -> dict[str, Any]:
    """Return the published schema."""
    folder = resources.files("dokja.document.schemas")
    loaded: dict[str, Any] = json.loads((folder / "audit-1.json").read_text("utf-8"))
    return loaded


def groups() -> dict[str, dict[str, Any]]:
    """Return the properties of every object a report holds, by the object's name."""
    whole = schema()
    found = {"AuditReport": whole["properties"]}
    for name, part in whole["$defs"].items():
        properties = part.get("properties")
        if properties is None:
            continue
        if "kind" in properties:
            found["Evidence"] = {key: properties[key] for key in _SHARED}
            found["Evidence"]["kind"] = {"type": "string"}
            properties = {k: v for k, v in properties.items() if k not in _SHARED}
        found[name] = properties
    return found


def type_name(part: dict[str, Any]) -> str:
    """Write the type of a property for people."""
    if "anyOf" in part:
        kinds = [type_name(one) for one in part["anyOf"] if one.get("type") != "null"]
        return " or ".join(kinds) + (" or null" if len(kinds) < len(part["anyOf"]) else "")
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "oneOf" in part:
        return "[Evidence](#evidence)"
    if "const" in part:
        return f'`"{part["const"]}"`'
    if "enum" in part:
        return ", ".join(f'`"{value}"`' for value in part["enum"])
    if part["type"] == "array":
        if "prefixItems" in part:
            return "pair of " + type_name(part["prefixItems"][0])
        return "list of " + type_name(part["items"])
    return str(part["type"]) + _range(part)


def _range(part: dict[str, Any]) -> str:
    low, high = part.get("minimum"), part.get("maximum")
    if low is not None and high is not None:
        return f" from {low:g} to {high:g}"
    return f" ≥ {low:g}" if low is not None else f" ≤ {high:g}" if high is not None else ""


def table(name: str, told: dict[str, str]) -> str:
    """Write the table of one object with the meanings that are known."""
    rows = [
        f"| `{field}` | {type_name(part)} | {told.get(field, MISSING)} |"
        for field, part in groups()[name].items()
    ]
    return "\n".join(["| field | type | meaning |", "|---|---|---|", *rows]) + "\n"


def shown(page: str) -> dict[str, dict[str, str]]:
    """Return the meanings a page gives, by object and field."""
    return {
        block["name"]: {row["field"]: row["meaning"] for row in _ROW.finditer(block["table"])}
        for block in _BLOCK.finditer(page)
    }


def mended(page: str) -> str:
    """Return the page with the fields and types of the schema; unknown meanings are marked."""
    meanings = shown(page)
    return _BLOCK.sub(
        lambda block: block[1] + table(block["name"], meanings[block["name"]]) + block[4], page
    )


if __name__ == "__main__":
    PAGE.write_text(mended(PAGE.read_text("utf-8")), "utf-8")
