"""One checked range of one file behind http: what is asked for is what is given, or an error.

The module knows the protocol and the ways servers break it, never what the bytes mean. The
session, and with it credentials, proxies and certificates, is that of fsspec.
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any

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
from dokja.io.address import public_address

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Access", "Answer", "Link", "Patience", "Wanted"]

_LOG = logging.getLogger(__name__)
_NOT_RANGES = "download the checkpoint and name the local copy, or use a server that serves ranges"
_ADDRESS = "check the address, or download the checkpoint and name the local copy"
_BROKEN = "try again later, or download the checkpoint and name the local copy"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server is waited for and how often it is asked again."""

    connect_s: float = 30.0
    silence_s: float = 60.0
    """Longest wait for the next byte, and for the headers of an answer with all redirections."""
    least_rate: float = 4096.0
    """Bytes a second that an answer must bring on the whole, after as long a time of grace."""
    pauses_s: tuple[float, ...] = (0.5, 2.0)
    """Wait before each new try after the connection failed; a false answer is not tried again."""


@dataclass(frozen=True, slots=True)
class Access:
    """What is shown to a server so that it lets us read."""

    headers: Mapping[str, str] = field(default_factory=dict)
    """Sent to this server alone: no redirection to another takes a credential along."""
    hint: str = "give credentials through ~/.netrc or fsspec's configuration"
    """What to do where the server refuses."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the headers of an answer say about the file."""

    total: int
    entity_tag: str | None
    modified: str | None
    was_redirected: bool = field(default=False, compare=False)
    commit: str | None = field(default=None, compare=False)
    """Commit of a repository that the file was taken from, if the server knows one."""

    @property
    def identity(self) -> str:
        """What tells this content from another, in words."""
        commit = f" commit={self.commit}" if self.commit else ""
        return f"size={self.total} etag={self.entity_tag} last-modified={self.modified}{commit}"

    @property
    def can_be_demanded(self) -> bool:
        """Whether the server can be told to answer only while the tag is the same."""
        tag = self.entity_tag
        return tag is not None and not tag.startswith("W/") and not self.was_redirected


@dataclass(frozen=True, slots=True)
class Wanted:
    """A range, and the pinned file it has to come from."""

    start: int
    buffer: memoryview
    pinned: Answer | None = None
    """None for the first request of all, whose range may reach beyond the end of the file."""

    @property
    def stop(self) -> int:
        """One past the last byte that is asked for."""
        return self.start + len(self.buffer)


@dataclass(slots=True)
class Link:
    """The way to one file: its address and fsspec's session; safe to use from any thread."""

    url: str
    patience: Patience
    access: Access = field(default_factory=Access)
    system: Any = field(init=False)
    _was_patient: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.system = fsspec.filesystem("http")

    @property
    def shown(self) -> str:
        """Address without what may be secret."""
        return public_address(self.url)

    def fetch(self, wanted: Wanted) -> Answer:
        """Fill the buffer of a request, trying again where the connection fails.

        Parameters
        ----------
        wanted
            What is asked for.

        Returns
        -------
        Answer
            What the server says about the file; equal to the pinned one, if there is one.

        Raises
        ------
        SourceError
            If anything but exactly what was asked for arrives; the buffer is then of no use.
        """
        return self._attempt(wanted, self.patience.pauses_s)

    def _attempt(self, wanted: Wanted, pauses_s: tuple[float, ...]) -> Answer:
        try:
            answer: Answer = sync(self.system.loop, self._fetch, wanted)
        except (aiohttp.RedirectClientError, aiohttp.TooManyRedirects) as error:
            raise self._misled(error) from error
        except ValueError as error:
            raise SourceError("not an address", hint=_ADDRESS, uri=self.shown) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if isinstance(error, SourceError) and not isinstance(error, _BusyError):
                raise
            failed = self._failed(error)
            if not pauses_s:
                raise failed from error
            self._tell(failed)
            sync(self.system.loop, asyncio.sleep, pauses_s[0])
            return self._attempt(wanted, pauses_s[1:])
        return answer

    def _tell(self, failed: SourceError) -> None:
        """Say once for each file why it takes longer, to whoever listens to the log."""
        if not self._was_patient:
            self._was_patient = True
            _LOG.warning("%s: %s; trying again", self.shown, failed.message)

    def _misled(self, error: Exception) -> SourceError:
        if isinstance(error, aiohttp.TooManyRedirects):
            message = f"the server redirects without end ({len(error.history)} times)"
        else:
            message = "the server redirects to what is no http address"
        return SourceError(message, hint=_ADDRESS, uri=self.shown)

    def _failed(self, error: Exception) -> SourceError:
        if isinstance(error, SourceError):
            return SourceError(error.message, hint=error.hint, uri=error.uri)
        if isinstance(error, aiohttp.ClientPayloadError):
            return TruncatedSourceError(
                "the connection was dropped within the answer", hint=_BROKEN, uri=self.shown
            )
        if isinstance(error, TimeoutError):
            return SourceError(
                f"the server did not answer within {self.patience.silence_s:g} s",
                hint=_BROKEN,
                uri=self.shown,
            )
        # The text of a broken answer's error holds the whole address, secrets included.
        told = error.message if isinstance(error, aiohttp.ClientResponseError) else str(error)
        reason = told.partition("\n")[0] or type(error).__name__
        return SourceError(f"the connection failed: {reason}", hint=_BROKEN, uri=self.shown)

    async def _fetch(self, wanted: Wanted) -> Answer:
        session = await self.system.set_session()
        request = dict(self.system.kwargs)
        headers = {
            **request.pop("headers", {}),
            **self.access.headers,
            "Range": f"bytes={wanted.start}-{wanted.stop - 1}",
            "Accept-Encoding": "identity",
        }
        pinned = wanted.pinned
        # Not for a weak tag, which satisfies no If-Match, nor behind a redirection, whose server
        # may have tags of its own. Tags are compared in the answer in any case.
        if pinned and pinned.can_be_demanded:
            headers["If-Match"] = str(pinned.entity_tag)
        timeout = aiohttp.ClientTimeout(
            total=None,
            sock_connect=self.patience.connect_s,
            sock_read=self.patience.silence_s,
        )
        url = self.system.encode_url(self.url)
        request.update(headers=headers, timeout=timeout)
        # A header that drips in would begin the wait for the next byte anew with each of its own.
        async with asyncio.timeout(self.patience.connect_s + self.patience.silence_s):
            response = await session.get(url, **request)
        async with response:
            answer, length = self._checked(response, wanted)
            await self._receive(response, wanted.buffer[:length])
        return answer

    def _checked(self, response: aiohttp.ClientResponse, wanted: Wanted) -> tuple[Answer, int]:
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
        answer = _answer(response, total)
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
                hint=self.access.hint,
                uri=self.shown,
            )
        kind = _BusyError if status == 429 or status >= 500 else SourceError
        raise kind(f"the server answers with status {status}", hint=_BROKEN, uri=self.shown)

    def _empty(self, response: aiohttp.ClientResponse) -> Answer:
        """Read the answer of a server whose file holds no byte, and thus no first one."""
        if response.headers.get("Content-Range", "").strip() != "bytes */0":
            raise self._lie("it refuses the first bytes of the file")
        return _answer(response, 0)

    async def _receive(self, response: aiohttp.ClientResponse, buffer: memoryview) -> None:
        done, began = 0, monotonic()
        async for chunk in response.content.iter_any():
            if done + len(chunk) > len(buffer):
                response.close()
                raise self._lie(f"it sends more than the {len(buffer)} bytes it was asked for")
            buffer[done : done + len(chunk)] = chunk
            done += len(chunk)
            self._check_rate(response, done, monotonic() - began)
        if done < len(buffer):
            raise TruncatedSourceError(
                f"the server sent {done} of {len(buffer)} bytes", hint=_BROKEN, uri=self.shown
            )

    def _check_rate(self, response: aiohttp.ClientResponse, done: int, elapsed_s: float) -> None:
        over_s = elapsed_s - self.patience.silence_s
        if done < over_s * self.patience.least_rate:
            response.close()
            raise SourceError(
                f"the server sends too slowly: {done} bytes in {elapsed_s:.0f} s",
                hint=_BROKEN,
                uri=self.shown,
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


def _answer(response: aiohttp.ClientResponse, total: int) -> Answer:
    tag, modified = (response.headers.get(name) for name in ("ETag", "Last-Modified"))
    commits = (one.headers.get("X-Repo-Commit", "") for one in (*response.history, response))
    commit = next((name for name in commits if re.fullmatch(r"[0-9a-f]{40}", name)), None)
    return Answer(total, tag, modified, bool(response.history), commit)
