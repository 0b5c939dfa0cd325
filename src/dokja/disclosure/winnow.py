"""Fingerprints of code by winnowing, and how much of a file stands in another.

The module compares sequences of tokens; whose they are and what follows it never knows.

References
----------
Schleimer, Wilkerson, Aiken: Winnowing, SIGMOD 2003, doi:10.1145/872757.872770.
"""

from __future__ import annotations

import keyword
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dokja.disclosure.tokens import Token

__all__ = ["SHAPE", "WORDING", "Mode", "Overlap", "Prints", "fingerprints", "overlap"]


@dataclass(frozen=True, slots=True)
class Mode:
    """How tokens are looked at, and how long a run has to be to show anything."""

    gram: int
    """Tokens of one fingerprint; anything shorter is never taken for a copy."""
    window: int
    """Fingerprints among which one is kept."""
    varied: int
    """Different tokens that a fingerprint needs: lists of texts or numbers are all alike."""
    folds: bool
    """Whether names count as names only, whatever they are."""


WORDING: Final = Mode(gram=20, window=12, varied=8, folds=False)
"""Names as they are, but for those of classes, which every copy renames."""
SHAPE: Final = Mode(gram=60, window=12, varied=6, folds=True)
"""Names folded: a copy in which everything was renamed; only long runs show anything."""


@dataclass(frozen=True, slots=True)
class Prints:
    """Fingerprints of one file, and where each begins."""

    values: NDArray[np.uint64]
    places: NDArray[np.int64]
    n_tokens: int
    mode: Mode


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much of a file stands in another."""

    share: float
    """Of the file's tokens."""
    n_tokens: int
    longest: tuple[int, int]
    """First and last token of the longest common run; equal where there is none."""


def fingerprints(tokens: Sequence[Token], mode: Mode = WORDING) -> Prints:
    """Take the fingerprints of a sequence.

    Parameters
    ----------
    tokens
        Tokens of a file.
    mode
        How they are looked at.

    Returns
    -------
    Prints
        Of every ``window`` neighbouring hashes of ``gram`` tokens the smallest, the last of equals.

    Notes
    -----
    Any run of at least ``gram + window - 1`` tokens that two sequences have in common gives them a
    common fingerprint, wherever it stands in each, if no ``gram`` neighbours of it have fewer than
    ``varied`` different tokens; nothing shorter than ``gram`` tokens ever does, but for a collision
    of 64-bit hashes. The cost is linear.
    """
    texts = [_folded(one.text, folds=mode.folds) for one in tokens]
    if len(texts) < mode.gram:
        empty = np.empty(0, dtype=np.int64)
        return Prints(np.empty(0, dtype=np.uint64), empty, len(texts), mode)
    hashes = _hashes(texts, mode.gram)
    kept = [at for at in _chosen(hashes, mode.window) if _is_varied(texts, at, mode)]
    places = np.array(kept, dtype=np.int64)
    return Prints(hashes[places], places, len(texts), mode)


def _folded(text: str, *, folds: bool) -> str:
    if not (text[:1].isalpha() or text[:1] == "_") or keyword.iskeyword(text):
        return text
    if folds:
        return "name"
    return "Class" if text[:1].isupper() else text


def _is_varied(texts: list[str], at: int, mode: Mode) -> bool:
    return len(set(texts[at : at + mode.gram])) >= mode.varied


def _hashes(texts: list[str], gram: int) -> NDArray[np.uint64]:
    """Hash every run of tokens: a polynomial over hashes of the single tokens."""
    each = {
        text: int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
        for text in set(texts)
    }
    single = np.array([each[text] for text in texts], dtype=np.uint64)
    total = np.zeros(len(texts) - gram + 1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for step in range(gram):
            total = total * np.uint64(0x9E3779B97F4A7C15) + single[step : step + len(total)]
            # Without a mix low bits would only ever see low bits.
            total ^= total >> np.uint64(29)
    return total


def _chosen(hashes: NDArray[np.uint64], window: int) -> NDArray[np.int64]:
    if len(hashes) <= window:
        return np.array([len(hashes) - 1 - int(np.argmin(hashes[::-1]))], dtype=np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(hashes, window)
    last = window - 1 - np.argmin(windows[:, ::-1], axis=1)
    return np.unique(np.arange(len(windows)) + last).astype(np.int64)


def overlap(prints: Prints, known: NDArray[np.uint64]) -> Overlap:
    """Tell how much of a file stands in a known one.

    Parameters
    ----------
    prints
        Of the file.
    known
        Fingerprints of the known file, taken in the same mode.

    Returns
    -------
    Overlap
        Tokens that lie under a common fingerprint, as a share of all.
    """
    found = np.isin(prints.values, known)
    covered = np.zeros(prints.n_tokens + 1, dtype=np.int64)
    for place in prints.places[found]:
        covered[place] += 1
        covered[min(place + prints.mode.gram, prints.n_tokens)] -= 1
    under = np.cumsum(covered[:-1]) > 0
    n_tokens = int(under.sum())
    share = n_tokens / prints.n_tokens if prints.n_tokens else 0.0
    return Overlap(share, n_tokens, _longest(under))


def _longest(under: NDArray[np.bool_]) -> tuple[int, int]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], under.astype(np.int8), [0]))))
    if not len(edges):
        return 0, 0
    starts, ends = edges[::2], edges[1::2]
    best = int(np.argmax(ends - starts))
    return int(starts[best]), int(ends[best]) - 1
