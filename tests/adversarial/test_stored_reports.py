"""Reports from strangers: sound in form, hostile in every name, read back from a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dokja.cli import codes
from dokja.cli.main import main
from dokja.report.json import JsonRenderer
from tests.support.reports import BUILDERS, HOSTILE_NAMES

if TYPE_CHECKING:
    from pathlib import Path

_RENAMED = frozenset({"component", "reference", "reference_component", "ref"})


def hostile(value: Any, names: dict[str, str], key: str = "") -> Any:
    """Rename whatever has a name, each always alike, so that the report stays consistent."""
    if isinstance(value, dict):
        return {field: hostile(inner, names, field) for field, inner in value.items()}
    if isinstance(value, list):
        return [hostile(inner, names, key) for inner in value]
    if isinstance(value, str) and key in _RENAMED:
        return names.setdefault(value, f"{len(names)}{HOSTILE_NAMES[len(names) % 8]}")
    if isinstance(value, str) and key in {"en", "ko", "subject", "rule", "license", "uri"}:
        return HOSTILE_NAMES[len(value) % 8]
    return value


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    document = json.loads(JsonRenderer().render(BUILDERS["demo"]()))
    subject = document.pop("subject")
    document = {"subject": {}, **hostile(document, names := {})}
    for field, value in subject.items():
        document["subject"][field] = hostile(value, names, field)
    path = tmp_path / "stored.json"
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize("language", ["en", "ko"])
def test_hostile_report_is_shown_as_text(
    stored: Path, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page, text = stored.with_suffix(".html"), stored.with_suffix(".md")
    for target in (page, text):
        words = ["render", str(stored), "-o", str(target), "--lang", language]
        assert main(words) == codes.EXIT_OK, capsys.readouterr().err
        shown = target.read_text()
        # Markdown shows names as code, in which nothing is a tag.
        assert target is text or not any(tag in shown for tag in ("<script>alert", "<img src=x"))
        assert not {"\x1b", "\u202e", "\x00"} & set(shown)
    assert main(["judge", str(stored), "--lang", language]) == codes.EXIT_OK
    assert "\x1b[31m" not in capsys.readouterr().out
