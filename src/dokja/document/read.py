"""Reading a file of bounded size; the module knows what is a file, never what stands in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_regular"]


def read_regular(path: Path, n_bytes: int) -> bytes:
    """Read the first bytes of a regular file.

    Parameters
    ----------
    path
        The file.
    n_bytes
        How many at most.

    Returns
    -------
    bytes
        No more than that many.

    Raises
    ------
    OSError
        If it cannot be read, or is a pipe or a device, which would be waited for.
    """
    if path.exists() and not path.is_file():
        # Without a number, ``strerror`` is empty and the words are told.
        raise OSError("not a regular file")
    with path.open("rb") as stream:
        return stream.read(n_bytes)
