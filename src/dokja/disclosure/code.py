"""Whether code of a submission stands in known public code, and what became of the headers.

The module compares files; it never runs one, and judges nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from dokja.disclosure.known import holders_of, shipped, states_licence
from dokja.disclosure.tokens import header_of, tokens_of
from dokja.disclosure.winnow import SHAPE, WORDING, fingerprints, overlap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dokja.disclosure.known import Known

__all__ = ["CodeMatch", "compare_code", "python_files"]

_MOST_FILES: Final = 400
_MOST_BYTES: Final = 2 * 1024 * 1024
_LEAST_TOKENS: Final = 120
"""A file shorter than this is not compared: it says too little."""
_SHOWN: Final = 0.05


@dataclass(frozen=True, slots=True)
class CodeMatch:
    """A file of the submission that stands, in part, in a known one."""

    file: str
    known: Known
    share: float
    lines: tuple[int, int]
    """First and last line of the longest common run."""
    header: Literal["kept", "stripped", "none"]


def python_files(place: Path) -> Iterator[tuple[str, str]]:
    """List Python files below a place.

    Parameters
    ----------
    place
        A file, or a folder; links that lead out of it are not followed.

    Yields
    ------
    tuple of str
        Name from the place on, and text; at most 400 files of 2 MiB each.
    """
    base = place.resolve()
    found = [base] if base.is_file() else sorted(base.rglob("*.py"))
    for path in found[:_MOST_FILES]:
        inside = path.resolve().is_relative_to(base)
        if path.suffix != ".py" or not inside or not path.is_file():
            continue
        with path.open("rb") as stream:
            text = stream.read(_MOST_BYTES).decode("utf-8", "replace")
        yield (path.name if path == base else path.relative_to(base).as_posix()), text


def compare_code(
    sources: Sequence[tuple[str, str]], given: Sequence[Known] = ()
) -> tuple[tuple[CodeMatch, ...], int]:
    """Lay files beside known ones.

    Parameters
    ----------
    sources
        Names and texts.
    given
        Known files beyond those that come along.

    Returns
    -------
    tuple
        The best match of each file where there is one worth showing, most first, and how many
        files were long enough to compare.
    """
    known = (*given, *shipped())
    found: list[CodeMatch] = []
    compared = 0
    for name, text in sources:
        tokens = tokens_of(text)
        if len(tokens) < _LEAST_TOKENS:
            continue
        compared += 1
        wording, shape = (fingerprints(tokens, mode) for mode in (WORDING, SHAPE))
        overlaps = [
            (part, one)
            for one in known
            for part in (overlap(wording, one.wording), overlap(shape, one.shape))
        ]
        # Of equals the one that the dossier gives comes first.
        best, file = max(overlaps, key=lambda pair: pair[0].share)
        if best.share < _SHOWN:
            continue
        first, last = best.longest
        lines = (tokens[first].line, tokens[last].line)
        found.append(CodeMatch(name, file, best.share, lines, _header(text, file)))
    return tuple(sorted(found, key=lambda one: (-one.share, one.file))), compared


def _header(text: str, known: Known) -> Literal["kept", "stripped", "none"]:
    """Tell what became of a known file's header: its licence, and whose rights it states."""
    if not known.licensed and not known.holders:
        return "none"
    header = header_of(text)
    licence = states_licence(header) or not known.licensed
    holders = set(holders_of(header))
    named = not known.holders or bool(holders & set(known.holders))
    return "kept" if licence and named else "stripped"
