"""``dokja round score``: from data to decision; the module only parses, calls and shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dokja.cli.codes import EXIT_FINDING, EXIT_INCONCLUSIVE, EXIT_OK
from dokja.cli.language import use_language
from dokja.cli.options import (
    HtmlOption,
    JsonOption,
    LangOption,
    MarkdownOption,
    PdfOption,
    ProgressOption,
    QuietOption,
)
from dokja.cli.round_options import (
    AcceptOption,
    CsvOption,
    DrawsOption,
    LockOption,
    MappingOption,
    PanelOption,
    ResultsArgument,
    RoundArgument,
    XlsxOption,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.cli.round_inputs import Inputs
    from dokja.document.panel import PanelReports
    from dokja.document.round_report import RoundReport
    from dokja.document.what_if import WhatIfReport
    from dokja.report.round.parts import Page
    from dokja.report.round.rows import Row

__all__ = ["EPILOG", "round_score"]

EPILOG = "Example: dokja round score my-round.yaml results.csv --panel panel.yaml --html round.html"


def _exit_code(report: RoundReport, *, on_difference: bool, require_decision: bool) -> int:
    if on_difference and any(check.status == "differs" for check in report.checks):
        return EXIT_FINDING
    if require_decision and report.decision.outcome == "undecided":
        return EXIT_INCONCLUSIVE
    return EXIT_OK


def _scored(inputs: Inputs, *, seed: int, draws: int) -> RoundReport:
    from dokja.programme.score import score_round

    report = score_round(
        inputs.found,
        inputs.entries,
        audits=inputs.audits,
        files=inputs.files,
        lock=inputs.lock,
        seed=seed,
        n_draws=draws,
    )
    return report.model_copy(update={"notes": (*inputs.notes, *report.notes)})


def _page(
    inputs: Inputs,
    report: RoundReport,
    language: Literal["ko", "en"],
    panels: PanelReports,
    changes: WhatIfReport | None,
) -> Page:
    from dokja.report.round.scored import score_page

    return score_page(inputs.found, report, language, panels=panels.panels, what_if=changes)


def _changes(inputs: Inputs, *, seed: int) -> WhatIfReport:
    from dokja.programme.what_if.report import what_if

    return what_if(inputs.found, inputs.entries, audits=inputs.audits, seed=seed)


def _rows(inputs: Inputs, report: RoundReport) -> Sequence[Row]:
    from dokja.report.round.rows import score_rows

    return score_rows(inputs.found, report)


def round_score(  # numpydoc ignore=PR01
    round_name: RoundArgument,
    results: ResultsArgument = None,
    *,
    mapping: MappingOption = None,
    panel: PanelOption = None,
    lock: LockOption = None,
    accept: AcceptOption = None,
    json: JsonOption = None,
    html: HtmlOption = None,
    md: MarkdownOption = None,
    pdf: PdfOption = None,
    csv: CsvOption = None,
    xlsx: XlsxOption = None,
    panel_json: Annotated[
        str | None,
        typer.Option(
            "--panel-json", metavar="FILE", help="Write what the marks of single raters say."
        ),
    ] = None,
    what_if: Annotated[
        bool,
        typer.Option("--what-if", help="Add to the page what would change the decision."),
    ] = False,
    fail_on_difference: Annotated[
        bool,
        typer.Option("--fail-on-difference", help="Exit with 1 if a published statement differs."),
    ] = False,
    require_decision: Annotated[
        bool,
        typer.Option("--require-decision", help="Exit with 4 if it stays open who advances."),
    ] = False,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, help="Seed of every random choice.")
    ] = 0,
    draws: DrawsOption = 2000,
    lang: LangOption = None,
    quiet: QuietOption = False,
    progress: ProgressOption = False,
) -> int:
    """Score a round, decide who advances, and lay what was published beside what was computed."""
    from dokja.cli.outputs import collect_outputs
    from dokja.cli.progress import progress_steps
    from dokja.cli.round_inputs import check_round_outputs, panel_reports, read_inputs
    from dokja.cli.round_views import spoken, write_views

    language = use_language(lang)
    outputs = collect_outputs(
        {
            "html": html,
            "json": json,
            "markdown": md,
            "pdf": pdf,
            "csv": csv,
            "xlsx": xlsx,
            "panel": panel_json,
        }
    )
    check_round_outputs(outputs, (round_name, *(results or ()), *(panel or ()), mapping, lock))
    with progress_steps(5, quiet=quiet, forced=progress) as begin:
        begin("reading")
        inputs = read_inputs(
            round_name,
            results,
            outputs=outputs,
            mapping=mapping,
            panels=panel,
            accept=accept,
            lock=lock,
        )
        begin("scoring")
        report = _scored(inputs, seed=seed, draws=draws)
        begin("drawing raters anew")
        panels = panel_reports(inputs, seed=seed, n_draws=draws)
        begin("trying other rules")
        changes = _changes(inputs, seed=seed) if what_if else None
        begin("writing")
        write_views(
            outputs,
            report,
            quiet=quiet,
            page=lambda: _page(inputs, report, spoken(language), panels, changes),
            rows=lambda: _rows(inputs, report),
            documents={"panel": panels},
        )
    if not quiet and not any(output.is_stdout for output in outputs):
        from dokja.cli.round_tables import print_scores

        print_scores(inputs.found, report, language)
    return _exit_code(report, on_difference=fail_on_difference, require_decision=require_decision)
