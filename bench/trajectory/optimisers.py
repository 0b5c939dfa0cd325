"""Optimisers of the honest runs: those of PyTorch, and Lion, which it lacks.

Refuses to know what is trained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Lion", "make"]


class Lion(torch.optim.Optimizer):
    """Sign of an interpolated momentum (Chen et al. 2023, arXiv:2302.06675)."""

    def __init__(
        self,
        params: Any,  # noqa: ANN401 - whatever PyTorch takes
        lr: float,
        betas: tuple[float, float],
        decay: float,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Move every parameter by its rate."""
        del closure
        for group in self.param_groups:
            first, second = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                held = self.state[p].setdefault("m", torch.zeros_like(p))
                update = (held * first + p.grad * (1 - first)).sign_()
                p.mul_(1 - group["lr"] * group["weight_decay"]).sub_(update, alpha=group["lr"])
                held.mul_(second).add_(p.grad, alpha=1 - second)


def make(model: nn.Module, said: dict[str, Any], peak: float) -> list[torch.optim.Optimizer]:
    """Make what a recipe says; matrices decay, vectors do not."""
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    decay = said.get("weight_decay", 0.0)
    groups = [
        {"params": [p for _, p in named if p.dim() >= 2], "weight_decay": decay, "scale": 1.0},
        {"params": [p for _, p in named if p.dim() < 2], "weight_decay": 0.0, "scale": 1.0},
    ]
    name = said["name"]
    if name in {"adamw", "adam"}:
        kind = torch.optim.AdamW if name == "adamw" else torch.optim.Adam
        return [kind(groups, lr=peak, betas=tuple(said["betas"]))]
    if name == "sgd":
        momentum, nesterov = said.get("momentum", 0.0), said.get("nesterov", False)
        return [torch.optim.SGD(groups, lr=peak, momentum=momentum, nesterov=nesterov)]
    if name == "lion":
        return [Lion(groups, peak, tuple(said["betas"]), decay)]
    if name == "adafactor":
        return [torch.optim.Adafactor(groups, lr=peak)]
    wide = [p for n, p in named if p.dim() == 2 and "embed" not in n and "head" not in n]
    rest = [p for n, p in named if not any(p is other for other in wide)]
    scale = said["groups"][0]["lr_scale"]
    muon = torch.optim.Muon(wide, lr=peak, weight_decay=decay, momentum=said["momentum"])
    adam = torch.optim.AdamW(rest, lr=peak * scale, betas=(0.9, 0.95), weight_decay=0.0)
    adam.param_groups[0]["scale"] = scale
    return [muon, adam]
