"""Encoders for pictures and sound in the layouts of Qwen2.5-VL and Whisper, joined to a Llama.

Refuses to know about data and lineage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.zoo.models import RmsNorm


@dataclass(frozen=True, slots=True)
class VisionShape:
    """Size of a vision tower; `n_out` is the width it hands on."""

    width: int = 64
    n_layers: int = 4
    n_heads: int = 4
    n_units: int = 128
    n_out: int = 64
    patch: int = 6
    side: int = 24


@dataclass(frozen=True, slots=True)
class AudioShape:
    """Size of an audio tower."""

    width: int = 64
    n_layers: int = 4
    n_heads: int = 4
    n_units: int = 256
    n_mels: int = 40
    n_positions: int = 32


def _attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    y = functional.scaled_dot_product_attention(q, k, v)
    return y.transpose(1, 2).flatten(2)


class _VisionAttention(nn.Module):
    def __init__(self, shape: VisionShape) -> None:
        super().__init__()
        self.n_heads = shape.n_heads
        self.qkv = nn.Linear(shape.width, 3 * shape.width)
        self.proj = nn.Linear(shape.width, shape.width)

    def forward(self, x: Tensor, angle: Tensor) -> Tensor:
        batch, length, _ = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, self.n_heads, -1).permute(2, 0, 3, 1, 4)
        return self.proj(_attend(_turn(q, angle), _turn(k, angle), v))


def _turn(x: Tensor, angle: Tensor) -> Tensor:
    left, right = x.chunk(2, dim=-1)
    cos, sin = angle.cos(), angle.sin()
    return torch.cat([left * cos - right * sin, right * cos + left * sin], dim=-1)


class _VisionMlp(nn.Module):
    def __init__(self, shape: VisionShape) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(shape.width, shape.n_units)
        self.up_proj = nn.Linear(shape.width, shape.n_units)
        self.down_proj = nn.Linear(shape.n_units, shape.width)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(functional.silu(self.gate_proj(x)) * self.up_proj(x))


class _VisionBlock(nn.Module):
    def __init__(self, shape: VisionShape) -> None:
        super().__init__()
        self.norm1 = RmsNorm(shape.width)
        self.norm2 = RmsNorm(shape.width)
        self.attn = _VisionAttention(shape)
        self.mlp = _VisionMlp(shape)

    def forward(self, x: Tensor, angle: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x), angle)
        return x + self.mlp(self.norm2(x))


class _PatchEmbed(nn.Module):
    def __init__(self, shape: VisionShape) -> None:
        super().__init__()
        kernel = (2, shape.patch, shape.patch)
        self.proj = nn.Conv3d(3, shape.width, kernel, stride=kernel, bias=False)

    def forward(self, pictures: Tensor) -> Tensor:
        # A still picture is a film of two equal frames.
        film = pictures[:, :, None].expand(-1, -1, 2, -1, -1)
        return self.proj(film).squeeze(2)


class _Merger(nn.Module):
    def __init__(self, shape: VisionShape) -> None:
        super().__init__()
        self.ln_q = RmsNorm(shape.width)
        wide = 4 * shape.width
        self.mlp = nn.Sequential(nn.Linear(wide, wide), nn.GELU(), nn.Linear(wide, shape.n_out))

    def forward(self, x: Tensor, side: int) -> Tensor:
        grid = self.ln_q(x).unflatten(1, (side // 2, 2, side // 2, 2))
        return self.mlp(grid.transpose(2, 3).flatten(3).flatten(1, 2))


class VisionTower(nn.Module):
    """Vision encoder under the names of Qwen2.5-VL; attention is full in every block."""

    def __init__(self, shape: VisionShape) -> None:
        super().__init__()
        self.shape = shape
        self.patch_embed = _PatchEmbed(shape)
        self.blocks = nn.ModuleList(_VisionBlock(shape) for _ in range(shape.n_layers))
        self.merger = _Merger(shape)

    def forward(self, pictures: Tensor) -> Tensor:
        """Rows ``[batch, merged patch, n_out]``."""
        x = self.patch_embed(pictures)
        side = x.shape[-1]
        x = x.flatten(2).transpose(1, 2)
        quarter = self.shape.width // self.shape.n_heads // 4
        rate = 10_000.0 ** (-torch.arange(quarter) / quarter)
        place = torch.arange(side, dtype=torch.float32)[:, None] * rate
        down = place[:, None].expand(side, side, -1)
        angle = torch.cat([down, down.transpose(0, 1)], dim=-1).flatten(0, 1)
        for block in self.blocks:
            x = block(x, angle)
        return self.merger(x, side)

    def config(self) -> dict[str, Any]:
        """``vision_config`` of this tower."""
        shape = self.shape
        return {
            "model_type": "qwen2_5_vl",
            "depth": shape.n_layers,
            "hidden_act": "silu",
            "hidden_size": shape.width,
            "in_channels": 3,
            "intermediate_size": shape.n_units,
            "num_heads": shape.n_heads,
            "out_hidden_size": shape.n_out,
            "patch_size": shape.patch,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
            "fullatt_block_indexes": list(range(shape.n_layers)),
        }


class _AudioAttention(nn.Module):
    def __init__(self, shape: AudioShape) -> None:
        super().__init__()
        self.n_heads = shape.n_heads
        self.k_proj = nn.Linear(shape.width, shape.width, bias=False)
        self.v_proj = nn.Linear(shape.width, shape.width)
        self.q_proj = nn.Linear(shape.width, shape.width)
        self.out_proj = nn.Linear(shape.width, shape.width)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (
            layer(x).unflatten(-1, (self.n_heads, -1)).transpose(1, 2)
            for layer in (self.q_proj, self.k_proj, self.v_proj)
        )
        return self.out_proj(_attend(q, k, v))


class _AudioLayer(nn.Module):
    def __init__(self, shape: AudioShape) -> None:
        super().__init__()
        self.self_attn = _AudioAttention(shape)
        self.self_attn_layer_norm = nn.LayerNorm(shape.width)
        self.fc1 = nn.Linear(shape.width, shape.n_units)
        self.fc2 = nn.Linear(shape.n_units, shape.width)
        self.final_layer_norm = nn.LayerNorm(shape.width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.self_attn(self.self_attn_layer_norm(x))
        return x + self.fc2(functional.gelu(self.fc1(self.final_layer_norm(x))))


def sinusoids(n_positions: int, width: int) -> Tensor:
    """Whisper's fixed table of positions."""
    rate = 10_000.0 ** (-torch.arange(width // 2) / (width // 2 - 1))
    angle = torch.arange(n_positions)[:, None] * rate
    return torch.cat([angle.sin(), angle.cos()], dim=1)


class _Positions(nn.Module):
    """A fixed table, stored as Whisper stores it."""

    def __init__(self, shape: AudioShape) -> None:
        super().__init__()
        table = sinusoids(shape.n_positions, shape.width)
        self.weight = nn.Parameter(table, requires_grad=False)


class AudioTower(nn.Module):
    """Audio encoder under the names of Qwen2-Audio's ``audio_tower``."""

    def __init__(self, shape: AudioShape) -> None:
        super().__init__()
        self.shape = shape
        self.conv1 = nn.Conv1d(shape.n_mels, shape.width, 3, padding=1)
        self.conv2 = nn.Conv1d(shape.width, shape.width, 3, stride=2, padding=1)
        self.embed_positions = _Positions(shape)
        self.layers = nn.ModuleList(_AudioLayer(shape) for _ in range(shape.n_layers))
        self.layer_norm = nn.LayerNorm(shape.width)

    def forward(self, spectrograms: Tensor) -> Tensor:
        """Rows ``[batch, half as many again as positions, width]``."""
        x = functional.gelu(self.conv2(functional.gelu(self.conv1(spectrograms))))
        x = x.transpose(1, 2) + self.embed_positions.weight
        for layer in self.layers:
            x = layer(x)
        pooled = functional.avg_pool1d(x.transpose(1, 2), 2).transpose(1, 2)
        return self.layer_norm(pooled)

    def config(self) -> dict[str, Any]:
        """``audio_config`` of this tower."""
        shape = self.shape
        return {
            "model_type": "qwen2_audio_encoder",
            "activation_function": "gelu",
            "d_model": shape.width,
            "encoder_attention_heads": shape.n_heads,
            "encoder_ffn_dim": shape.n_units,
            "encoder_layers": shape.n_layers,
            "max_source_positions": shape.n_positions,
            "num_mel_bins": shape.n_mels,
        }


class AudioProjector(nn.Module):
    """Two layers that carry audio rows into a language model."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(n_in, n_in)
        self.fc2 = nn.Linear(n_in, n_out)

    def forward(self, x: Tensor) -> Tensor:
        """Project."""
        return self.fc2(functional.gelu(self.fc1(x)))
