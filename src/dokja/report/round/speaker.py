"""Names, figures and marks of a round in the language of the reader.

The module knows how a figure is shown, never how it came about; what is unknown is said to be so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dokja.document.number import CONFIDENCE_ORDER, Known, written
from dokja.report.round.html import BOOK
from dokja.report.round.parts import Cell, Facts
from dokja.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from dokja.document.common import Localized
    from dokja.document.number import Figure
    from dokja.document.round import RoundFile
    from dokja.report.renderer import Language
    from dokja.report.round.parts import Part

__all__ = [
    "Speaker",
    "by_words",
    "figure_cell",
    "marks_legend",
    "padded",
    "plain",
    "range_words",
    "signed",
]

_MAX_PAD: Final = 4
_MAX_DIGITS: Final = 14
_WORD = re.compile(r"[a-z0-9][a-z0-9_-]*", re.ASCII)


def padded(value: Decimal, digits: int) -> str:
    """Write a number with at least so many decimals; none is ever cut off.

    Parameters
    ----------
    value
        An exact number.
    digits
        Decimals that others in the same column have.

    Returns
    -------
    str
        Such as ``25.0`` beside ``33.6``.
    """
    own = -int(value.as_tuple().exponent)
    if own >= min(digits, _MAX_PAD):
        return signed(written(value))
    return signed(format(value, f".{min(digits, _MAX_PAD)}f"))


def signed(words: str) -> str:
    """Set a true minus sign before a number.

    Parameters
    ----------
    words
        The number.

    Returns
    -------
    str
        The same for numbers of at least 0.
    """
    return f"−{words[1:]}" if words.startswith("-") else words


def plain(value: Decimal, longest: int = _MAX_DIGITS) -> str:
    """Write a number for reading: whole, or cut visibly where no reader needs the rest.

    Parameters
    ----------
    value
        An exact number.
    longest
        Most characters of a number that is shown whole.

    Returns
    -------
    str
        Ends in ``…`` where digits were left out.
    """
    words = written(value)
    return signed(words if len(words) <= longest else f"{words[:longest]}…")


def range_words(low: Decimal | None, high: Decimal | None, text: Text, digits: int = 0) -> str:
    """Write what is possible, as far as anything is known of it.

    Parameters
    ----------
    low, high
        Ends; None where nothing is known.
    text
        Language of the reader.
    digits
        Decimals that others in the column have.

    Returns
    -------
    str
        Empty if either end is not known.
    """
    if low is None or high is None:
        return ""
    return text("figure.range", low=padded(low, digits), high=padded(high, digits))


def figure_cell(figure: Figure, text: Text, digits: int = 0) -> Cell:
    """Return the cell of a figure: known, with who says so; or unknown, with what is possible.

    Parameters
    ----------
    figure
        The figure.
    text
        Language of the reader.
    digits
        Decimals that others in the column have.

    Returns
    -------
    Cell
        A figure that is unknown is never shown as a number.
    """
    if isinstance(figure, Known):
        note = text("figure.published") if figure.basis == "published" else ""
        return Cell(padded(figure.value, digits), mark=figure.confidence, note=note)
    note = range_words(figure.low, figure.high, text, digits)
    return Cell(text("figure.unknown"), tone="open", note=note)


class Speaker:
    """Says things of one round in one language.

    Parameters
    ----------
    found
        The round, for names.
    language
        Language of the reader.
    """

    def __init__(self, found: RoundFile, language: Language) -> None:
        self.text = Text(language, BOOK)
        self.language = language
        self._teams = {team.id: team.name.text(language) for team in found.teams}
        self._parts = {block.id: block.title.text(language) for block in found.blocks}
        for item in found.items:
            self._parts.setdefault(item.id, item.title.text(language))
            for sub in item.sub_items:
                self._parts[f"{item.id}.{sub.id}"] = sub.title.text(language)
        self._gates = {gate.id: gate.title.text(language) for gate in found.gates}
        self._sources = {source.id: source.title.text(language) for source in found.sources}

    def say(self, words: Localized | None) -> str:
        """Return a sentence of a document.

        Parameters
        ----------
        words
            The sentence, if there is one.

        Returns
        -------
        str
            Empty if there is none.
        """
        return "" if words is None else words.text(self.language)

    def team(self, name: str) -> str:
        """Return the name of a team.

        Parameters
        ----------
        name
            Id of the team.

        Returns
        -------
        str
            The id itself for a team that the round does not have.
        """
        return self._teams.get(name, name)

    def teams(self, names: Iterable[str]) -> str:
        """Return the names of several teams.

        Parameters
        ----------
        names
            Ids.

        Returns
        -------
        str
            A word for nobody if there are none.
        """
        return ", ".join(map(self.team, names)) or self.text("word.nobody")

    def part(self, name: str) -> str:
        """Return the title of a block, an item or a sub-item.

        Parameters
        ----------
        name
            Id, with a dot before a sub-item, or ``total``.

        Returns
        -------
        str
            The id itself where the round has no such part.
        """
        return self.text("word.total") if name == "total" else self._parts.get(name, name)

    def gate(self, name: str) -> str:
        """Return the title of a gate.

        Parameters
        ----------
        name
            Id of the gate.

        Returns
        -------
        str
            The id itself where the round has no such gate.
        """
        return self._gates.get(name, name)

    def source(self, name: str | None) -> str:
        """Return the title of a source.

        Parameters
        ----------
        name
            Id of the source, if there is one.

        Returns
        -------
        str
            Empty if there is none.
        """
        return "" if name is None else self._sources.get(name, name)

    def named(self, words: str) -> str:
        """Put the names of teams in place of their ids.

        Parameters
        ----------
        words
            A text in which ids of teams stand as words.

        Returns
        -------
        str
            The same with names.
        """
        return _WORD.sub(lambda one: self._teams.get(one[0], one[0]), words)

    def range(self, low: Decimal | None, high: Decimal | None, digits: int = 0) -> str:
        """Write what is possible, as far as anything is known of it.

        Parameters
        ----------
        low, high
            Ends; None where nothing is known.
        digits
            Decimals that others in the column have.

        Returns
        -------
        str
            Empty if either end is not known.
        """
        return range_words(low, high, self.text, digits)

    def figure(self, figure: Figure, digits: int = 0) -> Cell:
        """Return the cell of a figure: known, with who says so; or unknown, with what is possible.

        Parameters
        ----------
        figure
            The figure.
        digits
            Decimals that others in the column have.

        Returns
        -------
        Cell
            A figure that is unknown is never shown as a number.
        """
        return figure_cell(figure, self.text, digits)

    def rank(self, rank: int | None, low: int | None, high: int | None, *, tied: bool) -> str:
        """Return a rank, a range of ranks, or a dash for a team that is not ranked.

        Parameters
        ----------
        rank
            Rank where it is certain.
        low, high
            Ends of its range.
        tied
            Whether others share it.

        Returns
        -------
        str
            A dash for a team that is not ranked.
        """
        if rank is not None:
            return self.text("rank.tied" if tied else "rank.exact", n=rank)
        if low is None or high is None:
            return self.text("rank.none")
        return self.text("rank.range", low=low, high=high)


def by_words(figures: Sequence[Figure]) -> int:
    """Return the most decimals among known figures, so that a column lines up.

    Parameters
    ----------
    figures
        The figures of a column or table.

    Returns
    -------
    int
        At least 0.
    """
    known = [figure.value for figure in figures if isinstance(figure, Known)]
    return max((max(-int(value.as_tuple().exponent), 0) for value in known), default=0)


def marks_legend(text: Text) -> Part:
    """Say what the marks beside figures mean.

    Parameters
    ----------
    text
        Language of the reader.

    Returns
    -------
    Part
        One row for each mark, strongest first.
    """
    rows = tuple((text(f"mark.{mark}"), text(f"mark_means.{mark}")) for mark in CONFIDENCE_ORDER)
    return Facts((*rows, (text("mark.none"), text("mark_means.none"))))
