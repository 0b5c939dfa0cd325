"""Channels of a residual convolutional network renumbered and rescaled, carried through its layers.

Knows torchvision's ResNet names. Everything here leaves what the network computes as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

Arrays = dict[str, "NDArray[np.float64]"]
Rng = np.random.Generator
_PER_CHANNEL = ("weight", "bias", "running_mean", "running_var")


def _write(out: Arrays, conv: str, norm: str, order: NDArray[np.int64]) -> None:
    """Renumber what a convolution puts out, and the norm after it."""
    out[f"{conv}.weight"] = out[f"{conv}.weight"][order]
    for parameter in _PER_CHANNEL:
        out[f"{norm}.{parameter}"] = out[f"{norm}.{parameter}"][order]


def _blocks(tensors: Mapping[str, object]) -> list[str]:
    found = {name.rsplit(".conv1.", 1)[0] for name in tensors if ".conv1." in name}
    return sorted(found, key=lambda name: [int(part) for part in name[5:].split(".")])


def permute(tensors: Mapping[str, NDArray[np.float64]], rng: Rng) -> Arrays:
    """Renumber the channels of every stage's stream and of every block's inside."""
    out: Arrays = {name: np.asarray(array) for name, array in tensors.items()}
    stream = rng.permutation(len(out["conv1.weight"]))
    _write(out, "conv1", "bn1", stream)
    for block in _blocks(tensors):
        for name in (f"{block}.conv1.weight", f"{block}.downsample.0.weight"):
            if name in out:
                out[name] = out[name][:, stream]
        inner = rng.permutation(len(out[f"{block}.conv1.weight"]))
        _write(out, f"{block}.conv1", f"{block}.bn1", inner)
        out[f"{block}.conv2.weight"] = out[f"{block}.conv2.weight"][:, inner]
        if f"{block}.downsample.0.weight" in out:
            stream = rng.permutation(len(out[f"{block}.conv2.weight"]))
            _write(out, f"{block}.downsample.0", f"{block}.downsample.1", stream)
        _write(out, f"{block}.conv2", f"{block}.bn2", stream)
    out["fc.weight"] = out["fc.weight"][:, stream]
    return out


def scale(tensors: Mapping[str, NDArray[np.float64]], rng: Rng, *, spread: float = 0.5) -> Arrays:
    """Scale the inner channels of every block; what follows the bend makes up for it."""
    out: Arrays = {name: np.asarray(array) for name, array in tensors.items()}
    for block in _blocks(tensors):
        factor = np.exp(spread * rng.normal(size=len(out[f"{block}.bn1.weight"])))
        for parameter in ("weight", "bias"):
            out[f"{block}.bn1.{parameter}"] = out[f"{block}.bn1.{parameter}"] * factor
        shape = (1, -1, 1, 1)
        out[f"{block}.conv2.weight"] = out[f"{block}.conv2.weight"] / factor.reshape(shape)
    return out
