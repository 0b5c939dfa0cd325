from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dokja.errors import ReportError
from dokja.report.json import JsonRenderer, load_report
from tests.support.reports import BUILDERS

if TYPE_CHECKING:
    from pathlib import Path


CONTRADICTORY = {"bare", "hostile", "not_testable", "two_references"}
"""Made for pages alone: what no audit writes, and no reader takes."""


@pytest.mark.parametrize("name", sorted(set(BUILDERS) - CONTRADICTORY))
def test_report_comes_back_as_it_was_written(name: str, tmp_path: Path) -> None:
    report = BUILDERS[name]()
    written = JsonRenderer().render(report)
    assert load_report(written) == report
    path = tmp_path / "report.json"
    path.write_bytes(written)
    assert load_report(path) == report
    assert load_report(str(path)) == report


@pytest.mark.parametrize("name", sorted(CONTRADICTORY))
def test_report_that_contradicts_itself_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(JsonRenderer().render(BUILDERS[name]()))
    with pytest.raises(ReportError) as caught:
        load_report(path)
    assert caught.value.context
    assert caught.value.hint
    assert caught.value.uri == str(path)


def test_same_report_gives_same_bytes_in_both_languages() -> None:
    build = BUILDERS["demo"]
    first = JsonRenderer().render(build(), language="en")
    assert JsonRenderer().render(build(), language="ko") == first
    assert first.endswith(b"}\n")


def test_keys_follow_the_contract() -> None:
    written = json.loads(JsonRenderer().render(BUILDERS["demo"]()))
    assert list(written) == [
        "schema_version",
        "subject",
        "references",
        "components",
        "verdict",
        "evidence",
        "provenance",
    ]
    least = written["components"][0]["least_detectable"]["in_place"]
    assert list(least) == ["cosine_0.9", "cosine_0.5", "cosine_0.2"]


def test_missing_file_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="cannot be read") as caught:
        load_report(tmp_path / "absent.json")
    assert caught.value.hint
    assert caught.value.uri == str(tmp_path / "absent.json")


def test_path_that_no_system_takes_is_an_error_too() -> None:
    with pytest.raises(ReportError, match="cannot be read"):
        load_report("nul\0.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a JSON document"),
        (b"[]", "schema"),
        (b'{"schema_version": "1"}', "subject"),
        (b'{"schema_version": "1", "schema_version": "1"}', "twice"),
        (b"[" * 100_000, "not a JSON document"),
        (b"\xff\xfe", "not a JSON document"),
    ],
)
def test_what_is_no_report_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(ReportError, match=message) as caught:
        load_report(path)
    assert caught.value.uri == str(path)


def test_not_a_number_is_refused() -> None:
    written = JsonRenderer().render(BUILDERS["demo"]())
    assert b'"wall_s": 12.34' in written
    with pytest.raises(ReportError, match="wall_s"):
        load_report(written.replace(b'"wall_s": 12.34', b'"wall_s": NaN'))
