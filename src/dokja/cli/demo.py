"""``dokja demo``: the main job on a bundled case; the module knows where the case lies, no more."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dokja.cli.console import note, print_line
from dokja.cli.language import Language, say, use_language
from dokja.cli.options import LangOption, ProgressOption, QuietOption
from dokja.errors import OutputError

if TYPE_CHECKING:
    from dokja.document.audit import AuditReport

__all__ = ["EPILOG", "demo"]

EPILOG = "Example: dokja demo --lang ko"


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"the folder cannot be made: {error.strerror or error}",
            uri=str(folder),
            hint="Name another one with --output.",
        ) from None


def _tell_story(language: Language) -> None:
    """Say what the bundled case is, so that the verdict below can be judged."""
    from dokja.cli.bundled import bundled_case

    note(bundled_case().story.text(language.value))


def _audit(*, seed: int, quiet: bool, progress: bool) -> AuditReport:
    from dokja.audit import audit
    from dokja.cli.bundled import bundled_case
    from dokja.cli.progress import progress_bars

    case = bundled_case()
    # From inside of its folder, so that the page names the models and not where Dokja is installed.
    with chdir(case.folder), progress_bars(quiet=quiet, forced=progress) as advance:
        return audit(case.subject, case.references, seed=seed, progress=advance)


def demo(  # numpydoc ignore=PR01
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FOLDER", help="Folder for the page and the report."
        ),
    ] = Path("dokja-demo"),
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, help="Seed of every random choice.")
    ] = 0,
    lang: LangOption = None,
    quiet: QuietOption = False,
    progress: ProgressOption = False,
) -> int:
    """Audit the bundled case and write its page; the last line names the page."""
    from dokja.cli.outputs import Output, check_outputs, write_outputs

    language = use_language(lang)
    _make_folder(output)
    page = output / "report.html"
    outputs = (
        Output("html", str(page)),
        Output("json", str(output / "report.json")),
        Output("markdown", str(output / "report.md")),
    )
    check_outputs(outputs, ())
    if not quiet:
        _tell_story(language)
    report = _audit(seed=seed, quiet=quiet, progress=progress)
    write_outputs(outputs, report, language, quiet=True)
    if not quiet:
        from dokja.cli.tables import print_verdict

        print_verdict(report, language)
    print_line(say("Report: {path}").format(path=page.resolve()))
    return 0
