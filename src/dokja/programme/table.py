"""All results of a round in one table, after a look at what cannot be among them.

The module knows which results a round can take, never what they are worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.document.number import written
from dokja.document.round_facts import MeasuredFact
from dokja.document.round_rules import Points, Scale, ScaledRange, Share
from dokja.errors import ProgrammeError
from dokja.programme.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal

    from dokja.document.common import Localized
    from dokja.document.number import Confidence
    from dokja.document.results import Entry, Protocol
    from dokja.document.round import Item, RoundFile

__all__ = ["Result", "Table", "make_table"]

_MAX_SHOWN = 100
_LARGEST = 10**15


@dataclass(frozen=True, slots=True)
class Result:
    """One value, wherever it comes from."""

    team: str
    item: str
    benchmark: str | None
    run: str | None
    rater: str | None
    value: Decimal
    unit: str
    by: str
    lower: bool | None
    """Whether less is better, as the result says of itself."""
    protocol: Protocol | None
    where: str
    confidence: Confidence | None


class Table:
    """Results by team and item.

    Parameters
    ----------
    results
        All of them.
    notes
        What a reader must know of them.
    """

    def __init__(self, results: Iterable[Result], notes: Iterable[Localized] = ()) -> None:
        self.notes = tuple(notes)
        self._by: dict[tuple[str, str], list[Result]] = {}
        for result in results:
            self._by.setdefault((result.team, result.item), []).append(result)

    def of(self, team: str, item: str) -> Sequence[Result]:
        """Return the results of a team on an item, in a fixed order.

        Parameters
        ----------
        team
            Id of the team.
        item
            Id of the item, or ``item.sub_item``, or a gate's tick.

        Returns
        -------
        sequence of Result
            Empty if there are none.
        """
        return self._by.get((team, item), ())

    def all(self, item: str) -> list[Result]:
        """Return the results of all teams on an item.

        Parameters
        ----------
        item
            Id of the item.

        Returns
        -------
        list of Result
            In the order in which teams were first seen.
        """
        return [result for (_, name), row in self._by.items() if name == item for result in row]


def make_table(found: RoundFile, entries: Sequence[Entry]) -> Table:
    """Put results and measured facts into one table.

    Parameters
    ----------
    found
        The round.
    entries
        Results as they were read.

    Returns
    -------
    Table
        A measured fact stands in it only where no entry says anything of that team and item.

    Raises
    ------
    ProgrammeError
        If entries cannot belong to the round; the message lists every unknown name, every value
        out of range and every repetition, with file and cell.
    """
    results = [_result(entry) for entry in entries]
    defects = list(dict.fromkeys(_defects(found, results)))
    if defects:
        shown = defects[:_MAX_SHOWN]
        left = len(defects) - len(shown)
        more = f"\n  … and {left} more" if left else ""
        raise ProgrammeError(
            f"the results do not fit the round ({len(defects)}):"
            + "".join(f"\n  {words}" for words in shown)
            + more,
            hint="Map names with a mapping, or mend the files; nothing was scored.",
        )
    given = {(result.team, result.item) for result in results}
    notes = []
    for fact in found.facts:
        if not isinstance(fact, MeasuredFact) or fact.confidence not in found.accept:
            continue
        if (fact.team, fact.item) in given:
            notes.append(
                say(
                    f"The published value {fact.id} was not used: results were supplied.",
                    f"제출된 결과가 있어 공개된 값 {fact.id}은(는) 사용하지 않았습니다.",
                )
            )
            continue
        results.append(_published(fact))
    return Table(results, notes)


def _result(entry: Entry) -> Result:
    better = entry.higher_is_better
    return Result(
        team=entry.team,
        item=entry.item,
        benchmark=entry.benchmark,
        run=entry.run,
        rater=entry.rater,
        value=entry.value,
        unit=entry.unit,
        by=entry.by,
        lower=None if better is None else not better,
        protocol=entry.protocol,
        where=f"{entry.source.file} {entry.source.where}",
        confidence=None,
    )


def _published(fact: MeasuredFact) -> Result:
    return Result(
        team=fact.team,
        item=fact.item,
        benchmark=fact.benchmark,
        run=None,
        rater=None,
        value=fact.value,
        unit=fact.unit,
        by="unknown",
        lower=None,
        protocol=None,
        where=f"facts.{fact.id}",
        confidence=fact.confidence,
    )


def _defects(found: RoundFile, results: Sequence[Result]) -> Iterator[str]:
    teams = {team.id for team in found.teams}
    items: dict[str, tuple[Item, Decimal]] = {}
    for item in found.items:
        items[item.id] = (item, item.max)
        items |= {f"{item.id}.{sub.id}": (item, sub.max) for sub in item.sub_items}
    ticks = {gate.id for gate in found.gates}
    ticks |= {f"{gate.id}.{view}" for gate in found.gates for view in gate.views}
    seen: dict[tuple[object, ...], str] = {}
    for result in results:
        if result.team not in teams:
            yield f"{result.where}: there is no team {result.team!r} in the round"
        key = (result.team, result.item, result.benchmark, result.run, result.rater, result.by)
        if key in seen:
            yield f"{result.where}: the same result stands in {seen[key]}"
        seen.setdefault(key, result.where)
        if result.item in items:
            yield from _fits(*items[result.item], result)
        elif result.item in ticks:
            if result.value not in {0, 1}:
                yield f"{result.where}: a tick is 0 or 1, not {written(result.value)}"
        else:
            yield f"{result.where}: there is no item {result.item!r} in the round"


def _fits(item: Item, most: Decimal, result: Result) -> Iterator[str]:
    rules = {rule.id: rule for rule in item.benchmarks}
    if result.benchmark is not None and rules and result.benchmark not in rules:
        yield f"{result.where}: the item {item.id!r} has no benchmark {result.benchmark!r}"
    lower = result.benchmark in rules and rules[result.benchmark].lower_is_better
    if result.lower is not None and result.lower != lower and item.raters is None:
        better = "less" if result.lower else "more"
        yield f"{result.where}: here {better} is better, unlike in the round"
    if abs(result.value) >= _LARGEST:
        yield f"{result.where}: {written(result.value)[:40]} is too large for any score"
    bounds = _bounds(item, most, result)
    if bounds is None:
        return
    low, high = bounds
    if result.value < low or (high is not None and result.value > high):
        upper = "and more" if high is None else f"to {written(high)}"
        yield f"{result.where}: {written(result.value)} does not lie in {written(low)} {upper}"


def _bounds(item: Item, most: Decimal, result: Result) -> tuple[Decimal, Decimal | None] | None:
    zero = most * 0
    scale: Scale | None = item.raters.scale if item.raters is not None else None
    if scale is not None and result.unit == "scale":
        return scale.low, scale.high
    if isinstance(item.formula, Points):
        return zero, most
    if isinstance(item.formula, Share):
        return zero, _full(item.formula.full, result.unit)
    return None if isinstance(item.formula, ScaledRange) else (zero, None)


def _full(full: Decimal, unit: str) -> Decimal:
    if unit == "fraction" and full > 1:
        return full / 100
    return full * 100 if unit == "percent" and full <= 1 else full
