"""Variables and conditions while they are being put together.

The module keeps what has been said so far, never which rule or statement says it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, floor
from typing import TYPE_CHECKING

from dokja.programme.solver.problem import Linear

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from fractions import Fraction

    from dokja.document.round import RoundFile
    from dokja.programme.solver.problem import Condition

__all__ = ["Building", "Cell", "add_sum", "digits_of", "whole"]

Cell = tuple[str, str]
"""Team and part: an item, a block that is no item, or ``total``."""


@dataclass(slots=True)
class Building:
    """What has been said so far."""

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


def digits_of(value: Decimal) -> int:
    """Return how many digits after the point a number was printed with.

    Parameters
    ----------
    value
        A finite number.

    Returns
    -------
    int
        At least 0.
    """
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return max(-exponent, 0)


def add_sum(
    building: Building,
    terms: Mapping[int, Fraction],
    between: tuple[Fraction, Fraction],
    *,
    strict: tuple[bool, bool] = (False, False),
    fact: str | None = None,
) -> None:
    """Say that a weighted sum of points lies between two values.

    Parameters
    ----------
    building
        What has been said so far.
    terms
        Weights by variable.
    between
        Least and largest value, in points.
    strict
        Which of the two do not belong.
    fact
        Statement that it comes from.
    """
    finest = min(building.units[v] for v in terms)
    weights = tuple((v, int(weight * building.units[v] / finest)) for v, weight in terms.items())
    low, high = whole(between, finest, strict)
    building.conditions.append(Linear(weights, low, high, fact))


def whole(
    between: tuple[Fraction, Fraction], unit: Fraction, strict: tuple[bool, bool]
) -> tuple[int, int]:
    """Turn two values into the whole numbers of a unit that lie between them.

    Parameters
    ----------
    between
        Least and largest value, in points.
    unit
        The unit, in points.
    strict
        Which of the two do not belong.

    Returns
    -------
    tuple of int
        The second is the smaller where no whole number lies between.
    """
    low, high = between[0] / unit, between[1] / unit
    first = floor(low) + 1 if strict[0] else ceil(low)
    last = ceil(high) - 1 if strict[1] else floor(high)
    return first, last
