"""``dokja round publish``: a profile's statements, and what they give away; parses and shows."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dokja.cli.codes import EXIT_FINDING, EXIT_OK
from dokja.cli.console import print_line
from dokja.cli.language import Language, say, use_language
from dokja.cli.options import (
    HtmlOption,
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
    StepsOption,
    XlsxOption,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.cli.round_inputs import Inputs
    from dokja.document.disclosure import DisclosureReports, PublishedRound
    from dokja.document.round import RoundFile
    from dokja.report.round.parts import Page
    from dokja.report.round.rows import Row

__all__ = ["EPILOG", "ProfileName", "round_publish"]

EPILOG = (
    "Example: dokja round publish my-round.yaml results.csv --profile item_winners "
    "--yaml published.yaml --html published.html"
)


class ProfileName(StrEnum):
    """Profiles, from the most open to the least."""

    ALL = "all"
    ITEM_WINNERS = "item_winners"
    AVERAGES_AND_GAPS = "averages_and_gaps"
    OUTCOME_ONLY = "outcome_only"


def _profile(found: RoundFile, asked: ProfileName | None) -> str:
    if asked is not None:
        return asked.value
    if not found.disclosure:
        raise typer.BadParameter(say("the round names no profile; name one with --profile"))
    return found.disclosure[0].profile


def _publish(inputs: Inputs, profile: str, own: str | None) -> PublishedRound:
    from dokja.programme.disclosure.publish import publish
    from dokja.programme.score import score_round

    report = score_round(inputs.found, inputs.entries, audits=inputs.audits, n_draws=0)
    return publish(inputs.found, report, profile, own=own)


def _learn(
    inputs: Inputs, published: PublishedRound, steps: int, *, compare: bool
) -> DisclosureReports:
    """Work out what the publication gives away, and where asked what others would."""
    from dokja.programme.disclosure.outsider import compare_profiles
    from dokja.programme.disclosure.profiles import PROFILES
    from dokja.programme.score import score_round

    mine = published.profile
    others = [one for one in PROFILES if one.id != mine.id] if compare else []
    report = score_round(inputs.found, inputs.entries, audits=inputs.audits, n_draws=0)
    return compare_profiles(inputs.found, report, (mine, *others), own=published.own, steps=steps)


def _page(
    inputs: Inputs,
    published: PublishedRound,
    reports: DisclosureReports,
    language: Literal["ko", "en"],
) -> Page:
    from dokja.report.round.disclosed import publish_page

    return publish_page(inputs.found, published, reports, language)


def _rows(reports: DisclosureReports) -> Sequence[Row]:
    from dokja.report.round.rows import disclosure_rows

    return disclosure_rows(reports)


def round_publish(  # numpydoc ignore=PR01
    round_name: RoundArgument,
    results: ResultsArgument = None,
    *,
    mapping: MappingOption = None,
    panel: PanelOption = None,
    accept: AcceptOption = None,
    profile: Annotated[
        ProfileName | None,
        typer.Option(
            "--profile", help="What is published; by default the first profile the round names."
        ),
    ] = None,
    own: Annotated[
        str | None,
        typer.Option("--own", metavar="TEAM", help="Team that is told its own points besides."),
    ] = None,
    compare: Annotated[
        bool,
        typer.Option("--compare", help="Lay beside it what every other profile would give away."),
    ] = False,
    yaml: Annotated[
        str | None,
        typer.Option("--yaml", metavar="FILE", help="Write the publication as a round file."),
    ] = None,
    published_json: Annotated[
        str | None,
        typer.Option("--published-json", metavar="FILE", help="Write the publication as JSON."),
    ] = None,
    json: Annotated[
        str | None,
        typer.Option(
            "--json", metavar="FILE", help="Write what readers can work out; - for stdout."
        ),
    ] = None,
    html: HtmlOption = None,
    md: MarkdownOption = None,
    pdf: PdfOption = None,
    csv: CsvOption = None,
    xlsx: XlsxOption = None,
    steps: StepsOption = 200_000,
    fail_on_leak: Annotated[
        bool,
        typer.Option(
            "--fail-on-leak", help="Exit with 1 if a score can be worked out that is not published."
        ),
    ] = False,
    lang: LangOption = None,
    quiet: QuietOption = False,
    progress: ProgressOption = False,
) -> int:
    """Publish what a profile lets out, and tell what readers can work out from it."""
    from dokja.cli.outputs import collect_outputs
    from dokja.cli.progress import progress_steps
    from dokja.cli.round_inputs import check_round_outputs, read_inputs
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
            "yaml": yaml,
            "published": published_json,
        }
    )
    check_round_outputs(outputs, (round_name, *(results or ()), *(panel or ()), mapping))
    with progress_steps(4, quiet=quiet, forced=progress) as begin:
        begin("reading")
        inputs = read_inputs(
            round_name, results, outputs=outputs, mapping=mapping, panels=panel, accept=accept
        )
        begin("scoring")
        published = _publish(inputs, _profile(inputs.found, profile), own)
        begin("working out what readers can")
        reports = _learn(inputs, published, steps, compare=compare)
        begin("writing")
        write_views(
            outputs,
            reports,
            quiet=quiet,
            page=lambda: _page(inputs, published, reports, spoken(language)),
            rows=lambda: _rows(reports),
            documents={"published": published},
            files={"yaml": lambda: _yaml(published)},
        )
    if not quiet and not any(output.is_stdout for output in outputs):
        _print(published, reports, language)
    leaks = reports.reports[0].n_worked_out > 0
    return EXIT_FINDING if fail_on_leak and leaks else EXIT_OK


def _yaml(published: PublishedRound) -> bytes:
    from dokja.programme.export import round_yaml

    return round_yaml(published.content)


def _print(published: PublishedRound, reports: DisclosureReports, language: Language) -> None:
    print_line(published.summary.text(language.value))
    for note in published.notes:
        print_line(f"{say('note')}: {note.text(language.value)}")
    for sentence in reports.reports[0].sentences:
        print_line(sentence.text(language.value))
    for report in reports.reports:
        print_line(report.summary.text(language.value))
