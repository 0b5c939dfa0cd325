"""Files of results opened with care: size, digest and kind first; JSON with numbers as written.

The module knows bytes and grammar, never which harness wrote a file.
"""

from __future__ import annotations

import json
import stat
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from blake3 import blake3

from dokja.errors import ProgrammeError
from dokja.programme.results.defects import printable

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MAX_BYTES", "Json", "NumberText", "Source", "parse_json"]

Json = Any
"""Dicts, lists, strings, `NumberText`, booleans and None."""

MAX_BYTES: Final = 64 * 1024 * 1024
"""Largest file that is read whole."""

_MAX_HASHED: Final = 16 * 1024 * 1024 * 1024
_MAX_CONTAINERS: Final = 2_000_000
_MAX_DEPTH: Final = 64
_CHUNK: Final = 1024 * 1024
_HEAD: Final = 4096


class NumberText(str):
    """A number of a JSON text, as it is written there."""

    __slots__ = ()


class Source:
    """A file or folder of results, read at most once.

    Parameters
    ----------
    path
        Where it lies.
    name
        What messages and cells call it; the path as given if there is no better one.

    Raises
    ------
    ProgrammeError
        If there is nothing, or something that is neither a file nor a folder.
    """

    def __init__(self, path: Path, name: str | None = None) -> None:
        self.path = path
        self.name = name if name is not None else str(path)
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError) as error:
            raise self._unreadable(error) from None
        self.is_folder = stat.S_ISDIR(mode)
        if not self.is_folder and not stat.S_ISREG(mode):
            raise ProgrammeError(
                "neither a file nor a folder",
                uri=self.name,
                hint="Name a file or a folder of results.",
            )

    def child(self, name: str) -> Source | None:
        """Open a file of this folder.

        Parameters
        ----------
        name
            Its name, without a folder.

        Returns
        -------
        Source or None
            None if there is no such file.
        """
        path = self.path / name
        if path.is_symlink() or not path.is_file():
            return None
        return Source(path, f"{self.name.rstrip('/')}/{name}")

    @cached_property
    def head(self) -> bytes:
        """First bytes of a file; empty for a folder."""
        return b"" if self.is_folder else self._read(_HEAD)

    @cached_property
    def is_zip(self) -> bool:
        """Whether a file begins like a ZIP archive."""
        return self.head.startswith(b"PK\x03\x04")

    @cached_property
    def data(self) -> bytes:
        """The whole file."""
        size = self.path.stat().st_size
        if size > MAX_BYTES:
            raise ProgrammeError(
                f"the file has {size:,} bytes; at most {MAX_BYTES:,} are read",
                uri=self.name,
                hint="Hand in the summary that the harness writes, not the single answers; "
                "for Inspect, the .eval file.",
            )
        return self._read(MAX_BYTES + 1)

    @cached_property
    def digest(self) -> str:
        """Digest of the file, ``blake3:…``."""
        hasher, n_read = blake3(), 0
        try:
            with self.path.open("rb") as stream:
                while chunk := stream.read(_CHUNK):
                    n_read += len(chunk)
                    if n_read > _MAX_HASHED:
                        raise ProgrammeError(
                            "the file is too long to read",
                            uri=self.name,
                            hint="Hand in the harness's summary, not the single answers.",
                        )
                    hasher.update(chunk)
        except OSError as error:
            raise self._unreadable(error) from None
        return f"blake3:{hasher.hexdigest()}"

    @cached_property
    def json(self) -> Json:
        """What a JSON file holds; None for anything that does not begin like an object or list.

        Raises
        ------
        ProgrammeError
            If it begins like JSON and is none, or goes beyond a cap.
        """
        begin = self.head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
        if begin not in {b"{", b"["}:
            return None
        return parse_json(self.data, uri=self.name)

    def _read(self, n_bytes: int) -> bytes:
        try:
            with self.path.open("rb") as stream:
                return stream.read(n_bytes)
        except OSError as error:
            raise self._unreadable(error) from None

    def _unreadable(self, error: OSError | ValueError) -> ProgrammeError:
        words = getattr(error, "strerror", None) or str(error)
        return ProgrammeError(
            f"cannot be read: {printable(words)}",
            uri=self.name,
            hint="Look whether the file is there and may be read.",
        )


def parse_json(data: bytes, *, uri: str) -> Json:
    """Read JSON from strangers, with every number as it is written.

    Parameters
    ----------
    data
        UTF-8; its length was capped by the caller.
    uri
        Where it came from, for the error.

    Returns
    -------
    Json
        The value. ``NaN`` and the infinities, which Python's writers produce although JSON has
        none, are kept as `NumberText` and left to the reader to refuse.

    Raises
    ------
    ProgrammeError
        If it is not JSON, holds a key twice in one object, or is nested too deep.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProgrammeError(
            f"not UTF-8 text: byte {error.start:,}", uri=uri, hint="Save the file as UTF-8."
        ) from None
    if text.count("{") + text.count("[") > _MAX_CONTAINERS:
        raise ProgrammeError(
            f"more than {_MAX_CONTAINERS:,} objects and lists",
            uri=uri,
            hint="Hand in the harness's summary, not the single answers.",
        )
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_float=NumberText,
            parse_int=NumberText,
            parse_constant=NumberText,
        )
    except RecursionError:
        raise ProgrammeError(
            f"nested more than {_MAX_DEPTH} levels deep",
            uri=uri,
            hint="Hand in the file as the harness wrote it.",
        ) from None
    except ValueError as error:
        raise ProgrammeError(
            f"not JSON: {printable(str(error), 200)}",
            uri=uri,
            hint="Hand in the file as the harness wrote it, whole.",
        ) from None
    if _depth(value) > _MAX_DEPTH:
        raise ProgrammeError(
            f"nested more than {_MAX_DEPTH} levels deep",
            uri=uri,
            hint="Hand in the file as the harness wrote it.",
        )
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {printable(twice)!r} stands twice in one object")
    return value


def _depth(value: object) -> int:
    """Count levels without recursion, which a deep value would break."""
    depth = 0
    level = [value]
    while level:
        inner: list[object] = []
        for one in level:
            if isinstance(one, dict):
                inner.extend(one.values())
            elif isinstance(one, list):
                inner.extend(one)
        depth += any(isinstance(one, dict | list) for one in level)
        level = inner
    return depth
