"""The vocabulary beside a checkpoint, as ``tokenizer.json`` gives it.

The module knows which tokens there are, never how a text is cut into them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from dokja.errors import MalformedCheckpointError
from dokja.io.jsontext import read_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["TokenizerInfo"]

_MAX_CONTAINERS = 8_000_000


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
        return self._read[0]

    @property
    def tokens(self) -> frozenset[str]:
        """Every token: those of the model's vocabulary and those that were added."""
        return self._read[1]

    @property
    def n_tokens(self) -> int:
        """Number of different tokens."""
        return len(self.tokens)

    @cached_property
    def _read(self) -> tuple[str, frozenset[str]]:
        raw = self.load()
        document = read_object(raw, self.uri, max_containers=_MAX_CONTAINERS)
        tokens = frozenset(_vocabulary(document, self.uri)) | frozenset(_added(document))
        return f"blake3:{blake3(raw).hexdigest()}", tokens


def _vocabulary(document: dict[str, Any], uri: str) -> Iterator[str]:
    model = document.get("model")
    vocabulary = model.get("vocab") if isinstance(model, dict) else None
    # BPE, WordPiece and WordLevel map tokens to numbers; Unigram lists pairs of token and score.
    if isinstance(vocabulary, dict):
        yield from vocabulary
    elif isinstance(vocabulary, list):
        for entry in vocabulary:
            if isinstance(entry, list) and entry and isinstance(entry[0], str):
                yield entry[0]
    else:
        raise MalformedCheckpointError(
            "the tokenizer has no vocabulary",
            hint="fetch tokenizer.json again, or take it away to go without",
            uri=uri,
            context="model.vocab",
        )


def _added(document: dict[str, Any]) -> Iterator[str]:
    added = document.get("added_tokens")
    for entry in added if isinstance(added, list) else ():
        content = entry.get("content") if isinstance(entry, dict) else None
        if isinstance(content, str):
            yield content
