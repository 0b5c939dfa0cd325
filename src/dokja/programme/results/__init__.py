"""Results in: files of harnesses, hubs and people become one list of entries.

The room reads files and applies what a mapping states; it never scores, and never guesses.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dokja.catalog import Catalog
from dokja.document.results import ResultsDocument
from dokja.errors import ProgrammeError
from dokja.programme.results.defects import Defects
from dokja.programme.results.found import Importer, Job
from dokja.programme.results.mapping import ResultsMapping, read_mapping
from dokja.programme.results.notes import listed, note
from dokja.programme.results.protocols import protocols_differ
from dokja.programme.results.settle import settle
from dokja.programme.results.source import Source
from dokja.programme.results.twice import refuse_twice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dokja.document.common import Localized
    from dokja.document.results import Entry

__all__ = [
    "FORMATS",
    "ResultsMapping",
    "protocols_differ",
    "read_many",
    "read_mapping",
    "read_results",
]

_HERE: Final = "dokja.programme.results"

FORMATS: Catalog[Importer] = Catalog(
    kind="results format",
    group="dokja.results",
    builtins={
        "dokja": f"{_HERE}.exported:IMPORTER",
        "every-eval-ever": f"{_HERE}.every_eval_ever:IMPORTER",
        "lm-eval": f"{_HERE}.lm_eval:IMPORTER",
        "lighteval": f"{_HERE}.lighteval:IMPORTER",
        "inspect": f"{_HERE}.inspect_log:IMPORTER",
        "helm": f"{_HERE}.helm:IMPORTER",
        "opencompass": f"{_HERE}.opencompass:IMPORTER",
        "hugging-face": f"{_HERE}.hub:IMPORTER",
        "table": f"{_HERE}.tables:IMPORTER",
    },
)
"""Formats of results by name, in the order in which they are tried; a plain table comes last."""

_LAST: Final = "table"
_MAX_FILES: Final = 5_000
_MAX_DEPTH: Final = 6
_RESULT_SUFFIXES: Final = frozenset({".json", ".eval", ".csv", ".tsv", ".xlsx", ".yaml", ".yml"})


def read_results(
    path: str | os.PathLike[str], *, mapping: ResultsMapping | None = None
) -> ResultsDocument:
    """Read a file or folder of results, of whichever format it is.

    Parameters
    ----------
    path
        A file, a run folder of HELM, or a folder of files.
    mapping
        What is known of it and does not stand in it; nothing if not given.

    Returns
    -------
    ResultsDocument
        Every value with its origin, and what was left out.

    Raises
    ------
    ProgrammeError
        If it is of no known format, or anything in it is wrong; one message lists every defect
        with its place.
    MissingDependencyError
        If the extra ``programme`` is needed and not installed.
    """
    return read_many([path], mapping=mapping)


def read_many(
    paths: Iterable[str | os.PathLike[str]], *, mapping: ResultsMapping | None = None
) -> ResultsDocument:
    """Read several files or folders of results as one.

    Parameters
    ----------
    paths
        Files and folders.
    mapping
        What is known of all of them.

    Returns
    -------
    ResultsDocument
        Entries in the order of the files; a value that two files give is an error.

    Raises
    ------
    ProgrammeError
        If any of them cannot be read; one message lists every defect of every file.
    MissingDependencyError
        If the extra ``programme`` is needed and not installed.
    """
    stated = mapping if mapping is not None else ResultsMapping()
    errors: list[ProgrammeError] = []
    notes: list[Localized] = []
    entries: list[tuple[int, Entry]] = []
    placed = exact = True
    for source in _sources(paths, notes, errors):
        try:
            found, said, positions = _read(source, stated)
        except ProgrammeError as error:
            errors.append(error)
            continue
        placed = placed and bool(positions)
        exact = exact and positions is not None
        entries.extend(
            zip(positions or range(len(entries), len(entries) + len(found)), found, strict=False)
        )
        notes.extend(said)
    if placed:
        entries.sort(key=lambda pair: pair[0])
    together = tuple(entry for _, entry in entries)
    twice = Defects("the files together")
    refuse_twice(together, twice, chosen=stated.items is not None)
    if twice.count and not errors:
        errors.append(twice.error())
    if errors:
        raise _joined(errors)
    if not exact:
        notes.extend(_lacking(together))
    return ResultsDocument(entries=together, notes=tuple(notes))


def _read(
    source: Source, mapping: ResultsMapping
) -> tuple[tuple[Entry, ...], list[Localized], tuple[int, ...] | None]:
    importer = _importer(source, mapping)
    defects = Defects(source.name)
    reading = importer.read(Job(source, mapping, defects))
    settled, said = settle(reading.found, source=source, mapping=mapping, defects=defects)
    notes = [*reading.notes, *said]
    if not reading.entries and not settled and not defects.count and importer.name != "dokja":
        defects.add("the file", "no result is left: " + ("; ".join(n.en for n in notes) or "empty"))
    defects.check()
    if not reading.found:
        # Dokja wrote all of it: nothing is added, so that importing gives back what was exported.
        return reading.entries, list(reading.notes), reading.positions
    return (*reading.entries, *settled), notes, None


def _importer(source: Source, mapping: ResultsMapping) -> Importer:
    if mapping.format is not None:
        return FORMATS.get(mapping.format)
    fitting = _recognised(source)
    if len(fitting) > 1:
        names = ", ".join(importer.name for importer in fitting)
        raise ProgrammeError(
            f"more than one format fits: {names}",
            uri=source.name,
            hint="Name one in the mapping: `format: …`.",
        )
    if not fitting:
        raise ProgrammeError(
            "the content is of no known format of results",
            uri=source.name,
            hint=f"Known: {', '.join(FORMATS)}. An old .xls or an encrypted workbook must be saved "
            "as a plain .xlsx first.",
        )
    return fitting[0]


def _recognised(source: Source) -> list[Importer]:
    fitting = [FORMATS.get(name) for name in FORMATS if name != _LAST]
    fitting = [importer for importer in fitting if importer.recognises(source)]
    last = FORMATS.get(_LAST)
    return fitting or ([last] if last.recognises(source) else [])


def _sources(
    paths: Iterable[str | os.PathLike[str]],
    notes: list[Localized],
    errors: list[ProgrammeError],
) -> Iterator[Source]:
    helm = FORMATS.get("helm")
    for path in paths:
        try:
            source = Source(Path(path), os.fspath(path))
            if not source.is_folder or helm.recognises(source):
                yield source
                continue
            inner = _inner(source, helm)
        except ProgrammeError as error:
            errors.append(error)
            continue
        readable = [one for one in inner if one.is_folder or _is_result(one)]
        left = [str(one.path.relative_to(path)) for one in inner if one not in readable]
        if not readable:
            errors.append(
                ProgrammeError(
                    "no file of results stands in it",
                    uri=source.name,
                    hint="Name the files, or a folder with .json, .eval, .csv, .xlsx or .yaml.",
                )
            )
        if left:
            names = listed(left)
            notes.append(
                note(
                    source.name, f"files that are no results: {names}", f"결과가 아닌 파일: {names}"
                )
            )
        yield from readable


def _is_result(source: Source) -> bool:
    return source.path.suffix.lower() in _RESULT_SUFFIXES


def _inner(folder: Source, helm: Importer, depth: int = 0) -> list[Source]:
    """Return the files and HELM runs within a folder, by name; links are not followed."""
    if depth >= _MAX_DEPTH:
        raise ProgrammeError(
            "folders are nested too deep",
            uri=folder.name,
            hint="Name the folder that holds the results themselves.",
        )
    inner: list[Source] = []
    for path in sorted(folder.path.iterdir(), key=lambda path: path.name):
        if path.is_symlink() or (path.name.startswith(".") and path.name != ".eval_results"):
            continue
        one = Source(path, f"{folder.name.rstrip('/')}/{path.name}")
        if one.is_folder and not helm.recognises(one):
            inner.extend(_inner(one, helm, depth + 1))
        else:
            inner.append(one)
        if len(inner) > _MAX_FILES:
            raise ProgrammeError(
                f"more than {_MAX_FILES:,} files stand in it",
                uri=folder.name,
                hint="Name the folder that holds the results, or hand them in part by part.",
            )
    return inner


def _joined(errors: list[ProgrammeError]) -> ProgrammeError:
    if len(errors) == 1:
        return errors[0]
    lines = "\n".join(f"- {error}" for error in errors[:100])
    hints = " ".join(dict.fromkeys(error.hint for error in errors if error.hint))
    more = "" if len(errors) <= 100 else f"\n- and {len(errors) - 100} more"
    return ProgrammeError(f"{len(errors)} files cannot be read:\n{lines}{more}", hint=hints)


def _lacking(entries: tuple[Entry, ...]) -> Iterator[Localized]:
    """Name what some teams have and others do not; no value is put in its place."""
    teams = list(dict.fromkeys(entry.team for entry in entries))
    given: dict[tuple[str, str], set[str]] = {}
    for entry in entries:
        what = given.setdefault((entry.item, entry.benchmark or ""), set())
        what.add(entry.team)
    absent = [
        " ".join(part for part in (team, item, benchmark) if part)
        for (item, benchmark), has in given.items()
        for team in teams
        if team not in has
    ]
    if absent:
        names = listed(absent)
        yield note("results", f"no value is given for: {names}", f"값이 없는 조합: {names}")
