"""The columns of exported results, and cells that no spreadsheet takes for a formula.

The module knows how a document becomes rows of text and back, never a file format.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from dokja.document.number import written
from dokja.document.results import Cell, Entry, Protocol, ResultsDocument

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["COLUMNS", "SHEET", "guarded", "row_content", "rows_of", "unguarded"]

SHEET: Final = "dokja-results"
"""Name of the sheet in a workbook of exported results."""

_ENTRY: Final = tuple(name for name in Entry.model_fields if name not in {"protocol", "source"})
_SOURCE: Final = tuple(f"source_{name}" for name in Cell.model_fields)
_NOTE: Final = ("note_en", "note_ko")

COLUMNS: Final = ("record", *_ENTRY, *Protocol.model_fields, *_SOURCE, *_NOTE)
"""Headers of exported results; ``record`` is ``entry`` or ``note``."""

_FLAGS: Final = {"true": True, "false": False}
_COUNTS: Final = frozenset({"n_shot", "n_samples"})
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
# Also the full-width signs, which some spreadsheets take for the narrow ones.
_DANGEROUS: Final = frozenset("=+-@|\t\r\n＝＋－＠'")


def guarded(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    str
        With an apostrophe before it if it begins with ``=``, ``+``, ``-``, ``@`` or an apostrophe,
        perhaps after blanks, and is no plain number; else as it is.

    Examples
    --------
    >>> guarded("=1+1"), guarded("-0.5"), unguarded(guarded("'x"))
    ("'=1+1", '-0.5', "'x")
    """
    begins = text.lstrip(" \u3000\xa0")[:1] or text[:1]
    if begins in _DANGEROUS and text and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def unguarded(text: str) -> str:
    """Return what `guarded` was given.

    Parameters
    ----------
    text
        A guarded text.

    Returns
    -------
    str
        Without the apostrophe.
    """
    return text.removeprefix("'")


def rows_of(document: ResultsDocument) -> Iterator[tuple[str, ...]]:
    """Write results as rows of guarded text, one for each entry and note.

    Parameters
    ----------
    document
        The results.

    Yields
    ------
    tuple of str
        One text for each of `COLUMNS`; empty where nothing is known.
    """
    for entry in document.entries:
        flat = {
            "record": "entry",
            **{name: getattr(entry, name) for name in _ENTRY},
            **dict(entry.protocol),
            **{f"source_{name}": value for name, value in entry.source},
        }
        yield tuple(_text(flat.get(name)) for name in COLUMNS)
    for note in document.notes:
        flat = {"record": "note", "note_en": note.en, "note_ko": note.ko}
        yield tuple(_text(flat.get(name)) for name in COLUMNS)


def _text(value: Any) -> str:  # noqa: ANN401 - whatever a field holds
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return guarded(value)
    return str(value) if isinstance(value, int) else written(value)


def row_content(row: Mapping[str, str]) -> dict[str, Any]:
    """Turn a row of exported results back into the content of an entry.

    Parameters
    ----------
    row
        Guarded text by column.

    Returns
    -------
    dict
        To be validated as an `Entry`.
    """
    known = {name: _value(name, unguarded(text)) for name, text in row.items() if text}
    content: dict[str, Any] = {name: known[name] for name in _ENTRY if name in known}
    content.setdefault("original", "")
    content["protocol"] = {name: known[name] for name in Protocol.model_fields if name in known}
    content["source"] = {
        name: known[f"source_{name}"] for name in Cell.model_fields if f"source_{name}" in known
    }
    return content


def _value(name: str, text: str) -> object:
    if name == "higher_is_better":
        return _FLAGS.get(text, text)
    if name in _COUNTS and text.isascii() and text.isdigit() and len(text) < 17:
        return int(text)
    return text
