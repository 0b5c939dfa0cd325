from __future__ import annotations

import importlib
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from dokja.cli import codes
from dokja.cli import main as program
from dokja.cli.console import print_error
from dokja.cli.korean import KOREAN
from dokja.cli.language import Language
from dokja.errors import DokjaError, MissingDependencyError, SourceNotFoundError


def _raise(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let the command ``version`` fail, whatever it does otherwise."""
    module = importlib.import_module("dokja.cli.version")

    def version(*, lang: str | None = None) -> None:
        """Fail."""
        raise error

    monkeypatch.setattr(module, "version", version)


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from dokja.cli.main import main; code = main(['--help']);"
        "heavy = ['numpy', 'scipy', 'numba', 'altair', 'fsspec', 'aiohttp', 'jinja2', 'blake3',"
        " 'dokja.document', 'dokja.io', 'dokja.audit', 'dokja.report'];"
        "found = [name for name in heavy if name in sys.modules];"
        "sys.stderr.write(f'{code} {found}')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stderr == "0 []"


def test_help_is_fast() -> None:
    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "dokja", "--help"], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    # Computing time, and the least of a few: the claim is about the program, not a busy machine.
    assert min(once() for _ in range(5)) < 0.4


def _texts(command: Any) -> Iterator[str]:
    yield from filter(None, (command.help, command.epilog))
    import typer

    for parameter in command.get_params(typer.Context(command)):
        if getattr(parameter, "help", None):
            yield parameter.help
    for child in getattr(command, "commands", {}).values():
        yield from _texts(child)


def test_every_help_text_has_a_korean_one() -> None:
    english = set(_texts(program.build_command(Language.EN)))
    assert len(english) > 30
    assert english - set(KOREAN) == set()


def test_every_command_shows_an_example() -> None:
    commands = program.build_command(Language.EN).commands
    assert tuple(commands) == program.COMMANDS
    for name, command in commands.items():
        assert f"Example: dokja {name}" in command.epilog


def test_help_speaks_korean(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["audit", "--help", "--lang", "ko"]) == codes.EXIT_OK
    shown = capsys.readouterr().out
    assert "구성요소마다" in shown
    assert "옵션" in shown
    assert "이 도움말을" in shown
    assert "Say of every" not in shown


def test_without_a_command_help_is_shown_and_usage_is_the_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert program.main([]) == codes.EXIT_USAGE
    assert "Commands" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["--lang", "ko", "audit", "--help"], ["--lang=ko", "--help"]])
def test_language_may_stand_before_the_command(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(words) == codes.EXIT_OK
    assert "옵션" in capsys.readouterr().out


@pytest.mark.parametrize("command", program.COMMANDS)
def test_every_command_takes_a_language(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main([command, "--lang", "ko", "--help"]) == codes.EXIT_OK
    assert "--lang" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["version"], ["--version"]])
def test_version(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(words) == codes.EXIT_OK
    assert capsys.readouterr().out.startswith("dokja 0.")


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["audit"],
        ["audit", "only-a-subject"],
        ["audit", "a", "b", "--fail-on", "no_evidence"],
        ["audit", "a", "b", "--seed", "-1"],
        ["audit", "a", "b", "--max-bytes", "0"],
        ["audit", "a", "b", "--lang", "fr"],
        ["render", "report.json"],
        ["inspect", "a", "--unknown"],
    ],
)
def test_wrong_usage_exits_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(words) == codes.EXIT_USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Error" in captured.err


def test_expected_failure_prints_message_and_hint_without_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _raise(monkeypatch, SourceNotFoundError("nothing there", uri="a/b", hint="Look elsewhere."))
    assert program.main(["version"]) == codes.EXIT_INCOMPLETE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "error: a/b: nothing there" in captured.err
    assert "hint: Look elsewhere." in captured.err
    assert "Traceback" not in captured.err


def test_debugging_shows_the_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOKJA_DEBUG", "1")
    _raise(monkeypatch, SourceNotFoundError("nothing there"))
    assert program.main(["version"]) == codes.EXIT_INCOMPLETE
    assert "Traceback" in capsys.readouterr().err


def test_frame_words_of_a_failure_are_korean(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOKJA_LANG", "ko")
    _raise(monkeypatch, SourceNotFoundError("nothing there", hint="Look elsewhere."))
    assert program.main(["version"]) == codes.EXIT_INCOMPLETE
    shown = capsys.readouterr().err
    assert "오류: nothing there" in shown
    assert "도움말: Look elsewhere." in shown


def test_missing_extra_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _raise(monkeypatch, MissingDependencyError("needs the extra pdf"))
    assert program.main(["version"]) == codes.EXIT_USAGE
    assert "needs the extra pdf" in capsys.readouterr().err


def test_defect_does_not_exit_with_the_code_of_a_finding(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _raise(monkeypatch, ZeroDivisionError("division by zero"))
    assert program.main(["version"]) == codes.EXIT_INCOMPLETE
    assert "internal error: ZeroDivisionError: division by zero" in capsys.readouterr().err


def test_interrupt_exits_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _raise(monkeypatch, KeyboardInterrupt())
    assert program.main(["version"]) == codes.EXIT_INTERRUPTED
    assert "Traceback" not in capsys.readouterr().err


def test_terminal_without_hangul_ends_no_run() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dokja", "audit", "--help", "--lang", "ko"],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert done.returncode == codes.EXIT_OK, done.stderr
    assert b"\\u" in done.stdout


def test_reader_that_leaves_is_no_finding() -> None:
    # The pipe is closed before the first byte, so that every write to it fails.
    command = f"{sys.executable} -m dokja schema | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in {"0", "141"}
    assert done.stderr == ""


def test_error_about_an_endless_name_stays_bearable(capsys: pytest.CaptureFixture[str]) -> None:
    name = "\x1b" * 50_000
    print_error(DokjaError("it does not exist", uri=name, hint="look for " + name))
    told = capsys.readouterr().err
    assert "\x1b" not in told
    assert len(told) < 16_000
    assert "it does not exist" in told


@pytest.mark.parametrize(("said", "expected"), [({}, "1"), ({"OMP_NUM_THREADS": "3"}, "3")])
def test_threads_of_the_linear_algebra_do_not_pile_up_on_ours(
    said: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    # Remembered here, so that what the program sets is taken back.
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    assert program.main(["version"]) == 0
    chosen = os.environ.get("OPENBLAS_NUM_THREADS") or os.environ["OMP_NUM_THREADS"]
    assert chosen == expected
