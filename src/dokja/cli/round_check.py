"""``dokja round check``: a round file, its criteria and its results looked at, nothing decided."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from dokja.cli.codes import EXIT_FINDING, EXIT_OK
from dokja.cli.console import print_line
from dokja.cli.language import Language, say, use_language
from dokja.cli.options import LangOption, QuietOption
from dokja.cli.round_options import (
    LockOption,
    MappingOption,
    PanelOption,
    ResultsArgument,
    RoundArgument,
)

if TYPE_CHECKING:
    from dokja.cli.round_inputs import Inputs
    from dokja.document.round_report import CriteriaCheck, CriteriaLock

__all__ = ["EPILOG", "round_check"]

EPILOG = "Example: dokja round check my-round.yaml --write-lock criteria.lock.json"


def _today() -> dt.date:
    return dt.datetime.now(tz=dt.UTC).date()


def _locked(inputs: Inputs, on: dt.datetime | None) -> CriteriaLock:
    from dokja.programme.criteria import lock

    return lock(inputs.found, on=_today() if on is None else on.date())


def _print(inputs: Inputs, checked: CriteriaCheck | None, language: Language) -> None:
    from dokja.programme.criteria import criteria_digest

    found = inputs.found
    facts = {
        "round": f"{found.title.text(language.value)} ({found.id}, {found.version})",
        "teams": f"{len(found.teams)}",
        "items": f"{len(found.items)}",
        "gates": f"{len(found.gates)}",
        "published statements": f"{len(found.facts)}",
        "results": f"{len(inputs.entries):,}",
        "criteria digest": criteria_digest(found),
    }
    for name, value in facts.items():
        print_line(f"{say(name)}: {value}")
    for note in inputs.notes:
        print_line(f"{say('note')}: {note.text(language.value)}")
    if checked is not None:
        print_line(checked.summary.text(language.value))
        for change in checked.changes:
            print_line(f"  {change.sentence.text(language.value)}")


def round_check(  # numpydoc ignore=PR01
    round_name: RoundArgument,
    results: ResultsArgument = None,
    *,
    mapping: MappingOption = None,
    panel: PanelOption = None,
    lock: LockOption = None,
    write_lock: Annotated[
        str | None,
        typer.Option(
            "--write-lock", metavar="FILE", help="Write the criteria down as they stand today."
        ),
    ] = None,
    on: Annotated[
        dt.datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="Day of the lock; today if not given."),
    ] = None,
    json: Annotated[
        str | None,
        typer.Option(
            "--json", metavar="FILE", help="Write the comparison with the lock; - for stdout."
        ),
    ] = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> int:
    """Tell every defect of a round file and of its results; lock the criteria, or compare them."""
    from dokja.cli.outputs import collect_outputs
    from dokja.cli.round_inputs import check_round_outputs, read_inputs
    from dokja.cli.round_views import write_views

    language = use_language(lang)
    if json is not None and lock is None:
        raise typer.BadParameter(say("--json needs --lock: it holds the comparison with it"))
    outputs = collect_outputs({"lock": write_lock, "json": json})
    given = (round_name, *(results or ()), *(panel or ()), mapping, lock)
    check_round_outputs(outputs, given)
    inputs = read_inputs(
        round_name, results, outputs=outputs, mapping=mapping, panels=panel, lock=lock
    )

    from dokja.programme.criteria import check
    from dokja.programme.score import score_round

    # Whatever does not fit the round is told here, with its file and cell.
    score_round(inputs.found, inputs.entries, audits=inputs.audits, n_draws=0)
    checked = None if inputs.lock is None else check(inputs.found, inputs.lock)
    locked = _locked(inputs, on)
    write_views(outputs, checked or locked, quiet=quiet, documents={"lock": locked})
    if not quiet and not any(output.is_stdout for output in outputs):
        _print(inputs, checked, language)
    return EXIT_OK if checked is None or checked.intact else EXIT_FINDING
