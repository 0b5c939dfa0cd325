"""What a PDF is made of: nodes of plain values that go to the typesetter as JSON.

The module knows the shapes of the nodes, never what they say or how they are set.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dokja.report.renderer import Language

__all__ = [
    "Drawing",
    "Node",
    "Sheet",
    "facts",
    "heading",
    "items",
    "outcome",
    "shell",
    "table",
    "words",
]

Node: TypeAlias = "dict[str, Any]"
"""One part: its kind under ``k``, and what belongs to it; strings are text, never markup."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure: its Vega-Lite specification, the same in words, and what stands around it."""

    spec: dict[str, Any]
    alt: str
    title: str = ""
    caption: str = ""
    legend: tuple[tuple[str, str], ...] = ()
    """Style property of each colour, and what it stands for."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole document."""

    language: Language
    kicker: str
    stamp: str
    label: str
    subject: str
    facts: str
    headline: str
    summary: str
    badges: tuple[tuple[str, str], ...]
    """Words and tone."""
    made_by: str
    nodes: tuple[Node | Drawing, ...] = field(default=())


def heading(level: int, title: str, *, tone: str = "plain", word: str = "") -> Node:
    """Make a heading.

    Parameters
    ----------
    level
        1 for a section, 2 and 3 below it.
    title
        Its words.
    tone
        Colour of `word`.
    word
        A verdict that stands beside it.

    Returns
    -------
    dict
        The node.
    """
    return {"k": "h", "level": level, "t": title, "tone": tone, "word": word}


def words(paragraphs: Iterable[str], *, quiet: bool = False) -> Node:
    """Make paragraphs.

    Parameters
    ----------
    paragraphs
        Their words; empty ones are left out.
    quiet
        Whether they are set small.

    Returns
    -------
    dict
        The node.
    """
    return {"k": "p", "t": [one for one in paragraphs if one], "quiet": quiet}


def items(lines: Iterable[str], *, title: str = "", ordered: bool = False) -> Node:
    """Make a list.

    Parameters
    ----------
    lines
        Its items.
    title
        What stands above it.
    ordered
        Whether it is numbered.

    Returns
    -------
    dict
        The node.
    """
    return {"k": "list", "items": list(lines), "title": title, "ordered": ordered}


def facts(rows: Iterable[tuple[str, str]], *, code: bool = False, title: str = "") -> Node:
    """Make a list of names and values.

    Parameters
    ----------
    rows
        Names and values.
    code
        Whether a machine wrote the values.
    title
        What stands above it.

    Returns
    -------
    dict
        The node.
    """
    return {"k": "facts", "rows": [list(row) for row in rows], "code": code, "title": title}


def shell(command: str) -> Node:
    """Make a command that can be typed.

    Parameters
    ----------
    command
        The command.

    Returns
    -------
    dict
        The node.
    """
    return {"k": "shell", "t": command}


def outcome(
    name: str, word: str, tone: str, sentences: Sequence[str], rows: Iterable[tuple[str, str]] = ()
) -> Node:
    """Make a verdict on somebody or something.

    Parameters
    ----------
    name
        Whom or what it is about.
    word
        The verdict in a word.
    tone
        Its colour.
    sentences
        What it means.
    rows
        Names and values that belong to it.

    Returns
    -------
    dict
        The node.
    """
    said = [one for one in sentences if one]
    return {
        "k": "outcome",
        "name": name,
        "word": word,
        "tone": tone,
        "t": said,
        "rows": [list(row) for row in rows],
    }


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[tuple[str, str, str]]],
    *,
    title: str = "",
    numeric: Sequence[int] = (),
    wide: Sequence[int] = (),
    caption: str = "",
) -> Node:
    """Make a table.

    Parameters
    ----------
    columns
        Names of its columns.
    rows
        Cells: words, tone, and a quiet note beneath.
    title
        What stands above it.
    numeric
        Columns set to the right.
    wide
        Columns that hold sentences.
    caption
        What stands below it.

    Returns
    -------
    dict
        The node.
    """
    return {
        "k": "table",
        "columns": list(columns),
        "rows": [[list(cell) for cell in row] for row in rows],
        "title": title,
        "numeric": list(numeric),
        "wide": list(wide),
        "caption": caption,
    }
