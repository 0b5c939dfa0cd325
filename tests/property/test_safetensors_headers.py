"""Whatever stands in a file, reading it gives a sound checkpoint or an error of ours."""

from __future__ import annotations

import json
import struct
import tempfile
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dokja.errors import DokjaError, FormatError, SourceError
from dokja.io.checkpoint import Checkpoint, open_checkpoint
from dokja.io.dtype import DType
from tests.support.writers import Raw, join, safetensors_bytes, tensor_bytes

SOUND = safetensors_bytes(
    {
        "model.layers.0.w": np.arange(12, dtype=np.float32).reshape(3, 4),
        "model.layers.0.b": Raw("BF16", (4,), bytes(range(8))),
        "scalar": np.array(1.5),
        "empty": np.zeros((0, 2), np.int8),
    },
    {"format": "pt"},
)

NUMBERS = st.one_of(
    st.integers(-1, 40),
    st.sampled_from([2**31, 2**32, 2**62, 2**63 - 1, 2**63, 2**64, 10**30]),
    st.floats(),
    st.booleans(),
    st.none(),
)
NAMES = st.one_of(st.text(max_size=6), st.sampled_from(["a", "b", "__metadata__", "dtype"]))
JUNK: st.SearchStrategy[Any] = st.recursive(
    st.one_of(NUMBERS, NAMES),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=6,
)
ENTRIES = st.one_of(
    JUNK,
    st.fixed_dictionaries(
        {
            "dtype": st.one_of(st.sampled_from([*DType, "F4", "C64"]), JUNK),
            "shape": st.one_of(st.lists(NUMBERS, max_size=4), JUNK),
            "data_offsets": st.one_of(st.lists(NUMBERS, min_size=1, max_size=3), JUNK),
        },
        optional={"more": JUNK},
    ),
)
HEADERS = st.one_of(
    st.dictionaries(NAMES, ENTRIES, max_size=5).map(lambda value: json.dumps(value).encode()),
    JUNK.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=60),
    st.text(alphabet='{}[]":,0123456789\\u dtypeshap_onl', max_size=80).map(str.encode),
)


def _check(content: bytes) -> Checkpoint | None:
    """Open, read everything, and hold what was accepted to the law of records."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        path.write_bytes(content)
        try:
            opened = open_checkpoint(path)
        except (FormatError, SourceError) as error:
            _check_wording(error)
            return None
        with opened as checkpoint:
            end = 8 + int.from_bytes(content[:8], "little")
            for record in sorted(checkpoint.records.values(), key=lambda r: (r.start, r.stop)):
                assert record.start == end
                assert record.stop - record.start == record.n_elements * record.dtype.itemsize
                end = record.stop
                assert checkpoint.read(record.name).shape == record.shape
            assert end == len(content)
        return checkpoint


def _check_wording(error: DokjaError) -> None:
    assert error.message
    assert error.hint
    assert len(str(error)) < 20_000
    str(error).encode()


@given(header=HEADERS, data=st.binary(max_size=40))
def test_any_header(header: bytes, data: bytes) -> None:
    _check(join(header, data))


@given(header=HEADERS, data=st.binary(max_size=20), length=st.integers(0, 2**64 - 1))
def test_any_length_of_the_header(header: bytes, data: bytes, length: int) -> None:
    _check(join(header, data, length=length))


@given(content=st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    _check(content)


@given(st.data())
def test_sound_file_with_some_bytes_changed(data: st.DataObject) -> None:
    content = bytearray(SOUND)
    places = st.integers(0, len(SOUND) - 1)
    for place in data.draw(st.lists(places, min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    _check(bytes(content))


@given(st.data())
def test_sound_file_with_a_piece_taken_out_or_put_in(data: st.DataObject) -> None:
    places = st.integers(0, len(SOUND))
    first, second = sorted((data.draw(places), data.draw(places)))
    piece = data.draw(st.one_of(st.just(b""), st.binary(max_size=12), st.just(SOUND[:second])))
    changed = SOUND[:first] + piece + SOUND[second:]
    if changed != SOUND:
        _check(changed)


SHAPES = st.lists(st.integers(0, 5), max_size=4).map(tuple)
TENSORS = st.dictionaries(
    st.text(max_size=12).filter(lambda name: name != "__metadata__"),
    st.tuples(st.sampled_from(DType), SHAPES),
    max_size=6,
)


@given(tensors=TENSORS, metadata=st.dictionaries(st.text(max_size=8), st.text(max_size=8)))
def test_whatever_is_written_comes_back(
    tensors: dict[str, tuple[DType, tuple[int, ...]]], metadata: dict[str, str]
) -> None:
    rng = np.random.default_rng(len(tensors))
    written = {
        name: Raw(
            dtype.value,
            shape,
            rng.integers(0, 256, int(np.prod(shape)) * dtype.itemsize, np.uint8).tobytes(),
        )
        for name, (dtype, shape) in tensors.items()
    }
    content = safetensors_bytes(written, metadata)
    opened = _check(content)
    assert opened is not None
    assert opened.metadata == metadata
    assert list(opened.records) == sorted(written)
    for name, record in opened.records.items():
        raw = tensor_bytes(written[name])
        assert (record.dtype, record.shape) == (raw.dtype, raw.shape)
        assert content[record.start : record.stop] == raw.data


@given(
    piece=st.sampled_from(['"a":{},', "[", '{"a":', "0,", '"\\u0061":1,', " ", "\\", '"', "{}"]),
    before=st.sampled_from(["{", '{"__metadata__":{', '{"w":{"shape":[', '{"w":[', ""]),
    count=st.integers(1, 20_000),
)
def test_memory_is_bounded_by_the_length_of_the_header(piece: str, before: str, count: int) -> None:
    header = before + piece * count
    content = join(header)
    tracemalloc.start()
    _check(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 400_000 + 8 * len(content)


@given(index=st.one_of(JUNK, st.dictionaries(st.just("weight_map"), JUNK)))
def test_any_index(index: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "model.safetensors").write_bytes(SOUND)
        (Path(folder) / "model.safetensors.index.json").write_text(json.dumps(index))
        try:
            open_checkpoint(folder).close()
        except DokjaError as error:
            _check_wording(error)


def test_length_is_little_endian() -> None:
    assert struct.unpack("<Q", SOUND[:8])[0] < 1000
