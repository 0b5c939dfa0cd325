"""What a command was asked to write: checked before the work, written whole after it.

The module knows files and renderers by name, never what a report says.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import typer

from dokja.cli.collisions import is_checkpoint, read_files, same_file
from dokja.cli.console import note, visible
from dokja.cli.language import Language, say
from dokja.errors import OutputError

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
_STDOUT_FILES: Final = frozenset({STDOUT, "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})


@dataclass(frozen=True, slots=True)
class Output:
    """One view of a report that shall be written somewhere."""

    renderer: str
    """Name in the catalog of renderers."""
    target: str
    """A file, or ``-`` for stdout; so is its name among the devices."""

    @property
    def is_stdout(self) -> bool:
        """Whether it goes to stdout."""
        return self.target in _STDOUT_FILES


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

    Raises
    ------
    MissingDependencyError
        If a PDF was asked for without the extra that sets it.
    """
    wanted = tuple(Output(name, target) for name, target in asked.items() if target is not None)
    _require_extras(wanted)
    return wanted


def _require_extras(wanted: Iterable[Output]) -> None:
    from dokja.cli.extras import require

    if any(output.renderer == "pdf" for output in wanted):
        require("typst", "vl_convert", extra="pdf")


def _refuse_collisions(outputs: Iterable[Output], sources: Iterable[Path]) -> None:
    taken: list[Output] = []
    protected = tuple(sources)
    for output in outputs:
        if any(_collide(output, other) for other in taken):
            raise typer.BadParameter(say("two outputs would go to the same place"))
        if not output.is_stdout and _overwrites(Path(output.target), protected):
            raise typer.BadParameter(say("an output would overwrite what is to be read"))
        taken.append(output)


def _collide(first: Output, second: Output) -> bool:
    if first.is_stdout or second.is_stdout:
        return first.is_stdout and second.is_stdout
    return same_file(Path(first.target), Path(second.target))


def _overwrites(target: Path, sources: tuple[Path, ...]) -> bool:
    return is_checkpoint(target) or any(same_file(target, source) for source in sources)


def _require_renderer(name: str) -> None:
    from dokja.report import BUILTIN

    known = BUILTIN.names()
    if name not in known:
        raise typer.BadParameter(
            say("there is no format {name}; known: {names}").format(
                name=repr(name[:80]), names=", ".join(known)
            )
        )


def check_targets(
    outputs: Iterable[Output], inputs: Iterable[str], files: Iterable[str] = ()
) -> None:
    """Refuse targets that collide or cannot be written, before any work begins.

    Parameters
    ----------
    outputs
        What was asked for.
    inputs
        Addresses of checkpoints that are going to be read and must not be overwritten.
    files
        Paths of other files of which the same holds.

    Raises
    ------
    typer.BadParameter
        If two outputs collide, or one collides with an input.
    MissingDependencyError
        If a PDF was asked for without the extra that sets it.
    OutputError
        If a target cannot be written.
    """
    from dokja.document.write import check_writable

    wanted = tuple(outputs)
    _require_extras(wanted)
    _refuse_collisions(wanted, read_files(inputs, files))
    for output in wanted:
        if not output.is_stdout:
            check_writable(Path(output.target))


def check_outputs(
    outputs: Iterable[Output], inputs: Iterable[str], files: Iterable[str] = ()
) -> None:
    """Refuse views that could not be made or written in the end, before any work begins.

    Parameters
    ----------
    outputs
        What was asked for.
    inputs
        Addresses of checkpoints that are going to be read and must not be overwritten.
    files
        Paths of other files of which the same holds.

    Raises
    ------
    typer.BadParameter
        If two outputs collide, one collides with an input, or no renderer is called so.
    MissingDependencyError
        If a PDF was asked for without the extra that sets it.
    OutputError
        If a target cannot be written.
    """
    wanted = tuple(outputs)
    for output in wanted:
        _require_renderer(output.renderer)
    check_targets(wanted, inputs, files)


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
            _print_bytes(content)
        elif not quiet:
            note(visible(say("wrote {path}").format(path=output.target)))


def _print_bytes(content: bytes) -> None:
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(
            f"could not be written: {error.strerror or error}",
            uri="stdout",
            hint="Free some space, or name a file on another disk.",
        ) from None


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
