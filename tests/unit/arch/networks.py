"""Small networks in NumPy, with the names that real ones have in their files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Weights = dict[str, Array]

N_TOKENS = 5


class Network(NamedTuple):
    """Weights, a configuration that agrees with them, and what they compute."""

    weights: Weights
    config: dict[str, Any]
    forward: Callable[[Weights], Array]


def fill(rng: np.random.Generator, shapes: dict[str, tuple[int, ...]]) -> Weights:
    return {name: 0.5 * rng.standard_normal(shape) for name, shape in shapes.items()}


def _softmax(x: Array) -> Array:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def _silu(x: Array) -> Array:
    return x / (1 + np.exp(-x))


def _rms(x: Array, gain: Array) -> Array:
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-6) * gain


def _layer_norm(w: Weights, name: str, x: Array) -> Array:
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-6)
    return scaled * w[f"{name}.weight"] + w[f"{name}.bias"]


def _linear(w: Weights, name: str, x: Array) -> Array:
    y = x @ w[f"{name}.weight"].T
    return y + w[f"{name}.bias"] if f"{name}.bias" in w else y


def _rotate(x: Array) -> Array:
    """Rotary positions on the last axis of [tokens, heads, dim]."""
    half = x.shape[-1] // 2
    angle = np.arange(len(x))[:, None] * 0.5 ** np.arange(half)
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    a, b = x[..., :half], x[..., half:]
    return np.concatenate([a * cos - b * sin, a * sin + b * cos], -1)


def _attend(q: Array, k: Array, v: Array, *, rotary: bool) -> Array:
    """Attention of [tokens, heads, dim] with keys and values shared in groups."""
    if rotary:
        q, k = _rotate(q), _rotate(k)
    share = q.shape[1] // k.shape[1]
    k, v = np.repeat(k, share, 1), np.repeat(v, share, 1)
    weight = _softmax(np.einsum("qhd,khd->hqk", q, k) / np.sqrt(q.shape[-1]))
    mixed = np.einsum("hqk,khd->qhd", weight, v)
    return mixed.reshape(len(q), -1)


def _heads(x: Array, n: int) -> Array:
    return x.reshape(len(x), n, -1)


def _tokens() -> NDArray[np.int64]:
    return np.arange(N_TOKENS) * 3 % 11


# -- decoders -------------------------------------------------------------------------------------


def _llama_shapes(
    hidden: int, units: int, q: int, kv: int, dim: int, *, layers: int = 2
) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "model.embed_tokens.weight": (17, hidden),
        "model.norm.weight": (hidden,),
        "lm_head.weight": (17, hidden),
    }
    for i in range(layers):
        block = f"model.layers.{i}"
        for name in ("input_layernorm", "post_attention_layernorm", "post_norm1", "post_norm2"):
            shapes[f"{block}.{name}.weight"] = (hidden,)
        for name, n in (("q", q), ("k", kv), ("v", kv)):
            shapes[f"{block}.self_attn.{name}_proj.weight"] = (n * dim, hidden)
            shapes[f"{block}.self_attn.{name}_proj.bias"] = (n * dim,)
        shapes[f"{block}.self_attn.o_proj.weight"] = (hidden, q * dim)
        shapes[f"{block}.self_attn.q_norm.weight"] = (dim,)
        shapes[f"{block}.self_attn.k_norm.weight"] = (dim,)
        for name in ("gate", "up"):
            shapes[f"{block}.mlp.{name}_proj.weight"] = (units, hidden)
        shapes[f"{block}.mlp.down_proj.weight"] = (hidden, units)
    return shapes


def _gated(w: Weights, name: str, x: Array) -> Array:
    gate, up = _linear(w, f"{name}.gate_proj", x), _linear(w, f"{name}.up_proj", x)
    return _linear(w, f"{name}.down_proj", _silu(gate) * up)


def _llama_attention(w: Weights, block: str, x: Array, q: int, kv: int) -> Array:
    query = _heads(_linear(w, f"{block}.q_proj", x), q)
    key = _heads(_linear(w, f"{block}.k_proj", x), kv)
    value = _heads(_linear(w, f"{block}.v_proj", x), kv)
    query, key = _rms(query, w[f"{block}.q_norm.weight"]), _rms(key, w[f"{block}.k_norm.weight"])
    return _linear(w, f"{block}.o_proj", _attend(query, key, value, rotary=True))


def llama(rng: np.random.Generator) -> Network:
    """Llama shape with grouped heads, biases, norms on q and k, and a second norm after each."""
    hidden, units, q, kv, dim = 12, 20, 4, 2, 6

    def forward(w: Weights) -> Array:
        x = w["model.embed_tokens.weight"][_tokens()]
        for i in range(2):
            block = f"model.layers.{i}"
            y = _rms(x, w[f"{block}.input_layernorm.weight"])
            y = _llama_attention(w, f"{block}.self_attn", y, q, kv)
            x = x + _rms(y, w[f"{block}.post_norm1.weight"])
            y = _gated(w, f"{block}.mlp", _rms(x, w[f"{block}.post_attention_layernorm.weight"]))
            x = x + _rms(y, w[f"{block}.post_norm2.weight"])
        return _rms(x, w["model.norm.weight"]) @ w["lm_head.weight"].T

    config = {
        "model_type": "hyperclovax",
        "hidden_size": hidden,
        "num_hidden_layers": 2,
        "num_attention_heads": q,
        "num_key_value_heads": kv,
        "head_dim": dim,
    }
    return Network(fill(rng, _llama_shapes(hidden, units, q, kv, dim)), config, forward)


def moe(rng: np.random.Generator, *, packed: bool = False) -> Network:
    """Llama attention with routed and shared experts, a tensor each or all in one."""
    hidden, units, q, kv, dim, n = 12, 10, 4, 2, 6, 3
    shapes = {k: v for k, v in _llama_shapes(hidden, 1, q, kv, dim).items() if ".mlp." not in k}
    shapes = {k: v for k, v in shapes.items() if "post_norm" not in k}
    for i in range(2):
        block = f"model.layers.{i}.mlp"
        shapes[f"{block}.gate.weight"] = (n, hidden)
        owners = [f"{block}.shared_expert"]
        if packed:
            shapes[f"{block}.experts.gate_up_proj"] = (n, 2 * units, hidden)
            shapes[f"{block}.experts.down_proj"] = (n, hidden, units)
        else:
            owners += [f"{block}.experts.{e}" for e in range(n)]
        for owner in owners:
            shapes[f"{owner}.gate_proj.weight"] = (units, hidden)
            shapes[f"{owner}.up_proj.weight"] = (units, hidden)
            shapes[f"{owner}.down_proj.weight"] = (hidden, units)

    def expert(w: Weights, block: str, e: int, x: Array) -> Array:
        if not packed:
            return _gated(w, f"{block}.experts.{e}", x)
        both = x @ w[f"{block}.experts.gate_up_proj"][e].T
        mixed = _silu(both[:, :units]) * both[:, units:]
        return mixed @ w[f"{block}.experts.down_proj"][e].T

    def forward(w: Weights) -> Array:
        x = w["model.embed_tokens.weight"][_tokens()]
        for i in range(2):
            block = f"model.layers.{i}"
            y = _rms(x, w[f"{block}.input_layernorm.weight"])
            x = x + _llama_attention(w, f"{block}.self_attn", y, q, kv)
            y = _rms(x, w[f"{block}.post_attention_layernorm.weight"])
            share = _softmax(_linear(w, f"{block}.mlp.gate", y))
            routed = [expert(w, f"{block}.mlp", e, y) * share[:, e : e + 1] for e in range(n)]
            x = x + sum(routed) + _gated(w, f"{block}.mlp.shared_expert", y)
        return _rms(x, w["model.norm.weight"]) @ w["lm_head.weight"].T

    config = {
        "model_type": "qwen3_moe",
        "hidden_size": hidden,
        "num_hidden_layers": 2,
        "num_attention_heads": q,
        "num_key_value_heads": kv,
        "head_dim": dim,
        "num_experts": n,
        "moe_intermediate_size": units,
    }
    return Network(fill(rng, shapes), config, forward)


def deepseek(rng: np.random.Generator) -> Network:
    """Multi-head latent attention with a dense MLP."""
    hidden, units, heads, nope, rope, value, kv_rank, q_rank = 12, 20, 3, 4, 2, 5, 7, 8
    shapes: dict[str, tuple[int, ...]] = {
        "model.embed_tokens.weight": (17, hidden),
        "model.norm.weight": (hidden,),
        "lm_head.weight": (17, hidden),
    }
    for i in range(2):
        block = f"model.layers.{i}"
        shapes |= {
            f"{block}.input_layernorm.weight": (hidden,),
            f"{block}.post_attention_layernorm.weight": (hidden,),
            f"{block}.self_attn.q_a_proj.weight": (q_rank, hidden),
            f"{block}.self_attn.q_a_layernorm.weight": (q_rank,),
            f"{block}.self_attn.q_b_proj.weight": (heads * (nope + rope), q_rank),
            f"{block}.self_attn.kv_a_proj_with_mqa.weight": (kv_rank + rope, hidden),
            f"{block}.self_attn.kv_a_layernorm.weight": (kv_rank,),
            f"{block}.self_attn.kv_b_proj.weight": (heads * (nope + value), kv_rank),
            f"{block}.self_attn.o_proj.weight": (hidden, heads * value),
            f"{block}.mlp.gate_proj.weight": (units, hidden),
            f"{block}.mlp.up_proj.weight": (units, hidden),
            f"{block}.mlp.down_proj.weight": (hidden, units),
        }

    def attention(w: Weights, block: str, x: Array) -> Array:
        q = _rms(_linear(w, f"{block}.q_a_proj", x), w[f"{block}.q_a_layernorm.weight"])
        q = _heads(_linear(w, f"{block}.q_b_proj", q), heads)
        latent = _linear(w, f"{block}.kv_a_proj_with_mqa", x)
        k_rope = _rotate(np.repeat(latent[:, None, kv_rank:], heads, 1))
        latent = _rms(latent[:, :kv_rank], w[f"{block}.kv_a_layernorm.weight"])
        both = _heads(_linear(w, f"{block}.kv_b_proj", latent), heads)
        q = np.concatenate([q[..., :nope], _rotate(q[..., nope:])], -1)
        k = np.concatenate([both[..., :nope], k_rope], -1)
        return _linear(w, f"{block}.o_proj", _attend(q, k, both[..., nope:], rotary=False))

    def forward(w: Weights) -> Array:
        x = w["model.embed_tokens.weight"][_tokens()]
        for i in range(2):
            block = f"model.layers.{i}"
            y = _rms(x, w[f"{block}.input_layernorm.weight"])
            x = x + attention(w, f"{block}.self_attn", y)
            y = _rms(x, w[f"{block}.post_attention_layernorm.weight"])
            x = x + _gated(w, f"{block}.mlp", y)
        return _rms(x, w["model.norm.weight"]) @ w["lm_head.weight"].T

    config = {
        "model_type": "deepseek_v3",
        "hidden_size": hidden,
        "num_hidden_layers": 2,
        "num_attention_heads": heads,
        "q_lora_rank": q_rank,
        "kv_lora_rank": kv_rank,
        "qk_nope_head_dim": nope,
        "qk_rope_head_dim": rope,
        "v_head_dim": value,
    }
    return Network(fill(rng, shapes), config, forward)


def gpt2(rng: np.random.Generator, *, transposed: bool = True) -> Network:
    """GPT-2 with matrices stored [in, out], or [out, in] as nanoGPT has them."""
    hidden, heads = 12, 3
    shapes: dict[str, tuple[int, ...]] = {
        "wte.weight": (17, hidden),
        "wpe.weight": (N_TOKENS, hidden),
        "ln_f.weight": (hidden,),
        "ln_f.bias": (hidden,),
    }
    for i in range(2):
        for name, n_in, n_out in (
            ("attn.c_attn", hidden, 3 * hidden),
            ("attn.c_proj", hidden, hidden),
            ("mlp.c_fc", hidden, 4 * hidden),
            ("mlp.c_proj", 4 * hidden, hidden),
        ):
            shape = (n_in, n_out) if transposed else (n_out, n_in)
            shapes[f"h.{i}.{name}.weight"] = shape
            shapes[f"h.{i}.{name}.bias"] = (n_out,)
        for name in ("ln_1", "ln_2"):
            shapes[f"h.{i}.{name}.weight"] = shapes[f"h.{i}.{name}.bias"] = (hidden,)

    def layer(w: Weights, name: str, x: Array) -> Array:
        weight = w[f"{name}.weight"]
        return x @ (weight if transposed else weight.T) + w[f"{name}.bias"]

    def forward(w: Weights) -> Array:
        x = w["wte.weight"][_tokens()] + w["wpe.weight"]
        for i in range(2):
            qkv = layer(w, f"h.{i}.attn.c_attn", _layer_norm(w, f"h.{i}.ln_1", x))
            q, k, v = (_heads(part, heads) for part in np.split(qkv, 3, -1))
            x = x + layer(w, f"h.{i}.attn.c_proj", _attend(q, k, v, rotary=False))
            y = np.tanh(layer(w, f"h.{i}.mlp.c_fc", _layer_norm(w, f"h.{i}.ln_2", x)))
            x = x + layer(w, f"h.{i}.mlp.c_proj", y)
        return _layer_norm(w, "ln_f", x) @ w["wte.weight"].T

    config = {"model_type": "gpt2", "n_embd": hidden, "n_layer": 2, "n_head": heads}
    return Network(fill(rng, shapes), config, forward)


def neox(rng: np.random.Generator) -> Network:
    """GPT-NeoX: q, k and v interleaved head by head, both halves side by side."""
    hidden, heads, units = 12, 3, 20
    shapes: dict[str, tuple[int, ...]] = {
        "gpt_neox.embed_in.weight": (17, hidden),
        "embed_out.weight": (17, hidden),
        "gpt_neox.final_layer_norm.weight": (hidden,),
        "gpt_neox.final_layer_norm.bias": (hidden,),
    }
    for i in range(2):
        block = f"gpt_neox.layers.{i}"
        for name, n_out, n_in in (
            ("attention.query_key_value", 3 * hidden, hidden),
            ("attention.dense", hidden, hidden),
            ("mlp.dense_h_to_4h", units, hidden),
            ("mlp.dense_4h_to_h", hidden, units),
        ):
            shapes[f"{block}.{name}.weight"] = (n_out, n_in)
            shapes[f"{block}.{name}.bias"] = (n_out,)
        for name in ("input_layernorm", "post_attention_layernorm"):
            shapes[f"{block}.{name}.weight"] = shapes[f"{block}.{name}.bias"] = (hidden,)

    def forward(w: Weights) -> Array:
        x = w["gpt_neox.embed_in.weight"][_tokens()]
        for i in range(2):
            block = f"gpt_neox.layers.{i}"
            y = _layer_norm(w, f"{block}.input_layernorm", x)
            qkv = _heads(_linear(w, f"{block}.attention.query_key_value", y), heads)
            q, k, v = np.split(qkv, 3, -1)
            y = _linear(w, f"{block}.attention.dense", _attend(q, k, v, rotary=False))
            z = _layer_norm(w, f"{block}.post_attention_layernorm", x)
            z = np.tanh(_linear(w, f"{block}.mlp.dense_h_to_4h", z))
            x = x + y + _linear(w, f"{block}.mlp.dense_4h_to_h", z)
        return _layer_norm(w, "gpt_neox.final_layer_norm", x) @ w["embed_out.weight"].T

    config = {
        "model_type": "gpt_neox",
        "hidden_size": hidden,
        "num_hidden_layers": 2,
        "num_attention_heads": heads,
    }
    return Network(fill(rng, shapes), config, forward)


# -- encoders -------------------------------------------------------------------------------------


def bert(rng: np.random.Generator) -> Network:
    """BERT: norms after each half, a pooler at the end."""
    hidden, heads, units = 12, 3, 20
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (17, hidden),
        "embeddings.position_embeddings.weight": (N_TOKENS, hidden),
        "embeddings.token_type_embeddings.weight": (2, hidden),
        "pooler.dense.weight": (hidden, hidden),
        "pooler.dense.bias": (hidden,),
    }
    norms = ["embeddings.LayerNorm"]
    for i in range(2):
        block = f"encoder.layer.{i}"
        for name, n_out, n_in in (
            ("attention.self.query", hidden, hidden),
            ("attention.self.key", hidden, hidden),
            ("attention.self.value", hidden, hidden),
            ("attention.output.dense", hidden, hidden),
            ("intermediate.dense", units, hidden),
            ("output.dense", hidden, units),
        ):
            shapes[f"{block}.{name}.weight"] = (n_out, n_in)
            shapes[f"{block}.{name}.bias"] = (n_out,)
        norms += [f"{block}.attention.output.LayerNorm", f"{block}.output.LayerNorm"]
    for name in norms:
        shapes[f"{name}.weight"] = shapes[f"{name}.bias"] = (hidden,)

    def forward(w: Weights) -> Array:
        x = w["embeddings.word_embeddings.weight"][_tokens()]
        x = x + w["embeddings.position_embeddings.weight"]
        x = x + w["embeddings.token_type_embeddings.weight"][0]
        x = _layer_norm(w, "embeddings.LayerNorm", x)
        for i in range(2):
            block = f"encoder.layer.{i}"
            names = ("query", "key", "value")
            q, k, v = (_heads(_linear(w, f"{block}.attention.self.{n}", x), heads) for n in names)
            y = _linear(w, f"{block}.attention.output.dense", _attend(q, k, v, rotary=False))
            x = _layer_norm(w, f"{block}.attention.output.LayerNorm", x + y)
            y = np.tanh(_linear(w, f"{block}.intermediate.dense", x))
            x = _layer_norm(
                w, f"{block}.output.LayerNorm", x + _linear(w, f"{block}.output.dense", y)
            )
        return np.tanh(_linear(w, "pooler.dense", x[0]))

    config = {
        "model_type": "bert",
        "hidden_size": hidden,
        "num_hidden_layers": 2,
        "num_attention_heads": heads,
    }
    return Network(fill(rng, shapes), config, forward)


def vit(rng: np.random.Generator) -> Network:
    """ViT with a class token, a patch stem and a classifier."""
    hidden, heads, units, patch = 12, 3, 20, 2
    shapes: dict[str, tuple[int, ...]] = {
        "vit.embeddings.cls_token": (1, 1, hidden),
        "vit.embeddings.position_embeddings": (1, N_TOKENS, hidden),
        "vit.embeddings.patch_embeddings.projection.weight": (hidden, 3, patch, patch),
        "vit.embeddings.patch_embeddings.projection.bias": (hidden,),
        "classifier.weight": (4, hidden),
        "classifier.bias": (4,),
    }
    norms = ["vit.layernorm"]
    for i in range(2):
        block = f"vit.encoder.layer.{i}"
        for name, n_out, n_in in (
            ("attention.attention.query", hidden, hidden),
            ("attention.attention.key", hidden, hidden),
            ("attention.attention.value", hidden, hidden),
            ("attention.output.dense", hidden, hidden),
            ("intermediate.dense", units, hidden),
            ("output.dense", hidden, units),
        ):
            shapes[f"{block}.{name}.weight"] = (n_out, n_in)
            shapes[f"{block}.{name}.bias"] = (n_out,)
        norms += [f"{block}.layernorm_before", f"{block}.layernorm_after"]
    for name in norms:
        shapes[f"{name}.weight"] = shapes[f"{name}.bias"] = (hidden,)
    pixels = np.random.default_rng(1).standard_normal((N_TOKENS - 1, 3 * patch * patch))

    def forward(w: Weights) -> Array:
        stem = "vit.embeddings.patch_embeddings.projection"
        x = pixels @ w[f"{stem}.weight"].reshape(hidden, -1).T + w[f"{stem}.bias"]
        x = np.concatenate([w["vit.embeddings.cls_token"][0], x])
        x = x + w["vit.embeddings.position_embeddings"][0]
        for i in range(2):
            block = f"vit.encoder.layer.{i}"
            y = _layer_norm(w, f"{block}.layernorm_before", x)
            names = (f"{block}.attention.attention.{n}" for n in ("query", "key", "value"))
            q, k, v = (_heads(_linear(w, name, y), heads) for name in names)
            x = x + _linear(w, f"{block}.attention.output.dense", _attend(q, k, v, rotary=False))
            y = _layer_norm(w, f"{block}.layernorm_after", x)
            y = np.tanh(_linear(w, f"{block}.intermediate.dense", y))
            x = x + _linear(w, f"{block}.output.dense", y)
        return _linear(w, "classifier", _layer_norm(w, "vit.layernorm", x)[0])

    config = {
        "model_type": "vit",
        "hidden_size": hidden,
        "num_hidden_layers": 2,
        "num_attention_heads": heads,
    }
    return Network(fill(rng, shapes), config, forward)


def qwen_vision(rng: np.random.Generator) -> Network:
    """Vision tower of Qwen2.5-VL: fused q, k, v, gated MLP with biases, merger of four patches."""
    hidden, heads, units, patch, out = 12, 3, 20, 2, 7
    shapes: dict[str, tuple[int, ...]] = {
        "visual.patch_embed.proj.weight": (hidden, 3, 2, patch, patch),
        "visual.merger.ln_q.weight": (hidden,),
        "visual.merger.mlp.0.weight": (4 * hidden, 4 * hidden),
        "visual.merger.mlp.0.bias": (4 * hidden,),
        "visual.merger.mlp.2.weight": (out, 4 * hidden),
        "visual.merger.mlp.2.bias": (out,),
    }
    for i in range(2):
        block = f"visual.blocks.{i}"
        for name, n_out, n_in in (
            ("attn.qkv", 3 * hidden, hidden),
            ("attn.proj", hidden, hidden),
            ("mlp.gate_proj", units, hidden),
            ("mlp.up_proj", units, hidden),
            ("mlp.down_proj", hidden, units),
        ):
            shapes[f"{block}.{name}.weight"] = (n_out, n_in)
            shapes[f"{block}.{name}.bias"] = (n_out,)
        shapes[f"{block}.norm1.weight"] = shapes[f"{block}.norm2.weight"] = (hidden,)
    pixels = np.random.default_rng(1).standard_normal((8, 3 * 2 * patch * patch))

    def forward(w: Weights) -> Array:
        x = pixels @ w["visual.patch_embed.proj.weight"].reshape(hidden, -1).T
        for i in range(2):
            block = f"visual.blocks.{i}"
            qkv = _linear(w, f"{block}.attn.qkv", _rms(x, w[f"{block}.norm1.weight"]))
            q, k, v = (_heads(part, heads) for part in np.split(qkv, 3, -1))
            x = x + _linear(w, f"{block}.attn.proj", _attend(q, k, v, rotary=True))
            x = x + _gated(w, f"{block}.mlp", _rms(x, w[f"{block}.norm2.weight"]))
        x = _rms(x, w["visual.merger.ln_q.weight"]).reshape(-1, 4 * hidden)
        return _linear(w, "visual.merger.mlp.2", np.tanh(_linear(w, "visual.merger.mlp.0", x)))

    config = {
        "model_type": "qwen2_5_vl",
        "hidden_size": 99,
        "vision_config": {
            "model_type": "qwen2_5_vl",
            "hidden_size": hidden,
            "depth": 2,
            "num_heads": heads,
        },
    }
    return Network(fill(rng, shapes), config, forward)


def whisper(rng: np.random.Generator) -> Network:
    """Encoder of Whisper: two convolutions and a fixed sinusoid before the blocks."""
    hidden, heads, units, mels = 12, 3, 20, 4
    stem = "model.encoder"
    shapes: dict[str, tuple[int, ...]] = {
        f"{stem}.conv1.weight": (hidden, mels, 3),
        f"{stem}.conv1.bias": (hidden,),
        f"{stem}.conv2.weight": (hidden, hidden, 3),
        f"{stem}.conv2.bias": (hidden,),
        f"{stem}.embed_positions.weight": (N_TOKENS, hidden),
    }
    norms = [f"{stem}.layer_norm"]
    for i in range(2):
        block = f"{stem}.layers.{i}"
        for name, n_out, n_in in (
            ("self_attn.q_proj", hidden, hidden),
            ("self_attn.k_proj", hidden, hidden),
            ("self_attn.v_proj", hidden, hidden),
            ("self_attn.out_proj", hidden, hidden),
            ("fc1", units, hidden),
            ("fc2", hidden, units),
        ):
            shapes[f"{block}.{name}.weight"] = (n_out, n_in)
            if "k_proj" not in name:
                shapes[f"{block}.{name}.bias"] = (n_out,)
        norms += [f"{block}.self_attn_layer_norm", f"{block}.final_layer_norm"]
    for name in norms:
        shapes[f"{name}.weight"] = shapes[f"{name}.bias"] = (hidden,)
    sound = np.random.default_rng(1).standard_normal((N_TOKENS, mels))

    def convolve(w: Weights, name: str, x: Array) -> Array:
        padded = np.pad(x, ((1, 1), (0, 0)))
        windows = np.stack([padded[i : i + len(x)] for i in range(3)], -1)
        return np.tanh(np.einsum("tik,oik->to", windows, w[f"{name}.weight"]) + w[f"{name}.bias"])

    def forward(w: Weights) -> Array:
        x = convolve(w, f"{stem}.conv2", convolve(w, f"{stem}.conv1", sound))
        x = x + w[f"{stem}.embed_positions.weight"]
        for i in range(2):
            block = f"{stem}.layers.{i}"
            y = _layer_norm(w, f"{block}.self_attn_layer_norm", x)
            names = (f"{block}.self_attn.{n}_proj" for n in "qkv")
            q, k, v = (_heads(_linear(w, name, y), heads) for name in names)
            x = x + _linear(w, f"{block}.self_attn.out_proj", _attend(q, k, v, rotary=False))
            y = np.tanh(_linear(w, f"{block}.fc1", _layer_norm(w, f"{block}.final_layer_norm", x)))
            x = x + _linear(w, f"{block}.fc2", y)
        # What comes after reads channel by channel, so a renumbering of these would show.
        return _layer_norm(w, f"{stem}.layer_norm", x)

    config = {
        "model_type": "whisper",
        "d_model": hidden,
        "encoder_layers": 2,
        "encoder_attention_heads": heads,
    }
    return Network(fill(rng, shapes), config, forward)


NETWORKS = {
    "llama": llama,
    "moe": moe,
    "moe packed": lambda rng: moe(rng, packed=True),
    "deepseek": deepseek,
    "gpt2": gpt2,
    "nanogpt": lambda rng: gpt2(rng, transposed=False),
    "gpt_neox": neox,
    "bert": bert,
    "vit": vit,
    "qwen2_5_vl_vision": qwen_vision,
    "whisper_encoder": whisper,
}
