"""Workbooks (``.xlsx``) from people: which sheet is meant, and its cells with their kinds.

The module knows the parts of a workbook, never what a column means. It reads the file itself,
because formulas, percent formats, hidden rows and merged cells decide whether a number may be
believed, and because what is unpacked must be bounded.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from dokja.errors import ProgrammeError
from dokja.programme.results.defects import printable
from dokja.programme.results.grid import Grid
from dokja.programme.results.notes import listed, note
from dokja.programme.results.sheet import SharedText, SheetContext, Styles, read_sheet
from dokja.programme.results.xmltext import elements
from dokja.programme.results.zipped import member_bytes, open_zip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.document.common import Localized
    from dokja.programme.results.mapping import ResultsMapping
    from dokja.programme.results.source import Source

__all__ = ["has_sheet", "is_workbook", "sheet_of"]

_MAX_PART: Final = 64 * 1024 * 1024
_MAX_SHEETS: Final = 50
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
_BOOK: Final = "xl/workbook.xml"
_OTHERS: Final = {
    "xl/workbook.bin": "a binary workbook (.xlsb)",
    "content.xml": "an OpenDocument file (.ods)",
}


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    part: str
    is_hidden: bool


def is_workbook(source: Source) -> bool:
    """Tell whether an archive is a workbook.

    Parameters
    ----------
    source
        A ZIP archive.

    Returns
    -------
    bool
        By the names of its members; also for kinds that are refused by name later.
    """
    with open_zip(source.path, source.name) as archive:
        return not {_BOOK, *_OTHERS}.isdisjoint(archive.namelist())


def has_sheet(source: Source, name: str) -> bool:
    """Tell whether a workbook has a sheet.

    Parameters
    ----------
    source
        A ZIP archive.
    name
        Name of the sheet.

    Returns
    -------
    bool
        False also for an archive that is no workbook.
    """
    with open_zip(source.path, source.name) as archive:
        if _BOOK not in archive.namelist():
            return False
        try:
            part = member_bytes(archive, _BOOK, _MAX_PART, source.name)
        except _BROKEN:
            return False
    found = elements(part, source.name)
    return any(tag == "sheet" and about.get("name") == name for tag, about, _ in found)


def sheet_of(source: Source, mapping: ResultsMapping) -> tuple[Grid, tuple[Localized, ...]]:
    """Read the sheet of a workbook that holds the table.

    Parameters
    ----------
    source
        The workbook.
    mapping
        May name the sheet; without that, the only visible sheet that holds anything is meant.

    Returns
    -------
    grid : Grid
        Rows that hold something.
    notes : tuple of Localized
        Sheets that were not read.

    Raises
    ------
    ProgrammeError
        If it is no workbook that can be read, or more than one sheet could be meant.
    """
    with open_zip(source.path, source.name) as archive:
        book = _Book(archive, source.name)
        try:
            return book.choose(mapping.sheet)
        except _BROKEN as bad:
            raise ProgrammeError(
                f"the workbook cannot be unpacked: {printable(str(bad))}",
                uri=source.name,
                hint="Open the workbook in a spreadsheet program and save it again as .xlsx.",
            ) from None


class _Book:
    """An open workbook."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self.archive = archive
        self.name = name
        self.members = frozenset(archive.namelist())
        for member, what in _OTHERS.items():
            if member in self.members and _BOOK not in self.members:
                raise ProgrammeError(
                    f"{what} is not read", uri=name, hint="Save it as .xlsx or as CSV UTF-8."
                )

    def choose(self, wanted: str | None) -> tuple[Grid, tuple[Localized, ...]]:
        sheets = list(self._sheets())
        if wanted is not None:
            named = [sheet for sheet in sheets if sheet.name == wanted]
            if not named:
                raise ProgrammeError(
                    f"there is no sheet {printable(wanted)!r}; "
                    f"there are: {listed(sheet.name for sheet in sheets)}",
                    uri=self.name,
                    hint="Name one of them under sheet: in the mapping.",
                )
            return self._grid(named[0]), tuple(self._notes(sheets, named[0]))
        visible = [sheet for sheet in sheets if not sheet.is_hidden]
        filled: list[tuple[_Sheet, Grid]] = []
        for sheet in visible[:_MAX_SHEETS]:
            grid = self._grid(sheet)
            if grid.rows:
                # A second one is an error; only its name is needed then.
                filled.append((sheet, Grid(sheet.name, ()) if filled else grid))
        if len(filled) != 1 or len(visible) > _MAX_SHEETS:
            shown = listed(sheet.name for sheet, _ in filled)
            raise ProgrammeError(
                f"more than one sheet could be meant: {shown}"
                if filled
                else "no visible sheet holds anything",
                uri=self.name,
                hint="Name the one that is meant in the mapping: `sheet: …`.",
            )
        return filled[0][1], tuple(self._notes(sheets, filled[0][0]))

    def _notes(self, sheets: list[_Sheet], read: _Sheet) -> Iterator[Localized]:
        hidden = [sheet.name for sheet in sheets if sheet.is_hidden and sheet != read]
        if hidden:
            names = listed(hidden)
            yield note(
                self.name, f"hidden sheets were not read: {names}", f"읽지 않은 숨은 시트: {names}"
            )
        if read.is_hidden:
            shown = printable(read.name)
            yield note(
                self.name, f"the sheet {shown} is hidden in it", f"숨은 시트를 읽음: {shown}"
            )

    def _sheets(self) -> Iterator[_Sheet]:
        targets = dict(self._relations())
        for name, attributes, _ in elements(self._part(_BOOK), self.name):
            if name != "sheet":
                continue
            part = targets.get(attributes.get("id", ""), ("", ""))[1]
            if part in self.members:
                title = attributes.get("name", "")[:200]
                yield _Sheet(title, part, attributes.get("state", "visible") != "visible")

    def _relations(self) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield the kind and the member of every part that the workbook refers to."""
        for name, attributes, _ in elements(self._part("xl/_rels/workbook.xml.rels"), self.name):
            if name == "Relationship" and attributes.get("TargetMode") != "External":
                part = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", "")))
                kind = attributes.get("Type", "").rpartition("/")[2]
                yield attributes.get("Id", ""), (kind, part.lstrip("/"))

    @cached_property
    def _context(self) -> SheetContext:
        parts = dict(target for _, target in self._relations())
        shared, styles = (
            self._part(parts[kind]) if parts.get(kind) in self.members else b""
            for kind in ("sharedStrings", "styles")
        )
        since_1904 = any(
            name == "workbookPr" and attributes.get("date1904") in {"1", "true"}
            for name, attributes, _ in elements(self._part(_BOOK), self.name)
        )
        return SheetContext(
            self.name, SharedText(shared, self.name), Styles(styles, self.name), since_1904
        )

    def _grid(self, sheet: _Sheet) -> Grid:
        return read_sheet(self._part(sheet.part), sheet.name, self._context)

    def _part(self, member: str) -> bytes:
        if member not in self.members:
            raise ProgrammeError(
                f"the workbook has no {printable(member)}",
                uri=self.name,
                hint="Open the workbook in a spreadsheet program and save it again as .xlsx.",
            )
        return member_bytes(self.archive, member, _MAX_PART, self.name)
