"""A round's rules and published statements as whole numbers and conditions.

The module knows sums, maxima and rounding, never what follows from all of it together.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Final

from dokja.document.number import Known
from dokja.document.round_facts import ScoreFact
from dokja.errors import ProgrammeError
from dokja.programme.bounds import floor_of
from dokja.programme.parts import total_max
from dokja.programme.rounding import exactly
from dokja.programme.solver.building import Building, add_sum, digits_of
from dokja.programme.solver.problem import Problem
from dokja.programme.solver.statements import add_fact
from dokja.programme.standing import stand
from dokja.programme.table import make_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dokja.document.results import Entry
    from dokja.document.round import RoundFile
    from dokja.document.round_rules import Rounding
    from dokja.programme.solver.building import Cell
    from dokja.programme.standing import Score

__all__ = ["Grid", "grid_of"]

_MAX_CELLS: Final = 1_500
"""Scores of a round: the bounds of all are kept for every value that is tried at once."""
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


def grid_of(
    found: RoundFile,
    entries: Sequence[Entry] = (),
    *,
    tolerance: Decimal = Decimal(0),
    tolerant_of: Sequence[str] = (),
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
        raise ProgrammeError(
            "the round has no items to solve for",
            uri=found.id,
            hint="Name the items of the round and what was published of them under facts.",
        )
    teams = tuple(team.id for team in found.teams if team.status == "submitted")
    if len(teams) * (len(found.items) + len(found.blocks) + 1) > _MAX_CELLS:
        raise ProgrammeError(
            f"more than {_MAX_CELLS:,} scores are too many to solve for",
            uri=found.id,
            hint="Solve for fewer teams or items: leave the others out of the round file.",
        )
    shown = _finest(found) if digits is None else digits
    building = Building(found, teams, Fraction(tolerance), frozenset(tolerant_of), shown)
    _cells(building)
    _sums(building)
    _computed(building, stand(found, make_table(found, entries)).scores)
    for fact in found.facts:
        add_fact(building, fact)
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
        digits_of(fact.value)
        for fact in found.facts
        if isinstance(fact, ScoreFact) and fact.confidence in found.accept
    ]
    return min(max(digits, default=1), _MAX_DIGITS)


def _cells(building: Building) -> None:
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


def _sums(building: Building) -> None:
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


def _sum(building: Building, team: str, step: tuple[str, str], parts: Sequence[str]) -> None:
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
    add_sum(building, terms, (-down - hidden, up + hidden), strict=strict)


def _room(mode: str, unit: Fraction) -> tuple[Fraction, Fraction]:
    """Return how far below and above a rounded number what was rounded can lie."""
    if mode == "down":
        return Fraction(0), unit
    if mode == "up":
        return unit, Fraction(0)
    return unit / 2, unit / 2


# -- what is known --------------------------------------------------------------------------------


def _computed(building: Building, scores: Mapping[str, Score]) -> None:
    """Hold points that follow from raw values; published ones are held by their statements."""
    for (team, name), variable in building.cells.items():
        figure = scores[team].figure(name)
        if isinstance(figure, Known) and figure.basis == "computed" and name in scores[team].items:
            value = Fraction(figure.value) / building.units[variable]
            nearest = floor(value + _HALF)
            building.low[variable] = building.high[variable] = nearest
