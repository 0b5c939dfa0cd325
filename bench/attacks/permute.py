"""Renumbering what may be renumbered: units, heads, value channels, residual channels.

Every function here leaves what the network computes as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.attacks.network import Network, NotValidError, along_residual

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.attacks.network import Tensors

Order = "NDArray[np.int64]"
Rng = np.random.Generator


def reorder_units(net: Network, stem: str, order: NDArray[np.int64]) -> Tensors:
    """Return the tensors of one MLP with its units in another order, or only some of them."""
    out: Tensors = {}
    for part in ("gate", "up"):
        for parameter in ("weight", "bias"):
            role = f"{stem}.{part}.{parameter}"
            if role in net.tensors:
                out[role] = net.tensors[role][order]
    out[f"{stem}.down.weight"] = net.tensors[f"{stem}.down.weight"][:, order]
    return out


def units(net: Network, rng: Rng) -> Network:
    """Permute the hidden units of every MLP, each layer and expert by itself."""
    out: Tensors = {}
    for layer in net.layers:
        for stem in net.blocks(layer):
            order = rng.permutation(len(net.tensors[f"{stem}.up.weight"]))
            out |= reorder_units(net, stem, order)
    return net.changed(out)


def _take_rows(net: Network, layer: int, parts: str, rows: NDArray[np.int64]) -> Tensors:
    """Reorder the output rows of some projections, biases too."""
    out: Tensors = {}
    for part in parts:
        for parameter in ("weight", "bias"):
            role = f"layers.{layer}.attention.{part}.{parameter}"
            if role in net.tensors:
                out[role] = net.tensors[role][rows]
    return out


def _rows_of(net: Network, order: NDArray[np.int64]) -> NDArray[np.int64]:
    width = net.size("head_width")
    return (order[:, None] * width + np.arange(width)).ravel()


def reorder_heads(
    net: Network, layer: int, kv_order: NDArray[np.int64], within: list[NDArray[np.int64]]
) -> Tensors:
    """Return a layer's attention with kv groups, and the query heads of each, in another order."""
    group = net.size("heads") // net.size("kv_heads")
    q_order = np.concatenate([kv * group + within[i] for i, kv in enumerate(kv_order)])
    q_rows = _rows_of(net, q_order)
    role = f"layers.{layer}.attention.o.weight"
    return {
        **_take_rows(net, layer, "q", q_rows),
        **_take_rows(net, layer, "kv", _rows_of(net, kv_order)),
        role: net.tensors[role][:, q_rows],
    }


def heads(net: Network, rng: Rng) -> Network:
    """Permute kv groups, and query heads within their group."""
    out: Tensors = {}
    n_kv = net.size("kv_heads")
    group = net.size("heads") // n_kv
    for layer in net.layers:
        within = [rng.permutation(group) for _ in range(n_kv)]
        out |= reorder_heads(net, layer, rng.permutation(n_kv), within)
    return net.changed(out)


def query_heads(net: Network, rng: Rng) -> Network:
    """Permute query heads within their kv group only."""
    out: Tensors = {}
    n_kv = net.size("kv_heads")
    group = net.size("heads") // n_kv
    for layer in net.layers:
        within = [rng.permutation(group) for _ in range(n_kv)]
        out |= reorder_heads(net, layer, np.arange(n_kv), within)
    return net.changed(out)


def reorder_values(net: Network, layer: int, orders: list[NDArray[np.int64]]) -> Tensors:
    """Return a layer's V and O with the channels of each kv head in another order."""
    n_heads, n_kv, width = (net.size(what) for what in ("heads", "kv_heads", "head_width"))
    rows = np.concatenate([kv * width + order for kv, order in enumerate(orders)])
    group = n_heads // n_kv
    columns = np.concatenate([head * width + orders[head // group] for head in range(n_heads)])
    role = f"layers.{layer}.attention.o.weight"
    return {**_take_rows(net, layer, "v", rows), role: net.tensors[role][:, columns]}


def values(net: Network, rng: Rng) -> Network:
    """Permute the value channels inside every kv head."""
    out: Tensors = {}
    width = net.size("head_width")
    for layer in net.layers:
        orders = [rng.permutation(width) for _ in range(net.size("kv_heads"))]
        out |= reorder_values(net, layer, orders)
    return net.changed(out)


def reorder_channels(net: Network, order: NDArray[np.int64]) -> Network:
    """Put the residual channels in another order, everywhere at once."""
    return along_residual(net, lambda array, axis: np.take(array, order, axis=axis))


def channels(net: Network, rng: Rng) -> Network:
    """Permute the residual channels."""
    return reorder_channels(net, rng.permutation(net.size("width")))


def stem_channels(net: Network, rng: Rng) -> Network:
    """Permute the channels between the two convolutions of an audio stem."""
    if "conv1.weight" not in net.tensors:
        raise NotValidError("no convolutional stem")
    order = rng.permutation(len(net.tensors["conv1.weight"]))
    out = {role: net.tensors[role][order] for role in ("conv1.weight", "conv1.bias")}
    return net.changed({**out, "conv2.weight": net.tensors["conv2.weight"][:, order]})


def everything(net: Network, rng: Rng) -> Network:
    """Permute units, heads, value channels and residual channels."""
    return channels(values(heads(units(net, rng), rng), rng), rng)
