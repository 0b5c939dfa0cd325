"""How far one number must be moved before the places change hands.

The module searches along one number at a time; it never says where that number should be.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Final, Literal

from dokja.document.number import Known, written
from dokja.document.round_rules import Share, WorldBest
from dokja.document.what_if import BreakEven
from dokja.programme.parts import total_max
from dokja.programme.rounding import exactly, tidy, total
from dokja.programme.what_if.parts_known import known_blocks, known_parts
from dokja.programme.what_if.run import short
from dokja.programme.wording import say, title_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dokja.document.common import Localized
    from dokja.document.round import Item, RoundFile
    from dokja.programme.what_if.base import Base, Sides
    from dokja.programme.what_if.parts_known import KnownPart

__all__ = ["DEFAULT_DIGITS", "break_evens", "last_that_holds"]

DEFAULT_DIGITS: Final = 4
"""Digits after the point to which a break-even point is found."""

_HUNDRED: Final = Decimal(100)
_FURTHEST: Final = 1000
"""A divisor is looked for up to so many times what it is."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One number that is moved, and the totals that it leads to."""

    parameter: Literal["divisor", "block_share", "item_share"]
    of: str
    title: Localized
    now: Decimal
    low: Decimal
    high: Decimal
    totals: Callable[[Decimal], Mapping[str, Decimal]]
    blur: Decimal
    """By how much rounding can move the margin."""


def last_that_holds(
    holds: Callable[[Decimal], bool], start: Decimal, end: Decimal, digits: int
) -> tuple[Decimal, Decimal] | None:
    """Search from a value at which something holds for the last one at which it does.

    Parameters
    ----------
    holds
        Whether it holds; once it does not, it never does again towards the end.
    start
        A value at which it holds.
    end
        Where the search stops, on either side.
    digits
        Digits after the point.

    Returns
    -------
    tuple of decimal.Decimal or None
        The last value that holds and the first that does not, at most one unit of the last digit
        apart; None if it holds to the end.

    Notes
    -----
    Bisection over whole units of the last digit, so that the answer is exact in so many digits.

    Examples
    --------
    >>> last_that_holds(lambda x: x * x < 2, Decimal(1), Decimal(2), 3)
    (Decimal('1.414'), Decimal('1.415'))
    """
    unit = Decimal(1).scaleb(-digits)
    sign = 1 if end >= start else -1
    # Whole units between both ends, the nearer one at or before the start.
    first = _units(start / unit, down=end >= start)
    n_steps = abs(_units(end / unit, down=end >= start) - first)

    def at(step: int) -> Decimal:
        return start if step == 0 else (first + sign * step) * unit

    good, bad = 0, n_steps
    if n_steps == 0 or holds(at(n_steps)):
        return None
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if holds(at(middle)) else (good, middle)
    return at(good), at(bad)


def _units(value: Decimal, *, down: bool) -> int:
    return int(value.to_integral_value(ROUND_FLOOR if down else ROUND_CEILING))


@exactly
def break_evens(base: Base, *, digits: int = DEFAULT_DIGITS) -> tuple[BreakEven, ...]:
    """Find for each divisor and weight where the places change hands.

    Parameters
    ----------
    base
        The round as it stands.
    digits
        Digits after the point.

    Returns
    -------
    tuple of BreakEven
        Down and up from each number; empty where today's places are open or a total is unknown.

    Notes
    -----
    Along each of these numbers a team's total is linear in the number or in its inverse, so that
    the margin, a least difference of such totals, is concave: it leaves zero once and does not
    come back, and bisection finds where. Points of the item in question are not rounded
    meanwhile, since rounding makes steps; the values between which rounding can decide are given
    beside. Divisors are searched from the largest value of a team, where the maximum cuts in.
    """
    if base.sides is None:
        return ()
    scores = base.now.scores.values()
    if not all(isinstance(s.total, Known) and s.total.basis == "computed" for s in scores):
        return ()
    return tuple(
        _search(base.found, base.sides, line, end, digits)
        for line in _lines(base)
        for end in (line.low, line.high)
        if end != line.now
    )


def _lines(base: Base) -> Iterator[_Line]:
    found = base.found
    for item in found.items:
        line = _divisor(base, item)
        if line is not None:
            yield line
    blocks = known_blocks(found, base.now.scores) or []
    for part in blocks if len(blocks) > 1 else ():
        yield _share(part, blocks, total_max(found), {}, "block_share")
    items = {part.name: part for part in known_parts(found, base.now.scores)}
    for block in blocks:
        mine = [items[i.id] for i in found.items if i.block == block.name and i.id in items]
        inner = [part for part in mine if part.level == "item"]
        rest = {
            team: total(b.points[team] for b in blocks if b.name != block.name)
            for team in block.points
        }
        for part in inner if len(inner) > 1 else ():
            yield _share(part, inner, block.max, rest, "item_share")


def _divisor(base: Base, item: Item) -> _Line | None:
    """Move what gives full marks on an item."""
    formula = item.formula
    if not isinstance(formula, Share | WorldBest):
        return None
    now = formula.full if isinstance(formula, Share) else formula.value
    values: dict[str, Decimal] = {}
    rest: dict[str, Decimal] = {}
    for team, score in base.now.scores.items():
        one = score.items[item.id]
        if one.value is None or not isinstance(one.score, Known):
            return None
        assert isinstance(score.total, Known)
        values[team] = one.value
        rest[team] = score.total.value - one.score.value
    largest = max(values.values())
    if largest <= 0 or largest > now:
        return None

    def totals(divisor: Decimal) -> Mapping[str, Decimal]:
        return {t: rest[t] + value * item.max / divisor for t, value in values.items()}

    return _Line(
        "divisor", item.id, item.title, now, largest, now * _FURTHEST, totals, _blur(base, item)
    )


def _blur(base: Base, item: Item) -> Decimal:
    """Return by how much rounding of an item and of the sums above it can move a difference."""
    moved = Decimal(0)
    names = {"item": item.id, "block": item.block, "total": "total"}
    for stage, name in names.items():
        rules = [rule for rule in base.found.rounding if rule.stage == stage]
        rule = next((rule for rule in rules if name in rule.only), None)
        rule = rule or next((rule for rule in rules if not rule.only), None)
        if rule is not None:
            # Half a unit for each of two teams; a whole one where all goes one way.
            moved += Decimal(1).scaleb(-rule.digits)
    return moved


def _share(
    part: KnownPart,
    parts: Sequence[KnownPart],
    most: Decimal,
    rest: Mapping[str, Decimal],
    parameter: Literal["block_share", "item_share"],
) -> _Line:
    """Move the share of one part, while the others keep their ratio."""
    others = [other for other in parts if other.name != part.name]
    others_max = total(other.max for other in others)

    def totals(share: Decimal) -> Mapping[str, Decimal]:
        own = share * most / _HUNDRED
        left = (most - own) / others_max
        return {
            team: rest.get(team, Decimal(0))
            + points * own / part.max
            + total(other.points[team] for other in others) * left
            for team, points in part.points.items()
        }

    now = part.max * _HUNDRED / most
    return _Line(parameter, part.name, part.title, now, Decimal(0), _HUNDRED, totals, Decimal(0))


# -- searching ------------------------------------------------------------------------------------


def _search(found: RoundFile, sides: Sides, line: _Line, end: Decimal, digits: int) -> BreakEven:
    def at_least(least: Decimal) -> tuple[Decimal, Decimal] | None:
        return last_that_holds(
            lambda value: _margin(sides, line.totals(value)) >= least, line.now, end, digits
        )

    # Without its rounding the number may not give today's places even where it stands.
    stands = _margin(sides, line.totals(line.now)) >= 0
    hit = at_least(Decimal(0)) if stands else None
    zone: tuple[Decimal | None, Decimal | None] = (None, None)
    pair: tuple[str | None, str | None] = (None, None)
    if hit is not None:
        pair = _pair(sides, line.totals(hit[1]))
        if line.blur:
            zone = _zone(line, sides, at_least)
    holds, flips = hit if hit is not None else (None, None)
    return BreakEven(
        parameter=line.parameter,
        of=line.of,
        now=tidy(line.now),
        low=line.low,
        high=line.high,
        direction="up" if end > line.now else "down",
        holds_until=holds,
        flips_from=flips,
        digits=digits,
        inside=pair[0],
        outside=pair[1],
        rounding_low=zone[0],
        rounding_high=zone[1],
        sentence=_sentence(found, line, flips, pair) if stands else _rounded(line),
    )


def _zone(
    line: _Line, sides: Sides, at_least: Callable[[Decimal], tuple[Decimal, Decimal] | None]
) -> tuple[Decimal | None, Decimal | None]:
    """Return between which values rounding can decide."""
    if _margin(sides, line.totals(line.now)) < line.blur:
        return None, None
    near, far = at_least(line.blur), at_least(-line.blur)
    if near is None or far is None:
        return None, None
    return min(near[0], far[1]), max(near[0], far[1])


@exactly
def _margin(sides: Sides, totals: Mapping[str, Decimal]) -> Decimal:
    inside = min(totals[team] for team in sides.inside)
    return tidy(inside - max(totals[team] for team in sides.outside))


def _pair(sides: Sides, totals: Mapping[str, Decimal]) -> tuple[str, str]:
    inside = min(sides.inside, key=lambda team: (totals[team], team))
    outside = max(sides.outside, key=lambda team: (totals[team], team))
    return inside, outside


# -- words ----------------------------------------------------------------------------------------


def _head(line: _Line) -> Localized:
    what = {
        "divisor": say("value for full marks", "만점 기준값"),
        "block_share": say("share of the total in percent", "총점 대비 비중(%)"),
        "item_share": say("share of its block in percent", "영역 내 비중(%)"),
    }[line.parameter]
    now = short(line.now, DEFAULT_DIGITS)
    return say(f"{line.title.en}, {what.en}, now {now}", f"{line.title.ko} {what.ko}, 현재 {now}")


def _rounded(line: _Line) -> Localized:
    head = _head(line)
    return say(
        f"{head.en}: today's places rest on the rounding of points alone.",
        f"{head.ko}: 현재의 진출 여부는 점수 반올림으로 갈립니다.",
    )


def _sentence(
    found: RoundFile,
    line: _Line,
    flips: Decimal | None,
    pair: tuple[str | None, str | None],
) -> Localized:
    head = _head(line)
    if flips is None or pair[0] is None or pair[1] is None:
        return say(
            f"{head.en}: no value searched changes the places.",
            f"{head.ko}: 살펴본 범위에서는 진출 팀이 바뀌지 않습니다.",
        )
    one, other = title_of(found, pair[0]), title_of(found, pair[1])
    at = written(flips)
    return say(
        f"{head.en}: from {at} on, {other.en} stands above {one.en}.",
        f"{head.ko}: {at}부터 순위가 바뀝니다({other.ko} > {one.ko}).",
    )
