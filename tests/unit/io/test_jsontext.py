from __future__ import annotations

import pytest

from dokja.errors import MalformedCheckpointError
from dokja.io.jsontext import (
    Cursor,
    DuplicateKeyError,
    decode_text,
    has_surrogate,
    read_object,
    shorten,
)


def test_members_are_walked_with_the_cursor_at_each_value() -> None:
    cursor = Cursor(' { "a" : "x" , "b\\n":"\\u00e9" ,"":{"k" : [1]} } ', "u")
    found = {}
    for key in cursor.members():
        found[key] = cursor.flat_object() if key == "" else cursor.string()
    cursor.finish()
    assert found == {"a": "x", "b\n": "é", "": {"k": [1]}}


def test_empty_object_has_no_members() -> None:
    cursor = Cursor("{ }", "u")
    assert list(cursor.members()) == []
    cursor.finish()


@pytest.mark.parametrize(
    "text", ['{"a":{}}', "[]", '"a"', "7", '{"a":[[1]]}', '{"a":"' + "x" * 70_000 + '"}']
)
def test_what_is_not_flat_is_left_where_it_is(text: str) -> None:
    cursor = Cursor(text, "u")
    assert cursor.flat_object() is None
    assert cursor.position == 0


def test_duplicate_in_a_flat_object_leaves_the_cursor_behind_it() -> None:
    cursor = Cursor('{"a":1,"a":2},', "u")
    with pytest.raises(DuplicateKeyError, match="'a' stands twice"):
        cursor.flat_object()
    assert cursor.text[cursor.position :] == ","


def test_errors_say_where() -> None:
    with pytest.raises(MalformedCheckpointError, match="at character 1: a string") as caught:
        Cursor(" 7", "u").string()
    assert caught.value.uri == "u"
    with pytest.raises(MalformedCheckpointError, match="at its end"):
        Cursor("", "u").expect("{")


def test_objects_within_the_caps_are_read() -> None:
    assert read_object(b'{"a": [1, 2.5, null, true, "x"], "b": {}}', "u") == {
        "a": [1, 2.5, None, True, "x"],
        "b": {},
    }
    deep = b'{"a":' * 63 + b"[]" + b"}" * 63
    assert read_object(deep, "u")
    with pytest.raises(MalformedCheckpointError, match="more than 64 levels"):
        read_object(b'{"a":' + deep + b"}", "u")
    assert read_object(b'{"a":[[],[]]}', "u", max_containers=4)
    with pytest.raises(MalformedCheckpointError, match="more than 3 objects and lists"):
        read_object(b'{"a":[[],[]]}', "u", max_containers=3)


def test_pairs_of_surrogates_are_characters_and_halves_are_not() -> None:
    assert read_object(b'{"a": "\\ud83d\\ude00"}', "u") == {"a": "😀"}
    for text in (b'{"a": ["\\ud83d"]}', b'{"\\ude00": 1}', b'{"a": "\\uD83D \\uDE00"}'):
        with pytest.raises(MalformedCheckpointError, match="half a character"):
            read_object(text, "u")
    assert has_surrogate("\ud800")
    assert not has_surrogate("😀é")


def test_text_of_other_encodings_is_refused() -> None:
    assert decode_text("é".encode(), "u") == "é"
    with pytest.raises(MalformedCheckpointError, match="byte 1"):
        decode_text(b"a\xe9", "u")


def test_texts_for_messages_are_short_and_stay_on_their_line() -> None:
    assert shorten("plain") == "plain"
    assert shorten("x" * 121) == "x" * 119 + "…"
    assert shorten("a\nb\x1b\u202ec\ud800") == "a�b��c�"
