"""Changes of the rules that somebody wrote into a file: every defect in one message.

The module knows how a scenario is read and whether a round can take it, never what comes of it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from dokja.document.what_if import ScenarioFile
from dokja.document.yamltext import MAX_YAML_BYTES, load_yaml, place
from dokja.errors import ProgrammeError
from dokja.programme.round_check import defects_of
from dokja.programme.what_if.change import changed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic_core import ErrorDetails

    from dokja.document.what_if import Scenario
    from dokja.programme.what_if.base import Base

__all__ = ["check_scenarios", "read_scenarios"]

_MAX_SHOWN: Final = 100
_HINT: Final = "docs/programme/what-if.md shows such a file; its JSON Schema is scenarios-1.json."


def read_scenarios(path: str | Path) -> tuple[Scenario, ...]:
    """Read scenarios from a file.

    Parameters
    ----------
    path
        Path of a YAML file.

    Returns
    -------
    tuple of Scenario
        As they stand in the file.

    Raises
    ------
    ProgrammeError
        If it cannot be read or does not fit; the message lists every defect with its dotted path
        and line.
    """
    uri = str(path)
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(MAX_YAML_BYTES + 1)
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise ProgrammeError(
            f"the scenarios cannot be read: {words}", uri=uri, hint=_HINT
        ) from None
    content = load_yaml(data, uri=uri)
    try:
        # Through JSON, as only there does strict mode take lists for tuples.
        found = ScenarioFile.model_validate_json(json.dumps(content, default=str))
    except ValidationError as error:
        defects = error.errors(include_url=False, include_context=False)
        lines = [f"{place(content, _in_file(one['loc']))}: {_words(one)}" for one in defects]
        raise _error(lines, uri) from None
    ids = [one.id for one in found.scenarios]
    twice = [step for step, name in enumerate(ids) if name in ids[:step]]
    if twice:
        where = [place(content, ("scenarios", step, "id")) for step in twice]
        raise _error(
            [f"{at}: {ids[step]!r} stands twice" for at, step in zip(where, twice, strict=True)],
            uri,
        )
    return found.scenarios


def check_scenarios(base: Base, scenarios: Sequence[Scenario]) -> None:
    """Refuse scenarios that the round cannot take.

    Parameters
    ----------
    base
        The round as it stands.
    scenarios
        Changes to try.

    Raises
    ------
    ProgrammeError
        If any names what is not there or breaks a rule of rounds; the message lists every one
        with its dotted path.
    """
    before = {words for _, words in defects_of(base.trial.found)}
    lines = [
        f"scenarios.{one.id}{where}: {words}"
        for one in scenarios
        for where, words in _unfit(base, one, before)
    ]
    if lines:
        raise _error(lines, base.found.id)


def _unfit(base: Base, scenario: Scenario, before: set[str]) -> Iterator[tuple[str, str]]:
    """Find what is wrong with a scenario, in its single changes first."""
    if not any(True for _ in _wrong(base, scenario.changes, before)):
        return
    alone = [
        (f".changes.{step}", words)
        for step, change in enumerate(scenario.changes)
        for words in _wrong(base, [change], before)
    ]
    yield from alone or [("", words) for words in _wrong(base, scenario.changes, before)]


def _wrong(base: Base, changes: Sequence[object], before: set[str]) -> Iterator[str]:
    try:
        now = changed(base, changes)  # type: ignore[arg-type]
    except ProgrammeError as error:
        yield error.message
        return
    for path, words in defects_of(now.found):
        if words not in before:
            yield f"{'.'.join(map(str, path))}: {words}"


def _error(lines: Sequence[str], uri: str) -> ProgrammeError:
    unique = list(dict.fromkeys(lines))
    shown = "".join(f"\n  {line}" for line in unique[:_MAX_SHOWN])
    count = "1 defect" if len(unique) == 1 else f"{len(unique)} defects"
    return ProgrammeError(f"the scenarios have {count}:{shown}", uri=uri, hint=_HINT)


def _in_file(location: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Leave out the kinds that pydantic puts between a field and the fields beneath it."""
    kept: list[str | int] = []
    for step, part in enumerate(location):
        before = location[max(step - 2, 0) : step]
        of_change = len(before) == 2 and before[0] == "changes" and isinstance(before[1], int)
        of_formula = location[2:3] == ("changes",) and step == 6
        if not of_change and not of_formula:
            kept.append(part)
    return tuple(kept)


def _words(defect: ErrorDetails) -> str:
    plain = {
        "missing": "is missing",
        "extra_forbidden": "no such field",
        "union_tag_not_found": "`kind` is missing",
    }
    return plain.get(defect["type"]) or defect["msg"].removeprefix("Value error, ")
