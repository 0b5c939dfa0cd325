"""A page of the programme as Markdown, short enough for an issue or a mail.

The module knows Markdown and its traps, never what the page means; figures are left out, since
every number of them stands in a table.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dokja.report.markdown import code, prose
from dokja.report.names import show
from dokja.report.round.html import BOOK
from dokja.report.round.parts import (
    Bullets,
    Cell,
    Choice,
    Columns,
    Facts,
    Figure,
    Fold,
    Outcomes,
    Shell,
    Steps,
    Table,
    Words,
)
from dokja.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dokja.report.round.parts import Column, Page, Part

__all__ = ["markdown_page"]

_LONGEST = 2000


def markdown_page(page: Page) -> bytes:
    """Write a page as Markdown.

    Parameters
    ----------
    page
        The page.

    Returns
    -------
    bytes
        UTF-8 with a final line break.
    """
    text = Text(page.language, BOOK)
    writer = _Writer(text)
    badges = " · ".join(writer.words(badge.words) for badge in page.badges)
    parts = [
        f"# {writer.words(page.subject)}",
        f"**{writer.words(page.headline)}** {writer.words(page.summary)}".rstrip(),
        badges,
        f"{writer.words(page.kicker)} · {writer.words(page.stamp)}",
    ]
    for section in page.sections:
        parts.append(f"## {writer.words(section.title)}")
        parts += [writer.words(section.lead)] if section.lead else []
        parts += writer.parts(section.parts)
    parts.append(f"---\n\n{writer.words(page.made_by)}")
    return ("\n\n".join(part for part in parts if part) + "\n").encode()


class _Writer:
    """Sets parts in one language."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def words(self, value: str) -> str:
        """Return a text with nothing in it that Markdown would obey."""
        return prose(show(value, self._text, longest=_LONGEST)) if value else ""

    def part(self, part: Part) -> list[str]:
        """Return the paragraphs of a part."""
        match part:
            case Figure():
                return []
            case Table():
                return self._table(part)
            case Fold():
                return [f"### {self.words(part.title)}", *self.parts(part.parts)]
            case Choice():
                return self._choice(part)
            case Words():
                return [self.words(paragraph) for paragraph in part.paragraphs]
            case _:
                return [*self._title(part), "\n".join(self._lines(part))]

    def _choice(self, choice: Choice) -> list[str]:
        said: list[str] = []
        for label, parts in choice.options:
            said += [f"### {self.words(choice.title)}: {self.words(label)}", *self.parts(parts)]
        return said

    def parts(self, parts: Iterable[Part]) -> list[str]:
        """Return the paragraphs of several parts."""
        return [words for part in parts for words in self.part(part)]

    def _title(self, part: Bullets | Steps | Facts | Outcomes | Columns | Shell) -> list[str]:
        title = getattr(part, "title", "")
        return [f"**{self.words(title)}**"] if title else []

    def _lines(self, part: Bullets | Steps | Facts | Outcomes | Columns | Shell) -> list[str]:
        match part:
            case Bullets():
                return [f"- {self.words(item)}" for item in part.items]
            case Steps():
                return [f"{place}. {self.words(item)}" for place, item in enumerate(part.items, 1)]
            case Facts():
                return [f"- {self.words(label)}: {self._fact(part, w)}" for label, w in part.rows]
            case Outcomes():
                return [
                    f"- **{self.words(row.name)}: {self.words(row.word)}.** "
                    f"{self.words(row.sentence)}"
                    for row in part.rows
                ]
            case Columns():
                return [self._column(one) for one in part.items]
            case Shell():
                return [self._shell(part.command)]

    def _column(self, one: Column) -> str:
        note = f" ({self.words(one.note)})" if one.note else ""
        said = f"- **{self.words(one.name)}: {self.words(one.word)}.** {self.words(one.question)}"
        return f"{said} {self.words(one.sentence)}{note}"

    def _fact(self, part: Facts, words: str) -> str:
        return code(show(words, self._text)) if part.code else self.words(words)

    def _table(self, table: Table) -> list[str]:
        columns = range(len(table.columns))
        marks = ["---:" if place in table.numeric else "---" for place in columns]
        rows = [[self._cell(cell) for cell in row] for row in table.rows]
        lines = [[self.words(name) for name in table.columns], marks, *rows]
        body = "\n".join("| " + " | ".join(line) + " |" for line in lines)
        caption = [self.words(table.caption)] if table.caption else []
        return [f"**{self.words(table.title)}**", body, *caption]

    def _cell(self, cell: Cell) -> str:
        parts = [self.words(cell.words)]
        said = [cell.note] if cell.note else []
        said += [self._text(f"mark.{cell.mark}")] if cell.mark else []
        if said:
            parts.append(f"({'; '.join(map(self.words, said))})")
        return " ".join(part for part in parts if part)

    def _shell(self, command: str) -> str:
        # A fence longer than any run of backticks inside, so that no name can close it.
        longest = max((len(run) for run in re.findall("`+", command)), default=0)
        fence = "`" * max(3, longest + 1)
        return f"{fence}sh\n{show(command, self._text, longest=_LONGEST)}\n{fence}"
