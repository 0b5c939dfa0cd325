"""JSON from strangers, read with caps on length, depth and number of values.

The module knows the grammar of JSON, never what a text is for.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from dokja.errors import MalformedCheckpointError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Cursor", "DuplicateKeyError", "decode_text", "has_surrogate", "read_object", "shorten"]

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")
# Strings without escapes, as nearly all are, are found whole by one pattern: what was decoded from
# UTF-8 holds no half characters, so only an escape could bring one in.
_PLAIN_STRING = re.compile(r'[ \t\n\r]*"([^"\\\x00-\x1f]*)"')
_PLAIN_KEY = re.compile(r'[ \t\n\r]*"([^"\\\x00-\x1f]*)"[ \t\n\r]*:[ \t\n\r]*')
_SEPARATOR = re.compile(r"[ \t\n\r]*([,}])")
_FLAT_OBJECT = re.compile(r"\{[^{}]*\}")
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_MAX_FLAT = 65_536
_HINT = "fetch the file again, or ask whoever made it for a valid one"


class DuplicateKeyError(ValueError):
    """A key stands twice in one object."""


class Cursor:
    """A place in a JSON text, moved forwards piece by piece.

    Walking the outermost levels by hand keeps duplicates visible, errors placed and memory
    within a small multiple of the text, which a general parser does not.

    Parameters
    ----------
    text
        The whole text.
    uri
        Address for messages.
    context
        Part of the file that the text is, for messages.
    """

    def __init__(self, text: str, uri: str, context: str | None = None) -> None:
        self.text = text
        self.uri = uri
        self.context = context
        self.position = 0

    def members(self) -> Iterator[str]:
        """Walk the members of an object; the consumer moves past each value.

        Yields
        ------
        str
            The key; the cursor stands at the value.
        """
        self.expect("{")
        if self.accept("}"):
            return
        while True:
            yield self._key()
            found = _SEPARATOR.match(self.text, self.position)
            if not found:
                raise self.error("',' was expected")
            self.position = found.end()
            if found[1] == "}":
                return

    def flat_object(self) -> dict[str, Any] | None:
        """Read an object that holds no other object and at most one level of lists.

        Returns
        -------
        dict or None
            None if something else stands here that is not such an object; the cursor then has
            not moved.

        Raises
        ------
        DuplicateKeyError
            If a key stands twice; the cursor has moved past the object.
        MalformedCheckpointError
            If it is not JSON.
        """
        found = _FLAT_OBJECT.match(self.text, self.position)
        if not found or found.end() - found.start() > _MAX_FLAT or "[[" in found[0]:
            return None
        start, self.position = self.position, found.end()
        try:
            value, length = _UNIQUE_DECODER.raw_decode(found[0])
        except DuplicateKeyError:
            raise
        except (ValueError, RecursionError) as error:
            raise self.error(f"this is not JSON: {shorten(found[0])}", start) from error
        assert isinstance(value, dict)
        assert length == len(found[0])
        return value

    def string(self, what: str = "a string in double quotes") -> str:
        """Read a string.

        Parameters
        ----------
        what
            What is said to be expected if there is none.

        Returns
        -------
        str
            Valid Unicode.

        Raises
        ------
        MalformedCheckpointError
            If there is none, or it is not valid Unicode.
        """
        plain = _PLAIN_STRING.match(self.text, self.position)
        if plain:
            self.position = plain.end()
            return plain[1]
        self._skip_space()
        start = self.position
        if not self.text.startswith('"', start):
            raise self.error(f"{what} was expected")
        try:
            value, self.position = _DECODER.raw_decode(self.text, start)
        except ValueError as error:
            raise self.error("a string does not end or holds what it may not", start) from error
        assert isinstance(value, str)
        if has_surrogate(value):
            raise self.error("a string holds half a character (a lone surrogate)", start)
        return value

    def accept(self, character: str) -> bool:
        """Move past a character, if it stands here after white space.

        Parameters
        ----------
        character
            Any but white space.

        Returns
        -------
        bool
            Whether it stood here.
        """
        self._skip_space()
        if not self.text.startswith(character, self.position):
            return False
        self.position += 1
        return True

    def expect(self, character: str) -> None:
        """Move past a character that must stand here.

        Parameters
        ----------
        character
            Any but white space.

        Raises
        ------
        MalformedCheckpointError
            If something else stands here.
        """
        if not self.accept(character):
            raise self.error(f"{character!r} was expected")

    def finish(self) -> None:
        """Make sure that nothing but white space follows.

        Raises
        ------
        MalformedCheckpointError
            If something does.
        """
        self._skip_space()
        if self.position != len(self.text):
            raise self.error("something follows after the end of the JSON text")

    def error(self, message: str, position: int | None = None) -> MalformedCheckpointError:
        """Make an error about a place in the text.

        Parameters
        ----------
        message
            What is wrong.
        position
            Where; at the cursor if not given.

        Returns
        -------
        MalformedCheckpointError
            To be raised by the caller.
        """
        place = self.position if position is None else position
        where = "at its end" if place >= len(self.text) else f"at character {place}"
        return MalformedCheckpointError(
            f"the JSON text is broken {where}: {message}",
            hint=_HINT,
            uri=self.uri,
            context=self.context,
        )

    def _key(self) -> str:
        plain = _PLAIN_KEY.match(self.text, self.position)
        if plain:
            self.position = plain.end()
            return plain[1]
        key = self.string("a name in double quotes")
        self.expect(":")
        self._skip_space()
        return key

    def _skip_space(self) -> None:
        found = _SPACE.match(self.text, self.position)
        assert found is not None
        self.position = found.end()


def decode_text(raw: bytes, uri: str, context: str | None = None) -> str:
    """Decode a JSON text from bytes.

    Parameters
    ----------
    raw
        UTF-8.
    uri
        Address for messages.
    context
        Part of the file that the text is, for messages.

    Returns
    -------
    str
        The text.

    Raises
    ------
    MalformedCheckpointError
        If it is not UTF-8.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedCheckpointError(
            f"the JSON text is not UTF-8 (byte {error.start} of it)",
            hint=_HINT,
            uri=uri,
            context=context,
        ) from error


def read_object(
    raw: bytes, uri: str, *, max_depth: int = 64, max_containers: int = 1_000_000
) -> dict[str, Any]:
    """Read a JSON text whose outermost value is an object.

    Parameters
    ----------
    raw
        UTF-8; its length was capped by the caller.
    uri
        Address for messages.
    max_depth
        Most levels of objects and lists.
    max_containers
        Most objects and lists; with the length this bounds the memory used.

    Returns
    -------
    dict
        Numbers, strings, booleans, None, lists and dicts.

    Raises
    ------
    MalformedCheckpointError
        If it is not JSON, not an object, holds a key twice, or goes beyond a cap.
    """
    text = decode_text(raw, uri)
    if text.count("{") + text.count("[") > max_containers:
        raise _broken(f"it holds more than {max_containers:,} objects and lists", uri)
    try:
        value = json.loads(text, object_pairs_hook=_unique)
    except DuplicateKeyError as error:
        raise _broken(str(error), uri) from error
    except RecursionError as error:
        raise _broken(f"it is nested more than {max_depth} levels deep", uri) from error
    except ValueError as error:
        raise _broken(f"it is not JSON: {shorten(str(error))}", uri) from error
    if not isinstance(value, dict):
        raise _broken("its outermost value is not an object", uri)
    if _depth(value) > max_depth:
        raise _broken(f"it is nested more than {max_depth} levels deep", uri)
    if _ESCAPED_SURROGATE.search(text) and has_surrogate(json.dumps(value, ensure_ascii=False)):
        raise _broken("a string holds half a character (a lone surrogate)", uri)
    return value


def has_surrogate(text: str) -> bool:
    """Tell whether a string holds half a character, which no file or page can show.

    Parameters
    ----------
    text
        Any string.

    Returns
    -------
    bool
        True if it cannot be written as UTF-8.
    """
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)


def shorten(text: str, width: int = 120) -> str:
    """Return a text, or its beginning if it is long, fit for a message.

    Parameters
    ----------
    text
        Any string.
    width
        Most characters.

    Returns
    -------
    str
        At most `width` characters, with nothing that could move a cursor or break a line.
    """
    cut = text if len(text) <= width else f"{text[: width - 1]}…"
    if cut.isprintable():
        return cut
    return "".join(character if character.isprintable() else "�" for character in cut)


def _broken(what: str, uri: str) -> MalformedCheckpointError:
    return MalformedCheckpointError(f"the JSON text cannot be used: {what}", hint=_HINT, uri=uri)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise DuplicateKeyError(f"the key {shorten(twice)!r} stands twice in one object")
    return value


_UNIQUE_DECODER = json.JSONDecoder(object_pairs_hook=_unique)


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
