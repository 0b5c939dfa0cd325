"""``dokja round solve``: what published figures leave open; the module parses, calls and shows."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dokja.cli.codes import EXIT_FINDING, EXIT_INCONCLUSIVE, EXIT_OK
from dokja.cli.console import print_line
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
    ResultsArgument,
    RoundArgument,
    StepsOption,
    XlsxOption,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.cli.round_inputs import Inputs
    from dokja.document.round import RoundFile
    from dokja.document.solution import SolutionReport
    from dokja.report.round.parts import Page
    from dokja.report.round.rows import Row

__all__ = ["EPILOG", "round_solve"]

EPILOG = "Example: dokja round solve dokpamo-2026-stage-2 --html solved.html"


def _tolerance(words: str) -> Decimal:
    from pydantic import TypeAdapter, ValidationError

    from dokja.document.number import InputNumber

    try:
        return TypeAdapter[Decimal](InputNumber).validate_python(words)
    except ValidationError:
        raise typer.BadParameter(
            say("--tolerance is a number of points such as 0.1, not {words}").format(
                words=repr(words[:40])
            )
        ) from None


def _page(inputs: Inputs, report: SolutionReport, language: Literal["ko", "en"]) -> Page:
    from dokja.report.round.solved import solve_page

    return solve_page(inputs.found, report, language)


def _rows(report: SolutionReport) -> Sequence[Row]:
    from dokja.report.round.rows import solution_rows

    return solution_rows(report)


def round_solve(  # numpydoc ignore=PR01
    round_name: RoundArgument,
    results: ResultsArgument = None,
    *,
    mapping: MappingOption = None,
    accept: AcceptOption = None,
    part: Annotated[
        list[str] | None,
        typer.Option(
            "--part", metavar="PART", help="Item or block to count over besides; repeatable."
        ),
    ] = None,
    tolerance: Annotated[
        str,
        typer.Option(
            "--tolerance",
            metavar="POINTS",
            help="How far figures may be off beyond their last digit.",
        ),
    ] = "0",
    tolerant_of: Annotated[
        list[str] | None,
        typer.Option(
            "--tolerant-of", metavar="PART", help="Part whose figures may be off; all by default."
        ),
    ] = None,
    steps: StepsOption = 200_000,
    json: JsonOption = None,
    html: HtmlOption = None,
    md: MarkdownOption = None,
    pdf: PdfOption = None,
    csv: CsvOption = None,
    xlsx: XlsxOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
    progress: ProgressOption = False,
) -> int:
    """Solve for points that were not published: what is possible, and in how many ways."""
    from dokja.cli.outputs import collect_outputs
    from dokja.cli.progress import progress_steps
    from dokja.cli.round_inputs import check_round_outputs, read_inputs
    from dokja.cli.round_views import spoken, write_views

    language = use_language(lang)
    outputs = collect_outputs(
        {"html": html, "json": json, "markdown": md, "pdf": pdf, "csv": csv, "xlsx": xlsx}
    )
    off = _tolerance(tolerance)
    check_round_outputs(outputs, (round_name, *(results or ()), mapping))
    with progress_steps(3, quiet=quiet, forced=progress) as begin:
        begin("reading")
        inputs = read_inputs(round_name, results, outputs=outputs, mapping=mapping, accept=accept)

        from dokja.programme.solver.solve import solve

        begin("solving")
        report = solve(
            inputs.found,
            inputs.entries,
            parts=tuple(part or ()),
            tolerance=off,
            tolerant_of=tuple(tolerant_of or ()),
            steps=steps,
        )
        begin("writing")
        write_views(
            outputs,
            report,
            quiet=quiet,
            page=lambda: _page(inputs, report, spoken(language)),
            rows=lambda: _rows(report),
        )
    if not quiet and not any(output.is_stdout for output in outputs):
        _print(inputs.found, report, language)
    # What a script asks here is whether the figures fit together at all.
    return {"none": EXIT_FINDING, "open": EXIT_INCONCLUSIVE}.get(report.outcome, EXIT_OK)


def _title(found: RoundFile, part: str, language: Language) -> str:
    titles = {block.id: block.title for block in found.blocks}
    titles |= {item.id: item.title for item in found.items}
    return titles[part].text(language.value) if part in titles else say(part)


def _print(found: RoundFile, report: SolutionReport, language: Language) -> None:
    from dokja.cli.console import results as console
    from dokja.cli.tables import make_table, plain_cell
    from dokja.document.number import written

    names = {team.id: team.name.text(language.value) for team in found.teams}
    cells = {(one.part, one.team): one for one in report.cells}
    teams = list(dict.fromkeys(team for _, team in cells))
    if cells:
        headings = [names.get(team, team) for team in teams]
        table = make_table("part", *headings, right=frozenset(headings))
        for part in dict.fromkeys(part for part, _ in cells):
            row = []
            for team in teams:
                one = cells[part, team]
                low, high = written(one.low), written(one.high)
                row.append(low if low == high else f"{low}–{high}")
            table.add_row(plain_cell(_title(found, part, language)), *row)
        console().print(table)
    summary = report.summary.text(language.value)
    for sentence in (one.sentence.text(language.value) for one in report.counts):
        if sentence not in summary:
            print_line(sentence)
    if report.conflicts:
        print_line(f"{say('contradicts the rest')}: {', '.join(report.conflicts)}")
    for note in report.notes:
        print_line(f"{say('note')}: {note.text(language.value)}")
    print_line(summary)
