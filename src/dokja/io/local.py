"""Files and folders of this machine, read straight into the caller's memory.

The module knows the operating system's files, never what they hold.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from dokja.errors import (
    SourceChangedError,
    SourceError,
    SourceNotFoundError,
    TruncatedSourceError,
    UnsafePathError,
)
from dokja.io.source import CountedSource

if TYPE_CHECKING:
    from dokja.io.source import ByteSource

__all__ = ["TRANSPORT", "LocalSource", "LocalTransport"]

_QUIET = "run again when nothing writes to the checkpoint"


class LocalSource(CountedSource):
    """A regular file, held open so that a replacement of its path cannot mix into it.

    Parameters
    ----------
    path
        Path of the file.

    Raises
    ------
    SourceNotFoundError
        If there is none.
    SourceError
        If it is not a regular file or may not be read.

    Notes
    -----
    Memory is never mapped: a file that is cut short under a mapping would kill the process.
    """

    def __init__(self, path: str) -> None:
        try:
            # Without waiting: opening a pipe that nobody writes to would hang.
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            raise _explained(error, path) from error
        except ValueError as error:
            raise SourceNotFoundError(
                f"not a path: {error}", hint="check the path", uri=path
            ) from error
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(self._descriptor)
            raise SourceError("not a regular file", uri=path, hint="name a file or a folder")
        super().__init__(path, status.st_size, _identity(status))
        self._path = path

    def check_unchanged(self) -> None:
        """Compare the open file, and what its path leads to now, with what was opened.

        Raises
        ------
        SourceChangedError
            If the file was written to, replaced or removed.
        """
        self._check_open()
        try:
            now = (_identity(os.fstat(self._descriptor)), _identity(Path(self._path).stat()))
        except OSError as error:
            raise SourceChangedError(
                f"it was there when opened and is gone now ({error.strerror})",
                hint=_QUIET,
                uri=self.uri,
            ) from error
        if now != (self.identity, self.identity):
            raise SourceChangedError(
                "the file was changed or replaced while it was read",
                hint=_QUIET,
                uri=self.uri,
            )

    def close(self) -> None:
        """Close the file."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _fill(self, start: int, buffer: memoryview) -> None:
        self._check_open()
        done = 0
        while done < len(buffer):
            try:
                n_bytes = os.preadv(self._descriptor, [buffer[done:]], start + done)
            except OSError as error:
                raise SourceError(
                    f"reading failed: {error.strerror}",
                    hint="see whether the disk or the network folder is well, or copy the file",
                    uri=self.uri,
                ) from error
            if n_bytes == 0:
                raise TruncatedSourceError(
                    f"the file ends at byte {start + done}, {len(buffer) - done} bytes too early",
                    hint="it was cut short after it had been opened",
                    uri=self.uri,
                )
            done += n_bytes

    def _check_open(self) -> None:
        if self._descriptor < 0:
            raise ValueError(f"the source is closed: {self.uri}")


class LocalTransport:
    """Reaches paths and ``file://`` addresses."""

    def open(self, uri: str) -> ByteSource:
        """Open a file.

        Parameters
        ----------
        uri
            Path or ``file://`` address.

        Returns
        -------
        ByteSource
            To be closed by the caller.
        """
        return LocalSource(_path(uri))

    def is_folder(self, uri: str) -> bool:
        """Tell whether a path is that of a folder.

        Parameters
        ----------
        uri
            Path or ``file://`` address.

        Returns
        -------
        bool
            False for a file and where there is nothing.
        """
        # Unlike the method of a path, it bears names that no system takes; opening refuses them.
        return os.path.isdir(_path(uri))  # noqa: PTH112

    def names(self, uri: str) -> tuple[str, ...] | None:
        """List a folder.

        Parameters
        ----------
        uri
            Path or ``file://`` address of a folder.

        Returns
        -------
        tuple of str
            Sorted names of whatever is right in the folder, folders left out.
        """
        path = _path(uri)
        try:
            with os.scandir(path) as entries:
                return tuple(sorted(entry.name for entry in entries if not entry.is_dir()))
        except OSError as error:
            raise _explained(error, path) from error

    def join(self, uri: str, name: str) -> str:
        """Return the path of a file of a folder.

        Parameters
        ----------
        uri
            Path or ``file://`` address of the folder.
        name
            Relative path of the file.

        Returns
        -------
        str
            A path.

        Raises
        ------
        UnsafePathError
            If a folder on the way is a link that leads out. The file itself may be a link, as
            in a download cache whose folders hold links to the files.
        """
        folder = _path(uri)
        path = Path(folder) / name
        home, parent = os.path.realpath(folder), os.path.realpath(path.parent)
        if not Path(parent).is_relative_to(home):
            raise UnsafePathError(
                f"{name!r} leads through a link out of the folder",
                hint="do not use this checkpoint unless you know why; a sound one keeps its files "
                "in its own folders",
                uri=folder,
            )
        return str(path)

    def split(self, uri: str) -> tuple[str, str]:
        """Return the folder and the name of a file.

        Parameters
        ----------
        uri
            Path or ``file://`` address of a file.

        Returns
        -------
        tuple of str
            Folder and name.
        """
        folder, name = os.path.split(_path(uri))
        return folder or os.curdir, name


TRANSPORT = LocalTransport()


def _path(uri: str) -> str:
    if uri[:7].lower() != "file://":
        if not uri:
            raise SourceNotFoundError("the path is empty", hint="name a file or a folder")
        return uri
    parts = urlsplit(uri)
    if parts.netloc not in ("", "localhost"):
        raise SourceError(
            f"a file address names this machine, not {parts.netloc!r}",
            hint="write file:/// followed by an absolute path",
            uri=uri,
        )
    return unquote(parts.path)


def _identity(status: os.stat_result) -> str:
    return (
        f"device={status.st_dev} inode={status.st_ino} "
        f"size={status.st_size} mtime_ns={status.st_mtime_ns}"
    )


def _explained(error: OSError, path: str) -> SourceError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        dangling = Path(path).is_symlink()
        message = "the link leads to nothing" if dangling else "there is no such file or folder"
        return SourceNotFoundError(message, hint="check the path", uri=path)
    if isinstance(error, PermissionError):
        return SourceError(
            "it may not be read", hint="ask its owner for permission to read it", uri=path
        )
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return SourceError(
            "too many files are open", hint="raise the limit with ulimit -n", uri=path
        )
    return SourceError(f"it cannot be opened: {error.strerror}", hint="check the path", uri=path)
