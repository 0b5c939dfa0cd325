"""The training loop: AdamW, warm-up, cosine, windows of text in a stated order.

Refuses to know which member of the zoo it trains.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Plan:
    """How a model is trained; the window set and its order have seeds of their own."""

    n_steps: int
    learning_rate: float
    data_seed: int = 0
    order_seed: int = 0
    n_windows_per_step: int = 16
    length: int = 64
    weight_decay: float = 0.1
    warm_up: float = 0.05


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a training reached: loss in nats a token on held-out text."""

    loss_before: float
    loss_after: float
    wall_s: float

    def as_json(self, plan: Plan) -> dict[str, Any]:
        """Figures and plan as plain data."""
        figures = {key: round(value, 3) for key, value in asdict(self).items()}
        return {**asdict(plan), **figures}


def windows(tokens: NDArray[np.int64], plan: Plan, *, n_windows: int) -> NDArray[np.int64]:
    """Draw where the training windows start: the set from one seed, its order from another."""
    last = int(len(tokens) * 0.95) - plan.length - 1
    chosen = np.random.default_rng(plan.data_seed).integers(0, last, n_windows)
    return np.random.default_rng((plan.order_seed, 1)).permutation(chosen)


def batch(tokens: NDArray[np.int64], starts: NDArray[np.int64], length: int) -> Tensor:
    """Windows of text as a batch of token ids, one longer than the inputs."""
    return torch.from_numpy(tokens[starts[:, None] + np.arange(length + 1)])


def loss(model: nn.Module, batch: Tensor, teacher: nn.Module | None = None) -> Tensor:
    """Loss of a batch under the model's own objective, or against a teacher's logits."""
    inputs, targets = batch[:, :-1], batch[:, 1:]
    if getattr(model, "objective", "") == "masked token":
        # The mask is drawn from the tokens themselves: the same window, the same mask.
        hidden = ((inputs * 2_654_435_761 + torch.arange(inputs.shape[1]) * 40_503) >> 7) % 5 == 0
        logits = model(inputs.masked_fill(hidden, 0))
        return functional.cross_entropy(logits[hidden], inputs[hidden])
    logits = model(inputs)
    if teacher is not None:
        with torch.no_grad():
            wanted = teacher(inputs).log_softmax(-1)
        return functional.kl_div(
            logits.log_softmax(-1).flatten(0, 1),
            wanted.flatten(0, 1),
            reduction="batchmean",
            log_target=True,
        )
    return functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


@torch.no_grad()
def held_out_loss(model: nn.Module, tokens: NDArray[np.int64], length: int) -> float:
    """Mean loss on the last twentieth of a corpus, which no training window touches."""
    first = int(len(tokens) * 0.95)
    starts = np.linspace(first, len(tokens) - length - 2, 256).astype(np.int64)
    return float(loss(model, batch(tokens, starts, length)))


def optimiser(model: nn.Module, plan: Plan) -> torch.optim.AdamW:
    """AdamW that decays matrices and leaves gains and biases alone."""
    wanted = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in wanted if p.dim() >= 2], "weight_decay": plan.weight_decay},
        {"params": [p for p in wanted if p.dim() < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=plan.learning_rate, betas=(0.9, 0.95), fused=True)


def rate(step: int, plan: Plan) -> float:
    """Learning rate of a step: linear warm-up, then a cosine down to a twentieth."""
    n_warm = max(1, round(plan.n_steps * plan.warm_up))
    if step < n_warm:
        return plan.learning_rate * (step + 1) / n_warm
    done = (step - n_warm) / max(1, plan.n_steps - n_warm)
    return plan.learning_rate * (0.05 + 0.95 * 0.5 * (1 + np.cos(np.pi * done)))


def train(
    model: nn.Module,
    tokens: NDArray[np.int64],
    plan: Plan,
    *,
    teacher: nn.Module | None = None,
) -> Outcome:
    """Train in place and say what was reached."""
    started = time.perf_counter()
    before = held_out_loss(model, tokens, plan.length)
    steps = optimiser(model, plan)
    size = plan.n_windows_per_step
    starts = windows(tokens, plan, n_windows=plan.n_steps * size)
    for step in range(plan.n_steps):
        for group in steps.param_groups:
            group["lr"] = rate(step, plan)
        taken = batch(tokens, starts[step * size : (step + 1) * size], plan.length)
        steps.zero_grad(set_to_none=True)
        loss(model, taken, teacher).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        steps.step()
    after = held_out_loss(model, tokens, plan.length)
    return Outcome(before, after, time.perf_counter() - started)
