"""Numbers in words: how a figure is rounded, shortened and set.

The module knows numbers and languages, never where a number comes from. A rounded figure never
claims more than the exact one: nothing below 1 is shown as 1, nothing above 0 as 0 %.
"""

from __future__ import annotations

from math import floor, isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dokja.report.text import Text

__all__ = [
    "amount",
    "correlation",
    "count",
    "data_size",
    "decimal",
    "exponent",
    "log10_p",
    "odds",
    "share",
]

UNKNOWN = "–"
_SUPERSCRIPT = str.maketrans("0123456789,", "⁰¹²³⁴⁵⁶⁷⁸⁹'")
_LARGEST_ODDS = 6
"""Odds up to ten to this power are written out."""
_SMALLEST_PLAIN, _LARGEST_PLAIN = 1e-4, 1e9
"""Other numbers are written with a power of ten."""


def _signed(text: str) -> str:
    """Set a true minus sign, and none before a zero."""
    if text.startswith("-"):
        return "−" + text[1:] if text.strip("-0.,") else text[1:]
    return text


def count(n: float) -> str:
    """Write a whole number in full.

    Parameters
    ----------
    n
        The number.

    Returns
    -------
    str
        Its digits, grouped by thousands.
    """
    return _signed(f"{n:,.0f}")


def decimal(value: float | None, digits: int = 3) -> str:
    """Write a number to some significant digits.

    Parameters
    ----------
    value
        The number, or None where it is not known.
    digits
        Significant digits.

    Returns
    -------
    str
        The number, a dash where there is none.
    """
    if value is None or not isfinite(value):
        return UNKNOWN
    if value == 0:
        return "0"
    if not _SMALLEST_PLAIN <= abs(value) < _LARGEST_PLAIN:
        mantissa, power = f"{value:.1e}".split("e")
        return f"{_signed(mantissa)} × 10{exponent(int(power))}"
    if abs(value) >= 10 ** (digits - 1):
        return _signed(f"{value:,.0f}")
    places = digits - 1 - floor(_log10(abs(value)))
    return _signed(f"{value:,.{max(places, 0)}f}")


def _log10(value: float) -> float:
    # From the decimal text, so that a power of ten is never a hair below itself.
    return float(f"{value:.15e}".split("e")[1])


def correlation(value: float | None) -> str:
    """Write a cosine or a correlation.

    Parameters
    ----------
    value
        The figure, or None where it is undefined.

    Returns
    -------
    str
        Four decimals; ``>0.9999`` where rounding would make 1 of less.
    """
    if value is None:
        return UNKNOWN
    text = f"{value:.4f}"
    if text == "1.0000" and value < 1:
        return ">0.9999"
    if text == "-1.0000" and value > -1:
        return "<−0.9999"
    return _signed(text)


def share(value: float | None) -> str:
    """Write a share as a percentage.

    Parameters
    ----------
    value
        Between 0 and 1, or None where it is not known.

    Returns
    -------
    str
        One decimal, none for 0 and 1; never 0 % or 100 % for what is not exactly that.
    """
    if value is None:
        return UNKNOWN
    if value in {0, 1}:
        return f"{value:.0%}"
    if value < 0.001:
        return "<0.1%"
    if value > 0.999:
        return ">99.9%"
    return f"{value:.1%}"


def amount(n: int, text: Text) -> str:
    """Write a large number the way it is spoken.

    Parameters
    ----------
    n
        The number.
    text
        Language of the reader.

    Returns
    -------
    str
        Three significant digits with K, M, B, T; in Korean with 만, 억, 조 and a counter.
    """
    if text.language == "ko":
        steps, counter, smallest = ((10**12, "조"), (10**8, "억"), (10**4, "만")), "개", 10**4
    else:
        steps, counter, smallest = ((10**12, "T"), (10**9, "B"), (10**6, "M")), "", 10**6
    if n < smallest:
        return count(n) + counter
    unit, name = next(step for step in steps if n >= step[0])
    number = _three_digits(n / unit)
    return f"{number}{name} {counter}" if counter else f"{number} {name}"


def _three_digits(value: float) -> str:
    rounded = f"{value:,.2f}" if value < 10 else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"
    return rounded.rstrip("0").rstrip(".") if "." in rounded else rounded


def data_size(n_bytes: int) -> str:
    """Write a number of bytes.

    Parameters
    ----------
    n_bytes
        The number.

    Returns
    -------
    str
        In decimal units.
    """
    size = float(n_bytes)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            break
        size /= 1000
    return f"{_three_digits(size)} {unit}"


def exponent(n: int) -> str:
    """Write an exponent in raised figures.

    Parameters
    ----------
    n
        The exponent.

    Returns
    -------
    str
        For 812, ``⁸¹²``.
    """
    return ("⁻" if n < 0 else "") + str(abs(n)).translate(_SUPERSCRIPT)


def log10_p(value: float | None) -> str:
    """Write a p-value by its decimal logarithm.

    Parameters
    ----------
    value
        At most 0, or None where nothing was tested.

    Returns
    -------
    str
        One decimal.
    """
    return UNKNOWN if value is None else _signed(f"{value:,.1f}")


def odds(log10: float, text: Text) -> str:
    """Write a small probability as odds.

    Parameters
    ----------
    log10
        Its decimal logarithm, at most -1.
    text
        Language of the reader.

    Returns
    -------
    str
        Such as ``1 in 1,600`` or ``1 in 10⁸¹²``; rounded towards the more likely.
    """
    if -log10 <= _LARGEST_ODDS:
        whole = 10**-log10
        step = 10 ** max(floor(_log10(whole)) - 1, 0)
        return text("sure.odds_number", number=count(floor(whole / step + 1e-9) * step))
    return text("sure.odds_power", exponent=exponent(floor(-log10)))
