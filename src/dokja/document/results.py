"""Results of evaluations as a document: what was measured, how, by whom, and where it stood.

The module knows what is kept of a result, never which file formats there are or what it is worth.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dokja.document.common import Document, Localized
from dokja.document.number import Number

__all__ = ["By", "Cell", "Entry", "Protocol", "ResultsDocument", "Unit"]

Unit = Literal["percent", "fraction", "points", "scale", "index", "ratio", "count"]
"""What a value counts: of 100, of 1, points given, a mark on a scale, an index, a ratio, things."""

By = Literal["team", "agency", "third_party", "panel", "unknown"]
"""Who measured."""

Name = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]
Text = Annotated[
    str,
    Field(min_length=1, max_length=2000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+$"),
]
Count = Annotated[int, Field(ge=0, le=10**15)]


class Cell(Document):
    """Where a value stood."""

    file: Name
    """As the user gave it; absolute only if it was given so."""
    where: Name
    """Such as ``results.hellaswag.acc,none``, ``Sheet1!C7`` or ``row 7, column score``."""
    digest: Annotated[str, Field(pattern=r"^blake3:[0-9a-f]{64}$")]
    """Of the file."""


class Protocol(Document):
    """How a value was measured; null is unknown and never assumed."""

    harness: Text | None = None
    harness_version: Text | None = None
    task: Text | None = None
    task_version: Text | None = None
    dataset: Text | None = None
    dataset_revision: Text | None = None
    metric: Text | None = None
    filter: Text | None = None
    """How answers were taken out of what the model wrote, or which scorer read them."""
    split: Text | None = None
    n_shot: Count | None = None
    mode: Text | None = None
    """Such as ``thinking`` or ``instruct``."""
    n_samples: Count | None = None
    model_digest: Text | None = None
    chat_template_digest: Text | None = None
    index_version: Text | None = None
    measured_on: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None


class Entry(Document):
    """One value, with everything that is known of it."""

    team: Name
    """Team of the round, or the model's name as found when no mapping was given."""
    item: Name
    """Item of the round, with a dot before a sub-item, or the benchmark's name as found."""
    benchmark: Name | None = None
    """One of several within an item."""
    run: Name | None = None
    rater: Name | None = None
    value: Number
    """In `unit`, exactly."""
    unit: Unit
    original: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
    """What stood in the file, character by character."""
    original_unit: Text | None = None
    """The unit the file or the mapping gave; null if the value was in `unit` already unsaid."""
    higher_is_better: bool | None = None
    standard_error: Number | None = None
    """In the unit of the value."""
    low: Number | None = None
    """No value below this one is possible, where that is known."""
    high: Number | None = None
    """No value above this one is possible, where that is known."""
    protocol: Protocol = Protocol()
    source: Cell
    by: By = "unknown"
    note: Text | None = None


class ResultsDocument(Document):
    """What was read from one file or several."""

    schema_version: Literal["1"] = "1"
    entries: Annotated[tuple[Entry, ...], Field(max_length=1_000_000)] = ()
    notes: tuple[Localized, ...] = ()
    """What was left out, and why; what a reader must know before averaging."""
