"""``dokja leaderboard``: who stands where, from dated snapshots; the module parses and shows."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dokja.cli.language import Language, use_language
from dokja.cli.options import (
    HtmlOption,
    JsonOption,
    LangOption,
    MarkdownOption,
    PdfOption,
    QuietOption,
)
from dokja.cli.round_options import CsvOption, XlsxOption

if TYPE_CHECKING:
    from dokja.document.leaderboard import LeaderboardBook, LeaderboardReport

__all__ = ["EPILOG", "Derivatives", "View", "Weights", "leaderboard"]

_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)
EPILOG = "Example: dokja leaderboard --view country --html leaderboard.html"


class View(StrEnum):
    """What a row is."""

    MODEL = "model"
    ORGANISATION = "organisation"
    COUNTRY = "country"


class Weights(StrEnum):
    """Which models count."""

    ALL = "all"
    OPEN = "open"


class Derivatives(StrEnum):
    """For whom a model counts that was made from another."""

    ADAPTER = "adapter"
    DONOR = "donor"


def _book(snapshots: list[Path] | None, countries: Path | None) -> LeaderboardBook:
    from importlib.metadata import version
    from itertools import pairwise

    from dokja.document.leaderboard import LeaderboardBook
    from dokja.programme import leaderboard as room

    table = room.read_countries(countries)
    read = [room.read_snapshot(path) for path in snapshots or room.bundled_snapshots()]
    read.sort(key=lambda one: (one.dated_on, one.id))
    reports = [
        room.rank(
            one,
            table,
            view=view.value,
            weights=weights.value,
            derivatives=derivatives.value,
        )
        for one in read
        for view in View
        for weights in Weights
        for derivatives in Derivatives
    ]
    # The averages that come along belong to the snapshots that come along.
    averages = [] if snapshots else [room.compare_averages(room.read_averages())]
    return LeaderboardBook(
        reports=tuple(reports),
        comparisons=tuple(room.compare(before, after) for before, after in pairwise(read)),
        ratios=tuple(averages),
        dokja=version("dokja"),
    )


def _names(book: LeaderboardBook, language: Language) -> dict[str, str]:
    rows = (row for report in book.reports for row in report.rows)
    return {row.id: row.name.text(language.value) for row in rows}


def _named(words: str, names: dict[str, str]) -> str:
    """Put names in place of ids."""
    return _ID.sub(lambda one: names.get(one[0], one[0]), words)


def _print(report: LeaderboardReport, names: dict[str, str], language: Language) -> None:
    from dokja.cli.console import print_line, results, visible
    from dokja.cli.language import say
    from dokja.cli.round_tables import figure_words
    from dokja.cli.tables import make_table, plain_cell
    from dokja.document.number import Known

    stamp = report.stamp
    version = stamp.version or say("version unknown")
    print_line(f"{stamp.index} {version}, {stamp.dated_on}")
    table = make_table("rank", report.view, "score", right=frozenset({"rank", "score"}))
    for row in report.rows:
        tied = "=" if row.tied_with and isinstance(row.rank, Known) else ""
        rank = figure_words(row.rank)
        if not isinstance(row.rank, Known) and row.rank.low is not None:
            rank = f"{row.rank.low}–{'' if row.rank.high is None else row.rank.high}"
        name = plain_cell(row.name.text(language.value))
        table.add_row(f"{rank}{tied}", name, figure_words(row.score))
    results().print(table)
    for check in report.checks:
        words = visible(_named(check.says.text(language.value), names))
        values = visible(_named(f"{check.published}; {check.computed_text}", names))
        print_line(f"{say(check.status)}: {words} ({values})")
    for sentence in report.sentences:
        print_line(f"{say('note')}: {sentence.text(language.value)}")


def leaderboard(  # numpydoc ignore=PR01
    snapshots: Annotated[
        list[Path] | None,
        typer.Argument(metavar="SNAPSHOT", help="Snapshots of an index; those that come along."),
    ] = None,
    *,
    view: Annotated[View, typer.Option("--view", help="What a row is.")] = View.COUNTRY,
    weights: Annotated[
        Weights, typer.Option("--weights", help="All models, or those with open weights.")
    ] = Weights.ALL,
    derivatives: Annotated[
        Derivatives,
        typer.Option("--derivatives", help="For whom a model counts that was made from another."),
    ] = Derivatives.ADAPTER,
    countries: Annotated[
        Path | None,
        typer.Option("--countries", metavar="FILE", help="Table of organisations and countries."),
    ] = None,
    json: JsonOption = None,
    html: HtmlOption = None,
    md: MarkdownOption = None,
    pdf: PdfOption = None,
    csv: CsvOption = None,
    xlsx: XlsxOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> int:
    """Put models, organisations and countries in order, from dated snapshots of an index."""
    from dokja.cli.extras import require
    from dokja.cli.outputs import check_targets, collect_outputs
    from dokja.cli.round_views import spoken, write_views

    language = use_language(lang)
    outputs = collect_outputs(
        {"html": html, "json": json, "markdown": md, "pdf": pdf, "csv": csv, "xlsx": xlsx}
    )
    if xlsx is not None:
        require("xlsxwriter")
    given = [*(snapshots or ()), *([countries] if countries is not None else [])]
    check_targets(outputs, (), map(str, given))
    book = _book(snapshots, countries)

    from dokja.report.round.leaderboard import leaderboard_page
    from dokja.report.round.rows import leaderboard_rows

    chosen = [
        report
        for report in book.reports
        if (report.view, report.weights, report.derivatives)
        == (view.value, weights.value, derivatives.value)
    ]
    write_views(
        outputs,
        book,
        quiet=quiet,
        page=lambda: leaderboard_page(book, spoken(language)),
        rows=lambda: leaderboard_rows(chosen),
    )
    if not quiet and not any(output.is_stdout for output in outputs):
        for report in chosen:
            _print(report, _names(book, language), language)
    return 0
