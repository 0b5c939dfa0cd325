"""More or fewer hidden units and residual channels.

`widen_units` and `widen_channels` leave what the network computes as it was; pruning does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from bench.attacks.gains import untie
from bench.attacks.network import (
    Network,
    NotValidError,
    along_residual,
    norms_of,
    residual_axes,
)
from bench.attacks.permute import reorder_units

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.attacks.network import Array, Tensors

Rng = np.random.Generator


def strength(net: Network, stem: str) -> Array:
    """Return how much each unit of an MLP can say: the product of its norms."""
    total = np.linalg.norm(net.tensors[f"{stem}.down.weight"], axis=0)
    for part in ("gate", "up"):
        if f"{stem}.{part}.weight" in net.tensors:
            total = total * np.linalg.norm(net.tensors[f"{stem}.{part}.weight"], axis=1)
    return np.asarray(total)


def prune_units(net: Network, share: float, *, shuffle: Rng | None = None) -> Network:
    """Drop the weakest units of every MLP; the others stay in order, or are shuffled."""
    out: Tensors = {}
    kept: NDArray[np.int64] = np.arange(0)
    for layer in net.layers:
        for stem in net.blocks(layer):
            order = np.argsort(-strength(net, stem), kind="stable")
            kept = np.sort(order[: round(len(order) * (1 - share))])
            if shuffle is not None:
                kept = shuffle.permutation(kept)
            out |= reorder_units(net, stem, kept)
    return net.changed(out, units=len(kept))


def widen_units(
    net: Network, n_more: int, rng: Rng, *, how: Literal["zero", "duplicate"]
) -> Network:
    """Add units that say nothing, or copies of some units, each copy with half of the output."""
    out: Tensors = {}
    n_units = 0
    for layer in net.layers:
        for stem in net.blocks(layer):
            down = net.tensors[f"{stem}.down.weight"]
            n_units = down.shape[1] + n_more
            if how == "duplicate":
                chosen = rng.choice(down.shape[1], n_more, replace=False)
                order = np.concatenate([np.arange(down.shape[1]), chosen])
                out |= reorder_units(net, stem, order)
                shares = np.ones(down.shape[1])
                shares[chosen] = 0.5
                out[f"{stem}.down.weight"] = (down * shares)[:, order]
            else:
                out |= _silent(net, stem, n_more, rng)
    return net.changed(out, units=n_units)


def _silent(net: Network, stem: str, n_more: int, rng: Rng) -> Tensors:
    out: Tensors = {}
    for part in ("gate", "up"):
        for parameter in ("weight", "bias"):
            role = f"{stem}.{part}.{parameter}"
            if role in net.tensors:
                array = net.tensors[role]
                more = rng.normal(size=(n_more, *array.shape[1:])) * array.std()
                out[role] = np.concatenate([array, more])
    down = net.tensors[f"{stem}.down.weight"]
    out[f"{stem}.down.weight"] = np.pad(down, ((0, 0), (0, n_more)))
    return out


def _check_free_width(net: Network) -> None:
    if "head_width" not in net.keys:
        raise NotValidError("this format ties the width of the heads to that of the stream")


def prune_channels(net: Network, share: float) -> Network:
    """Drop the weakest residual channels; the others stay in order."""
    _check_free_width(net)
    power = np.zeros(net.size("width"))
    for role, array in net.tensors.items():
        for axis in residual_axes(role):
            if array.ndim == 2:
                power += (np.moveaxis(array, axis, 0) ** 2).sum(1) / (array**2).sum()
    order = np.argsort(-power, kind="stable")
    kept = np.sort(order[: round(len(order) * (1 - share))])
    narrow = along_residual(net, lambda array, axis: np.take(array, kept, axis=axis))
    return narrow.changed({}, width=len(kept))


def widen_channels(net: Network, n_more: int, rng: Rng) -> Network:
    """Add residual channels that nobody writes; who reads them reads noise times zero.

    The mean square now runs over more channels, so the gains shrink to make up for it.
    """
    _check_free_width(net)
    if net.norm != "rms":
        raise NotValidError("a LayerNorm sees channels that are always zero")
    width = net.size("width")
    written = {"embedding", "position", "o", "down"}

    def pad(array: Array, axis: int, *, silent: bool) -> Array:
        shape = list(array.shape)
        shape[axis] = n_more
        more = np.zeros(shape) if silent else rng.normal(size=shape) * array.std()
        return np.concatenate([array, more], axis=axis)

    out: Tensors = {}
    net = untie(net)
    for role, array in net.tensors.items():
        silent = role.split(".")[-2] in written
        for axis in residual_axes(role):
            out[role] = pad(array, axis, silent=silent)
    ratio = np.sqrt(width / (width + n_more))
    for norm in norms_of(net):
        gain = net.tensors[f"{norm}.weight"]
        out[f"{norm}.weight"] = np.concatenate([gain, np.ones(n_more)]) * ratio
    wide = net.changed(out, width=width + n_more)
    wide.config["rms_norm_eps"] = float(wide.config.get("rms_norm_eps", 1e-5)) * ratio**2
    return wide
