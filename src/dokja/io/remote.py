"""Files at any address that fsspec knows: memory, object stores, archives.

The module adds to fsspec what it does not promise: exact lengths, and errors with a way out.
"""

from __future__ import annotations

from contextlib import contextmanager
from posixpath import basename
from typing import TYPE_CHECKING, Any

from fsspec.core import url_to_fs

from dokja.errors import (
    MissingDependencyError,
    SourceChangedError,
    SourceError,
    SourceNotFoundError,
    TruncatedSourceError,
)
from dokja.io.address import public_address
from dokja.io.source import CountedSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.io.source import ByteSource

__all__ = ["TRANSPORT", "RemoteSource", "RemoteTransport"]

_EXTRAS = {"s3": "cloud", "s3a": "cloud", "gs": "cloud", "gcs": "cloud"}


class RemoteSource(CountedSource):
    """A file of an fsspec file system, pinned to the attributes it had when opened.

    Parameters
    ----------
    uri
        Address of the file, with its scheme.

    Raises
    ------
    SourceNotFoundError
        If there is none.
    SourceError
        If the scheme is not known or the file has no definite length.
    MissingDependencyError
        If the scheme needs an extra that is not installed.
    """

    def __init__(self, uri: str) -> None:
        self._system, self._path = _reach(uri)
        with _explained(uri):
            info = self._system.info(self._path)
        if info.get("type") != "file" or not isinstance(info.get("size"), int):
            raise SourceError(
                "not a file of known length",
                hint="name a file or a folder, or a local copy of it",
                uri=public_address(uri),
            )
        super().__init__(public_address(uri), info["size"], _identity(info))

    def check_unchanged(self) -> None:
        """Compare the attributes of the file with those it had when opened.

        Raises
        ------
        SourceChangedError
            If they differ or the file is gone.
        """
        self._system.invalidate_cache()
        try:
            with _explained(self.uri):
                now = _identity(self._system.info(self._path))
        except SourceNotFoundError as error:
            raise SourceChangedError(
                "the file was there when opened and is gone now",
                hint="run again when nothing writes to the checkpoint",
                uri=self.uri,
            ) from error
        if now != self.identity:
            raise SourceChangedError(
                "the file was changed or replaced while it was read",
                hint="run again when nothing writes to the checkpoint",
                uri=self.uri,
            )

    def close(self) -> None:
        """Do nothing: nothing is held between reads."""

    def _fill(self, start: int, buffer: memoryview) -> None:
        stop = start + len(buffer)
        with _explained(self.uri):
            found = self._system.cat_file(self._path, start=start, end=stop)
        if len(found) != len(buffer):
            raise TruncatedSourceError(
                f"{len(found)} bytes arrived where {len(buffer)} were asked for",
                hint="the file was cut short, or the store does not serve exact ranges",
                uri=self.uri,
            )
        buffer[:] = found


class RemoteTransport:
    """Reaches every scheme that fsspec knows."""

    def open(self, uri: str) -> ByteSource:
        """Open a file.

        Parameters
        ----------
        uri
            Address with its scheme.

        Returns
        -------
        ByteSource
            To be closed by the caller.
        """
        return RemoteSource(uri)

    def is_folder(self, uri: str) -> bool:
        """Tell whether an address is that of a folder.

        Parameters
        ----------
        uri
            Address with its scheme.

        Returns
        -------
        bool
            False for a file and where there is nothing.
        """
        system, path = _reach(uri)
        with _explained(uri):
            return bool(system.isdir(path))

    def names(self, uri: str) -> tuple[str, ...] | None:
        """List a folder.

        Parameters
        ----------
        uri
            Address of the folder.

        Returns
        -------
        tuple of str
            Sorted names of files right in the folder.
        """
        system, path = _reach(uri)
        with _explained(uri):
            entries = system.ls(path, detail=True)
        return tuple(sorted(basename(one["name"]) for one in entries if one["type"] == "file"))

    def join(self, uri: str, name: str) -> str:
        """Return the address of a file of a folder.

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
        return f"{uri.removesuffix('/')}/{name}"

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
        folder, _, name = uri.rpartition("/")
        return f"{folder}/", name


TRANSPORT = RemoteTransport()


def _reach(uri: str) -> tuple[Any, str]:
    scheme = uri.partition("://")[0].lower()
    if "::" in uri:
        raise SourceError(
            "addresses within addresses are not read",
            hint="fetch the inner file first and name it",
            uri=public_address(uri),
        )
    try:
        system, path = url_to_fs(uri)
    except ImportError as error:
        extra = _EXTRAS.get(scheme)
        raise MissingDependencyError(
            f"{scheme}:// needs a package that is not installed ({error})",
            hint=f"pip install 'dokja[{extra}]'" if extra else "install the package it names",
            uri=public_address(uri),
        ) from error
    except Exception as error:
        raise SourceError(
            f"the address cannot be used: {error}",
            hint="name a path, an http(s) address, or one of a scheme that fsspec knows",
            uri=public_address(uri),
        ) from error
    return system, path


@contextmanager
def _explained(uri: str) -> Iterator[None]:
    """Turn whatever a file system raises into our own errors; each has its own kinds."""
    try:
        yield
    except FileNotFoundError as error:
        raise SourceNotFoundError(
            "there is no such file or folder", hint="check the address", uri=public_address(uri)
        ) from error
    except PermissionError as error:
        raise SourceError(
            f"it may not be read: {error}",
            hint="check the credentials of the store",
            uri=public_address(uri),
        ) from error
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise SourceError(
            f"reading failed: {reason}",
            hint="try again, or fetch the checkpoint and name the local copy",
            uri=public_address(uri),
        ) from error


def _identity(info: dict[str, Any]) -> str:
    kept = ("size", "ETag", "etag", "md5Hash", "generation", "mtime", "created", "LastModified")
    return " ".join(f"{key}={info[key]}" for key in kept if info.get(key) is not None)
