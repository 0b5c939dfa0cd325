"""Rounds on the command line, end to end: what was published, replayed; bad input, all told."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from blake3 import blake3

from dokja.document.round_report import RoundReport
from dokja.document.solution import SolutionReport
from dokja.document.what_if import WhatIfReport
from tests.support.golden import REPORT

if TYPE_CHECKING:
    from pathlib import Path

STAGE_1, MORE, STAGE_2 = (f"dokpamo-2026-{name}" for name in ("stage-1", "additional", "stage-2"))
FILES = ("json", "html", "md", "csv", "xlsx")


def dokja(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dokja", *words, "--lang", "en"],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        timeout=120,
    )


def checks(report: RoundReport, status: str) -> dict[str, str | None]:
    return {check.fact: check.computed for check in report.checks if check.status == status}


def scored(folder: Path, *words: str) -> RoundReport:
    done = dokja(folder, "round", "score", *words, "--json", "report.json", "--fail-on-difference")
    assert done.returncode == 0, done.stderr
    return RoundReport.model_validate_json((folder / "report.json").read_bytes())


def test_the_first_stage_is_replayed_as_published(tmp_path: Path) -> None:
    report = scored(tmp_path, STAGE_1)
    agrees = checks(report, "agrees")
    for fact, value in {
        "lg-common": "14.4",
        "lg-benchmark": "33.6",
        "lg-total": "90.2",
        "ratio-first": "104",
        "ratio-second": "103",
        "naver-out": "out by gate",
        "ncai-out": "out by score",
        "goes-on": "upstage, skt, lg",
    }.items():
        assert agrees[fact] == value
    # What nobody published beneath is not computed, and nothing stands in its place.
    assert set(checks(report, "not_computable").values()) == {None}
    again = dokja(tmp_path, "round", "replay", STAGE_1, "report.json")
    assert again.returncode == 0
    assert "Every value came out again." in again.stdout
    forged = (tmp_path / "report.json").read_text("utf-8").replace('"90.2"', '"91.2"')
    (tmp_path / "forged.json").write_text(forged, encoding="utf-8")
    again = dokja(tmp_path, "round", "replay", STAGE_1, "forged.json")
    assert again.returncode == 1
    assert "91.2" in again.stdout


def test_the_additional_selection_chooses_one(tmp_path: Path) -> None:
    assert scored(tmp_path, MORE).decision.outcome == "decided"
    assert dokja(tmp_path, "round", "replay", MORE, "report.json").returncode == 0


def test_the_second_stage_is_replayed_and_what_turns_it_over_is_found(tmp_path: Path) -> None:
    report = scored(tmp_path, STAGE_2, "--accept", "inferred")
    totals = {team.team: str(getattr(team.total, "value", None)) for team in report.teams}
    assert totals == {"skt": "70.6", "upstage": "69.9", "lg": "69.0", "motif": "65.8"}
    assert set(report.decision.advance) == {"skt", "upstage", "lg"}
    # A replay takes the accepted marks from the report.
    assert dokja(tmp_path, "round", "replay", STAGE_2, "report.json").returncode == 0
    # Without the inferred matrix three totals stand as published, and cannot be computed again.
    published = scored(tmp_path, STAGE_2)
    bases = {team.team: getattr(team.total, "basis", None) for team in published.teams}
    assert [team for team, basis in bases.items() if basis == "computed"] == ["motif"]
    assert published.decision.advance == report.decision.advance

    given = ["round", "what-if", STAGE_2, "--accept", "inferred", "--json", "w.json"]
    done = dokja(tmp_path, *given, "--fail-on-change")
    assert done.returncode == 1, done.stderr
    found = WhatIfReport.model_validate_json((tmp_path / "w.json").read_bytes())
    turned = {one.id for one in found.scenarios if one.effect == "changes"}
    assert "formula:aaii:best_team_full" in turned
    break_even = next(one for one in found.break_evens if one.parameter == "divisor")
    assert str(break_even.flips_from).startswith("56.")
    shares = {one.team: one for one in found.weightings[0].shares}
    assert [round(shares[team].last) for team in ("motif", "lg")] == [80, 20]
    assert round(shares["skt"].first) == 78

    # The solver finds the one matrix of blocks without a mark of what is inferred.
    done = dokja(tmp_path, "round", "solve", STAGE_2, "--json", "s.json", "--html", "s.html")
    assert done.returncode == 0, done.stderr
    solved = SolutionReport.model_validate_json((tmp_path / "s.json").read_bytes())
    assert solved.outcome == "one"
    one = {(cell.team, cell.part): cell.value for cell in solved.cells}
    for team in report.teams:
        for block in team.blocks:
            assert one[team.team, block.block] == getattr(block.score, "value", None)


def order(rows: list[dict[str, Any]]) -> list[str]:
    return [row["team"] for row in rows]


def test_the_order_of_teams_in_the_file_changes_nothing_but_order(tmp_path: Path) -> None:
    assert dokja(tmp_path, "round", "init", "a.yaml", "--from", STAGE_2).returncode == 0
    text = (tmp_path / "a.yaml").read_text("utf-8")
    lines = text.splitlines(keepends=True)
    start = lines.index("teams:\n") + 1
    end = next(n for n in range(start, len(lines)) if not lines[n].startswith("  "))
    turned = [*lines[:start], *reversed(lines[start:end]), *lines[end:]]
    (tmp_path / "b.yaml").write_text("".join(turned), encoding="utf-8")
    one, other = (
        json.loads(scored(tmp_path, name, "--accept", "inferred").model_dump_json())
        for name in ("a.yaml", "b.yaml")
    )
    assert order(one["teams"]) == order(other["teams"])[::-1]
    assert sorted(one["teams"], key=str) == sorted(other["teams"], key=str)
    assert sorted(one["decision"]["advance"]) == sorted(other["decision"]["advance"])


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """Return a folder with the template of a round and results that fit it."""
    assert dokja(tmp_path, "round", "init", "round.yaml").returncode == 0
    rows = [
        f"{team},korean,{name},{value},percent,{run}\n"
        for team, value in (("team-a", 61.5), ("team-b", 70.25))
        for name in ("knowledge", "reasoning")
        for run in range(1, 6)
    ]
    text = "team,item,benchmark,score,unit,run\n" + "".join(rows)
    (tmp_path / "results.csv").write_text(text, encoding="utf-8")
    return tmp_path


def test_the_template_can_be_filled_in_and_run(filled: Path) -> None:
    assert dokja(filled, "round", "check", "round.yaml", "results.csv").returncode == 0
    given = ["round", "score", "round.yaml", "results.csv"]
    outs = [word for name in FILES for word in (f"--{name}", f"r.{name}")]
    done = dokja(filled, *given, *outs)
    assert done.returncode == 0, done.stderr
    report = RoundReport.model_validate_json((filled / "r.json").read_bytes())
    scores = {team.team: str(getattr(team.items[0].score, "value", None)) for team in report.teams}
    # 61.5 and 70.25 of 100, times 40, halves up: nothing was rounded in a binary float.
    assert scores == {"team-a": "24.6", "team-b": "28.1"}
    assert dokja(filled, *given, "--require-decision", "-q").returncode == 4


def test_an_audit_is_the_input_of_a_gate(filled: Path) -> None:
    audit = REPORT.read_bytes()
    (filled / "audit.json").write_bytes(audit)
    digest = f"blake3:{blake3(audit).hexdigest()}"
    given = (
        "gate_inputs:\n  - {kind: audit, gate: independence, team: team-a, "
        f'path: audit.json, digest: "{digest}"}}\n'
    )
    text = (filled / "round.yaml").read_text("utf-8")
    (filled / "round.yaml").write_text(text + given, encoding="utf-8")
    report = scored(filled, "round.yaml", "results.csv")
    gates = {gate.team: gate for gate in report.gates}
    # The demo's subject has a copied and a fine-tuned part.
    assert gates["team-a"].outcome == "fail"
    assert "audio_encoder" in gates["team-a"].reason.en
    assert gates["team-b"].outcome == "unknown"
    assert [row.outcome for row in report.decision.teams if row.team == "team-a"] == ["out"]
    # Another report than the one that was named is none.
    (filled / "audit.json").write_bytes(audit + b" ")
    done = dokja(filled, "round", "score", "round.yaml", "results.csv", "--html", "r.html")
    assert done.returncode == 3
    assert "bears the digest" in done.stderr
    assert not (filled / "r.html").exists()


def test_what_is_read_in_goes_out_and_in_again_unchanged(filled: Path) -> None:
    (filled / "eee").mkdir()
    outs = ["--json", "1.json", "--csv", "2.csv", "--xlsx", "3.xlsx", "--eee", "eee"]
    assert dokja(filled, "round", "import", "results.csv", *outs).returncode == 0
    first = json.loads((filled / "1.json").read_bytes())
    assert len(first["entries"]) == 20
    for name in ("2.csv", "3.xlsx", "eee"):
        done = dokja(filled, "round", "import", name, "--json", "-")
        assert json.loads(done.stdout) == first, name


BAD_ROUND = {
    "items.korean.formula": ("{kind: share, full: 100}", "{kind: shear, full: 100}"),
    "blocks.user.max": ("max: 25}\n\nitems", "max: 26}\n\nitems"),
    "advance.places": ("places: 1", "places: many"),
    "items.user.block": ("block: user", "block: usr"),
    "colour": ("advance:\n", "colour: red\nadvance:\n"),
}


def test_every_defect_of_a_round_is_told_at_once(filled: Path) -> None:
    text = (filled / "round.yaml").read_text("utf-8")
    for old, new in BAD_ROUND.values():
        assert old in text
        text = text.replace(old, new, 1)
    (filled / "round.yaml").write_text(text, encoding="utf-8")
    before = sorted(path.name for path in filled.iterdir())
    for command in ("check", "score", "what-if", "publish", "solve"):
        outs = [word for name in FILES for word in (f"--{name}", f"r.{name}")]
        extra = ["--write-lock", "lock.json"] if command == "check" else outs
        done = dokja(filled, "round", command, "round.yaml", "results.csv", *extra)
        assert done.returncode == 3
        assert done.stderr.count("error:") == 1
        assert "hint:" in done.stderr
        told = [place for place in BAD_ROUND if place in done.stderr]
        # Sums and names are looked at once every field can be read.
        assert {"items.korean.formula", "advance.places", "colour"} <= set(told)
        assert done.stdout == ""
        assert sorted(path.name for path in filled.iterdir()) == before


def test_every_defect_of_results_and_forms_is_told_at_once(filled: Path) -> None:
    bad = (
        "team,item,benchmark,score,unit,run\n"
        "team-a,korean,knowledge,161.5,percent,1\n"
        "team-a,korean,reasoning,n.a.,percent,1\n"
        "team-b,korean,knowledge,,percent,1\n"
        "team-b,korean,reasoning,50,percent,1\n"
        "team-b,korean,reasoning,51,percent,1\n"
    )
    (filled / "bad.csv").write_text(bad, encoding="utf-8")
    done = dokja(filled, "round", "score", "round.yaml", "bad.csv", "--html", "r.html")
    assert done.returncode == 3
    assert done.stderr.count("error:") == 1
    for row in (2, 3, 4, 6):
        assert f"row {row}" in done.stderr, done.stderr
    form = (
        "id: experts\nteams: [team-a]\nitems: [{id: expert, maximum: lots}]\n"
        "raters: [{id: r1, colour: red}]\nforms: [{rater: r2, team: team-c}]\n"
    )
    (filled / "form.yaml").write_text(form, encoding="utf-8")
    done = dokja(filled, "round", "score", "round.yaml", "--panel", "form.yaml", "--md", "r.md")
    assert done.returncode == 3
    assert done.stderr.count("error:") == 1
    for place in ("items.expert.maximum", "raters.r1.colour"):
        assert place in done.stderr
    assert not list(filled.glob("r.*"))


@pytest.mark.parametrize(
    "words",
    [
        ("round", "score", "nowhere.yaml"),
        ("round", "check", "results.csv"),
        ("round", "what-if", "nowhere.yaml"),
        ("round", "publish", "nowhere.yaml"),
        ("round", "publish", "round.yaml", "--own", "nobody"),
        ("round", "solve", "nowhere.yaml"),
        ("round", "solve", "round.yaml", "--part", "nothing"),
        ("round", "import", "nowhere.csv"),
        ("round", "replay", "round.yaml", "nowhere.json"),
        ("round", "replay", "round.yaml", "results.csv"),
        ("round", "check", "round.yaml", "--lock", "results.csv"),
        ("round", "score", "round.yaml", "--panel", "results.csv"),
        ("round", "score", "round.yaml", "results.csv", "--mapping", "results.csv"),
        ("round", "score", "round.yaml", "--json", "no/such/folder/r.json"),
        ("leaderboard", "nowhere.json"),
        ("leaderboard", "results.csv"),
        ("leaderboard", "--countries", "results.csv"),
    ],
)
def test_what_cannot_be_read_or_written_has_its_own_words(
    words: tuple[str, ...], filled: Path
) -> None:
    before = sorted(path.name for path in filled.iterdir())
    done = dokja(filled, *words)
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    assert "defect of Dokja" not in done.stderr
    assert sorted(path.name for path in filled.iterdir()) == before
