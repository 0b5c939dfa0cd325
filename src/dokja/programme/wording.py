"""Sentences that several modules of the programme say, in both languages.

The module puts names and figures into words; it decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.document.common import Localized

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dokja.document.round import RoundFile

__all__ = ["joined", "same", "say", "team_names", "title_of"]


def say(en: str, ko: str) -> Localized:
    """Make a sentence of its two versions.

    Parameters
    ----------
    en
        English.
    ko
        Korean.

    Returns
    -------
    Localized
        Both.
    """
    return Localized(en=en, ko=ko)


def same(words: str) -> Localized:
    """Make a text that is the same in both languages, such as a formula.

    Parameters
    ----------
    words
        The text.

    Returns
    -------
    Localized
        The text twice.
    """
    return Localized(en=words, ko=words)


def joined(parts: Iterable[Localized], *, separator: str = ", ") -> Localized:
    """Put several texts behind one another.

    Parameters
    ----------
    parts
        Texts.
    separator
        What stands between them.

    Returns
    -------
    Localized
        One text.
    """
    kept = list(parts)
    return Localized(
        en=separator.join(part.en for part in kept), ko=separator.join(part.ko for part in kept)
    )


def title_of(found: RoundFile, team: str) -> Localized:
    """Return the name of a team.

    Parameters
    ----------
    found
        The round.
    team
        Id of the team.

    Returns
    -------
    Localized
        The id itself for a team that the round does not have.
    """
    return next((entry.name for entry in found.teams if entry.id == team), same(team))


def team_names(found: RoundFile, teams: Sequence[str]) -> Localized:
    """Return the names of several teams behind one another.

    Parameters
    ----------
    found
        The round.
    teams
        Ids.

    Returns
    -------
    Localized
        Such as ``A, B``; ``nobody`` for none.
    """
    if not teams:
        return say("nobody", "없음")
    return joined(title_of(found, team) for team in teams)
