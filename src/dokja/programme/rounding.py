"""Exact decimal arithmetic and rounding, in one context for every score.

The module knows how digits are kept, never at which stage or why.
"""

from __future__ import annotations

import decimal
from decimal import Decimal
from functools import wraps
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dokja.document.round import RoundFile

__all__ = [
    "CONTEXT",
    "MODES",
    "exactly",
    "mean",
    "round_at",
    "round_to",
    "settled",
    "tidy",
    "total",
]

P = ParamSpec("P")
R = TypeVar("R")

CONTEXT: Final = decimal.Context(
    prec=50,
    rounding=decimal.ROUND_HALF_UP,
    Emin=-999,
    Emax=999,
    # A float in a comparison or a constructor is an error of this program, never a result.
    traps=[
        decimal.InvalidOperation,
        decimal.DivisionByZero,
        decimal.Overflow,
        decimal.FloatOperation,
    ],
)
"""Fifty digits, halves away from zero, and no float by any door."""

MODES: Final = {
    "half_up": decimal.ROUND_HALF_UP,
    "half_even": decimal.ROUND_HALF_EVEN,
    "half_down": decimal.ROUND_HALF_DOWN,
    "down": decimal.ROUND_DOWN,
    "up": decimal.ROUND_UP,
}
"""Rounding modes by the name that a round file uses."""


def exactly(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function calculate in `CONTEXT`, whatever the caller's context.

    Parameters
    ----------
    function
        Function to wrap.

    Returns
    -------
    Callable
        The same function in its own context.
    """

    @wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with decimal.localcontext(CONTEXT):
            return function(*args, **kwargs)

    return inside


_SETTLED = Decimal(1).scaleb(-36)


@exactly
def settled(value: Decimal) -> Decimal:
    """Take off the last digits, which only divisions that do not come out leave behind.

    Parameters
    ----------
    value
        A finite number.

    Returns
    -------
    decimal.Decimal
        The number to 36 digits after the point.

    Notes
    -----
    Three times a third is 0.99…9 in any number of digits, and a half that fell short of itself
    would be rounded down. Marks, counts and maxima have few digits, so a score that lies nearer
    than 10^-36 to a shorter number is that number.

    Examples
    --------
    >>> third = mean([Decimal(1), Decimal(0), Decimal(0)])
    >>> whole = total([third, third, third])
    >>> whole == 1, settled(whole) == 1
    (False, True)
    """
    # Beyond this no digit could be kept after the point.
    return value if value.adjusted() > 12 else value.quantize(_SETTLED)


_NEAR = Decimal(1).scaleb(-30)


@exactly
def tidy(value: Decimal) -> Decimal:
    """Take off what divisions that do not come out leave behind, and zeros at the end.

    Parameters
    ----------
    value
        A finite number.

    Returns
    -------
    decimal.Decimal
        The number to 30 digits after the point. Sums of weighed points are a few units of the
        36th digit off, so that what should be a tie would not be one.

    Examples
    --------
    >>> tidy(Decimal("0.9999999999999999999999999999999999")), tidy(Decimal("30.0"))
    (Decimal('1'), Decimal('30'))
    """
    near = value.quantize(_NEAR).normalize()
    return near if near.as_tuple().exponent <= 0 else near.quantize(Decimal(1))  # type: ignore[operator]


@exactly
def round_to(value: Decimal, digits: int, mode: str = "half_up") -> Decimal:
    """Round to so many digits after the point.

    Parameters
    ----------
    value
        A finite number.
    digits
        Digits that are kept.
    mode
        One of `MODES`.

    Returns
    -------
    decimal.Decimal
        A number with exactly so many digits after the point.

    Examples
    --------
    >>> round_to(Decimal("11.85"), 1), round_to(Decimal("11.85"), 1, "half_even")
    (Decimal('11.9'), Decimal('11.8'))
    """
    return settled(value).quantize(Decimal(1).scaleb(-digits), rounding=MODES[mode])


def round_at(found: RoundFile, stage: str, name: str, value: Decimal) -> Decimal:
    """Round as a round's rules say for one stage.

    Parameters
    ----------
    found
        The round.
    stage
        Stage of the calculation.
    name
        Item or block; ``total`` for the total.
    value
        A finite number.

    Returns
    -------
    decimal.Decimal
        The same number where no rule is given for the stage.
    """
    rules = [rule for rule in found.rounding if rule.stage == stage]
    rule = next((rule for rule in rules if name in rule.only), None)
    rule = rule or next((rule for rule in rules if not rule.only), None)
    return value if rule is None else round_to(value, rule.digits, rule.mode)


@exactly
def total(values: Iterable[Decimal]) -> Decimal:
    """Add numbers up.

    Parameters
    ----------
    values
        Finite numbers.

    Returns
    -------
    decimal.Decimal
        Zero for none.
    """
    return sum(values, Decimal(0))


@exactly
def mean(values: Iterable[Decimal]) -> Decimal:
    """Return the arithmetic mean.

    Parameters
    ----------
    values
        Finite numbers, at least one.

    Returns
    -------
    decimal.Decimal
        To fifty digits.
    """
    counted = list(values)
    return total(counted) / len(counted)
