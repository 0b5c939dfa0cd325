"""A page of the programme, a review or a training run as the nodes of a PDF.

The module knows both shapes, never what the page says. What a page folds away or lets choose stands
open here, one after the other, since paper has no switches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.report.names import show
from dokja.report.pdf.sheet import (
    Drawing,
    Node,
    Sheet,
    facts,
    heading,
    items,
    outcome,
    shell,
    table,
    words,
)
from dokja.report.round.charts import draw_shape
from dokja.report.round.html import BOOK
from dokja.report.round.parts import (
    Bullets,
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
    from collections.abc import Iterable, Iterator

    from dokja.report.round.parts import Cell, Page, Part

__all__ = ["page_sheet"]

_LONGEST = 2000


def page_sheet(page: Page) -> Sheet:
    """Lay a page out as a sheet.

    Parameters
    ----------
    page
        The page.

    Returns
    -------
    Sheet
        Every part of it, in its order.
    """
    layout = _Layout(Text(page.language, BOOK))
    nodes: list[Node | Drawing] = []
    for section in page.sections:
        nodes.append(heading(1, layout.say(section.title)))
        if section.lead:
            nodes.append(words([layout.say(section.lead)]))
        nodes += layout.parts(section.parts)
    return Sheet(
        language=page.language,
        kicker=layout.say(page.kicker),
        stamp=layout.say(page.stamp),
        label=layout.say(page.label),
        subject=layout.say(page.subject),
        facts=layout.say(page.facts),
        headline=layout.say(page.headline),
        summary=layout.say(page.summary),
        badges=tuple((layout.say(badge.words), badge.tone) for badge in page.badges),
        made_by=layout.say(page.made_by),
        nodes=tuple(_said_once(nodes)),
    )


def _said_once(nodes: Iterable[Node | Drawing]) -> Iterator[Node | Drawing]:
    """Leave out the title of a table that the heading right above it has said already."""
    above = ""
    for node in nodes:
        if isinstance(node, dict):
            yield {**node, "title": ""} if above and node.get("title") == above else node
            above = node["t"] if node["k"] == "h" else ""
        else:
            yield node
            above = ""


class _Layout:
    """Lays parts out in one language."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def say(self, value: str) -> str:
        """Return a text on one line, all of it visible."""
        return show(value, self._text, longest=_LONGEST) if value else ""

    def parts(self, parts: Iterable[Part], level: int = 2) -> Iterator[Node | Drawing]:
        """Lay several parts out."""
        for part in parts:
            yield from self._part(part, level)

    def _part(self, part: Part, level: int) -> Iterator[Node | Drawing]:
        match part:
            case Fold():
                yield heading(level, self.say(part.title))
                yield from self.parts(part.parts, min(level + 1, 3))
            case Choice():
                for label, inner in part.options:
                    yield heading(level, f"{self.say(part.title)}: {self.say(label)}")
                    yield from self.parts(inner, min(level + 1, 3))
            case Figure():
                yield self._figure(part)
            case Table():
                yield self._table(part)
            case Outcomes() | Columns():
                yield from self._outcomes(part)
            case _:
                yield self._lines(part)

    def _lines(self, part: Words | Bullets | Steps | Facts | Shell) -> Node:
        match part:
            case Words():
                return words(map(self.say, part.paragraphs), quiet=part.quiet)
            case Bullets():
                return items(map(self.say, part.items), title=self.say(part.title))
            case Steps():
                return items(map(self.say, part.items), title=self.say(part.title), ordered=True)
            case Facts():
                rows = ((self.say(name), self.say(value)) for name, value in part.rows)
                return facts(rows, code=part.code)
            case Shell():
                return shell(self.say(part.command))

    def _outcomes(self, part: Outcomes | Columns) -> Iterator[Node]:
        if isinstance(part, Outcomes):
            for row in part.rows:
                rows = [(self.say(name), self.say(value)) for name, value in row.facts]
                said = [self.say(row.sentence)]
                yield outcome(self.say(row.name), self.say(row.word), row.tone, said, rows)
            return
        for one in part.items:
            said = [self.say(one.question), self.say(one.sentence), self.say(one.note)]
            yield outcome(self.say(one.name), self.say(one.word), one.tone, said)

    def _figure(self, part: Figure) -> Drawing:
        return Drawing(
            draw_shape(part.shape, part.alt),
            self.say(part.alt),
            self.say(part.title),
            self.say(part.caption),
            tuple((name, self.say(label)) for name, label in part.legend),
        )

    def _table(self, part: Table) -> Node:
        return table(
            [self.say(name) for name in part.columns],
            [[self._cell(cell) for cell in row] for row in part.rows],
            title=self.say(part.title),
            numeric=part.numeric,
            wide=part.wide,
            caption=self.say(part.caption),
        )

    def _cell(self, cell: Cell) -> tuple[str, str, str]:
        said = [self.say(cell.note)] if cell.note else []
        said += [self._text(f"mark.{cell.mark}")] if cell.mark else []
        return self.say(cell.words), cell.tone, "; ".join(said)
