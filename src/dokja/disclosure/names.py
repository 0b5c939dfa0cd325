"""Whether a text names a model, however people spell it.

The module compares spellings; whether what is said of the model is true it never knows.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from dokja.disclosure.configs import root_of

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["is_named"]

_RUNS: Final = re.compile(r"[a-z]+|[0-9]+|[^\W_a-z0-9]+")
_LONGEST: Final = 200


def is_named(name: str, texts: Iterable[str], *, family: bool = True) -> bool:
    """Tell whether a text names a model or a family.

    Parameters
    ----------
    name
        Its name; a hub's prefix may be left out.
    texts
        Documents for readers.
    family
        Whether the public family it belongs to is name enough.

    Returns
    -------
    bool
        Whether its name stands in one of them as words of its own: in any case, with any signs
        between letters and figures, and never inside of a longer word.
    """
    last = name.rpartition("/")[2]
    patterns = [_pattern(last, end=r"(?![a-z0-9])")]
    root = root_of(last) if family else None
    if root is not None:
        # Numbers of versions and sizes stand right behind the family's name.
        patterns.append(_pattern(root, end=r"(?![a-z])"))
    return any(
        one is not None and one.search(text.casefold()) for text in texts for one in patterns
    )


@lru_cache(maxsize=1_000)
def _pattern(name: str, end: str) -> re.Pattern[str] | None:
    runs = _RUNS.findall(name.casefold()[:_LONGEST])
    if not runs:
        return None
    # Korean particles follow a name without a space; letters and figures would make it another.
    return re.compile(r"(?<![a-z0-9])" + r"[\W_]{0,3}".join(map(re.escape, runs)) + end)
