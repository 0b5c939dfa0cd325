"""Files behind http and https, read by ranges that are checked against what was asked for.

The module knows one protocol and the ways servers break it, never what the bytes mean. The
session, and with it credentials, proxies and certificates, is that of fsspec.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import aiohttp
import fsspec
from fsspec.asyn import sync

from dokja.errors import (
    RangeNotSupportedError,
    SourceChangedError,
    SourceError,
    SourceNotFoundError,
    TruncatedSourceError,
)
from dokja.io.source import CountedSource

if TYPE_CHECKING:
    from dokja.io.source import ByteSource

__all__ = ["TRANSPORT", "HttpSource", "HttpTransport", "Patience"]

_HEAD = 64 * 1024
"""Bytes asked for at opening, which hold a small file, or the header of many a checkpoint."""
_FILE_SUFFIXES = (".safetensors", ".json", ".gguf", ".bin", ".pt", ".pth", ".onnx", ".npz", ".h5")
_NOT_RANGES = "download the checkpoint and name the local copy, or use a server that serves ranges"
_BROKEN = "try again later, or download the checkpoint and name the local copy"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server is waited for and how often it is asked again."""

    connect_s: float = 30.0
    silence_s: float = 60.0
    """Longest wait for the next byte; the whole answer may take any time."""
    pauses_s: tuple[float, ...] = (0.5, 2.0)
    """Wait before each new try after the connection failed; a false answer is not tried again."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the headers of an answer say about the file."""

    total: int
    entity_tag: str | None
    modified: str | None

    @property
    def identity(self) -> str:
        return f"size={self.total} etag={self.entity_tag} last-modified={self.modified}"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A range, and the pinned file it has to come from."""

    start: int
    buffer: memoryview
    pinned: _Answer | None = None
    """None for the first request of all, whose range may reach beyond the end of the file."""

    @property
    def stop(self) -> int:
        return self.start + len(self.buffer)


@dataclass(slots=True)
class _Link:
    """The way to one file: its address and fsspec's session."""

    url: str
    patience: Patience
    system: Any = field(init=False)

    def __post_init__(self) -> None:
        self.system = fsspec.filesystem("http")

    @property
    def shown(self) -> str:
        return _shown(self.url)

    def fetch(self, wanted: _Wanted) -> _Answer:
        """Fill the buffer of a request, trying again where the connection fails."""
        for pause_s in (*self.patience.pauses_s, None):
            try:
                answer: _Answer = sync(self.system.loop, self._fetch, wanted)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                if isinstance(error, SourceError) and not isinstance(error, _BusyError):
                    raise
                if pause_s is None:
                    raise self._failed(error) from error
                sync(self.system.loop, asyncio.sleep, pause_s)
            except ValueError as error:
                raise SourceError(f"not an address: {error}", uri=self.shown) from error
            else:
                return answer
        raise AssertionError("the last try returns or raises")

    def _failed(self, error: Exception) -> SourceError:
        if isinstance(error, SourceError):
            return SourceError(error.message, hint=error.hint, uri=error.uri)
        if isinstance(error, aiohttp.ClientPayloadError):
            return TruncatedSourceError(
                f"the connection was dropped within the answer ({error})",
                hint=_BROKEN,
                uri=self.shown,
            )
        if isinstance(error, TimeoutError):
            return SourceError(
                f"the server did not answer within {self.patience.silence_s:g} s",
                hint=_BROKEN,
                uri=self.shown,
            )
        reason = str(error) or type(error).__name__
        return SourceError(f"the connection failed: {reason}", hint=_BROKEN, uri=self.shown)

    async def _fetch(self, wanted: _Wanted) -> _Answer:
        session = await self.system.set_session()
        request = dict(self.system.kwargs)
        headers = {
            **request.pop("headers", {}),
            "Range": f"bytes={wanted.start}-{wanted.stop - 1}",
            "Accept-Encoding": "identity",
        }
        pinned = wanted.pinned
        # A weak tag never satisfies If-Match; it is compared in the answer instead.
        if pinned and pinned.entity_tag and not pinned.entity_tag.startswith("W/"):
            headers["If-Match"] = pinned.entity_tag
        timeout = aiohttp.ClientTimeout(
            total=None,
            sock_connect=self.patience.connect_s,
            sock_read=self.patience.silence_s,
        )
        url = self.system.encode_url(self.url)
        request.update(headers=headers, timeout=timeout)
        async with session.get(url, **request) as response:
            answer, length = self._checked(response, wanted)
            await self._receive(response, wanted.buffer[:length])
        return answer

    def _checked(self, response: aiohttp.ClientResponse, wanted: _Wanted) -> tuple[_Answer, int]:
        """Compare the headers with the request, before any of the body is read."""
        if response.status == 416 and wanted.pinned is None:
            return self._empty(response), 0
        self._check_status(response.status)
        given = response.headers.get("Content-Range", "")
        found = re.fullmatch(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19})", given.strip())
        if not found:
            raise self._lie(f"its answer does not say which bytes it holds ({given!r})")
        start, last, total = (int(number) for number in found.groups())
        stop = wanted.stop if wanted.pinned else min(wanted.stop, total)
        if (start, last + 1) != (wanted.start, stop):
            raise self._lie(
                f"it was asked for bytes {wanted.start}-{stop - 1} and answers with {given!r}"
            )
        answer = _Answer(total, response.headers.get("ETag"), response.headers.get("Last-Modified"))
        if wanted.pinned not in (None, answer):
            raise self._changed()
        self._check_length(response, stop - start)
        return answer, stop - start

    def _check_length(self, response: aiohttp.ClientResponse, expected: int) -> None:
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding != "identity":
            raise self._lie(f"it answers in the encoding {encoding!r}, which it was asked not to")
        length = response.content_length
        if length is not None and length < expected:
            raise TruncatedSourceError(
                f"the server announces {length} bytes where {expected} were asked for",
                hint=_NOT_RANGES,
                uri=self.shown,
            )
        if length is not None and length > expected:
            raise self._lie(f"it announces {length} bytes where {expected} were asked for")

    def _check_status(self, status: int) -> None:
        if status == 206:
            return
        if status == 200:
            raise self._lie("it ignores ranges and would send the whole file")
        if status in (404, 410):
            raise SourceNotFoundError(
                f"there is no such file on the server (status {status})",
                hint="check the address",
                uri=self.shown,
            )
        if status in (412, 416):
            raise self._changed()
        if status in (401, 403):
            raise SourceError(
                f"the server does not let us read it (status {status})",
                hint="give credentials through ~/.netrc or fsspec's configuration",
                uri=self.shown,
            )
        kind = _BusyError if status == 429 or status >= 500 else SourceError
        raise kind(f"the server answers with status {status}", hint=_BROKEN, uri=self.shown)

    def _empty(self, response: aiohttp.ClientResponse) -> _Answer:
        """Read the answer of a server whose file holds no byte, and thus no first one."""
        if response.headers.get("Content-Range", "").strip() != "bytes */0":
            raise self._lie("it refuses the first bytes of the file")
        return _Answer(0, response.headers.get("ETag"), response.headers.get("Last-Modified"))

    async def _receive(self, response: aiohttp.ClientResponse, buffer: memoryview) -> None:
        done = 0
        async for chunk in response.content.iter_any():
            if done + len(chunk) > len(buffer):
                response.close()
                raise self._lie(f"it sends more than the {len(buffer)} bytes it was asked for")
            buffer[done : done + len(chunk)] = chunk
            done += len(chunk)
        if done < len(buffer):
            raise TruncatedSourceError(
                f"the server sent {done} of {len(buffer)} bytes", hint=_BROKEN, uri=self.shown
            )

    def _lie(self, what: str) -> RangeNotSupportedError:
        return RangeNotSupportedError(
            f"the server does not serve ranges faithfully: {what}",
            hint=_NOT_RANGES,
            uri=self.shown,
        )

    def _changed(self) -> SourceChangedError:
        return SourceChangedError(
            "the file on the server is not the one that was opened",
            hint="run again when nothing writes to the checkpoint",
            uri=self.shown,
        )


class _BusyError(SourceError):
    """The server cannot answer now; it may a little later."""


class HttpSource(CountedSource):
    """A file behind http or https, pinned to the length and tag it had when opened.

    Parameters
    ----------
    url
        Address of the file.
    patience
        How long the server is waited for.

    Raises
    ------
    SourceNotFoundError
        If there is none.
    RangeNotSupportedError
        If the server does not serve exactly what it is asked for.
    SourceError
        If the connection fails.
    """

    def __init__(self, url: str, patience: Patience | None = None) -> None:
        self._link = _Link(url, patience or Patience())
        head = bytearray(_HEAD)
        self._pinned = self._link.fetch(_Wanted(0, memoryview(head)))
        self._head = bytes(head[: self._pinned.total])
        super().__init__(self._link.shown, self._pinned.total, self._pinned.identity)

    def check_unchanged(self) -> None:
        """Ask the server for one byte of the file that was opened.

        Raises
        ------
        SourceChangedError
            If length, tag or time of change differ.
        """
        if self.size:
            self._link.fetch(_Wanted(0, memoryview(bytearray(1)), self._pinned))
            return
        answer = self._link.fetch(_Wanted(0, memoryview(bytearray(1))))
        if answer != self._pinned:
            raise SourceChangedError("the file is no longer empty", uri=self.uri)

    def close(self) -> None:
        """Let go of the kept first bytes; the session belongs to fsspec."""
        self._head = b""

    def _fill(self, start: int, buffer: memoryview) -> None:
        stop = start + len(buffer)
        if stop <= len(self._head):
            buffer[:] = self._head[start:stop]
            return
        self._link.fetch(_Wanted(start, buffer, self._pinned))


class HttpTransport:
    """Reaches ``http://`` and ``https://`` addresses; folders cannot be listed there."""

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
        """
        return HttpSource(uri)

    def is_folder(self, uri: str) -> bool:
        """Tell whether an address looks like that of a folder; the server is not asked.

        Parameters
        ----------
        uri
            Address.

        Returns
        -------
        bool
            True unless the path ends like a file that holds weights or an index.
        """
        return not urlsplit(uri).path.lower().endswith(_FILE_SUFFIXES)

    def names(self, uri: str) -> tuple[str, ...] | None:
        """Say that servers do not list folders.

        Parameters
        ----------
        uri
            Address of a folder.

        Returns
        -------
        None
            Always.
        """
        del uri
        return None

    def join(self, uri: str, name: str) -> str:
        """Return the address of a file of a folder, with the folder's query.

        Parameters
        ----------
        uri
            Address of the folder.
        name
            Relative path of the file.

        Returns
        -------
        str
            An address.
        """
        parts = urlsplit(uri)
        path = f"{parts.path.removesuffix('/')}/{quote(name)}"
        return urlunsplit(parts._replace(path=path, fragment=""))

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
        parts = urlsplit(uri)
        folder, _, name = parts.path.rpartition("/")
        return urlunsplit(parts._replace(path=f"{folder}/", fragment="")), unquote(name)


TRANSPORT = HttpTransport()


def _shown(url: str) -> str:
    """Return an address without user, password, query and fragment, which may hold secrets."""
    try:
        parts = urlsplit(url)
        place = parts.netloc.rpartition("@")[2]
    except ValueError:
        return url.partition("?")[0]
    return urlunsplit((parts.scheme, place, parts.path, "", ""))
