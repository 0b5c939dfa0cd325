"""Changed rules put into a round, and what no longer holds taken out of it.

The module knows how a change is made, never which changes are worth trying.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from dokja.document.number import Known
from dokja.document.round_facts import OrderFact, ScoreFact, TopFact
from dokja.document.round_rules import (
    BestTeamFull,
    OwnOverTarget,
    Points,
    ScaledRange,
    Share,
    WorldBest,
)
from dokja.document.what_if import (
    BenchmarkLeftOut,
    FormulaChange,
    RaterLeftOut,
    RoundingChange,
    WeightChange,
)
from dokja.errors import ProgrammeError
from dokja.programme.rounding import exactly, settled
from dokja.programme.table import Result
from dokja.programme.wording import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.document.common import Localized
    from dokja.document.round import Item, RoundFile
    from dokja.document.what_if import RuleChange
    from dokja.programme.what_if.base import Base, Trial

__all__ = ["changed", "value_behind"]


def changed(base: Base, changes: Sequence[RuleChange]) -> Trial:
    """Make changes in a round, one after the other.

    Parameters
    ----------
    base
        The round as it stands.
    changes
        What is changed.

    Returns
    -------
    Trial
        Published points of a changed item, and of every sum above it, are taken out, because they
        were published under the old rules. A published raw value stays.

    Raises
    ------
    ProgrammeError
        If a change names what the round does not have, or weights do not add up.
    """
    now = base.trial
    for change in changes:
        if isinstance(change, FormulaChange):
            now = _formula(base, now, change)
        elif isinstance(change, WeightChange):
            now = _weight(now, change)
        elif isinstance(change, RoundingChange):
            found = now.found.model_copy(update={"rounding": change.rounding})
            now = replace(now, found=_without(found, (), orders=True), touched=None)
        else:
            now = _left_out(now, change)
    _check_shares(now)
    return now


def _item(found: RoundFile, name: str) -> Item:
    item = next((item for item in found.items if item.id == name), None)
    if item is None:
        raise ProgrammeError(
            f"there is no item {name!r} in the round",
            uri=found.id,
            hint="Give the id of an item, as the round file has it.",
        )
    return item


def _with_item(found: RoundFile, item: Item) -> RoundFile:
    items = tuple(item if one.id == item.id else one for one in found.items)
    return found.model_copy(update={"items": items})


def _scored_anew(now: Trial, found: RoundFile, item: str, rows: tuple[Result, ...]) -> Trial:
    touched = None if now.touched is None else now.touched | {item}
    found = _without(found, [item], orders=True)
    return replace(now, found=found, rows={**now.rows, item: rows}, touched=touched)


# -- facts that no longer hold --------------------------------------------------------------------


def _without(found: RoundFile, items: Sequence[str], *, orders: bool) -> RoundFile:
    """Take out what was published of changed items and of the sums above them."""
    own = [item for item in found.items if item.id in items]
    stale = {item.id for item in own} | {item.block for item in own}
    stale |= {f"{item.id}.{sub.id}" for item in own for sub in item.sub_items}
    facts = []
    for fact in found.facts:
        of = getattr(fact, "of", "")
        gone = isinstance(fact, ScoreFact) and (of in stale or (of == "total" and bool(items)))
        gone |= isinstance(fact, TopFact) and (of in stale or of == "total")
        gone |= isinstance(fact, OrderFact) and orders and of == "total"
        if not gone:
            facts.append(fact)
    return found.model_copy(update={"facts": tuple(facts)})


# -- formulas -------------------------------------------------------------------------------------


@exactly
def value_behind(item: Item, points: Decimal) -> Decimal | None:
    """Return a value that gives published points, where only these are known.

    Parameters
    ----------
    item
        The item, with the formula under which the points were given.
    points
        Points, as they were rounded.

    Returns
    -------
    decimal.Decimal or None
        None where points do not tell the value. For the best team's share any scale will do, and
        100 stands for the best.
    """
    formula = item.formula
    full = None
    if isinstance(formula, Points):
        return points
    if isinstance(formula, Share):
        full = formula.full
    elif isinstance(formula, WorldBest):
        full = formula.value
    elif isinstance(formula, BestTeamFull):
        full = Decimal(100)
    elif isinstance(formula, ScaledRange):
        return settled(formula.low + points * (formula.high - formula.low) / item.max)
    return None if full is None else settled(points * full / item.max)


def _formula(base: Base, now: Trial, change: FormulaChange) -> Trial:
    item = _item(now.found, change.item)
    rows, notes = now.rows[item.id], now.notes
    derived = []
    for team, score in base.now.scores.items():
        one = score.items[item.id]
        if one.value is not None or not isinstance(one.score, Known):
            continue
        value = value_behind(item, one.score.value)
        if value is not None:
            derived.append(_derived(team, item.id, value))
    if derived:
        teams = {result.team for result in derived}
        rows = (*(row for row in rows if row.team not in teams), *derived)
        notes = (*notes, _derived_note(item))
    found = _with_item(now.found, item.model_copy(update={"formula": change.formula}))
    return replace(_scored_anew(now, found, item.id, rows), notes=notes)


def _derived(team: str, item: str, value: Decimal) -> Result:
    return Result(
        team=team,
        item=item,
        benchmark=None,
        run=None,
        rater=None,
        value=value,
        unit="points",
        by="unknown",
        lower=None,
        protocol=None,
        where="published points",
        confidence="inferred",
    )


def _derived_note(item: Item) -> Localized:
    return say(
        f"{item.title.en}: raw values were not published and are taken back from rounded points.",
        f"{item.title.ko}: 원점수가 공개되지 않아 반올림된 점수에서 거꾸로 계산했습니다.",
    )


# -- weights --------------------------------------------------------------------------------------


def _weight(now: Trial, change: WeightChange) -> Trial:
    known = {block.id for block in now.found.blocks} | {item.id for item in now.found.items}
    if change.of not in known:
        raise ProgrammeError(
            f"there is no block or item {change.of!r} in the round",
            hint="Give the id of a block or an item, as the round file has it.",
        )
    return replace(now, shares={**now.shares, change.of: change.share})


def _check_shares(now: Trial) -> None:
    found, shares = now.found, now.shares
    groups = [("the total", [block.id for block in found.blocks])]
    for block in found.blocks:
        mine = [item.id for item in found.items if item.block == block.id]
        groups.append((f"the block {block.id!r}", [name for name in mine if name != block.id]))
    for what, names in groups:
        named = [shares[name] for name in names if name in shares]
        whole = sum(named, Decimal(0))
        if named and (whole > 100 or (len(named) == len(names) and whole != 100)):
            raise ProgrammeError(
                f"the shares of {what} add up to {whole:f} %, not to 100 %",
                hint="Name fewer of them; the others share what is left in their present ratio.",
            )


# -- raters and benchmarks ------------------------------------------------------------------------


def _left_out(now: Trial, change: RaterLeftOut | BenchmarkLeftOut) -> Trial:
    found, item = now.found, _item(now.found, change.item)
    rows = now.rows[item.id]
    if isinstance(change, RaterLeftOut):
        kept = tuple(row for row in rows if row.rater != change.rater)
        missing = f"no mark of {change.rater!r}"
    else:
        kept = tuple(row for row in rows if row.benchmark != change.benchmark)
        missing = f"no result on {change.benchmark!r}"
        found = _with_item(found, _without_benchmark(item, change.benchmark))
    if len(kept) == len(rows):
        raise ProgrammeError(
            f"the item {item.id!r} has {missing}, so it cannot be left out",
            hint="Name one of the raters or benchmarks that the results of the item have.",
        )
    return _scored_anew(now, found, item.id, kept)


def _without_benchmark(item: Item, benchmark: str) -> Item:
    formula = item.formula
    if isinstance(formula, OwnOverTarget):
        left = tuple(target for target in formula.targets if target.benchmark != benchmark)
        formula = formula.model_copy(update={"targets": left})
    marks = tuple(mark for mark in item.benchmarks if mark.id != benchmark)
    return item.model_copy(update={"formula": formula, "benchmarks": marks})
