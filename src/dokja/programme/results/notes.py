"""Sentences about what was left out of a file, in both languages.

The module knows how to say it, never why it happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.document.common import Localized
from dokja.programme.results.defects import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["listed", "note"]

_MAX_NAMES: Final = 20


def note(file: str, en: str, ko: str) -> Localized:
    """Return a sentence about a file.

    Parameters
    ----------
    file
        The file, as the user gave it.
    en, ko
        What to say of it.

    Returns
    -------
    Localized
        Both, with the file's name before them.
    """
    name = printable(file, 200)
    return Localized(en=f"{name}: {en}", ko=f"{name}: {ko}")


def listed(names: Iterable[str]) -> str:
    """Return names in a row, and how many more there are.

    Parameters
    ----------
    names
        Any names; each is shown once.

    Returns
    -------
    str
        At most twenty names, in the order given.

    Examples
    --------
    >>> listed(["a", "b", "a"])
    'a, b'
    """
    known = list(dict.fromkeys(names))
    shown = ", ".join(printable(name) for name in known[:_MAX_NAMES])
    left = len(known) - _MAX_NAMES
    return shown if left <= 0 else f"{shown} (+{left})"
