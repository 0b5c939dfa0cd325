"""What a page of the programme is made of: sections of words, tables, steps and figures.

The module knows the parts as plain values, never how they are set or where they come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from dokja.document.number import Confidence
    from dokja.report.renderer import Language
    from dokja.report.round.shapes import Shape

__all__ = [
    "Badge",
    "Bullets",
    "Cell",
    "Choice",
    "Column",
    "Columns",
    "Facts",
    "Figure",
    "Fold",
    "Outcome",
    "Outcomes",
    "Page",
    "Part",
    "Section",
    "Shell",
    "Steps",
    "Table",
    "Tone",
    "Words",
]

Tone = Literal["plain", "good", "bad", "open", "quiet"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: words, a mark of who says so, and a quiet line beneath."""

    words: str
    tone: Tone = "plain"
    mark: Confidence | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `numeric` names the columns that are set to the right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: tuple[int, ...] = ()
    caption: str = ""
    wide: tuple[int, ...] = ()
    """Columns that hold sentences."""


@dataclass(frozen=True, slots=True)
class Words:
    """Paragraphs."""

    paragraphs: tuple[str, ...]
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """Sentences of a list."""

    items: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Steps:
    """Sentences in their order."""

    items: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what belongs to them; `code` are set as what a machine wrote."""

    rows: tuple[tuple[str, str], ...]
    code: bool = False


@dataclass(frozen=True, slots=True)
class Shell:
    """A command that can be typed."""

    command: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of somebody, in a word and a sentence."""

    name: str
    word: str
    tone: Tone
    sentence: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of everybody."""

    rows: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One of a few answers that stand side by side: a question, a word, a sentence."""

    name: str
    question: str
    word: str
    tone: Tone
    sentence: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Answers side by side; below each other where the window is narrow."""

    items: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawn figure; every number of it stands in a table as well."""

    shape: Shape
    title: str
    alt: str
    caption: str = ""
    legend: tuple[tuple[str, str], ...] = ()
    """Style property of each colour, and what it stands for."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Parts that are shown when asked for."""

    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A switch: one of several sets of parts is shown, the first at the beginning."""

    title: str
    options: tuple[tuple[str, tuple[Part, ...]], ...]


Part: TypeAlias = (
    "Table | Words | Bullets | Steps | Facts | Shell | Outcomes | Columns | Figure | Fold | Choice"
)


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a page; `nav` is its short name in the list of contents."""

    slug: str
    title: str
    nav: str
    parts: tuple[Part, ...]
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Badge:
    """One short statement below the headline."""

    words: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page."""

    language: Language
    kicker: str
    stamp: str
    """Version or date that every figure of the page is of."""
    label: str
    subject: str
    facts: str
    headline: str
    summary: str
    badges: tuple[Badge, ...]
    sections: tuple[Section, ...]
    made_by: str
