"""``dokja round replay``: a published report computed anew; the module parses, calls and shows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dokja.cli.codes import EXIT_FINDING, EXIT_OK
from dokja.cli.console import print_line
from dokja.cli.language import say, use_language
from dokja.cli.options import LangOption, QuietOption
from dokja.cli.round_options import (
    LockOption,
    MappingOption,
    PanelOption,
    ResultsArgument,
    RoundArgument,
)

__all__ = ["EPILOG", "round_replay"]

EPILOG = "Example: dokja round replay my-round.yaml report.json results.csv"
_SHOWN = 40


def round_replay(  # numpydoc ignore=PR01
    round_name: RoundArgument,
    report: Annotated[
        Path,
        typer.Argument(metavar="REPORT.json", help="A report written by dokja round score --json."),
    ],
    results: ResultsArgument = None,
    *,
    mapping: MappingOption = None,
    panel: PanelOption = None,
    lock: LockOption = None,
    json: Annotated[
        str | None,
        typer.Option("--json", metavar="FILE", help="Write every difference; - for stdout."),
    ] = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> int:
    """Compute a published report anew; exit with 1 if anything comes out otherwise."""
    from dokja.cli.outputs import collect_outputs
    from dokja.cli.round_inputs import check_round_outputs, load_document, read_inputs
    from dokja.cli.round_views import write_views
    from dokja.document.round_report import RoundReport

    language = use_language(lang)
    outputs = collect_outputs({"json": json})
    given = (round_name, report, *(results or ()), *(panel or ()), mapping, lock)
    check_round_outputs(outputs, given)
    stored = load_document(RoundReport, report)
    inputs = read_inputs(
        round_name, results, outputs=outputs, mapping=mapping, panels=panel, lock=lock
    )

    from dokja.programme.replay import replay

    again = replay(
        inputs.found,
        inputs.entries,
        stored,
        audits=inputs.audits,
        files=inputs.files,
        lock=inputs.lock,
        notes=inputs.notes,
    )
    write_views(outputs, again, quiet=quiet)
    if not quiet and not any(output.is_stdout for output in outputs):
        print_line(again.summary.text(language.value))
        for one in again.differences[:_SHOWN]:
            print_line(f"  {one.path}: {one.before or '–'} → {one.after or '–'}")
        if len(again.differences) > _SHOWN:
            print_line(say("… and {n} more").format(n=f"{len(again.differences) - _SHOWN:,}"))
    return EXIT_OK if again.identical and again.same_inputs else EXIT_FINDING
