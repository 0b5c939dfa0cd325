"""Networks that the zoo lacks, and any of them built from its ``config.json``.

A module tree here *is* the naming. Refuses to know about data and lineage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.accuracy.pictures import ConvShape, PictureShape, ResNet, Vit
from bench.zoo.models import Bert, Gpt2, Llama, LlamaAttention, MixtralMoe, RmsNorm, Shape, rotate
from bench.zoo.multimodal import AudioShape, AudioTower

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Norm(RmsNorm):
    """Root-mean-square norm with a stated epsilon."""

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__(width)
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        """Scale each row to unit mean square."""
        return functional.rms_norm(x, self.weight.shape, self.weight, self.epsilon)


def _set_epsilon(module: nn.Module, epsilon: float) -> nn.Module:
    for name, child in module.named_children():
        if isinstance(child, RmsNorm):
            setattr(module, name, Norm(len(child.weight), epsilon))
        else:
            _set_epsilon(child, epsilon)
    return module


class Qwen3Attention(LlamaAttention):
    """Grouped-query attention with a norm on each head's queries and keys."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        self.q_norm = RmsNorm(shape.head_width)
        self.k_norm = RmsNorm(shape.head_width)

    def forward(self, x: Tensor) -> Tensor:
        """Attend to the past."""
        batch, length, _ = x.shape
        q, k, v = (
            layer(x).view(batch, length, -1, self.shape.head_width).transpose(1, 2)
            for layer in (self.q_proj, self.k_proj, self.v_proj)
        )
        q, k = rotate(self.q_norm(q)), rotate(self.k_norm(k))
        group = self.shape.n_heads // self.shape.n_kv_heads
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.o_proj(y.transpose(1, 2).reshape(batch, length, -1))


class Qwen3(Llama):
    """Causal language model in Qwen3's layout."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        for layer in self.model.layers:
            layer.self_attn = Qwen3Attention(shape)

    def config(self) -> dict[str, Any]:
        """``config.json`` of this model."""
        names = {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3"}
        return {**super().config(), **names}


class Qwen2(Llama):
    """Causal language model in Qwen2's layout: biases on q, k and v."""

    def config(self) -> dict[str, Any]:
        """``config.json`` of this model."""
        names = {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2"}
        return {**super().config(), **names}


class UntiedGpt2(Gpt2):
    """GPT-2's layout with a head of its own."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        self.lm_head = nn.Linear(shape.width, shape.n_tokens, bias=False)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits of the next token."""
        x = self.wte(ids) + self.wpe.weight[: ids.shape[1]]
        for layer in self.h:
            x = layer(x)
        return self.lm_head(self.ln_f(x))

    def config(self) -> dict[str, Any]:
        """``config.json`` of this model."""
        return {**super().config(), "tie_word_embeddings": False}


class FineMoe(MixtralMoe):
    """Experts of which each token uses as many as wanted."""

    def __init__(self, shape: Shape, n_chosen: int) -> None:
        super().__init__(shape.width, shape.n_units, shape.n_experts)
        self.n_chosen = n_chosen

    def forward(self, x: Tensor) -> Tensor:
        """Weigh the best experts."""
        score = self.gate(x).softmax(-1)
        best = score.topk(self.n_chosen, dim=-1)
        weight = torch.zeros_like(score).scatter(-1, best.indices, best.values)
        weight = weight / weight.sum(-1, keepdim=True)
        out = [expert(x) * weight[..., i, None] for i, expert in enumerate(self.experts)]
        return torch.stack(out).sum(0)


# -- sound ----------------------------------------------------------------------------------------


class Whisper(AudioTower):
    """Audio encoder in Whisper's layout with an output projection."""

    def __init__(self, shape: AudioShape, n_out: int) -> None:
        super().__init__(shape)
        self.proj = nn.Linear(shape.width, n_out)

    def forward(self, spectrograms: Tensor) -> Tensor:
        """Logits of the letters heard, in order, from the mean over time."""
        return self.proj(super().forward(spectrograms)).mean(1)

    def config(self) -> dict[str, Any]:
        """``config.json`` of this model."""
        names = {"model_type": "qwen2_audio_encoder", "output_dim": self.proj.out_features}
        return {**super().config(), **names}


def _text_shape(config: Mapping[str, Any]) -> Shape:
    return Shape(
        n_tokens=config["vocab_size"],
        width=config["hidden_size"],
        n_layers=config["num_hidden_layers"],
        n_heads=config["num_attention_heads"],
        n_kv_heads=config["num_key_value_heads"],
        head_width=config["head_dim"],
        n_units=config["intermediate_size"],
        n_experts=config.get("num_local_experts", 0),
        n_positions=config["max_position_embeddings"],
        tied=config["tie_word_embeddings"],
        qkv_bias=config["model_type"] == "qwen2",
    )


def _mixtral(config: Mapping[str, Any]) -> nn.Module:
    shape = _text_shape(config)
    model = Llama(shape)
    for layer in model.model.layers:
        layer.block_sparse_moe = FineMoe(shape, config["num_experts_per_tok"])
    return model


def _gpt2(config: Mapping[str, Any]) -> nn.Module:
    shape = Shape(
        n_tokens=config["vocab_size"],
        width=config["n_embd"],
        n_layers=config["n_layer"],
        n_heads=config["n_head"],
        n_kv_heads=config["n_head"],
        n_units=config["n_inner"],
        n_positions=config["n_positions"],
    )
    return Gpt2(shape) if config.get("tie_word_embeddings", True) else UntiedGpt2(shape)


def _bert(config: Mapping[str, Any]) -> nn.Module:
    shape = Shape(
        n_tokens=config["vocab_size"],
        width=config["hidden_size"],
        n_layers=config["num_hidden_layers"],
        n_heads=config["num_attention_heads"],
        n_units=config["intermediate_size"],
        n_positions=config["max_position_embeddings"],
    )
    return Bert(shape)


def _vit(config: Mapping[str, Any]) -> nn.Module:
    shape = PictureShape(
        width=config["hidden_size"],
        n_layers=config["num_hidden_layers"],
        n_heads=config["num_attention_heads"],
        n_units=config["intermediate_size"],
        n_classes=config["num_labels"],
        patch=config["patch_size"],
        side=config["image_size"],
    )
    return Vit(shape)


def _resnet(config: Mapping[str, Any]) -> nn.Module:
    return ResNet(ConvShape(tuple(config["widths"]), config["n_blocks"], config["num_labels"]))


def _whisper(config: Mapping[str, Any]) -> nn.Module:
    shape = AudioShape(
        width=config["d_model"],
        n_layers=config["encoder_layers"],
        n_heads=config["encoder_attention_heads"],
        n_units=config["encoder_ffn_dim"],
        n_mels=config["num_mel_bins"],
        n_positions=config["max_source_positions"],
    )
    return Whisper(shape, config["output_dim"])


_BUILDERS: dict[str, Callable[[Mapping[str, Any]], nn.Module]] = {
    "llama": lambda config: Llama(_text_shape(config)),
    "mixtral": _mixtral,
    "qwen2": lambda config: Qwen2(_text_shape(config)),
    "qwen3": lambda config: Qwen3(_text_shape(config)),
    "gpt2": _gpt2,
    "bert": _bert,
    "vit": _vit,
    "torchvision_resnet": _resnet,
    "qwen2_audio_encoder": _whisper,
}


def build(config: Mapping[str, Any]) -> nn.Module:
    """Build the untrained network that a ``config.json`` describes."""
    model = _BUILDERS[config["model_type"]](config)
    return _set_epsilon(model, config["rms_norm_eps"]) if "rms_norm_eps" in config else model
