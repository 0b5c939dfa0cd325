"""The really trained models of known lineage, and changes made to them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dokja.io.checkpoint import open_checkpoint
from tests.support.writers import bf16, write_safetensors

ZOO = Path(__file__).parents[1] / "data/zoo"
Tensors = dict[str, NDArray[np.float32]]


def lineage() -> Mapping[str, Any]:
    """Return what is known of every member and of every ordered pair."""
    return json.loads((ZOO / "lineage.json").read_text())


def load(name: str) -> Tensors:
    """Read all tensors of a member as float32."""
    with open_checkpoint(str(ZOO / name)) as checkpoint:
        return {record: np.array(checkpoint.read(record)) for record in checkpoint.records}


def save(folder: Path, tensors: Mapping[str, NDArray[Any]], like: str) -> str:
    """Write tensors as bfloat16 with the configuration of a member; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_safetensors(
        folder / "model.safetensors", {name: bf16(values) for name, values in tensors.items()}
    )
    shutil.copy(ZOO / like / "config.json", folder)
    return str(folder)


def config(name: str) -> Mapping[str, Any]:
    """Return the configuration of a member."""
    return json.loads((ZOO / name / "config.json").read_text())


class Relabelled:
    """A Llama-like model whose hidden units, value channels and residual channels are renumbered.

    The function of the network stays what it was.
    """

    def __init__(self, tensors: Tensors, settings: Mapping[str, Any]) -> None:
        self.tensors = tensors
        self.n_kv = settings["num_key_value_heads"]
        self.head_dim = settings["head_dim"]
        self.repeats = settings["num_attention_heads"] // self.n_kv
        self.width = settings["hidden_size"]
        self.layers = range(settings["num_hidden_layers"])
        self.channels = np.arange(self.width)
        n_units = settings["intermediate_size"]
        self.units = {layer: np.arange(n_units) for layer in self.layers}
        self.values = {
            (layer, head): np.arange(self.head_dim)
            for layer in self.layers
            for head in range(self.n_kv)
        }

    def at_random(self, rng: np.random.Generator, *, channels: bool, units: bool) -> Relabelled:
        """Renumber at random."""
        if channels:
            self.channels = rng.permutation(self.width)
        if units:
            self.units = {layer: rng.permutation(len(p)) for layer, p in self.units.items()}
            self.values = {place: rng.permutation(len(p)) for place, p in self.values.items()}
        return self

    def result(self) -> Tensors:
        """Return the renumbered tensors."""
        return {name: self._tensor(name, values) for name, values in self.tensors.items()}

    def _tensor(self, name: str, values: NDArray[np.float32]) -> NDArray[np.float32]:
        layer = int(name.split(".")[2]) if ".layers." in name else -1
        if "gate_proj" in name or "up_proj" in name:
            return values[self.units[layer]][:, self.channels]
        if "down_proj" in name:
            return values[self.channels][:, self.units[layer]]
        if "v_proj" in name:
            return values[self._value_rows(layer, 1)][:, self.channels]
        if "o_proj" in name:
            return values[self.channels][:, self._value_rows(layer, self.repeats)]
        if values.ndim == 2:
            return values[:, self.channels]
        return values[self.channels] if len(values) == self.width else values

    def _value_rows(self, layer: int, repeats: int) -> NDArray[np.int64]:
        heads = self.n_kv * repeats
        return np.concatenate(
            [head * self.head_dim + self.values[layer, head // repeats] for head in range(heads)]
        )
