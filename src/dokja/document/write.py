"""Writing results to disk: whole or not at all.

The module knows files and their folders, never what the bytes mean.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from dokja.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["check_writable", "write_all", "write_atomically"]

_MAX_SHOWN = 160


def _mode(path: Path) -> int | None:
    """Kind and permissions of what is at a path, if anything is."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _is_special(path: Path) -> bool:
    """Whether the path is a device or a pipe, which can only be written through.

    It is asked of the path as it was given: a pipe that stands behind ``/dev/fd`` has no other.
    """
    mode = _mode(path)
    return mode is not None and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _failed(path: Path, error: OSError | ValueError) -> OutputError:
    shown = str(path)
    return OutputError(
        f"could not be written: {getattr(error, 'strerror', None) or error}",
        uri=shown if len(shown) <= _MAX_SHOWN else f"{shown[: _MAX_SHOWN - 1]}…",
        hint="Nothing was left half-written; free some space or name another file.",
    )


def check_writable(path: Path) -> None:
    """Find out before long work whether a file can be written in the end.

    Parameters
    ----------
    path
        File that is going to be written; it is neither made nor changed.

    Raises
    ------
    OutputError
        If its folder does not exist or takes no files, if `path` is a folder, or if no system
        takes such a name.
    """
    try:
        mode = _mode(path)
    except (OSError, ValueError) as error:
        raise _failed(path, error) from None
    if mode is not None and stat.S_ISDIR(mode):
        raise OutputError("is a folder, not a file", uri=str(path), hint="Name a file in it.")
    if _is_special(path):
        return
    _check_folder(Path(os.path.realpath(path)).parent)


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise OutputError(
            "the folder to write to does not exist",
            uri=str(folder),
            hint="Make the folder first, or name another file.",
        )
    try:
        handle, probe = tempfile.mkstemp(prefix=".dokja-", dir=folder)
    except OSError as error:
        raise OutputError(
            f"the folder takes no files: {error.strerror or error}",
            uri=str(folder),
            hint="Choose a folder you may write to.",
        ) from None
    os.close(handle)
    Path(probe).unlink()


def _final_mode(target: Path) -> int:
    """Permissions of the file that is replaced, or those that a new file would get."""
    with contextlib.suppress(OSError):
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _write_through(target: Path, content: bytes) -> None:
    # Buffered writing would report a full device at closing only, outside of the caller's reach.
    with target.open("wb", buffering=0) as stream:
        view = memoryview(content)
        while view:
            view = view[stream.write(view) or 0 :]


def _write_beside(target: Path, content: bytes) -> Path:
    """Write a hidden file beside the target and return its path; remove it on any failure."""
    handle, name = tempfile.mkstemp(prefix=".dokja-", suffix=".part", dir=target.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.chmod(_final_mode(target))
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part


def write_all(contents: Mapping[Path, bytes]) -> None:
    """Write several files: all of them, or none that was not there before.

    Parameters
    ----------
    contents
        What each file shall hold. Devices and pipes are written through; links are followed.

    Raises
    ------
    OutputError
        If any of them cannot be written, as on a full disk. No target was touched then, and
        nothing was left behind.
    """
    parts: list[tuple[Path, Path]] = []
    current = Path()
    try:
        for path, content in contents.items():
            current = path
            if _is_special(path):
                _write_through(path, content)
            else:
                target = Path(os.path.realpath(path))
                parts.append((_write_beside(target, content), target))
        while parts:
            current = parts[0][1]
            parts[0][0].replace(parts[0][1])
            parts.pop(0)
    except (OSError, ValueError) as error:
        raise _failed(current, error) from None
    finally:
        for part, _ in parts:
            part.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes) -> None:
    """Write one file whole, or leave everything as it was.

    Parameters
    ----------
    path
        File to write; an existing one is replaced in one step and keeps its permissions.
    content
        What it shall hold.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    write_all({path: content})
