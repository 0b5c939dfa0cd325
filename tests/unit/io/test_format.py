from __future__ import annotations

import numpy as np

from dokja.io.format import BUILTIN, Format, recognise
from dokja.io.safetensors import FORMAT
from tests.support.writers import safetensors_bytes


def test_every_format_keeps_to_the_protocol() -> None:
    assert BUILTIN.names() == ("safetensors",)
    for form in BUILTIN.load_all():
        assert isinstance(form, Format)
        assert form is BUILTIN.get(form.name)


def test_safetensors_knows_its_own() -> None:
    content = safetensors_bytes({"a": np.ones(3)})
    assert FORMAT.sniff(content)
    assert FORMAT.sniff(content[:9])
    assert not FORMAT.sniff(content[:8])
    assert not FORMAT.sniff(b"")
    assert not FORMAT.sniff(b"\xff" * 8 + b"{")


def test_what_looks_like_nothing_is_not_recognised() -> None:
    assert recognise(b"") is None
    assert recognise(b"\xa5" * 100) is None
    assert recognise(b"{no json") is None
    assert recognise(b"\x80\x02\x00\x00\x00\x00\x00\x00") is None
    assert recognise(b"<!DOCTYPE html>") == (
        "a web page",
        "check the address it was downloaded from",
    )
