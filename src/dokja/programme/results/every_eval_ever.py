"""Results in the schema of Every Eval Ever: from others, and as Dokja itself writes them.

The module knows that schema's keys, never which results a round wants.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from dokja.document.common import Localized
from dokja.document.results import Entry
from dokja.programme.results.found import Found, Reading, unchecked
from dokja.programme.results.numbers import NumberProblemError, read_number
from dokja.programme.results.reach import (
    count_of,
    day_of,
    flag_of,
    list_of,
    number_of,
    object_of,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.document.results import By, Protocol, Unit
    from dokja.programme.results.defects import Defects
    from dokja.programme.results.found import Job
    from dokja.programme.results.source import Source

__all__ = ["ENTRY", "IMPORTER", "NOTES", "POSITION", "EveryEvalEver"]

ENTRY: Final = "dokja.entry"
"""Detail in which the whole entry stands, where Dokja wrote the file."""

POSITION: Final = "dokja.position"
"""Detail that tells the place of the entry among all that were written."""

NOTES: Final = "dokja.notes"
"""Detail of the source in which the notes stand."""

_BY: Final[dict[str, By]] = {"first_party": "team", "third_party": "third_party"}
_UNITS: Final[dict[str, Unit]] = {
    "proportion": "fraction",
    "fraction": "fraction",
    "percent": "percent",
    "percentage": "percent",
    "points": "points",
    "ratio": "ratio",
    "count": "count",
}
_BOUNDS: Final[dict[tuple[Decimal, Decimal], Unit]] = {
    (Decimal(0), Decimal(1)): "fraction",
    (Decimal(0), Decimal(100)): "percent",
}


class EveryEvalEver:
    """Every Eval Ever."""

    name = "every-eval-ever"

    def recognises(self, source: Source) -> bool:
        """Tell whether a file holds ``evaluation_results`` and ``model_info``.

        Parameters
        ----------
        source
            The file.

        Returns
        -------
        bool
            By its keys.
        """
        return {"schema_version", "evaluation_results", "model_info"} <= object_of(
            source.json
        ).keys()

    def read(self, job: Job) -> Reading:
        """Read every result.

        Parameters
        ----------
        job
            The file, what is stated about it, and where defects go.

        Returns
        -------
        Reading
            Entries where Dokja wrote them, values as written elsewhere.
        """
        source, defects = job.source, job.defects
        log = object_of(source.json)
        found: list[Found] = []
        entries: list[Entry] = []
        positions: list[int] = []
        for place, member in enumerate(list_of(log.get("evaluation_results"))):
            result, where = object_of(member), f"evaluation_results[{place}]"
            details = object_of(result, "score_details", "details")
            if ENTRY not in details:
                found.append(_result(log, result, where))
                continue
            entry = _entry(result, details, where, defects)
            if entry is not None:
                entries.append(entry)
                positions.append(_position(details))
        return Reading(
            found=tuple(found),
            entries=tuple(entries),
            positions=tuple(positions),
            notes=tuple(_notes(log, defects)),
        )


# -- as Dokja writes them -------------------------------------------------------------------------


def _entry(
    result: dict[str, Any], details: dict[str, Any], where: str, defects: Defects
) -> Entry | None:
    """Return the entry, unless what others read in the file says something else than it."""
    try:
        entry = Entry.model_validate_json(str(details[ENTRY]))
    except ValidationError as error:
        words = error.errors()[0]["msg"]
        defects.add(f"{where}.score_details.details.{ENTRY}", f"does not fit: {words}")
        return None
    shown = number_of(object_of(result, "score_details").get("score"))
    try:
        same = shown is not None and read_number(shown, mark=".").value == entry.value
    except NumberProblemError:
        same = False
    if not same:
        defects.add(
            f"{where}.score_details.score",
            f"is {shown}, but {entry.value} was written; it was changed since",
        )
        return None
    return entry


def _position(details: dict[str, Any]) -> int:
    text = str(details.get(POSITION, ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _notes(log: dict[str, Any], defects: Defects) -> Iterator[Localized]:
    text = text_of(object_of(log, "source_metadata", "additional_details").get(NOTES))
    if text is None:
        return
    try:
        for member in json.loads(text):
            yield Localized.model_validate(member)
    except (ValueError, TypeError, RecursionError):
        defects.add(f"source_metadata.additional_details.{NOTES}", "are no notes of Dokja")


# -- as others write them -------------------------------------------------------------------------


def _result(log: dict[str, Any], result: dict[str, Any], where: str) -> Found:
    config, score = object_of(result, "metric_config"), object_of(result, "score_details")
    low, high = _bound(config.get("min_score")), _bound(config.get("max_score"))
    lower = flag_of(config.get("lower_is_better"))
    relationship = text_of(object_of(log, "source_metadata").get("evaluator_relationship")) or ""
    error = object_of(score, "uncertainty", "standard_error").get("value")
    model = object_of(log, "model_info")
    return Found(
        where=f"{where}.score_details.score",
        text=number_of(score.get("score")) or "",
        task=text_of(result.get("evaluation_name")) or "?",
        model=text_of(model.get("id")) or text_of(model.get("name")),
        unit=_unit(config, low, high),
        low=low,
        high=high,
        standard_error=number_of(error),
        higher_is_better=None if lower is None else not lower,
        protocol=_protocol(log, result),
        by=_BY.get(relationship),
        required=True,
    )


def _unit(config: dict[str, Any], low: Decimal | None, high: Decimal | None) -> Unit | None:
    """Return the unit that the file states: by name, or by both ends of the range."""
    named = (text_of(config.get("metric_unit")) or "").casefold()
    if named in _UNITS:
        return _UNITS[named]
    if low is None or high is None or named:
        return None
    if config.get("score_type") == "levels":
        return "scale"
    return _BOUNDS.get((low, high))


def _bound(value: object) -> Decimal | None:
    try:
        return read_number(str(value), mark=".").value if isinstance(value, str) else None
    except NumberProblemError:
        # Unbounded metrics state an infinity.
        return None


def _protocol(log: dict[str, Any], result: dict[str, Any]) -> Protocol:
    library, data = object_of(log, "eval_library"), object_of(result, "source_data")
    config = object_of(result, "metric_config")
    when = result.get("evaluation_timestamp", log.get("evaluation_timestamp"))
    known = [text_of(library.get(key)) for key in ("name", "version")]
    harness, version = (text if text != "unknown" else None for text in known)
    return unchecked(
        harness=harness,
        harness_version=version,
        task=text_of(result.get("evaluation_name")),
        dataset=text_of(data.get("hf_repo")) or text_of(data.get("dataset_name")),
        metric=text_of(config.get("metric_id")) or text_of(config.get("metric_name")),
        split=text_of(data.get("hf_split")),
        mode=_mode(result),
        n_samples=count_of(object_of(result, "score_details", "uncertainty").get("num_samples")),
        measured_on=day_of(when),
    )


def _mode(result: dict[str, Any]) -> str | None:
    arguments = object_of(result, "generation_config", "generation_args")
    reasoning = flag_of(arguments.get("reasoning"))
    return None if reasoning is None else ("thinking" if reasoning else "no thinking")


IMPORTER: Final = EveryEvalEver()
