"""One sheet of a workbook: cells as a person meant them when typing.

The module knows cells, styles and merged ranges, never what a column means.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dokja.errors import ProgrammeError
from dokja.programme.results.defects import printable
from dokja.programme.results.grid import Grid, GridCell, Row
from dokja.programme.results.numbers import NumberProblemError, read_number, shifted
from dokja.programme.results.xmltext import elements, parse_xml

if TYPE_CHECKING:
    from decimal import Decimal

    from dokja.programme.results.grid import Kind
    from dokja.programme.results.xmltext import Attributes

__all__ = ["SharedText", "SheetContext", "Styles", "read_sheet"]

_MAX_ROWS: Final = 1_048_576
_MAX_COLUMNS: Final = 16_384
_MAX_CELLS: Final = 1_000_000
_MAX_MERGED: Final = 100_000
_PERCENTS: Final = frozenset({9, 10})
_DAYS: Final = frozenset({14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 46, 47})
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_PLACE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})", re.ASCII)
_SIGNIFICANT: Final = 15
"""Digits that a spreadsheet keeps of what is typed."""

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_BLANK: Final = GridCell("")


class Styles:
    """Which styles show a number as a percentage or a day.

    Parameters
    ----------
    data
        The part ``styles.xml``; empty for none.
    uri
        What messages call the workbook.
    """

    def __init__(self, data: bytes, uri: str) -> None:
        codes: dict[int, str] = {}
        self._kinds: list[Kind] = []
        within = False
        for name, attributes, _ in elements(data, uri):
            if name == "numFmt":
                codes[_whole(attributes.get("numFmtId"))] = attributes.get("formatCode", "")[:500]
            elif name in {"cellXfs", "cellStyles"}:
                within = name == "cellXfs"
            elif name == "xf" and within:
                number = _whole(attributes.get("numFmtId"))
                self._kinds.append(_kind_of(number, codes.get(number, "")))

    def kind(self, style: str | None) -> Kind:
        """Return how a style shows a number.

        Parameters
        ----------
        style
            Index of the style, as written at a cell.

        Returns
        -------
        str
            ``number``, ``percent`` or ``date``.
        """
        place = _whole(style)
        return self._kinds[place] if place < len(self._kinds) else "number"


def _kind_of(number: int, code: str) -> Kind:
    bare = _QUOTED.sub("", code)
    if number in _PERCENTS or "%" in bare:
        return "percent"
    if number in _DAYS or any(letter in bare.lower().replace("general", "") for letter in "ymdh"):
        return "date"
    return "number"


class SharedText:
    """Texts that cells refer to by number.

    Parameters
    ----------
    data
        The part ``sharedStrings.xml``; empty for none.
    uri
        What messages call the workbook.
    """

    def __init__(self, data: bytes, uri: str) -> None:
        self.texts: list[str] = []
        self._pieces: list[str] = []
        self._open: list[str] = []
        parse_xml(data, uri, start=self._start, end=self._end, text=self._text)

    def _start(self, name: str, _attributes: Attributes) -> None:
        self._open.append(name)

    def _end(self, name: str) -> None:
        self._open.pop()
        if name == "si":
            self.texts.append(_unescaped("".join(self._pieces)))
            self._pieces.clear()

    def _text(self, piece: str) -> None:
        # How a text is pronounced (rPh) is no part of it.
        if self._open[-1] == "t" and "rPh" not in self._open:
            self._pieces.append(piece)


@dataclass(frozen=True, slots=True)
class SheetContext:
    """What the sheets of a workbook share."""

    uri: str
    """What messages call the workbook."""
    shared: SharedText
    styles: Styles
    since_1904: bool = False
    """Whether days are counted from 1904, as old Macintoshes did."""


def read_sheet(data: bytes, name: str, context: SheetContext) -> Grid:
    """Read a sheet.

    Parameters
    ----------
    data
        Its part.
    name
        Its name.
    context
        What it shares with the others.

    Returns
    -------
    Grid
        Rows that hold something.

    Raises
    ------
    ProgrammeError
        If it is broken or too large.
    """
    reader = _Sheet(name, context)
    parse_xml(data, context.uri, start=reader.start, end=reader.end, text=reader.text)
    return reader.grid()


class _Sheet:
    """A sheet while it is read."""

    def __init__(self, name: str, context: SheetContext) -> None:
        self.name = name
        self.context = context
        self.cells: dict[int, dict[int, GridCell]] = {}
        self.hidden_rows: set[int] = set()
        self.hidden_columns = bytearray(_MAX_COLUMNS)
        self._n_columns = 0
        self.merged: list[tuple[int, int, int, int]] = []
        self._row = 0
        self._column = -1
        self._cell: Attributes = {}
        self._open: list[str] = []
        self._pieces: dict[str, list[str]] = {}
        self._n_cells = 0

    def start(self, name: str, attributes: Attributes) -> None:
        self._open.append(name)
        if name == "row":
            self._row = _whole(attributes.get("r")) or self._row + 1
            self._column = -1
            if _is_true(attributes.get("hidden")):
                self.hidden_rows.add(self._row)
        elif name == "c":
            self._begin(attributes)
        elif name == "f":
            self._pieces["f"] = []
        elif name == "col" and _is_true(attributes.get("hidden")):
            self._hide(_whole(attributes.get("min")) - 1, _whole(attributes.get("max")))
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def text(self, piece: str) -> None:
        inner = self._open[-1] if self._open else ""
        if inner in {"v", "f", "t"} and "rPh" not in self._open:
            self._pieces.setdefault(inner, []).append(piece)

    def end(self, name: str) -> None:
        self._open.pop()
        if name != "c":
            return
        cell = self._finished()
        if cell.text or cell.kind != "text":
            self.cells.setdefault(self._row, {})[self._column] = cell

    def grid(self) -> Grid:
        filled = sorted(self.cells)
        for merged in self.merged:
            self._cover(filled, *merged)
        n_cells = sum(max(cells) + 1 for cells in self.cells.values())
        if n_cells > _MAX_CELLS:
            raise self._too_large()
        rows = (self._whole_row(number) for number in sorted(self.cells))
        return Grid(self.name, tuple(row for row in rows if not row.is_empty))

    def _hide(self, first: int, end: int) -> None:
        self._n_columns += 1
        first, end = max(first, 0), min(end, _MAX_COLUMNS)
        if self._n_columns > _MAX_COLUMNS:
            raise self._too_large()
        self.hidden_columns[first:end] = b"\1" * max(end - first, 0)

    def _begin(self, attributes: Attributes) -> None:
        self._n_cells += 1
        row, column = _place(attributes.get("r", ""))
        self._column = self._column + 1 if column is None else column
        self._row = self._row if row is None else row
        if self._n_cells > _MAX_CELLS or self._row > _MAX_ROWS or self._column >= _MAX_COLUMNS:
            raise self._too_large()
        self._cell = attributes
        self._pieces = {}

    def _finished(self) -> GridCell:
        kind = self._cell.get("t", "n")
        text = "".join(self._pieces.get("t" if kind == "inlineStr" else "v", ()))
        text = _unescaped(text) if kind in {"inlineStr", "str"} else text
        if "f" in self._pieces:
            return GridCell("=" + "".join(self._pieces["f"])[:200], "formula")
        if kind == "s":
            place = _whole(text)
            texts = self.context.shared.texts
            return GridCell(texts[place]) if place < len(texts) else GridCell("#REF!", "error")
        if kind == "n":
            return self._number(text) if text else _BLANK
        if kind == "b":
            return GridCell("TRUE" if text == "1" else "FALSE", "flag")
        return GridCell(text, {"e": "error", "d": "date"}.get(kind, "text"))  # type: ignore[arg-type]

    def _number(self, text: str) -> GridCell:
        kind = self.context.styles.kind(self._cell.get("s"))
        try:
            number = _typed(text)
        except NumberProblemError:
            return GridCell(text, "text")
        if kind == "percent":
            return GridCell(f"{shifted(number, 2):f}%", "percent")
        if kind == "date":
            return GridCell(_day(number, since_1904=self.context.since_1904), "date")
        return GridCell(format(number, "f"), "number")

    def _merge(self, reference: str) -> None:
        begin, _, end = reference.partition(":")
        (row, column), (last_row, last_column) = _place(begin), _place(end)
        if None in (row, column, last_row, last_column):
            return
        assert row is not None
        assert column is not None
        assert last_row is not None
        assert last_column is not None
        self.merged.append((row, column, last_row, last_column))
        if len(self.merged) > _MAX_MERGED:
            raise self._too_large()

    def _cover(
        self, filled: list[int], first_row: int, first_column: int, last_row: int, last_column: int
    ) -> None:
        """Mark what lies beneath merged cells, only where a row holds something anyhow."""
        rows = filled[bisect_left(filled, first_row) : bisect_right(filled, last_row)]
        width = min(last_column, _MAX_COLUMNS - 1) - first_column + 1
        self._n_cells += len(rows) * max(width, 0)
        if self._n_cells > _MAX_CELLS:
            raise self._too_large()
        for row in rows:
            for column in range(first_column, first_column + width):
                if (row, column) != (first_row, first_column):
                    self.cells[row][column] = GridCell("", "covered")

    def _whole_row(self, number: int) -> Row:
        cells = self.cells[number]
        return Row(number, tuple(self._shown(number, column) for column in range(max(cells) + 1)))

    def _shown(self, row: int, column: int) -> GridCell:
        cell = self.cells[row].get(column, _BLANK)
        hidden = row in self.hidden_rows or self.hidden_columns[column] == 1
        return GridCell(cell.text, "hidden") if hidden and cell.text else cell

    def _too_large(self) -> ProgrammeError:
        return ProgrammeError(
            f"the sheet {printable(self.name)} is too large",
            uri=self.context.uri,
            hint="Hand in scores, not single answers, or split the sheet into several files.",
        )


def _unescaped(text: str) -> str:
    """Write out characters that XML cannot hold, which workbooks spell ``_x000D_``."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _typed(text: str) -> Decimal:
    """Return a number as it was typed.

    A spreadsheet stores binary numbers, and writes 0.7421 out as 0.74209999999999999; the shortest
    decimal that stands for the same binary number is what was typed, if that had at most fifteen
    digits.
    """
    number = read_number(text, mark=".").value
    if len(number.as_tuple().digits) > _SIGNIFICANT:
        number = read_number(repr(float(text)), mark=".").value
    return number


def _day(number: Decimal, *, since_1904: bool) -> str:
    first = dt.date(1904, 1, 1) if since_1904 else dt.date(1899, 12, 30)
    try:
        return (first + dt.timedelta(days=int(number))).isoformat()
    except OverflowError:
        return str(number)


def _place(reference: str) -> tuple[int | None, int | None]:
    found = _PLACE.fullmatch(reference)
    if not found:
        return None, None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]), column - 1


def _whole(text: str | None) -> int:
    """Return a small whole number; one out of bounds where there is none."""
    given = text or ""
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def _is_true(text: str | None) -> bool:
    return text in {"1", "true"}
