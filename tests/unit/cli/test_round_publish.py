"""``dokja round publish`` and ``solve``: what a publication says, gives away, and leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dokja.cli import codes
from dokja.cli import main as program
from dokja.document.disclosure import DisclosureReports, PublishedRound
from dokja.document.round_report import RoundReport
from dokja.document.solution import SolutionReport
from dokja.programme.export import round_yaml
from dokja.programme.round_file import read_round
from tests.support.rounds import make_round

if TYPE_CHECKING:
    from pathlib import Path

    from dokja.document.round_report import TeamResult

SECOND = "dokpamo-2026-stage-2"
QUICK = ("--steps", "2000")


def points(team: TeamResult) -> tuple[str, str | None]:
    return team.team, str(getattr(team.total, "value", None))


def run(*words: str) -> int:
    return program.main(["round", *words])


@pytest.mark.parametrize("profile", ["all", "item_winners", "averages_and_gaps", "outcome_only"])
def test_a_publication_reads_back_as_the_same_round(profile: str, tmp_path: Path) -> None:
    out, kept = tmp_path / "p.yaml", tmp_path / "p.json"
    given = ["publish", SECOND, "--accept", "inferred", "--profile", profile, *QUICK, "-q"]
    assert run(*given, "--yaml", str(out), "--published-json", str(kept)) == codes.EXIT_OK
    published = PublishedRound.model_validate_json(kept.read_bytes())
    assert read_round(str(out)) == published.content
    assert run("check", str(out)) == codes.EXIT_OK
    if profile == "all":
        # Whoever reads it gets the same totals and the same decision.
        first, second = tmp_path / "1.json", tmp_path / "2.json"
        assert run("score", SECOND, "--accept", "inferred", "--json", str(first), "-q") == 0
        assert run("score", str(out), "--json", str(second), "-q") == 0
        one, other = (RoundReport.model_validate_json(p.read_bytes()) for p in (first, second))
        assert [points(team) for team in one.teams] == [points(team) for team in other.teams]
        assert one.decision.advance == other.decision.advance


@pytest.mark.parametrize("name", ["blank", "dokpamo-2026-stage-1", "dokpamo-2026-additional"])
def test_every_round_that_comes_along_is_written_and_read_back(name: str, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_bytes(round_yaml(read_round(name)))
    assert read_round(str(tmp_path / "r.yaml")) == read_round(name)


def test_what_readers_can_work_out_is_told_in_every_view(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outs = {name: tmp_path / f"p.{name}" for name in ("json", "html", "md", "csv", "xlsx")}
    views = [word for name, path in outs.items() for word in (f"--{name}", str(path))]
    given = ["publish", SECOND, "--accept", "inferred", "--profile", "all", "--compare", *QUICK]
    assert run(*given, *views, "--fail-on-leak") == codes.EXIT_FINDING
    assert "can be worked out" in capsys.readouterr().out
    reports = DisclosureReports.model_validate_json(outs["json"].read_bytes())
    ids = [one.profile.id for one in reports.reports]
    assert ids == ["all", "item_winners", "averages_and_gaps", "outcome_only"]
    text = outs["md"].read_text(encoding="utf-8")
    assert "| who goes on, no points |" in text
    rows = outs["csv"].read_text(encoding="utf-8-sig").splitlines()
    assert rows[0].startswith("profile,own,team,part,level,how")
    assert len(rows) == 1 + sum(len(one.cells) for one in reports.reports)
    assert outs["html"].read_text(encoding="utf-8").count('class="plot"') == 1
    given = ["publish", SECOND, "--profile", "outcome_only", *QUICK, "--fail-on-leak", "-q"]
    assert run(*given) == codes.EXIT_OK


def test_a_page_for_everybody_holds_no_points_that_are_not_published(tmp_path: Path) -> None:
    page = tmp_path / "p.md"
    given = ["publish", SECOND, "--accept", "inferred", "--profile", "outcome_only", *QUICK, "-q"]
    assert run(*given, "--md", str(page)) == codes.EXIT_OK
    text = page.read_text(encoding="utf-8")
    for points in ("70.6", "69.9", "65.8", "29.3", "24.6"):
        assert points not in text
    assert run(*given, "--own", "skt", "--md", str(page)) == codes.EXIT_OK
    text = page.read_text(encoding="utf-8")
    assert "70.6" in text
    assert "65.8" not in text


def test_the_solver_finds_the_one_matrix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outs = {name: tmp_path / f"s.{name}" for name in ("json", "html", "md", "csv", "xlsx")}
    views = [word for name, path in outs.items() for word in (f"--{name}", str(path))]
    assert run("solve", SECOND, "--lang", "ko", *views) == codes.EXIT_OK
    assert "정확히 1가지" in capsys.readouterr().out
    report = SolutionReport.model_validate_json(outs["json"].read_bytes())
    assert report.outcome == "one"
    values = {(one.team, one.part): str(one.value) for one in report.cells}
    assert [values[team, "benchmark"] for team in ("skt", "upstage", "lg", "motif")] == [
        *("22.2", "22.7", "20.6", "24.6")
    ]
    assert values["motif", "user_expert"] == "None"
    assert "점수는 하나뿐입니다" in outs["md"].read_text(encoding="utf-8")
    rows = outs["csv"].read_text(encoding="utf-8-sig").splitlines()
    assert "lg,nia,item,12.8,12.8,12.8,true,false" in rows


def test_figures_that_contradict_one_another_are_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = [
        {"id": "x", "kind": "score", "team": "a", "of": "bench", "value": "50"},
        {"id": "y", "kind": "score", "team": "a", "of": "total", "value": "20"},
    ]
    said = [{**one, "source": "paper", "confidence": "official"} for one in facts]
    found = make_round(facts=said, accept=["official"])
    (tmp_path / "r.yaml").write_bytes(round_yaml(found))
    given = ["solve", str(tmp_path / "r.yaml"), *QUICK]
    assert run(*given, "--md", str(tmp_path / "s.md")) == codes.EXIT_FINDING
    assert "contradicts the rest: x, y" in capsys.readouterr().out
    assert "- x (Paper)" in (tmp_path / "s.md").read_text(encoding="utf-8")


def test_bad_arguments_have_their_own_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--json", str(tmp_path / "x.json")]
    assert run("solve", SECOND, "--tolerance", "much", *out) == codes.EXIT_USAGE
    assert run("solve", SECOND, "--tolerance", "nan", *out) == codes.EXIT_USAGE
    assert run("solve", SECOND, "--part", "nothing", *out) == codes.EXIT_INCOMPLETE
    assert run("publish", SECOND, "--own", "nobody", *out) == codes.EXIT_INCOMPLETE
    assert "nobody" in capsys.readouterr().err
    assert run("publish", SECOND, "--profile", "some", *out) == codes.EXIT_USAGE
    (tmp_path / "r.yaml").write_bytes(round_yaml(make_round()))
    assert run("publish", str(tmp_path / "r.yaml"), *out) == codes.EXIT_USAGE
    assert "names no profile" in capsys.readouterr().err
    assert not (tmp_path / "x.json").exists()
