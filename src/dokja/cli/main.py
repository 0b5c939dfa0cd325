"""The program: assemble the commands, speak the right language, choose the exit code.

The module knows what may go wrong at the edge, never what a command does.
"""

from __future__ import annotations

import errno
import gc
import importlib
import os
import sys
import traceback
from typing import TYPE_CHECKING, Any, Final, Protocol

import typer
from typer.core import TyperGroup

from dokja.cli.codes import (
    EXIT_BROKEN_PIPE,
    EXIT_INCOMPLETE,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_USAGE,
)
from dokja.cli.console import lenient_streams, note, print_error
from dokja.cli.language import Language, choose_language, say, set_language, use_language
from dokja.cli.options import LangOption
from dokja.errors import DokjaError, MissingDependencyError, OutputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMMANDS", "build_command", "main"]

COMMANDS: Final = (
    "demo",
    "inspect",
    "audit",
    "judge",
    "render",
    "trajectory",
    "dossier",
    "review",
    "licence",
    "round",
    "leaderboard",
    "bom",
    "bundle",
    "verify",
    "plugins",
    "schema",
    "version",
)
"""Every command, in the order of the help; each is a module of this room.

A module with ``SUBCOMMANDS`` is a group, whose commands are the modules named after both.
"""


def _abandon_stdout() -> None:
    # The interpreter would complain once more when it flushes stdout at its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Group(TyperGroup):
    """The group of all commands, with an exit code of its own for a reader that left."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401  # private classes of the library
        """Run the chosen command; a closed stdout must not exit with 1, which is a finding."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _abandon_stdout()
            raise typer.Exit(EXIT_BROKEN_PIPE) from None
        except OSError as error:
            # Files are named by their errors and turned into ours where they are written.
            if error.errno != errno.ENOSPC or isinstance(error, DokjaError):
                raise
            _abandon_stdout()
            raise OutputError(
                "no space left for what is printed", uri="stdout", hint="Free some space."
            ) from None
        if isinstance(code, int) and code != EXIT_OK:
            raise typer.Exit(code)
        return code


_GARBAGE_THRESHOLD: Final = 100_000
"""Objects made before garbage is looked for; the interpreter's own 700 is met all the time."""
_BLAS_THREADS: Final = ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS")
_OVERVIEW: Final = "Tell whether an AI model is its maker's own work."
_EPILOG: Final = (
    "Exit codes: 0 nothing at or above --fail-on; 1 such a finding; 2 usage; "
    "3 could not complete; 4 inconclusive under --require-conclusion."
)
_FRAME: Final = {
    "ARGUMENTS_PANEL_TITLE": "Arguments",
    "OPTIONS_PANEL_TITLE": "Options",
    "COMMANDS_PANEL_TITLE": "Commands",
    "ERRORS_PANEL_TITLE": "Error",
    "DEFAULT_STRING": "[default: {}]",
    "REQUIRED_LONG_STRING": "[required]",
    "RICH_HELP": "Try [blue]'{command_path} {help_option}'[/] for help.",
}


class _Command(Protocol):
    """What is translated of a command, whichever class the parsing library gives it."""

    help: str | None
    epilog: str | None
    params: list[Any]

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401  # a private class of the library
        """Parameters, the one that asks for help included."""
        ...


def _translate(command: _Command, language: Language) -> None:
    """Put a command's help, and that of its parameters and subcommands, into a language."""
    command.help = say(command.help or "", language)
    command.epilog = say(command.epilog or "", language)
    for parameter in command.get_params(typer.Context(command)):  # type: ignore[arg-type]
        if getattr(parameter, "help", None):
            parameter.help = say(parameter.help, language)
    for child in getattr(command, "commands", {}).values():
        _translate(child, language)


def _translate_frame(language: Language) -> None:
    """Put the words of the parsing library into a language; English ones are there already."""
    if language is Language.EN and "typer.rich_utils" not in sys.modules:
        return
    from typer import rich_utils

    for constant, text in _FRAME.items():
        setattr(rich_utils, constant, say(text, language))


def _group(
    context: typer.Context,
    *,
    version: bool = typer.Option(False, "--version", help="Print the version and leave."),
    lang: LangOption = None,
) -> None:
    use_language(lang)
    if version:
        from dokja.cli.version import version as print_version

        print_version()
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(EXIT_USAGE)


def _subgroup(name: str, module: Any) -> typer.Typer:  # noqa: ANN401 - a module of this room
    """Assemble a group of commands."""
    group = typer.Typer(name=name, help=module.HELP, epilog=module.EPILOG)
    group.callback(invoke_without_command=True)(_help_of_group)
    for step in module.SUBCOMMANDS:
        attribute = f"{name}_{step.replace('-', '_')}"
        command = importlib.import_module(f"dokja.cli.{attribute}")
        group.command(step, epilog=command.EPILOG)(getattr(command, attribute))
    return group


def _help_of_group(context: typer.Context, *, lang: LangOption = None) -> None:
    use_language(lang)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(EXIT_USAGE)


def build_command(language: Language, names: Sequence[str] = COMMANDS) -> TyperGroup:
    """Assemble the command line in one language.

    Parameters
    ----------
    language
        Language of every help text.
    names
        Commands to assemble, in the order of the help; all of them if not given.

    Returns
    -------
    TyperGroup
        The group of these commands.
    """
    app = typer.Typer(
        name="dokja",
        cls=_Group,
        help=_OVERVIEW,
        epilog=_EPILOG,
        invoke_without_command=True,
        add_completion=True,
        pretty_exceptions_enable=False,
    )
    app.callback()(_group)
    for name in names:
        module = importlib.import_module(f"dokja.cli.{name}")
        if hasattr(module, "SUBCOMMANDS"):
            app.add_typer(_subgroup(name, module))
        else:
            app.command(name, epilog=module.EPILOG)(getattr(module, name))
    command = typer.main.get_command(app)
    assert isinstance(command, TyperGroup)
    # The library puts groups before commands.
    command.commands = {name: command.commands[name] for name in names}
    if language is not Language.EN:
        _translate(command, language)
    return command


def _report_failure(error: BaseException) -> int:
    """Say what went wrong and return the exit code for it."""
    if os.environ.get("DOKJA_DEBUG"):
        traceback.print_exception(error)
    if isinstance(error, DokjaError):
        print_error(error)
        return EXIT_USAGE if isinstance(error, MissingDependencyError) else EXIT_INCOMPLETE
    note(f"{say('internal error')}: {type(error).__name__}: {error}")
    note(say("This is a defect of Dokja; DOKJA_DEBUG=1 shows where. Please report it."))
    return EXIT_INCOMPLETE


def _one_layer_of_threads() -> None:
    """Keep numpy's linear algebra to one thread, unless the user has said how many.

    Work is spread over threads above it. Two layers of threads wait for each other by spinning:
    on a busy machine of two processors an audit took seven times as long.
    """
    if not any(name in os.environ for name in _BLAS_THREADS):
        os.environ["OPENBLAS_NUM_THREADS"] = "1"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line.

    Parameters
    ----------
    arguments
        Words after the program's name; those of the process if not given.

    Returns
    -------
    int
        The exit code: 0, 1, 2, 3 or 4 as the help explains, 130 after an interrupt.
    """
    if arguments is None:
        # A short program gains a tenth by not looking for garbage while it is still loading.
        gc.set_threshold(_GARBAGE_THRESHOLD)
    words = list(sys.argv[1:] if arguments is None else arguments)
    lenient_streams()
    # Read when numpy is imported, which happens within the commands.
    _one_layer_of_threads()
    language = choose_language(words, os.environ)
    set_language(language)
    try:
        _translate_frame(language)
        # To read every command's parameters takes longer than many a command.
        known = tuple(words[:1]) if words[:1] and words[0] in COMMANDS else COMMANDS
        build_command(language, known).main(words, prog_name="dokja")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else EXIT_OK
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001  # the edge: an uncaught error would exit with 1
        return _report_failure(error)
    return EXIT_OK
