"""``dokja review``: a dossier under three views; the module parses, calls and shows."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from dokja.cli.codes import EXIT_FINDING, EXIT_INCONCLUSIVE, EXIT_OK
from dokja.cli.console import print_line
from dokja.cli.language import Language, say, use_language
from dokja.cli.options import (
    HtmlOption,
    JsonOption,
    LangOption,
    MarkdownOption,
    MaxBytesOption,
    PdfOption,
    ProgressOption,
    QuietOption,
    SeedOption,
)

if TYPE_CHECKING:
    from dokja.document.review import ReviewReport
    from dokja.report.round.parts import Page

__all__ = ["EPILOG", "ReviewOutcome", "review"]

EPILOG = "Example: dokja review dossier.yaml --policy k-sovereign-2026 --html review.html"

_STYLES: Final = {
    "met": "green",
    "not_met": "red",
    "inconclusive": "yellow",
    "not_applicable": "dim",
}


class ReviewOutcome(StrEnum):
    """Outcomes a review can be made to fail on, worst first."""

    NOT_MET = "not_met"
    INCONCLUSIVE = "inconclusive"


def review(  # numpydoc ignore=PR01
    dossier: Annotated[
        str | None,
        typer.Argument(metavar="DOSSIER", help="Dossier (YAML), or the folder that holds it."),
    ] = None,
    *,
    policy: Annotated[
        str,
        typer.Option(
            "--policy",
            metavar="NAME|FILE",
            help="Criteria: k-sovereign-2026, from-scratch-strict, open-use, or a TOML file.",
        ),
    ] = "k-sovereign-2026",
    sign_off: Annotated[
        list[str] | None,
        typer.Option(
            "--sign-off", metavar="FILE", help="What people signed or overrule (YAML); repeatable."
        ),
    ] = None,
    quorum: Annotated[
        int | None,
        typer.Option(
            "--quorum",
            metavar="N",
            min=1,
            max=1_000,
            help="People it takes to overrule, in place of the policy's number.",
        ),
    ] = None,
    on: Annotated[
        dt.datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="Day of the review; today if not given."),
    ] = None,
    json: JsonOption = None,
    html: HtmlOption = None,
    md: MarkdownOption = None,
    pdf: PdfOption = None,
    fail_on: Annotated[
        ReviewOutcome | None,
        typer.Option(
            "--fail-on",
            metavar="OUTCOME",
            help="Exit with 1 if the outcome is this or worse: not_met or inconclusive.",
        ),
    ] = None,
    require_conclusion: Annotated[
        bool,
        typer.Option("--require-conclusion", help="Exit with 4 if the review stays inconclusive."),
    ] = False,
    show_policy: Annotated[
        bool,
        typer.Option("--show-policy", help="Print the policy as a file to start from, and leave."),
    ] = False,
    seed: SeedOption = 0,
    max_bytes: MaxBytesOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
    progress: ProgressOption = False,
) -> int:
    """Review a submission under three views: own weights, own control, open about both."""
    from dokja.cli.extras import require
    from dokja.cli.outputs import check_targets, collect_outputs
    from dokja.cli.progress import progress_bars
    from dokja.cli.round_views import spoken, write_views

    language = use_language(lang)
    if show_policy:
        from dokja.policy.review.load import policy_text

        print_line(policy_text(policy).decode("utf-8", "replace").rstrip("\n"))
        return EXIT_OK
    if dossier is None:
        raise typer.BadParameter(say("name a dossier"))
    require("ruamel.yaml", "license_expression", extra="review")
    outputs = collect_outputs({"html": html, "json": json, "markdown": md, "pdf": pdf})
    day = None if on is None else on.date()
    check_targets(outputs, (), _inputs(dossier, policy, sign_off or (), day))

    from dokja.review.run import review as run_review

    with progress_bars(quiet=quiet, forced=progress) as advance:
        report = run_review(
            dossier,
            policy=policy,
            sign_offs=sign_off or (),
            quorum=quorum,
            on=day,
            seed=seed,
            max_bytes=max_bytes,
            progress=advance,
        )

    def page() -> Page:
        from dokja.report.review.page import review_page

        return review_page(report, spoken(language))

    write_views(outputs, report, quiet=quiet, page=page)
    if not quiet and not any(output.is_stdout for output in outputs):
        _print(report, language)
    return _code(report, fail_on, require_conclusion=require_conclusion)


def _inputs(
    dossier: str, policy: str, sign_offs: list[str] | tuple[str, ...], on: dt.date | None
) -> list[str]:
    """Name every file that is going to be read, so that none is written over."""
    from dokja.review.dossier import read_dossier

    files = read_dossier(dossier, on=on or dt.datetime.now(tz=dt.UTC).date())
    found = files.dossier
    paths: list[str | None] = [one.path for one in found.artefacts]
    paths += [one.licence_file for one in found.artefacts]
    paths += [one.path for one in found.references]
    paths += [one.path for one in found.audits]
    paths += [one.path for one in found.evidence]
    for run in found.trajectories:
        paths += [run.recipe, run.report]
    held = [files.resolve(path) for path in paths if path is not None]
    inside = [one for path in held if path.is_dir() for one in path.iterdir()]
    return [files.uri, policy, *sign_offs, *map(str, (*held, *inside))]


def _code(report: ReviewReport, fail_on: ReviewOutcome | None, *, require_conclusion: bool) -> int:
    outcome = report.verdict.outcome
    bad = {"not_met"} if fail_on is ReviewOutcome.NOT_MET else {"not_met", "inconclusive"}
    if fail_on is not None and outcome in bad:
        return EXIT_FINDING
    if require_conclusion and outcome == "inconclusive":
        return EXIT_INCONCLUSIVE
    return EXIT_OK


def _print(report: ReviewReport, language: Language) -> None:
    from dokja.cli.console import results as console
    from dokja.cli.tables import make_table, plain_cell
    from dokja.report.names import component_name
    from dokja.report.text import Text

    text = Text("ko" if language is Language.KO else "en", "review")
    names = [rule.title.text(language.value) for rule in report.policy.views]
    table = make_table("component", *names)
    for one in report.components:
        cells = [
            f"[{_STYLES[view.outcome]}]{text(f'outcome.{view.outcome}')}[/]" for view in one.views
        ]
        table.add_row(plain_cell(component_name(one.component, text)), *cells)
    console().print(table)
    for view, name in zip(report.views, names, strict=True):
        word = text(f"outcome.{view.outcome}")
        print_line(f"{name}: {word}. {view.reason.text(language.value)}")
    for missing in report.verdict.unknown:
        print_line(f"{say('cannot be told')}: {missing.text(language.value)}")
    print_line(report.verdict.summary.text(language.value))
