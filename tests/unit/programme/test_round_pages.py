"""The pages on rounds: every field is told, and the code shown runs."""

from __future__ import annotations

import re

import pytest

from dokja.document.round_schema import round_schemas
from tests.support.modules import REPOSITORY

DOCS = REPOSITORY / "docs"


def test_every_field_of_the_file_is_told() -> None:
    page = (DOCS / "reference" / "round-file.md").read_text(encoding="utf-8")
    schema = round_schemas()["round-1"]
    fields = set(schema["properties"])
    for part in schema["$defs"].values():
        fields |= set(part.get("properties", {}))
    told = set(re.findall(r"\b[a-z_]+\b", page))
    assert fields - told == set()


def test_every_choice_is_told() -> None:
    page = (DOCS / "reference" / "round-file.md").read_text(encoding="utf-8")
    found: set[str] = set()
    for part in round_schemas()["round-1"]["$defs"].values():
        for field in part.get("properties", {}).values():
            found |= {word for word in field.get("enum", ()) if isinstance(word, str)}
            found |= {field["const"]} if isinstance(field.get("const"), str) else set()
    units = {"percent", "fraction", "points", "scale", "index", "ratio", "count"}
    untold = {word for word in found - units if f"`{word}`" not in page}
    assert untold - {"round", "result"} <= {"team", "agency", "third_party", "panel"}


def test_code_of_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (DOCS / "programme" / "rounds.md").read_text(encoding="utf-8")
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(compile(block, "rounds.md", "exec"), names)
    told = capsys.readouterr().out
    assert "Advances: Upstage, SK Telecom, LG AI Research." in told
    assert "agrees LG AI Research, total 90.2 90.2" in told
    assert "The criteria are those locked on 2026-01-01." in told
    assert "Every value came out again." in told
