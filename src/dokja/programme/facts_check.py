"""Defects of the statements in a round file: facts, rulings, votes and amendments.

The module knows what a statement must name, never whether it is true.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from dokja.document.number import written
from dokja.document.round_facts import (
    AdvanceFact,
    AuditInput,
    AverageFact,
    GapFact,
    MeasuredFact,
    OrderFact,
    OutFact,
    ReviewInput,
    ScoreFact,
    SumFact,
    TickCount,
    TopFact,
)
from dokja.programme.parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dokja.document.round import RoundFile
    from dokja.document.round_facts import Fact, GateInput
    from dokja.document.round_rules import Gate
    from dokja.programme.parts import Part

__all__ = ["fact_defects"]

Defect = tuple[tuple[str | int, ...], str]


class _Names:
    """What may be referred to."""

    def __init__(self, found: RoundFile, known: frozenset[str]) -> None:
        self.known = known
        self.teams = {team.id for team in found.teams} | known
        self.sources = {source.id for source in found.sources} | known
        self.facts = {fact.id: fact for fact in found.facts}
        self.gates = {gate.id: gate for gate in found.gates}
        self.parts: dict[str, Part] = {}
        for part in parts_of(found):
            self.parts.setdefault(part.name, part)
        self.benchmarks = {
            item.id: {benchmark.id for benchmark in item.benchmarks} for item in found.items
        }

    def part_missing(self, name: str) -> bool:
        return name not in self.parts and name.partition(".")[0] not in self.known


def fact_defects(found: RoundFile, known: frozenset[str]) -> list[Defect]:
    """Find every statement of a round that names what is not there or cannot be.

    Parameters
    ----------
    found
        A round that fits its schema.
    known
        Names that exist although they were taken out.

    Returns
    -------
    list
        Places and sentences; empty if all is well.
    """
    names = _Names(found, known)
    defects: list[Defect] = []
    for step, fact in enumerate(found.facts):
        defects += [(("facts", step, *path), words) for path, words in _fact(fact, names)]
    defects += _repeated(found)
    for step, given in enumerate(found.gate_inputs):
        at = ("gate_inputs", step)
        defects += [((*at, *path), words) for path, words in _gate_input(given, names)]
    defects += [*_gates(found, names), *_ballots(found, names), *_sourced(found, names)]
    return defects


def _fact(fact: Fact, names: _Names) -> Iterator[Defect]:
    if fact.source not in names.sources:
        yield ("source",), f"there is no source {fact.source!r}"
    yield from _teams(fact, names)
    if isinstance(fact, ScoreFact | AverageFact | GapFact | TopFact | OrderFact):
        yield from _about(fact, names)
    if isinstance(fact, MeasuredFact):
        yield from _measured(fact, names)
    if isinstance(fact, SumFact):
        yield from _added(fact, names)


def _about(
    fact: ScoreFact | AverageFact | GapFact | TopFact | OrderFact, names: _Names
) -> Iterator[Defect]:
    if names.part_missing(fact.of):
        yield ("of",), f"there is no item, sub-item or block {fact.of!r}"
    part = names.parts.get(fact.of)
    if part and not isinstance(fact, TopFact | OrderFact) and not 0 <= fact.value <= part.max:
        yield ("value",), f"does not lie between 0 and {written(part.max)}"


def _added(fact: SumFact, names: _Names) -> Iterator[Defect]:
    for step, name in enumerate(fact.parts):
        if name not in names.facts and name not in names.known:
            yield ("parts", step), f"there is no fact {name!r}"
        elif name in names.facts and not hasattr(names.facts[name], "value"):
            yield ("parts", step), f"the fact {name!r} is no number"


def _teams(fact: Fact, names: _Names) -> Iterator[Defect]:
    if isinstance(fact, MeasuredFact | ScoreFact | OutFact) and fact.team not in names.teams:
        yield ("team",), f"there is no team {fact.team!r}"
    if isinstance(fact, TopFact | AdvanceFact):
        yield from _each(fact.teams, names, ("teams",))
    if isinstance(fact, OrderFact):
        for step, group in enumerate(fact.groups):
            yield from _each(group, names, ("groups", step))
        every = [team for group in fact.groups for team in group]
        if len(set(every)) != len(every):
            yield ("groups",), "a team stands twice"


def _each(teams: Iterable[str], names: _Names, at: tuple[str | int, ...]) -> Iterator[Defect]:
    for step, team in enumerate(teams):
        if team not in names.teams:
            yield (*at, step), f"there is no team {team!r}"


def _measured(fact: MeasuredFact, names: _Names) -> Iterator[Defect]:
    part = names.parts.get(fact.item)
    if part is None or part.kind not in {"item", "sub_item"}:
        if fact.item.partition(".")[0] not in names.known:
            yield ("item",), f"there is no item {fact.item!r}"
        return
    known = names.benchmarks.get(fact.item, set())
    if known and fact.benchmark is not None and fact.benchmark not in known:
        yield ("benchmark",), f"the item has no benchmark {fact.benchmark!r}"


def _repeated(found: RoundFile) -> Iterator[Defect]:
    seen: dict[tuple[Any, ...], str] = {}
    for step, fact in enumerate(found.facts):
        if isinstance(fact, ScoreFact):
            key: tuple[Any, ...] = ("score", fact.team, fact.of, fact.confidence)
        elif isinstance(fact, MeasuredFact):
            key = ("measured", fact.team, fact.item, fact.benchmark)
        else:
            continue
        if key in seen:
            yield ("facts", step), f"says the same as {seen[key]!r}"
        seen.setdefault(key, fact.id)


# -- gates, votes, sources ------------------------------------------------------------------------


def _gates(found: RoundFile, names: _Names) -> Iterator[Defect]:
    for step, gate in enumerate(found.gates):
        rule = gate.rule
        if rule.kind == "threshold":
            if names.part_missing(rule.of):
                yield ("gates", step, "rule", "of"), f"there is no item or block {rule.of!r}"
            part = names.parts.get(rule.of)
            if part and rule.least > part.max:
                yield ("gates", step, "rule", "least"), f"is more than {written(part.max)}"
        if len(set(gate.views)) != len(gate.views):
            yield ("gates", step, "views"), "a view stands twice"


def _gate_input(given: GateInput, names: _Names) -> Iterator[Defect]:
    if given.team not in names.teams:
        yield ("team",), f"there is no team {given.team!r}"
    gate = names.gates.get(given.gate)
    if gate is None:
        if given.gate not in names.known:
            yield ("gate",), f"there is no gate {given.gate!r}"
        return
    view = getattr(given, "view", None)
    if view is not None and view not in gate.views:
        yield ("view",), f"the gate has no view {view!r}"
    yield from _fits(given, gate)


def _fits(given: GateInput, gate: Gate) -> Iterator[Defect]:
    if given.kind not in {"ruling", gate.rule.kind}:
        yield ("kind",), f"the gate is decided by {gate.rule.kind}, not by {given.kind}"
    if isinstance(given, TickCount) and given.not_met > given.of:
        yield ("not_met",), f"is more than the {given.of} experts"
    if isinstance(given, AuditInput | ReviewInput) and not _stays_inside(given.path):
        yield ("path",), "must lie in or below the folder of the round file"


def _stays_inside(path: str) -> bool:
    parts = PurePosixPath(path.replace("\\", "/"))
    return not parts.is_absolute() and ".." not in parts.parts and ":" not in path and bool(path)


def _ballots(found: RoundFile, names: _Names) -> Iterator[Defect]:
    seen = set()
    for step, ballot in enumerate(found.ballots):
        at = ("ballots", step)
        if found.selection is None:
            yield at, "the round has no additional selection"
        if ballot.candidate not in names.teams:
            yield (*at, "candidate"), f"there is no team {ballot.candidate!r}"
        if ballot.candidate in seen:
            yield (*at, "candidate"), f"{ballot.candidate!r} was voted on above"
        seen.add(ballot.candidate)
        if (ballot.yes is None) != (ballot.no is None):
            yield at, "either both yes and no are given or neither"
        elif ballot.yes is None and ballot.found is None:
            yield at, "neither the votes nor what was found is given"
        cast = (ballot.yes or 0) + (ballot.no or 0) + ballot.abstained
        panel = found.selection.panel if found.selection is not None else None
        if panel is not None and cast > panel:
            yield at, f"holds {cast} votes of a panel of {panel}"


def _sourced(found: RoundFile, names: _Names) -> Iterator[Defect]:
    """Look at the sources of parts; those of facts and items are looked at with them."""
    fields = ("teams", "blocks", "gates", "rounding", "schedule", "disclosure", "gate_inputs")
    parts: list[tuple[tuple[str | int, ...], Any]] = [
        ((field, step), part)
        for field in (*fields, "ballots")
        for step, part in enumerate(getattr(found, field))
    ]
    parts += [((field,), getattr(found, field)) for field in ("advance", "selection", "objections")]
    for at, part in parts:
        source = getattr(part, "source", None)
        if source is not None and source not in names.sources:
            yield (*at, "source"), f"there is no source {source!r}"
