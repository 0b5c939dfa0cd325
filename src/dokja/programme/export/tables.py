"""CSV and XLSX, of results and of any table given as rows.

The module knows the two formats, never what a row means.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from dokja.document.number import written
from dokja.errors import MissingDependencyError, ProgrammeError
from dokja.programme.export.columns import COLUMNS, SHEET, guarded, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dokja.document.results import ResultsDocument

__all__ = ["Value", "results_csv", "results_xlsx", "table_csv", "table_xlsx"]

Value = str | int | Decimal | None
"""What a cell of a table may hold; None is an empty cell."""

_BOM: Final = b"\xef\xbb\xbf"
_SIGNIFICANT: Final = 15
"""Digits that a spreadsheet keeps; a number with more is written as text."""

_CREATED: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)
_MAX_CELL: Final = 32_767


def results_csv(document: ResultsDocument) -> bytes:
    """Write results as CSV that `dokja.programme.results.read_results` reads back unchanged.

    Parameters
    ----------
    document
        The results.

    Returns
    -------
    bytes
        UTF-8 with a byte order mark, which spreadsheets need for Korean.
    """
    return _csv([COLUMNS, *rows_of(document)])


def results_xlsx(document: ResultsDocument) -> bytes:
    """Write results as a workbook that `dokja.programme.results.read_results` reads back unchanged.

    Parameters
    ----------
    document
        The results.

    Returns
    -------
    bytes
        A workbook in which every cell is text, for a spreadsheet's numbers are not exact.

    Raises
    ------
    MissingDependencyError
        If the extra ``programme`` is not installed.
    ProgrammeError
        If a text is longer than a cell can hold.
    """
    return _xlsx([COLUMNS, *rows_of(document)], SHEET)


def table_csv(rows: Iterable[Sequence[Value]]) -> bytes:
    """Write a table as CSV.

    Parameters
    ----------
    rows
        The header and the rows beneath it.

    Returns
    -------
    bytes
        UTF-8 with a byte order mark; texts that a spreadsheet would take for a formula bear an
        apostrophe.
    """
    return _csv([[_as_text(value) for value in row] for row in rows])


def table_xlsx(rows: Iterable[Sequence[Value]], *, sheet: str = "Sheet1") -> bytes:
    """Write a table as a workbook.

    Parameters
    ----------
    rows
        The header and the rows beneath it.
    sheet
        Name of its sheet.

    Returns
    -------
    bytes
        A workbook. Numbers of up to fifteen digits are numbers, shown with the decimals they have;
        longer ones are text.

    Raises
    ------
    MissingDependencyError
        If the extra ``programme`` is not installed.
    ProgrammeError
        If a text is longer than a cell can hold.
    """
    return _xlsx(
        [[guarded(value) if isinstance(value, str) else value for value in row] for row in rows],
        sheet,
    )


def _as_text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    return str(value) if isinstance(value, int) else written(value)


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\r\n").writerows(rows)
    return _BOM + stream.getvalue().encode("utf-8")


def _xlsx(rows: Iterable[Sequence[Value]], name: str) -> bytes:
    try:
        import xlsxwriter  # noqa: PLC0415 - an extra
    except ImportError:
        raise MissingDependencyError(
            "a workbook cannot be written: xlsxwriter is not installed",
            hint="pip install 'dokja[programme]'",
        ) from None
    stream = io.BytesIO()
    # Texts stay texts, whatever they look like.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"created": _CREATED})
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        formats: dict[int, Any] = {}
        for place, row in enumerate(rows):
            for column, value in enumerate(row):
                _write(book, sheet, formats, (place, column), value)
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    return stream.getvalue()


def _write(
    book: Any,  # noqa: ANN401 - xlsxwriter has no types
    sheet: Any,  # noqa: ANN401
    formats: dict[int, Any],
    place: tuple[int, int],
    value: Value,
) -> None:
    if value is None or value == "":
        return
    if isinstance(value, str):
        if len(value) > _MAX_CELL:
            raise ProgrammeError(
                f"a text of {len(value):,} characters does not fit into a cell of a workbook",
                hint="Write CSV or JSON instead.",
            )
        sheet.write_string(*place, value)
        return
    number = Decimal(value)
    if len(number.as_tuple().digits) > _SIGNIFICANT:
        sheet.write_string(*place, written(number))
        return
    decimals = max(0, -int(number.as_tuple().exponent))
    if decimals not in formats:
        shown = "0" if decimals == 0 else "0." + "0" * decimals
        formats[decimals] = book.add_format({"num_format": shown})
    sheet.write_number(*place, number, formats[decimals])
