"""The vocabulary beside a checkpoint, as ``tokenizer.json`` gives it.

The module knows which tokens there are, their numbers and the order of the merges, never how a text
is cut into tokens.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from dokja.errors import MalformedCheckpointError
from dokja.io.jsontext import read_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["TokenizerInfo"]

_MAX_CONTAINERS = 8_000_000
_MAX_ID = 2**31

Merge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Content:
    digest: str
    tokens: frozenset[str]
    ids: Mapping[str, int]
    merges: tuple[Merge, ...]


@dataclass(frozen=True)
class TokenizerInfo:
    """A tokenizer file, read when first asked about.

    Parameters
    ----------
    uri
        Address of ``tokenizer.json``.
    size
        Its length in bytes.
    load
        Reads the whole file.
    """

    uri: str
    size: int
    load: Callable[[], bytes] = field(repr=False, compare=False)

    @property
    def digest(self) -> str:
        """Digest of the file's bytes, such as ``blake3:9f…``."""
        return self._read.digest

    @property
    def tokens(self) -> frozenset[str]:
        """Every token: those of the model's vocabulary and those that were added."""
        return self._read.tokens

    @property
    def n_tokens(self) -> int:
        """Number of different tokens."""
        return len(self.tokens)

    @property
    def ids(self) -> Mapping[str, int]:
        """Number of each token that has one; no number stands twice."""
        return self._read.ids

    @property
    def merges(self) -> tuple[Merge, ...]:
        """Pairs that are joined, in the order of their ranks; empty for other kinds of model."""
        return self._read.merges

    def check(self) -> None:
        """Read the file now, so that a broken one is refused before anything large is read.

        Raises
        ------
        MalformedCheckpointError
            If it is no tokenizer.
        SourceError
            If it cannot be read.
        """
        _ = self._read

    @cached_property
    def _read(self) -> _Content:
        raw = self.load()
        document = read_object(raw, self.uri, max_containers=_MAX_CONTAINERS)
        # Added tokens last: where both name a token, readers take the number of the added one.
        entries = [*_vocabulary(document, self.uri), *_added(document)]
        ids = {token: number for token, number in entries if _is_id(number)}
        return _Content(
            f"blake3:{blake3(raw).hexdigest()}",
            frozenset(token for token, _ in entries),
            _without_doubles(ids),
            tuple(_merges(document)),
        )


def _vocabulary(document: dict[str, Any], uri: str) -> Iterator[tuple[str, Any]]:
    model = document.get("model")
    vocabulary = model.get("vocab") if isinstance(model, dict) else None
    # BPE, WordPiece and WordLevel map tokens to numbers; Unigram lists pairs of token and score.
    if isinstance(vocabulary, dict):
        yield from vocabulary.items()
    elif isinstance(vocabulary, list):
        for place, entry in enumerate(vocabulary):
            if isinstance(entry, list) and entry and isinstance(entry[0], str):
                yield entry[0], place
    else:
        raise MalformedCheckpointError(
            "the tokenizer has no vocabulary",
            hint="fetch tokenizer.json again, or take it away to go without",
            uri=uri,
            context="model.vocab",
        )


def _added(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    added = document.get("added_tokens")
    for entry in added if isinstance(added, list) else ():
        content = entry.get("content") if isinstance(entry, dict) else None
        if isinstance(content, str):
            yield content, entry.get("id")


def _merges(document: dict[str, Any]) -> Iterator[Merge]:
    merges = document["model"].get("merges")
    for entry in merges if isinstance(merges, list) else ():
        # Older files join the two parts by a space, which no part then holds.
        parts = entry.split(" ") if isinstance(entry, str) else entry
        if isinstance(parts, list) and len(parts) == 2:
            left, right = parts
            if isinstance(left, str) and isinstance(right, str):
                yield left, right


def _is_id(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number < _MAX_ID


def _without_doubles(ids: dict[str, int]) -> Mapping[str, int]:
    """Keep the first of several tokens of one number, as only one of them can own the row."""
    owners: dict[int, str] = {}
    for token, number in ids.items():
        owners.setdefault(number, token)
    return {token: number for number, token in owners.items()}
