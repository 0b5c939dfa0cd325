"""Published statements as conditions on whole numbers.

The module knows what a printed figure leaves open, never what follows from several together.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from dokja.document.round_facts import (
    AdvanceFact,
    AverageFact,
    GapFact,
    OrderFact,
    OutFact,
    ScoreFact,
    TopFact,
)
from dokja.programme.solver.building import add_sum, digits_of, whole
from dokja.programme.solver.problem import Spread

if TYPE_CHECKING:
    from dokja.document.round_facts import Fact
    from dokja.programme.solver.building import Building

__all__ = ["add_fact"]


def _printed(
    building: Building, fact: ScoreFact | AverageFact | GapFact, unit: Fraction, blur: Fraction
) -> tuple[tuple[Fraction, Fraction], tuple[bool, bool]]:
    """Return what a printed figure can stand for, and which end does not belong to it."""
    half = Fraction(1, 2 * 10 ** digits_of(fact.value))
    if (unit / (2 * half)).denominator == 1:
        # All digits that there can be were printed.
        half = Fraction(0)
    tolerant = not building.tolerant_of or fact.of in building.tolerant_of
    off = blur + (building.tolerance if tolerant else 0)
    exact = Fraction(fact.value)
    return (exact - half - off, exact + half + off), (False, half > 0)


def add_fact(building: Building, fact: Fact) -> None:
    """Say what a statement says, if it is accepted and about anything that is solved for.

    Parameters
    ----------
    building
        What has been said so far.
    fact
        The statement.
    """
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


def _column(building: Building, name: str) -> list[int]:
    return [v for team in building.teams if (v := building.cells.get((team, name))) is not None]


def _score(building: Building, fact: ScoreFact) -> bool:
    variable = building.cells.get((fact.team, fact.of))
    if variable is None:
        return False
    unit = building.units[variable]
    # Of points that are not rounded a cell shows so many digits, however many were printed.
    alike = Fraction(1, 10 ** digits_of(fact.value)) == unit
    blur = Fraction(0) if alike else building.blurs[variable]
    between, strict = _printed(building, fact, unit, blur)
    add_sum(building, {variable: Fraction(1)}, between, strict=strict, fact=fact.id)
    return True


def _average(building: Building, fact: AverageFact) -> bool:
    column = _column(building, fact.of)
    if not column:
        return False
    n = len(column)
    unit = min(building.units[v] for v in column) / n
    blur = max(building.blurs[v] for v in column)
    (low, high), strict = _printed(building, fact, unit, blur)
    terms = dict.fromkeys(column, Fraction(1))
    add_sum(building, terms, (low * n, high * n), strict=strict, fact=fact.id)
    return True


def _gap(building: Building, fact: GapFact) -> bool:
    column = _column(building, fact.of)
    if not column:
        return False
    unit = min(building.units[v] for v in column)
    blur = 2 * max(building.blurs[v] for v in column)
    between, strict = _printed(building, fact, unit, blur)
    low, high = whole(between, unit, strict)
    building.conditions.append(Spread(tuple(column), low, high, fact.id))
    return True


def _ordered(building: Building, fact: TopFact | OrderFact) -> bool:
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
    building: Building, fact: TopFact | OrderFact, pair: tuple[str, str], least: int
) -> bool:
    one, other = (building.cells.get((team, fact.of)) for team in pair)
    if one is None or other is None:
        return False
    unit, blur = building.units[one], building.blurs[one]
    # Where digits are hidden, what is shown may be level, or one apart though level was said.
    low = Fraction(0) if blur else unit * least
    high = unit * (building.high[one] + 1) if least else 2 * blur
    terms = {one: Fraction(1), other: Fraction(-1)}
    add_sum(building, terms, (low if least else -2 * blur, high), fact=fact.id)
    return True


def _places(building: Building, fact: AdvanceFact | OutFact) -> bool:
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
        add_sum(building, terms, (-blur, high), fact=fact.id)
    return own is not None and bool(over)
