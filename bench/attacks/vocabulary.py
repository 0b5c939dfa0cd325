"""Token rows in another order, or under another vocabulary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.attacks.network import Network, NotValidError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_ROLES = ("embedding.weight", "head.weight", "head.bias")


def reorder(net: Network, order: NDArray[np.int64]) -> Network:
    """Give token ``order[i]`` the id ``i``; the tokenizer has to follow."""
    if "embedding.weight" not in net.tensors:
        raise NotValidError("no vocabulary")
    return net.changed({r: net.tensors[r][order] for r in _ROLES if r in net.tensors})


def swap(net: Network, old: Sequence[str], new: Sequence[str], rng: np.random.Generator) -> Network:
    """Keep the rows of tokens that both vocabularies spell alike, draw the others anew."""
    if "embedding.weight" not in net.tensors:
        raise NotValidError("no vocabulary")
    place = {token: i for i, token in enumerate(old)}
    source = np.array([place.get(token, -1) for token in new])
    out = {}
    for role in _ROLES:
        if role in net.tensors:
            rows = net.tensors[role]
            drawn = rows.mean(0) + rows.std(0) * rng.normal(size=(len(new), *rows.shape[1:]))
            drawn[source >= 0] = rows[source[source >= 0]]
            out[role] = drawn
    return net.changed(out, vocabulary=len(new))
