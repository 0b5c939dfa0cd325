"""From many results to the one value of an item that goes into its formula.

The module knows runs, re-runs, benchmarks and raters, never points or ranks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from dokja.document.number import weakest
from dokja.document.round_rules import MeanOf, OwnOverTarget, Points, ScaledRange, Share
from dokja.programme.formulas import combine, needed
from dokja.programme.likeness import unlike
from dokja.programme.rounding import exactly, mean, round_at, total
from dokja.programme.spot_checks import apply_spot_check
from dokja.programme.wording import joined, same, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dokja.document.common import Localized
    from dokja.document.number import Confidence
    from dokja.document.round import Item, RoundFile
    from dokja.document.round_report import SpotCheckResult
    from dokja.document.round_rules import Benchmark
    from dokja.programme.table import Result, Table

__all__ = ["Value", "value_of"]


@dataclass(frozen=True, slots=True)
class Value:
    """What goes into a formula, or why nothing does."""

    value: Decimal | None
    reason: Localized | None = None
    n_values: int = 0
    confidence: Confidence | None = None
    checks: tuple[SpotCheckResult, ...] = ()
    notes: tuple[Localized, ...] = field(default=())


def _unknown(reason: Localized) -> Value:
    return Value(None, reason)


@exactly
def value_of(
    found: RoundFile, table: Table, team: str, item: Item, sub_item: str | None = None
) -> Value:
    """Return the value of a team on an item, or on one of its parts.

    Parameters
    ----------
    found
        The round.
    table
        All results.
    team
        Id of the team.
    item
        The item.
    sub_item
        Id of one of its parts; None for the item as a whole.

    Returns
    -------
    Value
        Without a value and with a reason where something is missing.
    """
    name = item.id if sub_item is None else f"{item.id}.{sub_item}"
    whole = table.of(team, name)
    if item.raters is not None:
        return _rated(found, table, team, item, sub_item)
    if not whole:
        return _unknown(say("there is no result", "결과가 없습니다"))
    return _measured(found, item, name, team, whole)


# -- marks of raters ------------------------------------------------------------------------------


def _rated(found: RoundFile, table: Table, team: str, item: Item, sub_item: str | None) -> Value:
    assert item.raters is not None
    name = item.id if sub_item is None else f"{item.id}.{sub_item}"
    given = table.of(team, name)
    if not given and sub_item is None and item.sub_items and item.raters.over == "total":
        return _added(found, table, team, item)
    if not given:
        return _unknown(say("there is no mark", "평가 점수가 없습니다"))
    marks: dict[str | None, list[Decimal]] = {}
    for result in given:
        marks.setdefault(result.rater, []).append(result.value)
    return _combined(found, item, {who: mean(values) for who, values in marks.items()}, given)


def _added(found: RoundFile, table: Table, team: str, item: Item) -> Value:
    """Add each rater's parts up before the raters are combined."""
    given = [result for sub in item.sub_items for result in table.of(team, f"{item.id}.{sub.id}")]
    if not given:
        return _unknown(say("there is no mark", "평가 점수가 없습니다"))
    marks: dict[str | None, dict[str, list[Decimal]]] = {}
    for result in given:
        marks.setdefault(result.rater, {}).setdefault(result.item, []).append(result.value)
    incomplete = [str(who) for who, parts in marks.items() if len(parts) != len(item.sub_items)]
    if incomplete:
        who = same(", ".join(sorted(incomplete)))
        return _unknown(
            say(
                f"not every part was marked by {who.en}",
                f"세부 항목을 모두 채점하지 않은 평가자가 있습니다: {who.ko}",
            )
        )
    return _combined(
        found, item, {who: total(map(mean, parts.values())) for who, parts in marks.items()}, given
    )


def _combined(
    found: RoundFile,
    item: Item,
    marks: dict[str | None, Decimal],
    given: Sequence[Result],
) -> Value:
    raters = item.raters
    assert raters is not None
    confidence = weakest(*(result.confidence for result in given))
    apart = unlike(given)
    if apart is not None and item.unlike_protocols is None:
        return _unknown(apart)
    if None in marks:
        if len(marks) > 1:
            return _unknown(
                say(
                    "marks with and without a rater are mixed",
                    "평가자가 표시된 점수와 표시되지 않은 점수가 섞여 있습니다",
                )
            )
        # Whoever supplied it has combined the raters already.
        value = round_at(found, "value", item.id, marks[None])
        return Value(value, None, len(given), confidence)
    values = [marks[who] for who in sorted(marks, key=str)]
    one = combine(values, raters.combine)
    if one is None:
        least = needed(raters.combine)
        return _unknown(
            say(
                f"{len(values)} raters are too few; at least {least} are needed",
                f"평가자 {len(values)}명으로는 부족하며 최소 {least}명이 필요합니다",
            )
        )
    notes: tuple[Localized, ...] = ()
    planned = raters.took_part or raters.planned
    if planned is not None and planned != len(values):
        notes = (
            say(
                f"{len(values)} of {planned} raters gave marks",
                f"평가자 {planned}명 중 {len(values)}명이 채점했습니다",
            ),
        )
    return Value(round_at(found, "value", item.id, one), None, len(given), confidence, (), notes)


# -- benchmarks and runs --------------------------------------------------------------------------


def _measured(found: RoundFile, item: Item, name: str, team: str, given: Sequence[Result]) -> Value:
    groups: dict[str | None, list[Result]] = {}
    for result in given:
        groups.setdefault(result.benchmark, []).append(result)
    if None in groups and len(groups) > 1:
        return _unknown(
            say(
                "an average and single benchmarks are mixed",
                "평균값과 개별 벤치마크 결과가 섞여 있습니다",
            )
        )
    missing = [mark.id for mark in item.benchmarks if None not in groups and mark.id not in groups]
    if missing:
        listed = ", ".join(missing)
        return _unknown(say(f"no result for {listed}", f"결과가 없는 벤치마크: {listed}"))
    return _averaged(found, item, name, team, groups)


def _averaged(
    found: RoundFile, item: Item, name: str, team: str, groups: dict[str | None, list[Result]]
) -> Value:
    known = {mark.id: mark for mark in item.benchmarks}
    values: list[tuple[Decimal, Decimal]] = []
    parts: list[Value] = []
    for benchmark in sorted(groups, key=lambda mark: mark or ""):
        one = _benchmark(found, item, groups[benchmark])
        if one.value is None:
            where = same(benchmark or name)
            reason = joined([where, one.reason or same("")], separator=": ")
            return Value(None, reason, 0, None, one.checks)
        turned = _turned(item, team, benchmark, known.get(benchmark or ""), one.value)
        if turned is None:
            return _unknown(
                say(
                    f"no target is given for {benchmark or name}",
                    f"목표값이 없습니다: {benchmark or name}",
                )
            )
        weight = known[benchmark].weight if benchmark in known else None
        values.append((turned, weight or Decimal(1)))
        parts.append(one)
    weights = total(weight for _, weight in values)
    value = total(value * weight for value, weight in values) / weights
    if isinstance(item.formula, OwnOverTarget) and item.formula.of == "means":
        targets = _targets(item, team)
        if not targets:
            return _unknown(say("no target is given", "목표값이 없습니다"))
        value = value / mean(targets)
    return _collected(round_at(found, "value", item.id, value), parts)


def _collected(value: Decimal, parts: Iterable[Value]) -> Value:
    kept = list(parts)
    return Value(
        value,
        None,
        sum(part.n_values for part in kept),
        weakest(*(part.confidence for part in kept)),
        tuple(check for part in kept for check in part.checks),
        tuple(note for part in kept for note in part.notes),
    )


def _benchmark(found: RoundFile, item: Item, given: Sequence[Result]) -> Value:
    """Make one value of the runs of one benchmark, and lay re-runs beside it."""
    first, again = tuple(given), tuple(given[:0])
    if item.spot_check is not None:
        first = tuple(result for result in given if result.by not in {"agency", "third_party"})
        again = tuple(result for result in given if result.by in {"agency", "third_party"})
        first, again = (first, again) if first else (again, ())
    apart = unlike(first)
    if apart is not None and item.unlike_protocols is None:
        return _unknown(apart)
    notes = (
        []
        if apart is None
        else [joined([apart, item.unlike_protocols or same("")], separator=": ")]
    )
    one = _runs(found, item, first)
    if one.value is None or not again:
        return Value(one.value, one.reason, one.n_values, one.confidence, (), (*one.notes, *notes))
    rerun = combine([_scaled(item, result) for result in again], MeanOf())
    assert item.spot_check is not None
    assert rerun is not None
    check = apply_spot_check(item.spot_check, given[0].benchmark, one.value, rerun)
    used = {"value": one.value, "rerun": rerun, "none": None}[check.used]
    reason = None
    if used is None:
        reason = say(
            "the re-run lies beyond the tolerance", "재검증 결과가 허용 오차를 벗어났습니다"
        )
    confidence = weakest(one.confidence, *(result.confidence for result in again))
    return Value(used, reason, len(given), confidence, (check,), (*one.notes, *notes))


def _runs(found: RoundFile, item: Item, given: Sequence[Result]) -> Value:
    how = item.runs.combine if item.runs is not None else MeanOf()
    runs = [round_at(found, "run", item.id, _scaled(item, result)) for result in given]
    value = combine(runs, how)
    single = {result.run for result in given} == {None}
    if item.runs is None and len(given) > 1:
        return _unknown(
            say(
                "several runs, but the round has no rule for runs",
                "반복 실행 규칙이 없는데 여러 번의 결과가 있습니다",
            )
        )
    if value is None:
        return _unknown(say("too few runs", "실행 횟수가 부족합니다"))
    notes: tuple[Localized, ...] = ()
    if item.runs is not None and len(runs) != item.runs.repeats and not single:
        words = say(
            f"{len(runs)} of {item.runs.repeats} runs are there",
            f"{item.runs.repeats}회 중 {len(runs)}회의 결과가 있습니다",
        )
        if item.runs.incomplete == "unknown":
            return _unknown(words)
        notes = (words,)
    rounded = round_at(found, "benchmark", item.id, value)
    return Value(rounded, None, len(runs), weakest(*(r.confidence for r in given)), (), notes)


def _scaled(item: Item, result: Result) -> Decimal:
    """Bring fractions and percentages to the unit that the formula counts in."""
    unit_full = isinstance(item.formula, Share) and item.formula.full <= 1
    if result.unit == "fraction" and not unit_full and not isinstance(item.formula, Points):
        return result.value * 100
    if result.unit == "percent" and unit_full:
        return result.value / 100
    return result.value


def _turned(
    item: Item, team: str, benchmark: str | None, rule: Benchmark | None, value: Decimal
) -> Decimal | None:
    """Turn a value so that more is better, and divide it by its target where there is one."""
    lower = rule is not None and rule.lower_is_better
    formula = item.formula
    if isinstance(formula, OwnOverTarget) and formula.of == "ratios":
        target = _target(formula, team, benchmark)
        if target is None:
            return None
        ratio = formula.cap if lower and not value else target / value if lower else value / target
        return min(ratio, formula.cap)
    if not lower:
        return value
    if isinstance(formula, ScaledRange):
        return formula.low + formula.high - value
    assert isinstance(formula, Share)
    return formula.full - value


def _target(formula: OwnOverTarget, team: str, benchmark: str | None) -> Decimal | None:
    mine = [target for target in formula.targets if target.team == team]
    exact = next((target for target in mine if target.benchmark == benchmark), None)
    return None if exact is None else exact.value


def _targets(item: Item, team: str) -> list[Decimal]:
    assert isinstance(item.formula, OwnOverTarget)
    return [target.value for target in item.formula.targets if target.team == team]
