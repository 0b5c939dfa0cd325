"""Toy language models as named arrays: written as checkpoints, related in known ways.

Drawn, not trained: twins, strangers and relabellings are what they are by construction. The
module knows how a decoder's tensors are named, never how two of them are compared.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from dokja.io.dtype import DType

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Arrays", "Toy", "random_toy", "write_toy"]

Arrays = dict[str, NDArray[np.float32]]

_N_VOCAB: Final = 200
_HEAD_DIM: Final = 16
_RAW: Final[dict[DType, type[np.floating[Any]]]] = {DType.F32: np.float32, DType.F16: np.float16}


@dataclass(frozen=True, slots=True)
class Toy:
    """A small gated decoder."""

    arrays: Arrays
    n_layers: int
    width: int
    n_units: int
    n_heads: int
    n_kv_heads: int
    prefix: str = "model."
    dtype: DType = DType.BF16
    n_shards: int = 1

    def config(self) -> dict[str, Any]:
        """Return the configuration that stands beside the weights.

        Returns
        -------
        dict
            Content of ``config.json``.
        """
        return {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "hidden_size": self.width,
            "intermediate_size": self.n_units,
            "num_hidden_layers": self.n_layers,
            "num_attention_heads": self.n_heads,
            "num_key_value_heads": self.n_kv_heads,
            "head_dim": _HEAD_DIM,
            "vocab_size": _N_VOCAB,
            "tie_word_embeddings": False,
        }

    def having(self, arrays: Arrays, **changes: Any) -> Toy:  # noqa: ANN401  # any field
        """Return the same model with other weights.

        Parameters
        ----------
        arrays
            The weights.
        **changes
            Fields to change as well.

        Returns
        -------
        Toy
            A new model.
        """
        return replace(self, arrays=arrays, **changes)


def _as_bf16(values: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Upper halves of the numbers, rounded to nearest."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    return ((bits + 0x8000) >> 16).astype(np.uint16)


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Numbers that bf16 can hold, so that no number format changes them later."""
    halves = _as_bf16(values.astype(np.float32)).astype(np.uint32) << 16
    return halves.view(np.float32)


def random_toy(
    seed: int, *, n_layers: int = 4, width: int = 64, n_units: int = 192, n_kv_heads: int = 2
) -> Toy:
    """Draw a model at random.

    Parameters
    ----------
    seed
        Two models of one seed and shape are equal.
    n_layers, width, n_units, n_kv_heads
        Its shape.

    Returns
    -------
    Toy
        Matrices are normal, norm gains lie around 1.
    """
    rng = np.random.default_rng(seed)
    n_heads = width // _HEAD_DIM
    kv = n_kv_heads * _HEAD_DIM

    def matrix(n_rows: int, n_columns: int) -> NDArray[np.float32]:
        return _rounded(rng.normal(0, 0.05, (n_rows, n_columns)))

    def gains() -> NDArray[np.float32]:
        return _rounded(rng.normal(1, 0.1, width))

    arrays: Arrays = {"embed_tokens.weight": matrix(_N_VOCAB, width), "norm.weight": gains()}
    for layer in range(n_layers):
        stem = f"layers.{layer}."
        arrays[stem + "input_layernorm.weight"] = gains()
        arrays[stem + "self_attn.q_proj.weight"] = matrix(width, width)
        arrays[stem + "self_attn.k_proj.weight"] = matrix(kv, width)
        arrays[stem + "self_attn.v_proj.weight"] = matrix(kv, width)
        arrays[stem + "self_attn.o_proj.weight"] = matrix(width, width)
        arrays[stem + "post_attention_layernorm.weight"] = gains()
        arrays[stem + "mlp.gate_proj.weight"] = matrix(n_units, width)
        arrays[stem + "mlp.up_proj.weight"] = matrix(n_units, width)
        arrays[stem + "mlp.down_proj.weight"] = matrix(width, n_units)
    arrays["lm_head.weight"] = matrix(_N_VOCAB, width)
    return Toy(arrays, n_layers, width, n_units, n_heads, n_kv_heads)


def _raw(values: NDArray[np.float32], dtype: DType) -> bytes:
    raw: NDArray[Any] = _as_bf16(values) if dtype is DType.BF16 else values.astype(_RAW[dtype])
    return raw.tobytes()


def _safetensors(arrays: Mapping[str, NDArray[np.float32]], dtype: DType) -> bytes:
    header: dict[str, Any] = {}
    content = []
    reached = 0
    for name, values in arrays.items():
        raw = _raw(values, dtype)
        span = [reached, reached + len(raw)]
        header[name] = {"dtype": dtype.value, "shape": list(values.shape), "data_offsets": span}
        content.append(raw)
        reached += len(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(content)


def write_toy(toy: Toy, folder: Path) -> str:
    """Write a model as a folder that any tool can read.

    Parameters
    ----------
    toy
        The model.
    folder
        Made if it does not exist.

    Returns
    -------
    str
        Address of the checkpoint.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(toy.config()))
    named = {
        name if name.startswith("lm_head") else toy.prefix + name: values
        for name, values in toy.arrays.items()
    }
    if toy.n_shards == 1:
        (folder / "model.safetensors").write_bytes(_safetensors(named, toy.dtype))
        return str(folder)
    place: dict[str, str] = {}
    for number in range(toy.n_shards):
        file = f"model-{number + 1:05}-of-{toy.n_shards:05}.safetensors"
        part = dict(list(named.items())[number :: toy.n_shards])
        (folder / file).write_bytes(_safetensors(part, toy.dtype))
        place |= dict.fromkeys(part, file)
    index = {"metadata": {}, "weight_map": place}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return str(folder)
