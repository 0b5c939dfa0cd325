"""Defects of meaning in a round file: names that do not exist, sums that do not add up.

The module knows what makes a round contradict itself, never whether a round is fair.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from dokja.document.number import written
from dokja.document.round_rules import (
    OwnOverTarget,
    Points,
    ScaledRange,
    Share,
    SumOf,
    TrimmedMean,
)
from dokja.programme.facts_check import fact_defects
from dokja.programme.parts import total_max

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dokja.document.round import Item, RoundFile
    from dokja.document.round_rules import Raters

__all__ = ["Defect", "defects_of"]

Defect = tuple[tuple[str | int, ...], str]
"""Where, and what is wrong there."""


def defects_of(
    found: RoundFile, *, partial: bool = False, known: frozenset[str] = frozenset()
) -> list[Defect]:
    """Find everything in which a round contradicts itself.

    Parameters
    ----------
    found
        A round that fits its schema.
    partial
        Whether broken members were taken out before, so that sums say nothing.
    known
        Names that exist although they were taken out.

    Returns
    -------
    list
        Places and sentences, in the order of the file's parts; empty if all is well.
    """
    defects = [*_duplicates(found), *_items(found, known), *_rules(found, known)]
    defects += _dates(found)
    defects += fact_defects(found, known)
    if not partial:
        defects += _sums(found)
    return defects


def _twice(members: Sequence[Any], *at: str | int) -> Iterator[Defect]:
    seen: set[str] = set()
    for step, member in enumerate(members):
        if member.id in seen:
            yield (*at, step, "id"), f"the id {member.id!r} stands twice"
        seen.add(member.id)


def _duplicates(found: RoundFile) -> Iterator[Defect]:
    for field in ("sources", "teams", "blocks", "items", "gates", "facts", "amendments"):
        members: Sequence[Any] = getattr(found, field)
        yield from _twice(members, field)
    for at, item in enumerate(found.items):
        for field, parts in (("sub_items", item.sub_items), ("benchmarks", item.benchmarks)):
            yield from _twice(parts, "items", at, field)
    for field in ("blocks", "items"):
        for step, member in enumerate(getattr(found, field)):
            if member.id == "total":
                yield (field, step, "id"), "the name 'total' means the sum of all blocks"
    yield from _shared_names(found)


def _shared_names(found: RoundFile) -> Iterator[Defect]:
    """Let a block and an item share a name only where they are the same thing."""
    count = Counter(item.block for item in found.items)
    blocks = {block.id for block in found.blocks}
    for step, item in enumerate(found.items):
        if item.block not in blocks:
            continue
        if item.id in blocks and (item.block != item.id or count[item.id] != 1):
            yield (
                ("items", step, "id"),
                f"{item.id!r} is also a block of which this is not the only item",
            )


# -- items and rules ------------------------------------------------------------------------------


def _items(found: RoundFile, known: frozenset[str]) -> Iterator[Defect]:
    blocks = {block.id for block in found.blocks} | known
    teams = {team.id for team in found.teams} | known
    sources = {source.id for source in found.sources} | known
    for step, item in enumerate(found.items):
        at = ("items", step)
        if item.block not in blocks:
            yield (*at, "block"), f"there is no block {item.block!r}"
        if item.source is not None and item.source not in sources:
            yield (*at, "source"), f"there is no source {item.source!r}"
        for path, words in (*_formula(item, teams), *_marks(item), *_shape(item)):
            yield (*at, *path), words


def _formula(item: Item, teams: set[str]) -> Iterator[Defect]:
    formula = item.formula
    if isinstance(formula, ScaledRange) and formula.low >= formula.high:
        yield ("formula", "low"), "must be less than high"
    scale = item.raters.scale if item.raters is not None else None
    if isinstance(formula, Share) and scale is not None and scale.high > formula.full:
        yield ("formula", "full"), f"is less than the highest mark, {written(scale.high)}"
    if not isinstance(formula, OwnOverTarget):
        return
    benchmarks = {benchmark.id for benchmark in item.benchmarks}
    seen = set()
    for step, target in enumerate(formula.targets):
        if target.team not in teams:
            yield ("formula", "targets", step, "team"), f"there is no team {target.team!r}"
        if target.benchmark is not None and benchmarks and target.benchmark not in benchmarks:
            yield (
                ("formula", "targets", step, "benchmark"),
                f"the item has no benchmark {target.benchmark!r}",
            )
        if (target.team, target.benchmark) in seen:
            yield ("formula", "targets", step), "the same team and benchmark stand twice"
        seen.add((target.team, target.benchmark))


def _marks(item: Item) -> Iterator[Defect]:
    raters = item.raters
    for field, rule in (("raters", raters), ("runs", item.runs)):
        bounded = isinstance(item.formula, Share | ScaledRange | Points)
        if rule is not None and isinstance(rule.combine, SumOf) and bounded:
            yield (field, "combine"), "a sum has no fixed maximum; this formula needs a mean"
    if raters is not None:
        yield from _rated(item, raters)


def _rated(item: Item, raters: Raters) -> Iterator[Defect]:
    if raters.scale is not None and raters.scale.low >= raters.scale.high:
        yield ("raters", "scale", "low"), "must be less than high"
    if raters.over == "sub_item" and not item.sub_items:
        yield ("raters", "over"), "the item has no sub-items"
    if item.sub_items and raters.over == "total" and not isinstance(item.formula, Points):
        yield ("raters", "over"), "marks can be added over sub-items only if they are points"
    combine = raters.combine
    if isinstance(combine, TrimmedMean) and raters.planned is not None:
        dropped = combine.drop_lowest + combine.drop_highest
        if dropped >= raters.planned:
            yield ("raters", "combine"), f"drops {dropped} of {raters.planned} marks"


def _shape(item: Item) -> Iterator[Defect]:
    if item.sub_items and item.benchmarks:
        yield ("sub_items",), "an item has either sub-items or benchmarks"
    if item.sub_items and item.raters is None and item.runs is not None:
        yield ("runs",), "an item of sub-items has no runs"
    if any(benchmark.lower_is_better for benchmark in item.benchmarks) and not _turns(item):
        yield ("benchmarks",), "lower_is_better needs the formula share, range or ratios to targets"
    weighted = [benchmark.weight is not None for benchmark in item.benchmarks]
    if any(weighted) and not all(weighted):
        yield ("benchmarks",), "either all benchmarks have a weight or none"


def _turns(item: Item) -> bool:
    """Whether the formula can turn a benchmark round on which less is better."""
    formula = item.formula
    if isinstance(formula, OwnOverTarget):
        return formula.of == "ratios"
    return isinstance(formula, Share | ScaledRange)


def _rules(found: RoundFile, known: frozenset[str]) -> Iterator[Defect]:
    names = {block.id for block in found.blocks} | {item.id for item in found.items} | known
    if found.advance is not None and found.selection is not None:
        yield ("selection",), "a round has either places by rank or an additional selection"
    if found.advance is not None and not found.items:
        yield ("advance",), "there are no items to rank by"
    named: list[tuple[tuple[str | int, ...], Sequence[str]]] = [
        (("rounding", step, "only"), rule.only) for step, rule in enumerate(found.rounding)
    ]
    if found.advance is not None:
        named.append((("advance", "tie_break"), found.advance.tie_break))
    for place, used in named:
        for at, name in enumerate(used):
            if name not in names:
                yield (*place, at), f"there is no item or block {name!r}"
    yield from _roundings(found)


def _roundings(found: RoundFile) -> Iterator[Defect]:
    seen = set()
    for step, rule in enumerate(found.rounding):
        for name in rule.only or ("",):
            if (rule.stage, name) in seen:
                yield ("rounding", step), f"the stage {rule.stage!r} is rounded twice"
            seen.add((rule.stage, name))


# -- dates and sums -------------------------------------------------------------------------------


def _dates(found: RoundFile) -> Iterator[Defect]:
    for step, event in enumerate(found.schedule):
        if event.closes is not None and event.closes < event.opens:
            yield ("schedule", step, "closes"), "lies before opens"
    times = found.objections
    if times is not None and times.opens and times.closes and times.closes < times.opens:
        yield ("objections", "closes"), "lies before opens"
    days = [amendment.on for amendment in found.amendments]
    for step, (before, after) in enumerate(pairwise(days), start=1):
        if after < before:
            yield ("amendments", step, "on"), "lies before the amendment above it"


def _sums(found: RoundFile) -> Iterator[Defect]:
    for step, block in enumerate(found.blocks):
        items = [item.max for item in found.items if item.block == block.id]
        if items and sum(items) != block.max:
            yield (
                ("blocks", step, "max"),
                f"is {written(block.max)}, but its items add up to {written(_sum(items))}",
            )
        if not items:
            yield ("blocks", step), "has no items"
    for step, item in enumerate(found.items):
        parts = [sub.max for sub in item.sub_items]
        if parts and sum(parts) != item.max:
            yield (
                ("items", step, "max"),
                f"is {written(item.max)}, but its sub-items add up to {written(_sum(parts))}",
            )
    total = total_max(found)
    if found.total_max is not None and found.total_max != total:
        yield (
            ("total_max",),
            f"is {written(found.total_max)}, but the blocks add up to {written(total)}",
        )
    yield from _coarse(found)


def _sum(values: Iterable[Decimal]) -> Decimal:
    return sum(values, Decimal(0))


def _coarse(found: RoundFile) -> Iterator[Defect]:
    """Find maxima that rounding does not keep, and so could exceed."""
    members = {
        "item": [(item.id, item.max) for item in found.items],
        "sub_item": [(item.id, sub.max) for item in found.items for sub in item.sub_items],
        "block": [(block.id, block.max) for block in found.blocks],
        "total": [("", total_max(found))],
    }
    for step, rule in enumerate(found.rounding):
        for name, most in members.get(rule.stage, ()):
            if rule.only and name not in rule.only:
                continue
            if -int(most.normalize().as_tuple().exponent) > rule.digits:
                yield (
                    ("rounding", step, "digits"),
                    f"a maximum of {written(most)} has more digits than are kept",
                )
