"""Python source as a sequence of tokens, so that layout and comments do not matter.

The module reads text and never runs it; what is no Python is split into words all the same.
"""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass
from typing import Final

__all__ = ["Token", "header_of", "tokens_of"]

_MAX_SOURCE: Final = 2 * 1024 * 1024
_WORDS: Final = re.compile(r"[^\W\d]\w*|\d[\w.]*|[^\s\w]")
_SKIPPED: Final = frozenset(
    {
        tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
        tokenize.ENCODING, tokenize.ENDMARKER,
    }
)  # fmt: skip
_HEADER_LINES: Final = 80


@dataclass(frozen=True, slots=True)
class Token:
    """One token: what is compared, and the line it stands on."""

    text: str
    line: int


def tokens_of(source: str) -> tuple[Token, ...]:
    """Split source into tokens.

    Parameters
    ----------
    source
        Python, or whatever was found in its place; what exceeds 2 MiB is not looked at.

    Returns
    -------
    tuple of Token
        Names as they are, numbers and strings as their kind, without comments, layout and texts
        that are only documentation.
    """
    text = source[:_MAX_SOURCE]
    try:
        return tuple(_python(text))
    except (tokenize.TokenError, SyntaxError, ValueError, RecursionError):
        return tuple(
            Token(found[0], text.count("\n", 0, found.start()) + 1)
            for found in _WORDS.finditer(text[: _MAX_SOURCE // 8])
        )


def _python(text: str) -> list[Token]:
    found: list[Token] = []
    begins = True
    for one in tokenize.generate_tokens(io.StringIO(text).readline):
        if one.type in _SKIPPED:
            begins = begins or one.type in {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
            continue
        if one.type == tokenize.STRING and begins:
            # A text that a statement begins with is documentation.
            continue
        begins = False
        found.append(Token(_kind(one), one.start[0]))
    return found


def _kind(one: tokenize.TokenInfo) -> str:
    if one.type == tokenize.STRING or one.type in _FSTRINGS:
        return "'"
    if one.type == tokenize.NUMBER:
        return "0"
    return one.string


_FSTRINGS: Final = frozenset(
    getattr(tokenize, name)
    for name in ("FSTRING_START", "FSTRING_MIDDLE", "FSTRING_END")
    if hasattr(tokenize, name)
)


def header_of(source: str) -> str:
    """Return what stands before the first statement: comments, and a text of documentation.

    Parameters
    ----------
    source
        The source.

    Returns
    -------
    str
        At most the first eighty lines, without signs of comments, with single spaces.
    """
    kept: list[str] = []
    quoted = ""
    for line in source.lstrip("\ufeff").split("\n", _HEADER_LINES)[:_HEADER_LINES]:
        plain = line.strip()
        opens = next((mark for mark in ('"""', "'''") if plain.startswith(mark)), "")
        if quoted:
            kept.append(plain)
            quoted = "" if quoted in plain else quoted
        elif opens:
            kept.append(plain.strip("\"'"))
            quoted = "" if plain.count(opens) > 1 else opens
        elif not plain or plain.startswith(("#", "//", "/*", "*")):
            kept.append(plain.lstrip("#/* "))
        else:
            break
    return " ".join(" ".join(kept).split())
