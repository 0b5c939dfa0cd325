"""YAML from strangers: caps, no anchors, no tags, no key twice, and numbers as they were written.

The module knows the grammar and where each value stands, never what a file is for.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from dokja.errors import DokjaError, MissingDependencyError, ProgrammeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["MAX_YAML_BYTES", "MAX_YAML_DEPTH", "YamlMap", "load_yaml", "place"]

MAX_YAML_BYTES: Final = 4 * 1024 * 1024
"""Largest file that is read."""

MAX_YAML_DEPTH: Final = 24
"""Deepest nesting that is read."""

_MAX_VALUES = 200_000
_MAX_DEFECTS = 50
_MAX_LINES: Final = 5
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})", re.ASCII)
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,30})\.[0-9]{1,60}", re.ASCII)
_WORDS: Final = {"": None, "~": None, "null": None, "true": True, "false": False}

Path = tuple[str | int, ...]


class YamlMap(dict[str, Any]):
    """What a YAML file holds, and the line on which each value stands.

    Whole numbers are `int`, numbers with a point `decimal.Decimal`; nothing ever passes through
    binary floating point. Dates and whatever else is unusual stay text.

    Parameters
    ----------
    content
        The values.
    lines
        Line of each value by its path.
    """

    def __init__(self, content: dict[str, Any], lines: dict[Path, int]) -> None:
        super().__init__(content)
        self._lines = lines

    def line(self, path: Sequence[str | int]) -> int | None:
        """Return the line of a value, or of the nearest value around it that exists.

        Parameters
        ----------
        path
            Keys and indices from the top.

        Returns
        -------
        int or None
            Counted from 1; None if the file holds nothing at all.
        """
        at = tuple(path)
        while at not in self._lines and at:
            at = at[:-1]
        return self._lines.get(at)


def place(content: object, path: Sequence[str | int]) -> str:
    """Name a place in a file for a message.

    Parameters
    ----------
    content
        What `load_yaml` returned; anything else has no lines.
    path
        Keys and indices from the top.

    Returns
    -------
    str
        Such as ``items.nia.max (line 12)``: where a list's members bear an ``id``, that is used
        instead of the index.
    """
    line = content.line(path) if isinstance(content, YamlMap) else None
    dotted = ".".join(_named(content, path)) or "the file"
    return dotted if line is None else f"{dotted} (line {line})"


def _named(content: object, path: Sequence[str | int]) -> Iterator[str]:
    here: Any = content
    for part in path:
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            here = None
        known = here.get("id") if isinstance(part, int) and isinstance(here, dict) else None
        yield known if isinstance(known, str) and known else str(part)


def load_yaml(
    data: bytes,
    *,
    uri: str,
    error: type[DokjaError] = ProgrammeError,
    extra: str = "programme",
) -> YamlMap:
    """Read a YAML file whose top is a mapping.

    Parameters
    ----------
    data
        The bytes of the file.
    uri
        Where they came from, for the error.
    error
        What is raised of a file that cannot be read.
    extra
        The extra of Dokja that brings the parser, for whoever lacks it.

    Returns
    -------
    YamlMap
        Plain dicts, lists, text, `int`, `decimal.Decimal`, `bool` and None.

    Raises
    ------
    DokjaError
        Of the class asked for, if the bytes are too many or no YAML of this plain kind; the message
        lists every anchor, alias, tag and repeated key with its line.
    MissingDependencyError
        If the parser is not installed.
    """
    if len(data) > MAX_YAML_BYTES:
        raise error(
            f"the file has {len(data):,} bytes; at most {MAX_YAML_BYTES:,} are read", uri=uri
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise error(
            f"not UTF-8 text: byte {broken.start:,} cannot be read",
            uri=uri,
            hint="Save the file as UTF-8.",
        ) from None
    builder = _Builder(uri, error)
    for event in _events(text, uri, error, extra):
        builder.take(event)
    return builder.finish()


def _events(text: str, uri: str, error: type[DokjaError], extra: str) -> Iterator[Any]:
    try:
        from ruamel.yaml import YAML  # noqa: PLC0415 - an extra
        from ruamel.yaml.error import YAMLError  # noqa: PLC0415
    except ImportError:
        raise MissingDependencyError(
            "YAML cannot be read: ruamel.yaml is not installed",
            hint=f"pip install 'dokja[{extra}]'",
        ) from None
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except YAMLError as broken:
        mark = getattr(broken, "problem_mark", None)
        where = "" if mark is None else f" (line {mark.line + 1}, column {mark.column + 1})"
        words = getattr(broken, "problem", None) or str(broken).partition("\n")[0]
        raise error(f"not YAML: {words}{where}", uri=uri) from None
    except (ValueError, RecursionError) as broken:
        # Characters and directives that the parser itself stumbles over.
        raise error(f"not YAML: {str(broken)[:200]}", uri=uri) from None


class _Frame:
    """A mapping or list that is still open."""

    def __init__(self, container: dict[str, Any] | list[Any], path: Path) -> None:
        self.container = container
        self.path = path
        self.key: str | None = None
        self.twice = 0

    def next_path(self) -> Path:
        step = len(self.container) if isinstance(self.container, list) else self.key
        return (*self.path, step if step is not None else "")


class _Builder:
    """Plain values out of the parser's events; memory grows with the file, not with its depth."""

    def __init__(self, uri: str, error: type[DokjaError]) -> None:
        self._uri = uri
        self._raised = error
        self._open: list[_Frame] = []
        self._lines: dict[Path, int] = {}
        self._defects: dict[str, list[int]] = {}
        self._n_values = 0
        self._n_documents = 0
        self._root: Any = None
        self._takes: dict[str, Callable[[Any, int], None]] = {
            "DocumentStartEvent": self._document,
            "MappingStartEvent": self._mapping,
            "SequenceStartEvent": self._sequence,
            "ScalarEvent": self._scalar,
            "AliasEvent": self._alias,
            "MappingEndEvent": self._close,
            "SequenceEndEvent": self._close,
        }

    def take(self, event: Any) -> None:  # noqa: ANN401 - the parser has no types
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        take = self._takes.get(type(event).__name__)
        if take is not None:
            take(event, line)

    def finish(self) -> YamlMap:
        if self._defects:
            raise self._error(self._told())
        if not isinstance(self._root, dict):
            raise self._error(
                "the file is empty" if self._root is None else "the top of the file is no mapping"
            )
        return YamlMap(self._root, self._lines)

    def _error(self, message: str) -> DokjaError:
        return self._raised(message, uri=self._uri)

    def _defect(self, words: str, line: int) -> None:
        self._defects.setdefault(words, []).append(line)
        if len(self._defects) >= _MAX_DEFECTS:
            raise self._error(self._told() + "; and perhaps more")

    def _told(self) -> str:
        return "; ".join(f"{_lines(held)}: {words}" for words, held in self._defects.items())

    def _document(self, event: Any, line: int) -> None:  # noqa: ANN401
        self._n_documents += 1
        if self._n_documents > 1:
            raise self._error(f"the file holds a second document (line {line})")
        if event.tags or event.version:
            self._defect("directives (%) are not read", line)

    def _alias(self, event: Any, line: int) -> None:  # noqa: ANN401
        self._defect(f"the alias *{event.anchor} is not read; write the value out", line)
        self._refuse_key(line)
        self._put(None, line)

    def _mapping(self, event: Any, line: int) -> None:  # noqa: ANN401
        self._start(event, {}, line)

    def _sequence(self, event: Any, line: int) -> None:  # noqa: ANN401
        self._start(event, [], line)

    def _start(self, event: Any, container: dict[str, Any] | list[Any], line: int) -> None:  # noqa: ANN401
        self._plain_only(event, line)
        if len(self._open) >= MAX_YAML_DEPTH:
            raise self._error(f"nested deeper than {MAX_YAML_DEPTH} levels (line {line})")
        self._refuse_key(line)
        path = self._open[-1].next_path() if self._open else ()
        self._put(container, line)
        self._open.append(_Frame(container, path))

    def _close(self, _event: Any, _line: int) -> None:  # noqa: ANN401
        self._open.pop()

    def _scalar(self, event: Any, line: int) -> None:  # noqa: ANN401
        self._plain_only(event, line)
        plain = event.style is None
        frame = self._open[-1] if self._open else None
        if frame is not None and isinstance(frame.container, dict) and frame.key is None:
            self._key(frame, event.value, line)
            return
        self._put(_value(event.value) if plain else event.value, line)

    def _key(self, frame: _Frame, key: str, line: int) -> None:
        if key == "<<":
            self._defect("merge keys (<<) are not read", line)
        if key in frame.container:
            dotted = ".".join(map(str, (*frame.path, key)))
            self._defect(f"the key {dotted!r} stands twice", line)
            # The second value is read past, so that whatever follows is still looked at.
            frame.twice += 1
            key = f"{key}\0{frame.twice}"
        frame.key = key

    def _refuse_key(self, line: int) -> None:
        frame = self._open[-1] if self._open else None
        if frame is not None and isinstance(frame.container, dict) and frame.key is None:
            raise self._error(f"a key must be text (line {line})")

    def _plain_only(self, event: Any, line: int) -> None:  # noqa: ANN401
        if event.anchor is not None:
            self._defect(f"the anchor &{event.anchor} is not read", line)
        tag = getattr(event, "ctag", None)
        if tag is not None and str(tag) not in {"", "None"}:
            self._defect(f"the tag {tag} is not read", line)

    def _put(self, value: object, line: int) -> None:
        self._n_values += 1
        if self._n_values > _MAX_VALUES:
            raise self._error(f"the file holds more than {_MAX_VALUES:,} values")
        if not self._open:
            self._root = value
            self._lines[()] = line
            return
        frame = self._open[-1]
        self._lines[frame.next_path()] = line
        if isinstance(frame.container, list):
            frame.container.append(value)
            return
        assert frame.key is not None
        frame.container[frame.key] = value
        frame.key = None


def _lines(held: Sequence[int]) -> str:
    """Name a few of the lines that have one defect."""
    lines = list(dict.fromkeys(held))
    if len(lines) == 1:
        return f"line {lines[0]}"
    shown = ", ".join(map(str, lines[:_MAX_LINES]))
    more = len(lines) - _MAX_LINES
    return f"lines {shown}" + (f" and {more:,} more" if more > 0 else "")


def _value(text: str) -> object:
    """Read a value without quotes: a number as it is written, a word of three, or text."""
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return Decimal(text) if _DECIMAL.fullmatch(text) else text
