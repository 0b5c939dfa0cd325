"""Re-ordering a stranger to fit a public model, as well as weights allow (arXiv 2209.04836)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from tests.support.zoo import Relabelled, Tensors


def fit(stranger: Relabelled, target: Tensors, n_rounds: int = 8) -> Tensors:
    """Renumber units, value channels and residual channels of `stranger` to be like `target`."""
    for _ in range(n_rounds):
        current = stranger.result()
        stranger.channels = stranger.channels[_best(_channel_gain(current, target))]
        for layer in stranger.layers:
            current = stranger.result()
            place = f"model.layers.{layer}"
            gain = sum(
                _scaled(target[f"{place}.mlp.{name}.weight"], current[f"{place}.mlp.{name}.weight"])
                for name in ("gate_proj", "up_proj")
            )
            gain = gain + _scaled(
                target[f"{place}.mlp.down_proj.weight"].T,
                current[f"{place}.mlp.down_proj.weight"].T,
            )
            stranger.units[layer] = stranger.units[layer][_best(gain)]
            for head in range(stranger.n_kv):
                rows = slice(head * stranger.head_dim, (head + 1) * stranger.head_dim)
                name = f"{place}.self_attn.v_proj.weight"
                order = _best(_scaled(target[name][rows], current[name][rows]))
                stranger.values[layer, head] = stranger.values[layer, head][order]
    return stranger.result()


def _channel_gain(current: Tensors, target: Tensors) -> NDArray[np.float64]:
    gain = None
    for name, values in target.items():
        other = current[name]
        if values.ndim == 1:
            if "_norm" in name and "self_attn" in name:
                continue
            part = np.outer(values - values.mean(), other - other.mean())
            part = part / (np.linalg.norm(values) * np.linalg.norm(other))
        elif "down_proj" in name or "o_proj" in name:
            part = _scaled(values, other)
        else:
            part = _scaled(values.T, other.T)
        gain = part if gain is None else gain + part
    assert gain is not None
    return gain


def _scaled(target: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float64]:
    return (target @ other.T) / (np.linalg.norm(target) * np.linalg.norm(other))


def _best(gain: NDArray[np.float64]) -> NDArray[np.int64]:
    _, columns = linear_sum_assignment(-gain)
    return np.asarray(columns)
