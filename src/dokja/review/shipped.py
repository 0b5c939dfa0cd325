"""Licence texts and notices that lie in a submission, or beside a reference that can be read.

The module finds files by their names and knows texts by their words; it judges nobody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dokja.licensing.texts import which_licence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dokja.review.dossier import DossierFiles

__all__ = ["Shipped", "ShippedFile", "beside", "read_shipped"]

_NAMED: Final = re.compile(r"(licen[cs]e|copying|copyright|notice|third.?party)", re.IGNORECASE)
_OWN: Final = re.compile(r"(licen[cs]e|copying)(\.(txt|md|rst))?", re.IGNORECASE)
_NOTICE: Final = re.compile(r"(third.?party.?)?notices?(\.(txt|md|rst))?", re.IGNORECASE)
_MOST_FILES: Final = 200
_MOST_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ShippedFile:
    """A licence text or a notice."""

    artefact: str
    name: str
    """As it is shown: its path from the artefact."""
    licence: str | None
    """The licence whose text it is; None where its words are no licence that is known."""
    own: bool
    """Whether it speaks for the whole that it lies in, by its name or by the dossier."""
    words: str
    """In small letters, with single spaces; empty where it is no text."""

    @property
    def is_notice(self) -> bool:
        """Whether its name is that of a notice."""
        return _NOTICE.fullmatch(self.name.rpartition("/")[2]) is not None


@dataclass(frozen=True, slots=True)
class Shipped:
    """Everything of that kind in a submission."""

    files: tuple[ShippedFile, ...] = ()
    complete: bool = False
    """Whether every model lies in a folder that was looked through, so that nothing is missed."""

    def of(self, artefact: str) -> tuple[ShippedFile, ...]:
        """Return what speaks for one artefact as a whole.

        Parameters
        ----------
        artefact
            Its id.

        Returns
        -------
        tuple of ShippedFile
            Files that are its own licence.
        """
        return tuple(one for one in self.files if one.artefact == artefact and one.own)


def read_shipped(files: DossierFiles) -> Shipped:
    """Find licence texts and notices in a submission.

    Parameters
    ----------
    files
        The dossier.

    Returns
    -------
    Shipped
        What the dossier names as licence file, and what lies in folders of artefacts under a name
        such as LICENSE or NOTICE.

    Raises
    ------
    DossierError
        If a licence file that the dossier names is not there or leads out of the folder.
    """
    found: list[ShippedFile] = []
    complete = True
    for artefact in files.dossier.artefacts:
        if artefact.licence_file is not None:
            what = f"licence file of {artefact.id}"
            content, _ = files.read(artefact.licence_file, None, what)
            found.append(_file(artefact.id, artefact.licence_file, content, own=True))
        folder = None if artefact.path is None else files.resolve(artefact.path)
        if folder is not None and folder.is_dir():
            found += beside(folder, artefact.id)
        elif artefact.kind in {"model", "encoder", "other"}:
            complete = False
    return Shipped(tuple(found), complete)


def beside(folder: Path, artefact: str) -> Iterator[ShippedFile]:
    """List licence texts and notices in a folder.

    Parameters
    ----------
    folder
        The folder; those in it named like licences are looked into too.
    artefact
        Whose folder it is.

    Yields
    ------
    ShippedFile
        In the order of names, two hundred at most; links that leave the folder are passed over.
    """
    base = folder.resolve()
    names = sorted(folder.iterdir())
    inner = [one for at in names if at.is_dir() and _NAMED.match(at.name) for one in at.iterdir()]
    count = 0
    for file in (*names, *sorted(inner)):
        inside = file.parent != folder
        if not (inside or _NAMED.search(file.name)) or not file.is_file():
            continue
        if not file.resolve().is_relative_to(base) or file.stat().st_size > _MOST_BYTES:
            continue
        own = not inside and _OWN.fullmatch(file.name) is not None
        name = str(file.relative_to(folder))
        try:
            yield _file(artefact, name, file.read_bytes(), own=own)
        except OSError:
            continue
        count += 1
        if count == _MOST_FILES:
            return


def _file(artefact: str, name: str, content: bytes, *, own: bool) -> ShippedFile:
    try:
        text = content[:_MOST_BYTES].decode("utf-8")
    except UnicodeDecodeError:
        return ShippedFile(artefact, name, None, own, "")
    words = " ".join(text.casefold().split())
    return ShippedFile(artefact, name, which_licence(text), own, words)
