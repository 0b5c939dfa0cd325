"""Logs of Inspect: ``.json``, and ``.eval``, a ZIP archive of which only the header is opened.

The module knows that log's keys, never the answers of a model, which stand elsewhere in it.
"""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING, Any, Final

from dokja.errors import ProgrammeError
from dokja.programme.results.defects import printable
from dokja.programme.results.found import Found, Reading, unchecked
from dokja.programme.results.metrics import INSPECT, scale_of
from dokja.programme.results.notes import note
from dokja.programme.results.reach import (
    count_of,
    day_of,
    list_of,
    number_of,
    object_of,
    text_of,
)
from dokja.programme.results.source import parse_json
from dokja.programme.results.zipped import member_bytes, open_zip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.document.common import Localized
    from dokja.document.results import Protocol
    from dokja.programme.results.found import Job
    from dokja.programme.results.source import Source

__all__ = ["IMPORTER", "InspectLog"]

_HEADER: Final = "header.json"
_STARTED: Final = "_journal/start.json"
_MAX_HEADER: Final = 32 * 1024 * 1024
_ZSTANDARD: Final = 93
_ERRORS: Final = ("stderr", "bootstrap_stderr")
_SPREADS: Final = frozenset({"std", "var", *_ERRORS})


class InspectLog:
    """Inspect."""

    name = "inspect"

    def recognises(self, source: Source) -> bool:
        """Tell whether a file is a log with ``version``, ``status`` and ``eval``.

        Parameters
        ----------
        source
            The file.

        Returns
        -------
        bool
            By its keys, or by the members of the archive.
        """
        if not source.is_zip:
            return {"version", "status", "eval"} <= object_of(source.json).keys()
        with open_zip(source.path, source.name) as archive:
            names = set(archive.namelist())
        return _HEADER in names or _STARTED in names

    def read(self, job: Job) -> Reading:
        """Read every metric of every scorer of a log that ended well.

        Parameters
        ----------
        job
            The file, what is stated about it, and where defects go.

        Returns
        -------
        Reading
            Values in the order of the file.
        """
        source, defects = job.source, job.defects
        log = _header(source) if source.is_zip else object_of(source.json)
        status = text_of(log.get("status"))
        if status != "success":
            defects.add(
                "status",
                f"the log says {printable(status or 'nothing')!r}, not 'success'",
                hint="Run the evaluation to its end; a part of it is no result.",
            )
        if log.get("invalidated") is True:
            defects.add("invalidated", "the log was declared invalid by whoever keeps it")
        scores = list_of(object_of(log, "results").get("scores"))
        if not scores:
            defects.add("results.scores", "no scores stand here")
        found = [
            one
            for place, score in enumerate(scores)
            for one in _scorer(log, object_of(score), f"results.scores[{place}]")
        ]
        return Reading(found=tuple(found), notes=tuple(_notes(source, log)))


def _header(source: Source) -> dict[str, Any]:
    with open_zip(source.path, source.name) as archive:
        if _HEADER not in archive.namelist():
            raise ProgrammeError(
                "the evaluation did not come to its end: the archive has no header.json",
                uri=source.name,
                hint="Run it to its end; a part of it is no result.",
            )
        try:
            data = member_bytes(archive, _HEADER, _MAX_HEADER, source.name)
        except NotImplementedError:
            method = archive.getinfo(_HEADER).compress_type
            named = "Zstandard" if method == _ZSTANDARD else f"method {method}"
            raise ProgrammeError(
                f"the archive is compressed with {named}, which this Python cannot open",
                uri=source.name,
                hint="Convert it: inspect log convert --to json --output-dir out LOG; "
                "or run Dokja under Python 3.14 or newer.",
            ) from None
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
            raise ProgrammeError(
                f"header.json cannot be unpacked: {printable(str(error))}",
                uri=source.name,
                hint="Copy the log again from where it was written.",
            ) from None
    return object_of(parse_json(data, uri=f"{source.name}/{_HEADER}"))


def _notes(source: Source, log: dict[str, Any]) -> Iterator[Localized]:
    results, config = object_of(log, "results"), object_of(log, "eval", "config")
    total, done = count_of(results.get("total_samples")), count_of(results.get("completed_samples"))
    if total is not None and done is not None and done < total:
        yield note(
            source.name,
            f"{done} of {total} questions were answered",
            f"문항 {total}개 중 {done}개만 완료",
        )
    limit = config.get("limit")
    if limit is not None:
        shown = text_of(limit) or "a range"
        yield note(
            source.name,
            f"only a part of the questions was asked (limit {shown})",
            f"문항 일부만 사용 (limit {shown})",
        )


def _scorer(log: dict[str, Any], score: dict[str, Any], place: str) -> Iterator[Found]:
    metrics = object_of(score, "metrics")
    error = next((metrics[name] for name in _ERRORS if name in metrics), None)
    task = text_of(object_of(log, "eval").get("task")) or "?"
    for key, metric in metrics.items():
        name = text_of(object_of(metric).get("name")) or key
        if name.rpartition("/")[2] in _SPREADS:
            continue
        scale = scale_of(INSPECT, name.rpartition("/")[2])
        yield Found(
            where=f"{place}.metrics.{key}.value",
            text=number_of(object_of(metric).get("value")) or "",
            task=task,
            model=text_of(object_of(log, "eval").get("model")),
            unit=scale.unit if scale else None,
            low=scale.low if scale else None,
            high=scale.high if scale else None,
            standard_error=number_of(object_of(error).get("value")),
            higher_is_better=scale.higher_is_better if scale else None,
            protocol=_protocol(log, score, key),
        )


def _protocol(log: dict[str, Any], score: dict[str, Any], metric: str) -> Protocol:
    about = object_of(log, "eval")
    scorer = [text_of(score.get("name")), text_of(score.get("reducer"))]
    scored = count_of(score.get("scored_samples"))
    done = count_of(object_of(log, "results").get("completed_samples"))
    return unchecked(
        harness="inspect_ai",
        harness_version=text_of(object_of(about, "packages").get("inspect_ai")),
        task=text_of(about.get("task")),
        task_version=text_of(about.get("task_version")),
        dataset=text_of(object_of(about, "dataset").get("name")),
        metric=metric,
        filter=", ".join(part for part in scorer if part) or None,
        n_samples=done if scored is None else scored,
        measured_on=day_of(about.get("created")),
    )


IMPORTER: Final = InspectLog()
