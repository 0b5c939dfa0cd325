from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from dokja.io.dtype import DType
from dokja.io.format import BUILTIN, Format, Layout
from dokja.testing import ConformanceError, SampleTensor, check_format

Write = Callable[[Sequence[SampleTensor]], bytes]


def _safetensors(tensors: Sequence[SampleTensor]) -> bytes:
    header: dict[str, Any] = {}
    reached = 0
    for tensor in tensors:
        stop = reached + len(tensor.content)
        shape = list(tensor.shape)
        entry = {"dtype": tensor.dtype.value, "shape": shape, "data_offsets": [reached, stop]}
        header[tensor.name] = entry
        reached = stop
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(t.content for t in tensors)


WRITERS: dict[str, Write] = {"safetensors": _safetensors}


@pytest.mark.parametrize("name", BUILTIN.names())
def test_format_keeps_the_laws(name: str) -> None:
    check_format(BUILTIN.get(name), WRITERS[name])


class _Format:
    """A good format with one method exchanged."""

    name = "safetensors"
    suffixes = (".safetensors",)

    def __init__(self, **changes: Any) -> None:
        self._good = BUILTIN.get("safetensors")
        vars(self).update(changes)

    def sniff(self, head: bytes) -> bool:
        return self._good.sniff(head)

    def index(self, source: Any, *, max_header_bytes: int) -> Layout:
        return self._good.index(source, max_header_bytes=max_header_bytes)


def _changed(change: Callable[[Layout], Layout]) -> Callable[..., Layout]:
    good: Format = BUILTIN.get("safetensors")

    def index(source: Any, *, max_header_bytes: int) -> Layout:
        return change(good.index(source, max_header_bytes=max_header_bytes))

    return index


def _reads_all(source: Any, *, max_header_bytes: int) -> Layout:
    source.read(0, source.size)
    return BUILTIN.get("safetensors").index(source, max_header_bytes=max_header_bytes)


def _raises_on_anything_odd(source: Any, *, max_header_bytes: int) -> Layout:
    try:
        return BUILTIN.get("safetensors").index(source, max_header_bytes=max_header_bytes)
    except Exception:  # noqa: BLE001  # the defect under test
        raise KeyError("data_offsets") from None


def _accepts_anything(source: Any, *, max_header_bytes: int) -> Layout:
    try:
        return BUILTIN.get("safetensors").index(source, max_header_bytes=max_header_bytes)
    except Exception:  # noqa: BLE001  # the defect under test
        return Layout((), {})


def _renamed(layout: Layout) -> Layout:
    first, *others = layout.records
    return Layout((replace(first, name="other"), *others), layout.metadata)


def _shifted(layout: Layout) -> Layout:
    *others, last = layout.records
    return Layout((*others, replace(last, start=last.start - 1, stop=last.stop - 1)), {})


@pytest.mark.parametrize(
    ("changes", "law"),
    [
        ({"name": "Safetensors"}, "small letters"),
        ({"suffixes": ("safetensors",)}, "suffixes"),
        ({"sniff": lambda _: False}, "recognises its own"),
        ({"sniff": lambda _: True}, "recognises no other"),
        ({"index": _changed(_renamed)}, "under its name"),
        ({"index": _changed(_shifted)}, "bytes of"),
        ({"index": _reads_all}, "not the tensors"),
        ({"index": _accepts_anything}, "is refused"),
        ({"index": _raises_on_anything_odd}, "not KeyError"),
    ],
)
def test_broken_format_is_named_with_its_law(changes: dict[str, Any], law: str) -> None:
    with pytest.raises(ConformanceError, match=law):
        check_format(_Format(**changes), _safetensors, dtypes=[DType.BF16, DType.I64])
