"""The main job through the real command, on models that were really trained."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ZOO = Path(__file__).parents[1] / "data/zoo"


def dokja(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the real command as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "dokja", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


def zoo(name: str) -> str:
    """Return the path of a zoo member."""
    return str(ZOO / name)


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Audit a fine-tuned model against its parent and a stranger, and write every view."""
    folder = tmp_path_factory.mktemp("audited")
    outputs = {kind: str(folder / f"report.{kind}") for kind in ("json", "html", "md")}
    done = dokja(
        "audit",
        zoo("finetuned"),
        zoo("base"),
        zoo("stranger-1"),
        *[word for kind, path in outputs.items() for word in (f"--{kind}", path)],
    )
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def _relations(report: dict[str, Any]) -> dict[str, str]:
    return {Path(c["reference"]).name: c["relation"] for c in report["components"]}


def test_parent_is_found_and_stranger_is_not_accused(audited: tuple[Path, str]) -> None:
    folder, shown = audited
    report = json.loads((folder / "report.json").read_text())
    relations = _relations(report)
    assert relations["base"] in {"reused", "derived"}
    assert relations["stranger-1"] == "no_evidence"
    assert "base" in shown
    assert "no_evidence" in shown


def test_every_view_names_subject_and_references(audited: tuple[Path, str]) -> None:
    folder, _ = audited
    for kind in ("json", "html", "md"):
        text = (folder / f"report.{kind}").read_text()
        for name in ("finetuned", "base", "stranger-1"):
            assert name in text, (kind, name)


def test_stored_report_renders_to_the_same_bytes(audited: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = audited
    for kind in ("html", "md", "json"):
        again = tmp_path / f"again.{kind}"
        done = dokja("render", str(folder / "report.json"), "-o", str(again))
        assert done.returncode == 0, done.stderr
        assert again.read_bytes() == (folder / f"report.{kind}").read_bytes()


def test_judging_again_under_the_same_policy_changes_nothing(
    audited: tuple[Path, str],
) -> None:
    folder, _ = audited
    done = dokja("judge", str(folder / "report.json"), "--json", "-")
    assert json.loads(done.stdout) == json.loads((folder / "report.json").read_text())


def test_stored_report_fits_the_published_schema(audited: tuple[Path, str]) -> None:
    import jsonschema

    folder, _ = audited
    schema = json.loads(dokja("schema").stdout)
    jsonschema.validate(json.loads((folder / "report.json").read_text()), schema)


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [("verbatim", 0), ("reused", None), ("derived", 1), ("shared_init", 1)],
)
def test_fail_on(audited: tuple[Path, str], threshold: str, expected: int | None) -> None:
    folder, _ = audited
    report = json.loads((folder / "report.json").read_text())
    if expected is None:
        expected = int(report["verdict"]["relation"] == "reused")
    done = dokja("judge", str(folder / "report.json"), "--fail-on", threshold, "--quiet")
    assert done.returncode == expected
    assert done.stdout == ""
    assert done.stderr == ""


def test_same_inputs_and_seed_give_the_same_report_but_for_times() -> None:
    words = ["audit", zoo("noised"), zoo("base"), "--json", "-", "--seed", "7"]
    reports = [json.loads(dokja(*words).stdout) for _ in range(2)]
    for report in reports:
        del report["provenance"]["started_at"], report["provenance"]["wall_s"]
    assert reports[0] == reports[1]
    assert reports[0]["provenance"]["seed"] == 7


def test_copy_is_verbatim_and_fails_a_run_that_minds(tmp_path: Path) -> None:
    shutil.copytree(ZOO / "base", tmp_path / "copy")
    done = dokja("audit", str(tmp_path / "copy"), zoo("base"), "--fail-on", "verbatim", "-q")
    assert done.returncode == 1, done.stderr


def test_missing_conclusion_exits_with_4_only_when_asked_for() -> None:
    words = ["audit", zoo("stranger-wide"), zoo("base"), "--json", "-"]
    done = dokja(*words)
    assert done.returncode == 0
    conclusive = json.loads(done.stdout)["verdict"]["conclusive"]
    asked = dokja(*words, "--require-conclusion")
    assert asked.returncode == (0 if conclusive else 4)
    assert asked.stdout != ""


def test_korean_page_and_summary(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    done = dokja("audit", zoo("noised"), zoo("base"), "--lang", "ko", "--html", str(page))
    assert done.returncode == 0, done.stderr
    assert 'lang="ko"' in page.read_text()
    assert "관계" in done.stdout


def test_summary_of_a_checkpoint() -> None:
    done = dokja("inspect", zoo("upcycled"), "--json", "-")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["digest"].startswith("blake3:")
    assert sum(part["n_parameters"] for part in summary["components"]) == summary["n_parameters"]
    headers = json.loads(dokja("inspect", zoo("upcycled"), "--no-digest", "--json", "-").stdout)
    assert headers["digest"] == ""
    assert headers["n_parameters"] == summary["n_parameters"]


def _interrupt(process: subprocess.Popen[bytes]) -> bytes:
    """Interrupt as a person would: again, if nothing came of it, since compilers may miss one."""
    for _ in range(5):
        process.send_signal(signal.SIGINT)
        try:
            return process.communicate(timeout=10)[1]
        except subprocess.TimeoutExpired:
            continue
    process.kill()
    return process.communicate()[1]


def test_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "dokja", "audit", zoo("noised"), zoo("base")]
    # More work than a missed interrupt could let through unnoticed.
    words += [zoo(name) for name in ("finetuned", "retrained", "int4", "mlp-pruned", "upcycled")]
    words += ["--json", str(tmp_path / "r.json"), "--progress"]
    with subprocess.Popen(
        words,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Whoever runs tests in the background has them ignore interrupts, and children inherit it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    ) as process:
        assert process.stderr is not None
        # The bar: work has begun, and most imports are over.
        process.stderr.read(1)
        time.sleep(0.1)
        shown = _interrupt(process)
    assert process.returncode == 130, (process.returncode, shown.decode())
    assert b"Traceback" not in shown
    assert list(tmp_path.iterdir()) == []
