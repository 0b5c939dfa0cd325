"""Names and layouts of files: arrays of a checkpoint to a `Network` and back.

Knows the spelling of each family; refuses to know what is done with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from bench.attacks.network import Network

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_LLAMA_KEYS = {
    "width": "hidden_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "kv_heads": "num_key_value_heads",
    "head_width": "head_dim",
    "units": "intermediate_size",
    "vocabulary": "vocab_size",
}
_BERT_KEYS = {key: _LLAMA_KEYS[key] for key in ("width", "layers", "heads", "units", "vocabulary")}


@dataclass(frozen=True, slots=True)
class Family:
    """How a family writes its tensors."""

    names: Mapping[str, str]
    """Role template to file name template; ``*`` stands for a number, then a parameter."""
    keys: Mapping[str, str]
    norm: Literal["rms", "layer"] = "rms"
    post_norm: bool = False
    prefixes: tuple[str, ...] = ("",)
    transposed: frozenset[str] = frozenset()
    fused: bool = False
    """Whether q, k and v stand in one tensor, each a third."""


_LLAMA_NAMES = {
    "embedding.@": "model.embed_tokens.@",
    "norm.final.@": "model.norm.@",
    "head.@": "lm_head.@",
    "layers.#.norm.attention.@": "model.layers.#.input_layernorm.@",
    "layers.#.norm.mlp.@": "model.layers.#.post_attention_layernorm.@",
    **{
        f"layers.#.attention.{part}.@": f"model.layers.#.self_attn.{part}_proj.@" for part in "qkvo"
    },
    "layers.#.attention.q_norm.@": "model.layers.#.self_attn.q_norm.@",
    "layers.#.attention.k_norm.@": "model.layers.#.self_attn.k_norm.@",
}
_MIXTRAL = {"gate": "w1", "down": "w2", "up": "w3"}

FAMILIES: dict[str, Family] = {
    "llama": Family(
        {
            **_LLAMA_NAMES,
            **{f"layers.#.mlp.{m}.@": f"model.layers.#.mlp.{m}_proj.@" for m in _MIXTRAL},
        },
        _LLAMA_KEYS,
    ),
    "mixtral": Family(
        {
            **_LLAMA_NAMES,
            "layers.#.router.@": "model.layers.#.block_sparse_moe.gate.@",
            **{
                f"layers.#.experts.#.{m}.@": f"model.layers.#.block_sparse_moe.experts.#.{w}.@"
                for m, w in _MIXTRAL.items()
            },
        },
        {**_LLAMA_KEYS, "experts": "num_local_experts"},
    ),
    "gpt2": Family(
        {
            "embedding.@": "wte.@",
            "position.@": "wpe.@",
            "norm.final.@": "ln_f.@",
            "head.@": "lm_head.@",
            "layers.#.norm.attention.@": "h.#.ln_1.@",
            "layers.#.norm.mlp.@": "h.#.ln_2.@",
            "layers.#.attention.qkv.@": "h.#.attn.c_attn.@",
            "layers.#.attention.o.@": "h.#.attn.c_proj.@",
            "layers.#.mlp.up.@": "h.#.mlp.c_fc.@",
            "layers.#.mlp.down.@": "h.#.mlp.c_proj.@",
        },
        {
            "width": "n_embd",
            "layers": "n_layer",
            "heads": "n_head",
            "units": "n_inner",
            "vocabulary": "vocab_size",
        },
        norm="layer",
        prefixes=("transformer.", ""),
        transposed=frozenset({"qkv", "o", "up", "down"}),
        fused=True,
    ),
    "bert": Family(
        {
            "embedding.@": "bert.embeddings.word_embeddings.@",
            "position.@": "bert.embeddings.position_embeddings.@",
            "type.@": "bert.embeddings.token_type_embeddings.@",
            "norm.embedding.@": "bert.embeddings.LayerNorm.@",
            "layers.#.attention.q.@": "bert.encoder.layer.#.attention.self.query.@",
            "layers.#.attention.k.@": "bert.encoder.layer.#.attention.self.key.@",
            "layers.#.attention.v.@": "bert.encoder.layer.#.attention.self.value.@",
            "layers.#.attention.o.@": "bert.encoder.layer.#.attention.output.dense.@",
            "layers.#.norm.attention.@": "bert.encoder.layer.#.attention.output.LayerNorm.@",
            "layers.#.mlp.up.@": "bert.encoder.layer.#.intermediate.dense.@",
            "layers.#.mlp.down.@": "bert.encoder.layer.#.output.dense.@",
            "layers.#.norm.mlp.@": "bert.encoder.layer.#.output.LayerNorm.@",
            "transform.@": "cls.predictions.transform.dense.@",
            "norm.transform.@": "cls.predictions.transform.LayerNorm.@",
            "head.@": "cls.predictions.@",
        },
        _BERT_KEYS,
        norm="layer",
        post_norm=True,
    ),
    "vit": Family(
        {
            "class.weight": "vit.embeddings.cls_token",
            "position.weight": "vit.embeddings.position_embeddings",
            "patch.@": "vit.embeddings.patch_embeddings.projection.@",
            "norm.final.@": "vit.layernorm.@",
            "head.@": "classifier.@",
            "layers.#.norm.attention.@": "vit.encoder.layer.#.layernorm_before.@",
            "layers.#.norm.mlp.@": "vit.encoder.layer.#.layernorm_after.@",
            "layers.#.attention.q.@": "vit.encoder.layer.#.attention.attention.query.@",
            "layers.#.attention.k.@": "vit.encoder.layer.#.attention.attention.key.@",
            "layers.#.attention.v.@": "vit.encoder.layer.#.attention.attention.value.@",
            "layers.#.attention.o.@": "vit.encoder.layer.#.attention.output.dense.@",
            "layers.#.mlp.up.@": "vit.encoder.layer.#.intermediate.dense.@",
            "layers.#.mlp.down.@": "vit.encoder.layer.#.output.dense.@",
        },
        {key: _LLAMA_KEYS[key] for key in ("width", "layers", "heads", "units")},
        norm="layer",
    ),
    "whisper": Family(
        {
            "conv1.@": "conv1.@",
            "conv2.@": "conv2.@",
            "position.@": "embed_positions.@",
            "norm.final.@": "layer_norm.@",
            "head.@": "proj.@",
            "layers.#.norm.attention.@": "layers.#.self_attn_layer_norm.@",
            "layers.#.norm.mlp.@": "layers.#.final_layer_norm.@",
            **{f"layers.#.attention.{p}.@": f"layers.#.self_attn.{p}_proj.@" for p in "qkv"},
            "layers.#.attention.o.@": "layers.#.self_attn.out_proj.@",
            "layers.#.mlp.up.@": "layers.#.fc1.@",
            "layers.#.mlp.down.@": "layers.#.fc2.@",
        },
        {
            "width": "d_model",
            "layers": "encoder_layers",
            "heads": "encoder_attention_heads",
            "units": "encoder_ffn_dim",
        },
        norm="layer",
    ),
    # Convolutional networks keep the names of their files.
    "resnet": Family({}, {}),
}

_MODEL_TYPES = {
    "llama": "llama",
    "qwen2": "llama",
    "qwen3": "llama",
    "mixtral": "mixtral",
    "gpt2": "gpt2",
    "bert": "bert",
    "vit": "vit",
    "whisper": "whisper",
    "qwen2_audio_encoder": "whisper",
    "torchvision_resnet": "resnet",
}
_HOLES = {"#": r"(\d+)", "@": r"(\w+)"}


def _renamed(name: str, templates: Mapping[str, str]) -> str | None:
    """Carry the numbers and the parameter of a name over to the template it belongs to."""
    for source, target in templates.items():
        pattern = re.sub("[#@]", lambda hole: _HOLES[hole.group()], source.replace(".", r"\."))
        found = re.fullmatch(pattern, name)
        if found:
            pieces = re.split("[#@]", target)
            return "".join(map("".join, zip(pieces, (*found.groups(), ""), strict=True)))
    return None


def read(tensors: Mapping[str, NDArray[Any]], config: Mapping[str, Any]) -> Network:
    """Take the arrays of a checkpoint apart by role.

    Parameters
    ----------
    tensors
        By file name. Every one must be known.
    config
        ``config.json``.

    Returns
    -------
    Network
        In float64.

    Raises
    ------
    KeyError
        If the model type or a tensor is unknown.
    """
    name = _MODEL_TYPES[config["model_type"]]
    family = FAMILIES[name]
    prefix = next(p for p in family.prefixes if all(t.startswith(p) for t in tensors))
    templates = {target: source for source, target in family.names.items()}
    roles: dict[str, NDArray[np.float64]] = {}
    for spelled, array in tensors.items():
        role = _renamed(spelled.removeprefix(prefix), templates) if templates else spelled
        if role is None:
            raise KeyError(f"{spelled} is no tensor of {name}")
        values = np.asarray(array, dtype=np.float64)
        if values.ndim == 2 and role.split(".")[-2] in family.transposed:
            values = values.T
        roles |= _parted(role, values) if ".qkv." in role else {role: values}
    return Network(name, roles, dict(config), family.keys, family.norm, family.post_norm, prefix)


def write(net: Network) -> tuple[dict[str, NDArray[np.float32]], dict[str, Any]]:
    """Give a network the names and layouts of its family again.

    Parameters
    ----------
    net
        Of any family known here.

    Returns
    -------
    dict
        Arrays by file name, float32.
    dict
        ``config.json``.

    Raises
    ------
    KeyError
        If the family has no name for a role.
    """
    family = FAMILIES[net.family]
    out: dict[str, NDArray[np.float32]] = {}
    for role, array in (_joined(net.tensors) if family.fused else net.tensors).items():
        spelled = _renamed(role, family.names) if family.names else role
        if spelled is None:
            raise KeyError(f"{net.family} has no name for {role}")
        values = array.T if array.ndim == 2 and role.split(".")[-2] in family.transposed else array
        out[net.prefix + spelled] = np.ascontiguousarray(values, dtype=np.float32)
    return out, dict(net.config)


def _parted(role: str, values: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    parts = np.split(values, 3, axis=0)
    return {role.replace("qkv", letter): part for letter, part in zip("qkv", parts, strict=True)}


def _joined(tensors: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    out: dict[str, NDArray[np.float64]] = {}
    for role, array in tensors.items():
        if ".attention.q." in role:
            trio = [tensors[role.replace(".q.", f".{letter}.")] for letter in "qkv"]
            out[role.replace(".q.", ".qkv.")] = np.concatenate(trio)
        elif not (".attention.k." in role or ".attention.v." in role):
            out[role] = array
    return out
