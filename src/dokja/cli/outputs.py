"""What a command was asked to write: checked before the work, written whole after it.

The module knows files and renderers by name, never what a report says.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

import typer

from dokja.cli.console import note
from dokja.cli.language import Language, say
from dokja.errors import MissingDependencyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dokja.document.audit import AuditReport

__all__ = [
    "STDOUT",
    "Output",
    "check_outputs",
    "check_targets",
    "collect_outputs",
    "write_contents",
    "write_outputs",
]

STDOUT: Final = "-"
_CHECKPOINT_ENDINGS: Final = (
    ".safetensors",
    ".index.json",
    "config.json",
    "tokenizer.json",
    "README.md",
)


@dataclass(frozen=True, slots=True)
class Output:
    """One view of a report that shall be written somewhere."""

    renderer: str
    """Name in the catalog of renderers."""
    target: str
    """A file, or ``-`` for stdout."""

    @property
    def is_stdout(self) -> bool:
        """Whether it goes to stdout."""
        return self.target == STDOUT


def collect_outputs(asked: Mapping[str, str | None]) -> tuple[Output, ...]:
    """Keep what was asked for.

    Parameters
    ----------
    asked
        Target by name of renderer; None where the option was not given.

    Returns
    -------
    tuple of Output
        In the order of `asked`.
    """
    return tuple(Output(name, target) for name, target in asked.items() if target is not None)


def _local_path(uri: str) -> Path | None:
    scheme = urlsplit(uri).scheme
    if scheme in {"", "file"}:
        return Path(os.path.realpath(uri.removeprefix("file://")))
    return None


def _files_read(uri: str) -> set[Path]:
    """Say which files stand for an input: itself, or the weights and settings of its folder."""
    path = _local_path(uri)
    if path is None:
        return set()
    folder = path if path.is_dir() else path.parent
    try:
        held = [file for file in folder.iterdir() if file.name.endswith(_CHECKPOINT_ENDINGS)]
    except OSError:
        held = []
    return {path, *(Path(os.path.realpath(file)) for file in held)}


def _is_checkpoint(place: str | Path) -> bool:
    """Whether a file that is there already begins as weights do, whatever it is called."""
    if isinstance(place, str) or not place.is_file():
        return False
    try:
        with place.open("rb") as file:
            head = file.read(9)
    except OSError:
        return False
    return place.name.endswith(".safetensors") or (len(head) == 9 and head[6:] == b"\0\0{")


def _refuse_collisions(outputs: Iterable[Output], inputs: Iterable[str]) -> None:
    taken: dict[str | Path, str] = {}
    sources = {path for uri in inputs for path in _files_read(uri)}
    for output in outputs:
        place: str | Path = STDOUT if output.is_stdout else Path(os.path.realpath(output.target))
        if place in taken:
            raise typer.BadParameter(say("two outputs would go to the same place"))
        if place in sources or _is_checkpoint(place):
            raise typer.BadParameter(say("an output would overwrite what is to be read"))
        taken[place] = output.target


def _require_renderer(name: str) -> None:
    from dokja.report import BUILTIN

    if name not in BUILTIN.names():
        raise MissingDependencyError(
            f"the {name} view needs the extra {name}, which is not installed",
            hint="This version has no such extra yet: print the page that --html writes, "
            f"or install a plugin that brings a renderer named {name}.",
        )


def check_targets(outputs: Iterable[Output], inputs: Iterable[str]) -> None:
    """Refuse targets that collide or cannot be written, before any work begins.

    Parameters
    ----------
    outputs
        What was asked for.
    inputs
        Addresses that are going to be read and must not be overwritten.

    Raises
    ------
    typer.BadParameter
        If two outputs collide, or one collides with an input.
    OutputError
        If a target cannot be written.
    """
    from dokja.document.write import check_writable

    wanted = tuple(outputs)
    _refuse_collisions(wanted, inputs)
    for output in wanted:
        if not output.is_stdout:
            check_writable(Path(output.target))


def check_outputs(outputs: Iterable[Output], inputs: Iterable[str]) -> None:
    """Refuse views that could not be made or written in the end, before any work begins.

    Parameters
    ----------
    outputs
        What was asked for.
    inputs
        Addresses that are going to be read and must not be overwritten.

    Raises
    ------
    typer.BadParameter
        If two outputs collide, or one collides with an input.
    MissingDependencyError
        If no renderer of that name is installed.
    OutputError
        If a target cannot be written.
    """
    wanted = tuple(outputs)
    for output in wanted:
        _require_renderer(output.renderer)
    check_targets(wanted, inputs)


def write_contents(rendered: Iterable[tuple[Output, bytes]], *, quiet: bool) -> None:
    """Write all files together, then what goes to stdout.

    Parameters
    ----------
    rendered
        What shall stand where.
    quiet
        Do not name on stderr what was written.

    Raises
    ------
    OutputError
        If anything cannot be written; nothing is left half-written then.
    """
    from dokja.document.write import write_all

    contents = tuple(rendered)
    write_all({Path(out.target): content for out, content in contents if not out.is_stdout})
    for output, content in contents:
        if output.is_stdout:
            sys.stdout.flush()
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        elif not quiet:
            note(say("wrote {path}").format(path=output.target))


def write_outputs(
    outputs: Iterable[Output], report: AuditReport, language: Language, *, quiet: bool
) -> None:
    """Render every view, then write all files together.

    Parameters
    ----------
    outputs
        What was asked for.
    report
        The document the views are made of.
    language
        Language of the views.
    quiet
        Do not name on stderr what was written.

    Raises
    ------
    OutputError
        If anything cannot be written; nothing is left half-written then.
    """
    from dokja.report import BUILTIN

    spoken: Literal["ko", "en"] = "ko" if language is Language.KO else "en"
    rendered = [
        (output, BUILTIN.get(output.renderer).render(report, language=spoken)) for output in outputs
    ]
    write_contents(rendered, quiet=quiet)
