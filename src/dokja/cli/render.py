"""``dokja render``: any view of a stored report; the module picks a renderer and knows no view."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dokja.cli.language import say, use_language
from dokja.cli.options import LangOption, QuietOption, ReportArgument

__all__ = ["EPILOG", "render"]

EPILOG = "Example: dokja render report.json -o report.html --lang ko"


def _renderer_for(target: str, named: str | None) -> str:
    """Name of the renderer: the one that was named, else the one that bears the suffix."""
    from dokja.report import BUILTIN

    if named is not None:
        return named
    suffix = Path(target).suffix.lower()
    for name in BUILTIN.names():
        if BUILTIN.get(name).suffix == suffix:
            return name
    raise typer.BadParameter(
        say("no renderer writes {suffix}; name one with --format: {names}").format(
            suffix=suffix or say("a file without a suffix"), names=", ".join(BUILTIN.names())
        )
    )


def render(  # numpydoc ignore=PR01
    report: ReportArgument,
    *,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="File to write; - for stdout.")
    ],
    format: Annotated[  # noqa: A002  # the option's name is the contract
        str | None,
        typer.Option("--format", help="Renderer by name; otherwise the suffix decides."),
    ] = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> int:
    """Write any view of a stored report: a page, Markdown, JSON."""
    from dokja.cli.outputs import Output, check_outputs, write_outputs
    from dokja.report.json import load_report

    language = use_language(lang)
    outputs = (Output(_renderer_for(output, format), output),)
    check_outputs(outputs, (), (str(report),))
    write_outputs(outputs, load_report(report), language, quiet=quiet)
    return 0
