"""``dokja round import``: results of any known format as one document; nothing is scored."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dokja.cli.console import print_line
from dokja.cli.console import results as console
from dokja.cli.language import Language, say, use_language
from dokja.cli.options import LangOption, QuietOption
from dokja.cli.outputs import Output
from dokja.cli.round_options import CsvOption, MappingOption, XlsxOption

if TYPE_CHECKING:
    from collections.abc import Callable

    from dokja.document.results import ResultsDocument

__all__ = ["EPILOG", "round_import"]

EPILOG = "Example: dokja round import ./runs panel.xlsx --mapping mapping.yaml --csv results.csv"
_SHOWN = 40


def _print(document: ResultsDocument, language: Language) -> None:
    from dokja.cli.tables import make_table, plain_cell
    from dokja.document.number import written
    from dokja.programme.results import protocols_differ

    right = frozenset({"value"})
    table = make_table("team", "item", "benchmark", "value", "unit", "file", right=right)
    for entry in document.entries[:_SHOWN]:
        cells = (entry.team, entry.item, entry.benchmark or "–", written(entry.value), entry.unit)
        table.add_row(*map(plain_cell, (*cells, f"{entry.source.file} {entry.source.where}")))
    console().print(table)
    if len(document.entries) > _SHOWN:
        print_line(say("… and {n} more").format(n=f"{len(document.entries) - _SHOWN:,}"))
    print_line(f"{say('results')}: {len(document.entries):,}")
    for note in (*document.notes, *protocols_differ(document.entries)):
        print_line(f"{say('note')}: {note.text(language.value)}")


def _files(
    document: ResultsDocument, folder: str | None, organisation: str, on: dt.datetime | None
) -> list[tuple[Output, bytes]]:
    """Make the files of Every Eval Ever, none of which may be there yet."""
    if folder is None:
        return []
    from dokja.programme.export import results_every_eval_ever

    day = on or dt.datetime.now(tz=dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    seconds = int(day.replace(tzinfo=dt.UTC).timestamp())
    files = results_every_eval_ever(document, organisation=organisation, retrieved=seconds)
    made = [(Output("eee", str(Path(folder) / name)), content) for name, content in files]
    if any(Path(output.target).exists() for output, _ in made):
        raise typer.BadParameter(say("there is a file of that name; name another one"))
    return made


def round_import(  # numpydoc ignore=PR01
    results: Annotated[
        list[str],
        typer.Argument(metavar="RESULTS", help="Files or folders of results, of any known format."),
    ],
    *,
    mapping: MappingOption = None,
    json: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help="Write the results; - for stdout.")
    ] = None,
    csv: CsvOption = None,
    xlsx: XlsxOption = None,
    eee: Annotated[
        str | None,
        typer.Option(
            "--eee", metavar="FOLDER", help="Write files of Every Eval Ever into a folder."
        ),
    ] = None,
    organisation: Annotated[
        str, typer.Option("--organisation", help="Who hands the files of --eee out.")
    ] = "unknown",
    on: Annotated[
        dt.datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="Day of --eee; today if not given."),
    ] = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> int:
    """Read results of any known format, and write them as one document, table or exchange files."""
    from dokja.cli.outputs import check_targets, collect_outputs, write_contents
    from dokja.cli.progress import progress_steps
    from dokja.cli.round_inputs import check_round_outputs

    language = use_language(lang)
    outputs = collect_outputs({"json": json, "csv": csv, "xlsx": xlsx})
    check_round_outputs(outputs, (*results, mapping))
    if eee is not None and not Path(eee).is_dir():
        raise typer.BadParameter(say("--eee needs a folder that is there"))

    from dokja.programme.export import results_csv, results_xlsx
    from dokja.programme.results import read_many, read_mapping

    with progress_steps(1, quiet=quiet) as begin:
        begin("reading")
        document = read_many(results, mapping=None if mapping is None else read_mapping(mapping))
    makers: dict[str, Callable[[ResultsDocument], bytes]] = {
        "json": lambda one: (one.model_dump_json(indent=2) + "\n").encode(),
        "csv": results_csv,
        "xlsx": results_xlsx,
    }
    made = [(output, makers[output.renderer](document)) for output in outputs]
    made += _files(document, eee, organisation, on)
    check_targets([output for output, _ in made], ())
    write_contents(made, quiet=quiet)
    if not quiet and not any(output.is_stdout for output in outputs):
        _print(document, language)
    return 0
