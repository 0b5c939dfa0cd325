"""Rules worth trying on a round: other formulas, weights, rounding, without a rater or benchmark.

The module knows which changes a round allows, never what comes of them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, get_args

from dokja.document.number import Known, written
from dokja.document.round_rules import (
    BestTeamFull,
    MinMax,
    OwnOverTarget,
    Points,
    Rounding,
    ScaledRange,
    Share,
    WorldBest,
)
from dokja.document.what_if import (
    BenchmarkLeftOut,
    FormulaChange,
    RaterLeftOut,
    RoundingChange,
    Scenario,
    WeightChange,
)
from dokja.programme.parts import total_max
from dokja.programme.rounding import exactly, round_to
from dokja.programme.what_if.change import value_behind
from dokja.programme.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dokja.document.common import Localized
    from dokja.document.round import Item, RoundFile
    from dokja.document.round_rules import Formula
    from dokja.document.what_if import Reference
    from dokja.programme.what_if.base import Base

__all__ = ["default_scenarios", "formula_words"]

_HUNDRED: Final = Decimal(100)
_MODES: Final = get_args(Rounding.model_fields["mode"].annotation)
_MODE_WORDS: Final = {
    "half_up": ("halves up", "반올림"),
    "half_even": ("halves to even", "짝수로 반올림"),
    "half_down": ("halves down", "반내림"),
    "down": ("cut off", "버림"),
    "up": ("always up", "올림"),
}
_STAGES: Final = {
    "item": ("at each item", "항목별"),
    "block": ("at each block", "영역별"),
    "total": ("at the total alone", "총점에서만"),
}


def default_scenarios(
    base: Base, references: Sequence[Reference] = (), *, swing: Decimal = Decimal(20)
) -> tuple[Scenario, ...]:
    """List the changes that a round allows, one at a time.

    Parameters
    ----------
    base
        The round as it stands.
    references
        Named models of the world to scale by.
    swing
        By how many percent of itself each weight is moved down and up.

    Returns
    -------
    tuple of Scenario
        Formulas, weights, raters, benchmarks, rounding, in this order.
    """
    return (
        *_formulas(base, references),
        *_weights(base.found, swing),
        *_raters(base),
        *_benchmarks(base),
        *_roundings(base.found),
    )


# -- formulas -------------------------------------------------------------------------------------


def formula_words(formula: Formula) -> Localized:
    """Name a formula in a few words.

    Parameters
    ----------
    formula
        The formula.

    Returns
    -------
    Localized
        Such as ``best team = full marks``.
    """
    if isinstance(formula, Share):
        full = written(formula.full)
        return say(f"value × maximum / {full}", f"값 × 배점 / {full}")
    if isinstance(formula, ScaledRange):
        low, high = written(formula.low), written(formula.high)
        return say(f"from {low} = 0 to {high} = full marks", f"{low} = 0점, {high} = 만점")
    if isinstance(formula, WorldBest):
        value = written(formula.value)
        return say(
            f"{formula.reference} ({value}) = full marks", f"{formula.reference}({value}) = 만점"
        )
    return {
        "best_team_full": say("best team = full marks", "최고 팀 = 만점"),
        "min_max": say("best team = full marks, worst = 0", "최고 팀 = 만점, 최저 팀 = 0점"),
        "own_over_target": say("own value over its target", "목표 모델 대비 비율"),
        "points": say("points as given", "부여된 점수 그대로"),
    }[formula.kind]


def _formulas(base: Base, references: Sequence[Reference]) -> Iterator[Scenario]:
    for item in base.found.items:
        values = _values(base, item)
        if values is None:
            continue
        whole = all(score.items[item.id].value is not None for score in base.now.scores.values())
        for name, formula in _others(item, values, references, whole=whole):
            words = formula_words(formula)
            yield Scenario(
                id=f"formula:{item.id}:{name}",
                group="formula",
                of=item.id,
                label=say(f"{item.title.en}: {words.en}", f"{item.title.ko}: {words.ko}"),
                changes=(FormulaChange(item=item.id, formula=formula),),
            )


def _values(base: Base, item: Item) -> list[Decimal] | None:
    """Return the values of all teams, taken back from points where need be."""
    values = []
    for score in base.now.scores.values():
        one = score.items[item.id]
        value = one.value
        if value is None and isinstance(one.score, Known):
            value = value_behind(item, one.score.value)
        if value is None:
            return None
        values.append(value)
    return values


def _others(
    item: Item, values: Sequence[Decimal], references: Sequence[Reference], *, whole: bool
) -> Iterator[tuple[str, Formula]]:
    now = item.formula
    # Only a share and a range can turn a benchmark round on which less is better.
    turned = any(mark.lower_is_better for mark in item.benchmarks)
    yield from _fixed(item, max(values) if whole else None)
    if not (turned or isinstance(now, MinMax | BestTeamFull)) and max(values) > 0:
        yield "best_team_full", BestTeamFull(kind="best_team_full")
    if not (turned or isinstance(now, MinMax)) and max(values) > min(values):
        yield "min_max", MinMax(kind="min_max")
    if turned or isinstance(now, Points | BestTeamFull | OwnOverTarget):
        return
    for one in references:
        if one.item == item.id:
            world = WorldBest(kind="world_best", reference=one.name, value=one.value)
            yield f"world_best:{one.name}", world


def _fixed(item: Item, largest: Decimal | None) -> Iterator[tuple[str, Formula]]:
    """Yield scales that do not depend on what other teams reached."""
    now, scale = item.formula, item.raters.scale if item.raters is not None else None
    full = scale.high if scale is not None else _HUNDRED
    # Values taken back from points of such a formula have no scale of their own.
    if isinstance(now, BestTeamFull | MinMax) and largest is not None and largest <= full:
        yield "share", Share(kind="share", full=full)
    if scale is not None and isinstance(now, Share):
        yield "range", ScaledRange(kind="range", low=scale.low, high=scale.high)


# -- weights --------------------------------------------------------------------------------------


def _weights(found: RoundFile, swing: Decimal) -> Iterator[Scenario]:
    whole = total_max(found)
    titles = {block.id: block.title for block in found.blocks}
    for block in found.blocks if len(found.blocks) > 1 else ():
        yield from _moved(block.id, titles[block.id], block.max * _HUNDRED / whole, swing)
    for block in found.blocks:
        mine = [item for item in found.items if item.block == block.id]
        for item in mine if len(mine) > 1 else ():
            share = item.max * _HUNDRED / block.max
            yield from _moved(item.id, item.title, share, swing, of=titles[block.id])


@exactly
def _moved(
    name: str, title: Localized, share: Decimal, swing: Decimal, *, of: Localized | None = None
) -> list[Scenario]:
    found = []
    for key, factor in (("down", _HUNDRED - swing), ("up", _HUNDRED + swing)):
        to = min(round_to(share * factor / _HUNDRED, 6).normalize(), _HUNDRED)
        shown = written(round_to(to, 2).normalize())
        what = say("the total", "총점") if of is None else of
        found.append(
            Scenario(
                id=f"weight:{name}:{key}",
                group="weight",
                of=name,
                label=say(
                    f"{title.en}: {shown} % of {what.en}", f"{title.ko}: {what.ko}의 {shown}%"
                ),
                changes=(WeightChange(of=name, share=Decimal(written(to))),),
            )
        )
    return found


# -- raters and benchmarks ------------------------------------------------------------------------


def _raters(base: Base) -> Iterator[Scenario]:
    for item in base.found.items:
        names = {row.rater for row in base.trial.rows[item.id] if row.rater is not None}
        for name in sorted(names) if item.raters is not None and len(names) > 1 else ():
            yield Scenario(
                id=f"rater:{item.id}:{name}",
                group="rater",
                of=item.id,
                label=say(f"{item.title.en}: without {name}", f"{item.title.ko}: {name} 제외"),
                changes=(RaterLeftOut(item=item.id, rater=name),),
            )


def _benchmarks(base: Base) -> Iterator[Scenario]:
    for item in base.found.items:
        names = {row.benchmark for row in base.trial.rows[item.id] if row.benchmark is not None}
        for name in sorted(names) if len(names) > 1 else ():
            yield Scenario(
                id=f"benchmark:{item.id}:{name}",
                group="benchmark",
                of=item.id,
                label=say(f"{item.title.en}: without {name}", f"{item.title.ko}: {name} 제외"),
                changes=(BenchmarkLeftOut(item=item.id, benchmark=name),),
            )


# -- rounding -------------------------------------------------------------------------------------


def _roundings(found: RoundFile) -> Iterator[Scenario]:
    rules = found.rounding
    nothing = say("No rounding", "반올림 없음")
    if not rules:
        return
    yield _rounding("none", nothing, ())
    for mode in _MODES:
        if any(rule.mode != mode for rule in rules):
            en, ko = _MODE_WORDS[mode]
            changed = tuple(rule.model_copy(update={"mode": mode}) for rule in rules)
            yield _rounding(f"mode:{mode}", say(f"Rounding: {en}", f"반올림 방식: {ko}"), changed)
    for step in (-1, 1):
        changed = tuple(rule.model_copy(update={"digits": rule.digits + step}) for rule in rules)
        if all(0 <= rule.digits <= 12 for rule in changed) and _fits(found, changed):
            digits = "/".join(str(rule.digits) for rule in changed)
            label = say(f"Rounding: {digits} digits", f"반올림 자릿수: {digits}")
            yield _rounding(f"digits:{step:+d}", label, changed)
    yield from _stages(rules)


def _stages(rules: Sequence[Rounding]) -> Iterator[Scenario]:
    if len({rule.stage for rule in rules}) != 1 or any(rule.only for rule in rules):
        return
    for stage, (en, ko) in _STAGES.items():
        if rules[0].stage != stage:
            changed = tuple(rule.model_copy(update={"stage": stage}) for rule in rules)
            yield _rounding(f"stage:{stage}", say(f"Rounding {en}", f"반올림 단계: {ko}"), changed)


def _fits(found: RoundFile, rules: Sequence[Rounding]) -> bool:
    """Tell whether no maximum has more digits than would be kept, which it must not."""
    least = min(rule.digits for rule in rules)
    maxima = [block.max for block in found.blocks]
    for item in found.items:
        maxima += [item.max, *(sub.max for sub in item.sub_items)]
    return all(round_to(most, least) == most for most in maxima)


def _rounding(key: str, label: Localized, rules: tuple[Rounding, ...]) -> Scenario:
    changes = (RoundingChange(rounding=rules),)
    return Scenario(id=f"rounding:{key}", group="rounding", label=label, changes=changes)
