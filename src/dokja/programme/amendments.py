"""Objections that were upheld: dated changes of named values, and what each of them moved.

The module knows values before and after, never whether an objection was right.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from dokja.document.number import Known, written
from dokja.document.round import RoundFile
from dokja.document.round_facts import ResultChange, RoundChange
from dokja.document.round_report import AmendmentEffect, Difference
from dokja.errors import ProgrammeError
from dokja.programme.flat import differences
from dokja.programme.paths import change_value
from dokja.programme.round_check import defects_of
from dokja.programme.wording import say, team_names

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from dokja.document.common import Localized
    from dokja.document.results import Entry
    from dokja.document.round_facts import Amendment
    from dokja.document.round_report import RoundReport

__all__ = [
    "amended",
    "amendment_defects",
    "effects_of",
    "objections_close",
    "outcome_values",
]

Step = tuple[RoundFile, "tuple[Entry, ...]"]


def amended(found: RoundFile, entries: Sequence[Entry]) -> list[Step]:
    """Apply a round's amendments one after the other.

    Parameters
    ----------
    found
        The round.
    entries
        Results.

    Returns
    -------
    list
        Round and results before any amendment, then after each; only one if there are none.

    Raises
    ------
    ProgrammeError
        If a value is not what an amendment says it was, or the amended round contradicts itself;
        the message lists every such change of the first amendment that fails.
    """
    steps: list[Step] = [(found, tuple(entries))]
    for amendment in found.amendments:
        steps.append(_apply(amendment, *steps[-1]))
    return steps


def _apply(amendment: Amendment, found: RoundFile, entries: tuple[Entry, ...]) -> Step:
    content: dict[str, Any] = found.model_dump(mode="json")
    results = list(entries)
    wrong = []
    for step, change in enumerate(amendment.changes):
        if isinstance(change, RoundChange):
            words = change_value(content, change.path, change.before, change.after)
        else:
            words = _change_result(results, change)
        if words is not None:
            wrong.append(f"amendments.{amendment.id}.changes.{step}: {words}")
    if not wrong:
        try:
            found = RoundFile.model_validate_json(json.dumps(content))
            wrong = [".".join(map(str, path)) + f": {words}" for path, words in defects_of(found)]
        except ValidationError as error:
            wrong = [
                ".".join(map(str, defect["loc"])) + f": {defect['msg']}"
                for defect in error.errors(include_url=False)
            ]
    if wrong:
        raise ProgrammeError(
            f"the amendment {amendment.id!r} cannot be applied:"
            + "".join(f"\n  {words}" for words in wrong),
            hint="Name what the round file has, by its id, and give it a value that fits.",
        )
    return found, tuple(results)


def amendment_defects(found: RoundFile) -> list[tuple[tuple[str | int, ...], str]]:
    """Find amendments of the round itself that change what is not there.

    Parameters
    ----------
    found
        A round as it stands in its file.

    Returns
    -------
    list
        Places and sentences. Changes of results are not looked at: they need the results.
    """
    content: dict[str, Any] = found.model_dump(mode="json")
    defects: list[tuple[tuple[str | int, ...], str]] = []
    for step, amendment in enumerate(found.amendments):
        for at, change in enumerate(amendment.changes):
            if isinstance(change, RoundChange):
                words = change_value(content, change.path, change.before, change.after)
                if words is not None:
                    defects.append((("amendments", step, "changes", at), words))
    return defects


def _change_result(results: list[Entry], change: ResultChange) -> str | None:
    keys = ("team", "item", "benchmark", "run", "rater")
    wanted = tuple(getattr(change, key) for key in keys)
    named = ", ".join(f"{key} {value}" for key, value in zip(keys, wanted, strict=True) if value)
    at = [
        step
        for step, entry in enumerate(results)
        if tuple(getattr(entry, key) for key in keys) == wanted
    ]
    if len(at) != 1:
        return f"{'no result' if not at else 'several results'} of {named}"
    entry = results[at[0]]
    if entry.value != change.before:
        return f"the result of {named} is {written(entry.value)}, not {written(change.before)}"
    results[at[0]] = entry.model_copy(update={"value": change.after})
    return None


# -- what it moved --------------------------------------------------------------------------------


def outcome_values(report: RoundReport) -> dict[str, str]:
    """Return what a reader of a report cares for, as pairs of path and text.

    Parameters
    ----------
    report
        The report.

    Returns
    -------
    dict
        Scores, totals, ranks, outcomes of gates, and what becomes of each team.
    """
    values: dict[str, str] = {}
    for team in report.teams:
        figures = {item.item: item.score for item in team.items}
        figures |= {block.block: block.score for block in team.blocks}
        figures |= {"total": team.total}
        for name, figure in figures.items():
            said = written(figure.value) if isinstance(figure, Known) else "unknown"
            values[f"{team.team}.{name}"] = said
        low, high = team.rank_low, team.rank_high
        if low is not None:
            values[f"{team.team}.rank"] = str(low) if low == high else f"{low}–{high}"
    for gate in report.gates:
        values[f"{gate.team}.gate.{gate.gate}"] = gate.outcome
    for decided in report.decision.teams:
        values[f"{decided.team}.outcome"] = decided.outcome
    return values


def effects_of(found: RoundFile, reports: Sequence[RoundReport]) -> tuple[AmendmentEffect, ...]:
    """Say what each amendment moved.

    Parameters
    ----------
    found
        The round.
    reports
        Report before any amendment, then after each; empty if there are none.

    Returns
    -------
    tuple of AmendmentEffect
        One for each amendment.
    """
    effects = []
    for step, amendment in enumerate(found.amendments if reports else ()):
        before, after = reports[step], reports[step + 1]
        moved = differences(outcome_values(before), outcome_values(after))
        effects.append(
            AmendmentEffect(
                amendment=amendment.id,
                on=amendment.on,
                reason=amendment.reason,
                late=_late(found, amendment),
                changes=tuple(_named(change) for change in amendment.changes),
                effects=moved,
                sentence=_sentence(found, amendment, before, after, len(moved)),
            )
        )
    return tuple(effects)


def objections_close(found: RoundFile) -> dt.date | None:
    """Return the last day for objections.

    Parameters
    ----------
    found
        The round.

    Returns
    -------
    datetime.date or None
        As given, or so many days after the last result; None if neither is known.
    """
    times = found.objections
    if times is None or times.closes is not None:
        return None if times is None else times.closes
    results = [event.opens for event in found.schedule if event.kind == "result"]
    if times.days is None or not results:
        return None
    return max(results) + timedelta(days=times.days)


def _late(found: RoundFile, amendment: Amendment) -> bool:
    closes = objections_close(found)
    day = amendment.objected_on or amendment.on
    opens = found.objections.opens if found.objections is not None else None
    return (closes is not None and day > closes) or (opens is not None and day < opens)


def _named(change: RoundChange | ResultChange) -> Difference:
    if isinstance(change, RoundChange):
        return Difference(path=change.path, before=change.before, after=change.after)
    parts = (change.team, change.item, change.benchmark, change.run, change.rater)
    path = ".".join(("results", *(part for part in parts if part)))
    return Difference(path=path, before=written(change.before), after=written(change.after))


def _sentence(
    found: RoundFile,
    amendment: Amendment,
    before: RoundReport,
    after: RoundReport,
    n_moved: int,
) -> Localized:
    same = before.decision.advance == after.decision.advance
    same = same and before.decision.undecided == after.decision.undecided
    if same:
        return say(
            f"Amendment of {amendment.on}: {n_moved} figures changed, the decision did not.",
            f"{amendment.on} 정정: 수치 {n_moved}개가 바뀌었으며 결정은 그대로입니다.",
        )
    was = team_names(found, before.decision.advance)
    now = team_names(found, after.decision.advance)
    return say(
        f"Amendment of {amendment.on}: {n_moved} figures changed; advancing was {was.en}, "
        f"is {now.en}.",
        f"{amendment.on} 정정: 수치 {n_moved}개가 바뀌었으며, 진출 팀이 바뀌었습니다: "
        f"{was.ko} → {now.ko}.",
    )
