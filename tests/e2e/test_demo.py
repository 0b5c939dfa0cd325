"""``dokja demo``: the whole promise on the bundled case, whose true story is known."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.support.golden import REPORT, differences, masked
from tests.support.shown import Terminal

DEMO = Path(str(files("dokja") / "data" / "demo"))
MOST_BYTES = 4_000_000


def dokja(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the real command as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "dokja", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        timeout=240,
    )


@pytest.fixture(scope="module")
def told(terminal: Terminal) -> tuple[Path, str, dict[str, Any]]:
    """Run the demo once: its folder, what it printed, and its report."""
    done = terminal.run("dokja demo")
    assert done.returncode == 0, done.stderr
    report = json.loads((terminal.folder / "dokja-demo/report.json").read_text())
    return terminal.folder, done.stdout, report


def test_last_line_names_the_page(told: tuple[Path, str, dict[str, Any]]) -> None:
    folder, shown, _ = told
    last = shown.splitlines()[-1]
    page = Path(last.removeprefix("Report: "))
    assert page == (folder / "dokja-demo/report.html").resolve()
    assert page.read_text().lstrip().startswith("<!doctype html>")


def test_every_component_gets_its_true_relation(
    told: tuple[Path, str, dict[str, Any]],
) -> None:
    said = {
        (result["component"], result["reference"]): result["relation"]
        for result in told[2]["components"]
    }
    lineage = json.loads((DEMO / "demo.json").read_text())["lineage"]
    expected = {(true["component"], true["reference"]): true["expected"] for true in lineage}
    assert {"reused", "verbatim", "no_evidence"} <= set(expected.values())
    assert {pair: said[pair] for pair in expected} == expected


def test_figures_are_the_kept_ones(told: tuple[Path, str, dict[str, Any]]) -> None:
    found = differences(masked(told[2]), json.loads(REPORT.read_text("utf-8")))
    assert found == [], "if this is meant: python tests/golden/refresh.py"


def test_honest_stranger_is_accused_of_nothing(
    told: tuple[Path, str, dict[str, Any]],
) -> None:
    accused = [
        (result["component"], result["relation"])
        for result in told[2]["components"]
        if result["reference"] == "stranger"
        and result["relation"] in {"verbatim", "reused", "derived", "shared_init"}
    ]
    assert accused == []


def test_models_are_named_and_not_where_they_lie(
    told: tuple[Path, str, dict[str, Any]],
) -> None:
    report = told[2]
    assert report["subject"]["ref"] == "subject"
    references = [reference["ref"] for reference in report["references"]]
    assert references == ["vision-donor", "audio-donor", "stranger"]


def test_case_is_small_enough_to_come_along() -> None:
    assert sum(path.stat().st_size for path in DEMO.rglob("*") if path.is_file()) <= MOST_BYTES


def test_korean_demo_speaks_korean_to_the_last_line(terminal: Terminal) -> None:
    done = terminal.run("dokja demo --lang ko")
    assert done.returncode == 0, done.stderr
    page = terminal.folder.resolve() / "dokja-demo/report.html"
    assert done.stdout.splitlines()[-1] == f"보고서: {page}"
    assert "결백한 남남" in done.stderr


def test_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = dokja("demo", "--output", "file/there", cwd=tmp_path)
    assert done.returncode == 3
    assert "hint: " in done.stderr
