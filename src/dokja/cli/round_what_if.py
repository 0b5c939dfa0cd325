"""``dokja round what-if``: which change of the rules changes the decision; parses and shows."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from dokja.cli.codes import EXIT_FINDING, EXIT_OK
from dokja.cli.language import Language, say, use_language
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
    MappingOption,
    PanelOption,
    ResultsArgument,
    RoundArgument,
    XlsxOption,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.cli.round_inputs import Inputs
    from dokja.document.what_if import Reference, WhatIfReport
    from dokja.report.round.parts import Page
    from dokja.report.round.rows import Row

__all__ = ["EPILOG", "round_what_if"]

EPILOG = (
    "Example: dokja round what-if dokpamo-2026-stage-2 --accept inferred "
    "--reference 'aaii:63.1:Claude Opus 5' --html what-if.html"
)
_EFFECTS: Final = {"changes": ("red", "turned over"), "may_change": ("yellow", "left open")}


def _references(given: Sequence[str]) -> tuple[Reference, ...]:
    """Read ITEM:VALUE:NAME; whatever is wrong with any of them is told at once."""
    from pydantic import ValidationError

    from dokja.document.what_if import Reference

    found, wrong = [], []
    for words in given:
        item, _, rest = words.partition(":")
        value, _, name = rest.partition(":")
        try:
            found.append(Reference.model_validate({"item": item, "name": name, "value": value}))
        except ValidationError:
            wrong.append(repr(words[:80]))
        else:
            if not item or not name:
                wrong.append(repr(words[:80]))
    if wrong:
        raise typer.BadParameter(
            say("--reference is ITEM:VALUE:NAME, such as aaii:56:GPT-5; not {words}").format(
                words=", ".join(wrong)
            )
        )
    return tuple(found)


def _page(inputs: Inputs, report: WhatIfReport, language: Literal["ko", "en"]) -> Page:
    from dokja.report.round.what_if import what_if_page

    return what_if_page(inputs.found, report, language)


def _rows(report: WhatIfReport) -> Sequence[Row]:
    from dokja.report.round.rows import what_if_rows

    return what_if_rows(report)


def round_what_if(  # numpydoc ignore=PR01
    round_name: RoundArgument,
    results: ResultsArgument = None,
    *,
    mapping: MappingOption = None,
    panel: PanelOption = None,
    accept: AcceptOption = None,
    reference: Annotated[
        list[str] | None,
        typer.Option(
            "--reference",
            metavar="ITEM:VALUE:NAME",
            help="Model of the world that an item may be scaled by; repeatable.",
        ),
    ] = None,
    scenarios: Annotated[
        Path | None,
        typer.Option(
            "--scenarios",
            metavar="FILE",
            help="Your own changes of the rules, tried in place of the usual ones (YAML).",
        ),
    ] = None,
    swing: Annotated[
        int,
        typer.Option(
            "--swing", metavar="PERCENT", min=1, max=100, help="How far each weight is moved."
        ),
    ] = 20,
    json: JsonOption = None,
    html: HtmlOption = None,
    md: MarkdownOption = None,
    pdf: PdfOption = None,
    csv: CsvOption = None,
    xlsx: XlsxOption = None,
    fail_on_change: Annotated[
        bool,
        typer.Option("--fail-on-change", help="Exit with 1 if any change turns the decision over."),
    ] = False,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, help="Seed of every random choice.")
    ] = 0,
    draws: Annotated[
        int,
        typer.Option(
            "--draws",
            metavar="N",
            min=1,
            max=10_000_000,
            help="Weightings drawn where they cannot be worked out exactly.",
        ),
    ] = 20_000,
    lang: LangOption = None,
    quiet: QuietOption = False,
    progress: ProgressOption = False,
) -> int:
    """Try other formulas, weights, raters, benchmarks and rounding: what changes the decision."""
    from dokja.cli.outputs import collect_outputs
    from dokja.cli.progress import progress_steps
    from dokja.cli.round_inputs import check_round_outputs, read_inputs
    from dokja.cli.round_views import spoken, write_views

    language = use_language(lang)
    outputs = collect_outputs(
        {"html": html, "json": json, "markdown": md, "pdf": pdf, "csv": csv, "xlsx": xlsx}
    )
    references = _references(reference or ())
    check_round_outputs(outputs, (round_name, *(results or ()), *(panel or ()), mapping, scenarios))
    with progress_steps(3, quiet=quiet, forced=progress) as begin:
        begin("reading")
        inputs = read_inputs(
            round_name, results, outputs=outputs, mapping=mapping, panels=panel, accept=accept
        )

        from dokja.programme.what_if.own import read_scenarios
        from dokja.programme.what_if.report import what_if

        own = None if scenarios is None else read_scenarios(scenarios)
        begin("trying other rules")
        report = what_if(
            inputs.found,
            inputs.entries,
            audits=inputs.audits,
            scenarios=own,
            references=references,
            swing=Decimal(swing),
            seed=seed,
            n_draws=draws,
        )
        report = report.model_copy(update={"notes": (*inputs.notes, *report.notes)})
        begin("writing")
        write_views(
            outputs,
            report,
            quiet=quiet,
            page=lambda: _page(inputs, report, spoken(language)),
            rows=lambda: _rows(report),
        )
    if not quiet and not any(output.is_stdout for output in outputs):
        _print(report, language)
    turned = any(one.effect == "changes" for one in report.scenarios)
    return EXIT_FINDING if fail_on_change and turned else EXIT_OK


def _print(report: WhatIfReport, language: Language) -> None:
    from dokja.cli.console import print_line
    from dokja.cli.console import results as console
    from dokja.cli.tables import make_table, plain_cell
    from dokja.document.number import written

    shown = [one for one in report.scenarios if one.effect != "same"]
    if shown:
        table = make_table("change", "decision", "what comes out")
        for one in shown:
            style, word = _EFFECTS[one.effect]
            label = plain_cell(one.label.text(language.value))
            outcome = plain_cell(one.sentence.text(language.value))
            table.add_row(label, f"[{style}]{say(word)}[/]", outcome)
        console().print(table)
    for point in report.break_evens:
        if point.flips_from is not None:
            print_line(point.sentence.text(language.value))
    for weight in report.effective_weights:
        share = "–" if weight.spread_share is None else f"{written(weight.spread_share)}%"
        print_line(f"{weight.sentence.text(language.value)} ({share})")
    for weightings in report.weightings:
        print_line(weightings.sentence.text(language.value))
    for note in report.notes:
        print_line(f"{say('note')}: {note.text(language.value)}")
    print_line(report.summary.text(language.value))
