"""Moving norm gains into the matrices that follow, and back out under other values.

Every function here leaves what the network computes as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.attacks.network import Network, NotValidError, norms_of, residual_axes

if TYPE_CHECKING:
    from bench.attacks.network import Tensors

_SMALLEST = 1e-3
"""A gain below this cannot be divided by."""


def untie(net: Network) -> Network:
    """Give the head a matrix of its own, a copy of the embedding."""
    if not net.tied or "embedding.weight" not in net.tensors:
        return net
    free = net.changed({"head.weight": net.tensors["embedding.weight"].copy()})
    free.config["tie_word_embeddings"] = False
    return free


def tie(net: Network) -> Network:
    """Use the embedding as the head; what the network computes changes unless they are equal."""
    tied = net.without("head.weight").changed({})
    tied.config["tie_word_embeddings"] = True
    return tied


def _moved(net: Network, norm: str, wanted: np.ndarray) -> Tensors:
    """Set a norm's gain to `wanted` and let its readers make up for it."""
    gain = net.tensors[f"{norm}.weight"]
    ratio = gain / wanted
    out = {role: net.tensors[role] * ratio for role in net.readers(norm)}
    out[f"{norm}.weight"] = wanted
    if f"{norm}.bias" in net.tensors:
        if np.abs(ratio).min() < _SMALLEST:
            raise NotValidError(f"{norm}: a gain too small to divide its bias by")
        out[f"{norm}.bias"] = net.tensors[f"{norm}.bias"] / ratio
    return out


def _movable(net: Network) -> list[str]:
    if net.post_norm:
        raise NotValidError("after a post-norm the gain stays in the residual stream")
    last = ["norm.final"] if "head.weight" not in net.tensors else []
    return [norm for norm in norms_of(net) if norm not in last]


def fold(net: Network) -> Network:
    """Fold every gain into the matrices that read it, and reset it to one; unties the head."""
    net = untie(net)
    out: Tensors = {}
    for norm in _movable(net):
        out |= _moved(net, norm, np.ones_like(net.tensors[f"{norm}.weight"]))
    return net.changed(out)


def redraw(net: Network, rng: np.random.Generator, *, spread: float = 0.2) -> Network:
    """Give every norm new, meaningless gains; the matrices make up for it. Unties the head."""
    net = untie(net)
    out: Tensors = {}
    for norm in _movable(net):
        wanted = np.exp(spread * rng.normal(size=net.tensors[f"{norm}.weight"].shape))
        out |= _moved(net, norm, wanted)
    return net.changed(out)


def store_offsets(net: Network) -> Network:
    """Store gains as their distance from one, as Gemma does; computes the same in that form."""
    if net.norm != "rms":
        raise NotValidError("only RMS norms are stored so")
    out = {f"{norm}.weight": net.tensors[f"{norm}.weight"] - 1 for norm in norms_of(net)}
    for role in net.tensors:
        if ".q_norm." in role or ".k_norm." in role:
            out[role] = net.tensors[role] - 1
    # Gemma multiplies embedded rows by the square root of the width.
    net = untie(net)
    out["embedding.weight"] = net.tensors["embedding.weight"] / np.sqrt(net.size("width"))
    stored = net.changed(out)
    stored.config.update(model_type="gemma", architectures=["GemmaForCausalLM"])
    return stored


def flat(net: Network) -> bool:
    """Whether every residual gain is one, so that the stream may be rotated."""
    roles = [f"{norm}.weight" for norm in norms_of(net)]
    return all(residual_axes(role) and np.allclose(net.tensors[role], 1.0) for role in roles)
