"""Words in the language of the reader, and names that no page has to obey.

The module knows languages and characters, never what a report says.
"""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dokja.report.renderer import Language

__all__ = ["LANGUAGES", "Noun", "Text", "clean", "shorten"]

LANGUAGES: tuple[Language, ...] = ("en", "ko")
"""Every language that a report can be written in."""

# Letters with a final consonant take the first particle of a pair such as 을/를.
_DIGITS_WITH_FINAL = frozenset("013678")
_RIEUL = 8


def _flatten(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield prefix + key, value
        else:
            yield from _flatten(value, f"{prefix}{key}.")


@cache
def _load(language: Language, book: str) -> dict[str, str]:
    folder = files("dokja.report").joinpath("locales")
    names = (f"{language}.toml", *([f"{book}.{language}.toml"] if book else []))
    texts = [folder.joinpath(name).read_text(encoding="utf-8") for name in names]
    return {key: words for text in texts for key, words in _flatten(tomllib.loads(text))}


class Noun(str):
    """A word that can take a Korean particle: ``f"{Noun('모델'):을/를}"`` is ``모델을``."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        """Return the word, followed by the fitting one of two particles."""
        if "/" not in spec:
            return super().__format__(spec)
        after_consonant, after_vowel = spec.split("/", 1)
        match _final_consonant(self):
            case None:
                return f"{self!s}{after_consonant}({after_vowel})"
            case final if final and not (after_consonant == "으로" and final == _RIEUL):
                return f"{self!s}{after_consonant}"
            case _:
                return f"{self!s}{after_vowel}"


def _final_consonant(word: str) -> int | None:
    """Return the number of the last syllable's final consonant, 0 without one, else None."""
    last = word[-1:]
    if "가" <= last <= "힣":
        return (ord(last) - ord("가")) % 28
    if last.isdecimal() and last.isascii():
        return 1 if last in _DIGITS_WITH_FINAL else 0
    return None


@dataclass(frozen=True, slots=True)
class Text:
    """All sentences of a report in one language."""

    language: Language
    book: str = ""
    """Further sentences, beside those that every page has."""

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a sentence.

        Parameters
        ----------
        key
            Dotted key in the locale file.
        **values
            What stands at its placeholders.

        Returns
        -------
        str
            The sentence, plain text.

        Raises
        ------
        KeyError
            If there is no such sentence, or a placeholder got no value.
        """
        words = {
            name: Noun(value) if isinstance(value, str) else value for name, value in values.items()
        }
        return _load(self.language, self.book)[key].format_map(words)

    def either(self, key: str, fallback: str, /) -> str:
        """Return a sentence without placeholders, or something else where there is none.

        Parameters
        ----------
        key
            Dotted key in the locale file.
        fallback
            What is returned where the locale has no such key.

        Returns
        -------
        str
            The sentence or `fallback`.
        """
        return _load(self.language, self.book).get(key, fallback)


def _escape(character: str) -> str:
    if character in "\n\r\t":
        return " "
    # Cc, Cf, Cs, Co, Cn: controls, bidirectional and zero-width marks, surrogates, and what is
    # no character; Zl and Zp would break lines where none was meant.
    if unicodedata.category(character)[0] == "C" or character in "\u2028\u2029":
        code = ord(character)
        return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
    return character


def clean(text: str) -> str:
    """Make every invisible character of a text visible and keep it on one line.

    Parameters
    ----------
    text
        Anything that stood in a document.

    Returns
    -------
    str
        The text with control, bidirectional, zero-width and line-breaking characters written as
        escapes; line breaks and tabs become spaces.
    """
    return text if text.isascii() and text.isprintable() else "".join(map(_escape, text))


def shorten(text: str, text_of_cut: str, *, longest: int = 160) -> str:
    """Keep head and tail of a long text.

    Parameters
    ----------
    text
        A text without markup.
    text_of_cut
        What stands in place of the middle, such as ``10,000 characters``.
    longest
        Longest text that is kept whole, in characters.

    Returns
    -------
    str
        The text, or its two ends.
    """
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]} … ({text_of_cut}) … {text[-half // 2 :]}"
