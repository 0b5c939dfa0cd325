"""What people do to a finished model without training it: merge, quantise, prune, copy, widen.

Every function takes named arrays and gives named arrays. Refuses to know how models are trained.
"""

from __future__ import annotations

import re

import torch
from torch import Tensor

State = dict[str, Tensor]
_LAYER = re.compile(r"(model\.layers\.)(\d+)(\..*)")


def merge(shares: list[tuple[float, State]]) -> State:
    """Weighted sum of models of one shape."""
    return {name: sum(share * state[name] for share, state in shares) for name in shares[0][1]}


def quantise(state: State, *, group: int = 32) -> State:
    """Round linear layers to four bits, symmetric, one scale a group of inputs; and back again.

    Embedding and norms stay as they were, which is what such files usually hold.
    """
    out: State = {}
    for name, tensor in state.items():
        if tensor.dim() < 2 or "embed" in name:
            out[name] = tensor.clone()
            continue
        blocks = tensor.reshape(-1, group)
        scale = blocks.abs().amax(1, keepdim=True).clamp_min(1e-12) / 7
        out[name] = ((blocks / scale).round().clamp(-8, 7) * scale).reshape(tensor.shape)
    return out


def add_noise(state: State, seed: int, *, ratio: float = 1.0) -> State:
    """Add normal noise whose deviation is `ratio` times that of each tensor."""
    rng = torch.Generator().manual_seed(seed)
    return {
        name: tensor + ratio * tensor.std() * torch.randn(tensor.shape, generator=rng)
        for name, tensor in state.items()
    }


def take_layers(state: State, layers: list[int]) -> State:
    """Build a model from the layers named, in that order; a layer may come twice."""
    out: State = {}
    for name, tensor in state.items():
        found = _LAYER.fullmatch(name)
        if not found:
            out[name] = tensor.clone()
            continue
        for place, layer in enumerate(layers):
            if layer == int(found[2]):
                out[f"{found[1]}{place}{found[3]}"] = tensor.clone()
    return out


def prune_units(state: State, *, share: float = 0.3) -> State:
    """Drop the weakest MLP units of every layer; the others stay in order."""
    out = {name: tensor.clone() for name, tensor in state.items()}
    for name in state:
        if not name.endswith("mlp.gate_proj.weight"):
            continue
        stem = name.removesuffix("gate_proj.weight")
        up, down = f"{stem}up_proj.weight", f"{stem}down_proj.weight"
        strength = state[name].norm(dim=1) * state[up].norm(dim=1) * state[down].norm(dim=0)
        n_kept = round(len(strength) * (1 - share))
        kept = strength.argsort(descending=True)[:n_kept].sort().values
        out[name], out[up] = state[name][kept].clone(), state[up][kept].clone()
        out[down] = state[down][:, kept].clone()
    return out


def upcycle(state: State, seed: int, *, n_experts: int, sd: float) -> State:
    """Turn each dense MLP into equal experts behind a random router, under Mixtral's names."""
    rng = torch.Generator().manual_seed(seed)
    renamed = {"gate_proj": "w1", "down_proj": "w2", "up_proj": "w3"}
    out: State = {}
    for name, tensor in state.items():
        if ".mlp." not in name:
            out[name] = tensor.clone()
            continue
        stem, matrix = name.split(".mlp.")
        part = renamed[matrix.removesuffix(".weight")]
        for expert in range(n_experts):
            out[f"{stem}.block_sparse_moe.experts.{expert}.{part}.weight"] = tensor.clone()
        width = state[f"{stem}.input_layernorm.weight"].shape[0]
        router = f"{stem}.block_sparse_moe.gate.weight"
        if router not in out:
            out[router] = torch.randn((n_experts, width), generator=rng) * sd
    return out
