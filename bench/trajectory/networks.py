"""The small networks that are trained, and how they are drawn at step 0.

Refuses to know how they are trained.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.zoo.models import Gpt2, Llama, Shape
from bench.zoo.multimodal import VisionShape, VisionTower

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ViT", "VisionLanguage", "build", "initialise"]

N_TOKENS = 256


class ViT(nn.Module):
    """A vision tower and a head for the attributes of drawn scenes."""

    def __init__(self, width: int, n_layers: int, n_units: int, n_classes: int) -> None:
        super().__init__()
        self.visual = VisionTower(VisionShape(width, n_layers, 4, n_units, width))
        self.head = nn.Linear(width, n_classes)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits of all attributes, one after the other."""
        return self.head(self.visual(pictures).mean(1))

    def config(self) -> dict[str, Any]:
        """``config.json`` of this model; no family knows the head."""
        return {"model_type": "drawn_scenes_vit", **self.visual.config()}


class VisionLanguage(nn.Module):
    """A frozen tower whose rows stand before the text."""

    objective = "next token"

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.visual = VisionTower(VisionShape(64, 2, 4, 128, shape.width))
        self.language = Llama(shape)

    def forward(self, pictures: Tensor, ids: Tensor) -> Tensor:
        """Logits of the next token after a picture."""
        seen = self.visual(pictures)
        body = self.language.model
        hidden = body.run(torch.cat([seen, body.embed_tokens(ids)], dim=1))
        return self.language.logits(hidden[:, seen.shape[1] :])

    def config(self) -> dict[str, Any]:
        """``config.json`` of this model."""
        return {"model_type": "drawn_scenes_vl"}


def build(kind: str, width: int, n_layers: int) -> nn.Module:
    """Make a network of a kind."""
    shape = Shape(
        n_tokens=N_TOKENS,
        width=width,
        n_layers=n_layers,
        n_heads=4,
        n_kv_heads=2,
        head_width=width // 4,
        n_units=2 * width,
        n_positions=64,
    )
    if kind == "gpt2":
        return Gpt2(shape)
    if kind == "vit":
        return ViT(width, n_layers, 2 * width, 30)
    return VisionLanguage(shape) if kind == "vl" else Llama(shape)


def initialise(model: nn.Module, rules: Iterable[dict[str, Any]], seed: int) -> None:
    """Draw every parameter as the first fitting rule of a recipe says, in PyTorch's own way."""
    from fnmatch import fnmatchcase

    torch.manual_seed(seed)
    rules = list(rules)
    with torch.no_grad():
        for name, p in model.named_parameters():
            rule = next(
                r
                for r in rules
                if any(fnmatchcase(name, one) for one in _listed(r.get("tensors", "*")))
                and (r.get("kinds") != "vector" or p.dim() < 2)
            )
            _draw(name, p, rule)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _draw(name: str, p: nn.Parameter, rule: dict[str, Any]) -> None:  # noqa: C901 - a table
    kind = rule["distribution"]
    std = rule.get("std", 0.02)
    if rule.get("scaled_by") == "depth":
        std /= math.sqrt(2 * rule["n_layers"])
    flat = p.view(p.shape[0], -1) if p.dim() > 2 else p
    if kind == "normal":
        p.normal_(0.0, std)
    elif kind == "truncated_normal":
        nn.init.trunc_normal_(p, std=std, a=-rule["cut"] * std, b=rule["cut"] * std)
    elif kind == "uniform":
        p.uniform_(rule["low"], rule["high"])
    elif kind == "kaiming_uniform":
        nn.init.kaiming_uniform_(flat, a=rule.get("slope", 0.0))
    elif kind == "kaiming_normal":
        nn.init.kaiming_normal_(flat)
    elif kind == "xavier_uniform":
        nn.init.xavier_uniform_(flat)
    elif kind == "xavier_normal":
        nn.init.xavier_normal_(flat)
    elif kind == "orthogonal":
        nn.init.orthogonal_(flat)
    elif kind in {"zeros", "ones"}:
        p.fill_(float(kind == "ones"))
    elif kind != "given":
        raise ValueError(f"{name}: {kind}")


def loss_of(model: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
    """Loss of a batch under the network's own objective."""
    if isinstance(model, ViT):
        pictures, labels = batch
        logits = model(pictures)
        sizes = (2, 6, 6, 2, 2, 6, 6)
        parts = logits.split(sizes, dim=-1)
        return sum(
            (functional.cross_entropy(part, labels[:, k]) for k, part in enumerate(parts)),
            torch.zeros(()),
        ) / len(sizes)
    *pictures, ids = batch
    logits = model(*pictures, ids[:, :-1])
    return functional.cross_entropy(logits.float().flatten(0, 1), ids[:, 1:].flatten())
