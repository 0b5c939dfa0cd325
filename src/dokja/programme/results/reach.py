"""Reaching into JSON of unknown shape: what is not there, or is of another kind, is None.

The module knows kinds of values, never keys of a format.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from dokja.programme.results.source import NumberText

if TYPE_CHECKING:
    from dokja.programme.results.source import Json

__all__ = ["count_of", "day_of", "flag_of", "list_of", "number_of", "object_of", "text_of"]

_COUNT = re.compile(r"([0-9]{1,15})(\.0*)?", re.ASCII)
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})([T ].*)?", re.ASCII | re.DOTALL)
_SECONDS = re.compile(r"([0-9]{9,11})(\.[0-9]*)?", re.ASCII)


def object_of(value: Json, *path: str) -> dict[str, Any]:
    """Return an object within another.

    Parameters
    ----------
    value
        Any value.
    *path
        Keys from the top.

    Returns
    -------
    dict
        Empty if there is none.
    """
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def list_of(value: Json) -> list[Any]:
    """Return a list.

    Parameters
    ----------
    value
        Any value.

    Returns
    -------
    list
        Empty if it is none.
    """
    return value if isinstance(value, list) else []


def text_of(value: Json) -> str | None:
    """Return a text, or a number as it is written.

    Parameters
    ----------
    value
        Any value.

    Returns
    -------
    str or None
        None if it is neither, or empty.
    """
    return str(value) if isinstance(value, str) and value.strip() else None


def number_of(value: Json) -> str | None:
    """Return the text of what stands where a number belongs.

    Parameters
    ----------
    value
        Any value.

    Returns
    -------
    str or None
        None where nothing was written; for what is no number, its text, to be refused by whoever
        reads it.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return str(value)
    return "(true or false)" if isinstance(value, bool) else "(an object or a list)"


def count_of(value: Json) -> int | None:
    """Return a whole number that is not negative.

    Parameters
    ----------
    value
        Any value.

    Returns
    -------
    int or None
        None if it is none.
    """
    found = _COUNT.fullmatch(value) if isinstance(value, NumberText) else None
    return int(found[1]) if found else None


def flag_of(value: Json) -> bool | None:
    """Return true or false.

    Parameters
    ----------
    value
        Any value.

    Returns
    -------
    bool or None
        None if it is neither.
    """
    return value if isinstance(value, bool) else None


def day_of(value: Json) -> str | None:
    """Return the day of a moment.

    Parameters
    ----------
    value
        ISO 8601 text, of which the day as written there is taken, or seconds since 1970, of which
        the day in UTC is taken.

    Returns
    -------
    str or None
        Such as ``2026-08-18``; None if it is no moment.
    """
    if not isinstance(value, str):
        return None
    seconds = _SECONDS.fullmatch(value)
    try:
        if seconds:
            return dt.datetime.fromtimestamp(int(seconds[1]), tz=dt.UTC).date().isoformat()
        found = _DAY.fullmatch(value.strip())
        return dt.date.fromisoformat(found[1]).isoformat() if found else None
    except (ValueError, OverflowError, OSError):
        return None
