"""A network as the attacks see it: arrays by role, matrices as ``[out, in]``, and its sizes.

Knows which axes are residual and which tensors follow which norm; refuses to know file names.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Array = NDArray[np.float64]
Tensors = dict[str, Array]


class NotValidError(ValueError):
    """The change would alter what this network computes, or its format cannot hold the result."""


@dataclass(frozen=True, slots=True)
class Network:
    """One model.

    Roles are ``embedding.weight``, ``head.weight``, ``norm.final.weight``,
    ``layers.3.attention.q.weight``, ``layers.3.mlp.down.weight``,
    ``layers.3.experts.1.up.weight`` and the like.
    """

    family: str
    tensors: Tensors
    config: dict[str, Any]
    keys: Mapping[str, str]
    """Configuration key of ``width``, ``layers``, ``heads``, ``kv_heads`` and so on."""
    norm: Literal["rms", "layer"] = "rms"
    post_norm: bool = False
    prefix: str = ""

    def size(self, what: str) -> int:
        """Return a size the configuration names; kv heads default to heads."""
        if what == "kv_heads" and "kv_heads" not in self.keys:
            what = "heads"
        if what == "head_width" and "head_width" not in self.keys:
            return self.size("width") // self.size("heads")
        return int(self.config[self.keys[what]])

    @property
    def layers(self) -> range:
        """Numbers of the layers."""
        return range(self.size("layers"))

    @property
    def n_experts(self) -> int:
        """Experts of a layer, 0 where the MLP is dense."""
        return int(self.config.get("num_local_experts", 0))

    @property
    def tied(self) -> bool:
        """Whether the embedding serves as the head."""
        return "head.weight" not in self.tensors

    def changed(self, tensors: Tensors, **sizes: int) -> Network:
        """Return a copy with some tensors and some sizes replaced."""
        config = {**self.config, **{self.keys[what]: value for what, value in sizes.items()}}
        return replace(self, tensors={**self.tensors, **tensors}, config=config)

    def without(self, *roles: str) -> Network:
        """Return a copy that lacks some tensors."""
        kept = {role: array for role, array in self.tensors.items() if role not in roles}
        return replace(self, tensors=kept)

    def blocks(self, layer: int) -> Iterator[str]:
        """Yield the stems of a layer's MLPs: one, or one for each expert."""
        if self.n_experts:
            for expert in range(self.n_experts):
                yield f"layers.{layer}.experts.{expert}"
        else:
            yield f"layers.{layer}.mlp"

    def head_rows(self, head: int) -> slice:
        """Rows of one head in a projection."""
        width = self.size("head_width")
        return slice(head * width, (head + 1) * width)

    def readers(self, norm: str) -> list[str]:
        """Return the matrices that read what a norm puts out, for pre-norm networks."""
        if norm == "norm.final":
            return ["head.weight"]
        layer = norm.split(".norm.", maxsplit=1)[0]
        if norm.endswith("norm.attention"):
            return [f"{layer}.attention.{part}.weight" for part in "qkv"]
        wanted = [
            f"{stem}.{part}.weight"
            for stem in self.blocks(int(layer.split(".")[1]))
            for part in ("gate", "up")
        ]
        return [role for role in (*wanted, f"{layer}.router.weight") if role in self.tensors]


def residual_axes(role: str) -> tuple[int, ...]:
    """Return the axes of a tensor that run over the residual channels."""
    parent, _, parameter = role.rpartition(".")
    kind = parent.rpartition(".")[2]
    if ".q_norm." in role or ".k_norm." in role or role == "head.bias":
        return ()
    if "norm." in role or (parameter == "bias" and kind in {"o", "down", "patch", "conv2"}):
        return (0,)
    if parent == "transform":
        return (0, 1) if parameter == "weight" else (0,)
    if parent in {"embedding", "position", "type", "class"}:
        return (-1,)
    if parameter == "bias" or kind == "conv1":
        return ()
    return (0,) if kind in {"o", "down", "patch", "conv2"} else (1,)


def along_residual(net: Network, change: Callable[[Array, int], Array]) -> Network:
    """Change every tensor along each of its residual axes."""
    out: Tensors = {}
    for role, array in net.tensors.items():
        for axis in residual_axes(role):
            array = change(array, axis)  # noqa: PLW2901
        out[role] = array
    return net.changed(out)


def norms_of(net: Network) -> list[str]:
    """Return the stems of all norms over the residual channels."""
    return [
        role.removesuffix(".weight")
        for role in net.tensors
        if "norm." in role and role.endswith(".weight") and residual_axes(role)
    ]
