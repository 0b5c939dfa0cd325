"""Where words go: results to stdout, everything else to stderr.

The module knows streams and colours, never what is being said.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import typer

from dokja.cli.language import say

if TYPE_CHECKING:
    from rich.console import Console

    from dokja.errors import DokjaError

__all__ = [
    "NARROWEST",
    "lenient_streams",
    "note",
    "print_error",
    "print_line",
    "results",
    "visible",
]

NARROWEST = 100
"""Columns of a table where there is no terminal that says its width."""


_LONGEST = 2_400
"""Characters of an error; some name what a stranger's file says."""


def lenient_streams() -> None:
    """Let characters that a stream cannot hold be spelt out, rather than end the run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def visible(text: str) -> str:
    """Make every character of a text visible, so that none can command the terminal.

    Parameters
    ----------
    text
        A text that may hold names out of a checkpoint.

    Returns
    -------
    str
        The same with control and direction characters spelt out; line breaks are kept.
    """
    return "".join(
        character
        if character.isprintable() or character == "\n"
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def results() -> Console:
    """Return a console for results, wide enough for tables where stdout is no terminal.

    Returns
    -------
    Console
        A console on the present stdout.
    """
    from rich.console import Console

    width = None if sys.stdout.isatty() else NARROWEST
    return Console(file=sys.stdout, width=width, highlight=False, soft_wrap=False)


def print_line(text: str) -> None:
    """Print one line to stdout, visible and never wrapped, so that paths stay whole.

    Parameters
    ----------
    text
        The line.
    """
    typer.echo(visible(text))


def note(text: str) -> None:
    """Print one line to stderr.

    Parameters
    ----------
    text
        The line.
    """
    typer.echo(text, err=True)


def _bearable(text: str) -> str:
    """Leave out the middle of a text that would fill the terminal."""
    cut = text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} […] {text[-_LONGEST // 4 :]}"
    return visible(cut)


def print_error(error: DokjaError) -> None:
    """Say on stderr what could not be done and what to do next.

    Parameters
    ----------
    error
        What was raised.
    """
    label = typer.style(say("error"), fg=typer.colors.RED, bold=True)
    note(f"{label}: {_bearable(str(error))}")
    if error.hint:
        note(f"{typer.style(say('hint'), bold=True)}: {_bearable(error.hint)}")
