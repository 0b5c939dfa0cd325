"""Which letters can be set: those of the fonts that are shipped, and those of the system's.

The module looks at characters and font families, never at what a text says. A character that no
font is known to have is written as its number, so that nothing turns into an empty box.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from functools import cache
from importlib.resources import files
from typing import Any, Final

__all__ = ["FAMILIES", "HAN_FAMILIES", "covered", "readable"]

FAMILIES: Final = ("Pretendard", "DejaVu Sans Mono")
"""Pretendard is shipped; DejaVu comes inside of the typesetter."""
HAN_FAMILIES: Final = (
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "Source Han Sans KR",
    "Source Han Sans K",
    "Apple SD Gothic Neo",
    "Malgun Gothic",
    "NanumGothic",
)
"""Families of a system that hold Chinese characters as they are written in Korea."""
_HAN: Final = re.compile(r"[\u2e80-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")
_KEPT: Final = frozenset("\n\u200b\u2060")


@cache
def _ranges() -> tuple[tuple[int, ...], tuple[int, ...]]:
    held = json.loads(
        files("dokja.report.pdf").joinpath("fonts", "coverage.json").read_text(encoding="utf-8")
    )
    return tuple(first for first, _ in held), tuple(last for _, last in held)


def covered(letter: str) -> bool:
    """Tell whether a font that is always there has a character.

    Parameters
    ----------
    letter
        One character.

    Returns
    -------
    bool
        Whether it can be set anywhere.
    """
    first, last = _ranges()
    place = bisect_right(first, ord(letter)) - 1
    return letter in _KEPT or (place >= 0 and ord(letter) <= last[place])


def readable(value: Any, *, han: bool) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Write characters that cannot be set as their numbers.

    Parameters
    ----------
    value
        Texts, and lists and tables of texts.
    han
        Whether the system has a font with Chinese characters.

    Returns
    -------
    object
        The same, with such characters as ``<U+1F600>``.
    """
    if isinstance(value, str):
        if value.isascii():
            return value
        return "".join(
            one if covered(one) or (han and _HAN.match(one)) else f"<U+{ord(one):04X}>"
            for one in value
        )
    if isinstance(value, list):
        return [readable(part, han=han) for part in value]
    if isinstance(value, dict):
        return {key: readable(part, han=han) for key, part in value.items()}
    return value
