"""Changes of low rank, added to the matrices of the layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bench.attacks.network import Network


def of_low_rank(base: Network, tuned: Network, rank: int) -> Network:
    """Keep of a tuning only the part of `rank` in each matrix of the layers, and nothing else."""
    out = {}
    for role, array in base.tensors.items():
        if role.startswith("layers.") and array.ndim == 2:
            u, s, v = np.linalg.svd(tuned.tensors[role] - array, full_matrices=False)
            out[role] = array + (u[:, :rank] * s[:rank]) @ v[:rank]
    return base.changed(out)


def random(base: Network, rank: int, size: float, rng: np.random.Generator) -> Network:
    """Add a random product of `rank`, its norm `size` times that of each matrix of the layers."""
    out = {}
    for role, array in base.tensors.items():
        if role.startswith("layers.") and array.ndim == 2:
            step = rng.normal(size=(len(array), rank)) @ rng.normal(size=(rank, array.shape[1]))
            out[role] = array + step * (size * np.linalg.norm(array) / np.linalg.norm(step))
    return base.changed(out)
