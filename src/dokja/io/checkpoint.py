"""A checkpoint: tensors by name, over all its files, read piece by piece from any thread.

The module joins files, headers and side files; it knows no container's layout and no model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from os import fspath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from dokja.engine import map_ordered
from dokja.errors import (
    MalformedCheckpointError,
    MissingShardError,
    SourceNotFoundError,
)
from dokja.io.card import card_license, config_license
from dokja.io.dtype import decode
from dokja.io.format import detect
from dokja.io.jsontext import read_object, shorten
from dokja.io.record import TensorRecord
from dokja.io.shards import Files, find_files, read_whole
from dokja.io.tokenizer import TokenizerInfo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike
    from types import TracebackType
    from typing import Self

    from numpy.typing import NDArray

    from dokja.io.format import Layout
    from dokja.io.source import ByteSource

__all__ = ["MAX_HEADER_BYTES", "Checkpoint", "Shard", "TensorRecord", "open_checkpoint"]

MAX_HEADER_BYTES = 100 * 1024 * 1024
"""Most bytes of one header, unless the caller says otherwise."""
_MAX_CONFIG_BYTES = 16 * 1024 * 1024
_MAX_TOKENIZER_BYTES = 256 * 1024 * 1024
_MAX_CARD_BYTES = 256 * 1024
_MAX_SHOWN = 20
_N_OPENERS = 8
"""Files opened at once, since opening a remote one is mostly waiting."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One file of a checkpoint, open, with what its header says."""

    source: ByteSource
    format: str
    layout: Layout


class Checkpoint:
    """An open checkpoint; a context manager that closes its files.

    Reading is safe from several threads at once. Use `open_checkpoint` to make one.

    Parameters
    ----------
    uri
        Address it was opened by.
    files
        Files it consists of.
    shards
        Those files, open, with what their headers say; closed by `close`.

    Raises
    ------
    MalformedCheckpointError
        If a tensor stands in two files, the index and the files disagree, or the config is broken.
    """

    def __init__(self, uri: str, files: Files, shards: Sequence[Shard]) -> None:
        layouts = [shard.layout for shard in shards]
        self.uri = uri
        self.sources: tuple[ByteSource, ...] = tuple(shard.source for shard in shards)
        self.format = "+".join(sorted({shard.format for shard in shards}))
        self._files = files
        self._n_side_bytes = files.n_bytes_read
        if files.weight_map is not None:
            _check_index(files, layouts)
        self.records: Mapping[str, TensorRecord] = _union(layouts, files.names, uri)
        self.metadata: Mapping[str, str] = _merged(layouts)
        self.config: Mapping[str, Any] | None = self._read_config()

    @property
    def n_bytes(self) -> int:
        """Bytes of all tensors."""
        return sum(record.n_bytes for record in self.records.values())

    @property
    def n_parameters(self) -> int:
        """Elements of all tensors."""
        return sum(record.n_elements for record in self.records.values())

    @property
    def bytes_read(self) -> int:
        """Bytes read so far: headers, tensors and side files."""
        return self._n_side_bytes + sum(source.bytes_read for source in self.sources)

    @cached_property
    def tokenizer(self) -> TokenizerInfo | None:
        """The tokenizer beside the weights; read when asked about, None if there is none."""
        name = "tokenizer.json"
        size = self._side_size(name)
        if size is None:
            return None
        uri = self._side_uri(name)

        def load() -> bytes:
            raw = self._side_file(name, _MAX_TOKENIZER_BYTES)
            if raw is None:
                raise SourceNotFoundError(
                    "it was there when the checkpoint was opened",
                    hint="run again when nothing writes to the checkpoint",
                    uri=uri,
                )
            return raw

        return TokenizerInfo(uri, size, load)

    @cached_property
    def license(self) -> str | None:
        """The licence named by the model card or the config, as written; None if by neither."""
        card = self._side_file("README.md", _MAX_CARD_BYTES, may_be_longer=True)
        found = None if card is None else card_license(card.decode("utf-8", "replace"))
        return found or config_license(self.config)

    def read_into(self, record: TensorRecord, first_element: int, buffer: memoryview) -> None:
        """Fill a buffer with the raw bytes of consecutive elements, in one read.

        Parameters
        ----------
        record
            One of `records`.
        first_element
            Element to begin with, in the order they lie in.
        buffer
            Contiguous and writable; its length in bytes is that of a whole number of elements.

        Raises
        ------
        ValueError
            If the buffer does not hold whole elements or reaches beyond the tensor.
        SourceError
            If the bytes cannot be obtained.
        """
        itemsize = record.dtype.itemsize
        start = record.start + first_element * itemsize
        if first_element < 0 or buffer.nbytes % itemsize or start + buffer.nbytes > record.stop:
            raise ValueError(
                f"{buffer.nbytes} bytes from element {first_element} on are no elements of "
                f"{record.name!r} ({record.n_elements} of {record.dtype})"
            )
        self.sources[record.source].read_into(start, buffer)

    def read(
        self, name: str, start_row: int = 0, stop_row: int | None = None
    ) -> NDArray[np.float32] | NDArray[np.float64]:
        """Read a tensor, or some of its rows, as floating-point numbers.

        Parameters
        ----------
        name
            Name of the tensor.
        start_row, stop_row
            Rows along the outermost axis; all of them by default. A scalar has no rows to choose.

        Returns
        -------
        ndarray of float32 or float64
            Shape of the tensor but for the number of rows; types as `decode` gives them.

        Raises
        ------
        KeyError
            If there is no such tensor.
        ValueError
            If there are no such rows.
        SourceError
            If the bytes cannot be obtained.
        """
        record = self.records[name]
        n_rows = record.shape[0] if record.shape else 1
        stop = n_rows if stop_row is None else stop_row
        if not 0 <= start_row <= stop <= n_rows:
            raise ValueError(f"{name!r} has {n_rows} rows, not rows {start_row} to {stop}")
        row_elements = record.n_elements // n_rows if n_rows else 0
        n_elements = (stop - start_row) * row_elements
        raw = np.empty(n_elements * record.dtype.itemsize, np.uint8)
        self.read_into(record, start_row * row_elements, raw.data)
        shape = (stop - start_row, *record.shape[1:]) if record.shape else ()
        return decode(raw, record.dtype).reshape(shape)

    def check_unchanged(self) -> None:
        """Make sure that every file is still the one that was opened.

        Raises
        ------
        SourceChangedError
            If one was written to, replaced or removed.
        """
        for source in self.sources:
            source.check_unchanged()

    def close(self) -> None:
        """Close every file."""
        for source in self.sources:
            source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Checkpoint {self.uri!r}: {len(self.records)} tensors in {self.format}>"

    def _read_config(self) -> Mapping[str, Any] | None:
        raw = self._side_file("config.json", _MAX_CONFIG_BYTES)
        if raw is None:
            return None
        return MappingProxyType(read_object(raw, self._side_uri("config.json")))

    def _side_uri(self, name: str) -> str:
        assert self._files.folder is not None
        return self._files.transport.join(self._files.folder, name)

    def _side_size(self, name: str) -> int | None:
        if self._files.folder is None:
            return None
        try:
            source = self._files.transport.open(self._side_uri(name))
        except SourceNotFoundError:
            return None
        try:
            return source.size
        finally:
            source.close()

    def _side_file(self, name: str, max_bytes: int, *, may_be_longer: bool = False) -> bytes | None:
        if self._files.folder is None:
            return None
        raw = read_whole(
            self._files.transport, self._side_uri(name), max_bytes, may_be_longer=may_be_longer
        )
        self._n_side_bytes += len(raw or b"")
        return raw


def open_checkpoint(
    uri: str | PathLike[str], *, max_header_bytes: int = MAX_HEADER_BYTES
) -> Checkpoint:
    """Open a checkpoint by reading its headers, and nothing else.

    Parameters
    ----------
    uri
        A file, a folder, or an index whose name ends with ``.index.json``; local, ``http(s)://``
        or any other scheme that fsspec knows.
    max_header_bytes
        Most bytes of one header.

    Returns
    -------
    Checkpoint
        To be closed by the caller.

    Raises
    ------
    SourceError
        If files cannot be reached or read.
    FormatError
        If they are not a sound checkpoint of a known format.
    MissingDependencyError
        If the address needs an extra that is not installed.
    """
    address = fspath(uri)
    files = find_files(address)
    opened: list[ByteSource] = []
    try:
        return Checkpoint(address, files, _open_all(files, opened, max_header_bytes))
    except BaseException:
        for source in opened:
            source.close()
        raise


def _open_all(files: Files, opened: list[ByteSource], max_header_bytes: int) -> list[Shard]:
    """Open every shard, noting each at once so that none is left open when another fails."""

    def attempt(address: str) -> Shard | SourceNotFoundError:
        try:
            source = files.transport.open(address)
        except SourceNotFoundError as error:
            return error
        opened.append(source)
        form = detect(source)
        return Shard(source, form.name, form.index(source, max_header_bytes=max_header_bytes))

    n_threads = min(_N_OPENERS, len(files.shards))
    results = list(map_ordered(attempt, files.shards, n_threads=n_threads))
    absent = [
        (name, result)
        for name, result in zip(files.names, results, strict=True)
        if isinstance(result, SourceNotFoundError)
    ]
    if not absent:
        return [result for result in results if isinstance(result, Shard)]
    if files.weight_map is None:
        raise absent[0][1]
    raise MissingShardError(
        f"{len(absent)} of {len(results)} shards that the index names are not there: "
        f"{_some([name for name, _ in absent])}",
        hint="fetch the missing files into the folder",
        uri=files.index_uri,
    ) from absent[0][1]


def _union(layouts: Sequence[Layout], names: Sequence[str], uri: str) -> Mapping[str, TensorRecord]:
    records: dict[str, TensorRecord] = {}
    twice: list[str] = []
    for source, layout in enumerate(layouts):
        for record in layout.records:
            if record.name in records:
                first = names[records[record.name].source]
                twice.append(f"{shorten(record.name)} ({first} and {names[source]})")
            else:
                records[record.name] = replace(record, source=source)
    if twice:
        raise MalformedCheckpointError(
            f"tensors of one name stand in more than one file: {_some(twice)}",
            hint="name the one file, or the index, that is meant",
            uri=uri,
        )
    return MappingProxyType(dict(sorted(records.items())))


def _merged(layouts: Sequence[Layout]) -> Mapping[str, str]:
    merged: dict[str, str] = {}
    for layout in reversed(layouts):
        merged.update(layout.metadata)
    return MappingProxyType(merged)


def _check_index(files: Files, layouts: Sequence[Layout]) -> None:
    assert files.weight_map is not None
    held = {
        (record.name, name)
        for name, layout in zip(files.names, layouts, strict=True)
        for record in layout.records
    }
    promised = set(files.weight_map.items())
    if held == promised:
        return
    parts = []
    for pairs, problem in (
        (promised - held, "not in the shard that the index names"),
        (held - promised, "in a shard where the index does not name them"),
    ):
        if pairs:
            shown = [f"{shorten(tensor)} ({shard})" for tensor, shard in sorted(pairs)]
            parts.append(f"{problem}: {_some(shown)}")
    raise MalformedCheckpointError(
        f"the index and the shards disagree: {'; '.join(parts)}",
        hint="fetch index and shards again, all of one version",
        uri=files.index_uri,
        context="weight_map",
    )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_SHOWN} more" if len(names) > _MAX_SHOWN else ""
    return f"{', '.join(names[:_MAX_SHOWN])}{more}"
