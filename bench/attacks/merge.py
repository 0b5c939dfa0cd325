"""Several models of one shape made into one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.attacks.network import Array, Network


def linear(parts: Sequence[tuple[float, Network]]) -> Network:
    """Return the weighted sum."""
    first = parts[0][1]
    return first.changed(
        {
            role: np.sum([share * net.tensors[role] for share, net in parts], axis=0)
            for role in first.tensors
        }
    )


def _slerp(a: Array, b: Array, share: float) -> Array:
    cosine = float(np.sum(a * b) / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-30))
    angle = np.arccos(np.clip(cosine, -1, 1))
    if angle < 1e-4:
        return (1 - share) * a + share * b
    weights = np.sin((1 - share) * angle), np.sin(share * angle)
    return np.asarray((weights[0] * a + weights[1] * b) / np.sin(angle))


def slerp(a: Network, b: Network, share: float) -> Network:
    """Walk from `a` to `b` on the sphere, tensor by tensor; `share` is that of `b`."""
    return a.changed({r: _slerp(a.tensors[r], b.tensors[r], share) for r in a.tensors})


def task_arithmetic(base: Network, tuned: Sequence[tuple[float, Network]]) -> Network:
    """Add the scaled changes of tuned models to their base (arXiv 2212.04089)."""
    return base.changed(
        {
            role: array + np.sum([s * (net.tensors[role] - array) for s, net in tuned], axis=0)
            for role, array in base.tensors.items()
        }
    )


def _trimmed(change: Array, density: float) -> Array:
    size = np.abs(change)
    return np.where(size >= np.quantile(size, 1 - density), change, 0.0)


def ties(base: Network, tuned: Sequence[Network], *, density: float, scale: float) -> Network:
    """Trim small changes, elect a sign, average those that agree (arXiv 2306.01708)."""
    out = {}
    for role, array in base.tensors.items():
        changes = np.stack([_trimmed(net.tensors[role] - array, density) for net in tuned])
        sign = np.sign(changes.sum(0))
        agree = (np.sign(changes) == sign) & (changes != 0)
        mean = (changes * agree).sum(0) / np.maximum(agree.sum(0), 1)
        out[role] = array + scale * mean
    return base.changed(out)


def dare(
    base: Network,
    tuned: Sequence[tuple[float, Network]],
    rng: np.random.Generator,
    *,
    drop: float,
) -> Network:
    """Drop most changes at random and enlarge the others (arXiv 2311.03099)."""
    out = {}
    for role, array in base.tensors.items():
        total = array.copy()
        for share, net in tuned:
            kept = rng.random(array.shape) >= drop
            total += share * kept * (net.tensors[role] - array) / (1 - drop)
        out[role] = total
    return base.changed(out)
