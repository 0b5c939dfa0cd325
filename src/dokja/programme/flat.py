"""Documents as plain pairs of path and text, so that two of them can be laid side by side.

The module knows how a tree becomes lines, never what a line means.
"""

from __future__ import annotations

import json
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from dokja.document.number import written
from dokja.document.round_report import Difference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["differences", "digest_of", "flatten"]

_NAMES: Final = (
    ("id",),
    ("gate", "team"),
    ("team",),
    ("item",),
    ("sub_item",),
    ("block",),
    ("fact",),
    ("amendment",),
    ("view",),
    ("candidate",),
)


def flatten(value: object) -> dict[str, str]:
    """Turn a tree into pairs of dotted path and JSON text.

    Parameters
    ----------
    value
        Dicts, lists, text, numbers, dates and None, such as a document's ``model_dump()``.

    Returns
    -------
    dict
        Members of a list go by their name where each has one of its own, and by their index
        otherwise. What is None or empty is left out, so that a field that later versions add
        changes nothing. A decimal is written without needless zeros: 10 and 10.0 are the same.

    Examples
    --------
    >>> flatten({"items": [{"id": "nia", "max": Decimal("10.0"), "note": None}]})
    {'items.nia.id': '"nia"', 'items.nia.max': '10'}
    """
    found: dict[str, str] = {}
    _walk(value, "", found)
    return found


def _walk(value: object, path: str, found: dict[str, str]) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _walk(inner, f"{path}.{key}" if path else str(key), found)
    elif isinstance(value, list | tuple):
        for name, inner in zip(_member_names(value), value, strict=True):
            _walk(inner, f"{path}.{name}" if path else name, found)
    elif value is not None:
        found[path] = _text(value)


def _member_names(members: Sequence[Any]) -> list[str]:
    by_index = [str(step) for step in range(len(members))]
    if not members or not all(isinstance(member, dict) for member in members):
        return by_index
    for keys in _NAMES:
        named = ["/".join(str(member.get(key) or "") for key in keys) for member in members]
        if all(all(member.get(key) for key in keys) for member in members):
            return named if len(set(named)) == len(named) else by_index
    return by_index


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return written(value.normalize())
    plain = value.value if isinstance(value, Enum) else value
    if isinstance(plain, str | int | float):
        return json.dumps(plain, ensure_ascii=False)
    return json.dumps(str(plain), ensure_ascii=False)


def digest_of(values: Mapping[str, str], *, kind: str) -> str:
    """Return the digest of flattened values, whatever order they came in.

    Parameters
    ----------
    values
        Pairs of path and JSON text.
    kind
        What they are, so that equal values of another kind have another digest.

    Returns
    -------
    str
        ``blake3:`` and 64 hexadecimal digits of the lines ``path=value``, sorted by path, below
        a first line that names the kind.
    """
    from blake3 import blake3  # noqa: PLC0415 - loaded when a digest is wanted

    lines = [f"dokja-{kind}-1", *(f"{path}={values[path]}" for path in sorted(values))]
    return "blake3:" + blake3("\n".join(lines).encode()).hexdigest()


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Difference, ...]:
    """List every value that is not the same in both.

    Parameters
    ----------
    before, after
        Pairs of path and JSON text.

    Returns
    -------
    tuple of Difference
        Sorted by path.
    """
    return tuple(
        Difference(path=path, before=_plain(before.get(path)), after=_plain(after.get(path)))
        for path in sorted({*before, *after})
        if before.get(path) != after.get(path)
    )


def _plain(text: str | None) -> str | None:
    """Take the quotes off a text again."""
    if text is None or not text.startswith('"'):
        return text
    return str(json.loads(text))
