"""Results that Dokja wrote as CSV or XLSX: read back as they were, without further rules.

The module knows its own columns, never those of a person's table.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from dokja.document.common import Localized
from dokja.document.results import Entry
from dokja.programme.export.columns import COLUMNS, SHEET, row_content, unguarded
from dokja.programme.results.csvtext import grid_of, header_of
from dokja.programme.results.found import Reading
from dokja.programme.results.mapping import ResultsMapping
from dokja.programme.results.xlsx import has_sheet, sheet_of

if TYPE_CHECKING:
    from dokja.programme.results.found import Job
    from dokja.programme.results.source import Source

__all__ = ["IMPORTER", "Exported"]


class Exported:
    """Results that Dokja wrote."""

    name = "dokja"

    def recognises(self, source: Source) -> bool:
        """Tell whether a table has Dokja's own columns.

        Parameters
        ----------
        source
            The file.

        Returns
        -------
        bool
            By its header, or by the name of the sheet.
        """
        if source.is_folder:
            return False
        if source.is_zip:
            return has_sheet(source, SHEET)
        return tuple(header_of(source.head)) == COLUMNS

    def read(self, job: Job) -> Reading:
        """Read every entry and note.

        Parameters
        ----------
        job
            The file, what is stated about it, and where defects go.

        Returns
        -------
        Reading
            Entries and notes as they were written.
        """
        source, defects = job.source, job.defects
        stated = ResultsMapping(sheet=SHEET if source.is_zip else None)
        grid, _ = (sheet_of if source.is_zip else grid_of)(source, stated)
        header = tuple(cell.text for cell in grid.rows[0].cells) if grid.rows else ()
        if header != COLUMNS:
            defects.add("header", "is not that of results that Dokja wrote")
            return Reading()
        entries: list[Entry] = []
        notes: list[Localized] = []
        for row in grid.rows[1:]:
            texts = [cell.text for cell in row.cells] + [""] * (len(COLUMNS) - len(row.cells))
            fields = dict(zip(COLUMNS, texts, strict=False))
            try:
                if fields["record"] == "note":
                    en, ko = unguarded(fields["note_en"]), unguarded(fields["note_ko"])
                    notes.append(Localized(en=en, ko=ko))
                else:
                    entries.append(Entry.model_validate_json(json.dumps(row_content(fields))))
            except ValidationError as error:
                for defect in error.errors():
                    name = ".".join(map(str, defect["loc"]))
                    defects.add(f"row {row.number}, column {name}", defect["msg"])
        return Reading(entries=tuple(entries), notes=tuple(notes))


IMPORTER: Final = Exported()
