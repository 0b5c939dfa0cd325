"""Our reader beside the safetensors library: the same files, the same answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dokja.errors import DokjaError
from dokja.io.checkpoint import open_checkpoint
from dokja.io.dtype import DType, decode
from tests.adversarial.test_headers import MALFORMED
from tests.support.writers import Raw, join, safetensors_bytes, tensor_bytes

if TYPE_CHECKING:
    from pathlib import Path

safetensors = pytest.importorskip("safetensors")
library = pytest.importorskip("safetensors.numpy")

STRICTER = {
    "metadata key twice": "the library keeps the last",
    "metadata is null": "the library reads it as none",
    "space before the object": "the format demands that a brace comes first",
    "absurd shape behind an empty axis": "no array of that shape can be made",
}
"""Rules that we hold to and the library does not."""


def _library_accepts(content: bytes) -> bool:
    try:
        safetensors.deserialize(content)
    except safetensors.SafetensorError:
        return False
    return True


def _ours_accepts(path: Path, content: bytes) -> bool:
    path.write_bytes(content)
    try:
        open_checkpoint(path).close()
    except DokjaError:
        return False
    return True


NUMPY = {
    "F64": np.float64, "F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32,
    "I16": np.int16, "I8": np.int8, "U64": np.uint64, "U32": np.uint32, "U16": np.uint16,
    "U8": np.uint8, "BOOL": np.bool_,
}  # fmt: skip


@pytest.mark.parametrize("dtype", NUMPY)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 3), (1, 2, 3, 4)])
def test_files_of_the_library_are_read(dtype: str, shape: tuple[int, ...], tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    raw = rng.integers(0, 2, (*shape, np.dtype(NUMPY[dtype]).itemsize), np.uint8)
    array = raw.view(NUMPY[dtype]).reshape(shape)
    path = tmp_path / "model.safetensors"
    library.save_file({"w": array, "other": np.ones(2, np.int16)}, path, {"format": "np"})
    with open_checkpoint(path) as checkpoint:
        record = checkpoint.records["w"]
        assert (record.dtype, record.shape) == (dtype, shape)
        assert checkpoint.metadata == {"format": "np"}
        np.testing.assert_array_equal(checkpoint.read("w"), array.astype(np.float64))


@pytest.mark.parametrize("dtype", list(DType))
def test_our_own_files_are_read_by_the_library(dtype: DType) -> None:
    content = bytes(range(24))
    raw = Raw(dtype.value, (24 // dtype.itemsize,), content)
    ((name, found),) = safetensors.deserialize(safetensors_bytes({"w": raw}))
    assert name == "w"
    assert found["dtype"] == dtype.value
    assert list(found["shape"]) == list(raw.shape)
    assert bytes(found["data"]) == content


@pytest.mark.parametrize("name", MALFORMED)
def test_what_we_refuse_the_library_refuses_too(name: str, tmp_path: Path) -> None:
    content = MALFORMED[name][0]
    assert not _ours_accepts(tmp_path / "model.safetensors", content)
    if name not in STRICTER:
        assert not _library_accepts(content)


def test_list_of_stricter_rules_is_of_real_cases() -> None:
    assert set(STRICTER) <= set(MALFORMED)


SPANS = st.integers(0, 24)
ENTRY = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from([*DType]),
        "shape": st.lists(st.integers(0, 4), max_size=3),
        "data_offsets": st.tuples(SPANS, SPANS).map(list),
    }
)


def _sized(entries: list[dict[str, Any]], order: list[int]) -> tuple[dict[str, Any], int]:
    """Lay tensors out one after the other, in any order of their names."""
    header: dict[str, Any] = {}
    end = 0
    for place in order:
        entry = entries[place]
        n_bytes = int(np.prod(entry["shape"], dtype=int)) * DType(entry["dtype"]).itemsize
        header[f"t{place}"] = {**entry, "data_offsets": [end, end + n_bytes]}
        end += n_bytes
    return header, end


@given(header=st.dictionaries(st.text(max_size=3), ENTRY, max_size=3), n_bytes=SPANS)
def test_both_agree_on_any_spans(
    header: dict[str, Any], n_bytes: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = join(json.dumps(header), bytes(n_bytes))
    path = tmp_path_factory.getbasetemp() / "spans.safetensors"
    assert _ours_accepts(path, content) == _library_accepts(content)


@given(
    entries=st.lists(ENTRY, min_size=1, max_size=4),
    extra=st.sampled_from([0, 0, 0, 1, -1]),
    data=st.data(),
)
def test_both_agree_on_sound_and_nearly_sound_layouts(
    entries: list[dict[str, Any]],
    extra: int,
    data: st.DataObject,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    order = data.draw(st.permutations(range(len(entries))))
    header, n_bytes = _sized(entries, order)
    content = join(json.dumps(header), bytes(max(0, n_bytes + extra)))
    path = tmp_path_factory.getbasetemp() / "layout.safetensors"
    ours = _ours_accepts(path, content)
    assert ours == _library_accepts(content)
    assert ours == (max(0, n_bytes + extra) == n_bytes)


@pytest.mark.parametrize("dtype", ["bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz",
                                   "float8_e5m2fnuz", "float8_e8m0fnu", "float16"])  # fmt: skip
def test_every_code_decodes_as_torch_has_it(dtype: str) -> None:
    torch = pytest.importorskip("torch", reason="torch is a development extra")
    ours = {
        "bfloat16": DType.BF16,
        "float8_e4m3fn": DType.F8_E4M3,
        "float8_e5m2": DType.F8_E5M2,
        "float8_e4m3fnuz": DType.F8_E4M3FNUZ,
        "float8_e5m2fnuz": DType.F8_E5M2FNUZ,
        "float8_e8m0fnu": DType.F8_E8M0,
        "float16": DType.F16,
    }[dtype]
    codes = np.arange(256**ours.itemsize, dtype=f"<u{ours.itemsize}")
    theirs = torch.from_numpy(codes.view(f"<i{ours.itemsize}").copy()).view(getattr(torch, dtype))
    np.testing.assert_array_equal(
        decode(codes.view(np.uint8), ours), theirs.to(torch.float32).numpy()
    )


def test_writer_for_tests_agrees_with_the_library() -> None:
    tensors = {"b": np.arange(6.0).reshape(2, 3), "a": np.array([True, False])}
    ours = dict(safetensors.deserialize(safetensors_bytes(tensors)))
    theirs = dict(safetensors.deserialize(library.save(tensors)))
    for name, tensor in tensors.items():
        assert bytes(ours[name]["data"]) == bytes(theirs[name]["data"])
        assert bytes(ours[name]["data"]) == tensor_bytes(tensor).data
