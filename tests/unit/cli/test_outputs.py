"""Where outputs may go: never over what is read, and to every kind of place a shell knows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from dokja.cli import codes
from dokja.cli.collisions import is_checkpoint, read_files, same_file
from dokja.cli.main import main
from dokja.testing import sample_report

LONG = "a" * 300


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with a report, a policy and other names for both."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.json").write_text(sample_report().model_dump_json(by_alias=True))
    policy = files("dokja.policy") / "policies" / "default.toml"
    (tmp_path / "p.toml").write_bytes(policy.read_bytes())
    for name in ("r.json", "p.toml"):
        (tmp_path / f"soft-{name}").symlink_to(name)
        (tmp_path / f"hard-{name}").hardlink_to(tmp_path / name)
    (tmp_path / "inner").mkdir()
    return tmp_path


@pytest.mark.parametrize("option", ["--json", "--html", "--md"])
@pytest.mark.parametrize("target", ["p.toml", "inner/../p.toml", "soft-p.toml", "hard-p.toml"])
def test_no_view_takes_the_place_of_the_policy(
    folder: Path, option: str, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (folder / "p.toml").read_bytes()
    assert main(["judge", "r.json", "--policy", "p.toml", option, target]) == codes.EXIT_USAGE
    assert "overwrite" in capsys.readouterr().err
    words = ["audit", "no-subject", "no-reference", "--policy", "p.toml", option, target]
    assert main(words) == codes.EXIT_USAGE
    assert "overwrite" in capsys.readouterr().err
    assert (folder / "p.toml").read_bytes() == before


@pytest.mark.parametrize("target", ["r.json", "./inner/../r.json", "soft-r.json", "hard-r.json"])
def test_no_other_view_takes_the_place_of_the_report(
    folder: Path, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (folder / "r.json").read_bytes()
    for words in (
        ["judge", "r.json", "--html", target],
        ["judge", "r.json", "--md", target],
        ["render", "r.json", "-o", target, "--format", "html"],
        ["render", "r.json", "-o", target, "--format", "json"],
    ):
        assert main(words) == codes.EXIT_USAGE
        assert "overwrite" in capsys.readouterr().err
    assert (folder / "r.json").read_bytes() == before


@pytest.mark.usefixtures("folder")
def test_report_may_be_judged_in_place() -> None:
    assert main(["judge", "r.json", "--json", "r.json", "--quiet"]) == codes.EXIT_OK


def test_side_files_of_another_model_do_not_bar_a_page_beside_a_report(folder: Path) -> None:
    (folder / "README.md").write_text("what stood here")
    assert main(["render", "r.json", "-o", "README.md"]) == codes.EXIT_OK
    assert "what stood here" not in (folder / "README.md").read_text()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", ["nonsense", "pdff", "\x1b[31mred"])
def test_unknown_format_is_refused_with_the_known_ones(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", "r.json", "--format", name, "-o", "x.y"]) == codes.EXIT_USAGE
    told = capsys.readouterr().err
    assert all(known in told for known in ("json", "html", "markdown", "pdf"))
    assert "extra" not in told
    assert "\x1b[31mred" not in told


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "words",
    [
        ["judge", "r.json", "--json", LONG],
        ["judge", "r.json", "--html", f"{LONG}/x.html"],
        ["judge", "r.json", "--json", "p.toml/x.json"],
        ["render", "r.json", "-o", f"{LONG}.md"],
        ["judge", LONG],
        ["judge", "r.json", "--policy", LONG],
        ["inspect", LONG],
        ["inspect", "x", "--json", LONG],
        ["audit", LONG, LONG],
        ["demo", "--output", LONG],
    ],
)
def test_name_that_no_system_takes_is_an_error_of_ours(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == codes.EXIT_INCOMPLETE
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert "hint: " in told


def dokja(*words: str, out: int = subprocess.PIPE) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "DOKJA_LANG": "en"}
    return subprocess.run(
        [sys.executable, "-m", "dokja", *words],
        stdout=out,
        stderr=subprocess.PIPE,
        env=environment,
        check=False,
    )


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("target", ["-", "/dev/stdout", "/dev/fd/1"])
def test_stdout_under_every_name_holds_the_report_alone(target: str, folder: Path) -> None:
    piped = dokja("judge", "r.json", "--json", target)
    assert piped.returncode == codes.EXIT_OK
    assert piped.stdout.startswith(b'{\n  "schema_version"')
    assert piped.stdout.endswith(b"}\n")
    with (folder / "redirected").open("wb") as file:
        assert dokja("judge", "r.json", "--json", target, out=file.fileno()).returncode == 0
    assert (folder / "redirected").read_bytes() == piped.stdout


@pytest.mark.usefixtures("folder")
def test_pipe_behind_a_descriptor_is_written_through() -> None:
    done = dokja("judge", "r.json", "--quiet", "--json", "/dev/stderr")
    assert done.returncode == codes.EXIT_OK
    assert done.stdout == b""
    assert done.stderr.startswith(b'{\n  "schema_version"')


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("words", [("judge", "r.json"), ("judge", "r.json", "--json", "-")])
def test_full_stdout_is_an_error_of_ours(words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = dokja(*words, out=full.fileno())
    assert done.returncode == codes.EXIT_INCOMPLETE
    assert done.stderr.startswith(b"error: stdout: ")
    assert b"hint: " in done.stderr
    assert b"Exception" not in done.stderr


def test_files_are_compared_as_files(folder: Path) -> None:
    assert same_file(Path("r.json"), Path("inner/../r.json"))
    assert same_file(folder / "hard-r.json", Path("r.json"))
    assert same_file(Path("absent"), folder / "absent")
    assert not same_file(Path("absent"), Path("r.json"))
    assert not same_file(Path(LONG), Path("r.json"))


def test_address_of_a_file_protects_it(tmp_path: Path) -> None:
    weights = tmp_path / "odd name"
    weights.mkdir()
    (weights / "model.safetensors").touch()
    for uri in (str(weights), weights.as_uri()):
        assert weights / "model.safetensors" in read_files([uri])
    assert read_files(["https://host/m", "memory://m"]) == ()
    assert Path("a:b") in read_files(["a:b"])


def test_weights_are_known_by_their_first_bytes(folder: Path) -> None:
    from tests.support.zoo import ZOO

    shutil.copy(ZOO / "base" / "model.safetensors", folder / "weights")
    assert is_checkpoint(folder / "weights")
    assert not is_checkpoint(folder / "r.json")
    assert not is_checkpoint(Path(LONG))
