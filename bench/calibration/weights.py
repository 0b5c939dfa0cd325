"""Units and channels of really trained weights, as far as they are at hand.

The module reads plain safetensors files of the Llama and BERT shapes. It measures nothing.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_ROWS = r"mlp\.(?:gate|up)_proj\.weight|intermediate\.dense\.weight"
_COLUMNS = r"mlp\.down_proj\.weight|(?<!attention\.)output\.dense\.weight"
_LAYER = re.compile(rf"^(.*layers?\.\d+)\.(?:({_ROWS})|({_COLUMNS}))$")


def read_tensors(path: Path) -> Mapping[str, Array]:
    """Read the matrices of a safetensors file.

    Parameters
    ----------
    path
        A file one trusts.

    Returns
    -------
    Mapping
        Arrays by name; only BF16, F16 and F32, only two axes.
    """
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    found = {}
    for name, entry in json.loads(raw[8:start]).items():
        if name == "__metadata__" or len(entry["shape"]) != 2:
            continue
        low, high = entry["data_offsets"]
        held = _decoded(raw[start + low : start + high], entry["dtype"])
        if held is not None:
            found[name] = held.reshape(entry["shape"])
    return found


def _decoded(raw: bytes, dtype: str) -> Array | None:
    if dtype == "BF16":
        wide = np.frombuffer(raw, dtype="<u2").astype(np.uint32) << 16
        return wide.view(np.float32).astype(np.float64)
    if dtype in ("F16", "F32"):
        return np.frombuffer(raw, dtype={"F16": "<f2", "F32": "<f4"}[dtype]).astype(np.float64)
    return None


def mlp_layers(tensors: Mapping[str, Array]) -> list[Array]:
    """Stack what belongs to each hidden unit of every layer.

    Parameters
    ----------
    tensors
        Matrices by name.

    Returns
    -------
    list of arrays
        Of shape ``(n_units, n_values)`` for each layer: rows of the matrices into the hidden
        units, columns of the one out of them, each part of root mean square one.
    """
    parts: dict[str, list[Array]] = {}
    for name in sorted(tensors):
        match = _LAYER.match(name)
        if match is not None:
            matrix = tensors[name] if match[2] else tensors[name].T
            scaled = matrix / np.sqrt(np.mean(np.square(matrix)))
            parts.setdefault(match[1], []).append(scaled)
    return [np.concatenate(held, axis=1) for _, held in sorted(parts.items())]


def mlp_channels(tensors: Mapping[str, Array]) -> list[Array]:
    """Collect the rows along the residual channels of every layer's MLP.

    Parameters
    ----------
    tensors
        Matrices by name.

    Returns
    -------
    list of arrays
        Of shape ``(n_rows, n_channels)`` for each layer.
    """
    parts: dict[str, list[Array]] = {}
    for name in sorted(tensors):
        match = _LAYER.match(name)
        if match is not None:
            parts.setdefault(match[1], []).append(tensors[name] if match[2] else tensors[name].T)
    return [np.concatenate(held, axis=0) for _, held in sorted(parts.items())]
