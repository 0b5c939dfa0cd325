"""``dokja render``: any view of a stored report; the module picks a renderer and knows no view."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dokja.cli.language import say, use_language
from dokja.cli.options import LangOption, QuietOption, ReportArgument

if TYPE_CHECKING:
    from dokja.cli.language import Language
    from dokja.cli.outputs import Output
    from dokja.document.review import ReviewReport

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
    """Write any view of a stored report: a page, a PDF, Markdown, JSON."""
    from dokja.cli.outputs import Output, check_outputs, write_outputs
    from dokja.report.json import load_report
    from dokja.report.review.stored import is_review, load_review

    language = use_language(lang)
    outputs = (Output(_renderer_for(output, format), output),)
    check_outputs(outputs, (), (str(report),))
    if is_review(report):
        _render_review(outputs, load_review(report), language, quiet=quiet)
    else:
        write_outputs(outputs, load_report(report), language, quiet=quiet)
    return 0


def _render_review(
    outputs: tuple[Output, ...], report: ReviewReport, language: Language, *, quiet: bool
) -> None:
    from dokja.cli.round_views import spoken, write_views
    from dokja.report.review.page import review_page

    if any(output.renderer not in {"html", "json", "markdown", "pdf"} for output in outputs):
        raise typer.BadParameter(say("a review is written as html, json, markdown or pdf"))
    write_views(outputs, report, quiet=quiet, page=lambda: review_page(report, spoken(language)))
