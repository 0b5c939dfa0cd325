"""The mapping file: which model is which team, which task feeds which item, and units left unsaid.

The module knows what can be stated about a file of results, never what stands in one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from dokja.document.common import Document
from dokja.document.number import InputNumber
from dokja.document.results import By, Unit
from dokja.document.yamltext import MAX_YAML_BYTES, YamlMap, load_yaml, place
from dokja.errors import ProgrammeError
from dokja.programme.results.numbers import DecimalMark

__all__ = ["ItemRule", "ResultsMapping", "StatedProtocol", "read_mapping"]


def _word(value: object) -> object:
    """Take a number where a name is wanted, as in ``run: 1``."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Word = Annotated[
    str, BeforeValidator(_word), Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Count = Annotated[int, Field(ge=0, le=10**15)]


class ItemRule(Document):
    """Where the values of a task go, which of its metrics is meant, and in which unit it is."""

    item: Word
    benchmark: Word | None = None
    metric: Word | None = None
    filter: Word | None = None
    split: Word | None = None
    unit: Unit | None = None
    """Unit in which the file's values are written; it outranks what the format documents."""
    to: Literal["percent", "fraction"] | None = None
    """Unit to store shares in; percent if not given."""
    low: InputNumber | None = None
    high: InputNumber | None = None
    """Range outside of which a value is refused, in the unit of the file."""
    higher_is_better: bool | None = None


class StatedProtocol(Document):
    """What the user knows of the protocol and the file does not say."""

    harness: Word | None = None
    harness_version: Word | None = None
    task_version: Word | None = None
    dataset_revision: Word | None = None
    filter: Word | None = None
    split: Word | None = None
    n_shot: Count | None = None
    mode: Word | None = None
    n_samples: Count | None = None
    model_digest: Word | None = None
    chat_template_digest: Word | None = None
    index_version: Word | None = None
    measured_on: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None


def _rules(value: object) -> object:
    """Take ``task: item``, ``task: {item: …}`` and ``task: [{item: …}, …]`` alike."""
    if not isinstance(value, dict):
        return value
    return {task: _listed(targets) for task, targets in value.items()}


def _listed(targets: object) -> tuple[object, ...]:
    listed = targets if isinstance(targets, list | tuple) else [targets]
    return tuple({"item": one} if isinstance(one, str) else one for one in listed)


class ResultsMapping(Document):
    """What a user states about files of results; nothing in it is required."""

    format: str | None = None
    """Name of the format, when the content does not tell."""
    model: Word | None = None
    """The model, when the file does not name it."""
    by: By | None = None
    unit: Unit | None = None
    """Unit of values whose unit neither the format nor the file says."""
    run: Word | None = None
    rater: Word | None = None
    teams: dict[str, Word] | None = None
    """Team of each model; when given, a model that is not listed is an error."""
    items: Annotated[
        dict[str, Annotated[tuple[ItemRule, ...], Field(min_length=1)]] | None,
        BeforeValidator(_rules),
    ] = None
    """Items of each task; when given, tasks that are not listed are left out and named."""
    ignore: tuple[Word, ...] = ()
    """Tasks to leave out."""
    protocol: StatedProtocol = StatedProtocol()

    encoding: Literal["utf-8", "utf-16", "cp949"] | None = None
    decimal: DecimalMark | None = None
    sheet: Word | None = None
    layout: Literal["long", "items_across", "teams_across"] = "long"
    """Of a table: one value a row, one column an item, or one column a team."""
    columns: dict[str, Word] = Field(default_factory=dict)
    """Meaning of a table's columns by their headers, such as ``최종: value``."""
    missing: tuple[str, ...] = ()
    """Texts that say in a table that there is no value, such as ``-``."""


def read_mapping(path: str | Path) -> ResultsMapping:
    """Read a mapping file.

    Parameters
    ----------
    path
        A YAML file.

    Returns
    -------
    ResultsMapping
        What it states.

    Raises
    ------
    ProgrammeError
        If it cannot be read or does not fit; the message lists every defect with its dotted path
        and line.
    """
    uri = str(path)
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(MAX_YAML_BYTES + 1)
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise ProgrammeError(
            f"the mapping cannot be read: {words}",
            uri=uri,
            hint="Name a YAML file; docs/programme/results.md tells what stands in it.",
        ) from None
    content = load_yaml(data, uri=uri)
    try:
        return ResultsMapping.model_validate_json(json.dumps(content, default=str))
    except ValidationError as error:
        lines = [f"{_place(content, defect['loc'])}: {_words(defect)}" for defect in error.errors()]
    listed = "".join(f"\n  - {line}" for line in dict.fromkeys(lines[:100]))
    raise ProgrammeError(
        f"the mapping does not fit:{listed}",
        uri=uri,
        hint="docs/programme/results.md tells every field of a mapping.",
    )


def _place(content: YamlMap, location: tuple[str | int, ...]) -> str:
    # A single rule may stand without a list around it; the index is then not in the file.
    return place(content, location)


def _words(defect: Any) -> str:  # noqa: ANN401 - pydantic's
    if defect["type"] == "extra_forbidden":
        known = ResultsMapping if len(defect["loc"]) == 1 else None
        fields = f"; known: {', '.join(known.model_fields)}" if known is not None else ""
        return f"no such field{fields}"
    return str(defect["msg"]).removeprefix("Value error, ")
