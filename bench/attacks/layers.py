"""Layers dropped, doubled, moved, inserted; a depth scaled up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from bench.attacks.network import Network, NotValidError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.attacks.network import Tensors

_LAYER = re.compile(r"layers\.(\d+)\.(.*)")


def take(net: Network, order: Sequence[int]) -> Network:
    """Build a model of the layers named, in that order; a layer may come twice or not at all."""
    held: dict[int, Tensors] = {layer: {} for layer in net.layers}
    out: Tensors = {}
    for role, array in net.tensors.items():
        found = _LAYER.fullmatch(role)
        if found:
            held[int(found[1])][found[2]] = array
        else:
            out[role] = array
    for place, layer in enumerate(order):
        out |= {f"layers.{place}.{rest}": array.copy() for rest, array in held[layer].items()}
    bare = net.without(*(role for role in net.tensors if role.startswith("layers.")))
    return bare.changed(out, layers=len(order))


def scale_up(net: Network, n_overlap: int) -> Network:
    """Stack the model on itself, the middle doubled: depth up-scaling (arXiv 2312.15166)."""
    n = net.size("layers")
    last = (n + n_overlap) // 2
    return take(net, [*range(last), *range(n - last, n)])


def insert_silent(net: Network, places: Sequence[int]) -> Network:
    """Insert copies of layers that write nothing, each before the layer named.

    The function stays as it was in a pre-norm network, as when blocks are added to be trained on
    (arXiv 2401.02415).
    """
    if net.post_norm:
        raise NotValidError("a silent layer would norm the stream once more")
    order: list[int] = []
    silent: list[int] = []
    for layer in net.layers:
        if layer in places:
            silent.append(len(order))
            order.append(layer)
        order.append(layer)
    longer = take(net, order)
    quiet = {
        role: np.zeros_like(array)
        for role, array in longer.tensors.items()
        if any(role.startswith(f"layers.{layer}.") for layer in silent)
        and role.split(".")[-2] in {"o", "down"}
    }
    return longer.changed(quiet)


def insert_strange(net: Network, donor: Network, places: Sequence[int]) -> Network:
    """Insert layers of another model of the same widths, each before the layer named."""
    longer = insert_silent(net, places)
    out: Tensors = {}
    for n_before, layer in enumerate(sorted(places)):
        for role, array in donor.tensors.items():
            if role.startswith(f"layers.{layer}."):
                place = f"layers.{layer + n_before}."
                out[place + role.removeprefix(f"layers.{layer}.")] = array.copy()
    return longer.changed(out)
