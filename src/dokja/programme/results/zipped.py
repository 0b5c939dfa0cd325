"""ZIP archives from strangers: few members, each unpacked to a cap and not a byte further.

The module knows the container, never what is in it; nothing is ever written to disk.
"""

from __future__ import annotations

import contextlib
import zipfile
from typing import TYPE_CHECKING, Final

from dokja.errors import ProgrammeError
from dokja.programme.results.defects import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["member_bytes", "open_zip"]

_MAX_MEMBERS: Final = 200_000
_MAX_DIRECTORY: Final = 64 * 1024 * 1024
_END_RECORD: Final = 22
_ZIP64: Final = 0xFFFFFFFF
_CHUNK: Final = 256 * 1024


@contextlib.contextmanager
def open_zip(path: Path, name: str) -> Iterator[zipfile.ZipFile]:
    """Open an archive whose directory is of a sane size.

    Parameters
    ----------
    path
        The archive.
    name
        What messages call it.

    Yields
    ------
    zipfile.ZipFile
        Open for reading.

    Raises
    ------
    ProgrammeError
        If it is no archive, or its directory is too long or names a member twice.
    """
    _check_directory(path, name)
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ProgrammeError(
            f"not a ZIP archive: {printable(str(error))}",
            uri=name,
            hint="Copy the file again from where it was written.",
        ) from None
    with archive:
        names = archive.namelist()
        if len(set(names)) != len(names):
            raise ProgrammeError(
                "the archive names a member twice",
                uri=name,
                hint="Write the file anew with the program that made it.",
            )
        yield archive


def _check_directory(path: Path, name: str) -> None:
    """Look at the end record before Python builds an object for every member."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - _END_RECORD - 0xFFFF))
        tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END_RECORD:
        raise ProgrammeError(
            "the archive is cut short: it has no end",
            uri=name,
            hint="Copy the file again from where it was written.",
        )
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    count = int.from_bytes(tail[at + 10 : at + 12], "little")
    too_long = length > _MAX_DIRECTORY if length != _ZIP64 else size > _MAX_DIRECTORY
    if too_long or count > _MAX_MEMBERS:
        raise ProgrammeError(
            "the archive's directory is too long to read",
            uri=name,
            hint="Hand in a file with fewer members.",
        )


def member_bytes(archive: zipfile.ZipFile, member: str, limit: int, name: str) -> bytes:
    """Unpack one member, at most so many bytes of it.

    Parameters
    ----------
    archive
        An open archive.
    member
        Name of the member.
    limit
        Most bytes that it may have unpacked; what the directory says of it is not believed.
    name
        What messages call the archive.

    Returns
    -------
    bytes
        The whole member.

    Raises
    ------
    ProgrammeError
        If it is longer, or encrypted.
    """
    if archive.getinfo(member).flag_bits & 0x1:
        raise ProgrammeError(
            f"{printable(member)} is encrypted", uri=name, hint="Save the file without a password."
        )
    pieces, n_bytes = [], 0
    with archive.open(member) as stream:
        while piece := stream.read(_CHUNK):
            n_bytes += len(piece)
            if n_bytes > limit:
                raise ProgrammeError(
                    f"{printable(member)} unpacks to more than {limit:,} bytes",
                    uri=name,
                    hint="Is the archive whole, and what it claims to be?",
                )
            pieces.append(piece)
    return b"".join(pieces)
