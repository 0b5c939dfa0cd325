"""Summaries of OpenCompass: a CSV with ``dataset,version,metric,mode`` and a column a model.

The module knows that table, never which of its rows a round wants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.programme.results.csvtext import grid_of, header_of
from dokja.programme.results.found import Found, Reading, unchecked
from dokja.programme.results.metrics import OPENCOMPASS, scale_of
from dokja.programme.results.notes import listed, note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.programme.results.found import Job
    from dokja.programme.results.grid import Row
    from dokja.programme.results.source import Source

__all__ = ["IMPORTER", "OpenCompass"]

_HEADER: Final = ("dataset", "version", "metric", "mode")
_NONE: Final = "-"


class OpenCompass:
    """OpenCompass."""

    name = "opencompass"

    def recognises(self, source: Source) -> bool:
        """Tell whether a CSV begins with that harness's four columns.

        Parameters
        ----------
        source
            The file.

        Returns
        -------
        bool
            By its header.
        """
        if source.is_folder or source.is_zip:
            return False
        names = tuple(header_of(source.head))
        return names[:4] == _HEADER and len(names) > len(_HEADER)

    def read(self, job: Job) -> Reading:
        """Read every value; a dash says that a model was not evaluated on a row's dataset.

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
        grid, _ = grid_of(source, mapping)
        models = [" ".join(cell.text.split()) for cell in grid.rows[0].cells[4:]]
        found: list[Found] = []
        absent: list[str] = []
        for row in grid.rows[1:]:
            if len(row.cells) != len(models) + 4:
                defects.add(
                    f"row {row.number}",
                    f"{len(row.cells)} columns where the header has {len(models) + 4}",
                )
                continue
            found.extend(_values(row, models, absent))
        notes = []
        if absent:
            names = listed(absent)
            notes.append(note(source.name, f"not evaluated: {names}", f"평가하지 않은 값: {names}"))
        return Reading(found=tuple(found), notes=tuple(notes))


def _values(row: Row, models: list[str], absent: list[str]) -> Iterator[Found]:
    dataset, version, metric, mode = (cell.text for cell in row.cells[:4])
    scale = scale_of(OPENCOMPASS, metric)
    for model, cell in zip(models, row.cells[4:], strict=True):
        if cell.text == _NONE:
            absent.append(f"{model} {dataset}")
            continue
        yield Found(
            where=f"row {row.number}, column {model}",
            text=cell.text,
            task=dataset,
            model=model,
            unit=scale.unit if scale else None,
            low=scale.low if scale else None,
            high=scale.high if scale else None,
            higher_is_better=scale.higher_is_better if scale else None,
            protocol=unchecked(
                harness="opencompass",
                task=dataset,
                task_version=version if version != _NONE else None,
                metric=metric or None,
                filter=mode if mode not in {_NONE, "unknown", ""} else None,
            ),
        )


IMPORTER: Final = OpenCompass()
