"""Channels of plain, inverted and ConvNeXt-like networks renumbered and rescaled.

Knows the names of `bench.train_chains`. Everything here leaves what the network computes as it was.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

Arrays = dict[str, "NDArray[Any]"]
Rng = np.random.Generator


def links(tensors: Mapping[str, Any]) -> Iterator[tuple[str, str | None, str | None]]:
    """Name each tensor and the sets of channels along its first two axes."""
    if "stem.weight" in tensors:
        yield from _next_links(tensors)
        return
    numbers = {int(name.split(".")[1]) for name in tensors if name.startswith("features.")}
    stream: str | None = None
    for n in sorted(numbers):
        prefix = f"features.{n}."
        if f"{prefix}conv.0.weight" in tensors:
            inner = f"inner.{n}"
            same = tensors[f"{prefix}conv.6.weight"].shape[0]
            adds = same == tensors[f"{prefix}conv.0.weight"].shape[1]
            after = stream if adds else f"stream.{n}"
            yield f"{prefix}conv.0.weight", inner, stream
            yield from _norm(tensors, f"{prefix}conv.1.", inner)
            yield f"{prefix}conv.3.weight", inner, None
            yield from _norm(tensors, f"{prefix}conv.4.", inner)
            yield f"{prefix}conv.6.weight", after, inner
            yield from _norm(tensors, f"{prefix}conv.7.", after)
            stream = after
        elif f"{prefix}0.weight" in tensors:
            stream = "stream.0"
            yield f"{prefix}0.weight", stream, None
            yield from _norm(tensors, f"{prefix}1.", stream)
        elif tensors[f"{prefix}weight"].ndim == 4:
            yield f"{prefix}weight", f"stream.{n}", stream
            stream = f"stream.{n}"
        else:
            yield from _norm(tensors, prefix, stream)
    head = next(name for name in tensors if re.fullmatch(r"classifier(\.1)?\.weight", name))
    yield head, None, stream


def _next_links(tensors: Mapping[str, Any]) -> Iterator[tuple[str, str | None, str | None]]:
    yield "stem.weight", "stream", None
    yield "stem.bias", "stream", None
    for name in tensors:
        if name.startswith("blocks.") and name.endswith("pwconv1.weight"):
            block = name.removesuffix("pwconv1.weight")
            yield f"{block}dwconv.weight", "stream", None
            yield f"{block}dwconv.bias", "stream", None
            yield from _norm(tensors, f"{block}norm.", "stream")
            yield name, block, "stream"
            yield f"{block}pwconv1.bias", block, None
            yield f"{block}pwconv2.weight", "stream", block
            yield f"{block}pwconv2.bias", "stream", None
    yield from _norm(tensors, "norm.", "stream")
    yield "head.weight", None, "stream"


def _norm(
    tensors: Mapping[str, Any], prefix: str, name: str | None
) -> Iterator[tuple[str, str | None, str | None]]:
    for parameter in ("weight", "bias", "running_mean", "running_var"):
        if prefix + parameter in tensors:
            yield prefix + parameter, name, None


def permute(tensors: Mapping[str, NDArray[Any]], rng: Rng) -> Arrays:
    """Renumber every set of channels at random."""
    sizes = {
        held: tensors[name].shape[axis]
        for name, *sides in links(tensors)
        for axis, held in enumerate(sides)
        if held is not None
    }
    return reordered(tensors, {held: rng.permutation(n) for held, n in sizes.items()})


def reordered(tensors: Mapping[str, NDArray[Any]], orders: Mapping[str, NDArray[Any]]) -> Arrays:
    """Renumber every set of channels as told."""
    out = dict(tensors)
    for name, rows, columns in links(tensors):
        for axis, held in enumerate((rows, columns)):
            if held is not None:
                out[name] = np.take(out[name], orders[held], axis=axis)
    return out


def scale(tensors: Mapping[str, NDArray[Any]], rng: Rng, *, spread: float = 0.5) -> Arrays:
    """Scale what norms write in a plain network; the next kernel makes up for it."""
    out = dict(tensors)
    factors = dict[str, "NDArray[np.float64]"]()
    for name, rows, columns in links(tensors):
        if out[name].ndim == 1 and name.endswith((".weight", ".bias")) and rows is not None:
            drawn = np.exp(spread * rng.normal(size=len(out[name])))
            out[name] = out[name] * factors.setdefault(rows, drawn)
        elif columns in factors:
            shape = (1, -1, *[1] * (out[name].ndim - 2))
            out[name] = out[name] / factors[columns].reshape(shape)
    return out
