"""Results in the schema of Every Eval Ever, one file for each team and way of measuring.

The module knows that schema and how an entry fits into it, never whether a result is good.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from blake3 import blake3

from dokja.document.number import written
from dokja.programme.results.every_eval_ever import ENTRY, NOTES, POSITION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.document.common import Localized
    from dokja.document.results import By, Entry, ResultsDocument

__all__ = ["results_every_eval_ever"]

_VERSION: Final = "0.2.2"
_RELATIONSHIPS: Final[dict[By, str]] = {
    "team": "first_party",
    "agency": "third_party",
    "third_party": "third_party",
    "panel": "third_party",
    "unknown": "other",
}
_METRIC_UNITS: Final = {"fraction": "proportion"}
_BOUNDS: Final = {"percent": (Decimal(0), Decimal(100)), "fraction": (Decimal(0), Decimal(1))}
_NOT_PORTABLE = re.compile(r"[^A-Za-z0-9._-]+")


def results_every_eval_ever(
    document: ResultsDocument, *, organisation: str, retrieved: int
) -> tuple[tuple[str, bytes], ...]:
    """Write results as files of Every Eval Ever.

    Parameters
    ----------
    document
        The results.
    organisation
        Who hands the results out.
    retrieved
        When these files are made, in seconds since 1970; not read from a clock, so that the same
        results give the same bytes.

    Returns
    -------
    tuple of (str, bytes)
        Name and content of each file. Reading a folder of them gives back the document; whoever
        changes a score in one is found out.

    Notes
    -----
    The schema demands a direction and, for continuous scores, a range. Where the direction is not
    known ``lower_is_better`` is false, and a detail says that it was not stated; where an end of
    the range is not known, it is written as an infinity, as that project's library does.
    """
    groups: dict[tuple[str, ...], list[tuple[int, Entry]]] = {}
    for position, entry in enumerate(document.entries):
        protocol = entry.protocol
        key = (entry.team, entry.by, protocol.harness or "", protocol.harness_version or "")
        groups.setdefault(key, []).append((position, entry))
    files = []
    for number, members in enumerate(groups.values()):
        log = _log(members, organisation, retrieved, document.notes if number == 0 else ())
        name = _NOT_PORTABLE.sub("-", members[0][1].team).strip("-.")[:80] or "model"
        files.append((f"{number:04d}-{name}.json", (_dump(log) + "\n").encode("utf-8")))
    return tuple(files)


def _log(
    members: Sequence[tuple[int, Entry]],
    organisation: str,
    retrieved: int,
    notes: Sequence[Localized],
) -> dict[str, Any]:
    first = members[0][1]
    content = "\n".join(entry.model_dump_json() for _, entry in members)
    digest = blake3(content.encode()).hexdigest()
    source: dict[str, Any] = {
        "source_name": "Dokja",
        "source_type": "documentation",
        "source_organization_name": organisation,
        "evaluator_relationship": _RELATIONSHIPS[first.by],
    }
    if notes:
        listed = json.dumps([note.model_dump() for note in notes], ensure_ascii=False)
        source["additional_details"] = {NOTES: listed}
    return {
        "schema_version": _VERSION,
        "evaluation_id": f"dokja/{first.team}/{digest[:32]}",
        "retrieved_timestamp": str(retrieved),
        "source_metadata": source,
        "eval_library": {
            "name": first.protocol.harness or "unknown",
            "version": first.protocol.harness_version or "unknown",
        },
        "model_info": {"name": first.team, "id": first.team},
        "evaluation_results": [_result(position, entry) for position, entry in members],
    }


def _result(position: int, entry: Entry) -> dict[str, Any]:
    name = ".".join(part for part in (entry.item, entry.benchmark) if part)
    score: dict[str, Any] = {
        "score": entry.value,
        "details": {ENTRY: entry.model_dump_json(), POSITION: str(position)},
    }
    if entry.standard_error is not None:
        score["uncertainty"] = {"standard_error": {"value": entry.standard_error}}
        if entry.protocol.n_samples is not None:
            score["uncertainty"]["num_samples"] = entry.protocol.n_samples
    return {
        "evaluation_name": name,
        "source_data": {
            "dataset_name": entry.protocol.dataset or entry.benchmark or entry.item,
            "source_type": "other",
        },
        "metric_config": _metric(entry),
        "score_details": score,
    }


def _metric(entry: Entry) -> dict[str, Any]:
    low, high = _BOUNDS.get(entry.unit, (None, None))
    low = entry.low if entry.low is not None else low
    high = entry.high if entry.high is not None else high
    metric: dict[str, Any] = {
        "lower_is_better": entry.higher_is_better is False,
        "score_type": "continuous",
        "min_score": "-Infinity" if low is None else low,
        "max_score": "Infinity" if high is None else high,
        "metric_unit": _METRIC_UNITS.get(entry.unit, entry.unit),
    }
    if entry.protocol.metric:
        metric["metric_name"] = entry.protocol.metric
    if entry.higher_is_better is None:
        metric["additional_details"] = {"direction": "not stated"}
    return metric


def _dump(value: Any, depth: int = 0) -> str:  # noqa: ANN401 - JSON
    """Write JSON with exact numbers, which the standard library would pass through floats."""
    if isinstance(value, Decimal):
        return written(value)
    if not isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    inner, outer = "\n" + "  " * (depth + 1), "\n" + "  " * depth
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(k, ensure_ascii=False)}: {_dump(v, depth + 1)}" for k, v in value.items()
        ]
        return "{" + inner + f",{inner}".join(parts) + outer + "}" if parts else "{}"
    parts = [_dump(member, depth + 1) for member in value]
    return "[" + inner + f",{inner}".join(parts) + outer + "]" if parts else "[]"
