"""What a checkpoint format must be able to do, and the formats there are.

The module knows how a file's kind is told from its first bytes, never how any one is laid out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from dokja.catalog import Catalog
from dokja.errors import UnknownFormatError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dokja.io.record import TensorRecord
    from dokja.io.source import ByteSource

__all__ = [
    "BUILTIN",
    "HEAD_BYTES",
    "Format",
    "Layout",
    "detect",
    "recognise",
    "unknown_format",
]


@dataclass(frozen=True, slots=True)
class Layout:
    """What a header says: tensors, and words about them."""

    records: tuple[TensorRecord, ...]
    """In the order of their spans; names are unique and `source` is 0."""
    metadata: Mapping[str, str]


@runtime_checkable
class Format(Protocol):
    """A way to lay tensors out in a file."""

    @property
    def name(self) -> str:
        """Name in the catalog, such as ``safetensors``."""
        ...

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Ends of file names, each with its dot, in lower case."""
        ...

    def sniff(self, head: bytes) -> bool:
        """Tell whether a file may be of this format.

        Parameters
        ----------
        head
            First bytes of the file, `HEAD_BYTES` or all of a shorter one.

        Returns
        -------
        bool
            True does not promise that `index` will accept it.
        """
        ...

    def index(self, source: ByteSource, *, max_header_bytes: int) -> Layout:
        """Read the header, and nothing else.

        Parameters
        ----------
        source
            The file.
        max_header_bytes
            Most bytes to read for the header.

        Returns
        -------
        Layout
            Every tensor of the file, each with a span within it.

        Raises
        ------
        MalformedCheckpointError
            If the header breaks a rule of the format.
        UnsupportedDTypeError
            If a tensor has a number format that is not known.
        """
        ...


BUILTIN: Catalog[Format] = Catalog(
    kind="format",
    group="dokja.formats",
    builtins={"safetensors": "dokja.io.safetensors:FORMAT"},
)
"""Every checkpoint format, by name."""

HEAD_BYTES = 512
"""Bytes at the beginning of a file by which its kind is told."""

_SIGNATURES: tuple[tuple[str, str, bytes], ...] = (
    ("a GGUF file", "convert it to safetensors", rb"GGUF"),
    (
        "a Git LFS pointer, not the file it stands for",
        "run git lfs pull in its folder",
        rb"version https://git-lfs",
    ),
    ("a Python pickle, as older PyTorch files are", "", rb"\x80[\x02-\x05][^\x00]"),
    ("a zip archive, as PyTorch files and NumPy .npz files are", "", rb"PK[\x03\x05][\x04\x06]"),
    ("a NumPy .npy file", "", rb"\x93NUMPY"),
    ("an HDF5 file, as Keras writes", "", rb"\x89HDF\r\n\x1a\n"),
    ("a TensorFlow Lite model", "", rb".{4}TFL3"),
    ("an ONNX model", "", rb"\x08[\x01-\x20][\x12\x1a\x22\x2a\x32\x3a]"),
    ("a PNG picture", "-", rb"\x89PNG\r\n\x1a\n"),
    ("a JPEG picture", "-", rb"\xff\xd8\xff"),
    ("a PDF document", "-", rb"%PDF-"),
    ("a gzip archive", "unpack it", rb"\x1f\x8b\x08"),
    ("a bzip2 archive", "unpack it", rb"BZh[1-9]"),
    ("an xz archive", "unpack it", rb"\xfd7zXZ\x00"),
    ("a Zstandard archive", "unpack it", rb"\x28\xb5\x2f\xfd"),
    ("a tar archive", "unpack it", rb".{257}ustar"),
    ("a program", "-", rb"\x7fELF|MZ\x90\x00"),
    ("a web page", "check the address it was downloaded from", rb"(?i:\s*<(!doctype|html))"),
    ("a JSON text", "-", rb"\s*\{\s*[\"}]"),
)
"""Name, way out and beginning of kinds of file that are met in place of a checkpoint; the way out
is empty where conversion is possible and a dash where there is none."""


def detect(source: ByteSource) -> Format:
    """Tell the format of a file by its content, and by its name where that leaves it open.

    Parameters
    ----------
    source
        The file.

    Returns
    -------
    Format
        A format whose `index` is worth calling.

    Raises
    ------
    UnknownFormatError
        If it is of no known format; the message says what it looks like.
    """
    head = source.read(0, min(source.size, HEAD_BYTES))
    formats = BUILTIN.load_all()
    for one in formats:
        if one.sniff(head):
            return one
    looks = recognise(head)
    if looks is None:
        for one in formats:
            if source.uri.lower().endswith(one.suffixes):
                return one
    raise unknown_format(looks, source.uri, is_empty=source.size == 0)


def recognise(head: bytes) -> tuple[str, str] | None:
    """Tell what a file looks like that is no checkpoint of a known format.

    Parameters
    ----------
    head
        First bytes of the file.

    Returns
    -------
    tuple of str or None
        A noun with its article, and what can be done about it; None if it looks like nothing.
    """
    for name, way_out, pattern in _SIGNATURES:
        if re.match(pattern, head, re.DOTALL):
            return name, _WAYS.get(way_out, way_out)
    return None


_WAYS = {"": "convert it to safetensors", "-": "name a checkpoint: a file or a folder"}


def unknown_format(
    looks: tuple[str, str] | None, uri: str, *, is_empty: bool = False
) -> UnknownFormatError:
    """Make the error for a file that cannot be read as a checkpoint.

    Parameters
    ----------
    looks
        What `recognise` told.
    uri
        Address of the file.
    is_empty
        Whether the file holds nothing at all.

    Returns
    -------
    UnknownFormatError
        To be raised by the caller.
    """
    known = ", ".join(BUILTIN.names())
    if is_empty:
        return UnknownFormatError("the file is empty", hint="fetch it again", uri=uri)
    if looks is None:
        return UnknownFormatError(
            f"not a checkpoint of a known format (known: {known})", hint=_WAYS["-"], uri=uri
        )
    name, way_out = looks
    return UnknownFormatError(
        f"not a checkpoint that can be read: it looks like {name} (readable: {known})",
        hint=way_out,
        uri=uri,
    )
