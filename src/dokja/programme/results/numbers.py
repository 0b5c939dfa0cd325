"""Numbers as people write them: percent signs, separators and full-width digits, exactly.

The module knows how a number is spelt, never what it measures; what can be read in two ways is
refused by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from dokja.document.results import Unit

__all__ = ["DecimalMark", "NumberProblemError", "WrittenNumber", "read_number", "shifted"]

DecimalMark = Literal[".", ","]
"""Which sign stands before the decimals."""

_MOST_CHARACTERS: Final = 64
_MOST_EXPONENT: Final = 30
_MOST_DECIMALS: Final = 100
_PLAIN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,9})?", re.ASCII)
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?", re.ASCII)
_ENDLESS = re.compile(r"[+-]?(nan|inf|infinity)", re.ASCII | re.IGNORECASE)
_SIGNS: Final[tuple[tuple[str, Unit], ...]] = (
    ("%", "percent"),
    ("퍼센트", "percent"),
    ("점", "points"),
)
# Full-width forms only: a general normalisation would also turn 5² into 52 and ① into 1.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: 0x20,
    0xA0: 0x20,
    0x202F: 0x20,
    0x2212: ord("-"),
    0x066A: ord("%"),
}


class NumberProblemError(ValueError):
    """A text is no number that can be read in one way only; the message says why."""


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """A number and the unit that was written at it."""

    value: Decimal
    unit: Unit | None
    """``percent`` or ``points`` where a sign says so; None if nothing does."""


def read_number(text: str, *, mark: DecimalMark | None = None) -> WrittenNumber:
    """Read a number from text.

    Parameters
    ----------
    text
        What stands in the file.
    mark
        Which sign stands before the decimals, if that was stated. Without it a comma is taken for
        a separator of thousands only where it can be nothing else.

    Returns
    -------
    WrittenNumber
        The exact number, with the decimals it was written with.

    Raises
    ------
    NumberProblemError
        If there is none, or more than one way to read it, or it is beyond any score.

    Examples
    --------
    >>> read_number("74.20%")
    WrittenNumber(value=Decimal('74.20'), unit='percent')
    >>> read_number("７４．２").value
    Decimal('74.2')
    """
    if len(text) > _MOST_CHARACTERS:
        raise NumberProblemError(f"a text of {len(text):,} characters, not a number")
    body = text.translate(_NARROW).strip()
    if not body:
        raise NumberProblemError("the value is missing")
    unit: Unit | None = None
    for sign, meant in _SIGNS:
        if body.endswith(sign):
            body, unit = body.removesuffix(sign).rstrip(), meant
            break
    return WrittenNumber(_exact(_with_point(body, mark, text), text), unit)


def _with_point(body: str, mark: DecimalMark | None, text: str) -> str:
    """Return the number with a point before the decimals and without separators."""
    if mark == ",":
        swapped = body.translate({ord(","): ".", ord("."): ","})
        return swapped.replace(",", "") if _GROUPED.fullmatch(swapped) else swapped
    if "," not in body:
        return body
    if not _GROUPED.fullmatch(body):
        raise NumberProblemError(
            f"{_shown(text)} has a comma that separates no thousands; if it stands before "
            'decimals, say `decimal: ","` in the mapping'
        )
    if mark is None and body.count(",") == 1 and "." not in body:
        raise NumberProblemError(
            f"{_shown(text)} can be read in two ways: is the comma a separator of thousands "
            '(`decimal: "."` in the mapping) or does it stand before decimals (`decimal: ","`)?'
        )
    return body.replace(",", "")


def _exact(body: str, text: str) -> Decimal:
    if _ENDLESS.fullmatch(body):
        raise NumberProblemError(f"{_shown(text)} is no finite number")
    if not _PLAIN.fullmatch(body):
        raise NumberProblemError(_why_not(body, text))
    number = Decimal(body)
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    if exponent < -_MOST_DECIMALS or not -_MOST_EXPONENT <= number.adjusted() <= _MOST_EXPONENT:
        raise NumberProblemError(f"{_shown(text)} is beyond any score")
    return _plain(number)


def _why_not(body: str, text: str) -> str:
    shown = _shown(text)
    if "±" in body or "+/-" in body:
        return f"{shown} bears an uncertainty; put that into a column of its own (standard_error)"
    if "/" in body:
        return f"{shown} is a quotient; write one number, and its maximum into the mapping"
    if body.startswith("="):
        return f"{shown} is a formula; paste its value"
    if re.search(r"[0-9]\s+[0-9]", body):
        return f"{shown} has a space between digits"
    if any(character.isdigit() and not character.isascii() for character in body):
        return f"{shown} has digits other than 0 to 9"
    return f"{shown} is not a number"


def _plain(number: Decimal) -> Decimal:
    """Write an exponent out, so that what is stored can be read again; zero has no sign."""
    plain = Decimal(format(number, "f"))
    return abs(plain) if plain.is_zero() else plain


def shifted(number: Decimal, places: int) -> Decimal:
    """Move the decimal point, exactly, however many digits there are.

    Parameters
    ----------
    number
        A finite number.
    places
        To the right; to the left if negative.

    Returns
    -------
    Decimal
        ``number × 10**places``, without an exponent.

    Examples
    --------
    >>> shifted(Decimal("0.742"), 2)
    Decimal('74.2')
    """
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    return _plain(Decimal((sign, digits, exponent + places)))


def _shown(text: str) -> str:
    cut = text if len(text) <= 40 else f"{text[:39]}…"
    return repr(cut)
