"""Dense to experts, experts renumbered, split and merged.

`upcycle`, `shuffle` and `split` leave what the network computes as it was.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bench.attacks.naming import FAMILIES
from bench.attacks.network import Network, NotValidError

if TYPE_CHECKING:
    from bench.attacks.network import Tensors

Rng = np.random.Generator
_PARTS = ("gate", "up", "down")


def upcycle(net: Network, n_experts: int, rng: Rng, *, sd: float = 0.05) -> Network:
    """Copy each dense gated MLP into equal experts behind a random router (arXiv 2212.05055)."""
    if net.family != "llama":
        raise NotValidError("experts are written in the layout of Mixtral only")
    out = {
        role: array
        for role, array in net.tensors.items()
        if ".mlp." not in role or ".norm." in role
    }
    for layer in net.layers:
        for expert in range(n_experts):
            for part in _PARTS:
                role = f"layers.{layer}.experts.{expert}.{part}.weight"
                out[role] = net.tensors[f"layers.{layer}.mlp.{part}.weight"].copy()
        out[f"layers.{layer}.router.weight"] = rng.normal(size=(n_experts, net.size("width"))) * sd
    config = {
        **net.config,
        "model_type": "mixtral",
        "architectures": ["MixtralForCausalLM"],
        "num_local_experts": n_experts,
        "num_experts_per_tok": 2,
    }
    keys = FAMILIES["mixtral"].keys
    return replace(net, family="mixtral", tensors=out, config=config, keys=keys)


def _check(net: Network) -> None:
    if not net.n_experts:
        raise NotValidError("no experts")


def shuffle(net: Network, rng: Rng) -> Network:
    """Renumber the experts of each layer, and the router's rows with them."""
    _check(net)
    out: Tensors = {}
    for layer in net.layers:
        order = rng.permutation(net.n_experts)
        role = f"layers.{layer}.router.weight"
        out[role] = net.tensors[role][order]
        for place, expert in enumerate(order):
            for part in _PARTS:
                source = f"layers.{layer}.experts.{expert}.{part}.weight"
                out[f"layers.{layer}.experts.{place}.{part}.weight"] = net.tensors[source]
    return net.changed(out)


def split(net: Network, rng: Rng) -> Network:
    """Split each expert into two of half its units; twice as many are used for each token."""
    _check(net)
    out: Tensors = {}
    half = 0
    for layer in net.layers:
        router = f"layers.{layer}.router.weight"
        out[router] = np.repeat(net.tensors[router], 2, axis=0)
        for expert in range(net.n_experts):
            stem = f"layers.{layer}.experts.{expert}"
            n_units = len(net.tensors[f"{stem}.up.weight"])
            half = n_units // 2
            order = rng.permutation(n_units)
            for place, rows in enumerate((order[:half], order[half:])):
                new = f"layers.{layer}.experts.{2 * expert + place}"
                for part in ("gate", "up"):
                    out[f"{new}.{part}.weight"] = net.tensors[f"{stem}.{part}.weight"][rows]
                # Each half bears half of its expert's weight.
                out[f"{new}.down.weight"] = 2 * net.tensors[f"{stem}.down.weight"][:, rows]
    finer = net.changed(out, units=half)
    finer.config["num_local_experts"] = 2 * net.n_experts
    finer.config["num_experts_per_tok"] = 2 * net.config["num_experts_per_tok"]
    return finer


def merge(net: Network) -> Network:
    """Average neighbouring experts, two into one; what the network computes changes."""
    _check(net)
    gone = [role for role in net.tensors if ".experts." in role or ".router." in role]
    out: Tensors = {}
    for layer in net.layers:
        router = f"layers.{layer}.router.weight"
        out[router] = net.tensors[router].reshape(net.n_experts // 2, 2, -1).mean(1)
        for place in range(net.n_experts // 2):
            for part in _PARTS:
                pair = [
                    net.tensors[f"layers.{layer}.experts.{2 * place + i}.{part}.weight"]
                    for i in range(2)
                ]
                out[f"layers.{layer}.experts.{place}.{part}.weight"] = np.mean(pair, axis=0)
    fewer = net.without(*gone).changed(out)
    fewer.config["num_local_experts"] = net.n_experts // 2
    return fewer
