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
    r"^\W*(copyright\b|\(c\)|©|all rights reserved).*$", re.IGNORECASE | re.MULTILINE
)
_WORDS: Final = re.compile(r"[a-z0-9]+")
_APPENDIX: Final = re.compile(
    r"appendix: how to apply the apache license.*", re.IGNORECASE | re.DOTALL
)


def text_digest(text: str) -> str:
    """Return the digest of a licence's words.

    Parameters
    ----------
    text
        The licence as it was found.

    Returns
    -------
    str
        SHA-256 of its words in small letters, one space between, without the lines that only say
        whose rights they are, which differ from copy to copy.
    """
    kept = _APPENDIX.sub("", _RIGHTS.sub("", text))
    return hashlib.sha256(" ".join(_WORDS.findall(kept.casefold())).encode()).hexdigest()


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
