"""CSV from people: its encoding and separator told from the bytes, or refused.

The module knows text and separators, never what a column means.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from dokja.errors import ProgrammeError
from dokja.programme.results.defects import printable
from dokja.programme.results.grid import Grid, GridCell, Row
from dokja.programme.results.notes import note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.document.common import Localized
    from dokja.programme.results.mapping import ResultsMapping
    from dokja.programme.results.source import Source

__all__ = ["decode", "grid_of", "header_of"]

_SEPARATORS: Final = (",", "\t", ";")
_MAX_ROWS: Final = 1_000_000
_MAX_CELLS: Final = 2_000_000
_MAX_COLUMNS: Final = 16_384
_MAX_CELL: Final = 131_072
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


def decode(data: bytes, *, uri: str, encoding: str | None = None) -> tuple[str, str]:
    """Decode a text file of a person.

    Parameters
    ----------
    data
        The bytes.
    uri
        Where they came from, for the error.
    encoding
        The encoding, if it was stated.

    Returns
    -------
    text : str
        Without a byte order mark.
    encoding : str
        ``utf-8``, ``utf-16`` or ``cp949``.

    Raises
    ------
    ProgrammeError
        If it is none of these.

    Notes
    -----
    Text that is valid UTF-8 is UTF-8; a byte order mark tells UTF-16. Whatever is neither is read
    as CP949, the encoding in which Korean spreadsheets save CSV, if it is valid in that.
    """
    tries = (encoding,) if encoding else ("utf-8", "cp949")
    if encoding is None and data.startswith(_UTF16):
        tries = ("utf-16",)
    for name in tries:
        try:
            text = data.decode("utf-8-sig" if name == "utf-8" else name)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text, name
    raise ProgrammeError(
        f"not a text in {' or '.join(name.upper() for name in tries)}",
        uri=uri,
        hint="Save it as CSV UTF-8, or state `encoding` in the mapping.",
    )


def header_of(head: bytes) -> list[str]:
    """Return the names in the first line of a CSV separated by commas.

    Parameters
    ----------
    head
        The first bytes of a file.

    Returns
    -------
    list of str
        Empty if they are no text.
    """
    line = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0]
    try:
        return next(csv.reader([line.decode("utf-8").rstrip("\r")]), [])
    except (UnicodeDecodeError, csv.Error):
        return []


def grid_of(source: Source, mapping: ResultsMapping) -> tuple[Grid, tuple[Localized, ...]]:
    """Read a CSV.

    Parameters
    ----------
    source
        The file.
    mapping
        May state its encoding.

    Returns
    -------
    grid : Grid
        Rows that hold something.
    notes : tuple of Localized
        That it was read as CP949, if it was.

    Raises
    ------
    ProgrammeError
        If it is no text, empty, or its separator cannot be told.
    """
    text, encoding = decode(source.data, uri=source.name, encoding=mapping.encoding)
    rows = tuple(_rows(text, _separator(text, source.name), source.name))
    if not rows:
        raise ProgrammeError(
            "the table is empty",
            uri=source.name,
            hint="Write one row of headers and one row for each value.",
        )
    notes: tuple[Localized, ...] = ()
    if encoding == "cp949" and mapping.encoding is None:
        notes = (
            note(
                source.name, "read as CP949, for it is not UTF-8", "UTF-8이 아니어서 CP949로 읽음"
            ),
        )
    return Grid(None, rows), notes


def _separator(text: str, uri: str) -> str:
    """Return the separator that splits the first line that is not empty."""
    line = next((line for line in text.splitlines() if line.strip(" \t,;")), "")
    splitting = [one for one in _SEPARATORS if len(next(csv.reader([line], delimiter=one), [])) > 1]
    if len(splitting) > 1:
        raise ProgrammeError(
            f"the separator cannot be told from the first line {printable(line)!r}",
            uri=uri,
            hint="Use commas, and quotes around texts that hold a comma, tab or semicolon.",
        )
    return splitting[0] if splitting else ","


def _too_long(uri: str, line: int) -> ProgrammeError:
    return ProgrammeError(
        f"not a CSV: a field of more than {_MAX_CELL:,} characters (row {line})",
        uri=uri,
        hint="Close every quote, and double quotes that stand within a text.",
    )


def _rows(text: str, separator: str, uri: str) -> Iterator[Row]:
    # A field without a closing quote would swallow the file; the limit bounds what it takes.
    # It is checked here too, for the limit of the csv module is the whole process's to change.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    n_cells, line = 0, 1
    try:
        for cells in reader:
            n_cells += len(cells)
            if max(map(len, cells), default=0) > _MAX_CELL:
                raise _too_long(uri, line)
            if reader.line_num > _MAX_ROWS or n_cells > _MAX_CELLS or len(cells) > _MAX_COLUMNS:
                raise ProgrammeError(
                    "the table is too large to read",
                    uri=uri,
                    hint="Hand in scores, not single answers, or split the table up.",
                )
            row = Row(line, tuple(GridCell(cell) for cell in cells))
            line = reader.line_num + 1
            if not row.is_empty:
                yield row
    except csv.Error as error:
        raise ProgrammeError(
            f"not a CSV: {error} (row {line})",
            uri=uri,
            hint="Close every quote, and double quotes that stand within a text.",
        ) from None
