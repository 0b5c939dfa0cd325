"""Whether an output would take the place of what is read: compared as files, not as names.

The module knows paths and the files behind them, never what is in them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["is_checkpoint", "read_files", "same_file"]

_CHECKPOINT_ENDINGS: Final = (
    ".safetensors",
    ".index.json",
    "config.json",
    "tokenizer.json",
    "README.md",
)


def same_file(first: Path, second: Path) -> bool:
    """Tell whether two paths lead to one file, also by links and on systems that ignore case.

    Parameters
    ----------
    first, second
        Paths; neither has to exist.

    Returns
    -------
    bool
        True where one would be written over by writing to the other.
    """
    if os.path.realpath(first) == os.path.realpath(second):
        return True
    try:
        return first.samefile(second)
    except (OSError, ValueError):
        return False


def _local_path(uri: str) -> Path | None:
    scheme, separator, _ = uri.partition("://")
    if not separator:
        return Path(uri)
    return Path(unquote(urlsplit(uri).path)) if scheme.lower() == "file" else None


def read_files(checkpoints: Iterable[str], files: Iterable[str] = ()) -> tuple[Path, ...]:
    """Say which files of this machine stand for what is going to be read.

    Parameters
    ----------
    checkpoints
        Addresses of checkpoints: each stands for itself and the weights and settings beside it.
    files
        Paths of files that stand for themselves alone.

    Returns
    -------
    tuple of Path
        Nothing for addresses of other machines.
    """
    found = [Path(file) for file in files]
    for uri in checkpoints:
        path = _local_path(uri)
        if path is not None:
            found += [path, *_held(path if os.path.isdir(path) else path.parent)]  # noqa: PTH112
    return tuple(found)


def _held(folder: Path) -> list[Path]:
    try:
        return [file for file in folder.iterdir() if file.name.endswith(_CHECKPOINT_ENDINGS)]
    except (OSError, ValueError):
        return []


def is_checkpoint(path: Path) -> bool:
    """Tell whether a file that is there already begins as weights do, whatever it is called.

    Parameters
    ----------
    path
        Any path.

    Returns
    -------
    bool
        False where there is no file.
    """
    if not os.path.isfile(path):  # noqa: PTH113 - unlike its method, it takes any name
        return False
    try:
        with path.open("rb") as file:
            head = file.read(9)
    except OSError:
        return False
    named = Path(os.path.realpath(path)).name
    return named.endswith(".safetensors") or (len(head) == 9 and head[6:] == b"\0\0{")
