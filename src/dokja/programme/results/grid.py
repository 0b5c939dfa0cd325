"""A table as it stands in a file: rows of cells, each with its place and its kind.

The module knows rows and columns, never what a column means or which file they came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Grid", "GridCell", "Row", "letters"]

Kind = Literal["text", "number", "percent", "date", "formula", "error", "flag", "covered", "hidden"]


@dataclass(frozen=True, slots=True)
class GridCell:
    """One cell."""

    text: str
    """As it is written; a percentage of a spreadsheet with its sign, a day as ISO 8601."""
    kind: Kind = "text"
    """``covered`` is the rest of merged cells; ``hidden`` stands in a hidden row or column."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row."""

    number: int
    """As the file counts it, from 1."""
    cells: tuple[GridCell, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written in it."""
        return all(not cell.text.strip() and cell.kind != "covered" for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet of a workbook, or all of a CSV."""

    sheet: str | None
    """None for a CSV."""
    rows: tuple[Row, ...]
    """Without rows that are empty."""

    def place(self, row: int, column: int, header: str) -> str:
        """Name a cell for a message.

        Parameters
        ----------
        row
            Number of the row.
        column
            Index of the column, from 0.
        header
            What stands above it.

        Returns
        -------
        str
            ``Sheet1!C7`` in a workbook, ``row 7, column score`` in a CSV.
        """
        if self.sheet is None:
            return f"row {row}, column {header or letters(column)}"
        return f"{self.sheet}!{letters(column)}{row}"


def letters(column: int) -> str:
    """Return the letters of a column.

    Parameters
    ----------
    column
        Index from 0.

    Returns
    -------
    str
        ``A`` to ``Z``, then ``AA``.

    Examples
    --------
    >>> letters(0), letters(27)
    ('A', 'AB')
    """
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
