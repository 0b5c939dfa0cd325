"""Checkpoint files, sound and broken, written without the reader under test.

Nothing here is shared with ``dokja.io``: a mistake must not cancel itself out.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = [
    "Raw",
    "bf16",
    "join",
    "safetensors_bytes",
    "tensor_bytes",
    "write_safetensors",
    "write_sharded",
    "write_sparse",
]

SPELLINGS = {
    "float64": "F64", "float32": "F32", "float16": "F16",
    "int64": "I64", "int32": "I32", "int16": "I16", "int8": "I8",
    "uint64": "U64", "uint32": "U32", "uint16": "U16", "uint8": "U8", "bool": "BOOL",
}  # fmt: skip


@dataclass(frozen=True)
class Raw:
    """A tensor by its bytes, for number formats numpy does not have."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes


def bf16(values: Any) -> Raw:
    """Round values to bfloat16, to the nearest and ties to even."""
    single = np.ascontiguousarray(values, dtype="<f4")
    bits = single.view("<u4").astype(np.uint64)
    rounded = (bits + 0x7FFF + ((bits >> np.uint64(16)) & np.uint64(1))) >> np.uint64(16)
    quiet = np.where(np.isnan(single), 0x7FC0, rounded).astype("<u2")
    return Raw("BF16", np.shape(values), quiet.tobytes())


def tensor_bytes(tensor: Raw | NDArray[Any]) -> Raw:
    """Return dtype, shape and little-endian bytes of a tensor."""
    if isinstance(tensor, Raw):
        return tensor
    array = np.asarray(tensor)
    little = array.astype(array.dtype.newbyteorder("<"))
    return Raw(SPELLINGS[array.dtype.name], array.shape, np.ascontiguousarray(little).tobytes())


def join(header: bytes | str | Mapping[str, Any], data: bytes = b"", *, length: int = -1) -> bytes:
    """Put a file together from any header, sound or not, with any length said of it."""
    if isinstance(header, str):
        text = header.encode()
    elif isinstance(header, bytes):
        text = header
    else:
        text = json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length < 0 else length) + text + data


def safetensors_bytes(
    tensors: Mapping[str, Raw | NDArray[Any]], metadata: Mapping[str, str] | None = None
) -> bytes:
    """Write a sound file, tensors in the order given, header padded to eight bytes."""
    header: dict[str, Any] = {} if metadata is None else {"__metadata__": dict(metadata)}
    parts = []
    begin = 0
    for name, tensor in tensors.items():
        raw = tensor_bytes(tensor)
        end = begin + len(raw.data)
        header[name] = {"dtype": raw.dtype, "shape": list(raw.shape), "data_offsets": [begin, end]}
        parts.append(raw.data)
        begin = end
    text = json.dumps(header, separators=(",", ":")).encode()
    return join(text + b" " * (-len(text) % 8), b"".join(parts))


def write_safetensors(
    path: Path,
    tensors: Mapping[str, Raw | NDArray[Any]],
    metadata: Mapping[str, str] | None = None,
) -> Path:
    """Write a sound file."""
    path.write_bytes(safetensors_bytes(tensors, metadata))
    return path


def write_sharded(
    folder: Path,
    shards: Sequence[Mapping[str, Raw | NDArray[Any]]],
    *,
    index: bool = True,
) -> Path:
    """Write a folder of shards as the hub names them, with its index unless told not to."""
    folder.mkdir(parents=True, exist_ok=True)
    weight_map = {}
    size = 0
    for place, tensors in enumerate(shards, 1):
        name = f"model-{place:05d}-of-{len(shards):05d}.safetensors"
        write_safetensors(folder / name, tensors)
        weight_map.update(dict.fromkeys(tensors, name))
        size += sum(len(tensor_bytes(tensor).data) for tensor in tensors.values())
    if index:
        text = json.dumps({"metadata": {"total_size": size}, "weight_map": weight_map})
        (folder / "model.safetensors.index.json").write_text(text)
    return folder


def write_sparse(path: Path, n_bytes: int, dtype: str = "U8") -> Path:
    """Write a file with one tensor of that length which takes hardly any room on disk."""
    header = {"big": {"dtype": dtype, "shape": [n_bytes], "data_offsets": [0, n_bytes]}}
    head = join(header)
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + n_bytes)
    return path
