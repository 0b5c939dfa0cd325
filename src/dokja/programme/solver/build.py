"""A round's rules and published statements as whole numbers and conditions.

The module knows what a printed figure leaves open, never what follows from several together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Final

from dokja.document.number import Known
from dokja.document.round_facts import (
    AdvanceFact,
    AverageFact,
    GapFact,
    OrderFact,
    OutFact,
    ScoreFact,
    TopFact,
)
from dokja.errors import ProgrammeError
from dokja.programme.bounds import floor_of
from dokja.programme.parts import total_max
from dokja.programme.rounding import exactly
from dokja.programme.solver.problem import Linear, Problem, Spread
from dokja.programme.standing import stand
from dokja.programme.table import make_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dokja.document.results import Entry
    from dokja.document.round import RoundFile
    from dokja.document.round_facts import Fact
    from dokja.document.round_rules import Rounding
    from dokja.programme.solver.problem import Condition
    from dokja.programme.standing import Score

__all__ = ["Grid", "grid_of"]

_MAX_CELLS: Final = 5_000
_MAX_DIGITS: Final = 4
_HALF: Final = Fraction(1, 2)

_STRICT: Final = {
    "half_up": (False, True),
    "down": (False, True),
    "half_down": (True, False),
    "up": (True, False),
    "half_even": (False, False),
}
"""Which end of the room around a rounded number does not belong to it."""

Cell = tuple[str, str]
"""Team and part: an item, a block that is no item, or ``total``."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Points as whole numbers of the last digit that counts."""

    cells: tuple[Cell, ...]
    units: tuple[Fraction, ...]
    """What one step of each cell is worth, in points."""
    problem: Problem
    used: tuple[str, ...]
    """Statements that bind anything."""
    left_out: tuple[str, ...]
    """Statements about parts of items, which are not solved for, or that nobody accepted."""
    exact: bool
    """Whether the conditions say neither more nor less than the rules and statements."""
    digits: int
    """Digits in which points are shown that the round does not round."""

    def number(self, team: str, part: str) -> int:
        """Return the variable of a cell.

        Parameters
        ----------
        team, part
            The cell.

        Returns
        -------
        int
            Its place in `cells`.
        """
        return self.cells.index((team, part))

    @exactly
    def points(self, variable: int, value: int) -> Decimal:
        """Turn a whole number back into points.

        Parameters
        ----------
        variable
            Its variable.
        value
            The whole number.

        Returns
        -------
        decimal.Decimal
            With as many digits as the cell has.
        """
        unit = self.units[variable]
        return (Decimal(value) / Decimal(unit.denominator)).quantize(
            Decimal(1) / Decimal(unit.denominator)
        )


@dataclass(slots=True)
class _Building:
    found: RoundFile
    teams: tuple[str, ...]
    tolerance: Fraction
    tolerant_of: frozenset[str]
    digits: int
    cells: dict[Cell, int] = field(default_factory=dict)
    low: list[int] = field(default_factory=list)
    high: list[int] = field(default_factory=list)
    units: list[Fraction] = field(default_factory=list)
    blurs: list[Fraction] = field(default_factory=list)
    """By how much points can lie beside what is shown of them, where they are not rounded."""
    conditions: list[Condition] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    exact: bool = True


def grid_of(
    found: RoundFile,
    entries: Sequence[Entry] = (),
    *,
    tolerance: Decimal = Decimal(0),
    tolerant_of: Sequence[str] = (),
    without: str | None = None,
    digits: int | None = None,
) -> Grid:
    """Put a round and what was published of it into whole numbers.

    Parameters
    ----------
    found
        The round; its facts count if their marks are accepted.
    entries
        Results that are known besides.
    tolerance
        By how many points a published figure may be off beyond its last digit.
    tolerant_of
        Parts whose figures may; all when empty.
    without
        A fact that is left out.
    digits
        Digits in which points are shown that the round does not round; None for as many as any
        published or rounded score has.

    Returns
    -------
    Grid
        Cells of items before those of blocks and the total.

    Raises
    ------
    ProgrammeError
        If the round has no items, or more cells than can be solved for.

    Notes
    -----
    A printed figure stands for all values that round to it, halves up; an average or a gap is
    one of the rounded points. Where the round does not round an item, its cells are what one
    digit shows of it, and every sum is given the room that hidden digits need.
    """
    if not found.items:
        raise ProgrammeError("the round has no items to solve for", uri=found.id)
    facts = tuple(fact for fact in found.facts if fact.id != without)
    found = found.model_copy(update={"facts": facts})
    teams = tuple(team.id for team in found.teams if team.status == "submitted")
    if len(teams) * (len(found.items) + len(found.blocks) + 1) > _MAX_CELLS:
        raise ProgrammeError(
            f"more than {_MAX_CELLS:,} scores are too many to solve for", uri=found.id
        )
    shown = _finest(found) if digits is None else digits
    building = _Building(found, teams, Fraction(tolerance), frozenset(tolerant_of), shown)
    _cells(building)
    _sums(building)
    _computed(building, stand(found, make_table(found, entries)).scores)
    for fact in facts:
        _fact(building, fact)
    return Grid(
        tuple(building.cells),
        tuple(building.units),
        Problem(tuple(building.low), tuple(building.high), tuple(building.conditions)),
        tuple(building.used),
        tuple(building.left_out),
        building.exact,
        building.digits,
    )


# -- cells ----------------------------------------------------------------------------------------


def _rule(found: RoundFile, stage: str, name: str) -> Rounding | None:
    rules = [rule for rule in found.rounding if rule.stage == stage]
    named = next((rule for rule in rules if name in rule.only), None)
    return named or next((rule for rule in rules if not rule.only), None)


def _finest(found: RoundFile) -> int:
    """Return the digits in which unrounded points are shown: as many as anything that is."""
    digits = [rule.digits for rule in found.rounding]
    digits += [
        _digits(fact.value)
        for fact in found.facts
        if isinstance(fact, ScoreFact) and fact.confidence in found.accept
    ]
    return min(max(digits, default=1), _MAX_DIGITS)


def _cells(building: _Building) -> None:
    found = building.found
    default = building.digits
    items = {item.id for item in found.items}
    parts = [("item", item.id, item.max, floor_of(found, item)) for item in found.items]
    parts += [
        ("block", block.id, block.max, Decimal(0))
        for block in found.blocks
        if block.id not in items
    ]
    parts.append(("total", "total", total_max(found), Decimal(0)))
    for stage, name, most, least in parts:
        rule = _rule(found, stage, name)
        finest = max((r.digits for r in found.rounding if r.stage == "item"), default=default)
        digits = rule.digits if rule is not None else default if stage == "item" else finest
        unit = Fraction(1, 10**digits)
        # Only items have hidden digits of their own; sums have those of their parts.
        blur = unit / 2 if stage == "item" and rule is None else Fraction(0)
        for team in building.teams:
            building.cells[team, name] = len(building.low)
            building.low.append(floor(Fraction(least) / unit))
            building.high.append(ceil(Fraction(most) / unit))
            building.units.append(unit)
            building.blurs.append(blur)


def _sums(building: _Building) -> None:
    """Say that a block is the sum of its items and the total that of the blocks."""
    found = building.found
    items = {item.id: item.block for item in found.items}
    groups = [
        ("block", block.id, [name for name, of in items.items() if of == block.id])
        for block in found.blocks
        if block.id not in items
    ]
    groups.append(("total", "total", [block.id for block in found.blocks]))
    for stage, name, parts in groups:
        for team in building.teams:
            _sum(building, team, (stage, name), parts)


def _sum(building: _Building, team: str, step: tuple[str, str], parts: Sequence[str]) -> None:
    stage, name = step
    own = building.cells[team, name]
    mine = [building.cells[team, part] for part in parts]
    hidden = sum((building.blurs[v] for v in mine), Fraction(0))
    rule = _rule(building.found, stage, name)
    unit = building.units[own]
    down, up = Fraction(0), Fraction(0)
    if rule is not None:
        down, up = _room(rule.mode, unit)
        if rule.mode == "half_even" and any(building.units[v] < unit for v in mine):
            building.exact = False
    elif hidden:
        down = up = unit / 2
    if hidden:
        building.exact = False
        building.blurs[own] = unit / 2 if rule is None else Fraction(0)
    terms = {v: Fraction(1) for v in mine}
    terms[own] = Fraction(-1)
    strict = (False, False) if rule is None or hidden else _STRICT[rule.mode]
    _linear(building, terms, (-down - hidden, up + hidden), strict=strict)


def _room(mode: str, unit: Fraction) -> tuple[Fraction, Fraction]:
    """Return how far below and above a rounded number what was rounded can lie."""
    if mode == "down":
        return Fraction(0), unit
    if mode == "up":
        return unit, Fraction(0)
    return unit / 2, unit / 2


def _linear(
    building: _Building,
    terms: Mapping[int, Fraction],
    between: tuple[Fraction, Fraction],
    *,
    strict: tuple[bool, bool] = (False, False),
    fact: str | None = None,
) -> None:
    """Add a condition on points, in whole numbers of the finest unit among its cells."""
    finest = min(building.units[v] for v in terms)
    weights = tuple((v, int(weight * building.units[v] / finest)) for v, weight in terms.items())
    low, high = _whole(between, finest, strict)
    building.conditions.append(Linear(weights, low, high, fact))


def _whole(
    between: tuple[Fraction, Fraction], unit: Fraction, strict: tuple[bool, bool]
) -> tuple[int, int]:
    low, high = between[0] / unit, between[1] / unit
    first = floor(low) + 1 if strict[0] else ceil(low)
    last = ceil(high) - 1 if strict[1] else floor(high)
    return first, last


# -- what is known --------------------------------------------------------------------------------


def _computed(building: _Building, scores: Mapping[str, Score]) -> None:
    """Hold points that follow from raw values; published ones are held by their statements."""
    for (team, name), variable in building.cells.items():
        figure = scores[team].figure(name)
        if isinstance(figure, Known) and figure.basis == "computed" and name in scores[team].items:
            value = Fraction(figure.value) / building.units[variable]
            nearest = floor(value + _HALF)
            building.low[variable] = building.high[variable] = nearest


def _digits(value: Decimal) -> int:
    return max(-int(value.as_tuple().exponent), 0)


def _printed(
    building: _Building, fact: ScoreFact | AverageFact | GapFact, unit: Fraction, blur: Fraction
) -> tuple[tuple[Fraction, Fraction], tuple[bool, bool]]:
    """Return what a printed figure can stand for, and which end does not belong to it."""
    half = Fraction(1, 2 * 10 ** _digits(fact.value))
    if (unit / (2 * half)).denominator == 1:
        # All digits that there can be were printed.
        half = Fraction(0)
    tolerant = not building.tolerant_of or fact.of in building.tolerant_of
    off = blur + (building.tolerance if tolerant else 0)
    exact = Fraction(fact.value)
    return (exact - half - off, exact + half + off), (False, half > 0)


def _fact(building: _Building, fact: Fact) -> None:
    if fact.confidence not in building.found.accept:
        building.left_out.append(fact.id)
        return
    done = False
    if isinstance(fact, ScoreFact):
        done = _score(building, fact)
    elif isinstance(fact, AverageFact):
        done = _average(building, fact)
    elif isinstance(fact, GapFact):
        done = _gap(building, fact)
    elif isinstance(fact, TopFact | OrderFact):
        done = _ordered(building, fact)
    elif isinstance(fact, AdvanceFact | OutFact):
        done = _places(building, fact)
    (building.used if done else building.left_out).append(fact.id)


def _column(building: _Building, name: str) -> list[int]:
    return [v for team in building.teams if (v := building.cells.get((team, name))) is not None]


def _score(building: _Building, fact: ScoreFact) -> bool:
    variable = building.cells.get((fact.team, fact.of))
    if variable is None:
        return False
    unit = building.units[variable]
    # Of points that are not rounded a cell shows so many digits, however many were printed.
    longer = Fraction(1, 10 ** _digits(fact.value)) < unit
    blur = building.blurs[variable] if longer else Fraction(0)
    between, strict = _printed(building, fact, unit, blur)
    _linear(building, {variable: Fraction(1)}, between, strict=strict, fact=fact.id)
    return True


def _average(building: _Building, fact: AverageFact) -> bool:
    column = _column(building, fact.of)
    if not column:
        return False
    n = len(column)
    unit = min(building.units[v] for v in column) / n
    blur = max(building.blurs[v] for v in column)
    (low, high), strict = _printed(building, fact, unit, blur)
    terms = dict.fromkeys(column, Fraction(1))
    _linear(building, terms, (low * n, high * n), strict=strict, fact=fact.id)
    return True


def _gap(building: _Building, fact: GapFact) -> bool:
    column = _column(building, fact.of)
    if not column:
        return False
    unit = min(building.units[v] for v in column)
    blur = 2 * max(building.blurs[v] for v in column)
    between, strict = _printed(building, fact, unit, blur)
    low, high = _whole(between, unit, strict)
    building.conditions.append(Spread(tuple(column), low, high, fact.id))
    return True


def _ordered(building: _Building, fact: TopFact | OrderFact) -> bool:
    pairs: list[tuple[str, str]] = []
    level: list[tuple[str, str]] = []
    if isinstance(fact, TopFact):
        rest = [team for team in building.teams if team not in fact.teams]
        pairs = [(top, other) for top in fact.teams for other in rest]
        level = [(fact.teams[0], other) for other in fact.teams[1:]]
    else:
        for place, group in enumerate(fact.groups):
            below = [team for later in fact.groups[place + 1 :] for team in later]
            pairs += [(high, low) for high in group for low in below]
    done = [_apart(building, fact, pair, 1) for pair in pairs]
    done += [_apart(building, fact, pair, 0) for pair in level]
    return any(done)


def _apart(
    building: _Building, fact: TopFact | OrderFact, pair: tuple[str, str], least: int
) -> bool:
    one, other = (building.cells.get((team, fact.of)) for team in pair)
    if one is None or other is None:
        return False
    unit, blur = building.units[one], building.blurs[one]
    # Where digits are hidden, what is shown may be level, or one apart though level was said.
    low = Fraction(0) if blur else unit * least
    high = unit * (building.high[one] + 1) if least else 2 * blur
    terms = {one: Fraction(1), other: Fraction(-1)}
    _linear(building, terms, (low if least else -2 * blur, high), fact=fact.id)
    return True


def _places(building: _Building, fact: AdvanceFact | OutFact) -> bool:
    """Say that who went on had no fewer points than who fell by score."""
    if isinstance(fact, AdvanceFact) or fact.by != "score":
        # Said once, with the team that fell.
        return isinstance(fact, AdvanceFact)
    own = building.cells.get((fact.team, "total"))
    ahead = {
        team
        for other in building.found.facts
        if isinstance(other, AdvanceFact) and other.confidence in building.found.accept
        for team in other.teams
    }
    over = [v for team in sorted(ahead) if (v := building.cells.get((team, "total"))) is not None]
    for variable in over if own is not None else ():
        assert own is not None
        blur = 2 * building.blurs[own]
        high = building.units[own] * (building.high[own] + 1)
        terms = {variable: Fraction(1), own: Fraction(-1)}
        _linear(building, terms, (-blur, high), fact=fact.id)
    return own is not None and bool(over)
