"""What a submission tells its readers and its loaders: names in cards and reports, remote code.

The module reads small text files and looks for names; it never follows an address.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dokja.disclosure.names import is_named
from dokja.document.review import Pointer
from dokja.policy.review.facts import Claim, say

if TYPE_CHECKING:
    from pathlib import Path

    from dokja.document.dossier import Artefact, DeclaredReference
    from dokja.review.dossier import DossierFiles

__all__ = ["Readers", "read_readers", "remote_code"]

_MAX_TEXT: Final = 4 * 1024 * 1024
_FOR_READERS: Final = frozenset({"card", "report", "other"})


@dataclass(frozen=True, slots=True)
class Readers:
    """Documents for readers: their text where it can be read, else None."""

    texts: dict[str, str | None]

    def naming(self, name: str, reference: DeclaredReference | None) -> tuple[str, ...]:
        """Return the documents that name a donor.

        Parameters
        ----------
        name
            As the review calls it.
        reference
            What the dossier says of it, if anything.

        Returns
        -------
        tuple of str
            Ids of documents in which the name stands; a document that cannot be read as text is
            taken by the dossier's word.
        """
        declared = () if reference is None else reference.declared_in
        wanted = [name] if reference is None else [name, reference.name]
        found = []
        for document, text in self.texts.items():
            if text is None:
                if document in declared:
                    found.append(document)
            elif any(is_named(one, [text], family=False) for one in wanted):
                found.append(document)
        return tuple(found)


def _plain(words: str) -> str:
    return " ".join(words.casefold().split())


def read_readers(files: DossierFiles) -> Readers:
    """Read every document for readers that is submitted.

    Parameters
    ----------
    files
        The dossier.

    Returns
    -------
    Readers
        Texts by artefact; empty where there is none.
    """
    return Readers(
        {
            artefact.id: _text(files, artefact)
            for artefact in files.dossier.artefacts
            if artefact.kind in _FOR_READERS
        }
    )


def _text(files: DossierFiles, artefact: Artefact) -> str | None:
    if artefact.path is None:
        return None
    content, _ = files.read(artefact.path, artefact.digest, f"artefact {artefact.id}")
    if len(content) > _MAX_TEXT:
        return None
    try:
        return _plain(content.decode("utf-8"))
    except UnicodeDecodeError:
        return None


def remote_code(folder: Path, document: int) -> tuple[tuple[Claim, ...], bool]:
    """Look whether a configuration fetches code from elsewhere.

    Parameters
    ----------
    folder
        Folder or file of the artefact.
    document
        Index of the dossier into the review's evidence.

    Returns
    -------
    tuple
        What it fetches, and whether a configuration was there to be read.
    """
    file = (folder if folder.is_dir() else folder.parent) / "config.json"
    if not file.is_file() or file.stat().st_size > _MAX_TEXT:
        return (), False
    try:
        held = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return (), False
    mapped = held.get("auto_map") if isinstance(held, dict) else None
    values = mapped.values() if isinstance(mapped, dict) else ()
    remote = sorted({one for one in values if isinstance(one, str) and "--" in one})
    return tuple(
        Claim(
            "remote",
            say(
                f"Its configuration fetches code from {one.partition('--')[0][:100]}.",
                f"설정이 {one.partition('--')[0][:100]}에서 코드를 가져옵니다.",
            ),
            Pointer(document=document),
        )
        for one in remote
    ), True
