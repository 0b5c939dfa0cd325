"""Public modelling code as fingerprints: what comes along, and what a dossier gives.

The module holds fingerprints and headers, never code.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import numpy as np

from dokja.disclosure.tokens import header_of, tokens_of
from dokja.disclosure.winnow import SHAPE, WORDING, fingerprints

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Known", "holders_of", "known_file", "shipped", "states_licence"]

_HOLDER: Final = re.compile(
    r"(?:copyright|©|\(c\))[\s,©]*(?:\(c\))?\s*(?:\d{4}(?:\s*[-–]\s*\d{4}|,\s*\d{4})*)?\s*"
    r"(?:by\s+|the\s+)?([^.©]{2,160})",
    re.IGNORECASE,
)
_LICENCE: Final = re.compile(r"\blicen[cs]e(d)?\b|spdx-license-identifier", re.IGNORECASE)
_WORD: Final = re.compile(r"[a-z][a-z0-9&-]{2,}")
_NO_NAMES: Final = frozenset(
    {
        "all", "and", "authors", "copyright", "inc", "ltd", "llc", "licensed", "reserved", "rights",
        "team", "the", "under", "corporation", "corp", "company", "license", "group", "code",
        "from",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """A known file of code."""

    name: str
    """Package or reference, and the file in it."""
    wording: NDArray[np.uint64]
    """Fingerprints with names as they are."""
    shape: NDArray[np.uint64]
    """Fingerprints with names folded."""
    licensed: bool
    """Whether its header states a licence."""
    holders: tuple[str, ...]
    """Words of the names whose rights its header states."""
    licence: str | None = None
    """Of the whole that it is in."""


def states_licence(header: str) -> bool:
    """Tell whether a header states a licence.

    Parameters
    ----------
    header
        As `dokja.disclosure.tokens.header_of` returns it.

    Returns
    -------
    bool
        Whether it does.
    """
    return _LICENCE.search(header) is not None


def holders_of(header: str) -> tuple[str, ...]:
    """Return the words that name whose rights a header states.

    Parameters
    ----------
    header
        As `dokja.disclosure.tokens.header_of` returns it.

    Returns
    -------
    tuple of str
        In small letters, sorted, without words that every such line has.
    """
    found = {
        word
        for line in _HOLDER.findall(header)
        for word in _WORD.findall(line.casefold())
        if word not in _NO_NAMES
    }
    return tuple(sorted(found))


def known_file(name: str, source: str, licence: str | None = None) -> Known:
    """Take down a file that a dossier gives as known.

    Parameters
    ----------
    name
        How it is called in sentences.
    source
        Its text.
    licence
        The licence of the whole it is in.

    Returns
    -------
    Known
        Fingerprints and header.
    """
    header = header_of(source)
    tokens = tokens_of(source)
    return Known(
        name,
        fingerprints(tokens, WORDING).values,
        fingerprints(tokens, SHAPE).values,
        states_licence(header),
        holders_of(header),
        licence,
    )


@cache
def shipped() -> tuple[Known, ...]:
    """Return the public files whose fingerprints come along.

    Returns
    -------
    tuple of Known
        In the order of their names.
    """
    folder = files("dokja.disclosure").joinpath("data")
    told = json.loads(folder.joinpath("known.json").read_text(encoding="utf-8"))
    with np.load(io.BytesIO(folder.joinpath("known.npz").read_bytes())) as arrays:
        return tuple(
            Known(
                f"{told['package']} {told['version']}, {one['file']}",
                arrays[f"{one['key']}.wording"],
                arrays[f"{one['key']}.shape"],
                one["licensed"],
                tuple(one["holders"]),
                told["licence"],
            )
            for one in told["files"]
        )
