"""What the commands of rounds read: the round, results, forms, locks and audits.

The module puts files together and checks that no output takes the place of one; it scores nothing.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from dokja.cli.extras import require
from dokja.cli.outputs import check_targets
from dokja.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dokja.cli.outputs import Output
    from dokja.cli.round_options import Mark
    from dokja.document.common import Document, Localized
    from dokja.document.panel import PanelFile, PanelReports
    from dokja.document.results import Entry
    from dokja.document.round import RoundFile
    from dokja.document.round_report import CriteriaLock, FileRecord
    from dokja.programme.audits import StoredReport

    DocumentT = TypeVar("DocumentT", bound=Document)

__all__ = ["Inputs", "check_round_outputs", "load_document", "panel_reports", "read_inputs"]

_MAX_FILES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a round is scored from."""

    found: RoundFile
    entries: tuple[Entry, ...]
    notes: tuple[Localized, ...]
    audits: dict[str, StoredReport]
    files: tuple[FileRecord, ...]
    """Files beside those of the entries."""
    panels: tuple[PanelFile, ...]
    lock: CriteriaLock | None


def _within(paths: Iterable[str]) -> list[str]:
    """Name every file that stands in a folder, so that none is written over."""
    found: list[str] = []
    for path in paths:
        found.append(path)
        if os.path.isdir(path):  # noqa: PTH112 - unlike its method, it takes any name
            for folder, _, names in os.walk(path):
                found += [os.path.join(folder, name) for name in names]  # noqa: PTH118
                if len(found) > _MAX_FILES:
                    return found
    return found


def check_round_outputs(outputs: Iterable[Output], inputs: Iterable[str | Path | None]) -> None:
    """Refuse what could not be read or written in the end, before any work begins.

    Parameters
    ----------
    outputs
        What was asked for.
    inputs
        Files and folders that are going to be read; None for those that were not given.

    Raises
    ------
    typer.BadParameter
        If two outputs collide, or one would take the place of an input.
    MissingDependencyError
        If an extra is needed and not installed.
    OutputError
        If a target cannot be written.
    """
    wanted = tuple(outputs)
    # The first of each command's inputs is YAML.
    require("ruamel.yaml", *(["xlsxwriter"] if any(o.renderer == "xlsx" for o in wanted) else []))
    check_targets(wanted, (), _within(str(path) for path in inputs if path is not None))


def read_inputs(
    round_name: str,
    results: Sequence[str] | None = None,
    *,
    outputs: Sequence[Output] = (),
    mapping: Path | None = None,
    panels: Sequence[str] | None = None,
    accept: Mark | None = None,
    lock: Path | None = None,
) -> Inputs:
    """Read everything that a round is scored from.

    Parameters
    ----------
    round_name
        Round file, or the name of one that comes along.
    results
        Files and folders of results.
    outputs
        What will be written; it must take the place of no audit that the round names.
    mapping
        Mapping file of the results.
    panels
        Files of forms.
    accept
        Weakest mark that may stand in, in place of what the round says.
    lock
        File of the locked criteria.

    Returns
    -------
    Inputs
        All of it.

    Raises
    ------
    DokjaError
        If any of it cannot be read; the message lists every defect of the file.
    """
    from dokja.document.number import CONFIDENCE_ORDER
    from dokja.document.round_report import CriteriaLock
    from dokja.programme.audits import read_audits
    from dokja.programme.results import read_many, read_mapping
    from dokja.programme.round_file import read_round

    found = read_round(round_name)
    if accept is not None:
        upto = CONFIDENCE_ORDER.index(accept.value) + 1
        found = found.model_copy(update={"accept": CONFIDENCE_ORDER[:upto]})
    folder = Path(round_name).parent
    audits, records = read_audits(found, folder)
    check_targets(outputs, (), [str(folder / record.path) for record in records])
    entries: list[Entry] = []
    notes: list[Localized] = []
    if results:
        given = read_many(results, mapping=None if mapping is None else read_mapping(mapping))
        entries += given.entries
        notes += given.notes
    for path in panels or ():
        more, said = _panel(found, path)
        entries += more
        notes += said
    made, why_not = _panels(found, entries)
    return Inputs(
        found=found,
        entries=tuple(entries),
        notes=(*notes, *why_not),
        audits=audits,
        files=(*records, *([_record(mapping)] if mapping is not None and results else [])),
        panels=made,
        lock=None if lock is None else load_document(CriteriaLock, lock),
    )


def _panel(found: RoundFile, path: str) -> tuple[tuple[Entry, ...], tuple[Localized, ...]]:
    from dokja.programme.panel_bridge import entries_of_panel
    from dokja.programme.panel_file import read_panel

    panel, digest = read_panel(path)
    return entries_of_panel(found, panel, file=path, digest=digest)


def _panels(
    found: RoundFile, entries: Sequence[Entry]
) -> tuple[tuple[PanelFile, ...], tuple[Localized, ...]]:
    from dokja.programme.panel_bridge import panels_of_entries

    return panels_of_entries(found, entries)


def _record(path: Path) -> FileRecord:
    from blake3 import blake3

    from dokja.document.round_report import FileRecord

    return FileRecord(path=str(path), digest=f"blake3:{blake3(path.read_bytes()).hexdigest()}")


def panel_reports(inputs: Inputs, *, seed: int, n_draws: int) -> PanelReports:
    """Work out what the marks of single raters say.

    Parameters
    ----------
    inputs
        What was read.
    seed
        Seed of the draws.
    n_draws
        How often panels are drawn.

    Returns
    -------
    PanelReports
        One for each item that single raters marked.
    """
    from dokja.document.panel import PanelReports
    from dokja.programme.panels import panel_report

    return PanelReports(
        round=inputs.found.id,
        panels=tuple(
            panel_report(panel, seed=seed, n_resamples=max(n_draws, 2)) for panel in inputs.panels
        ),
        notes=inputs.notes,
    )


def load_document(kind: type[DocumentT], path: Path) -> DocumentT:
    """Read a stored document.

    Parameters
    ----------
    kind
        Kind of document.
    path
        JSON file.

    Returns
    -------
    Document
        The document.

    Raises
    ------
    ReportError
        If it cannot be read or is none.
    """
    from dokja.document.common import MAX_DOCUMENT_BYTES, parse_json_strictly

    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_DOCUMENT_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ReportError(
            f"cannot be read: {getattr(error, 'strerror', None) or error}",
            uri=str(path),
            hint="Name a JSON file that dokja round wrote.",
        ) from None
    return parse_json_strictly(kind, content, uri=str(path))
