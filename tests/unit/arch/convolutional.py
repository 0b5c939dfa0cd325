"""Small residual convolutional networks in NumPy, with the names that real ones have."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from tests.unit.arch.networks import Array, Network, Weights, fill

WIDTHS = (5, 7)
N_BLOCKS = 2
SIDE = 4


def _convolve(kernel: Array, x: Array) -> Array:
    """Cross-correlate pictures ``(channels, side, side)``, edges padded with zeros."""
    reach = kernel.shape[2] // 2
    side = x.shape[1]
    padded = np.pad(x, ((0, 0), (reach, reach), (reach, reach)))
    out = np.zeros((len(kernel), side, side))
    for i in range(kernel.shape[2]):
        for j in range(kernel.shape[3]):
            part = padded[:, i : i + side, j : j + side]
            out += np.einsum("oi,iyx->oyx", kernel[:, :, i, j], part)
    return out


def _batch_norm(w: Weights, name: str, x: Array) -> Array:
    mean, variance = w[f"{name}.running_mean"], np.abs(w[f"{name}.running_var"]) + 0.1
    scaled = (x - mean[:, None, None]) / np.sqrt(variance)[:, None, None]
    return scaled * w[f"{name}.weight"][:, None, None] + w[f"{name}.bias"][:, None, None]


def _norm_shapes(name: str, n: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.{p}": (n,) for p in ("weight", "bias", "running_mean", "running_var")}


def _block_shapes(block: str, sizes: list[int]) -> dict[str, tuple[int, ...]]:
    """Kernels and norms of one block, from stream to stream."""
    shapes: dict[str, tuple[int, ...]] = {}
    for place, (n_in, n_out) in enumerate(itertools.pairwise(sizes)):
        k = 1 if len(sizes) == 4 and place != 1 else 3
        shapes[f"{block}.conv{place + 1}.weight"] = (n_out, n_in, k, k)
        shapes |= _norm_shapes(f"{block}.bn{place + 1}", n_out)
    if sizes[0] != sizes[-1]:
        shapes[f"{block}.downsample.0.weight"] = (sizes[-1], sizes[0], 1, 1)
        shapes |= _norm_shapes(f"{block}.downsample.1", sizes[-1])
    return shapes


def _shapes(n_convolutions: int, widths: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {"conv1.weight": (widths[0], 3, 3, 3)}
    shapes |= _norm_shapes("bn1", widths[0])
    n_in = widths[0]
    for stage, width in enumerate(widths, start=1):
        n_out = width * (n_convolutions - 1)
        for number in range(N_BLOCKS):
            sizes = [n_in, *[width] * (n_convolutions - 1), n_out]
            shapes |= _block_shapes(f"layer{stage}.{number}", sizes)
            n_in = n_out
    return shapes | {"fc.weight": (6, n_in), "fc.bias": (6,)}


def _block(w: Weights, block: str, x: Array, n_convolutions: int) -> Array:
    y = x
    for place in range(1, n_convolutions + 1):
        y = _convolve(w[f"{block}.conv{place}.weight"], np.tanh(y) if place > 1 else y)
        y = _batch_norm(w, f"{block}.bn{place}", y)
    if f"{block}.downsample.0.weight" in w:
        x = _convolve(w[f"{block}.downsample.0.weight"], x)
        x = _batch_norm(w, f"{block}.downsample.1", x)
    return np.asarray(np.tanh(x + y))


def resnet(
    rng: np.random.Generator, *, n_convolutions: int = 2, widths: tuple[int, ...] = WIDTHS
) -> Network:
    """Make a network of basic blocks (two convolutions) or of bottlenecks (three)."""
    shapes = _shapes(n_convolutions, widths)
    picture = rng.standard_normal((3, SIDE, SIDE))

    def forward(w: Weights) -> NDArray[np.float64]:
        x = np.tanh(_batch_norm(w, "bn1", _convolve(w["conv1.weight"], picture)))
        for stage in range(1, len(widths) + 1):
            for number in range(N_BLOCKS):
                x = _block(w, f"layer{stage}.{number}", x, n_convolutions)
        return np.asarray(w["fc.weight"] @ x.mean((1, 2)) + w["fc.bias"])

    return Network(fill(rng, shapes), {"model_type": "resnet"}, forward)


def huggingface_names(weights: Weights) -> Weights:
    """Rename the weights as the transformers library does."""
    found = {}
    for name, value in weights.items():
        new = name.replace("fc.", "classifier.1.")
        parts = new.split(".")
        if parts[0].startswith("layer"):
            stage, number, *rest = int(parts[0][5:]) - 1, *parts[1:]
            if rest[0] == "downsample":
                inner = "shortcut." + ("convolution", "normalization")[int(rest[1])]
                last = rest[2]
            else:
                kind = "convolution" if rest[0].startswith("conv") else "normalization"
                inner, last = f"layer.{int(rest[0][-1]) - 1}.{kind}", rest[1]
            new = f"resnet.encoder.stages.{stage}.layers.{number}.{inner}.{last}"
        else:
            new = new.replace("conv1.", "resnet.embedder.embedder.convolution.")
            new = new.replace("bn1.", "resnet.embedder.embedder.normalization.")
        found[new] = value
    return found
