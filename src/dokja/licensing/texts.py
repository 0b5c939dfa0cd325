"""Which licence a text is: by the digest of its words, so that line breaks and names do not matter.

The module compares digests; it never reads meaning into a text, and calls what it does not know
unknown.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from typing import TYPE_CHECKING, Final

from dokja.licensing.table import licences

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["text_digest", "which_licence"]

_RIGHTS: Final = re.compile(
    r"^\W*(?:"
    r"(?i:copyright)\s*(?:(?i:\(c\))|©|:|\d|<|\[|\{|(?i:by)\b|(?i:20|19)\d\d)"
    r"|Copyright\s+(?!Holder|Owner|Notice|Licen|License)[A-Z]"
    r"|(?i:\(c\)|©)\s"
    r"|(?i:all rights reserved)\W*$"
    r").*$",
    re.MULTILINE,
)
_MARKERS: Final = re.compile(r"^\s*(?:\(?[0-9a-zA-Z]{1,2}[.)]|[*•·#>=_-]+)(?=\s)", re.MULTILINE)
_WORDS: Final = re.compile(r"[a-z0-9]+")
_APPENDIX: Final = re.compile(
    r" (?:end of terms and conditions )?appendix how to apply the apache license to your work"
    r".{1,1200}? limitations under the license$"
)
_ENDS: Final = re.compile(r" end of terms and conditions$")
_NAMES: Final = (
    (
        re.compile(r"neither the names? of .{1,100}? nor the names? of (?:its|their|any) "),
        "neither the name of the holder nor the names of its ",
    ),
    (
        re.compile(r"this software is provided by .{1,100}? as is and any express"),
        "this software is provided by the holder as is and any express",
    ),
    (
        re.compile(r"in no event shall .{1,100}? be liable for any direct"),
        "in no event shall the holder be liable for any direct",
    ),
)
"""Where the BSD licences name whoever holds the rights."""
_TITLED: Final = (
    "permission is hereby granted free of charge to any person",
    "permission to use copy modify and or distribute",
    "redistribution and use in source and binary forms",
    "apache license version 2 0 january 2004",
)
"""How licences begin before which people write a title of their own."""
_LONGEST_TITLE: Final = 12


def _words(text: str) -> str:
    plain = _MARKERS.sub(" ", _RIGHTS.sub("", text))
    words = " ".join(_WORDS.findall(plain.casefold().replace("https://", "http://")))
    for named, put in _NAMES:
        words = named.sub(put, words)
    return _ENDS.sub("", _APPENDIX.sub("", _without_title(words)))


def _without_title(words: str) -> str:
    for begin in _TITLED:
        before, found, after = words.partition(begin)
        # What is longer than a title says something of its own.
        if found and len(before.split()) <= _LONGEST_TITLE:
            return begin + after
    return words


def text_digest(text: str) -> str:
    """Return the digest of a licence's words.

    Parameters
    ----------
    text
        The licence as it was found.

    Returns
    -------
    str
        SHA-256 of its words in small letters, one space between, without what differs from copy to
        copy: lines that only say whose rights they are, names of holders, signs of lists, a title
        of a few words, and the Apache licence's appendix. Any other word counts, at the end too.
    """
    return hashlib.sha256(_words(text).encode()).hexdigest()


@cache
def _keys() -> Mapping[str, str]:
    return {digest: one.key for one in licences().values() for digest in one.digests}


def which_licence(text: str) -> str | None:
    """Tell which licence a text is.

    Parameters
    ----------
    text
        The licence as it was found.

    Returns
    -------
    str or None
        Its key; None if it is none of those known, or was changed in a single word.
    """
    return _keys().get(text_digest(text))
