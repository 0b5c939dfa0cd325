"""``dokja dossier check``: a dossier looked through; the module shows what others found."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Final

import typer

from dokja.cli.codes import EXIT_FINDING, EXIT_OK
from dokja.cli.console import print_line
from dokja.cli.language import Language, say, use_language
from dokja.cli.options import LangOption, ProgressOption, QuietOption

if TYPE_CHECKING:
    from dokja.document.audit import CheckpointSummary
    from dokja.document.dossier_check import DossierCheck

__all__ = ["EPILOG", "dossier_check"]

EPILOG = "Example: dokja dossier check dossier.yaml --json -"

_HEADS: Final = {
    "contradiction": "contradictions",
    "missing": "missing, in the order in which it is best mended:",
    "note": "notes",
}


def dossier_check(  # numpydoc ignore=PR01
    dossier: Annotated[
        str,
        typer.Argument(metavar="DOSSIER", help="Dossier (YAML), or the folder that holds it."),
    ],
    *,
    on: Annotated[
        dt.datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="Day of the check; today if not given."),
    ] = None,
    json: Annotated[
        str | None,
        typer.Option("--json", metavar="FILE", help="Write the findings; - for stdout."),
    ] = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
    progress: ProgressOption = False,
) -> int:
    """Tell every defect, contradiction and gap of a dossier; exit with 1 if there is any."""
    from dokja.cli.extras import require
    from dokja.cli.outputs import Output, check_targets, write_contents
    from dokja.cli.progress import progress_bars

    language = use_language(lang)
    require("ruamel.yaml", "license_expression", extra="review")
    outputs = () if json is None else (Output("json", json),)
    check_targets(outputs, (), [dossier])

    from dokja.audit import inspect
    from dokja.review.check import check_dossier

    with progress_bars(quiet=quiet, forced=progress) as advance:

        def look(uri: str, with_digest: bool) -> CheckpointSummary:  # noqa: FBT001 - a callback
            return inspect(uri, with_digest=with_digest, progress=advance)

        day = dt.datetime.now(tz=dt.UTC).date() if on is None else on.date()
        found = check_dossier(dossier, on=day, inspect=look)
    text = found.model_dump_json(indent=2) + "\n"
    write_contents([(output, text.encode()) for output in outputs], quiet=quiet)
    if not quiet and not any(output.is_stdout for output in outputs):
        _print(found, language)
    bad = any(one.kind != "note" for one in found.findings)
    return EXIT_FINDING if bad else EXIT_OK


def _print(found: DossierCheck, language: Language) -> None:
    print_line(f"{found.id}: {say('files')}: {found.n_files}")
    for kind, head in _HEADS.items():
        findings = [one for one in found.findings if one.kind == kind]
        if findings:
            print_line(say(head))
        for one in findings:
            number = "-" if one.step is None else f"{one.step}."
            print_line(f"  {number} {one.place}: {one.text.text(language.value)} [{one.rule}]")
    if not found.findings:
        print_line(say("nothing contradicts itself, and nothing is missing"))
