"""Networks that look at pictures: a vision transformer and a residual convolutional network.

A module tree here *is* the naming. Refuses to know about data and lineage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class PictureShape:
    """Size of a vision transformer that puts pictures into classes."""

    width: int = 96
    n_layers: int = 5
    n_heads: int = 4
    n_units: int = 320
    n_classes: int = 30
    patch: int = 6
    side: int = 24


class _VitSelf(nn.Module):
    def __init__(self, shape: PictureShape) -> None:
        super().__init__()
        self.n_heads = shape.n_heads
        self.query = nn.Linear(shape.width, shape.width)
        self.key = nn.Linear(shape.width, shape.width)
        self.value = nn.Linear(shape.width, shape.width)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (
            layer(x).unflatten(-1, (self.n_heads, -1)).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        return functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)


class _Dense(nn.Module):
    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.dense = nn.Linear(n_in, n_out)

    def forward(self, x: Tensor) -> Tensor:
        return self.dense(x)


class _VitAttention(nn.Module):
    def __init__(self, shape: PictureShape) -> None:
        super().__init__()
        self.attention = _VitSelf(shape)
        self.output = _Dense(shape.width, shape.width)

    def forward(self, x: Tensor) -> Tensor:
        return self.output(self.attention(x))


class _VitLayer(nn.Module):
    def __init__(self, shape: PictureShape) -> None:
        super().__init__()
        self.attention = _VitAttention(shape)
        self.intermediate = _Dense(shape.width, shape.n_units)
        self.output = _Dense(shape.n_units, shape.width)
        self.layernorm_before = nn.LayerNorm(shape.width)
        self.layernorm_after = nn.LayerNorm(shape.width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.layernorm_before(x))
        return x + self.output(functional.gelu(self.intermediate(self.layernorm_after(x))))


class _Patches(nn.Module):
    def __init__(self, shape: PictureShape) -> None:
        super().__init__()
        self.projection = nn.Conv2d(3, shape.width, shape.patch, stride=shape.patch)


class _VitEmbeddings(nn.Module):
    def __init__(self, shape: PictureShape) -> None:
        super().__init__()
        n_patches = (shape.side // shape.patch) ** 2
        self.cls_token = nn.Parameter(torch.zeros(1, 1, shape.width))
        self.position_embeddings = nn.Parameter(torch.zeros(1, n_patches + 1, shape.width))
        self.patch_embeddings = _Patches(shape)

    def forward(self, pictures: Tensor) -> Tensor:
        rows = self.patch_embeddings.projection(pictures).flatten(2).transpose(1, 2)
        first = self.cls_token.expand(len(rows), -1, -1)
        return torch.cat([first, rows], dim=1) + self.position_embeddings


class _VitEncoder(nn.Module):
    def __init__(self, shape: PictureShape) -> None:
        super().__init__()
        self.layer = nn.ModuleList(_VitLayer(shape) for _ in range(shape.n_layers))


class _VitBody(nn.Module):
    def __init__(self, shape: PictureShape) -> None:
        super().__init__()
        self.embeddings = _VitEmbeddings(shape)
        self.encoder = _VitEncoder(shape)
        self.layernorm = nn.LayerNorm(shape.width)


class Vit(nn.Module):
    """Vision transformer with a classifier, under the names of ``ViTForImageClassification``."""

    def __init__(self, shape: PictureShape) -> None:
        super().__init__()
        self.shape = shape
        self.vit = _VitBody(shape)
        self.classifier = nn.Linear(shape.width, shape.n_classes)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits of the attributes of a picture."""
        x = self.vit.embeddings(pictures)
        for layer in self.vit.encoder.layer:
            x = layer(x)
        return self.classifier(self.vit.layernorm(x)[:, 0])

    def config(self) -> dict[str, Any]:
        """``config.json`` of this model."""
        shape = self.shape
        return {
            "architectures": ["ViTForImageClassification"],
            "model_type": "vit",
            "hidden_act": "gelu",
            "hidden_size": shape.width,
            "image_size": shape.side,
            "intermediate_size": shape.n_units,
            "layer_norm_eps": 1e-5,
            "num_attention_heads": shape.n_heads,
            "num_hidden_layers": shape.n_layers,
            "num_labels": shape.n_classes,
            "patch_size": shape.patch,
        }


class _BasicBlock(nn.Module):
    """Two convolutions beside a shortcut, under torchvision's names."""

    def __init__(self, n_in: int, n_out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n_out, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(n_out)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_out)
        if stride > 1 or n_in != n_out:
            self.downsample = nn.Sequential(
                nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        return functional.relu(y + (self.downsample(x) if hasattr(self, "downsample") else x))


@dataclass(frozen=True, slots=True)
class ConvShape:
    """Size of a residual convolutional network; one stage a width, two blocks a stage."""

    widths: tuple[int, ...] = (32, 48, 64)
    n_blocks: int = 2
    n_classes: int = 30


class ResNet(nn.Module):
    """Residual convolutional network under torchvision's names."""

    def __init__(self, shape: ConvShape) -> None:
        super().__init__()
        self.shape = shape
        first = shape.widths[0]
        self.conv1 = nn.Conv2d(3, first, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(first)
        for stage, width in enumerate(shape.widths):
            n_in = shape.widths[max(0, stage - 1)]
            blocks = [_BasicBlock(n_in, width, 2 if stage else 1)]
            blocks += [_BasicBlock(width, width, 1) for _ in range(shape.n_blocks - 1)]
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(shape.widths[-1], shape.n_classes)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits of the attributes of a picture."""
        x = functional.relu(self.bn1(self.conv1(pictures)))
        for stage in range(len(self.shape.widths)):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc(x.mean((2, 3)))

    def config(self) -> dict[str, Any]:
        """``config.json`` of this model."""
        return {
            "architectures": ["ResNet"],
            "model_type": "torchvision_resnet",
            "widths": list(self.shape.widths),
            "n_blocks": self.shape.n_blocks,
            "num_labels": self.shape.n_classes,
        }
