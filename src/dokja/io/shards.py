"""Which files make up a checkpoint: one file, the shards of an index, or what a folder holds.

The module knows names of files and indices, never what a header or a tensor says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.errors import (
    MalformedCheckpointError,
    SourceNotFoundError,
    UnknownFormatError,
    UnsafePathError,
)
from dokja.io.format import BUILTIN
from dokja.io.jsontext import read_object, shorten
from dokja.io.source import Transport, find_transport

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Files", "find_files", "read_whole"]

_INDEX_SUFFIX = ".index.json"
_MAIN = "model.safetensors"
_MAX_INDEX_BYTES = 64 * 1024 * 1024
_MAX_SHARDS = 10_000
_MAX_NAME, _MAX_PART = 1_024, 255
_OTHERS = (
    ".bin", ".pt", ".pth", ".ckpt", ".gguf", ".onnx", ".h5", ".keras", ".msgpack", ".npz",
    ".pdparams", ".tflite", ".pb",
)  # fmt: skip
"""Ends of names of files that hold weights in a way that cannot be read."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a checkpoint."""

    transport: Transport
    folder: str | None
    """Address of the folder that describes the checkpoint; None for a file on its own."""
    shards: tuple[str, ...]
    """Addresses, sorted by name."""
    names: tuple[str, ...]
    """Name of each shard, as an index would give it."""
    weight_map: Mapping[str, str] | None
    """Name of the shard that each tensor should be in, if there is an index."""
    index_uri: str | None
    n_bytes_read: int
    """Bytes of the index."""


def find_files(uri: str) -> Files:
    """Find the files of the checkpoint at an address.

    Parameters
    ----------
    uri
        A file, a folder, or an index whose name ends with ``.index.json``.

    Returns
    -------
    Files
        At least one shard. Apart from an index, nothing was opened.

    Raises
    ------
    SourceNotFoundError
        If there is nothing at the address.
    UnknownFormatError
        If a folder holds no checkpoint that can be read.
    MalformedCheckpointError
        If an index cannot be understood.
    UnsafePathError
        If an index names a file outside of its folder.
    """
    transport = find_transport(uri)
    if transport.is_folder(uri):
        return _of_folder(transport, uri)
    folder, name = transport.split(uri)
    if name.endswith(_INDEX_SUFFIX):
        return _of_index(transport, folder, name)
    # The usual name says that the folder is this checkpoint's own; under any other name the
    # folder may hold many, and its config may be that of another.
    own = folder if name == _MAIN else None
    return Files(transport, own, (uri,), (name,), None, None, 0)


def read_whole(
    transport: Transport, uri: str, max_bytes: int, *, may_be_longer: bool = False
) -> bytes | None:
    """Read a small file.

    Parameters
    ----------
    transport
        How to reach it.
    uri
        Its address.
    max_bytes
        Most bytes it may have.
    may_be_longer
        Whether the beginning of a longer file will do.

    Returns
    -------
    bytes or None
        None if there is no such file.

    Raises
    ------
    MalformedCheckpointError
        If it is larger.
    """
    try:
        source = transport.open(uri)
    except SourceNotFoundError:
        return None
    try:
        if source.size > max_bytes and not may_be_longer:
            raise MalformedCheckpointError(
                f"the file has {source.size:,} bytes, more than the cap of {max_bytes:,}",
                hint="a file of this name is never that large; look what it is",
                uri=source.uri,
            )
        return source.read(0, min(source.size, max_bytes))
    finally:
        source.close()


def _of_folder(transport: Transport, uri: str) -> Files:
    names = transport.names(uri)
    if names is None:
        return _of_unlisted(transport, uri)
    indices = [name for name in names if name.endswith(_INDEX_SUFFIX) and _stem_is_known(name)]
    if f"{_MAIN}{_INDEX_SUFFIX}" in indices:
        return _of_index(transport, uri, f"{_MAIN}{_INDEX_SUFFIX}")
    if len(indices) > 1:
        raise UnknownFormatError(
            f"the folder holds several indices: {', '.join(map(shorten, indices[:10]))}",
            hint="name the index of the checkpoint that is meant",
            uri=uri,
        )
    if indices:
        return _of_index(transport, uri, indices[0])
    suffixes = _known_suffixes()
    shards = tuple(name for name in names if name.lower().endswith(suffixes))
    if not shards:
        raise _nothing(uri, names)
    _check_number(len(shards), uri)
    addresses = tuple(transport.join(uri, name) for name in shards)
    return Files(transport, uri, addresses, shards, None, None, 0)


def _of_unlisted(transport: Transport, uri: str) -> Files:
    """Try the usual names where a folder cannot be listed."""
    try:
        return _of_index(transport, uri, f"{_MAIN}{_INDEX_SUFFIX}")
    except SourceNotFoundError:
        pass
    address = transport.join(uri, _MAIN)
    try:
        transport.open(address).close()
    except SourceNotFoundError as error:
        if uri.endswith("/"):
            raise SourceNotFoundError(
                f"there is neither {_MAIN}{_INDEX_SUFFIX} nor {_MAIN} in the folder",
                hint="name the file itself if it is called otherwise",
                uri=error.uri,
            ) from error
        return Files(transport, None, (uri,), (transport.split(uri)[1],), None, None, 0)
    return Files(transport, uri, (address,), (_MAIN,), None, None, 0)


def _of_index(transport: Transport, folder: str, name: str) -> Files:
    uri = transport.join(folder, name)
    raw = read_whole(transport, uri, _MAX_INDEX_BYTES)
    if raw is None:
        raise SourceNotFoundError("there is no such index", hint="check the address", uri=uri)
    weight_map = _weight_map(raw, uri)
    shards = tuple(sorted(set(weight_map.values())))
    _check_number(len(shards), uri)
    for shard in shards:
        _check_name(shard, uri)
    addresses = tuple(transport.join(folder, shard) for shard in shards)
    return Files(transport, folder, addresses, shards, weight_map, uri, len(raw))


def _weight_map(raw: bytes, uri: str) -> dict[str, str]:
    weight_map = read_object(raw, uri).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise MalformedCheckpointError(
            "the index has no weight_map, or an empty one",
            hint="point at the shards' folder without the index, or fetch the index again",
            uri=uri,
            context="weight_map",
        )
    for tensor, shard in weight_map.items():
        if not isinstance(shard, str) or not shard:
            raise MalformedCheckpointError(
                "the name of the shard is not a string",
                hint="fetch the index again",
                uri=uri,
                context=f'weight_map["{shorten(tensor)}"]',
            )
    return weight_map


def _check_number(n_shards: int, uri: str) -> None:
    if n_shards > _MAX_SHARDS:
        raise MalformedCheckpointError(
            f"{n_shards:,} shards, more than the cap of {_MAX_SHARDS:,}",
            hint="no model is cut into that many files; look what it is",
            uri=uri,
        )


def _check_name(name: str, uri: str) -> None:
    """Refuse whatever could lead out of the folder, on any system or server."""
    parts = name.split("/")
    if len(name) > _MAX_NAME or any(len(part) > _MAX_PART for part in parts):
        raise MalformedCheckpointError(
            f"the name of a shard is longer than any file's: {shorten(name)!r}",
            hint="fetch the index again",
            uri=uri,
            context="weight_map",
        )
    is_unsafe = (
        not name.isprintable()
        or "\\" in name
        or name.startswith("~")
        or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", name) is not None
        or any(part in ("", ".", "..") for part in parts)
    )
    if is_unsafe:
        raise UnsafePathError(
            f"the index names a file outside of its folder: {shorten(name)!r}",
            hint="do not use this checkpoint unless you know why; a sound index names "
            "files beside it",
            uri=uri,
            context="weight_map",
        )


def _known_suffixes() -> tuple[str, ...]:
    return tuple(suffix for one in BUILTIN.load_all() for suffix in one.suffixes)


def _stem_is_known(name: str) -> bool:
    return name.removesuffix(_INDEX_SUFFIX).lower().endswith(_known_suffixes())


def _nothing(uri: str, names: tuple[str, ...]) -> UnknownFormatError:
    if not names:
        return UnknownFormatError(
            "the folder is empty", hint="name the folder that holds the weights", uri=uri
        )
    other = [name for name in names if name.lower().endswith(_OTHERS)]
    known = ", ".join(_known_suffixes())
    if other:
        return UnknownFormatError(
            f"the weights of the folder cannot be read: {', '.join(map(shorten, other[:5]))} "
            f"(readable: {known})",
            hint="convert them to safetensors",
            uri=uri,
        )
    return UnknownFormatError(
        f"the folder holds {len(names)} files, but no checkpoint (readable: {known})",
        hint="name the folder that holds the weights",
        uri=uri,
    )
