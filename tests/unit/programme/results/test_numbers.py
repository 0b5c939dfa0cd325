from __future__ import annotations

from decimal import Decimal

import pytest

from dokja.programme.results.numbers import NumberProblemError, read_number, shifted


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("9.20", "9.20", None),
        (" 74.2 ", "74.2", None),
        ("-0.5", "-0.5", None),
        ("+3", "3", None),
        ("7.421e-1", "0.7421", None),
        ("1E+2", "100", None),
        ("74.2%", "74.2", "percent"),
        ("74.2 ％", "74.2", "percent"),
        ("７４．２", "74.2", None),
        ("33.6점", "33.6", "points"),
        ("95퍼센트", "95", "percent"),
        ("−1.5", "-1.5", None),
        ("1,234.5", "1234.5", None),
        ("12,345,678", "12345678", None),
        (".5", "0.5", None),
        ("5.", "5", None),
        ("\u00a03.5\u3000", "3.5", None),
    ],
)
def test_numbers_are_read_exactly(text: str, value: str, unit: str | None) -> None:
    written = read_number(text)
    assert str(written.value) == value
    assert written.unit == unit


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "missing"),
        ("   ", "missing"),
        ("NaN", "no finite number"),
        ("-Infinity", "no finite number"),
        ("inf", "no finite number"),
        ("1e400", "beyond any score"),
        ("1e-400", "beyond any score"),
        ("1e999999999", "beyond any score"),
        ("1e9999999999999", "not a number"),
        ("0e500", "beyond any score"),
        ("9" * 65, "65 characters"),
        ("1,234", "read in two ways"),
        ("74,2", "comma that separates no thousands"),
        ("1.234,5", "comma that separates no thousands"),
        ("12,34,567", "comma that separates no thousands"),
        ("1 234", "space between digits"),
        ("74.2 ± 0.3", "uncertainty"),
        ("4/5", "quotient"),
        ("=A1*2", "formula"),
        ("٧٤", "digits other than"),
        ("5²", "digits other than"),
        ("①", "digits other than"),
        ("0x1F", "not a number"),
        ("1_000", "not a number"),
        ("우수", "not a number"),
        ("--1", "not a number"),
        ("1.2.3", "not a number"),
        ("%", "not a number"),
    ],
)
def test_what_is_no_number_is_refused_by_name(text: str, words: str) -> None:
    with pytest.raises(NumberProblemError, match=words):
        read_number(text)


def test_a_stated_mark_decides_what_a_comma_is() -> None:
    assert read_number("1,234", mark=".").value == 1234
    assert read_number("1,234", mark=",").value == Decimal("1.234")
    assert read_number("1.234,5", mark=",").value == Decimal("1234.5")
    assert read_number("74,2 %", mark=",").value == Decimal("74.2")
    with pytest.raises(NumberProblemError):
        read_number("74.2", mark=",")
    with pytest.raises(NumberProblemError):
        read_number("74,2", mark=".")


def test_zero_has_no_sign() -> None:
    assert str(read_number("-0.00").value) == "0.00"


def test_the_point_moves_without_loss() -> None:
    long = Decimal("0." + "1234567890" * 6)
    assert str(shifted(long, 2)) == "12." + ("1234567890" * 6)[2:]
    assert shifted(shifted(long, 2), -2) == long
    assert str(shifted(Decimal("0.31"), 2)) == "31"
