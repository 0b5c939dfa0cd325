"""Logs of a run as tables: CSV, JSON, JSON lines, TensorBoard events, exports of trackers.

The module knows files and names of columns, never what a value should be.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from blake3 import blake3

from dokja.document.read import read_regular
from dokja.errors import TrajectoryError
from dokja.trajectory.tensorboard import read_events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from dokja.document.recipe import LogColumns, LogFile

__all__ = ["COLUMNS", "LogTable", "read_log"]

Row = dict[str, Any]

MAX_BYTES: Final = 512 * 1024 * 1024
_MAX_ROWS: Final = 5_000_000
_MAX_COLUMNS: Final = 10_000
_UNITS: Final = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
"""Nanoseconds, microseconds and milliseconds since 1970 by the size of the number."""
_LAST_TIME: Final = 253_402_300_800.0
"""The end of the year 9999; a number beyond it is no time."""
_LAST_STEP: Final = 10**15
_MAX_LINE: Final = 4 * 1024 * 1024

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "step": (
        "step", "_step", "global_step", "train/global_step", "trainer/global_step", "iteration",
        "iter", "update", "num_updates", "train_step", "train/step",
    ),
    "loss": (
        "loss", "train/loss", "train_loss", "training_loss", "loss/train", "lm_loss", "lm loss",
        "train/lm_loss", "train/loss_step", "training/loss",
    ),
    "lr": (
        "lr", "learning_rate", "train/lr", "train/learning_rate", "optim/lr", "learning-rate",
        "optimizer/lr", "lr/train", "training/lr",
    ),
    "time": ("time", "timestamp", "_timestamp", "wall_time", "date", "datetime", "created_at"),
    "tokens": ("tokens", "n_tokens", "consumed_tokens", "train/tokens", "tokens_seen"),
    "weight_norm": ("weight_norm", "param_norm", "params_norm", "train/weight_norm"),
    "runtime": ("_runtime",),
}  # fmt: skip
"""Usual names of what is looked for, in lower case."""


@dataclass(frozen=True, slots=True)
class LogTable:
    """A log in the order of its lines; a value that a line lacks is not a number."""

    path: str
    format: str
    digest: str
    sha256: str
    step: NDArray[np.int64]
    values: Mapping[str, NDArray[np.float64]]
    """By name, without the step; times in seconds since 1970."""
    unread: Mapping[str, int] = field(default_factory=dict)
    """Lines, by column, that bear something there which is no finite number, step or time."""

    def has(self, name: str) -> bool:
        """Tell whether a column is there and holds anything.

        Parameters
        ----------
        name
            One of `COLUMNS`.

        Returns
        -------
        bool
            True if at least one line bears it.
        """
        return name in self.values and bool(np.isfinite(self.values[name]).any())

    def known(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return steps and values of the lines that bear a column.

        Parameters
        ----------
        name
            One of `COLUMNS`.

        Returns
        -------
        tuple of NDArray
            In the order of the lines.
        """
        if name not in self.values:
            return np.empty(0, np.int64), np.empty(0)
        held = np.isfinite(self.values[name])
        return self.step[held], self.values[name][held]


def read_log(path: Path, said: LogFile) -> LogTable:
    """Read a log.

    Parameters
    ----------
    path
        The file.
    said
        What the recipe says of it.

    Returns
    -------
    LogTable
        Its lines that bear a step.

    Raises
    ------
    TrajectoryError
        If it cannot be read, is of no known format, or has no step.
    """
    try:
        data = read_regular(path, MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise TrajectoryError(
            f"the log cannot be read: {words}", uri=str(path), hint="Name a file that can be read."
        ) from None
    if len(data) > MAX_BYTES:
        raise TrajectoryError(
            f"the log has more than {MAX_BYTES:,} bytes",
            uri=str(path),
            hint="Export the columns step, loss, learning rate and time alone.",
        )
    kind = said.format if said.format != "auto" else _sniff(path.name, data)
    rows = _READERS[kind](data, str(path))
    step, values, unread = _columns(rows, said.columns, str(path))
    return LogTable(
        path=said.path,
        format=kind,
        digest=f"blake3:{blake3(data).hexdigest()}",
        sha256=f"sha256:{hashlib.sha256(data).hexdigest()}",
        step=step,
        values=values,
        unread=unread,
    )


def _sniff(name: str, data: bytes) -> str:
    if "tfevents" in name:
        return "tensorboard"
    head = data[:4_096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"["):
        return "json"
    if head.startswith(b"{"):
        first = data.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")[0].rstrip()
        return "jsonl" if first.endswith(b"}") and not name.endswith(".json") else "json"
    return "csv"


def _text(data: bytes, uri: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TrajectoryError(
            f"the log is not UTF-8 text: byte {error.start:,} cannot be read",
            uri=uri,
            hint="Save the log as UTF-8.",
        ) from None


def _csv_rows(data: bytes, uri: str) -> Iterator[Row]:
    text = _text(data, uri)
    first = text.partition("\n")[0]
    separator = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = next(reader, [])
        if len(header) > _MAX_COLUMNS:
            raise TrajectoryError(
                f"the log has {len(header):,} columns",
                uri=uri,
                hint="Export the columns step, loss, learning rate and time alone.",
            )
        if len(set(header)) < len(header):
            raise TrajectoryError(
                "two columns of the log bear one name", uri=uri, hint="Rename or drop one of them."
            )
        for line in reader:
            if line:
                yield dict(zip(header, line, strict=False))
    except csv.Error as error:
        raise TrajectoryError(
            f"the log is no CSV: {error} (line {reader.line_num})",
            uri=uri,
            hint="Export it anew with commas and one line a step.",
        ) from None


def _json_value(text: str, uri: str, where: str) -> object:
    try:
        return json.loads(text, parse_constant=float)
    except (ValueError, RecursionError) as error:
        raise TrajectoryError(
            f"the log is no JSON{where}: {str(error)[:200]}", uri=uri, hint="Export the log anew."
        ) from None


def _jsonl_rows(data: bytes, uri: str) -> Iterator[Row]:
    lines = _text(data, uri).splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if len(line) > _MAX_LINE:
            raise TrajectoryError(
                f"line {number:,} of the log is too long",
                uri=uri,
                hint="One line holds the figures of one step.",
            )
        try:
            value = _json_value(line, uri, f" (line {number:,})")
        except TrajectoryError:
            if number == len(lines) and not data.endswith(b"\n"):
                return  # the last line of a run that was interrupted
            raise
        if isinstance(value, dict):
            yield value


def _json_rows(data: bytes, uri: str) -> Iterator[Row]:
    value = _json_value(_text(data, uri), uri, "")
    if isinstance(value, dict):
        lists = [value.get(name) for name in ("log_history", "history", "rows", "data")]
        found = next((one for one in lists if isinstance(one, list)), None)
        if found is None:
            yield from _turned(value)
            return
        value = found
    if not isinstance(value, list):
        raise TrajectoryError(
            "the log holds no list of lines",
            uri=uri,
            hint="A list of objects with a step each is read, or one under log_history or history.",
        )
    yield from (row for row in value if isinstance(row, dict))


def _turned(value: Row) -> Iterator[Row]:
    """Turn columns into lines."""
    columns = {name: part for name, part in value.items() if isinstance(part, list)}
    if columns:
        for line in zip(*columns.values(), strict=False):
            yield dict(zip(columns, line, strict=True))


def _event_rows(data: bytes, uri: str) -> Iterator[Row]:
    """Put scalars of one step that follow each other into one line."""
    row: Row = {}
    for one in read_events(data, uri=uri):
        if row and (row["step"] != one.step or one.tag in row):
            yield row
            row = {}
        row = row or {"step": one.step, "wall_time": one.wall_time}
        row[one.tag] = one.value
    if row:
        yield row


_READERS: Final[Mapping[str, Callable[[bytes, str], Iterator[Row]]]] = {
    "csv": _csv_rows,
    "jsonl": _jsonl_rows,
    "json": _json_rows,
    "tensorboard": _event_rows,
}


def _columns(
    rows: Iterable[Row], said: LogColumns, uri: str
) -> tuple[NDArray[np.int64], dict[str, NDArray[np.float64]], dict[str, int]]:
    taken: dict[str, list[float]] = {name: [] for name in COLUMNS}
    unread: Counter[str] = Counter()
    names: dict[str, str] = {}
    known: set[str] = set()
    for number, row in enumerate(rows):
        if number >= _MAX_ROWS:
            raise TrajectoryError(
                f"the log has more than {_MAX_ROWS:,} lines",
                uri=uri,
                hint="Export fewer steps.",
            )
        fresh = set(row) - known
        if fresh:
            known |= fresh
            if len(known) > _MAX_COLUMNS:
                raise TrajectoryError(
                    "the lines of the log bear too many names",
                    uri=uri,
                    hint="Export the columns step, loss, learning rate and time alone.",
                )
            _match(names, fresh, said)
        said_step = row.get(names.get("step", ""))
        step = _number(said_step)
        if step is None or not 0 <= step < _LAST_STEP:
            unread["step"] += _is_said(said_step)
            continue
        taken["step"].append(math.floor(step))
        for name in taken.keys() - {"step"}:
            value = row.get(names.get(name, ""))
            found = _seconds(value) if name == "time" else _number(value)
            unread[name] += found is None and _is_said(value)
            taken[name].append(math.nan if found is None else found)
    if not taken["step"]:
        raise TrajectoryError(
            "the log has no column of steps, or no line with one",
            uri=uri,
            hint=f"Name it under columns; seen: {', '.join(sorted(known)[:12]) or 'none'}.",
        )
    values = {name: np.array(held) for name, held in taken.items() if name != "step"}
    return np.array(taken["step"], np.int64), values, {name: n for name, n in unread.items() if n}


def _is_said(value: object) -> bool:
    """Tell whether a line bears anything at all in a column."""
    return value is not None and value != ""


def _match(names: dict[str, str], fresh: Iterable[str], said: LogColumns) -> None:
    """Find out which of some new names mean what is looked for; stated names come first."""
    for meaning, usual in COLUMNS.items():
        stated = getattr(said, meaning, None)
        wanted = (stated,) if stated is not None else usual
        if meaning in names and names[meaning] in wanted:
            continue
        by_name = {_plain(name): name for name in sorted(fresh, reverse=True)}
        by_name |= {name: name for name in fresh}
        found = next((by_name[one] for one in wanted if one in by_name), None)
        if found is not None and meaning not in names:
            names[meaning] = found


def _plain(name: str) -> str:
    """Drop the name of the run that trackers write before that of a column."""
    return name.rpartition(" - ")[2].strip().lower()


def _number(value: object) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _seconds(value: object) -> float | None:
    """Read a time: a number since 1970, in what unit its size tells, or ISO 8601 (UTC if bare)."""
    found = _number(value)
    if found is not None:
        unit = next((unit for least, unit in _UNITS if abs(found) > least), 1.0)
        return found / unit if abs(found / unit) < _LAST_TIME else None
    if not isinstance(value, str):
        return None
    try:
        moment = dt.datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()
