"""Progress on stderr: a bar where somebody looks, nothing elsewhere.

The module knows the bar, never what is being done.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from dokja.cli.console import visible
from dokja.cli.language import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress

    ProgressCallback = Callable[[str, int, int], None]

__all__ = ["progress_bars"]


def _callback(bars: Progress) -> ProgressCallback:
    task = bars.add_task("", total=None)

    def advance(stage: str, done: int, total: int) -> None:
        bars.update(task, description=say(visible(stage)), completed=done, total=max(total, 1))

    return advance


@contextlib.contextmanager
def progress_bars(*, quiet: bool, forced: bool) -> Iterator[ProgressCallback | None]:
    """Show one bar, labelled with the stage of the work, while the context lasts.

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
    if quiet or not (forced or sys.stderr.isatty()):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    console = Console(file=sys.stderr, force_terminal=True if forced else None)
    with Progress(*columns, console=console, transient=not forced) as bars:
        yield _callback(bars)
