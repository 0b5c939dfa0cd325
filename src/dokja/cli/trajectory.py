"""``dokja trajectory``: a training run beside its recipe; the module parses, calls and shows."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from dokja.cli.codes import EXIT_FINDING, EXIT_INCONCLUSIVE, EXIT_OK
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
    from dokja.document.trajectory import TrajectoryReport
    from dokja.report.round.parts import Page

__all__ = ["EPILOG", "RunOutcome", "trajectory"]

EPILOG = "Example: dokja trajectory run/recipe.yaml --reference ./known-model --html run.html"

_OUTCOMES: Final = {
    "consistent": ("green", "borne out"),
    "contradicted": ("red", "contradicted"),
    "inconclusive": ("yellow", "left open"),
}
_LEVELS: Final = {"contradiction": "red", "open": "yellow", "note": "dim"}


class RunOutcome(StrEnum):
    """Outcomes a run can be made to fail on, worst first."""

    CONTRADICTED = "contradicted"
    INCONCLUSIVE = "inconclusive"


def trajectory(  # numpydoc ignore=PR01
    recipe: Annotated[
        str, typer.Argument(metavar="RECIPE", help="Recipe of a training run (YAML).")
    ],
    *,
    reference: Annotated[
        list[str] | None,
        typer.Option(
            "--reference",
            metavar="CHECKPOINT",
            help="Known model that the run is declared to be without; repeatable.",
        ),
    ] = None,
    root: Annotated[
        str | None,
        typer.Option(
            "--root",
            metavar="FOLDER",
            help="Folder that no path of the recipe may lead out of; by default the recipe's own.",
        ),
    ] = None,
    json: JsonOption = None,
    html: HtmlOption = None,
    md: MarkdownOption = None,
    pdf: PdfOption = None,
    fail_on: Annotated[
        RunOutcome | None,
        typer.Option(
            "--fail-on",
            metavar="OUTCOME",
            help="Exit with 1 if the outcome is this or worse: contradicted or inconclusive.",
        ),
    ] = None,
    require_conclusion: Annotated[
        bool,
        typer.Option("--require-conclusion", help="Exit with 4 if the run stays inconclusive."),
    ] = False,
    seed: SeedOption = 0,
    max_bytes: MaxBytesOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
    progress: ProgressOption = False,
) -> int:
    """Tell whether a training run bears out its recipe, from a random start to the submission."""
    from dokja.cli.extras import require
    from dokja.cli.outputs import check_targets, collect_outputs
    from dokja.cli.progress import progress_bars
    from dokja.cli.round_views import spoken, write_views

    language = use_language(lang)
    require("ruamel.yaml", extra="review")
    outputs = collect_outputs({"html": html, "json": json, "markdown": md, "pdf": pdf})
    references = tuple(reference or ())
    check_targets(outputs, references, (recipe,))
    _spare_inputs(recipe, root, [output.target for output in outputs if not output.is_stdout])

    from dokja.trajectory.run import trajectory as run_trajectory

    with progress_bars(quiet=quiet, forced=progress) as advance:
        report = run_trajectory(
            recipe, references, root=root, seed=seed, max_bytes=max_bytes, progress=advance
        )

    def page() -> Page:
        from dokja.report.trajectory.page import trajectory_page

        return trajectory_page(report, spoken(language))

    write_views(outputs, report, quiet=quiet, page=page)
    if not quiet and not any(output.is_stdout for output in outputs):
        _print(report, language)
    return _code(report, fail_on, require_conclusion=require_conclusion)


def _spare_inputs(recipe: str, root: str | None, targets: list[str]) -> None:
    """Refuse to write over anything that the recipe names."""
    from pathlib import Path

    from dokja.trajectory.recipe_file import read_recipe

    read = read_recipe(recipe, root=root)
    said = read.recipe
    names = [one.path for one in said.checkpoints] + [log.path for log in said.logs]
    names += [] if said.submission is None else [said.submission.path]
    held = [read.root.path(name).resolve() for name in names]
    for target in targets:
        path = Path(target).resolve()
        if any(path == one or path.is_relative_to(one) for one in held):
            raise typer.BadParameter(say("an output would overwrite what is to be read"))


def _code(report: TrajectoryReport, fail_on: RunOutcome | None, *, require_conclusion: bool) -> int:
    outcome = report.verdict.outcome
    bad = (
        {"contradicted"} if fail_on is RunOutcome.CONTRADICTED else {"contradicted", "inconclusive"}
    )
    if fail_on is not None and outcome in bad:
        return EXIT_FINDING
    if require_conclusion and outcome == "inconclusive":
        return EXIT_INCONCLUSIVE
    return EXIT_OK


def _print(report: TrajectoryReport, language: Language) -> None:
    from dokja.cli.console import print_line
    from dokja.cli.console import results as console
    from dokja.cli.tables import make_table, plain_cell

    if report.findings:
        table = make_table("rule", "finding", "steps")
        for one in report.findings:
            style = _LEVELS[one.level]
            words = plain_cell(one.message.text(language.value))
            steps = "–" if not one.steps else "–".join(map(str, (one.steps[0], one.steps[-1])))
            table.add_row(f"[{style}]{one.rule}[/]", words, steps)
        console().print(table)
    for missing in report.untold:
        print_line(f"{say('cannot be told')}: {missing.text(language.value)}")
    style, word = _OUTCOMES[report.verdict.outcome]
    console().print(f"[{style}]{say(word)}[/]")
    print_line(report.verdict.summary.text(language.value))
