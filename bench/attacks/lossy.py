"""Rounding, noise and zeros: what compressing or blurring does to every matrix of the layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.attacks.network import Array, Network

_NF4 = np.array(
    [
        -1.0,
        -0.6961928009986877,
        -0.5250730514526367,
        -0.39491748809814453,
        -0.28444138169288635,
        -0.18477343022823334,
        -0.09105003625154495,
        0.0,
        0.07958029955625534,
        0.16093020141124725,
        0.24611230194568634,
        0.33791524171829224,
        0.44070982933044434,
        0.5626170039176941,
        0.7229568362236023,
        1.0,
    ]
)
"""The sixteen levels of NormalFloat (arXiv 2305.14314)."""
Format = Literal["int8", "int4", "nf4", "fp8"]


def _symmetric(array: Array, n_bits: int, group: int | None) -> Array:
    """Round to whole steps, one scale a group of inputs, or a row where there is no group."""
    flat = array.reshape(len(array), -1)
    whole = group is None or flat.size % group
    blocks = flat if whole else flat.reshape(-1, group or 1)
    top = 2 ** (n_bits - 1) - 1
    scale = np.abs(blocks).max(1, keepdims=True)
    scale = np.maximum(scale, 1e-12) / top
    return np.asarray(np.clip(np.round(blocks / scale), -top - 1, top) * scale).reshape(array.shape)


def _nf4(array: Array, block: int = 64) -> Array:
    size = block if array.size % block == 0 else array.shape[-1]
    blocks = array.reshape(-1, size)
    scale = np.maximum(np.abs(blocks).max(1, keepdims=True), 1e-12)
    middle = (_NF4[1:] + _NF4[:-1]) / 2
    return np.asarray(_NF4[np.searchsorted(middle, blocks / scale)] * scale).reshape(array.shape)


def _fp8(array: Array) -> Array:
    """Round to e4m3: three bits of fraction, exponents from -6, largest value 448."""
    scale = max(float(np.abs(array).max()), 1e-12) / 448
    scaled = array / scale
    exponent = np.floor(np.log2(np.maximum(np.abs(scaled), 1e-30)))
    step = 2.0 ** (np.maximum(exponent, -6) - 3)
    return np.asarray(np.clip(np.round(scaled / step) * step, -448, 448) * scale)


_FORMATS: dict[str, Callable[[Array], Array]] = {
    "int8": lambda array: _symmetric(array, 8, None),
    "int4": lambda array: _symmetric(array, 4, 32),
    "nf4": _nf4,
    "fp8": _fp8,
}


def _in_layers(net: Network, change: Callable[[Array], Array]) -> Network:
    return net.changed(
        {
            role: change(array)
            for role, array in net.tensors.items()
            if role.startswith("layer") and array.ndim >= 2
        }
    )


def quantise(net: Network, how: Format) -> Network:
    """Round the matrices of the layers to a format and write them out again."""
    return _in_layers(net, _FORMATS[how])


def quantise_bits(net: Network, n_bits: int, *, group: int = 32) -> Network:
    """Round the matrices of the layers to so many bits, one scale a group."""
    return _in_layers(net, lambda array: _symmetric(array, n_bits, group))


def noise(net: Network, ratio: float, rng: np.random.Generator) -> Network:
    """Add normal noise to everything, `ratio` times as large as each tensor's deviation."""
    return net.changed(
        {
            role: array + ratio * array.std() * rng.normal(size=array.shape)
            for role, array in net.tensors.items()
            if "running_" not in role
        }
    )


def prune_magnitude(net: Network, share: float) -> Network:
    """Set the smallest weights of each matrix of the layers to zero."""

    def change(array: Array) -> Array:
        size = np.abs(array)
        return np.where(size > np.quantile(size, share), array, 0.0)

    return _in_layers(net, change)
