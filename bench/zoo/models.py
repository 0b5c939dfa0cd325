"""Small models whose parameters bear the names of the published families.

A module tree here *is* the naming: ``state_dict()`` gives the names a hub file would have.
Refuses to know about data and lineage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class Shape:
    """Size of a decoder; ``n_experts`` of 0 means a dense MLP."""

    n_tokens: int = 640
    width: int = 96
    n_layers: int = 5
    n_heads: int = 4
    n_kv_heads: int = 2
    head_width: int = 16
    n_units: int = 160
    n_experts: int = 0
    n_positions: int = 64
    tied: bool = True
    qkv_bias: bool = False


class RmsNorm(nn.Module):
    """Root-mean-square norm with a gain that starts at one."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """Scale each row to unit mean square."""
        return functional.rms_norm(x, self.weight.shape, self.weight, 1e-5)


def rotate(x: Tensor, base: float = 10_000.0) -> Tensor:
    """Apply rotary positions to ``[batch, head, position, channel]``, halves rotated together."""
    half = x.shape[-1] // 2
    rate = base ** (-torch.arange(half, dtype=torch.float32) / half)
    angle = torch.arange(x.shape[-2], dtype=torch.float32)[:, None] * rate
    cos, sin = angle.cos(), angle.sin()
    left, right = x[..., :half], x[..., half:]
    return torch.cat([left * cos - right * sin, right * cos + left * sin], dim=-1)


class LlamaAttention(nn.Module):
    """Grouped-query attention with rotary positions."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        q_width, kv_width = (n * shape.head_width for n in (shape.n_heads, shape.n_kv_heads))
        self.q_proj = nn.Linear(shape.width, q_width, bias=shape.qkv_bias)
        self.k_proj = nn.Linear(shape.width, kv_width, bias=shape.qkv_bias)
        self.v_proj = nn.Linear(shape.width, kv_width, bias=shape.qkv_bias)
        self.o_proj = nn.Linear(q_width, shape.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Attend to the past."""
        batch, length, _ = x.shape
        q, k, v = (
            layer(x).view(batch, length, -1, self.shape.head_width).transpose(1, 2)
            for layer in (self.q_proj, self.k_proj, self.v_proj)
        )
        group = self.shape.n_heads // self.shape.n_kv_heads
        k, v = rotate(k).repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        y = functional.scaled_dot_product_attention(rotate(q), k, v, is_causal=True)
        return self.o_proj(y.transpose(1, 2).reshape(batch, length, -1))


class LlamaMlp(nn.Module):
    """Gated MLP."""

    def __init__(self, width: int, n_units: int) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(width, n_units, bias=False)
        self.up_proj = nn.Linear(width, n_units, bias=False)
        self.down_proj = nn.Linear(n_units, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Gate, then project back."""
        return self.down_proj(functional.silu(self.gate_proj(x)) * self.up_proj(x))


class MixtralExpert(nn.Module):
    """One expert under the names ``w1`` (gate), ``w2`` (down) and ``w3`` (up)."""

    def __init__(self, width: int, n_units: int) -> None:
        super().__init__()
        self.w1 = nn.Linear(width, n_units, bias=False)
        self.w2 = nn.Linear(n_units, width, bias=False)
        self.w3 = nn.Linear(width, n_units, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Gate, then project back."""
        return self.w2(functional.silu(self.w1(x)) * self.w3(x))


class MixtralMoe(nn.Module):
    """Experts of which each token uses two, chosen by a linear router."""

    def __init__(self, width: int, n_units: int, n_experts: int) -> None:
        super().__init__()
        self.gate = nn.Linear(width, n_experts, bias=False)
        self.experts = nn.ModuleList(MixtralExpert(width, n_units) for _ in range(n_experts))

    def forward(self, x: Tensor) -> Tensor:
        """Weigh the two best experts; at this size all are computed and masked."""
        score = self.gate(x).softmax(-1)
        best = score.topk(2, dim=-1)
        weight = torch.zeros_like(score).scatter(-1, best.indices, best.values)
        weight = weight / weight.sum(-1, keepdim=True)
        out = [expert(x) * weight[..., i, None] for i, expert in enumerate(self.experts)]
        return torch.stack(out).sum(0)


class LlamaLayer(nn.Module):
    """Attention and MLP, each behind its norm."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.self_attn = LlamaAttention(shape)
        if shape.n_experts:
            self.block_sparse_moe = MixtralMoe(shape.width, shape.n_units, shape.n_experts)
        else:
            self.mlp = LlamaMlp(shape.width, shape.n_units)
        self.input_layernorm = RmsNorm(shape.width)
        self.post_attention_layernorm = RmsNorm(shape.width)

    def forward(self, x: Tensor) -> Tensor:
        """Add both blocks to the stream."""
        x = x + self.self_attn(self.input_layernorm(x))
        block = self.block_sparse_moe if hasattr(self, "block_sparse_moe") else self.mlp
        return x + block(self.post_attention_layernorm(x))


class LlamaBody(nn.Module):
    """Embedding, layers and final norm."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(shape.n_tokens, shape.width)
        self.layers = nn.ModuleList(LlamaLayer(shape) for _ in range(shape.n_layers))
        self.norm = RmsNorm(shape.width)

    def run(self, x: Tensor) -> Tensor:
        """Pass embedded rows through the layers."""
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)

    def forward(self, ids: Tensor) -> Tensor:
        """Hidden rows of a batch of token ids."""
        return self.run(self.embed_tokens(ids))


class Llama(nn.Module):
    """Causal language model in the Llama (dense) or Mixtral (experts) layout."""

    objective = "next token"

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.model = LlamaBody(shape)
        if not shape.tied:
            self.lm_head = nn.Linear(shape.width, shape.n_tokens, bias=False)

    def logits(self, hidden: Tensor) -> Tensor:
        """Logits of the next token from hidden rows."""
        head = self.model.embed_tokens if self.shape.tied else self.lm_head
        return functional.linear(hidden, head.weight)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits of the next token."""
        return self.logits(self.model(ids))

    def config(self) -> dict[str, Any]:
        """``config.json`` of this model."""
        shape = self.shape
        moe = bool(shape.n_experts)
        config: dict[str, Any] = {
            "architectures": ["MixtralForCausalLM" if moe else "LlamaForCausalLM"],
            "model_type": "mixtral" if moe else "llama",
            "hidden_size": shape.width,
            "intermediate_size": shape.n_units,
            "num_hidden_layers": shape.n_layers,
            "num_attention_heads": shape.n_heads,
            "num_key_value_heads": shape.n_kv_heads,
            "head_dim": shape.head_width,
            "hidden_act": "silu",
            "rms_norm_eps": 1e-5,
            "rope_theta": 10_000.0,
            "max_position_embeddings": shape.n_positions,
            "tie_word_embeddings": shape.tied,
            "vocab_size": shape.n_tokens,
        }
        if moe:
            config |= {"num_local_experts": shape.n_experts, "num_experts_per_tok": 2}
        return config


class Conv1d(nn.Module):
    """A linear map whose matrix is stored input by output, as GPT-2 does."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(n_in, n_out))
        self.bias = nn.Parameter(torch.zeros(n_out))

    def forward(self, x: Tensor) -> Tensor:
        """Multiply from the right."""
        return x @ self.weight + self.bias


class Gpt2Attention(nn.Module):
    """Fused q, k, v attention."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.n_heads = shape.n_heads
        self.c_attn = Conv1d(shape.width, 3 * shape.width)
        self.c_proj = Conv1d(shape.width, shape.width)

    def forward(self, x: Tensor) -> Tensor:
        """Attend to the past."""
        batch, length, width = x.shape
        q, k, v = (
            part.view(batch, length, self.n_heads, -1).transpose(1, 2)
            for part in self.c_attn(x).chunk(3, dim=-1)
        )
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.c_proj(y.transpose(1, 2).reshape(batch, length, width))


class Gpt2Mlp(nn.Module):
    """Plain MLP with GELU."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.c_fc = Conv1d(shape.width, shape.n_units)
        self.c_proj = Conv1d(shape.n_units, shape.width)

    def forward(self, x: Tensor) -> Tensor:
        """Widen, bend, narrow."""
        return self.c_proj(functional.gelu(self.c_fc(x), approximate="tanh"))


class Gpt2Layer(nn.Module):
    """Attention and MLP, each behind its LayerNorm."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(shape.width)
        self.attn = Gpt2Attention(shape)
        self.ln_2 = nn.LayerNorm(shape.width)
        self.mlp = Gpt2Mlp(shape)

    def forward(self, x: Tensor) -> Tensor:
        """Add both blocks to the stream."""
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Gpt2(nn.Module):
    """Causal language model in GPT-2's layout, tied head."""

    objective = "next token"

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.wte = nn.Embedding(shape.n_tokens, shape.width)
        self.wpe = nn.Embedding(shape.n_positions, shape.width)
        self.h = nn.ModuleList(Gpt2Layer(shape) for _ in range(shape.n_layers))
        self.ln_f = nn.LayerNorm(shape.width)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits of the next token."""
        x = self.wte(ids) + self.wpe.weight[: ids.shape[1]]
        for layer in self.h:
            x = layer(x)
        return functional.linear(self.ln_f(x), self.wte.weight)

    def config(self) -> dict[str, Any]:
        """``config.json`` of this model."""
        shape = self.shape
        return {
            "architectures": ["GPT2LMHeadModel"],
            "model_type": "gpt2",
            "activation_function": "gelu_new",
            "layer_norm_epsilon": 1e-5,
            "n_ctx": shape.n_positions,
            "n_embd": shape.width,
            "n_head": shape.n_heads,
            "n_inner": shape.n_units,
            "n_layer": shape.n_layers,
            "n_positions": shape.n_positions,
            "vocab_size": shape.n_tokens,
        }


class _BertSelf(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.n_heads = shape.n_heads
        self.query = nn.Linear(shape.width, shape.width)
        self.key = nn.Linear(shape.width, shape.width)
        self.value = nn.Linear(shape.width, shape.width)

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        q, k, v = (
            layer(x).view(batch, length, self.n_heads, -1).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        y = functional.scaled_dot_product_attention(q, k, v)
        return y.transpose(1, 2).reshape(batch, length, width)


class _BertOutput(nn.Module):
    def __init__(self, n_in: int, width: int) -> None:
        super().__init__()
        self.dense = nn.Linear(n_in, width)
        self.LayerNorm = nn.LayerNorm(width)

    def forward(self, x: Tensor, residual: Tensor) -> Tensor:
        return self.LayerNorm(self.dense(x) + residual)


class _BertAttention(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.self = _BertSelf(shape)
        self.output = _BertOutput(shape.width, shape.width)

    def forward(self, x: Tensor) -> Tensor:
        return self.output(self.self(x), x)


class _BertIntermediate(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.dense = nn.Linear(shape.width, shape.n_units)

    def forward(self, x: Tensor) -> Tensor:
        return functional.gelu(self.dense(x))


class BertLayer(nn.Module):
    """Attention and MLP, each followed by its LayerNorm (post-LN)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.attention = _BertAttention(shape)
        self.intermediate = _BertIntermediate(shape)
        self.output = _BertOutput(shape.n_units, shape.width)

    def forward(self, x: Tensor) -> Tensor:
        """Both blocks, each normed after the sum."""
        x = self.attention(x)
        return self.output(self.intermediate(x), x)


class _BertEmbeddings(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(shape.n_tokens, shape.width)
        self.position_embeddings = nn.Embedding(shape.n_positions, shape.width)
        self.token_type_embeddings = nn.Embedding(2, shape.width)
        self.LayerNorm = nn.LayerNorm(shape.width)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.word_embeddings(ids) + self.position_embeddings.weight[: ids.shape[1]]
        return self.LayerNorm(x + self.token_type_embeddings.weight[0])


class _BertEncoder(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.layer = nn.ModuleList(BertLayer(shape) for _ in range(shape.n_layers))


class _BertBody(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.embeddings = _BertEmbeddings(shape)
        self.encoder = _BertEncoder(shape)


class _BertTransform(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.dense = nn.Linear(shape.width, shape.width)
        self.LayerNorm = nn.LayerNorm(shape.width)


class _BertPredictions(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(shape.n_tokens))
        self.transform = _BertTransform(shape)


class _BertHead(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.predictions = _BertPredictions(shape)


class Bert(nn.Module):
    """Masked language model in BERT's layout, tied decoder."""

    objective = "masked token"

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.bert = _BertBody(shape)
        self.cls = _BertHead(shape)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits of every position."""
        x = self.bert.embeddings(ids)
        for layer in self.bert.encoder.layer:
            x = layer(x)
        head = self.cls.predictions
        x = head.transform.LayerNorm(functional.gelu(head.transform.dense(x)))
        return functional.linear(x, self.bert.embeddings.word_embeddings.weight, head.bias)

    def config(self) -> dict[str, Any]:
        """``config.json`` of this model."""
        shape = self.shape
        return {
            "architectures": ["BertForMaskedLM"],
            "model_type": "bert",
            "hidden_act": "gelu",
            "hidden_size": shape.width,
            "intermediate_size": shape.n_units,
            "layer_norm_eps": 1e-5,
            "max_position_embeddings": shape.n_positions,
            "num_attention_heads": shape.n_heads,
            "num_hidden_layers": shape.n_layers,
            "type_vocab_size": 2,
            "vocab_size": shape.n_tokens,
        }


def initialise(model: nn.Module, seed: int, *, sd: float) -> None:
    """Draw every matrix from N(0, sd²); gains start at one, biases at zero.

    What is not trained (fixed tables) stays as it is.
    """
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if not parameter.requires_grad:
                continue
            if parameter.dim() >= 2:
                parameter.copy_(torch.randn(parameter.shape, generator=rng) * sd)
            elif name.endswith("bias"):
                parameter.zero_()
            else:
                parameter.fill_(1.0)
