"""The canonical kinds of tensors: what their axes mean and which of them share hidden units.

The module is a vocabulary; it knows no model family and no name of a tensor in a checkpoint.
"""

from __future__ import annotations

from functools import lru_cache

from dokja.arch.role import Axis

__all__ = ["MLP_STEMS", "VALUE_INPUTS", "VALUE_OUTPUT", "default_axes"]

_WEIGHT_AXES = {
    "token_embedding": (Axis.VOCAB, Axis.RESIDUAL),
    "position_embedding": (Axis.POSITION, Axis.RESIDUAL),
    "type_embedding": (Axis.OTHER, Axis.RESIDUAL),
    "patch_embedding": (Axis.RESIDUAL, Axis.INPUT),
    "head": (Axis.VOCAB, Axis.RESIDUAL),
    "attention.q": (Axis.QUERY_KEY, Axis.RESIDUAL),
    "attention.k": (Axis.QUERY_KEY, Axis.RESIDUAL),
    "attention.v": (Axis.VALUE, Axis.RESIDUAL),
    "attention.o": (Axis.RESIDUAL, Axis.VALUE),
    "attention.qkv": (Axis.OTHER, Axis.RESIDUAL),
    "attention.kv": (Axis.OTHER, Axis.RESIDUAL),
    # Multi-head latent attention: the latents may be ordered by a decomposition, so they are
    # not offered as exchangeable.
    "attention.q_a": (Axis.OTHER, Axis.RESIDUAL),
    "attention.q_b": (Axis.QUERY_KEY, Axis.OTHER),
    "attention.kv_a": (Axis.OTHER, Axis.RESIDUAL),
    "attention.kv_b": (Axis.OTHER, Axis.OTHER),
    "attention.k_rope": (Axis.QUERY_KEY, Axis.RESIDUAL),
    "attention.k_b": (Axis.QUERY_KEY, Axis.OTHER),
    "attention.v_b": (Axis.VALUE, Axis.OTHER),
    "router": (Axis.EXPERT, Axis.RESIDUAL),
    "shared_mlp.router": (Axis.OTHER, Axis.RESIDUAL),
    "pooler": (Axis.OTHER, Axis.RESIDUAL),
    "output_projection": (Axis.OUTPUT, Axis.RESIDUAL),
}

MLP_STEMS = ("mlp", "shared_mlp")
"""Stems of the kinds of an MLP; the place in the tuple is the ``part`` of its unit group."""

for _stem in MLP_STEMS:
    _WEIGHT_AXES[f"{_stem}.gate"] = (Axis.MLP_UNIT, Axis.RESIDUAL)
    _WEIGHT_AXES[f"{_stem}.up"] = (Axis.MLP_UNIT, Axis.RESIDUAL)
    _WEIGHT_AXES[f"{_stem}.gate_up"] = (Axis.OTHER, Axis.RESIDUAL)
    _WEIGHT_AXES[f"{_stem}.down"] = (Axis.RESIDUAL, Axis.MLP_UNIT)

VALUE_INPUTS = ("attention.v.weight", "attention.v.bias", "attention.v_b.weight")
"""Kinds whose rows are the value channels of an attention block."""

VALUE_OUTPUT = "attention.o.weight"
"""The kind whose columns are the value channels of an attention block."""

_EXACT_AXES = {
    "class_embedding": (Axis.RESIDUAL,),
    "router.correction_bias": (Axis.EXPERT,),
    "rotary.inv_freq": (Axis.OTHER,),
    "attention.sinks": (Axis.OTHER,),
}


@lru_cache(maxsize=4096)
def default_axes(kind: str) -> tuple[Axis, ...] | None:
    """Say what the axes of a kind mean.

    Parameters
    ----------
    kind
        Such as ``attention.q.weight``.

    Returns
    -------
    tuple of Axis, or None
        The axes, ``[out, in]`` for matrices; None for a kind outside of the vocabulary. A bias
        has the row axis of its matrix.
    """
    if kind in _EXACT_AXES:
        return _EXACT_AXES[kind]
    stem, _, parameter = kind.rpartition(".")
    if parameter not in {"weight", "bias"}:
        return None
    if stem.startswith("norm."):
        return (Axis.RESIDUAL,)
    if stem in {"attention.q_norm", "attention.k_norm"}:
        return (Axis.QUERY_KEY,)
    if stem in {"attention.q_a_norm", "attention.kv_a_norm"}:
        return (Axis.OTHER,)
    axes = _WEIGHT_AXES.get(stem)
    return axes[:1] if axes and parameter == "bias" else axes
