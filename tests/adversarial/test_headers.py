"""Safetensors files that break one rule each; every one gets its own words."""

from __future__ import annotations

import struct
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from dokja.errors import (
    FormatError,
    MalformedCheckpointError,
    TruncatedSourceError,
    UnknownFormatError,
    UnsupportedDTypeError,
)
from dokja.io.checkpoint import open_checkpoint
from tests.support.writers import join, safetensors_bytes, write_sparse

if TYPE_CHECKING:
    from pathlib import Path


def _tensor(shape: Any = (2,), span: Any = (0, 8), dtype: Any = "F32", **more: Any) -> dict:
    return {"dtype": dtype, "shape": shape, "data_offsets": span, **more}


def _header(**tensors: Any) -> dict[str, Any]:
    return tensors


EIGHT = bytes(8)

MALFORMED: dict[str, tuple[bytes, str, str]] = {
    # name: file, message, context
    "seven bytes": (b"\x10" + bytes(6), "has 7 bytes, too few even for the length", "header"),
    "header longer than the file": (
        join({"w": _tensor()}, length=10_000),
        "said to have 10000 bytes, but only",
        "header",
    ),
    "header of 2**63 bytes": (
        join({}, length=2**63),
        "said to have 9223372036854775808 bytes",
        "header",
    ),
    "header of 2**64 - 1 bytes": (join({}, length=2**64 - 1), "but only 2 follow", "header"),
    "header of one byte": (join("{", b"}"), "to have 1 bytes, too few for any JSON", "header"),
    "not an object": (join("[]"), "does not begin with '{' but with '\\[\\]'", "header"),
    "space before the object": (join("  {}"), "does not begin with", "header"),
    "binary header": (join(b"\x00\x01\x02\x03"), "does not begin with", "header"),
    "not UTF-8": (join(b'{"\xff": 1}'), "not UTF-8 \\(byte 2 of it\\)", "header"),
    "unfinished": (join('{"w": '), "broken at its end: the tensor", "header"),
    "unfinished name": (join('{"w'), "broken at character 1: a string does not end", "header"),
    "no colon": (join('{"w" 1}'), "broken at character 5: ':' was expected", "header"),
    "no comma": (
        join('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]} "b":1}'),
        "',' was expected",
        "header",
    ),
    "name without quotes": (join("{w: 1}"), "a name in double quotes was expected", "header"),
    "comma before the end": (join('{"__metadata__":{},}'), "a name in double quotes", "header"),
    "text after the object": (join("{} x"), "something follows after the end", "header"),
    "zero bytes after the object": (
        join(b"{}\x00\x00"),
        "something follows after the end",
        "header",
    ),
    "two objects": (join("{}{}"), "something follows after the end", "header"),
    "broken entry": (join('{"w": {"dtype": }}'), "this is not JSON", "header"),
    "entry is a list": (join('{"w": []}'), "is not described by dtype, shape", "header"),
    "entry is a number": (join('{"w": 3}'), "is not described by dtype, shape", "header"),
    "entry holds an object": (join('{"w": {"shape": {}}}'), "is not described", "header"),
    "lone surrogate": (join('{"\\ud800": {}}'), "half a character", "header"),
    "line break in a name": (
        join('{"a\nb": {}}'),
        "does not end or holds what it may not",
        "header",
    ),
    "name twice": (
        join(
            '{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},'
            '"w":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
            b"ab",
        ),
        "the name is given twice",
        'tensors["w"]',
    ),
    "key twice": (
        join('{"w":{"dtype":"U8","dtype":"I8","shape":[0],"data_offsets":[0,0]}}'),
        "the key 'dtype' stands twice",
        'tensors["w"]',
    ),
    "metadata twice": (
        join('{"__metadata__":{},"__metadata__":{}}'),
        "given twice",
        'tensors["__metadata__"]',
    ),
    "metadata key twice": (
        join('{"__metadata__":{"a":"b","a":"c"}}'),
        "the key is given twice",
        '__metadata__["a"]',
    ),
    "metadata of numbers": (join('{"__metadata__":{"a":1}}'), "a string as value in", "header"),
    "metadata of objects": (join('{"__metadata__":{"a":{}}}'), "a string as value in", "header"),
    "metadata is a string": (join('{"__metadata__":"a"}'), "'{' was expected", "header"),
    "metadata is null": (join('{"__metadata__":null}'), "'{' was expected", "header"),
    "no dtype": (
        join({"w": {"shape": [2], "data_offsets": [0, 8]}}, EIGHT),
        "dtype missing",
        'tensors["w"]',
    ),
    "nothing at all": (
        join({"w": {}}),
        "dtype and shape and data_offsets missing",
        'tensors["w"]',
    ),
    "dtype is a number": (join({"w": _tensor(dtype=4)}, EIGHT), "is not a string", ".dtype"),
    "shape is a number": (join({"w": _tensor(2)}, EIGHT), "not a list of whole", ".shape"),
    "shape of floats": (join({"w": _tensor([2.0])}, EIGHT), "not a list of whole", ".shape"),
    "shape of truths": (join({"w": _tensor([True])}, EIGHT), "not a list of whole", ".shape"),
    "shape of strings": (join({"w": _tensor(["2"])}, EIGHT), "not a list of whole", ".shape"),
    "shape of lists": (join({"w": _tensor([[2]])}, EIGHT), "is not described by", "header"),
    "shape below zero": (join({"w": _tensor([-2])}, EIGHT), "not a list of whole", ".shape"),
    "shape is null": (join({"w": _tensor(None)}, EIGHT), "not a list of whole", ".shape"),
    "shape of NaN": (
        join('{"w":{"dtype":"U8","shape":[NaN],"data_offsets":[0,0]}}'),
        "not a list of whole",
        ".shape",
    ),
    "shape of 2**63": (join({"w": _tensor([2**63])}, EIGHT), "more elements than", ".shape"),
    "shape of 2**64": (join({"w": _tensor([2**64])}, EIGHT), "more elements than", ".shape"),
    "shape that overflows": (
        join({"w": _tensor([2**32, 2**32, 2**32])}, EIGHT),
        "more elements than can exist",
        ".shape",
    ),
    "shape that wraps to the right length": (
        join({"w": _tensor([2**62, 4, 2], (0, 0))}),
        "more elements than can exist",
        ".shape",
    ),
    "absurd shape behind an empty axis": (
        join({"w": _tensor([0, 2**62, 2**62], (0, 0))}),
        "more elements than can exist",
        ".shape",
    ),
    "number of 5,000 digits": (
        join('{"w":{"dtype":"U8","shape":[' + "9" * 5000 + '],"data_offsets":[0,0]}}'),
        "this is not JSON",
        "header",
    ),
    "65 axes": (join({"w": _tensor([1] * 65, (0, 4))}, EIGHT), "has 65 axes", ".shape"),
    "three offsets": (join({"w": _tensor(span=[0, 4, 8])}, EIGHT), "not two whole", "_offsets"),
    "offsets of floats": (join({"w": _tensor(span=[0, 8.0])}, EIGHT), "not two whole", "_offsets"),
    "offset below zero": (join({"w": _tensor(span=[-8, 0])}, EIGHT), "not two whole", "_offsets"),
    "span backwards": (join({"w": _tensor(span=[8, 0])}, EIGHT), "ends before it", "_offsets"),
    "span beyond any file": (
        join({"w": _tensor(span=[2**63, 2**63 + 8])}, EIGHT),
        "lies beyond any file",
        "_offsets",
    ),
    "span out of range": (
        join({"w": _tensor(span=[1000, 1008])}, EIGHT),
        "out of range: only 8 bytes follow the header",
        "_offsets",
    ),
    "wrong length for shape": (
        join({"w": _tensor([3])}, EIGHT),
        "has 8 bytes, but shape \\[3\\] of F32 takes 12",
        "_offsets",
    ),
    "scalar with too many bytes": (join({"w": _tensor([])}, EIGHT), "takes 4", "_offsets"),
    "overlap": (
        join({"a": _tensor(), "b": _tensor(span=[4, 12])}, bytes(12)),
        'the span 4 to 12 overlaps that of "a" \\(0 to 8\\)',
        'tensors["b"].data_offsets',
    ),
    "same span twice": (
        join({"a": _tensor(), "b": _tensor()}, EIGHT),
        "overlaps that of",
        "_offsets",
    ),
    "span within a span": (
        join({"a": _tensor([4], (0, 16)), "b": _tensor([1], (4, 8))}, bytes(16)),
        'overlaps that of "a"',
        'tensors["b"]',
    ),
    "empty tensor within a span": (
        join({"a": _tensor([4], (0, 16)), "b": _tensor([0], (4, 4))}, bytes(16)),
        'overlaps that of "a"',
        'tensors["b"]',
    ),
    "gap at the beginning": (
        join({"w": _tensor(span=[8, 16])}, bytes(16)),
        "leaves a gap: the 8 bytes before it",
        "_offsets",
    ),
    "gap in the middle": (
        join({"a": _tensor(), "b": _tensor(span=[12, 20])}, bytes(20)),
        "leaves a gap: the 4 bytes before it",
        'tensors["b"]',
    ),
    "bytes after the last tensor": (
        join({"w": _tensor()}, bytes(11)),
        "the last 3 bytes of the file belong to no tensor",
        "header",
    ),
    "bytes without any tensor": (join("{}", b"abc"), "the last 3 bytes", "header"),
}
DEEP = {
    "deep lists": join('{"w":{"shape":' + "[" * 60_000 + "]" * 60_000 + "}}"),
    "deep lists with spaces": join('{"w":{"shape":' + "[ " * 20_000 + "] " * 20_000 + "}}"),
    "deep objects": join('{"w":' * 50_000 + "1" + "}" * 50_000),
    "huge entry": join('{"w":{"shape":[' + "1," * 100_000 + '1],"dtype":"U8"}}'),
}


def _write(tmp_path: Path, content: bytes) -> str:
    file = tmp_path / "model.safetensors"
    file.write_bytes(content)
    return str(file)


@pytest.mark.parametrize("name", MALFORMED)
def test_broken_file_is_refused_in_its_own_words(name: str, tmp_path: Path) -> None:
    content, message, context = MALFORMED[name]
    path = _write(tmp_path, content)
    with pytest.raises(MalformedCheckpointError, match=message) as caught:
        open_checkpoint(path)
    error = caught.value
    assert error.uri == path
    assert error.hint
    assert context in (error.context or "")
    assert len(str(error)) < 1000
    assert "\n" not in str(error)


@pytest.mark.parametrize("name", DEEP)
def test_deep_and_huge_entries_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(MalformedCheckpointError) as caught:
        open_checkpoint(_write(tmp_path, DEEP[name]))
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("n_lost", [1, 8, 39, 40])
def test_file_cut_short_within_its_tensors(n_lost: int, tmp_path: Path) -> None:
    header = {"a": _tensor([4], (0, 16)), "b": _tensor([6], (16, 40))}
    path = _write(tmp_path, join(header, bytes(40 - n_lost)))
    with pytest.raises(TruncatedSourceError, match=f"cut short: {n_lost} bytes") as caught:
        open_checkpoint(path)
    assert caught.value.hint == "fetch the file again"


def test_file_cut_short_anywhere_is_refused(tmp_path: Path) -> None:
    import numpy as np

    whole = safetensors_bytes({"a": np.ones(5, np.float32), "b": np.ones((2, 2), np.int8)})
    for length in range(len(whole)):
        with pytest.raises((FormatError, TruncatedSourceError)):
            open_checkpoint(_write(tmp_path, whole[:length]))


def test_header_beyond_the_cap_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    n_bytes = 101 * 1024 * 1024
    with file.open("wb") as opened:
        opened.write(struct.pack("<Q", n_bytes) + b"{")
        opened.truncate(n_bytes + 8)
    tracemalloc.start()
    with pytest.raises(MalformedCheckpointError, match="more than the cap of 104857600") as caught:
        open_checkpoint(str(file))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000
    assert "raise the cap" in caught.value.hint


def test_cap_of_the_header_is_the_callers(tmp_path: Path) -> None:
    path = _write(tmp_path, join({"w": _tensor()}, EIGHT))
    with pytest.raises(MalformedCheckpointError, match=r"more than the cap of 10$"):
        open_checkpoint(path, max_header_bytes=10)
    with open_checkpoint(path, max_header_bytes=1000) as checkpoint:
        assert list(checkpoint.records) == ["w"]


@pytest.mark.parametrize(
    "dtype", ["F4", "F6_E2M3", "F6_E3M2", "C64", "F128", "f32", "", "F32 ", "\u202e", "\ud800"]
)
def test_unknown_number_format_names_its_tensor(dtype: str, tmp_path: Path) -> None:
    path = _write(tmp_path, join({"model.w": _tensor(dtype=dtype)}, EIGHT))
    with pytest.raises(
        UnsupportedDTypeError, match=r"is not supported \(known: F64, F32"
    ) as caught:
        open_checkpoint(path)
    assert caught.value.context == 'tensors["model.w"].dtype'
    assert caught.value.hint
    str(caught.value).encode()


def test_all_defects_are_told_at_once(tmp_path: Path) -> None:
    header = {
        "short": _tensor([3], (0, 8)),
        "odd": _tensor(dtype="F4"),
        "huge": _tensor([2**63]),
        "fine": _tensor(span=(8, 16)),
        "bare": {},
    }
    with pytest.raises(
        MalformedCheckpointError, match=r"^[^\n]*: 4 defects in the header:"
    ) as caught:
        open_checkpoint(_write(tmp_path, join(header, bytes(16))))
    lines = caught.value.message.splitlines()[1:]
    assert [line.split(": ")[0] for line in lines] == [
        '  - tensors["short"].data_offsets',
        '  - tensors["odd"].dtype',
        '  - tensors["huge"].shape',
        '  - tensors["bare"]',
    ]


def test_many_defects_are_counted_but_not_all_shown(tmp_path: Path) -> None:
    header = {f"w{i}": _tensor(dtype="F4") for i in range(1000)}
    with pytest.raises(UnsupportedDTypeError, match="1000 defects in the header") as caught:
        open_checkpoint(_write(tmp_path, join(header, EIGHT)))
    assert caught.value.message.splitlines()[-1] == "  - and 980 more"
    assert len(caught.value.message) < 10_000


def test_number_of_tensors_is_capped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dokja.io.safetensors._MAX_TENSORS", 3)
    header = {f"w{i}": _tensor([0], (0, 0)) for i in range(4)}
    with pytest.raises(MalformedCheckpointError, match="more than 3 tensors"):
        open_checkpoint(_write(tmp_path, join(header)))
    del header["w3"]
    open_checkpoint(_write(tmp_path, join(header))).close()


def test_names_in_messages_are_short_and_harmless(tmp_path: Path) -> None:
    name = "\x1b[2J\u202e" + "n" * 5000
    with pytest.raises(MalformedCheckpointError) as caught:
        open_checkpoint(_write(tmp_path, join({name: {}})))
    assert len(str(caught.value)) < 600
    assert "\x1b" not in str(caught.value)
    assert "\u202e" not in str(caught.value)


def test_hostile_header_takes_little_memory(tmp_path: Path) -> None:
    """What a header may cost is bounded by a small multiple of its own length."""
    hostile = {
        "lists": '{"w":' + "[" * 60_000,
        "objects": '{"w":{' * 100_000,
        "empty lists": '{"w":{"shape":[' + "[]," * 100_000 + "[]]}}",
        "numbers": '{"w":{"shape":[' + "0," * 150_000 + "0]}}",
        "floats": '{"w":{"shape":[' + "1.5," * 160_000 + "0]}}",
        "metadata": '{"__metadata__":{' + '"aa":"bb",' * 60_000 + "}}",
        "spaces": "{" + " " * 60_000,
        "entries": "{" + '"a":{},' * 80_000 + "}",
    }
    for name, header in hostile.items():
        path = _write(tmp_path, join(header))
        tracemalloc.start()
        with pytest.raises(MalformedCheckpointError):
            open_checkpoint(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 6 * len(header) + 1_000_000, name


def test_opening_eight_gigabytes_reads_the_header_alone(tmp_path: Path) -> None:
    file = write_sparse(tmp_path / "model.safetensors", 8 * 2**30, "BOOL")
    tracemalloc.start()
    with open_checkpoint(str(file)) as checkpoint:
        assert checkpoint.bytes_read < 2000
        assert checkpoint.n_bytes == 8 * 2**30
        buffer = bytearray(3)
        checkpoint.read_into(checkpoint.records["big"], 8 * 2**30 - 3, memoryview(buffer))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


OTHERS = {
    "GGUF": b"GGUF\x03\x00\x00\x00" + bytes(100),
    "PNG picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "JPEG picture": b"\xff\xd8\xff\xe0" + bytes(100),
    "Python pickle": b"\x80\x02}q\x00(X\x01\x00\x00\x00aq\x01K\x01u." + bytes(100),
    "pickle, as older": b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00}" + bytes(100),
    "zip archive": b"PK\x03\x04\x00\x00\x08\x08" + bytes(100),
    "NumPy .npy": b"\x93NUMPY\x01\x00v\x00{'descr'" + bytes(100),
    "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(100),
    "TensorFlow Lite": b"\x1c\x00\x00\x00TFL3" + bytes(100),
    "ONNX": b"\x08\x08\x12\x07pytorch" + bytes(100),
    "PDF": b"%PDF-1.7\n" + bytes(100),
    "gzip": b"\x1f\x8b\x08\x00" + bytes(100),
    "bzip2": b"BZh91AY&SY" + bytes(100),
    "xz": b"\xfd7zXZ\x00" + bytes(100),
    "Zstandard": b"\x28\xb5\x2f\xfd" + bytes(100),
    "tar archive": bytes(257).replace(b"\0", b"a") + b"ustar\x0000" + bytes(300),
    "program": b"\x7fELF\x02\x01\x01" + bytes(100),
    "web page": b"\n <!DOCTYPE html><html><title>Not found</title></html>",
    "JSON text": b'{"model_type": "llama"}',
    "Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n",
}


@pytest.mark.parametrize("file_name", ["model.safetensors", "weights.bin"])
@pytest.mark.parametrize("name", OTHERS)
def test_other_kinds_of_file_are_named(name: str, file_name: str, tmp_path: Path) -> None:
    file = tmp_path / file_name
    file.write_bytes(OTHERS[name])
    with pytest.raises(UnknownFormatError, match=f"looks like .*{name}") as caught:
        open_checkpoint(str(file))
    assert "readable: safetensors" in caught.value.message
    assert caught.value.hint


def test_noise_and_nothing_are_no_checkpoint(tmp_path: Path) -> None:
    noise = tmp_path / "noise"
    noise.write_bytes(b"\xa5" * 1000)
    with pytest.raises(UnknownFormatError, match="not a checkpoint of a known format"):
        open_checkpoint(str(noise))
    for name in ("empty", "empty.safetensors"):
        (tmp_path / name).touch()
        with pytest.raises(FormatError, match=r"the file is empty|too few even"):
            open_checkpoint(str(tmp_path / name))


def test_format_is_told_by_content_whatever_the_name(tmp_path: Path) -> None:
    file = tmp_path / "weights.bin"
    file.write_bytes(join({"w": _tensor()}, EIGHT))
    with open_checkpoint(str(file)) as checkpoint:
        assert checkpoint.format == "safetensors"
        assert checkpoint.records["w"].shape == (2,)


def test_odd_but_legal_headers_are_read(tmp_path: Path) -> None:
    header = (
        '{ "__metadata__" : { "" : "\\u00e9" } ,\n"b":{"data_offsets":[4,8],"dtype":"F32",'
        '"shape":[],"more":"ignored"},\t"": {"dtype":"U8","shape":[4],"data_offsets":[0,4]},'
        '"e":{"dtype":"F64","shape":[0,3],"data_offsets":[4,4]},'
        '"\\ud83d\\ude00":{"dtype":"I8","shape":[0],"data_offsets":[8,8]}}\n   '
    )
    with open_checkpoint(_write(tmp_path, join(header, b"\1\2\3\4\0\0\x80\x3f"))) as checkpoint:
        assert list(checkpoint.records) == ["", "b", "e", "😀"]
        assert checkpoint.metadata == {"": "é"}
        assert checkpoint.read("b").tolist() == 1.0
        assert checkpoint.read("").tolist() == [1.0, 2.0, 3.0, 4.0]
        assert checkpoint.read("e").shape == (0, 3)
    with open_checkpoint(_write(tmp_path, join("{}"))) as checkpoint:
        assert checkpoint.records == {}
