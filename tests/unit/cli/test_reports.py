"""Commands on stored reports: judge, render, schema; no weights anywhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dokja.cli import codes, extras
from dokja.cli.conclusion import exit_code
from dokja.cli.main import main
from dokja.cli.options import FailOn
from dokja.document.audit import AuditReport, Relation
from dokja.policy import judge
from dokja.report.json import load_report
from dokja.testing import sample_report


@pytest.fixture
def stored(tmp_path: Path) -> Callable[[AuditReport], Path]:
    def store(report: AuditReport) -> Path:
        path = tmp_path / "stored.json"
        path.write_text(report.model_dump_json(by_alias=True))
        return path

    return store


def _with_verdict(relation: Relation, *, conclusive: bool) -> AuditReport:
    report = sample_report()
    verdict = {**dict(report.verdict), "relation": relation, "conclusive": conclusive}
    return AuditReport.model_validate({**dict(report), "verdict": verdict})


@pytest.mark.parametrize(
    ("relation", "fail_on", "expected"),
    [
        ("verbatim", "verbatim", 1),
        ("verbatim", "shared_init", 1),
        ("reused", "verbatim", 0),
        ("reused", "reused", 1),
        ("derived", "reused", 0),
        ("derived", "derived", 1),
        ("shared_init", "derived", 0),
        ("shared_init", "shared_init", 1),
        ("inconclusive", "shared_init", 0),
        ("no_evidence", "shared_init", 0),
        ("not_testable", "shared_init", 0),
        ("verbatim", None, 0),
    ],
)
def test_finding_at_or_above_the_threshold_exits_with_1(
    relation: str, fail_on: str | None, expected: int
) -> None:
    report = _with_verdict(Relation(relation), conclusive=True)
    threshold = None if fail_on is None else FailOn(fail_on)
    assert exit_code(report, fail_on=threshold, require_conclusion=True) == expected


def test_missing_conclusion_matters_only_when_asked_for() -> None:
    report = _with_verdict(Relation.INCONCLUSIVE, conclusive=False)
    assert exit_code(report, fail_on=None, require_conclusion=False) == codes.EXIT_OK
    assert exit_code(report, fail_on=None, require_conclusion=True) == codes.EXIT_INCONCLUSIVE


def test_finding_goes_before_a_missing_conclusion() -> None:
    report = _with_verdict(Relation.REUSED, conclusive=False)
    code = exit_code(report, fail_on=FailOn.REUSED, require_conclusion=True)
    assert code == codes.EXIT_FINDING


def test_thresholds_are_relations() -> None:
    assert [relation.value for relation in list(Relation)[:4]] == [one.value for one in FailOn]


def test_judging_again_prints_the_verdict_and_says_the_code(
    stored: Callable[[AuditReport], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(stored(sample_report()))
    assert main(["judge", path, "--fail-on", "reused"]) == codes.EXIT_FINDING
    shown = capsys.readouterr().out
    assert "language_model" in shown
    assert "reused" in shown
    assert "DKJ101" in shown
    assert main(["judge", path, "--fail-on", "verbatim"]) == codes.EXIT_OK


def test_judging_again_is_the_policy_and_nothing_else(
    stored: Callable[[AuditReport], Path], tmp_path: Path
) -> None:
    path, out = stored(sample_report()), tmp_path / "judged.json"
    words = ["judge", str(path), "--policy", "press-2026", "--json", str(out), "--quiet"]
    assert main(words) == codes.EXIT_OK
    assert load_report(out) == judge(sample_report(), "press-2026")


def test_report_on_stdout_is_alone_there(
    stored: Callable[[AuditReport], Path], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["judge", str(stored(sample_report())), "--json", "-"]) == codes.EXIT_OK
    captured = capfdbinary.readouterr()
    assert json.loads(captured.out)["schema_version"] == "1"


def test_verdict_in_korean(
    stored: Callable[[AuditReport], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["judge", str(stored(sample_report())), "--lang", "ko"]) == codes.EXIT_OK
    shown = capsys.readouterr().out
    assert "재사용" in shown
    assert "구성요소" in shown


@pytest.mark.parametrize("suffix", [".json", ".md", ".html"])
def test_rendering_picks_the_renderer_by_suffix(
    suffix: str, stored: Callable[[AuditReport], Path], tmp_path: Path
) -> None:
    out = tmp_path / f"view{suffix}"
    assert main(["render", str(stored(sample_report())), "-o", str(out)]) == codes.EXIT_OK
    assert out.stat().st_size > 500


def test_rendering_by_name_needs_no_suffix(
    stored: Callable[[AuditReport], Path], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    words = ["render", str(stored(sample_report())), "-o", "-", "--format", "json"]
    assert main(words) == codes.EXIT_OK
    assert json.loads(capfdbinary.readouterr().out)


def test_unknown_suffix_is_wrong_usage_and_names_the_known(
    stored: Callable[[AuditReport], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["render", str(stored(sample_report())), "-o", str(tmp_path / "view.docx")]
    assert main(words) == codes.EXIT_USAGE
    assert "markdown" in capsys.readouterr().err
    assert not (tmp_path / "view.docx").exists()


def test_unknown_renderer_is_named_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["render", str(tmp_path / "no.json"), "-o", "x.y", "--format", "docx"]
    assert main(words) == codes.EXIT_USAGE
    assert "docx" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["audit", "judge"])
def test_pdf_without_its_extra_is_named_before_any_work(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(extras, "_is_there", lambda name: name != "typst")
    # Neither checkpoint nor report exists: nothing was opened when this was refused.
    inputs = {"audit": ["no-subject", "no-reference"], "judge": ["no-report.json"]}[command]
    words = [command, *inputs, "--pdf", str(tmp_path / "report.pdf")]
    assert main(words) == codes.EXIT_USAGE
    assert "dokja[pdf]" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("target", "message"),
    [("missing/report.json", "does not exist"), (".", "is a folder")],
)
def test_target_that_cannot_be_written_is_refused_before_any_work(
    target: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["audit", "no-subject", "no-reference", "--json", str(tmp_path / target)]
    assert main(words) == codes.EXIT_INCOMPLETE
    assert message in capsys.readouterr().err


def test_two_outputs_to_one_place_are_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = str(tmp_path / "report")
    words = ["audit", "no-subject", "no-reference", "--json", target, "--html", target]
    assert main(words) == codes.EXIT_USAGE
    assert "same place" in capsys.readouterr().err


def test_output_never_overwrites_an_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.safetensors").write_bytes(b"weights")
    (tmp_path / "link").symlink_to("m.safetensors")
    words = ["audit", str(tmp_path / "m.safetensors"), "other", "--json", str(tmp_path / "link")]
    assert main(words) == codes.EXIT_USAGE
    assert "overwrite" in capsys.readouterr().err
    assert (tmp_path / "m.safetensors").read_bytes() == b"weights"


def test_unknown_policy_is_named_before_any_work(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["audit", "no-subject", "no-reference", "--policy", "defualt"]
    assert main(words) == codes.EXIT_INCOMPLETE
    assert "defualt" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"{}", b"not json", b'{"a": 1, "a": 2}'])
def test_broken_report_is_refused_and_nothing_written(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "r.json").write_bytes(content)
    out = tmp_path / "out.md"
    assert main(["render", str(tmp_path / "r.json"), "-o", str(out)]) == codes.EXIT_INCOMPLETE
    assert capsys.readouterr().err.startswith("error: ")
    assert not out.exists()


def test_full_disk_is_an_error_of_its_own(
    stored: Callable[[AuditReport], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["judge", str(stored(sample_report())), "--json", "/dev/full"]
    assert main(words) == codes.EXIT_INCOMPLETE
    assert "No space left" in capsys.readouterr().err


def test_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    from dokja.document.schema import schema_text

    assert main(["schema"]) == codes.EXIT_OK
    assert capsys.readouterr().out == schema_text()


def test_missing_report_has_its_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", "/nowhere/report.json"]) == codes.EXIT_INCOMPLETE
    assert "hint: " in capsys.readouterr().err
