"""Runs commands as children and notes their time and peak memory.

The module knows processes, never what a command is for.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Run", "best", "run", "task"]

_SHOWN: Final = 400


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
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in codes:
            said.seek(0)
            tail = said.read().decode(errors="replace")[-_SHOWN:]
            raise RuntimeError(f"{' '.join(command)} exited with {child.returncode}: {tail}")
    return Run(seconds, usage.ru_maxrss * 1024)


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
    with tempfile.TemporaryFile() as said:
        command = [sys.executable, "-m", module, *(str(argument) for argument in arguments)]
        child = subprocess.Popen(command, stdout=said)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise RuntimeError(f"{' '.join(command)} exited with {child.returncode}")
        said.seek(0)
        found = json.loads(said.read())
    return Run(found.get("seconds", 0.0), usage.ru_maxrss * 1024, found)


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
