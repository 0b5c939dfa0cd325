"""A part of one model inside another of the same shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bench.attacks.network import Network

Part = Literal["embeddings", "attention", "mlp", "layers"]


def _taken(role: str, part: Part, n_layers: int) -> bool:
    if part == "embeddings":
        return role.split(".", maxsplit=1)[0] in {"embedding", "head", "patch", "position", "class"}
    if part == "layers":
        return any(role.startswith(f"layers.{layer}.") for layer in range(n_layers))
    return f".{part}." in role and not role.endswith(f"norm.{part}.weight")


def graft(owner: Network, donor: Network, part: Part, *, n_layers: int = 0) -> Network:
    """Put one part of `donor` into `owner`.

    Parameters
    ----------
    owner
        Gives everything else.
    donor
        Of the same shape.
    part
        Embeddings and head, all attention, all MLPs, or the first layers.
    n_layers
        How many layers, where `part` is ``layers``.

    Returns
    -------
    Network
        As it stands: it would need tuning to work.
    """
    return owner.changed(
        {role: array for role, array in donor.tensors.items() if _taken(role, part, n_layers)}
    )
