"""Files and folders behind http and https.

The module knows addresses there and how a file is pinned, never how a range is asked for or what
the bytes mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from dokja.errors import SourceChangedError
from dokja.io.ranges import Access, Link, Patience, Wanted
from dokja.io.source import CountedSource

if TYPE_CHECKING:
    from dokja.io.source import ByteSource

__all__ = ["TRANSPORT", "HttpSource", "HttpTransport"]

_HEAD = 64 * 1024
"""Bytes asked for at opening, which hold a small file, or the header of many a checkpoint."""
_FILE_SUFFIXES = (".safetensors", ".json", ".gguf", ".bin", ".pt", ".pth", ".onnx", ".npz", ".h5")


class HttpSource(CountedSource):
    """A file behind http or https, pinned to the length and tag it had when opened.

    Parameters
    ----------
    url
        Address of the file.
    patience
        How long the server is waited for.
    access
        What the server is shown so that it lets us read.

    Raises
    ------
    SourceNotFoundError
        If there is none.
    RangeNotSupportedError
        If the server does not serve exactly what it is asked for.
    SourceError
        If the connection fails.
    """

    def __init__(
        self, url: str, patience: Patience | None = None, *, access: Access | None = None
    ) -> None:
        self._link = Link(url, patience or Patience(), access or Access())
        head = bytearray(_HEAD)
        self._pinned = self._link.fetch(Wanted(0, memoryview(head)))
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
            self._link.fetch(Wanted(0, memoryview(bytearray(1)), self._pinned))
            return
        answer = self._link.fetch(Wanted(0, memoryview(bytearray(1))))
        if answer != self._pinned:
            raise SourceChangedError(
                "the file is no longer empty",
                hint="run again when nothing writes to the checkpoint",
                uri=self.uri,
            )

    def close(self) -> None:
        """Let go of the kept first bytes; the session belongs to fsspec."""
        self._head = b""

    def _fill(self, start: int, buffer: memoryview) -> None:
        stop = start + len(buffer)
        if stop <= len(self._head):
            buffer[:] = self._head[start:stop]
            return
        self._link.fetch(Wanted(start, buffer, self._pinned))


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
