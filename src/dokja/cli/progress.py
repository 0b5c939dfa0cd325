"""Progress on stderr: a bar where somebody looks, and a line where something takes longer.

The module knows the bar and the line, never what is being done.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from typing import TYPE_CHECKING

from dokja.cli.console import note, visible
from dokja.cli.language import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress

    ProgressCallback = Callable[[str, int, int], None]

__all__ = ["progress_bars", "progress_steps"]


def _callback(bars: Progress) -> ProgressCallback:
    task = bars.add_task("", total=None)

    def advance(stage: str, done: int, total: int) -> None:
        bars.update(task, description=say(visible(stage)), completed=done, total=max(total, 1))

    return advance


def _bars(*, forced: bool) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    console = Console(file=sys.stderr, force_terminal=True if forced else None)
    return Progress(*columns, console=console, transient=not forced)


class _Notes(logging.Handler):
    """Shows what the rooms below log, such as that a server is asked again."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one line in the language of the run."""
        arguments = record.args if isinstance(record.args, tuple) else ()
        note(f"{say('note')}: {visible(say(str(record.msg)) % arguments)}")


@contextlib.contextmanager
def _notes(*, quiet: bool) -> Iterator[None]:
    """Print notes while the context lasts; where all shall be quiet, swallow them."""
    log = logging.getLogger("dokja")
    handler = logging.NullHandler() if quiet else _Notes(logging.WARNING)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)


@contextlib.contextmanager
def progress_bars(*, quiet: bool, forced: bool) -> Iterator[ProgressCallback | None]:
    """Show one bar, labelled with the stage of the work, and notes, while the context lasts.

    Parameters
    ----------
    quiet
        Show nothing at all.
    forced
        Show bars even where stderr is no terminal.

    Yields
    ------
    Callable or None
        To be called with a stage, the work done and the work in all; None where nothing is shown.
    """
    with _notes(quiet=quiet):
        if quiet or not (forced or sys.stderr.isatty()):
            yield None
        else:
            with _bars(forced=forced) as bars:
                yield _callback(bars)


@contextlib.contextmanager
def progress_steps(
    n_steps: int, *, quiet: bool, forced: bool = False
) -> Iterator[Callable[[str], None]]:
    """Show one bar over a few steps of unlike length while the context lasts.

    Parameters
    ----------
    n_steps
        How many steps there are.
    quiet
        Show nothing at all.
    forced
        Show the bar even where stderr is no terminal.

    Yields
    ------
    Callable
        To be called with the name of each step as it begins.
    """
    with progress_bars(quiet=quiet, forced=forced) as advance:
        begun = 0

        def begin(name: str) -> None:
            nonlocal begun
            if advance is not None:
                advance(name, begun, n_steps)
            begun += 1

        yield begin
