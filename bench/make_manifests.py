"""Write names, number formats and shapes of real architectures, from their public configurations.

Run from the root of the repository: ``python bench/make_manifests.py``. It writes one text file
a model into ``tests/data/manifests``. No weights are read and nothing is fetched: each builder
states how the tensors of an architecture follow from the numbers of its configuration, and the
tests hold the totals against the published parameter counts.

The format: comment lines, then a line with the configuration as JSON, then one line for each set
of tensors: name, number format, shape. ``{0..31}`` in a name stands for all numbers of a range.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Lines = list[str]
Config = dict[str, Any]

TARGET = Path("tests/data/manifests")


def line(name: str, *shape: int, dtype: str = "BF16") -> str:
    """One set of tensors."""
    return f"{name} {dtype} {','.join(str(n) for n in shape) or '-'}"


def linear(name: str, n_out: int, n_in: int, *, bias: bool = False, dtype: str = "BF16") -> Lines:
    """Write a matrix, and its bias if it has one."""
    weight = line(f"{name}.weight", n_out, n_in, dtype=dtype)
    return [weight, line(f"{name}.bias", n_out, dtype=dtype)] if bias else [weight]


def layer_norm(name: str, n: int, dtype: str = "BF16") -> Lines:
    """Gain and shift."""
    return [line(f"{name}.weight", n, dtype=dtype), line(f"{name}.bias", n, dtype=dtype)]


def span(n: int, first: int = 0) -> str:
    """All numbers from `first` to the one before `n`."""
    return f"{{{first}..{n - 1}}}"


# -- decoders -------------------------------------------------------------------------------------


def attention(block: str, c: Config, *, bias: bool = False, qk_norm: bool = False) -> Lines:
    """Separate q, k, v and o, heads shared in groups."""
    hidden, dim = c["hidden_size"], c["head_dim"]
    q, kv = c["num_attention_heads"] * dim, c["num_key_value_heads"] * dim
    lines = linear(f"{block}.q_proj", q, hidden, bias=bias)
    lines += linear(f"{block}.k_proj", kv, hidden, bias=bias)
    lines += linear(f"{block}.v_proj", kv, hidden, bias=bias)
    lines += linear(f"{block}.o_proj", hidden, q)
    if qk_norm:
        lines += [line(f"{block}.q_norm.weight", dim), line(f"{block}.k_norm.weight", dim)]
    return lines


def gated_mlp(block: str, hidden: int, units: int, *, bias: bool = False) -> Lines:
    """Gate, up and down."""
    lines = linear(f"{block}.gate_proj", units, hidden, bias=bias)
    lines += linear(f"{block}.up_proj", units, hidden, bias=bias)
    return lines + linear(f"{block}.down_proj", hidden, units, bias=bias)


def norms(block: str, hidden: int, *names: str) -> Lines:
    """Gains without shifts."""
    return [line(f"{block}.{name}.weight", hidden) for name in names]


LLAMA_NORMS = ("input_layernorm", "post_attention_layernorm")


def ends(c: Config, stem: str, head: str | None) -> Lines:
    """Embedding, final norm and, unless it is tied, the head."""
    hidden, vocab = c["hidden_size"], c["vocab_size"]
    lines = [line(f"{stem}embed_tokens.weight", vocab, hidden), line(f"{stem}norm.weight", hidden)]
    return [*lines, line(head, vocab, hidden)] if head else lines


def llama(
    c: Config,
    *,
    stem: str = "model.",
    head: str | None = "lm_head.weight",
    bias: bool = False,
    qk_norm: bool = False,
    norm_names: tuple[str, ...] = LLAMA_NORMS,
) -> Lines:
    """Write the Llama shape and its relatives."""
    block = f"{stem}layers.{span(c['num_hidden_layers'])}"
    lines = ends(c, stem, head)
    lines += attention(f"{block}.self_attn", c, bias=bias, qk_norm=qk_norm)
    lines += gated_mlp(f"{block}.mlp", c["hidden_size"], c["intermediate_size"])
    return lines + norms(block, c["hidden_size"], *norm_names)


def routed(
    block: str, c: Config, n_experts: int, *, shared: int = 0, correction: bool = False
) -> Lines:
    """Router, routed experts with a tensor each, shared experts."""
    hidden, units = c["hidden_size"], c["moe_intermediate_size"]
    lines = [line(f"{block}.gate.weight", n_experts, hidden)]
    if correction:
        lines.append(line(f"{block}.gate.e_score_correction_bias", n_experts, dtype="F32"))
    lines += gated_mlp(f"{block}.experts.{span(n_experts)}", hidden, units)
    return lines + (gated_mlp(f"{block}.shared_experts", hidden, units * shared) if shared else [])


def qwen3_moe(c: Config) -> Lines:
    """Qwen3-MoE: experts in every layer, none shared."""
    block = f"model.layers.{span(c['num_hidden_layers'])}"
    lines = ends(c, "model.", "lm_head.weight")
    lines += attention(f"{block}.self_attn", c, qk_norm=True)
    lines += norms(block, c["hidden_size"], *LLAMA_NORMS)
    return lines + routed(f"{block}.mlp", c, c["num_experts"])


def qwen3_moe_packed(c: Config) -> Lines:
    """Write the same as newer versions of transformers: all experts of a layer in one."""
    block = f"model.layers.{span(c['num_hidden_layers'])}"
    n, hidden, units = c["num_experts"], c["hidden_size"], c["moe_intermediate_size"]
    lines = [text for text in qwen3_moe(c) if ".experts." not in text]
    lines.append(line(f"{block}.mlp.experts.gate_up_proj", n, 2 * units, hidden))
    return [*lines, line(f"{block}.mlp.experts.down_proj", n, hidden, units)]


def mixtral(c: Config) -> Lines:
    """Mixtral: w1 is the gate, w2 the way down, w3 the way up."""
    block = f"model.layers.{span(c['num_hidden_layers'])}"
    hidden, units, n = c["hidden_size"], c["intermediate_size"], c["num_local_experts"]
    lines = ends(c, "model.", "lm_head.weight") + attention(f"{block}.self_attn", c)
    lines += norms(block, hidden, *LLAMA_NORMS)
    experts = f"{block}.block_sparse_moe.experts.{span(n)}"
    lines.append(line(f"{block}.block_sparse_moe.gate.weight", n, hidden))
    lines += linear(f"{experts}.w1", units, hidden) + linear(f"{experts}.w2", hidden, units)
    return lines + linear(f"{experts}.w3", units, hidden)


def glm_moe(c: Config, *, bias: bool) -> Lines:
    """GLM-4.5 and Solar Open: sigmoid router, shared expert, dense first layers, MTP layer."""
    n, dense = c["num_hidden_layers"], c.get("first_k_dense_replace", 0)
    extra = c.get("num_nextn_predict_layers", 0)
    hidden, vocab = c["hidden_size"], c["vocab_size"]
    every = f"model.layers.{span(n + extra)}"
    lines = ends(c, "model.", "lm_head.weight")
    lines += attention(f"{every}.self_attn", c, bias=bias) + norms(every, hidden, *LLAMA_NORMS)
    if dense:
        lines += gated_mlp(f"model.layers.{span(dense)}.mlp", hidden, c["intermediate_size"])
    lines += routed(
        f"model.layers.{span(n + extra, dense)}.mlp",
        c,
        c["n_routed_experts"],
        shared=c["n_shared_experts"],
        correction=True,
    )
    return lines + (mtp(f"model.layers.{n}", hidden, vocab) if extra else [])


def mtp(block: str, hidden: int, vocab: int) -> Lines:
    """Write what the layer that predicts one token further has beside an ordinary block."""
    lines = [line(f"{block}.{name}.weight", hidden) for name in ("enorm", "hnorm")]
    lines += [
        line(f"{block}.embed_tokens.weight", vocab, hidden),
        line(f"{block}.shared_head.head.weight", vocab, hidden),
        line(f"{block}.shared_head.norm.weight", hidden),
    ]
    return lines + linear(f"{block}.eh_proj", hidden, 2 * hidden)


def fp8(lines: Lines) -> Lines:
    """Matrices of projections in eight bits with a scale for each block of 128 by 128."""
    found: Lines = []
    for text in lines:
        name, _, shape = text.split()
        sizes = [int(n) for n in shape.split(",")]
        if len(sizes) == 2 and "_proj" in name and "eh_proj" not in name:
            blocks = [-(-n // 128) for n in sizes]
            found.append(line(name, *sizes, dtype="F8_E4M3"))
            found.append(line(f"{name}_scale_inv", *blocks, dtype="F32"))
        else:
            found.append(text)
    return found


def deepseek(c: Config) -> Lines:
    """DeepSeek-V3 as published: latent attention, eight bits, the MTP layer at the end."""
    n, dense, hidden = c["num_hidden_layers"], c["first_k_dense_replace"], c["hidden_size"]
    heads = c["num_attention_heads"]
    nope, rope, value = c["qk_nope_head_dim"], c["qk_rope_head_dim"], c["v_head_dim"]
    q_rank, kv_rank = c["q_lora_rank"], c["kv_lora_rank"]
    every = f"model.layers.{span(n + 1)}"
    lines = ends(c, "model.", "lm_head.weight") + norms(every, hidden, *LLAMA_NORMS)
    lines += linear(f"{every}.self_attn.q_a_proj", q_rank, hidden)
    lines += linear(f"{every}.self_attn.q_b_proj", heads * (nope + rope), q_rank)
    lines += linear(f"{every}.self_attn.kv_a_proj_with_mqa", kv_rank + rope, hidden)
    lines += linear(f"{every}.self_attn.kv_b_proj", heads * (nope + value), kv_rank)
    lines += linear(f"{every}.self_attn.o_proj", hidden, heads * value)
    lines.append(line(f"{every}.self_attn.q_a_layernorm.weight", q_rank))
    lines.append(line(f"{every}.self_attn.kv_a_layernorm.weight", kv_rank))
    lines += gated_mlp(f"model.layers.{span(dense)}.mlp", hidden, c["intermediate_size"])
    lines += routed(
        f"model.layers.{span(n + 1, dense)}.mlp",
        c,
        c["n_routed_experts"],
        shared=c["n_shared_experts"],
        correction=True,
    )
    return fp8(lines + mtp(f"model.layers.{n}", hidden, c["vocab_size"]))


def gpt_oss(c: Config) -> Lines:
    """GPT-OSS as published: experts in four bits, with biases and sinks."""
    block = f"model.layers.{span(c['num_hidden_layers'])}"
    hidden, dim = c["hidden_size"], c["head_dim"]
    heads, kv_heads = c["num_attention_heads"], c["num_key_value_heads"]
    n, units = c["num_local_experts"], c["intermediate_size"]
    lines = ends(c, "model.", "lm_head.weight") + norms(block, hidden, *LLAMA_NORMS)
    lines += linear(f"{block}.self_attn.q_proj", heads * dim, hidden, bias=True)
    lines += linear(f"{block}.self_attn.k_proj", kv_heads * dim, hidden, bias=True)
    lines += linear(f"{block}.self_attn.v_proj", kv_heads * dim, hidden, bias=True)
    lines += linear(f"{block}.self_attn.o_proj", hidden, heads * dim, bias=True)
    lines.append(line(f"{block}.self_attn.sinks", heads))
    lines += linear(f"{block}.mlp.router", n, hidden, bias=True)
    experts = f"{block}.mlp.experts"
    for name, rows, columns in (("gate_up", 2 * units, hidden), ("down", hidden, units)):
        lines.append(line(f"{experts}.{name}_proj_blocks", n, rows, columns // 32, 16, dtype="U8"))
        lines.append(line(f"{experts}.{name}_proj_scales", n, rows, columns // 32, dtype="U8"))
        lines.append(line(f"{experts}.{name}_proj_bias", n, rows))
    return lines


def gpt2(c: Config) -> Lines:
    """GPT-2 as published: matrices stored [in, out], causal masks as tensors."""
    n, hidden, context = f"h.{span(c['n_layer'])}", c["n_embd"], c["n_positions"]
    lines = [
        line("wte.weight", c["vocab_size"], hidden, dtype="F32"),
        line("wpe.weight", context, hidden, dtype="F32"),
        line(f"{n}.attn.bias", 1, 1, context, context, dtype="F32"),
        line(f"{n}.attn.c_attn.weight", hidden, 3 * hidden, dtype="F32"),
        line(f"{n}.attn.c_attn.bias", 3 * hidden, dtype="F32"),
        line(f"{n}.attn.c_proj.weight", hidden, hidden, dtype="F32"),
        line(f"{n}.attn.c_proj.bias", hidden, dtype="F32"),
        line(f"{n}.mlp.c_fc.weight", hidden, 4 * hidden, dtype="F32"),
        line(f"{n}.mlp.c_fc.bias", 4 * hidden, dtype="F32"),
        line(f"{n}.mlp.c_proj.weight", 4 * hidden, hidden, dtype="F32"),
        line(f"{n}.mlp.c_proj.bias", hidden, dtype="F32"),
    ]
    for name in (f"{n}.ln_1", f"{n}.ln_2", "ln_f"):
        lines += layer_norm(name, hidden, "F32")
    return lines


def neox(c: Config) -> Lines:
    """GPT-NeoX (Pythia): q, k and v interleaved head by head, masks and frequencies stored."""
    block, hidden = f"gpt_neox.layers.{span(c['num_hidden_layers'])}", c["hidden_size"]
    context = c["max_position_embeddings"]
    rotary = int(hidden // c["num_attention_heads"] * c["rotary_pct"])
    lines = [
        line("gpt_neox.embed_in.weight", c["vocab_size"], hidden, dtype="F16"),
        line("embed_out.weight", c["vocab_size"], hidden, dtype="F16"),
        line(f"{block}.attention.bias", 1, 1, context, context, dtype="BOOL"),
        line(f"{block}.attention.masked_bias", dtype="F16"),
        line(f"{block}.attention.rotary_emb.inv_freq", rotary // 2, dtype="F16"),
    ]
    for name, n_out, n_in in (
        ("attention.query_key_value", 3 * hidden, hidden),
        ("attention.dense", hidden, hidden),
        ("mlp.dense_h_to_4h", c["intermediate_size"], hidden),
        ("mlp.dense_4h_to_h", hidden, c["intermediate_size"]),
    ):
        lines += linear(f"{block}.{name}", n_out, n_in, bias=True, dtype="F16")
    for name in (f"{block}.input_layernorm", f"{block}.post_attention_layernorm"):
        lines += layer_norm(name, hidden, "F16")
    return lines + layer_norm("gpt_neox.final_layer_norm", hidden, "F16")


# -- encoders -------------------------------------------------------------------------------------


def bert_body(c: Config, stem: str, gain: str = "weight", shift: str = "bias") -> Lines:
    """Embeddings, blocks and pooler of BERT."""
    hidden, units = c["hidden_size"], c["intermediate_size"]
    block = f"{stem}encoder.layer.{span(c['num_hidden_layers'])}"
    lines = [
        line(f"{stem}embeddings.word_embeddings.weight", c["vocab_size"], hidden, dtype="F32"),
        line(
            f"{stem}embeddings.position_embeddings.weight",
            c["max_position_embeddings"],
            hidden,
            dtype="F32",
        ),
        line(f"{stem}embeddings.token_type_embeddings.weight", 2, hidden, dtype="F32"),
    ]
    for name in (
        f"{stem}embeddings.LayerNorm",
        f"{block}.attention.output.LayerNorm",
        f"{block}.output.LayerNorm",
    ):
        lines += [line(f"{name}.{p}", hidden, dtype="F32") for p in (gain, shift)]
    for name in ("self.query", "self.key", "self.value", "output.dense"):
        lines += linear(f"{block}.attention.{name}", hidden, hidden, bias=True, dtype="F32")
    lines += linear(f"{block}.intermediate.dense", units, hidden, bias=True, dtype="F32")
    lines += linear(f"{block}.output.dense", hidden, units, bias=True, dtype="F32")
    return lines + linear(f"{stem}pooler.dense", hidden, hidden, bias=True, dtype="F32")


def bert(c: Config) -> Lines:
    """BERT with its heads and its old names of gains, as published."""
    hidden, vocab = c["hidden_size"], c["vocab_size"]
    lines = bert_body(c, "bert.", "gamma", "beta")
    lines += linear("cls.predictions.transform.dense", hidden, hidden, bias=True, dtype="F32")
    lines += [
        line("cls.predictions.transform.LayerNorm.gamma", hidden, dtype="F32"),
        line("cls.predictions.transform.LayerNorm.beta", hidden, dtype="F32"),
        line("cls.predictions.bias", vocab, dtype="F32"),
    ]
    return lines + linear("cls.seq_relationship", 2, hidden, bias=True, dtype="F32")


def minilm(c: Config) -> Lines:
    """Write a sentence encoder: BERT without a prefix, positions stored as numbers."""
    n = c["max_position_embeddings"]
    return [*bert_body(c, ""), line("embeddings.position_ids", 1, n, dtype="I64")]


def vit(c: Config) -> Lines:
    """ViT with a classifier, as published by transformers."""
    hidden, units, patch = c["hidden_size"], c["intermediate_size"], c["patch_size"]
    n_patches = (c["image_size"] // patch) ** 2
    block = f"vit.encoder.layer.{span(c['num_hidden_layers'])}"
    lines = [
        line("vit.embeddings.cls_token", 1, 1, hidden, dtype="F32"),
        line("vit.embeddings.position_embeddings", 1, n_patches + 1, hidden, dtype="F32"),
        line(
            "vit.embeddings.patch_embeddings.projection.weight",
            hidden,
            3,
            patch,
            patch,
            dtype="F32",
        ),
        line("vit.embeddings.patch_embeddings.projection.bias", hidden, dtype="F32"),
    ]
    for name in ("query", "key", "value"):
        lines += linear(
            f"{block}.attention.attention.{name}", hidden, hidden, bias=True, dtype="F32"
        )
    lines += linear(f"{block}.attention.output.dense", hidden, hidden, bias=True, dtype="F32")
    lines += linear(f"{block}.intermediate.dense", units, hidden, bias=True, dtype="F32")
    lines += linear(f"{block}.output.dense", hidden, units, bias=True, dtype="F32")
    for name in (f"{block}.layernorm_before", f"{block}.layernorm_after", "vit.layernorm"):
        lines += layer_norm(name, hidden, "F32")
    return lines + linear("classifier", 1000, hidden, bias=True, dtype="F32")


def clip_blocks(stem: str, c: Config, dtype: str = "F32") -> Lines:
    """Blocks of a CLIP tower."""
    hidden, units = c["hidden_size"], c["intermediate_size"]
    block = f"{stem}encoder.layers.{span(c['num_hidden_layers'])}"
    lines = layer_norm(f"{block}.layer_norm1", hidden, dtype)
    lines += layer_norm(f"{block}.layer_norm2", hidden, dtype)
    for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
        lines += linear(f"{block}.self_attn.{name}", hidden, hidden, bias=True, dtype=dtype)
    lines += linear(f"{block}.mlp.fc1", units, hidden, bias=True, dtype=dtype)
    return lines + linear(f"{block}.mlp.fc2", hidden, units, bias=True, dtype=dtype)


def clip(c: Config) -> Lines:
    """Both towers of CLIP."""
    text, vision, joint = c["text_config"], c["vision_config"], c["projection_dim"]
    hidden, patch = vision["hidden_size"], vision["patch_size"]
    n_patches = (vision["image_size"] // patch) ** 2
    context = text["max_position_embeddings"]
    lines = clip_blocks("text_model.", text) + clip_blocks("vision_model.", vision)
    table = "text_model.embeddings"
    lines += [
        line(f"{table}.token_embedding.weight", 49408, text["hidden_size"], dtype="F32"),
        line(f"{table}.position_embedding.weight", context, text["hidden_size"], dtype="F32"),
        line(f"{table}.position_ids", 1, context, dtype="I64"),
        line("vision_model.embeddings.class_embedding", hidden, dtype="F32"),
        line(
            "vision_model.embeddings.patch_embedding.weight", hidden, 3, patch, patch, dtype="F32"
        ),
        line(
            "vision_model.embeddings.position_embedding.weight", n_patches + 1, hidden, dtype="F32"
        ),
        line("vision_model.embeddings.position_ids", 1, n_patches + 1, dtype="I64"),
        line("text_projection.weight", joint, text["hidden_size"], dtype="F32"),
        line("visual_projection.weight", joint, hidden, dtype="F32"),
        line("logit_scale", dtype="F32"),
    ]
    lines += layer_norm("text_model.final_layer_norm", text["hidden_size"], "F32")
    lines += layer_norm("vision_model.pre_layrnorm", hidden, "F32")
    return lines + layer_norm("vision_model.post_layernorm", hidden, "F32")


def siglip_vision(stem: str, c: Config, dtype: str = "F32") -> Lines:
    """Vision tower of SigLIP with its attention pooling."""
    hidden, units, patch = c["hidden_size"], c["intermediate_size"], c["patch_size"]
    n_patches = (c["image_size"] // patch) ** 2
    head = f"{stem}head"
    lines = clip_blocks(stem, c, dtype) + layer_norm(f"{stem}post_layernorm", hidden, dtype)
    lines += [
        line(
            f"{stem}embeddings.patch_embedding.weight",
            hidden,
            c.get("num_channels", 3),
            patch,
            patch,
            dtype=dtype,
        ),
        line(f"{stem}embeddings.patch_embedding.bias", hidden, dtype=dtype),
        line(f"{stem}embeddings.position_embedding.weight", n_patches, hidden, dtype=dtype),
        line(f"{head}.probe", 1, 1, hidden, dtype=dtype),
        line(f"{head}.attention.in_proj_weight", 3 * hidden, hidden, dtype=dtype),
        line(f"{head}.attention.in_proj_bias", 3 * hidden, dtype=dtype),
    ]
    lines += linear(f"{head}.attention.out_proj", hidden, hidden, bias=True, dtype=dtype)
    lines += layer_norm(f"{head}.layernorm", hidden, dtype)
    lines += linear(f"{head}.mlp.fc1", units, hidden, bias=True, dtype=dtype)
    return lines + linear(f"{head}.mlp.fc2", hidden, units, bias=True, dtype=dtype)


def siglip(c: Config) -> Lines:
    """Both towers of SigLIP."""
    text = c["text_config"]
    hidden, context = text["hidden_size"], text["max_position_embeddings"]
    table = "text_model.embeddings"
    lines = clip_blocks("text_model.", text)
    lines += siglip_vision("vision_model.", c["vision_config"])
    lines += [
        line(f"{table}.token_embedding.weight", text["vocab_size"], hidden, dtype="F32"),
        line(f"{table}.position_embedding.weight", context, hidden, dtype="F32"),
        line("logit_scale", 1, dtype="F32"),
        line("logit_bias", 1, dtype="F32"),
    ]
    lines += layer_norm("text_model.final_layer_norm", hidden, "F32")
    return lines + linear("text_model.head", hidden, hidden, bias=True, dtype="F32")


def qwen_vision(stem: str, c: Config) -> Lines:
    """Vision tower of Qwen2.5-VL."""
    hidden, units, patch = c["hidden_size"], c["intermediate_size"], c["patch_size"]
    block, merged = f"{stem}blocks.{span(c['depth'])}", 4 * hidden
    lines = [line(f"{stem}patch_embed.proj.weight", hidden, 3, 2, patch, patch)]
    lines += norms(block, hidden, "norm1", "norm2")
    lines += linear(f"{block}.attn.qkv", 3 * hidden, hidden, bias=True)
    lines += linear(f"{block}.attn.proj", hidden, hidden, bias=True)
    lines += gated_mlp(f"{block}.mlp", hidden, units, bias=True)
    lines += [line(f"{stem}merger.ln_q.weight", hidden)]
    lines += linear(f"{stem}merger.mlp.0", merged, merged, bias=True)
    return lines + linear(f"{stem}merger.mlp.2", c["out_hidden_size"], merged, bias=True)


def whisper_attention(block: str, hidden: int, dtype: str) -> Lines:
    """Attention of Whisper: the keys have no bias."""
    lines = linear(f"{block}.k_proj", hidden, hidden, dtype=dtype)
    for name in ("q_proj", "v_proj", "out_proj"):
        lines += linear(f"{block}.{name}", hidden, hidden, bias=True, dtype=dtype)
    return lines


def whisper_encoder(stem: str, c: Config, dtype: str = "BF16") -> Lines:
    """Write the encoder of Whisper, and of what was started from it."""
    hidden, units = c["d_model"], c["encoder_ffn_dim"]
    block = f"{stem}layers.{span(c['encoder_layers'])}"
    lines = [
        line(f"{stem}conv1.weight", hidden, c["num_mel_bins"], 3, dtype=dtype),
        line(f"{stem}conv1.bias", hidden, dtype=dtype),
        line(f"{stem}conv2.weight", hidden, hidden, 3, dtype=dtype),
        line(f"{stem}conv2.bias", hidden, dtype=dtype),
        line(f"{stem}embed_positions.weight", c["max_source_positions"], hidden, dtype=dtype),
    ]
    lines += whisper_attention(f"{block}.self_attn", hidden, dtype)
    for name in (
        f"{block}.self_attn_layer_norm",
        f"{block}.final_layer_norm",
        f"{stem}layer_norm",
    ):
        lines += layer_norm(name, hidden, dtype)
    lines += linear(f"{block}.fc1", units, hidden, bias=True, dtype=dtype)
    return lines + linear(f"{block}.fc2", hidden, units, bias=True, dtype=dtype)


def whisper(c: Config) -> Lines:
    """Write encoder and decoder of Whisper."""
    stem, hidden, units = "model.decoder.", c["d_model"], c["decoder_ffn_dim"]
    block = f"{stem}layers.{span(c['decoder_layers'])}"
    lines = whisper_encoder("model.encoder.", c, "F16")
    lines += [
        line(f"{stem}embed_tokens.weight", c["vocab_size"], hidden, dtype="F16"),
        line(f"{stem}embed_positions.weight", c["max_target_positions"], hidden, dtype="F16"),
    ]
    for name in ("self_attn", "encoder_attn"):
        lines += whisper_attention(f"{block}.{name}", hidden, "F16")
        lines += layer_norm(f"{block}.{name}_layer_norm", hidden, "F16")
    lines += layer_norm(f"{block}.final_layer_norm", hidden, "F16")
    lines += layer_norm(f"{stem}layer_norm", hidden, "F16")
    lines += linear(f"{block}.fc1", units, hidden, bias=True, dtype="F16")
    return lines + linear(f"{block}.fc2", hidden, units, bias=True, dtype="F16")


# -- several components ---------------------------------------------------------------------------


def qwen_vl(c: Config, *, renamed: bool = False) -> Lines:
    """Qwen2.5-VL with the names of the hub, or with those of newer transformers."""
    stem, tower = ("model.language_model.", "model.visual.") if renamed else ("model.", "visual.")
    return qwen_vision(tower, c["vision_config"]) + llama(c, stem=stem, bias=True)


def qwen_audio(c: Config) -> Lines:
    """Qwen2-Audio."""
    text, audio = c["text_config"], c["audio_config"]
    lines = whisper_encoder("audio_tower.", audio)
    lines += linear(
        "multi_modal_projector.linear", text["hidden_size"], audio["d_model"], bias=True
    )
    return lines + llama(
        text, stem="language_model.model.", head="language_model.lm_head.weight", bias=True
    )


HCX_TEXT = "model.language_model.model."
HCX_HEAD = "model.language_model.lm_head.weight"


def hcx_think(c: Config) -> Lines:
    """HyperCLOVA X SEED Think 32B: a Qwen2.5-VL tower, a projector, its own language model."""
    text, vision = c["text_config"], c["vision_config"]
    lines = qwen_vision("model.vision_model.", vision)
    lines += linear("model.mm_projector", text["hidden_size"], vision["out_hidden_size"], bias=True)
    names = (*LLAMA_NORMS, "post_norm1", "post_norm2")
    return lines + llama(text, stem=HCX_TEXT, head=HCX_HEAD, norm_names=names)


def discrete_vision(stem: str, c: Config) -> Lines:
    """TA-Tok: a SigLIP encoder, a shallow decoder, a codebook between them."""
    hidden, narrow = c["hidden_size"], c["bottleneck_dim"]
    decoder = {
        **c,
        "num_hidden_layers": 3,
        "patch_size": 1,
        "image_size": 16,
        "num_channels": narrow,
        "intermediate_size": 3072,
    }
    lines = siglip_vision(f"{stem}encoder.", c, "F32")
    lines += siglip_vision(f"{stem}decoder.vision_model.", decoder, "F32")
    lines += linear(f"{stem}encode_task_layer.0", hidden, hidden, bias=True, dtype="F32")
    lines += linear(f"{stem}decode_task_layer.0", hidden, hidden, bias=True, dtype="F32")
    lines += linear(f"{stem}decode_task_layer.2", hidden, hidden, bias=True, dtype="F32")
    lines += linear(f"{stem}bottleneck.in_linear", narrow, hidden, bias=True, dtype="F32")
    lines += linear(f"{stem}bottleneck.out_linear", narrow, narrow, bias=True, dtype="F32")
    codebook = f"{stem}bottleneck.regularizer"
    lines.append(line(f"{codebook}.embedding.weight", 65536, narrow, dtype="F32"))
    lines += linear(f"{codebook}.embedding_proj", narrow, narrow, bias=True, dtype="F32")
    return lines + [
        line(f"{stem}scale_layer.{n}", 1, 3, 1, 1, dtype="F32") for n in ("scale", "shift")
    ]


def discrete_audio(stem: str) -> Lines:
    """Speech tokenizer of CosyVoice 2: six blocks of Whisper's names with a memory each."""
    hidden, block = 1280, f"{stem}encoder.blocks.{span(6)}"
    lines = [
        line(f"{stem}encoder.conv1.weight", hidden, 128, 3, dtype="F32"),
        line(f"{stem}encoder.conv1.bias", hidden, dtype="F32"),
        line(f"{stem}encoder.conv2.weight", hidden, hidden, 3, dtype="F32"),
        line(f"{stem}encoder.conv2.bias", hidden, dtype="F32"),
        line(f"{block}.attn.fsmn_block.weight", hidden, 1, 31, dtype="F32"),
        line(f"{block}.attn.key.weight", hidden, hidden, dtype="F32"),
    ]
    for name in ("query", "value", "out"):
        lines += linear(f"{block}.attn.{name}", hidden, hidden, bias=True, dtype="F32")
    lines += layer_norm(f"{block}.attn_ln", hidden, "F32") + layer_norm(
        f"{block}.mlp_ln", hidden, "F32"
    )
    lines += linear(f"{block}.mlp.0", 4 * hidden, hidden, bias=True, dtype="F32")
    lines += linear(f"{block}.mlp.2", hidden, 4 * hidden, bias=True, dtype="F32")
    return lines + linear(
        f"{stem}quantizer._codebook.project_down", 8, hidden, bias=True, dtype="F32"
    )


def compressor(stem: str, text_hidden: int) -> Lines:
    """One Mamba-2 block that shortens long video and audio (names inside it as published)."""
    hidden, heads = 3072, 96
    block, inner = f"{stem}model.layers.0", 2 * hidden
    conv = inner + 2 * 8 * 128
    lines = [
        line(f"{block}.norm.weight", hidden),
        line(f"{block}.mixer.A_log", heads),
        line(f"{block}.mixer.D", heads),
        line(f"{block}.mixer.dt_bias", heads),
        line(f"{block}.mixer.conv1d.weight", conv, 1, 4),
        line(f"{block}.mixer.conv1d.bias", conv),
        line(f"{block}.mixer.norm.weight", inner),
    ]
    lines += linear(f"{block}.mixer.in_proj", inner + conv + heads, hidden)
    lines += linear(f"{block}.mixer.out_proj", hidden, inner)
    lines += linear(f"{block}.weight_fc", 25, hidden, bias=True)
    lines += linear(f"{block}.gate_fc", 1, hidden, bias=True)
    lines += linear(f"{stem}input_proj", hidden, text_hidden, bias=True)
    return lines + linear(f"{stem}output_proj", text_hidden, hidden, bias=True)


def hcx_omni(c: Config) -> Lines:
    """HyperCLOVA X SEED Omni 8B: eight parts under one roof."""
    text, vision, audio = c["text_config"], c["vision_config"], c["audio_config"]
    hidden = text["hidden_size"]
    lines = qwen_vision("model.vision_model.", vision)
    lines += linear("model.mm_projector", hidden, vision["out_hidden_size"], bias=True)
    lines += whisper_encoder("model.audio_model.", audio)
    lines += linear("model.audio_projector.fc1", audio["d_model"], audio["d_model"], bias=True)
    lines += linear("model.audio_projector.fc2", hidden, audio["d_model"], bias=True)
    lines += compressor("model.video_audio_compressor.", hidden)
    lines += discrete_vision("model.discrete_vision_model.", c["discrete_vision_config"])
    lines += discrete_audio("model.discrete_audio_model.")
    return lines + llama(text, stem=HCX_TEXT, head=HCX_HEAD)


# -- configurations -------------------------------------------------------------------------------


def decoder_config(model_type: str, **sizes: int) -> Config:
    """Make the configuration of a decoder with the usual keys."""
    head_dim = sizes.get("head_dim", sizes["hidden_size"] // sizes["num_attention_heads"])
    return {"model_type": model_type, **sizes, "head_dim": head_dim}


def decoder(model_type: str, *sizes: int) -> Config:
    """Make the configuration of a dense decoder: layers, width, units, heads, vocabulary."""
    layers, hidden, units, heads, kv_heads, vocab = sizes
    return decoder_config(
        model_type,
        num_hidden_layers=layers,
        hidden_size=hidden,
        intermediate_size=units,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        vocab_size=vocab,
    )


def qwen_vision_config(units: int, out: int) -> Config:
    """Make the configuration of a vision tower of Qwen2.5-VL."""
    return {
        "model_type": "qwen2_5_vl",
        "depth": 32,
        "hidden_size": 1280,
        "intermediate_size": units,
        "num_heads": 16,
        "patch_size": 14,
        "out_hidden_size": out,
    }


QWEN3_MOE = {
    "model_type": "qwen3_moe",
    "num_hidden_layers": 48,
    "hidden_size": 2048,
    "moe_intermediate_size": 768,
    "num_attention_heads": 32,
    "num_key_value_heads": 4,
    "head_dim": 128,
    "num_experts": 128,
    "vocab_size": 151936,
}
AUDIO = {
    "model_type": "qwen2_audio_encoder",
    "d_model": 1280,
    "encoder_layers": 32,
    "encoder_attention_heads": 20,
    "encoder_ffn_dim": 5120,
    "num_mel_bins": 128,
    "max_source_positions": 1500,
}
WHISPER = {
    **AUDIO,
    "model_type": "whisper",
    "decoder_layers": 32,
    "decoder_attention_heads": 20,
    "decoder_ffn_dim": 5120,
    "max_target_positions": 448,
    "vocab_size": 51866,
}
SIGLIP_TEXT = {
    "hidden_size": 1152,
    "intermediate_size": 4304,
    "num_hidden_layers": 27,
    "num_attention_heads": 16,
}
SIGLIP_VISION = {
    **SIGLIP_TEXT,
    "model_type": "siglip_vision_model",
    "patch_size": 14,
    "image_size": 384,
}
QWEN_VL_7B = {
    **decoder("qwen2_5_vl", 28, 3584, 18944, 28, 4, 152064),
    "vision_config": qwen_vision_config(3420, 3584),
}
QWEN_VL_32B = {
    **decoder("qwen2_5_vl", 64, 5120, 27648, 40, 8, 152064),
    "vision_config": qwen_vision_config(3456, 5120),
}
HCX_THINK = {
    "model_type": "vlm",
    "architectures": ["HCXVisionV2ForCausalLM"],
    "text_config": decoder("hyperclovax", 72, 5120, 24192, 40, 8, 128256),
    "vision_config": qwen_vision_config(3456, 5120),
}
HCX_OMNI = {
    "model_type": "vlm",
    "architectures": ["HCXVisionV2ForCausalLM"],
    "text_config": decoder("llama", 36, 4096, 12288, 32, 8, 200704),
    "vision_config": qwen_vision_config(3420, 3584),
    "audio_config": AUDIO,
    "discrete_vision_config": {**SIGLIP_VISION, "model_type": "ta_tok", "bottleneck_dim": 1536},
}
DEEPSEEK_V3 = {
    "model_type": "deepseek_v3",
    "num_hidden_layers": 61,
    "hidden_size": 7168,
    "intermediate_size": 18432,
    "moe_intermediate_size": 2048,
    "num_attention_heads": 128,
    "num_key_value_heads": 128,
    "q_lora_rank": 1536,
    "kv_lora_rank": 512,
    "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64,
    "v_head_dim": 128,
    "n_routed_experts": 256,
    "n_shared_experts": 1,
    "first_k_dense_replace": 3,
    "num_nextn_predict_layers": 1,
    "vocab_size": 129280,
}
SOLAR_OPEN = {
    "model_type": "solar_open",
    "num_hidden_layers": 48,
    "hidden_size": 4096,
    "moe_intermediate_size": 1280,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "n_routed_experts": 128,
    "n_shared_experts": 1,
    "vocab_size": 196608,
}
GLM_AIR = {
    "model_type": "glm4_moe",
    "num_hidden_layers": 46,
    "hidden_size": 4096,
    "intermediate_size": 10944,
    "moe_intermediate_size": 1408,
    "num_attention_heads": 96,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "n_routed_experts": 128,
    "n_shared_experts": 1,
    "first_k_dense_replace": 1,
    "num_nextn_predict_layers": 1,
    "vocab_size": 151552,
}
GPT_OSS = {
    "model_type": "gpt_oss",
    "num_hidden_layers": 24,
    "hidden_size": 2880,
    "intermediate_size": 2880,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
    "head_dim": 64,
    "num_local_experts": 32,
    "vocab_size": 201088,
}
GPT2 = {
    "model_type": "gpt2",
    "n_layer": 12,
    "n_embd": 768,
    "n_head": 12,
    "n_positions": 1024,
    "vocab_size": 50257,
}
PYTHIA = {
    "model_type": "gpt_neox",
    "num_hidden_layers": 24,
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_attention_heads": 16,
    "max_position_embeddings": 2048,
    "rotary_pct": 0.25,
    "vocab_size": 50304,
}


def bert_config(layers: int, hidden: int, units: int, heads: int) -> Config:
    """Make the configuration of a BERT."""
    return {
        "model_type": "bert",
        "num_hidden_layers": layers,
        "hidden_size": hidden,
        "intermediate_size": units,
        "num_attention_heads": heads,
        "max_position_embeddings": 512,
        "vocab_size": 30522,
    }


VIT = {
    "model_type": "vit",
    "num_hidden_layers": 12,
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_attention_heads": 12,
    "patch_size": 16,
    "image_size": 224,
}
CLIP = {
    "model_type": "clip",
    "projection_dim": 768,
    "text_config": {
        "model_type": "clip_text_model",
        "hidden_size": 768,
        "intermediate_size": 3072,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "max_position_embeddings": 77,
    },
    "vision_config": {
        "model_type": "clip_vision_model",
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "patch_size": 14,
        "image_size": 224,
    },
}
SIGLIP = {
    "model_type": "siglip",
    "text_config": {
        **SIGLIP_TEXT,
        "model_type": "siglip_text_model",
        "vocab_size": 32000,
        "max_position_embeddings": 64,
    },
    "vision_config": SIGLIP_VISION,
}
QWEN2_AUDIO = {
    "model_type": "qwen2_audio",
    "text_config": decoder("qwen2", 32, 4096, 11008, 32, 32, 156032),
    "audio_config": AUDIO,
}
GEMMA_2B = {**decoder("gemma2", 26, 2304, 9216, 8, 4, 256000), "head_dim": 256}
GEMMA_NORMS = (*LLAMA_NORMS, "pre_feedforward_layernorm", "post_feedforward_layernorm")
EXAONE_NORMS = ("post_attention_layernorm", "post_feedforward_layernorm")


# -- convolutional networks -----------------------------------------------------------------------


def _batch_norm(name: str, n: int) -> Lines:
    """Gain, shift, running statistics and their counter."""
    held = ("weight", "bias", "running_mean", "running_var")
    counter = line(f"{name}.num_batches_tracked", dtype="I64")
    return [*(line(f"{name}.{part}", n, dtype="F32") for part in held), counter]


def _kernel(name: str, norm: str, n_out: int, n_in: int, k: int) -> Lines:
    """Write a convolution without a bias, and the norm behind it."""
    return [line(f"{name}.weight", n_out, n_in, k, k, dtype="F32"), *_batch_norm(norm, n_out)]


def resnet_torchvision(c: Config) -> Lines:
    """ResNet of basic blocks, under the names of torchvision and timm."""
    lines = _kernel("conv1", "bn1", c["embedding_size"], 3, 7)
    n_in = c["embedding_size"]
    for stage, (n, depth) in enumerate(zip(c["hidden_sizes"], c["depths"], strict=True), start=1):
        for number in range(depth):
            block = f"layer{stage}.{number}"
            lines += _kernel(f"{block}.conv1", f"{block}.bn1", n, n_in, 3)
            lines += _kernel(f"{block}.conv2", f"{block}.bn2", n, n, 3)
            if n_in != n:
                lines += _kernel(f"{block}.downsample.0", f"{block}.downsample.1", n, n_in, 1)
            n_in = n
    return lines + linear("fc", 1000, n_in, bias=True, dtype="F32")


def resnet(c: Config) -> Lines:
    """ResNet of bottlenecks, as published by transformers."""

    def convolution(name: str, n_out: int, n_in: int, k: int) -> Lines:
        return _kernel(f"{name}.convolution", f"{name}.normalization", n_out, n_in, k)

    lines = convolution("resnet.embedder.embedder", c["embedding_size"], 3, 7)
    n_in = c["embedding_size"]
    for stage, (n_out, depth) in enumerate(zip(c["hidden_sizes"], c["depths"], strict=True)):
        inner = n_out // 4
        for number in range(depth):
            block = f"resnet.encoder.stages.{stage}.layers.{number}"
            lines += convolution(f"{block}.layer.0", inner, n_in, 1)
            lines += convolution(f"{block}.layer.1", inner, inner, 3)
            lines += convolution(f"{block}.layer.2", n_out, inner, 1)
            if n_in != n_out:
                lines += convolution(f"{block}.shortcut", n_out, n_in, 1)
            n_in = n_out
    return lines + linear("classifier.1", 1000, n_in, bias=True, dtype="F32")


RESNET_18 = {
    "architecture": "resnet18",
    "embedding_size": 64,
    "hidden_sizes": [64, 128, 256, 512],
    "depths": [2, 2, 2, 2],
}
RESNET_50 = {
    "model_type": "resnet",
    "layer_type": "bottleneck",
    "embedding_size": 64,
    "hidden_sizes": [256, 512, 1024, 2048],
    "depths": [3, 4, 6, 3],
}


def all_models() -> dict[str, tuple[Config, Lines]]:
    """Give the configuration and the tensors of each model."""
    llama31 = decoder("llama", 32, 4096, 14336, 32, 8, 128256)
    mistral = decoder("mistral", 32, 4096, 14336, 32, 8, 32000)
    qwen25 = decoder("qwen2", 28, 3584, 18944, 28, 4, 152064)
    qwen3 = decoder("qwen3", 36, 4096, 12288, 32, 8, 151936)
    exaone = decoder("exaone4", 64, 5120, 27392, 40, 8, 102400)
    mixtral_8x7b = {
        **decoder("mixtral", 32, 4096, 14336, 32, 8, 32000),
        "num_local_experts": 8,
    }
    bert_base, minilm_l6 = bert_config(12, 768, 3072, 12), bert_config(6, 384, 1536, 12)
    return {
        "meta-llama--Llama-3.1-8B": (llama31, llama(llama31)),
        "mistralai--Mistral-7B-v0.1": (mistral, llama(mistral)),
        "Qwen--Qwen2.5-7B": (qwen25, llama(qwen25, bias=True)),
        "Qwen--Qwen3-8B": (qwen3, llama(qwen3, qk_norm=True)),
        "google--gemma-2-2b": (GEMMA_2B, llama(GEMMA_2B, head=None, norm_names=GEMMA_NORMS)),
        "LGAI-EXAONE--EXAONE-4.0-32B": (
            exaone,
            llama(exaone, qk_norm=True, norm_names=EXAONE_NORMS),
        ),
        "Qwen--Qwen3-30B-A3B": (QWEN3_MOE, qwen3_moe(QWEN3_MOE)),
        "Qwen--Qwen3-30B-A3B.packed": (QWEN3_MOE, qwen3_moe_packed(QWEN3_MOE)),
        "mistralai--Mixtral-8x7B-v0.1": (mixtral_8x7b, mixtral(mixtral_8x7b)),
        "deepseek-ai--DeepSeek-V3": (DEEPSEEK_V3, deepseek(DEEPSEEK_V3)),
        "upstage--Solar-Open-100B": (SOLAR_OPEN, glm_moe(SOLAR_OPEN, bias=False)),
        "zai-org--GLM-4.5-Air": (GLM_AIR, glm_moe(GLM_AIR, bias=True)),
        "openai--gpt-oss-20b": (GPT_OSS, gpt_oss(GPT_OSS)),
        "openai-community--gpt2": (GPT2, gpt2(GPT2)),
        "EleutherAI--pythia-1.4b": (PYTHIA, neox(PYTHIA)),
        "google-bert--bert-base-uncased": (bert_base, bert(bert_base)),
        "sentence-transformers--all-MiniLM-L6-v2": (minilm_l6, minilm(minilm_l6)),
        "google--vit-base-patch16-224": (VIT, vit(VIT)),
        "microsoft--resnet-50": (RESNET_50, resnet(RESNET_50)),
        "timm--resnet18.tv_in1k": (RESNET_18, resnet_torchvision(RESNET_18)),
        "openai--clip-vit-large-patch14": (CLIP, clip(CLIP)),
        "google--siglip-so400m-patch14-384": (SIGLIP, siglip(SIGLIP)),
        "openai--whisper-large-v3": (WHISPER, whisper(WHISPER)),
        "Qwen--Qwen2.5-VL-7B-Instruct": (QWEN_VL_7B, qwen_vl(QWEN_VL_7B)),
        "Qwen--Qwen2.5-VL-32B-Instruct": (QWEN_VL_32B, qwen_vl(QWEN_VL_32B)),
        "Qwen--Qwen2.5-VL-32B-Instruct.renamed": (
            QWEN_VL_32B,
            qwen_vl(QWEN_VL_32B, renamed=True),
        ),
        "Qwen--Qwen2-Audio-7B": (QWEN2_AUDIO, qwen_audio(QWEN2_AUDIO)),
        "naver-hyperclovax--HyperCLOVAX-SEED-Think-32B": (HCX_THINK, hcx_think(HCX_THINK)),
        "naver-hyperclovax--HyperCLOVAX-SEED-Omni-8B": (HCX_OMNI, hcx_omni(HCX_OMNI)),
    }


def manifest_text(name: str, config: Config, lines: Lines) -> str:
    """Text of one manifest."""
    head = f"# {name.replace('--', '/')}, made by bench/make_manifests.py"
    return "\n".join([head, json.dumps(config), *sorted(lines), ""])


def main() -> None:
    """Write all manifests."""
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, (config, lines) in all_models().items():
        text = manifest_text(name, config, lines)
        (TARGET / f"{name}.txt").write_text(text, encoding="utf-8")
        print(f"{name}: {len(lines)} lines")


if __name__ == "__main__":
    main()
