"""Which of the two languages the command line speaks, and how its own words are translated.

English stands in the code beside what it describes; the module knows nothing of any command.
"""

from __future__ import annotations

import os
import sys
from contextvars import ContextVar
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "Language",
    "choose_language",
    "current_language",
    "say",
    "set_language",
    "use_language",
]

_LOCALE_VARIABLES = ("DOKJA_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


class Language(StrEnum):
    """The languages of the command line and of the pages it writes."""

    KO = "ko"
    EN = "en"


_current: ContextVar[Language | None] = ContextVar("dokja_language", default=None)


def _from_arguments(arguments: Sequence[str]) -> str:
    for position, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument == "--lang" and position + 1 < len(arguments):
            return arguments[position + 1]
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
    return ""


def choose_language(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """Choose the language before any option is parsed, so that help speaks it too.

    Parameters
    ----------
    arguments
        The command line without the program's name.
    environment
        Variables of the process; ``DOKJA_LANG`` goes before the locale's own variables.

    Returns
    -------
    Language
        What ``--lang`` says, else the first variable that is set, else English.
    """
    asked = _from_arguments(arguments)
    if asked in set(Language):
        return Language(asked)
    for variable in _LOCALE_VARIABLES:
        value = environment.get(variable, "")
        if value:
            return Language.KO if value.lower().startswith("ko") else Language.EN
    return Language.EN


def set_language(language: Language) -> None:
    """Fix the language for the rest of this run.

    Parameters
    ----------
    language
        The language from now on.
    """
    _current.set(language)


def current_language() -> Language:
    """Return the language that is spoken.

    Returns
    -------
    Language
        What was fixed for this run, else what the environment says.
    """
    return _current.get() or choose_language(sys.argv[1:], os.environ)


def use_language(asked: Language | None) -> Language:
    """Fix the language a command was asked to speak, and return it.

    Parameters
    ----------
    asked
        Value of the command's own ``--lang``, if it was given.

    Returns
    -------
    Language
        `asked`, or what is spoken anyway.
    """
    if asked is not None:
        set_language(asked)
    return current_language()


def say(text: str, language: Language | None = None) -> str:
    """Return one of the command line's own sentences in a language.

    Parameters
    ----------
    text
        The English sentence as it stands in the code.
    language
        The language; the run's own if it is not given.

    Returns
    -------
    str
        The Korean sentence if Korean is spoken and it is known, else `text`.
    """
    if (language or current_language()) is Language.EN:
        return text
    from dokja.cli.korean import KOREAN

    return KOREAN.get(text, text)
