"""The commands of rounds: what they print and write, their exit codes, and what they refuse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dokja.cli import codes
from dokja.cli import main as program
from dokja.cli.round import SUBCOMMANDS
from dokja.document.panel import PanelReports
from dokja.document.round_report import CriteriaCheck, CriteriaLock, ReplayReport, RoundReport

if TYPE_CHECKING:
    from pathlib import Path

STAGE = "dokpamo-2026-stage-2"
TOY = """
schema_version: "1"
id: toy
title: {en: Toy, ko: 장난감}
version: "1"
teams:
  - {id: a, name: {en: Ay, ko: 가}}
  - {id: b, name: {en: Bee, ko: 나}}
blocks:
  - {id: bench, title: {en: Bench, ko: 벤치}, max: 60}
  - {id: people, title: {en: People, ko: 평가}, max: 40}
items:
  - id: quiz
    title: {en: Quiz, ko: 문제}
    block: bench
    max: 60
    formula: {kind: share, full: 100}
  - id: panel
    title: {en: Panel, ko: 패널}
    block: people
    max: 40
    formula: {kind: share, full: 5}
    raters: {kind: experts, scale: {low: 1, high: 5}, combine: {kind: mean}}
gates:
  - id: own
    title: {en: Own, ko: 독자성}
    when: after_ranking
    views: [technical]
    rule: {kind: ticks, quorum: 2}
total_max: 100
advance: {places: 1, refill: true}
schedule:
  - {kind: submission, title: {en: Submissions, ko: 제출}, opens: 2026-03-01}
"""
RESULTS = "team,item,score,unit\na,quiz,80,percent\nb,quiz,70.5,percent\n"
PANEL = """
id: experts
teams: [a, b]
items: [{id: panel, maximum: 40, lowest: 1, highest: 5}]
raters:
  - {id: r1}
  - {id: r2}
  - {id: r3, conflicts: [{team: a, reason: adviser}]}
forms:
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "toy.yaml").write_text(TOY, encoding="utf-8")
    (tmp_path / "results.csv").write_text(RESULTS, encoding="utf-8")
    forms = [
        f"  - {{rater: r{n}, team: {team}, marks: [{{item: panel, value: {mark}}}],"
        f" ticks: [{{view: technical, not_met: {'true' if team == 'b' else 'false'}}}]}}"
        for team, marks in (("a", (4, 5, 1)), ("b", (3, 3, 4)))
        for n, mark in enumerate(marks, 1)
    ]
    (tmp_path / "panel.yaml").write_text(PANEL + "\n".join(forms) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> int:
    return program.main(["round", *words])


@pytest.mark.parametrize("command", SUBCOMMANDS)
def test_every_command_has_help_with_an_example_in_both_languages(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command, "--help") == codes.EXIT_OK
    assert f"Example: dokja round {command}" in capsys.readouterr().out
    assert run(command, "--help", "--lang", "ko") == codes.EXIT_OK
    shown = capsys.readouterr().out
    assert f"예: dokja round {command}" in shown
    assert "옵션" in shown


def test_without_a_command_help_is_shown_and_usage_is_the_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run() == codes.EXIT_USAGE
    assert "score" in capsys.readouterr().out


def test_a_template_is_written_once_and_can_be_checked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("init", "mine.yaml") == codes.EXIT_OK
    assert run("init", "mine.yaml") == codes.EXIT_USAGE
    assert "there is a file of that name" in capsys.readouterr().err
    assert run("check", "mine.yaml") == codes.EXIT_OK
    assert "criteria digest: blake3:" in capsys.readouterr().out
    assert run("init", "-", "--from", STAGE) == codes.EXIT_OK
    assert f"id: {STAGE}" in capsys.readouterr().out


def test_criteria_are_locked_and_a_change_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = ["--write-lock", "lock.json", "--on", "2026-01-05"]
    assert run("check", "toy.yaml", *lock) == codes.EXIT_OK
    written = CriteriaLock.model_validate_json((folder / "lock.json").read_bytes())
    assert written.locked_on.isoformat() == "2026-01-05"
    assert run("check", "toy.yaml", "--lock", "lock.json") == codes.EXIT_OK
    changed = TOY.replace("full: 100}", "full: 90}")
    (folder / "toy.yaml").write_text(changed, encoding="utf-8")
    capsys.readouterr()
    assert run("check", "toy.yaml", "--lock", "lock.json", "--json", "-") == codes.EXIT_FINDING
    found = CriteriaCheck.model_validate_json(capsys.readouterr().out)
    assert [change.path for change in found.changes] == ["items.quiz.formula.full"]
    assert run("check", "toy.yaml", "--json", "-") == codes.EXIT_USAGE


def test_a_round_is_scored_from_results_and_forms(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    views = ["--json", "r.json", "--html", "r.html", "--md", "r.md", "--csv", "r.csv"]
    views += ["--xlsx", "r.xlsx", "--panel-json", "p.json"]
    given = ["toy.yaml", "results.csv", "--panel", "panel.yaml"]
    assert run("score", *given, *views, "--draws", "50") == codes.EXIT_OK
    shown = capsys.readouterr().out
    assert "Marks of r3 for a do not count" in shown
    report = RoundReport.model_validate_json((folder / "r.json").read_bytes())
    totals = {team.team: str(getattr(team.total, "value", None)) for team in report.teams}
    # a: 48 + 4.5 × 8, b: 42.3 + 10/3 × 8.
    assert totals["a"] == "84.0"
    assert totals["b"].startswith("68.9666")
    # Three of three ticked a view of b, two are enough.
    gates = {gate.team: gate.outcome for gate in report.gates}
    assert gates == {"a": "pass", "b": "fail"}
    assert report.decision.advance == ("a",)
    assert {file.path for file in report.provenance.files} == {"results.csv", "panel.yaml"}
    panels = PanelReports.model_validate_json((folder / "p.json").read_bytes())
    assert [panel.panel for panel in panels.panels] == ["panel", "own"]
    page = (folder / "r.html").read_text(encoding="utf-8")
    assert "Panel: Panel" in page
    assert "Points with intervals" in page
    rows = (folder / "r.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows[1].startswith("a,Ay,total,total,total,총점,100,known,84.0,")
    assert (folder / "r.xlsx").read_bytes()[:2] == b"PK"


def test_the_same_inputs_give_the_same_bytes(folder: Path) -> None:
    given = ["toy.yaml", "results.csv", "--panel", "panel.yaml", "--draws", "50", "-q"]
    for name in ("one", "two"):
        assert run("score", *given, "--html", f"{name}.html", "--xlsx", f"{name}.xlsx") == 0
    for suffix in ("html", "xlsx"):
        assert (folder / f"one.{suffix}").read_bytes() == (folder / f"two.{suffix}").read_bytes()


def test_a_report_is_replayed_and_a_forged_one_is_found_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["results.csv", "--panel", "panel.yaml"]
    assert run("score", "toy.yaml", *given, "--draws", "50", "--json", "r.json") == codes.EXIT_OK
    assert run("replay", "toy.yaml", "r.json", *given) == codes.EXIT_OK
    forged = (folder / "r.json").read_text(encoding="utf-8").replace('"84.0"', '"94.0"')
    (folder / "forged.json").write_text(forged, encoding="utf-8")
    capsys.readouterr()
    assert run("replay", "toy.yaml", "forged.json", *given, "--json", "-") == codes.EXIT_FINDING
    found = ReplayReport.model_validate_json(capsys.readouterr().out)
    assert any("total" in one.path and one.after == '"84.0"' for one in found.differences) or any(
        "94" in str(one.before) for one in found.differences
    )
    (folder / "results.csv").write_text(RESULTS.replace("70.5", "70.6"), encoding="utf-8")
    assert run("replay", "toy.yaml", "r.json", *given) == codes.EXIT_FINDING


def test_results_come_in_and_go_out_unchanged(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "eee").mkdir()
    outs = ["--csv", "out.csv", "--xlsx", "out.xlsx", "--json", "out.json", "--eee", "eee"]
    outs += ["--organisation", "agency", "--on", "2026-01-05"]
    assert run("import", "results.csv", *outs) == codes.EXIT_OK
    assert "results: 2" in capsys.readouterr().out
    first = json.loads((folder / "out.json").read_bytes())
    for name in ("out.csv", "out.xlsx", "eee"):
        assert run("import", name, "--json", "-") == codes.EXIT_OK
        assert json.loads(capsys.readouterr().out) == first
    # Nothing is written over.
    assert run("import", "results.csv", "--eee", "eee", "--on", "2026-01-05") == codes.EXIT_USAGE


def test_a_published_difference_and_an_open_decision_have_their_codes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("score", STAGE, "--fail-on-difference", "-q") == codes.EXIT_OK
    assert run("score", "toy.yaml", "--require-decision", "-q") == codes.EXIT_INCONCLUSIVE
    source = (
        "sources: [{id: paper, title: {en: P, ko: P}}]\n"
        "facts:\n"
        "  - {id: x, kind: score, team: a, of: quiz, value: 47, source: paper, confidence: press}\n"
    )
    (folder / "toy.yaml").write_text(TOY + source, encoding="utf-8")
    given = ["score", "toy.yaml", "results.csv", "--fail-on-difference", "-q"]
    assert run(*given) == codes.EXIT_FINDING
    # In Korean the summary is Korean.
    assert run("score", STAGE, "--lang", "ko") == codes.EXIT_OK
    assert "진출" in capsys.readouterr().out


@pytest.mark.parametrize("target", ["toy.yaml", "results.csv", "panel.yaml", "lock.json"])
def test_an_input_is_never_written_over(
    target: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("check", "toy.yaml", "--write-lock", "lock.json", "-q") == codes.EXIT_OK
    before = (folder / target).read_bytes()
    given = ["toy.yaml", "results.csv", "--panel", "panel.yaml", "--lock", "lock.json"]
    assert run("score", *given, "--json", target) == codes.EXIT_USAGE
    assert "overwrite" in capsys.readouterr().err
    assert (folder / target).read_bytes() == before
    # Nor by its name through the folder that was given.
    assert run("import", str(folder), "--csv", target) == codes.EXIT_USAGE


def test_a_defect_ridden_round_is_told_in_one_message_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = (
        TOY.replace("    max: 60\n", "    max: 61\n")
        .replace("block: people", "block: peeple")
        .replace("places: 1", "places: zero")
        .replace("views: [technical]", "views: [technical]\n    colour: red")
    )
    (folder / "toy.yaml").write_text(broken, encoding="utf-8")
    before = sorted(path.name for path in folder.iterdir())
    views = ["--json", "r.json", "--html", "r.html", "--xlsx", "r.xlsx"]
    assert run("score", "toy.yaml", "results.csv", *views) == codes.EXIT_INCOMPLETE
    said = capsys.readouterr().err
    assert said.count("error:") == 1
    for place in ("items.panel.block", "advance.places", "gates.own.colour", "(line "):
        assert place in said
    assert sorted(path.name for path in folder.iterdir()) == before


def test_bad_results_and_bad_forms_are_told_with_file_and_cell(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "results.csv").write_text(
        "team,item,score,unit\na,quiz,180,percent\nz,quiz,x,percent\n", encoding="utf-8"
    )
    assert run("check", "toy.yaml", "results.csv") == codes.EXIT_INCOMPLETE
    said = capsys.readouterr().err
    assert "results.csv" in said
    assert "row 2" in said
    assert "row 3" in said
    (folder / "panel.yaml").write_text(
        PANEL.replace("highest: 5", "highest: five").replace("conflicts", "conflict")
        + "  - {rater: r9, team: a}\n",
        encoding="utf-8",
    )
    assert run("check", "toy.yaml", "--panel", "panel.yaml") == codes.EXIT_INCOMPLETE
    said = capsys.readouterr().err
    assert "items.panel.highest" in said
    assert "raters.r3.conflict" in said


@pytest.mark.parametrize("missing", ["ruamel.yaml", "xlsxwriter"])
def test_a_missing_extra_is_named_before_any_work(
    missing: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    from dokja.cli import extras

    monkeypatch.setattr(extras, "_is_there", lambda name: name != missing)
    # The round is not even there: what is missing is told first.
    assert run("score", "nowhere.yaml", "--xlsx", "r.xlsx") == codes.EXIT_USAGE
    said = capsys.readouterr().err
    assert missing in said
    assert "dokja[programme]" in said
    assert not (folder / "r.xlsx").exists()
