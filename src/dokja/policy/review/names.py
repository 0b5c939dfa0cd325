"""Names of people and bodies as they are counted: two spellings of one name are one.

The module knows letters, never who somebody is.
"""

from __future__ import annotations

import unicodedata
from typing import Final

__all__ = ["mixes_alphabets", "same_name"]

_UNSEEN: Final = frozenset("\u115f\u1160\u3164\uffa0\u17b4\u17b5")
"""Letters that are not drawn."""
_ALPHABETS: Final = ("LATIN", "CYRILLIC", "GREEK")


def mixes_alphabets(name: str) -> bool:
    """Tell whether a name holds letters of alphabets that look alike and are never mixed.

    Parameters
    ----------
    name
        Of a person or a body.

    Returns
    -------
    bool
        True for a Latin name with a Cyrillic letter in it, as who would be counted twice has.
    """
    words = {unicodedata.name(one, "").partition(" ")[0] for one in name if one.isalpha()}
    return len(words.intersection(_ALPHABETS)) > 1


def same_name(name: str) -> str:
    """Return what spellings of one name have in common: case, width, spaces and marks left out.

    Parameters
    ----------
    name
        Of a person or a body.

    Returns
    -------
    str
        Letters and digits alone.
    """
    plain = unicodedata.normalize("NFKD", name).casefold()
    seen = (one for one in plain if one.isalnum() and one not in _UNSEEN)
    return unicodedata.normalize("NFKC", "".join(seen))
