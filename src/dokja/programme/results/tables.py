"""Plain tables of teams and panels: CSV and XLSX with Korean or English headers.

The module knows what rows and columns mean, never how a file stores them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.document.results import Protocol
from dokja.errors import ProgrammeError
from dokja.programme.results.csvtext import grid_of
from dokja.programme.results.defects import printable
from dokja.programme.results.found import Found, Reading, unchecked
from dokja.programme.results.grid import GridCell
from dokja.programme.results.headers import (
    FIELDS,
    IGNORED,
    Header,
    by_of,
    day_in,
    read_header,
    unit_of,
)
from dokja.programme.results.notes import listed, note
from dokja.programme.results.xlsx import is_workbook, sheet_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dokja.document.common import Localized
    from dokja.document.results import By, Unit
    from dokja.programme.results.defects import Defects
    from dokja.programme.results.found import Job
    from dokja.programme.results.grid import Grid, Row
    from dokja.programme.results.mapping import ResultsMapping
    from dokja.programme.results.numbers import DecimalMark
    from dokja.programme.results.source import Source

__all__ = ["IMPORTER", "PlainTable"]

_FOR_HEADER: Final = 20
"""Rows among which the header is looked for, below titles."""

_BLANK: Final = GridCell("")
_EXACT: Final = frozenset({"number", "percent"})
_NEEDED: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "long": (("team",), ("item", "benchmark"), ("value",)),
    "items_across": (("team",),),
    "teams_across": (("item", "benchmark"),),
}
"""Columns without which a row is no header; one of each group."""

_PROTOCOL: Final = frozenset(Protocol.model_fields)
_COUNTS: Final = frozenset({"n_shot", "n_samples"})
_REFUSED: Final = {
    "formula": "holds a formula ({text}); paste its value instead",
    "error": "holds the error {text}",
    "covered": "is merged with another cell; unmerge it and fill every cell",
    "hidden": "stands in a hidden row or column; show it, or delete it",
    "date": "holds a date ({text})",
    "flag": "holds {text}, no number and no name",
}


class PlainTable:
    """A CSV or XLSX that a person made."""

    name = "table"

    def recognises(self, source: Source) -> bool:
        """Tell whether a file may be a table: a workbook, or text that is no JSON.

        Parameters
        ----------
        source
            The file.

        Returns
        -------
        bool
            True for any text; a table is what is left when no other format fits.
        """
        if source.is_folder:
            return False
        if source.is_zip:
            return is_workbook(source)
        utf16 = source.head.startswith((b"\xff\xfe", b"\xfe\xff"))
        binary = b"\0" in source.head and not utf16
        return bool(source.head.strip()) and not binary and source.json is None

    def read(self, job: Job) -> Reading:
        """Read every value of a table.

        Parameters
        ----------
        job
            The file, what is stated about it, and where defects go.

        Returns
        -------
        Reading
            Values in the order of the file.
        """
        source, mapping, defects = job.source, job.mapping, job.defects
        grid, notes = (sheet_of if source.is_zip else grid_of)(source, mapping)
        wrong = {name for name in mapping.columns.values() if name not in FIELDS}
        if wrong:
            raise ProgrammeError(
                f"the mapping gives columns unknown meanings: {listed(sorted(wrong))}",
                uri=source.name,
                hint=f"Known: {', '.join(sorted(FIELDS))}.",
            )
        table = _Table(grid, mapping, defects, source.name)
        found = tuple(table.values())
        return Reading(found=found, notes=(*notes, *table.notes()))


class _Table:
    """One table with its header found."""

    def __init__(self, grid: Grid, mapping: ResultsMapping, defects: Defects, file: str) -> None:
        self.grid = grid
        self.mapping = mapping
        self.defects = defects
        self.file = file
        self.absent: list[str] = []
        self.first, self.headers = self._header()
        self.fields = self._fields()

    # -- the header --------------------------------------------------------------------------

    def _header(self) -> tuple[int, list[Header]]:
        for place, row in enumerate(self.grid.rows[:_FOR_HEADER]):
            headers = [read_header(cell.text, self.mapping.columns) for cell in row.cells]
            if not self._lacking({header.field for header in headers}):
                return place, headers
        row = self.grid.rows[0]
        headers = [read_header(cell.text, self.mapping.columns) for cell in row.cells]
        lacking = self._lacking({header.field for header in headers})
        names = listed(header.text for header in headers if header.text)
        raise ProgrammeError(
            f"no row is a header: a column for {' and '.join(lacking)} is missing "
            f"(row {row.number} has: {names or 'nothing'})",
            uri=self.file,
            hint="Name the columns in the mapping, such as `columns: {최종: value}`; for a column "
            "an item write `layout: items_across`, for a column a team `layout: teams_across`.",
        )

    def _lacking(self, fields: set[str | None]) -> list[str]:
        needed = list(_NEEDED[self.mapping.layout])
        if self.mapping.model is not None:
            needed = [group for group in needed if group != ("team",)]
        return [" or ".join(group) for group in needed if not fields & set(group)]

    def _fields(self) -> dict[str, int]:
        fields: dict[str, int] = {}
        for column, header in enumerate(self.headers):
            if header.field is None or header.field == IGNORED:
                continue
            before = fields.setdefault(header.field, column)
            if before != column:
                self.defects.add(
                    self.grid.place(self.grid.rows[self.first].number, column, header.text),
                    f"{printable(header.text)!r} and {printable(self.headers[before].text)!r} "
                    f"both mean {header.field}",
                    hint="Say in the mapping which one is meant: `columns: {other: ignore}`.",
                )
        return fields

    # -- the body ----------------------------------------------------------------------------

    def values(self) -> Iterator[Found]:
        for row in self.grid.rows[self.first + 1 :]:
            if any(cell.kind == "hidden" for cell in row.cells) and self._all_hidden(row):
                self._refuse(row, 0, row.cells[0])
                continue
            about = self._about(row)
            for column in self._value_columns():
                found = self._value(row, column, about)
                if found is not None:
                    yield found

    def notes(self) -> Iterator[Localized]:
        if self.first:
            yield note(
                self.file,
                f"{self.first} rows above the header were not read",
                f"머리글 위 {self.first}개 행은 읽지 않음",
            )
        unknown = [h.text for h in self.headers if h.field is None and h.text]
        if unknown and self.mapping.layout == "long":
            names = listed(unknown)
            yield note(self.file, f"columns that were not read: {names}", f"읽지 않은 열: {names}")
        if self.absent:
            names = listed(self.absent)
            yield note(
                self.file, f"no value, as stated there: {names}", f"값 없음으로 표시된 칸: {names}"
            )

    def _value_columns(self) -> Sequence[int]:
        if self.mapping.layout == "long":
            return (self.fields["value"],)
        return [c for c, h in enumerate(self.headers) if h.field is None and h.text]

    def _about(self, row: Row) -> dict[str, str]:
        """Return what a row says of its values, by field."""
        about = {}
        for field, column in self.fields.items():
            cell = self._cell(row, column)
            if field == "value" or (cell.kind == "text" and not cell.text.strip()):
                continue
            if self._is_refused(row, column, cell, dates=field == "measured_on"):
                continue
            about[field] = " ".join(cell.text.split())
        return about

    def _value(self, row: Row, column: int, about: dict[str, str]) -> Found | None:
        header, cell = self.headers[column], self._cell(row, column)
        where = self.grid.place(row.number, column, header.text)
        if cell.kind == "text" and cell.text.strip() in self.mapping.missing:
            self.absent.append(where)
            return None
        if self._is_refused(row, column, cell, dates=False):
            return None
        task = about.get("item") or about.get("benchmark")
        model = about.get("team")
        if self.mapping.layout == "items_across":
            task = header.name
        if self.mapping.layout == "teams_across":
            model = header.name
        if task is None or (model is None and self.mapping.model is None):
            self.defects.add(where, "its row does not name " + ("a team" if task else "an item"))
            return None
        return Found(
            where=where,
            text=cell.text.strip(),
            mark=self._mark(cell),
            error_mark=self._mark(self._cell(row, self.fields.get("standard_error", column))),
            task=task,
            model=model,
            benchmark=about.get("benchmark"),
            run=about.get("run"),
            rater=about.get("rater"),
            unit=self._unit(about, header, where),
            high=header.high,
            standard_error=about.get("standard_error"),
            protocol=self._protocol(about, where),
            by=self._by(about, where),
            note=about.get("note"),
            required=True,
        )

    def _unit(self, about: dict[str, str], header: Header, where: str) -> Unit | None:
        named = about.get("unit")
        unit = unit_of(named) if named is not None else None
        if named is not None and unit is None:
            self.defects.add(where, f"its unit {printable(named)!r} is not known")
        return unit or header.unit

    def _by(self, about: dict[str, str], where: str) -> By | None:
        named = about.get("by")
        who = by_of(named) if named is not None else None
        if named is not None and who is None:
            self.defects.add(where, f"{printable(named)!r} is nobody known who measures")
        return who

    def _protocol(self, about: dict[str, str], where: str) -> Protocol:
        stated: dict[str, str | int | None] = {}
        for field in about.keys() & _PROTOCOL:
            text = about[field]
            value: str | int | None = text
            if field in _COUNTS:
                value = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
            elif field == "measured_on":
                value = day_in(text)
            if value is None:
                self.defects.add(where, f"its {field} {printable(text)!r} cannot be read")
            stated[field] = value
        return unchecked(**stated)

    def _mark(self, cell: GridCell) -> DecimalMark | None:
        """Return the sign before decimals: a workbook's numbers have a point, whoever wrote."""
        return "." if cell.kind in _EXACT else self.mapping.decimal

    # -- cells -------------------------------------------------------------------------------

    def _cell(self, row: Row, column: int) -> GridCell:
        return row.cells[column] if column < len(row.cells) else _BLANK

    def _all_hidden(self, row: Row) -> bool:
        return all(cell.kind == "hidden" or not cell.text.strip() for cell in row.cells)

    def _is_refused(self, row: Row, column: int, cell: GridCell, *, dates: bool) -> bool:
        if cell.kind not in _REFUSED or (dates and cell.kind == "date"):
            return False
        self._refuse(row, column, cell)
        return True

    def _refuse(self, row: Row, column: int, cell: GridCell) -> None:
        header = self.headers[column].text if column < len(self.headers) else ""
        words = _REFUSED[cell.kind].format(text=printable(cell.text, 40))
        self.defects.add(self.grid.place(row.number, column, header), words)


IMPORTER: Final = PlainTable()
