"""Key and value heads pooled or repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.attacks.network import Network, NotValidError

if TYPE_CHECKING:
    from bench.attacks.network import Tensors


def pool(net: Network, n_kv_heads: int) -> Network:
    """Average neighbouring kv heads into fewer (arXiv 2305.13245); the function changes."""
    if "kv_heads" not in net.keys:
        raise NotValidError("this format has as many kv heads as heads")
    n_old, width = net.size("kv_heads"), net.size("head_width")
    out: Tensors = {}
    for role, array in net.tensors.items():
        if ".attention.k." in role or ".attention.v." in role:
            grouped = array.reshape(n_kv_heads, n_old // n_kv_heads, width, *array.shape[1:])
            out[role] = grouped.mean(1).reshape(-1, *array.shape[1:])
    return net.changed(out, kv_heads=n_kv_heads)


def repeat(net: Network, n_kv_heads: int) -> Network:
    """Write each kv head several times, up to one for each head; the function stays."""
    if "kv_heads" not in net.keys:
        raise NotValidError("this format has as many kv heads as heads")
    n_old, width = net.size("kv_heads"), net.size("head_width")
    out: Tensors = {}
    for role, array in net.tensors.items():
        if ".attention.k." in role or ".attention.v." in role:
            heads = array.reshape(n_old, width, *array.shape[1:])
            more = np.repeat(heads, n_kv_heads // n_old, axis=0)
            out[role] = more.reshape(-1, *array.shape[1:])
    return net.changed(out, kv_heads=n_kv_heads)
