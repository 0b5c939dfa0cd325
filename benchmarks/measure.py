"""Runs commands as children and notes their time and peak memory.

The module knows processes, never what a command is for.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Run", "best", "cat", "run", "task"]

_SHOWN: Final = 400
_WAITER: Final = """
import json, os, subprocess, sys, time
start = time.perf_counter()
child = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(child.pid, 0)
told = [time.perf_counter() - start, os.waitstatus_to_exitcode(status), usage.ru_maxrss]
with open(sys.argv[1], "w") as file:
    json.dump(told, file)
"""
"""Starts the command from a process that is small itself: what a parent holds when it starts a
child counts towards the child's peak."""


@dataclass(frozen=True, slots=True)
class Run:
    """One command that ended."""

    seconds: float
    """What the child itself timed, if it did; else from its start to its end."""
    peak_bytes: int
    """Peak resident memory of the child."""
    found: dict[str, Any] = field(default_factory=dict)
    """What a task of our own printed."""


def run(command: Sequence[str], *, codes: tuple[int, ...] = (0,)) -> Run:
    """Run a command to its end.

    Parameters
    ----------
    command
        Program and arguments.
    codes
        Exit codes that are no failure.

    Returns
    -------
    Run
        Time from start to end, and peak memory.

    Raises
    ------
    RuntimeError
        If it ends with another code; with the end of what it said.
    """
    run, _ = _ended(command, codes)
    return run


def cat(paths: Sequence[str]) -> Run:
    """Read files to their end with ``cat``, and throw away what it prints.

    Parameters
    ----------
    paths
        Files that are there.

    Returns
    -------
    Run
        Time and peak memory of reading alone: written to a file, the bytes would be copied too.
    """
    return run(["sh", "-c", 'exec cat -- "$@" > /dev/null', "cat", *paths])


def _ended(command: Sequence[str], codes: tuple[int, ...]) -> tuple[Run, bytes]:
    """Return what a command took, and the end of what it printed on stdout."""
    with tempfile.TemporaryDirectory() as folder:
        told, out, err = (Path(folder) / name for name in ("told.json", "out", "err"))
        waiter = [sys.executable, "-S", "-E", "-c", _WAITER, str(told)]
        with out.open("wb") as stdout, err.open("wb") as stderr:
            subprocess.run([*waiter, *command], stdout=stdout, stderr=stderr, check=True)
        seconds, code, kibibytes = json.loads(told.read_text())
        if code not in codes:
            tail = err.read_bytes().decode(errors="replace")[-_SHOWN:]
            raise RuntimeError(f"{' '.join(command)} exited with {code}: {tail}")
        return Run(seconds, kibibytes * 1024), out.read_bytes()


def task(module: str, *arguments: str | Path) -> Run:
    """Run a module of ours that prints one line of JSON with its own time in it.

    Parameters
    ----------
    module
        Such as ``benchmarks.children``.
    arguments
        Its arguments.

    Returns
    -------
    Run
        Time as the child took it, and peak memory.
    """
    command = [sys.executable, "-m", module, *(str(argument) for argument in arguments)]
    run, said = _ended(command, (0,))
    found = json.loads(said)
    return Run(found.get("seconds", 0.0), run.peak_bytes, found)


def best(runs: Sequence[Run]) -> Run:
    """Return the quickest of several runs of one command, with the largest memory of all.

    Parameters
    ----------
    runs
        At least one. On a machine that does other things too, the quickest is the least wrong.

    Returns
    -------
    Run
        Time and findings of the quickest.
    """
    quickest = min(runs, key=lambda one: one.seconds)
    return Run(quickest.seconds, max(one.peak_bytes for one in runs), quickest.found)
