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


def test_ids_are_numbers_of_rows_and_none_stands_twice() -> None:
    document = {
        "model": {"vocab": {"a": 0, "b": 1, "c": "2", "d": -1, "e": True, "f": 2**40, "g": 1}},
        "added_tokens": [{"id": 5, "content": "<s>"}, {"id": None, "content": "<t>"}],
    }
    tokenizer, _ = _tokenizer(document)
    assert dict(tokenizer.ids) == {"a": 0, "b": 1, "<s>": 5}
    assert tokenizer.tokens >= {"c", "d", "e", "f", "g", "<t>"}


def test_tokens_with_scores_are_numbered_by_place() -> None:
    document = {"model": {"vocab": [["a", -1.0], "odd", ["b", -2.0]]}}
    assert dict(_tokenizer(document)[0].ids) == {"a": 0, "b": 2}


def test_merges_are_read_in_both_spellings_and_in_order() -> None:
    document = {"model": {"vocab": {}, "merges": ["a b", ["b", "c"], "no", ["x"], [1, 2], 3]}}
    assert _tokenizer(document)[0].merges == (("a", "b"), ("b", "c"))
    assert _tokenizer({"model": {"vocab": {}}})[0].merges == ()


def test_a_check_reads_the_file_and_refuses_a_broken_one() -> None:
    tokenizer, calls = _tokenizer({"model": {"vocab": {"a": 0}}})
    tokenizer.check()
    assert calls == [1]
    with pytest.raises(MalformedCheckpointError):
        _tokenizer(b"{")[0].check()
