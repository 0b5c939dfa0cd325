"""``dokja round what-if``: what turns the decision of the real second stage over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from dokja.cli import codes
from dokja.cli import main as program
from dokja.document.what_if import WhatIfReport

if TYPE_CHECKING:
    from pathlib import Path

SECOND = ("dokpamo-2026-stage-2", "--accept", "inferred")


def run(*words: str) -> int:
    return program.main(["round", "what-if", *words])


def test_the_second_stage_turns_over_by_scaling_to_the_best_team(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outs = {name: tmp_path / f"w.{name}" for name in ("json", "html", "md", "csv", "xlsx")}
    views = [word for name, path in outs.items() for word in (f"--{name}", str(path))]
    assert run(*SECOND, "--reference", "aaii:63.1:Claude Opus 5", *views) == codes.EXIT_OK
    shown = capsys.readouterr().out
    assert "best team = full marks" in shown
    assert "from 56.1643 on, Motif Technologies stands above LG AI Research" in shown
    report = WhatIfReport.model_validate_json(outs["json"].read_bytes())
    spreads = {one.name: str(one.spread) for one in report.effective_weights}
    assert spreads == {"user": "5", "aaii": "4.1", "expert": "2.4", "nia": "0.7"}
    assert "formula:aaii:world_best:Claude Opus 5" in {one.id for one in report.scenarios}
    text = outs["md"].read_text(encoding="utf-8")
    for share in ("| Motif Technologies | 10.4% | 79.7% |", "| SK Telecom | 78.5% | 0.0% |"):
        assert share in text
    rows = outs["csv"].read_text(encoding="utf-8-sig").splitlines()
    assert rows[1] == "today,,,as it is,현재,,3.2,skt,known,70.6,,,1,1,advances"
    assert len(rows) == 1 + 4 * (1 + len(report.scenarios))
    assert outs["xlsx"].read_bytes()[:2] == b"PK"
    page = outs["html"].read_text(encoding="utf-8")
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_a_script_can_ask_whether_anything_turns_the_decision_over() -> None:
    assert run(*SECOND, "--fail-on-change", "-q") == codes.EXIT_FINDING
    # What is known of the first stage settles no change at all.
    assert run("dokpamo-2026-stage-1", "--fail-on-change", "-q") == codes.EXIT_OK


def test_in_korean_everything_is_korean(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*SECOND, "--lang", "ko") == codes.EXIT_OK
    shown = capsys.readouterr().out
    assert "뒤집힘" in shown
    assert "turned over" not in shown
    assert run(*SECOND, "--lang", "ko", "--md", "-") == codes.EXIT_OK
    text = capsys.readouterr().out
    assert "결과가 갈리는 지점" in text
    assert "정해지지 않" not in text


def test_bad_references_are_told_together_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "w.json"
    given = [*SECOND, "--reference", "aaii", "--reference", "aaii:many:X", "--json", str(out)]
    assert run(*given) == codes.EXIT_USAGE
    said = capsys.readouterr().err
    assert "'aaii'" in said
    assert "'aaii:many:X'" in said
    given = [*SECOND, "--reference", "aai:56:GPT-5", "--json", str(out)]
    assert run(*given) == codes.EXIT_INCOMPLETE
    assert "there is no item 'aai'" in capsys.readouterr().err
    # A vote has no rules of scoring that could be changed.
    assert run("dokpamo-2026-additional", "--json", str(out)) == codes.EXIT_INCOMPLETE
    assert "hint:" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("command", ["what-if", "score"])
def test_progress_is_shown_where_it_is_asked_for(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [command, *SECOND, "--lang", "en"]
    assert program.main(["round", *given, "--progress"]) == codes.EXIT_OK
    assert "writing" in capsys.readouterr().err
    assert program.main(["round", *given]) == codes.EXIT_OK
    assert "writing" not in capsys.readouterr().err


def test_the_page_of_a_round_can_bear_it_too(tmp_path: Path) -> None:
    page = tmp_path / "round.md"
    given = ["round", "score", *SECOND, "--what-if", "--md", str(page), "-q"]
    assert program.main(given) == codes.EXIT_OK
    text = page.read_text(encoding="utf-8")
    for title in ("## Scores", "## How far each change moves the margin", "## Break-even points"):
        assert title in text
    assert program.main(["round", "score", "dokpamo-2026-additional", "--what-if"]) == 3


OWN = """\
schema_version: "1"
scenarios:
  - id: mine
    label: {en: best team full, ko: 최고 팀 만점}
    changes:
      - {kind: formula, item: aaii, formula: {kind: best_team_full}}
      - {kind: weight, of: benchmark, share: 50}
  - id: whole
    label: {en: whole points, ko: 정수}
    changes: [{kind: rounding, rounding: [{stage: total, digits: 0}]}]
"""


def test_own_changes_are_tried_in_place_of_the_usual_ones(tmp_path: Path) -> None:
    given, out = tmp_path / "mine.yaml", tmp_path / "w.json"
    given.write_text(OWN, encoding="utf-8")
    views = ["--json", str(out), "--html", str(tmp_path / "w.html")]
    assert run(*SECOND, "--scenarios", str(given), *views, "-q") == codes.EXIT_OK
    report = WhatIfReport.model_validate_json(out.read_bytes())
    assert [(one.id, one.effect) for one in report.scenarios] == [
        ("mine", "changes"),
        ("whole", "same"),
    ]
    assert {bar.label.en for bar in report.tornado} == {"best team full", "whole points"}
    assert (*report.scenarios[0].gains, *report.scenarios[0].opens) == ("motif",)
    # The file is read, so no output takes its place.
    assert run(*SECOND, "--scenarios", str(given), "--json", str(given)) == codes.EXIT_USAGE
    assert given.read_text(encoding="utf-8") == OWN


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("share: 50", "share: 500", ["scenarios.mine.changes.1.share", "line 7"]),
        ("best_team_full}", "best}", ["scenarios.mine.changes.0.formula"]),
        (
            "{kind: best_team_full}",
            "{kind: share, full: 0}",
            ["scenarios.mine.changes.0.formula.full"],
        ),
        ("item: aaii", "item: nowhere", ["scenarios.mine.changes.0: there is no item 'nowhere'"]),
        ("of: benchmark", "of: x", ["scenarios.mine.changes.1: there is no block or item 'x'"]),
        ("id: whole", "id: mine", ["scenarios", "'mine' stands twice"]),
        ("{kind: best_team_full}", "{kind: range, low: 5, high: 5}", ["scenarios.mine.changes.0"]),
        ("kind: weight, ", "", ["scenarios.mine.changes.1", "`kind` is missing"]),
        ("share: 50", "share: .nan", ["scenarios.mine.changes.1.share"]),
    ],
)
def test_bad_scenarios_are_told_by_their_place_and_nothing_is_written(
    old: str, new: str, told: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given, out = tmp_path / "mine.yaml", tmp_path / "w.json"
    given.write_text(OWN.replace(old, new), encoding="utf-8")
    given_words = ["--scenarios", str(given), "--json", str(out), "-q"]
    assert run(*SECOND, *given_words) == codes.EXIT_INCOMPLETE
    said = " ".join(capsys.readouterr().err.split())
    for words in told:
        assert words in said
    assert not out.exists()
