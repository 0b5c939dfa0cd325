"""XML from strangers: a stream of elements, without document types, entities or deep nesting.

The module knows the grammar, never what an element is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from dokja.errors import ProgrammeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Attributes", "elements", "parse_xml"]

Attributes = dict[str, str]

_MAX_DEPTH: Final = 64


class _RefusedError(Exception):
    """The text holds what is not read."""


def parse_xml(
    data: bytes,
    uri: str,
    *,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> None:
    """Walk through an XML text.

    Parameters
    ----------
    data
        The text; empty for none.
    uri
        What messages call it.
    start
        Called with the name, without its namespace, and the attributes of an element.
    end
        Called with the name when the element ends.
    text
        Called with pieces of text.

    Raises
    ------
    ProgrammeError
        If it is not XML, has a document type, or is nested too deep.
    """
    depth = 0

    def _start(name: str, attributes: Attributes) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            raise _RefusedError(f"nested more than {_MAX_DEPTH} levels deep")
        start(_local(name), {_local(key): value for key, value in attributes.items()})

    def _end(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(_local(name))

    def _refuse(*_: object) -> None:
        raise _RefusedError("has a document type")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = _start
    parser.EndElementHandler = _end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        if data:
            parser.Parse(data, True)
    except (expat.ExpatError, _RefusedError, LookupError, ValueError) as error:
        raise ProgrammeError(
            f"a part of the workbook is broken: {error}",
            uri=uri,
            hint="Open the workbook in a spreadsheet program and save it again as .xlsx.",
        ) from None


def elements(data: bytes, uri: str) -> Iterator[tuple[str, Attributes, str]]:
    """Return every element of a small XML text.

    Parameters
    ----------
    data
        The text.
    uri
        What messages call it.

    Yields
    ------
    tuple of str, dict and str
        Name, attributes, and the text directly within; in the order of their beginning.
    """
    found: list[tuple[str, Attributes, list[str]]] = []
    still_open: list[int] = []

    def _start(name: str, attributes: Attributes) -> None:
        still_open.append(len(found))
        found.append((name, attributes, []))

    def _end(_name: str) -> None:
        still_open.pop()

    def _text(piece: str) -> None:
        if still_open:
            found[still_open[-1]][2].append(piece)

    parse_xml(data, uri, start=_start, end=_end, text=_text)
    for name, attributes, pieces in found:
        yield name, attributes, "".join(pieces)


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
