"""Synthetic pairs of checkpoints with the shapes of real models, made once and kept.

The module knows shapes and random numbers, never what is measured on them.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["SHAPES", "ModelShape", "PairFiles", "bfloat16_bytes", "header", "make_pair"]

GIB: Final = 2**30
_CHUNK: Final = 2**22
_SPREAD: Final = 0.02
_NOISE: Final = 0.006


@dataclass(frozen=True, slots=True)
class ModelShape:
    """A model of the Llama family, cut after some of its layers to have a certain size."""

    source: str
    hidden: int
    mlp: int
    n_heads: int
    n_kv_heads: int
    head: int
    vocabulary: int
    n_layers: int

    def tensors(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Yield name and shape of every tensor, in the order of the file."""
        yield "model.embed_tokens.weight", (self.vocabulary, self.hidden)
        queries, keys = self.n_heads * self.head, self.n_kv_heads * self.head
        for layer in range(self.n_layers):
            at = f"model.layers.{layer}"
            yield f"{at}.input_layernorm.weight", (self.hidden,)
            yield f"{at}.self_attn.q_proj.weight", (queries, self.hidden)
            yield f"{at}.self_attn.k_proj.weight", (keys, self.hidden)
            yield f"{at}.self_attn.v_proj.weight", (keys, self.hidden)
            yield f"{at}.self_attn.o_proj.weight", (self.hidden, queries)
            yield f"{at}.post_attention_layernorm.weight", (self.hidden,)
            yield f"{at}.mlp.gate_proj.weight", (self.mlp, self.hidden)
            yield f"{at}.mlp.up_proj.weight", (self.mlp, self.hidden)
            yield f"{at}.mlp.down_proj.weight", (self.hidden, self.mlp)
        yield "model.norm.weight", (self.hidden,)

    def config(self) -> dict[str, Any]:
        """Return what ``config.json`` says of such a model."""
        return {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "hidden_size": self.hidden,
            "intermediate_size": self.mlp,
            "num_attention_heads": self.n_heads,
            "num_key_value_heads": self.n_kv_heads,
            "head_dim": self.head,
            "num_hidden_layers": self.n_layers,
            "vocab_size": self.vocabulary,
            "tie_word_embeddings": True,
            "torch_dtype": "bfloat16",
        }


def _small(n_layers: int) -> ModelShape:
    return ModelShape("Llama-3.2-1B", 2048, 8192, 32, 8, 64, 128_256, n_layers)


SHAPES: Final = {
    1: _small(5),
    2: _small(13),
    4: ModelShape("Llama-3.2-3B", 3072, 8192, 24, 8, 128, 128_256, 17),
}
"""By size in GiB, as near as whole layers come."""


@dataclass(frozen=True, slots=True)
class PairFiles:
    """Where a pair lies."""

    shape: ModelShape
    subject: Path
    reference: Path

    @property
    def weights(self) -> tuple[Path, Path]:
        """The two files with weights."""
        return (self.subject / "model.safetensors", self.reference / "model.safetensors")

    @property
    def n_bytes(self) -> int:
        """Bytes of both files."""
        return sum(path.stat().st_size for path in self.weights)


def make_pair(size: int, folder: Path) -> PairFiles:
    """Make a pair of checkpoints, unless it is there.

    Parameters
    ----------
    size
        One of `SHAPES`.
    folder
        Where pairs are kept.

    Returns
    -------
    PairFiles
        A reference with normal weights, and a subject that is the reference with some noise.
    """
    shape = SHAPES[size]
    pair = PairFiles(shape, folder / f"subject-{size}", folder / f"reference-{size}")
    done = folder / f"pair-{size}.json"
    stamp = json.dumps({"version": 1, **shape.config()}, sort_keys=True)
    if done.exists() and done.read_text() == stamp:
        return pair
    for side in (pair.subject, pair.reference):
        side.mkdir(parents=True, exist_ok=True)
        (side / "config.json").write_text(json.dumps(shape.config(), indent=2))
    _write_weights(pair, seed=size)
    done.write_text(stamp)
    return pair


def _write_weights(pair: PairFiles, seed: int) -> None:
    head, n_bytes = header(pair.shape)
    descriptors = [os.open(p, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) for p in pair.weights]
    try:
        for descriptor in descriptors:
            os.pwrite(descriptor, head, 0)
            os.ftruncate(descriptor, len(head) + n_bytes)

        def write(job: tuple[int, int, bool]) -> None:
            start, count, is_gain = job
            subject, reference = _values(np.random.default_rng([seed, start]), count, is_gain)
            for descriptor, values in zip(descriptors, (subject, reference), strict=True):
                os.pwrite(descriptor, bfloat16_bytes(values).data, len(head) + 2 * start)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(write, _jobs(pair.shape)))
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def header(shape: ModelShape) -> tuple[bytes, int]:
    """Return the header of a file of such a model, and how many bytes of weights follow."""
    described: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name, lengths in shape.tensors():
        end = offset + 2 * int(np.prod(lengths))
        described[name] = {"dtype": "BF16", "shape": lengths, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(described).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text, offset


def _jobs(shape: ModelShape) -> Iterator[tuple[int, int, bool]]:
    start = 0
    for _, lengths in shape.tensors():
        total = int(np.prod(lengths))
        for first in range(0, total, _CHUNK):
            yield start + first, min(_CHUNK, total - first), len(lengths) == 1
        start += total


def _values(
    rng: np.random.Generator,
    count: int,
    is_gain: bool,  # noqa: FBT001 - private
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    reference = rng.standard_normal(count, dtype=np.float32) * np.float32(_SPREAD)
    noise = rng.standard_normal(count, dtype=np.float32) * np.float32(_NOISE)
    if is_gain:
        reference += np.float32(1.0)
    return reference + noise, reference


def bfloat16_bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Round to bfloat16, halves to even; the values given are overwritten."""
    bits = values.view(np.uint32)
    bits += np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
    return (bits >> np.uint32(16)).astype("<u2").view(np.uint8)
