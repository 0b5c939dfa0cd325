"""Snapshots, the country table and averages from files: checked, every defect at once.

The module knows what such a file may hold, never what follows from it.
"""

from __future__ import annotations

from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from dokja.document.common import Document, parse_json_strictly
from dokja.document.leaderboard import AverageComparison, CountryTable, RankClaim, Snapshot
from dokja.errors import ProgrammeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dokja.document.leaderboard import SnapshotModel

__all__ = [
    "bundled_snapshots",
    "check_against",
    "read_averages",
    "read_countries",
    "read_snapshot",
]

_MAX_BYTES: Final = 16 * 1024 * 1024
_SHOWN: Final = 50
_BUNDLED: Final = ("aaii-2026-01.json", "aaii-2026-08-18.json")

DocumentT = TypeVar("DocumentT", bound=Document)


def bundled_snapshots() -> tuple[Path, ...]:
    """Return the snapshots that come along, oldest first.

    Returns
    -------
    tuple of pathlib.Path
        Files for `read_snapshot`.
    """
    return tuple(_folder() / name for name in _BUNDLED)


def read_snapshot(path: Path) -> Snapshot:
    """Read one snapshot of an index.

    Parameters
    ----------
    path
        JSON file.

    Returns
    -------
    Snapshot
        Whole, and consistent in itself.

    Raises
    ------
    ReportError
        If it is not JSON or does not fit its schema; with every defect.
    ProgrammeError
        If it cannot be read or its parts do not fit together; with every defect.
    """
    snapshot = _read(Snapshot, path)
    _refuse(tuple(_of_snapshot(snapshot)), str(path))
    return snapshot


def read_countries(path: Path | None = None) -> CountryTable:
    """Read a table of organisations and their countries.

    Parameters
    ----------
    path
        JSON file; None for the table that comes along.

    Returns
    -------
    CountryTable
        Whole, and consistent in itself.

    Raises
    ------
    ReportError
        If it is not JSON or does not fit its schema; with every defect.
    ProgrammeError
        If it cannot be read or its parts do not fit together; with every defect.
    """
    file = path or _folder() / "countries.json"
    table = _read(CountryTable, file)
    _refuse(tuple(_of_table(table)), str(file))
    return table


def read_averages(path: Path | None = None) -> AverageComparison:
    """Read averages of one model and of its references.

    Parameters
    ----------
    path
        JSON file; None for those that come along.

    Returns
    -------
    AverageComparison
        Whole, and consistent in itself.

    Raises
    ------
    ReportError
        If it is not JSON or does not fit its schema; with every defect.
    ProgrammeError
        If it cannot be read or its parts do not fit together; with every defect.
    """
    file = path or _folder() / "averages-2025-12-30.json"
    averages = _read(AverageComparison, file)
    named = [one.model for one in averages.references]
    sources = [averages.own.source, *(one.source for one in averages.references)]
    sources += [one.source for one in averages.published]
    _refuse(
        (
            *_repeated("references", named),
            *_strangers(
                "published", (one.reference for one in averages.published), named, "reference"
            ),
            *_strangers("sources", sources, [one.id for one in averages.sources], "source"),
        ),
        str(file),
    )
    return averages


def check_against(snapshot: Snapshot, table: CountryTable) -> None:
    """Refuse a snapshot whose organisations are not all in the table.

    Parameters
    ----------
    snapshot
        The snapshot.
    table
        The table; an organisation whose country is unknown stands in it all the same.

    Raises
    ------
    ProgrammeError
        With every organisation that is missing.
    """
    known = [one.id for one in table.organisations]
    defects: list[str] = []
    for number, model in enumerate(snapshot.models):
        donors = model.derived_from.donor_organisations if model.derived_from else ()
        defects += _strangers(
            f"models.{number}", (*model.organisations, *donors), known, "organisation"
        )
    _refuse(tuple(defects), snapshot.id)


def _folder() -> Path:
    return Path(str(files("dokja") / "data" / "leaderboards"))


def _read(kind: type[DocumentT], path: Path) -> DocumentT:
    try:
        with path.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ProgrammeError(
            f"cannot be read: {error.strerror or error}",
            uri=str(path),
            hint="Name a JSON file of a snapshot, a country table or averages.",
        ) from None
    if len(content) > _MAX_BYTES:
        raise ProgrammeError(
            f"more than {_MAX_BYTES:,} bytes, too many to read",
            uri=str(path),
            hint="Leave out what the ranking does not need, such as old snapshots.",
        )
    return parse_json_strictly(kind, content, uri=str(path))


def _refuse(defects: tuple[str, ...], uri: str) -> None:
    if defects:
        more = f"; and {len(defects) - _SHOWN} more" if len(defects) > _SHOWN else ""
        raise ProgrammeError(
            f"{len(defects)} defects: {'; '.join(defects[:_SHOWN])}{more}",
            uri=uri,
            hint="Every statement names a source of the file, and every name stands in it once.",
        )


def _repeated(path: str, names: Iterable[str]) -> Iterator[str]:
    for name, times in Counter(names).items():
        if times > 1:
            yield f"{path}: {name!r} stands {times} times"


def _strangers(path: str, names: Iterable[str], known: list[str], kind: str) -> Iterator[str]:
    for name in dict.fromkeys(names):
        if name not in known:
            yield f"{path}: no {kind} {name!r}"


def _of_snapshot(snapshot: Snapshot) -> Iterator[str]:
    sources = [one.id for one in snapshot.sources]
    models = [one.id for one in snapshot.models]
    yield from _repeated("sources", sources)
    yield from _repeated("models", models)
    yield from _repeated("claims", (one.id for one in snapshot.claims))
    for number, model in enumerate(snapshot.models):
        yield from _of_model(f"models.{number}", model, sources)
        if (
            snapshot.maximum is not None
            and model.score is not None
            and not 0 <= model.score <= snapshot.maximum
        ):
            yield f"models.{number}.score: {model.score} is not between 0 and {snapshot.maximum}"
    for number, claim in enumerate(snapshot.claims):
        yield from _strangers(f"claims.{number}", [claim.source], sources, "source")
        if isinstance(claim, RankClaim) and claim.view == "model":
            yield from _strangers(f"claims.{number}", [claim.subject], models, "model")
    for number, complete in enumerate(snapshot.complete):
        yield from _strangers(f"complete.{number}", [complete.source], sources, "source")
    if snapshot.exposure:
        yield from _strangers("exposure", snapshot.exposure.sources, sources, "source")


def _of_model(path: str, model: SnapshotModel, sources: list[str]) -> Iterator[str]:
    yield from _strangers(path, model.sources, sources, "source")
    yield from _repeated(f"{path}.organisations", model.organisations)
    if model.derived_from:
        yield from _strangers(f"{path}.derived_from", model.derived_from.sources, sources, "source")


def _of_table(table: CountryTable) -> Iterator[str]:
    sources = [one.id for one in table.sources]
    codes = [one.code for one in table.countries]
    yield from _repeated("sources", sources)
    yield from _repeated("countries", codes)
    yield from _repeated("organisations", (one.id for one in table.organisations))
    for number, one in enumerate(table.organisations):
        path = f"organisations.{number}"
        yield from _strangers(path, one.sources, sources, "source")
        if one.country is not None:
            yield from _strangers(path, [one.country], codes, "country")
            if not one.sources:
                yield f"{path}: {one.id!r} has a country and no source that says it"
