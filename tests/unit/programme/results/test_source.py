from __future__ import annotations

import os
from pathlib import Path

import pytest

from dokja.errors import ProgrammeError
from dokja.programme.results.source import NumberText, Source, parse_json


def test_numbers_of_json_stay_as_written() -> None:
    value = parse_json(b'{"a": 0.6120, "b": 1e400, "c": NaN, "d": "0.5"}', uri="x")
    assert value == {"a": "0.6120", "b": "1e400", "c": "NaN", "d": "0.5"}
    assert isinstance(value["a"], NumberText)
    assert not isinstance(value["d"], NumberText)


def test_an_integer_of_many_digits_is_not_computed() -> None:
    assert parse_json(b'{"a": ' + b"9" * 10_000 + b"}", uri="x")["a"] == "9" * 10_000


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"a": 1, "a": 2}', "'a' stands twice"),
        (b'{"x": {"a": 1, "a": 2}}', "'a' stands twice"),
        (b"{", "not JSON"),
        (b'{"a": \xff}', "not UTF-8"),
        (b"[" * 100_000, "levels deep|not JSON"),
        (b"[" * 70 + b"]" * 70, "64 levels deep"),
        (b"[" + b"[]," * 2_000_001 + b"[]]", "objects and lists"),
    ],
)
def test_broken_json_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(ProgrammeError, match=words):
        parse_json(data, uri="results.json")


def test_a_long_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    with path.open("wb") as stream:
        stream.write(b"{")
        stream.truncate(65 * 1024 * 1024)
    with pytest.raises(ProgrammeError, match="at most"):
        _ = Source(path).json


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProgrammeError, match="cannot be read"):
        Source(tmp_path / "nothing.json")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(ProgrammeError, match="neither a file nor a folder"):
        Source(pipe)
    with pytest.raises(ProgrammeError):
        Source(Path("a\0b"))
