from __future__ import annotations

import json
from typing import Any

import pytest
from blake3 import blake3

from dokja.errors import MalformedCheckpointError
from dokja.io.tokenizer import TokenizerInfo


def _tokenizer(document: Any) -> tuple[TokenizerInfo, list[int]]:
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    calls: list[int] = []

    def load() -> bytes:
        calls.append(1)
        return raw

    return TokenizerInfo("m/tokenizer.json", len(raw), load), calls


@pytest.mark.parametrize(
    "vocabulary",
    [{"a": 0, "한국": 1}, [["a", -1.5], ["한국", -2.0]]],
    ids=["by number", "by score"],
)
def test_tokens_of_every_kind_of_model(vocabulary: Any) -> None:
    added = [{"id": 2, "content": "<s>"}, {"id": 0, "content": "a"}, {"id": 3}, "odd"]
    document = {"model": {"vocab": vocabulary}, "added_tokens": added}
    tokenizer, _ = _tokenizer(document)
    assert tokenizer.tokens == {"a", "한국", "<s>"}
    assert tokenizer.n_tokens == 3


def test_file_is_read_once_and_only_when_asked_about() -> None:
    tokenizer, calls = _tokenizer({"model": {"vocab": {"a": 0}}})
    assert tokenizer.size > 0
    assert repr(tokenizer)
    assert calls == []
    raw = json.dumps({"model": {"vocab": {"a": 0}}}).encode()
    assert tokenizer.digest == f"blake3:{blake3(raw).hexdigest()}"
    assert tokenizer.tokens == {"a"}
    assert tokenizer.n_tokens == 1
    assert len(calls) == 1


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"model": 3},
        {"model": {}},
        {"model": {"vocab": 7}},
        b"[]",
        b"{",
        b"\xff",
        b'{"model": {"vocab": {"a": 0, "a": 1}}}',
    ],
)
def test_broken_tokenizer_is_refused(document: Any) -> None:
    tokenizer, _ = _tokenizer(document)
    with pytest.raises(MalformedCheckpointError) as caught:
        tokenizer.digest  # noqa: B018
    assert caught.value.uri == "m/tokenizer.json"
    assert caught.value.hint


def test_odd_entries_are_no_tokens() -> None:
    document = {"model": {"vocab": [["a", 0], [], [3, 0], "b"]}, "added_tokens": {"x": 1}}
    assert _tokenizer(document)[0].tokens == {"a"}
