from __future__ import annotations

import contextlib
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dokja.document.yamltext import MAX_YAML_BYTES, MAX_YAML_DEPTH, load_yaml, place
from dokja.errors import MissingDependencyError, ProgrammeError


def test_numbers_are_what_was_written() -> None:
    read = load_yaml(b"a: 9.20\nb: 7\nc: '7'\nd: -0.5\n", uri="r.yaml")
    assert read == {"a": Decimal("9.20"), "b": 7, "c": "7", "d": Decimal("-0.5")}
    assert str(read["a"]) == "9.20"


def test_no_value_is_ever_a_float_or_a_date() -> None:
    text = "NO, 12:30:45, 010, 1e5, .nan, .inf, 2026-01-15, 0x1F, 1_000, yes, +1, 1., .5"
    words = text.split(", ")
    read = load_yaml(f"a: [{', '.join(words)}]".encode(), uri="r.yaml")
    assert read["a"] == words


def test_words_that_are_not_text() -> None:
    read = load_yaml(b"a: true\nb: false\nc: null\nd: ~\ne:\nf: 'true'\n", uri="r.yaml")
    assert read == {"a": True, "b": False, "c": None, "d": None, "e": None, "f": "true"}


def test_places_name_the_id_and_the_line() -> None:
    read = load_yaml(b"items:\n  - id: nia\n    max: 3\n  - max: 4\n", uri="r.yaml")
    assert place(read, ("items", 0, "max")) == "items.nia.max (line 3)"
    assert place(read, ("items", 1, "max")) == "items.1.max (line 4)"
    assert place(read, ("items", 0, "block")) == "items.nia.block (line 2)"
    assert place(read, ()) == "the file (line 1)"
    assert place({}, ("a",)) == "a"


def test_every_forbidden_thing_is_named_with_its_line() -> None:
    text = b"a: &x 1\nb: *x\na: 2\nc: !!python/object 3\n<<: 1\nd:\n  e: 1\n  e: 2\n"
    with pytest.raises(ProgrammeError) as raised:
        load_yaml(text, uri="r.yaml")
    for words in (
        "line 1: the anchor &x",
        "line 2: the alias *x",
        "line 3: the key 'a' stands twice",
        "line 4: the tag",
        "line 5: merge keys",
        "line 8: the key 'd.e' stands twice",
    ):
        assert words in str(raised.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "the file is empty"),
        (b"# nothing\n", "the file is empty"),
        (b"- 1\n", "no mapping"),
        (b"a: [1", "line 1"),
        (b"a: 1\n---\nb: 2\n", "second document"),
        (b"%YAML 1.1\n---\na: 1\n", "directives"),
        (b"? [1]\n: 2\n", "a key must be text"),
        (b"a: \x00b", "not YAML"),
        (b"\xff\xfea", "not UTF-8"),
        (b"a: " + b"[" * 3000, "nested deeper"),
        (b"a: " + b"x" * MAX_YAML_BYTES, "at most"),
    ],
)
def test_what_is_not_read_says_why(text: bytes, words: str) -> None:
    with pytest.raises(ProgrammeError, match=words) as raised:
        load_yaml(text, uri="r.yaml")
    assert raised.value.uri == "r.yaml"


def test_depth_is_counted_exactly() -> None:
    nested = "[" * (MAX_YAML_DEPTH - 1) + "]" * (MAX_YAML_DEPTH - 1)
    assert load_yaml(f"a: {nested}".encode(), uri="r.yaml")
    with pytest.raises(ProgrammeError, match="nested deeper"):
        load_yaml(f"a: [{nested}]".encode(), uri="r.yaml")


def test_too_many_values_are_refused() -> None:
    with pytest.raises(ProgrammeError, match="values"):
        load_yaml(b"a: [" + b"1," * 200_001 + b"]", uri="r.yaml")


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ruamel.yaml", None)
    with pytest.raises(MissingDependencyError) as raised:
        load_yaml(b"a: 1", uri="r.yaml")
    assert "dokja[programme]" in raised.value.hint


def test_an_alias_as_a_key_is_refused() -> None:
    with pytest.raises(ProgrammeError, match="key must be text"):
        load_yaml(b"? *1", uri="r.yaml")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(ProgrammeError):
        load_yaml(data, uri="r.yaml")


@given(st.text(alphabet=" \n:-[]{}&*!|>'\"%@`#,?ab1.", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ProgrammeError):
        load_yaml(text.encode(), uri="r.yaml")


def test_one_defect_in_many_lines_is_told_once() -> None:
    text = b"a: &x 1\n" + b"".join(b"k%d: *x\n" % k for k in range(20))
    with pytest.raises(ProgrammeError) as raised:
        load_yaml(text, uri="r.yaml")
    assert "lines 2, 3, 4, 5, 6 and 15 more: the alias *x" in str(raised.value)
    assert str(raised.value).count("alias") == 1
