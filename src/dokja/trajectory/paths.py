"""Paths that a recipe names, kept inside of one folder.

The module knows names of files, never what lies in them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["Root"]

_LONGEST = 1_024
_NO_PATH = "is no path of a file beside the recipe"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


class Root:
    """The folder that no path of a recipe may lead out of.

    Parameters
    ----------
    folder
        The folder; by rule that of the recipe.
    base
        Folder that paths begin at; `folder` if not given.
    """

    def __init__(self, folder: Path, base: Path | None = None) -> None:
        self._folder = Path(os.path.realpath(folder))
        self._base = base if base is not None else folder

    def defect(self, path: str) -> str | None:
        """Say what is wrong with a path.

        Parameters
        ----------
        path
            As it stands in the recipe.

        Returns
        -------
        str or None
            None if it leads to a file or folder within.
        """
        if len(path) > _LONGEST or not path.isprintable() or "\\" in path:
            return _NO_PATH
        if path.startswith(("/", "~")) or _SCHEME.match(path):
            return "must be a path beside the recipe, not an address or a path from the root"
        if ".." in path.split("/"):
            return "leads out of the recipe's folder"
        return self._missing(path)

    def path(self, path: str) -> Path:
        """Return where a path leads to.

        Parameters
        ----------
        path
            One without a defect.

        Returns
        -------
        Path
            Of the file or folder.
        """
        return self._base / path

    def _missing(self, path: str) -> str | None:
        try:
            real = Path(os.path.realpath(self._base / path))
            if not real.is_relative_to(self._folder):
                return "is a link that leads out of the recipe's folder"
            return None if real.exists() else "is not there"
        except (OSError, ValueError):
            return _NO_PATH
