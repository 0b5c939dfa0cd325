"""Bytes at an address: what every kind of source promises, and which kind serves which address.

The module knows addresses and exact spans of bytes, never what the bytes mean.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from os import fspath
from threading import Lock
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from dokja.catalog import Catalog
from dokja.errors import TruncatedSourceError

if TYPE_CHECKING:
    from os import PathLike
    from types import TracebackType
    from typing import Self

__all__ = [
    "TRANSPORTS",
    "ByteSource",
    "CountedSource",
    "Transport",
    "find_transport",
    "open_source",
]


@runtime_checkable
class ByteSource(Protocol):
    """A file that can be read at any place, from any thread.

    A read returns exactly what was asked for or raises: never fewer bytes, never others.
    """

    @property
    def uri(self) -> str:
        """Address for messages and reports, without credentials."""
        ...

    @property
    def size(self) -> int:
        """Length in bytes when it was opened."""
        ...

    @property
    def identity(self) -> str:
        """What told this content from another when it was opened."""
        ...

    @property
    def bytes_read(self) -> int:
        """Bytes served since it was opened."""
        ...

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` up to, not including, `stop`.

        Parameters
        ----------
        start, stop
            ``0 <= start <= stop``.

        Returns
        -------
        bytes
            Of length ``stop - start``.

        Raises
        ------
        TruncatedSourceError
            If the span reaches beyond the end, or fewer bytes arrive.
        SourceError
            If the bytes cannot be obtained.
        """
        ...

    def read_into(self, start: int, buffer: memoryview) -> None:
        """Fill `buffer` with the bytes from `start` on.

        Parameters
        ----------
        start
            First byte.
        buffer
            Contiguous and writable; filled whole.

        Raises
        ------
        TruncatedSourceError
            If the span reaches beyond the end, or fewer bytes arrive.
        SourceError
            If the bytes cannot be obtained.
        """
        ...

    def check_unchanged(self) -> None:
        """Make sure that the address still leads to what was opened.

        Raises
        ------
        SourceChangedError
            If it leads to something else.
        """
        ...

    def close(self) -> None:
        """Give back what the source holds; it cannot be read any more."""
        ...


@runtime_checkable
class Transport(Protocol):
    """A way to reach files and folders of some kinds of address."""

    def open(self, uri: str) -> ByteSource:
        """Open a file.

        Parameters
        ----------
        uri
            Address of the file.

        Returns
        -------
        ByteSource
            To be closed by the caller.

        Raises
        ------
        SourceNotFoundError
            If there is nothing.
        SourceError
            If it cannot be read.
        """
        ...

    def is_folder(self, uri: str) -> bool:
        """Tell whether an address is, or looks like, that of a folder.

        Parameters
        ----------
        uri
            Any address of this kind.

        Returns
        -------
        bool
            False for a file and where there is nothing.
        """
        ...

    def names(self, uri: str) -> tuple[str, ...] | None:
        """List a folder.

        Parameters
        ----------
        uri
            Address of the folder.

        Returns
        -------
        tuple of str or None
            Sorted names of files right in the folder; None where folders cannot be listed.
        """
        ...

    def join(self, uri: str, name: str) -> str:
        """Return the address of a file of a folder.

        Parameters
        ----------
        uri
            Address of the folder.
        name
            Relative path of the file, with ``/`` between its parts.

        Returns
        -------
        str
            Whether there is such a file is not looked up.

        Raises
        ------
        UnsafePathError
            If the path leads out of the folder.
        """
        ...

    def split(self, uri: str) -> tuple[str, str]:
        """Return the address of the folder that holds a file, and the name of the file there.

        Parameters
        ----------
        uri
            Address of a file.

        Returns
        -------
        tuple of str
            Folder and name.
        """
        ...


TRANSPORTS: Catalog[Transport] = Catalog(
    kind="transport",
    group="dokja.transports",
    builtins={
        "file": "dokja.io.local:TRANSPORT",
        "http": "dokja.io.http:TRANSPORT",
        "https": "dokja.io.http:TRANSPORT",
        "hf": "dokja.io.hub:TRANSPORT",
        "fsspec": "dokja.io.remote:TRANSPORT",
    },
)
"""Transports by scheme; ``fsspec`` serves every scheme that has none of its own."""


class CountedSource(ABC):
    """What all sources have in common: bounds, counting and reading into a new buffer.

    Parameters
    ----------
    uri
        Address for messages.
    size
        Length in bytes.
    identity
        What tells this content from another.
    """

    def __init__(self, uri: str, size: int, identity: str) -> None:
        self.uri = uri
        self.size = size
        self.identity = identity
        self._bytes_read = 0
        self._lock = Lock()

    @property
    def bytes_read(self) -> int:
        """Bytes served since it was opened."""
        return self._bytes_read

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` up to, not including, `stop`.

        Parameters
        ----------
        start, stop
            ``0 <= start <= stop``.

        Returns
        -------
        bytes
            Of length ``stop - start``.
        """
        self._check_span(start, stop)
        buffer = bytearray(stop - start)
        self.read_into(start, memoryview(buffer))
        return bytes(buffer)

    def read_into(self, start: int, buffer: memoryview) -> None:
        """Fill `buffer` with the bytes from `start` on.

        Parameters
        ----------
        start
            First byte.
        buffer
            Contiguous and writable; filled whole.
        """
        n_bytes = buffer.nbytes
        self._check_span(start, start + n_bytes)
        if n_bytes == 0:
            return
        self._fill(start, buffer.cast("B"))
        with self._lock:
            self._bytes_read += n_bytes

    @abstractmethod
    def _fill(self, start: int, buffer: memoryview) -> None:
        """Fill a buffer of bytes, not empty, that lies within the bounds."""

    @abstractmethod
    def close(self) -> None:
        """Give back what the source holds; it cannot be read any more."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _check_span(self, start: int, stop: int) -> None:
        if not 0 <= start <= stop:
            raise ValueError(f"not a span of bytes: {start} to {stop}")
        if stop > self.size:
            raise TruncatedSourceError(
                f"bytes {start} to {stop} were asked for, but there are only {self.size}",
                hint="the file is cut short; fetch it again",
                uri=self.uri,
            )


def find_transport(uri: str) -> Transport:
    """Return the transport that serves an address.

    Parameters
    ----------
    uri
        Local path, or an address that begins with ``scheme://``.

    Returns
    -------
    Transport
        That of the scheme, or the general one.
    """
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", uri)
    scheme = found[1].lower() if found else "file"
    return TRANSPORTS.get(scheme if scheme in TRANSPORTS else "fsspec")


def open_source(uri: str | PathLike[str]) -> ByteSource:
    """Open a file at any address.

    Parameters
    ----------
    uri
        Local path, ``file://``, ``http://``, ``https://``, ``hf://``, or any other scheme that
        fsspec knows.

    Returns
    -------
    ByteSource
        Pinned to the content it had when opened; to be closed by the caller.

    Raises
    ------
    SourceNotFoundError
        If there is nothing at the address.
    SourceError
        If it cannot be read at any place, exactly.
    MissingDependencyError
        If the scheme needs an extra that is not installed.
    """
    address = fspath(uri)
    return find_transport(address).open(address)
