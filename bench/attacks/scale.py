"""Scales and signs that cancel: of units, of value channels, of queries against keys.

Every function here leaves what the network computes as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.attacks.network import Network, NotValidError, along_residual, norms_of

if TYPE_CHECKING:
    from bench.attacks.network import Array, Tensors

Rng = np.random.Generator


def _scaled_units(net: Network, stem: str, scales: Array) -> Tensors:
    """Scale the up side of an MLP; the gate, which is bent, stays."""
    out: Tensors = {}
    for parameter in ("weight", "bias"):
        role = f"{stem}.up.{parameter}"
        if role in net.tensors:
            array = net.tensors[role]
            out[role] = array * scales.reshape(-1, *[1] * (array.ndim - 1))
    out[f"{stem}.down.weight"] = net.tensors[f"{stem}.down.weight"] / scales
    return out


def _each_unit(net: Network, draw: object) -> Network:
    if "layers.0.mlp.gate.weight" not in net.tensors and not net.n_experts:
        raise NotValidError("without a gate the bend sees the scale of its unit")
    assert callable(draw)
    out: Tensors = {}
    for layer in net.layers:
        for stem in net.blocks(layer):
            out |= _scaled_units(net, stem, draw(len(net.tensors[f"{stem}.up.weight"])))
    return net.changed(out)


def units(net: Network, rng: Rng, *, spread: float = 0.7) -> Network:
    """Scale up rows and down columns against each other, in gated MLPs."""
    return _each_unit(net, lambda n: np.exp(spread * rng.normal(size=n)))


def flip_units(net: Network, rng: Rng) -> Network:
    """Flip the signs of (up, down) pairs, in gated MLPs."""
    return _each_unit(net, lambda n: rng.choice([-1.0, 1.0], n))


def flip_channels(net: Network, rng: Rng) -> Network:
    """Flip the signs of residual channels; only an RMS norm does not see it."""
    if net.norm != "rms":
        raise NotValidError("a LayerNorm sees the sign of a channel")
    signs = rng.choice([-1.0, 1.0], net.size("width"))

    def flip(array: Array, axis: int) -> Array:
        shape = [1] * array.ndim
        shape[axis] = -1
        return array * signs.reshape(shape)

    kept = {f"{norm}.weight": net.tensors[f"{norm}.weight"] for norm in norms_of(net)}
    return along_residual(net, flip).changed(kept)


def values(net: Network, rng: Rng, *, spread: float = 0.7) -> Network:
    """Scale value channels against the columns of O that read them."""
    n_heads, n_kv, width = (net.size(what) for what in ("heads", "kv_heads", "head_width"))
    out: Tensors = {}
    for layer in net.layers:
        stem = f"layers.{layer}.attention"
        scales = np.exp(spread * rng.normal(size=(n_kv, width)))
        rows = scales.ravel()
        out[f"{stem}.v.weight"] = net.tensors[f"{stem}.v.weight"] * rows[:, None]
        if f"{stem}.v.bias" in net.tensors:
            out[f"{stem}.v.bias"] = net.tensors[f"{stem}.v.bias"] * rows
        columns = np.repeat(scales, n_heads // n_kv, axis=0).ravel()
        out[f"{stem}.o.weight"] = net.tensors[f"{stem}.o.weight"] / columns
    return net.changed(out)


def queries(net: Network, rng: Rng, *, spread: float = 0.5) -> Network:
    """Scale the keys of every kv head against the queries that meet them."""
    if "layers.0.attention.q_norm.weight" in net.tensors:
        raise NotValidError("norms on q and k take the scale away")
    n_heads, n_kv, width = (net.size(what) for what in ("heads", "kv_heads", "head_width"))
    out: Tensors = {}
    for layer in net.layers:
        scales = np.exp(spread * rng.normal(size=n_kv))
        for part, rows in (("k", scales), ("q", 1 / np.repeat(scales, n_heads // n_kv))):
            for parameter in ("weight", "bias"):
                role = f"layers.{layer}.attention.{part}.{parameter}"
                if role in net.tensors:
                    array = net.tensors[role]
                    factor = np.repeat(rows, width)
                    out[role] = array * factor.reshape(-1, *[1] * (array.ndim - 1))
    return net.changed(out)
