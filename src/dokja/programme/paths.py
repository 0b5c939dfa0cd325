"""One value of a round by its dotted path: looked up, compared and changed.

The module knows how a path leads to a value, never why the value changes.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, Final

__all__ = ["change_value"]

_FIXED: Final = frozenset({"id", "schema_version", "amendments", "sources"})


def change_value(content: dict[str, Any], path: str, before: str, after: str) -> str | None:
    """Change one value in place.

    Parameters
    ----------
    content
        A round as ``model_dump(mode="json")``.
    path
        Dotted; the member of a list by its id, by the candidate, or by its index.
    before
        What must stand there now.
    after
        What stands there then.

    Returns
    -------
    str or None
        What is wrong; None if the value was changed.
    """
    *steps, name = path.split(".")
    if (steps or [name])[0] in _FIXED:
        return f"{path} cannot be amended"
    here: Any = content
    for step in steps:
        here = _member(here, step)
        if here is None:
            return f"there is nothing at {path}"
    last: Any = int(name) if isinstance(here, list) and name.isdecimal() else name
    if _missing(here, last):
        return f"there is nothing at {path}"
    now = here[last]
    if isinstance(now, dict | list):
        return f"{path} is not a single value"
    if not _equal(now, before):
        return f"{path} is {_text(now)}, not {before}"
    here[last] = _like(now, after)
    return None


def _missing(here: Any, last: Any) -> bool:  # noqa: ANN401
    if isinstance(here, dict):
        return last not in here
    return not (isinstance(here, list) and isinstance(last, int) and last < len(here))


def _member(here: Any, step: str) -> Any:  # noqa: ANN401
    if isinstance(here, dict):
        return here.get(step)
    if not isinstance(here, list):
        return None
    for key in ("id", "candidate"):
        named = [m for m in here if isinstance(m, dict) and m.get(key) == step]
        if named:
            return named[0]
    return here[int(step)] if step.isdecimal() and int(step) < len(here) else None


def _text(value: object) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _equal(now: object, before: str) -> bool:
    if _text(now) == before:
        return True
    try:
        return not isinstance(now, bool) and Decimal(str(now)) == Decimal(before)
    except InvalidOperation:
        return False


def _like(now: object, after: str) -> object:
    """Give the new value the type of the old one; what does not fit is refused later."""
    if after == "null":
        return None
    if isinstance(now, bool):
        return {"true": True, "false": False}.get(after, after)
    whole = after.removeprefix("-")
    is_whole = whole.isascii() and whole.isdecimal() and len(whole) <= 18
    return int(after) if isinstance(now, int) and is_whole else after
