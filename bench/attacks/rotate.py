"""Rotating spaces that nothing but matrices can see: value channels, the residual stream.

Every function here leaves what the network computes as it was.

References
----------
Ashkboos et al., SliceGPT, arXiv 2401.15024: the residual stream of a pre-norm network may be
rotated once the gains are folded away. A LayerNorm also takes the mean away, so there the
direction of the mean has to stay where it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.attacks import gains
from bench.attacks.network import Network, NotValidError, along_residual

if TYPE_CHECKING:
    from bench.attacks.network import Array, Tensors

Rng = np.random.Generator


def orthogonal(width: int, rng: Rng) -> Array:
    """Draw a rotation or reflection uniformly."""
    q, r = np.linalg.qr(rng.normal(size=(width, width)))
    return q * np.sign(np.diag(r))


def keeping_mean(width: int, rng: Rng) -> Array:
    """Draw a rotation that leaves the direction (1, …, 1) where it is."""
    basis, _ = np.linalg.qr(np.column_stack([np.ones(width), rng.normal(size=(width, width - 1))]))
    inner = np.eye(width)
    inner[1:, 1:] = orthogonal(width - 1, rng)
    return np.asarray(basis @ inner @ basis.T)


def turn(net: Network, rotation: Array) -> Network:
    """Multiply every residual axis by a rotation; gains must be one."""
    if not gains.flat(net):
        raise NotValidError("fold the gains first")
    turned = along_residual(
        net, lambda array, axis: np.moveaxis(np.tensordot(array, rotation, (axis, 0)), -1, axis)
    )
    kept = {
        role: net.tensors[role]
        for role in net.tensors
        if "norm." in role and role.endswith(".weight")
    }
    return turned.changed(kept)


def residual(net: Network, rng: Rng) -> Network:
    """Fold the gains and rotate the residual stream of a pre-norm network."""
    if net.post_norm:
        raise NotValidError("a post-norm stream cannot be rotated")
    if "conv2.weight" in net.tensors:
        raise NotValidError("the stem bends each channel by itself")
    net = gains.fold(net)
    draw = orthogonal if net.norm == "rms" else keeping_mean
    return turn(net, draw(net.size("width"), rng))


def values(net: Network, rng: Rng) -> Network:
    """Rotate the value channels inside every kv head."""
    n_heads, n_kv, width = (net.size(what) for what in ("heads", "kv_heads", "head_width"))
    out: Tensors = {}
    for layer in net.layers:
        stem = f"layers.{layer}.attention"
        rotations = [orthogonal(width, rng) for _ in range(n_kv)]
        for parameter in ("weight", "bias"):
            role = f"{stem}.v.{parameter}"
            if role in net.tensors:
                blocks = np.split(net.tensors[role], n_kv)
                out[role] = np.concatenate(
                    [r.T @ b for r, b in zip(rotations, blocks, strict=True)]
                )
        turned = [
            block @ rotations[head * n_kv // n_heads]
            for head, block in enumerate(np.split(net.tensors[f"{stem}.o.weight"], n_heads, axis=1))
        ]
        out[f"{stem}.o.weight"] = np.concatenate(turned, axis=1)
    return net.changed(out)
