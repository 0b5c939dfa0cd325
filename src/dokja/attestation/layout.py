"""How a bundle lies on disk: which names may stand in it, as a folder or as one archive.

The module knows names and bytes, never what a file says. An archive is written without compression
and in one way only, so that its bytes follow from its files, and nothing can grow when it is read.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from dokja.errors import AttestationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "MANIFEST",
    "SIGNATURE",
    "SUMS",
    "archive",
    "check_name",
    "is_archive",
    "read_folder",
    "unpack",
]

MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
SIGNATURE: Final = "model.sig"
_MAX_FILES: Final = 2_000
_MAX_BYTES: Final = 2 * 1024**3
_NAME: Final = re.compile(r"^[^\x00-\x1f\x7f\\:*?\"<>|]{1,400}$")
_OLDEST: Final = (1980, 1, 1, 0, 0, 0)
_HINT: Final = "Ask for the bundle anew; dokja bundle writes none like this."


def _refuse(why: str, uri: str) -> AttestationError:
    return AttestationError(why, uri=uri, hint=_HINT)


def check_name(name: str, uri: str) -> str:
    """Refuse a name that could lead out of a bundle, or mean two files on some system.

    Parameters
    ----------
    name
        Path inside of the bundle.
    uri
        The bundle, for messages.

    Returns
    -------
    str
        The same name.

    Raises
    ------
    AttestationError
        If it is absolute, climbs, or holds what names do not hold.
    """
    parts = PurePosixPath(name).parts
    climbs = any(part in {"..", ".", ""} for part in name.split("/"))
    if _NAME.match(name) is None or name.startswith("/") or climbs or len(parts) > 20:
        raise _refuse(f"a file of the bundle bears the name {name[:100]!r}", uri)
    return name


def _check_set(names: list[str], uri: str) -> None:
    if len(names) > _MAX_FILES:
        raise _refuse(f"the bundle holds {len(names)} files, more than {_MAX_FILES}", uri)
    seen: dict[str, str] = {}
    for name in names:
        same = seen.setdefault(name.casefold(), name)
        if same is not name:
            raise _refuse(f"two files of the bundle bear one name: {name[:100]!r}", uri)


def read_folder(folder: Path) -> dict[str, Path]:
    """List the files of a bundle that lies as a folder.

    Parameters
    ----------
    folder
        The folder.

    Returns
    -------
    dict of str to Path
        Every regular file, by its name inside.

    Raises
    ------
    AttestationError
        If a link or a device lies in it, names collide, or it is too large.
    """
    uri = str(folder)
    found: dict[str, Path] = {}
    total = 0
    for path in sorted(_walk(folder, uri)):
        name = check_name(path.relative_to(folder).as_posix(), uri)
        total += path.stat().st_size
        if total > _MAX_BYTES:
            raise _refuse(f"the bundle is larger than {_MAX_BYTES} bytes", uri)
        found[name] = path
    _check_set(list(found), uri)
    return found


def _walk(folder: Path, uri: str, depth: int = 0) -> Iterator[Path]:
    if depth > 20:
        raise _refuse("its folders are nested too deep", uri)
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise _refuse(f"it cannot be read: {error.strerror or error}", uri) from None
    for path in entries:
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            yield from _walk(path, uri, depth + 1)
        elif stat.S_ISREG(mode):
            yield path
        else:
            raise _refuse(f"{path.name!r} is a link or a device, which no bundle holds", uri)


def is_archive(path: Path) -> bool:
    """Tell whether a bundle is one archive.

    Parameters
    ----------
    path
        The bundle.

    Returns
    -------
    bool
        Whether it is a file.
    """
    return path.is_file()


def archive(contents: Mapping[str, bytes]) -> bytes:
    """Put files into one archive.

    Parameters
    ----------
    contents
        Bytes by name.

    Returns
    -------
    bytes
        A ZIP archive without compression; the same files give the same bytes.
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as written:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, _OLDEST)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            written.writestr(entry, contents[name])
    return stream.getvalue()


def unpack(path: Path, folder: Path) -> bool:
    """Take an archive apart.

    Parameters
    ----------
    path
        The archive.
    folder
        Empty folder to write to.

    Returns
    -------
    bool
        Whether the archive is, byte for byte, what `archive` makes of its files.

    Raises
    ------
    AttestationError
        If it is no such archive: broken, encrypted, compressed, too large, or with names that lead
        out of it or collide. Nothing outside of `folder` is ever written.
    """
    uri = str(path)
    try:
        size = path.stat().st_size
        if size > _MAX_BYTES:
            raise _refuse(f"the bundle is larger than {_MAX_BYTES} bytes", uri)
        content = path.read_bytes()
        contents = _entries(content, uri)
    except (
        zipfile.BadZipFile,
        EOFError,
        OSError,
        RuntimeError,
        ValueError,
        OverflowError,
    ) as error:
        if isinstance(error, AttestationError):
            raise
        raise _refuse(f"it is no whole archive: {str(error)[:120]}", uri) from None
    for name, held in contents.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(held)
    return archive(contents) == content


def _entries(content: bytes, uri: str) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as held:
        entries = held.infolist()
        _check_set([check_name(entry.filename, uri) for entry in entries], uri)
        if sum(entry.file_size for entry in entries) > len(content):
            raise _refuse("it says that it holds more than it does", uri)
        for entry in entries:
            plain = entry.compress_type == zipfile.ZIP_STORED and not entry.flag_bits & 0x1
            if not plain or stat.S_ISLNK(entry.external_attr >> 16):
                raise _refuse(f"{entry.filename[:100]!r} is packed, locked or a link", uri)
        return {entry.filename: held.read(entry) for entry in entries}
