"""A byte-pair tokenizer small enough to read, written as an ordinary ``tokenizer.json``.

Knows bytes and pairs; refuses to know where the text comes from.
"""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

PATTERN = r" ?[A-Za-z]+| ?[0-9]| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+"
_SPECIAL = "<|endoftext|>"
# Common readers have no defaults for these.
_ADDED = {
    **dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False),
    "special": True,
}
_BYTES = {"add_prefix_space": False, "trim_offsets": False, "use_regex": False}


def _byte_letters() -> list[str]:
    """Printable stand-ins for the 256 bytes, as byte-level tokenizers write them."""
    kept = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters: dict[int, str] = {value: chr(value) for value in kept}
    for value in range(256):
        if value not in letters:
            letters[value] = chr(256 + len(letters) - len(kept))
    return [letters[value] for value in range(256)]


_LETTERS = _byte_letters()


@dataclass(slots=True)
class Tokenizer:
    """Merges in order; token 0 is the end of text, then come the bytes, then the merges."""

    merges: list[tuple[int, int]]
    _cache: dict[str, list[int]] = field(default_factory=dict)

    @property
    def n_tokens(self) -> int:
        """Size of the vocabulary."""
        return 257 + len(self.merges)

    def encode(self, text: str) -> NDArray[np.int64]:
        """Token ids of a text."""
        ranks = {pair: rank for rank, pair in enumerate(self.merges)}
        out: list[int] = []
        for word in re.findall(PATTERN, text):
            ids = self._cache.get(word)
            if ids is None:
                ids = self._cache[word] = _encode_word(word, ranks)
            out.extend(ids)
        return np.asarray(out, dtype=np.int64)

    def spellings(self) -> list[str]:
        """Token strings by id, in the letters of a byte-level vocabulary."""
        spelled = [_SPECIAL, *_LETTERS]
        for left, right in self.merges:
            spelled.append(spelled[left] + spelled[right])
        return spelled

    def write(self, path: Path) -> None:
        """Write ``tokenizer.json`` as common readers expect it."""
        spelled = self.spellings()
        document = {
            "version": "1.0",
            "added_tokens": [{"id": 0, "content": _SPECIAL, **_ADDED}],
            "pre_tokenizer": {
                "type": "Sequence",
                "pretokenizers": [
                    {
                        "type": "Split",
                        "pattern": {"Regex": PATTERN},
                        "behavior": "Isolated",
                        "invert": False,
                    },
                    {"type": "ByteLevel", **_BYTES},
                ],
            },
            "decoder": {"type": "ByteLevel", **_BYTES},
            "model": {
                "type": "BPE",
                "vocab": {token: i for i, token in enumerate(spelled)},
                "merges": [[spelled[a], spelled[b]] for a, b in self.merges],
            },
        }
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        path.write_text(text + "\n", encoding="utf-8")


def train(text: str, n_tokens: int) -> Tokenizer:
    """Merge the most frequent pair until the vocabulary has `n_tokens` entries."""
    counted = Counter(re.findall(PATTERN, text))
    words = [([value + 1 for value in word.encode()], n) for word, n in sorted(counted.items())]
    pairs: Counter[tuple[int, int]] = Counter()
    where: dict[tuple[int, int], set[int]] = defaultdict(set)
    for index, (ids, n) in enumerate(words):
        for pair in itertools.pairwise(ids):
            pairs[pair] += n
            where[pair].add(index)
    merges: list[tuple[int, int]] = []
    while 257 + len(merges) < n_tokens:
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        new = 257 + len(merges)
        merges.append(best)
        for index in sorted(where.pop(best)):
            ids, n = words[index]
            for pair in itertools.pairwise(ids):
                pairs[pair] -= n
            ids[:] = _merged(ids, best, new)
            for pair in itertools.pairwise(ids):
                pairs[pair] += n
                where[pair].add(index)
        del pairs[best]
    return Tokenizer(merges)


def _merged(ids: list[int], pair: tuple[int, int], new: int) -> list[int]:
    out: list[int] = []
    position = 0
    while position < len(ids):
        if tuple(ids[position : position + 2]) == pair:
            out.append(new)
            position += 2
        else:
            out.append(ids[position])
            position += 1
    return out


def _encode_word(word: str, ranks: dict[tuple[int, int], int]) -> list[int]:
    ids = [value + 1 for value in word.encode()]
    while len(ids) > 1:
        best = min(itertools.pairwise(ids), key=lambda pair: ranks.get(pair, 1 << 30))
        if best not in ranks:
            break
        ids = _merged(ids, best, 257 + ranks[best])
    return ids
