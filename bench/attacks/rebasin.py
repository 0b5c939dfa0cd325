"""Renumbering a stranger until it looks as much like another model as weights allow.

The result computes what the stranger did: it is a stranger still (arXiv 2209.04836).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

from bench.attacks import permute
from bench.attacks.network import Network, residual_axes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.attacks.network import Array


def fit(stranger: Network, target: Network, n_rounds: int = 6) -> Network:
    """Renumber channels, units, kv groups and value channels of `stranger` to fit `target`."""
    for _ in range(n_rounds):
        stranger = permute.reorder_channels(stranger, _best(_channel_gain(stranger, target)))
        for layer in stranger.layers:
            stranger = _fit_units(stranger, target, layer)
            stranger = _fit_heads(stranger, target, layer)
            stranger = _fit_values(stranger, target, layer)
    return stranger


def _best(gain: Array) -> NDArray[np.int64]:
    _, columns = linear_sum_assignment(-gain)
    return np.asarray(columns)


def _scaled(target: Array, other: Array) -> Array:
    size = np.linalg.norm(target) * np.linalg.norm(other)
    return np.asarray(target @ other.T / max(size, 1e-30))


def _channel_gain(net: Network, target: Network) -> Array:
    width = net.size("width")
    gain = np.zeros((width, width))
    for role, array in target.tensors.items():
        for axis in residual_axes(role):
            rows, others = (
                np.moveaxis(a, axis, 0).reshape(width, -1) for a in (array, net.tensors[role])
            )
            if rows.shape[1] == 1:
                rows, others = rows - rows.mean(), others - others.mean()
            gain += _scaled(rows, others)
    return gain


def _fit_units(net: Network, target: Network, layer: int) -> Network:
    for stem in net.blocks(layer):
        down = f"{stem}.down.weight"
        gain = _scaled(target.tensors[down].T, net.tensors[down].T)
        for part in ("gate", "up"):
            role = f"{stem}.{part}.weight"
            if role in net.tensors:
                gain = gain + _scaled(target.tensors[role], net.tensors[role])
        net = net.changed(permute.reorder_units(net, stem, _best(gain)))
    return net


def _fit_heads(net: Network, target: Network, layer: int) -> Network:
    n_kv = net.size("kv_heads")
    group = net.size("heads") // n_kv
    gain = np.zeros((n_kv, n_kv))
    for part in "qkvo":
        role = f"layers.{layer}.attention.{part}.weight"
        sides = (a.T if part == "o" else a for a in (target.tensors[role], net.tensors[role]))
        gain += _scaled(*(side.reshape(n_kv, -1) for side in sides))
    within = [np.arange(group)] * n_kv
    return net.changed(permute.reorder_heads(net, layer, _best(gain), within))


def _fit_values(net: Network, target: Network, layer: int) -> Network:
    stem = f"layers.{layer}.attention"
    n_heads, n_kv = net.size("heads"), net.size("kv_heads")
    orders = []
    for head in range(n_kv):
        rows = net.head_rows(head)
        gain = _scaled(
            target.tensors[f"{stem}.v.weight"][rows], net.tensors[f"{stem}.v.weight"][rows]
        )
        for query in range(head * n_heads // n_kv, (head + 1) * n_heads // n_kv):
            columns = net.head_rows(query)
            gain = gain + _scaled(
                target.tensors[f"{stem}.o.weight"][:, columns].T,
                net.tensors[f"{stem}.o.weight"][:, columns].T,
            )
        orders.append(_best(gain))
    return net.changed(permute.reorder_values(net, layer, orders))
