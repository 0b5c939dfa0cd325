"""Files of a run: weights, recipe and log in the formats that makers keep.

Refuses to know what is in them. No PyTorch is needed, so that tests can forge runs.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["EVENTS", "write_log", "write_model", "write_recipe"]


def write_model(
    folder: Path, state: dict[str, NDArray[np.float32]], dtypes: dict[str, str], config: bytes
) -> None:
    """Write ``model.safetensors`` and ``config.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    header: dict[str, Any] = {}
    body = []
    offset = 0
    for name, values in state.items():
        raw = _encoded(values, dtypes[name])
        span = [offset, offset + len(raw)]
        header[name] = {"dtype": dtypes[name], "shape": values.shape, "data_offsets": span}
        body.append(raw)
        offset += len(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    head = struct.pack("<Q", len(text)) + text
    (folder / "model.safetensors").write_bytes(head + b"".join(body))
    (folder / "config.json").write_bytes(config)


def _encoded(values: NDArray[np.float32], dtype: str) -> bytes:
    plain = np.ascontiguousarray(values, np.float32)
    if dtype == "BF16":
        bits = plain.view(np.uint32)
        rounded = bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
        return (rounded >> np.uint32(16)).astype("<u2").tobytes()
    return plain.astype({"F16": "<f2", "F32": "<f4"}[dtype]).tobytes()


def write_recipe(folder: Path, said: dict[str, Any]) -> None:
    """Write ``recipe.yaml``."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.default_flow_style = False
    # Shared parts would become anchors, which no recipe may hold.
    with (folder / "recipe.yaml").open("w", encoding="utf-8") as stream:
        yaml.dump(json.loads(json.dumps(said)), stream)


EVENTS = "events.out.tfevents.1772442000.host"


def write_log(kind: str, rows: list[dict[str, Any]], folder: Path) -> None:
    """Write a log in one of the usual formats."""
    if kind == "jsonl":
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / "log.jsonl").write_text(lines, encoding="utf-8")
    elif kind == "tensorboard":
        (folder / EVENTS).write_bytes(b"".join(_event(row) for row in rows))
    else:
        wandb = kind == "wandb"
        names = ("_step", "train/loss", "train/learning_rate", "_timestamp")
        header = names if wandb else ("step", "loss", "lr", "time")
        with (folder / ("wandb.csv" if wandb else "log.csv")).open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(header)
            for row in rows:
                time = dt.datetime.fromisoformat(row["time"]).timestamp() if wandb else row["time"]
                writer.writerow([row["step"], row["loss"], row["lr"], time])


def _event(row: dict[str, Any]) -> bytes:
    """One record of a TensorBoard file with two scalars; checksums are masked CRC-32C."""
    wall = dt.datetime.fromisoformat(row["time"]).timestamp()
    values = b"".join(
        _field(1, _field(1, tag.encode()) + bytes([0x15]) + struct.pack("<f", row[key]))
        for tag, key in (("train/loss", "loss"), ("train/lr", "lr"))
    )
    body = bytes([0x09]) + struct.pack("<d", wall) + bytes([0x10]) + _varint(row["step"])
    body += _field(5, values)
    head = struct.pack("<Q", len(body))
    return head + struct.pack("<I", _masked(head)) + body + struct.pack("<I", _masked(body))


def _field(number: int, payload: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(payload)) + payload


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _crc_table() -> list[int]:
    table = []
    for start in range(256):
        value = start
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _crc_table()


def _masked(raw: bytes) -> int:
    value = 0xFFFFFFFF
    for byte in raw:
        value = _TABLE[(value ^ byte) & 0xFF] ^ value >> 8
    value ^= 0xFFFFFFFF
    return ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF
