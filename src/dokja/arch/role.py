"""What a tensor is: component, layer, expert, kind, and what its axes mean.

The module defines these words; it knows no family and reads no names of a checkpoint. The values
made of them (`dokja.arch.anatomy`, `dokja.arch.view`) can be had from here too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, total_ordering

from dokja.arch.anatomy import (
    LeftoverTensor,
    Member,
    Reason,
    ResolvedCheckpoint,
    ResolvedComponent,
    ResolvedTensor,
    UnitGroup,
    affine_index,
)
from dokja.arch.view import RecordReader, Span, TensorView

__all__ = [
    "Axis",
    "LeftoverTensor",
    "Member",
    "Reason",
    "RecordReader",
    "ResolvedCheckpoint",
    "ResolvedComponent",
    "ResolvedTensor",
    "Span",
    "TensorRole",
    "TensorView",
    "UnitGroup",
    "affine_index",
]


class Axis(StrEnum):
    """What the indices along one axis of a logical tensor stand for."""

    RESIDUAL = "residual"
    MLP_UNIT = "mlp"
    VALUE = "value"
    QUERY_KEY = "query_key"
    EXPERT = "expert"
    VOCAB = "vocab"
    INPUT = "input"
    POSITION = "position"
    OUTPUT = "output"
    OTHER = "other"


_GROUP_BY_PREFIX = (
    ("token_embedding", "embedding"),
    ("position_embedding", "embedding"),
    ("type_embedding", "embedding"),
    ("class_embedding", "embedding"),
    ("patch_embedding", "embedding"),
    ("embedding", "embedding"),
    ("head", "head"),
    ("norm", "norm"),
    ("attention", "attention"),
    ("mlp", "mlp"),
    ("shared_mlp", "mlp"),
    ("projector", "mlp"),
    ("merger", "mlp"),
    ("router", "router"),
    ("conv", "conv"),
    ("stem", "conv"),
    ("shortcut", "conv"),
    ("statistics", "other"),
)


_GROUP_BY_WORDS = tuple(
    (re.compile(words), group)
    for words, group in (
        (r"(layer|rms|batch|group)_?norm\b|\bln(_?\w*)?\.weight|_ln\b|(^|[._])norm\d?\b", "norm"),
        (r"router|gating", "router"),
        (r"attn|attention|(^|\.)(wq|wk|wv|q|k|v|qkv)(_proj)?\b", "attention"),
        (r"mlp|ffn|feed_?forward|(^|\.)(fc|linear)_?\d?\b|experts", "mlp"),
        (r"emb|wte|wpe", "embedding"),
        (r"conv", "conv"),
        (r"lm_head|^head\b|^output\.weight", "head"),
    )
)


@lru_cache(maxsize=4096)
def _group_of_kind(kind: str) -> str:
    parts = kind.split(".")
    if len(parts) > 1 and parts[0].startswith("mtp"):
        parts = parts[1:]
    if any(part == "norm" or part.endswith("_norm") for part in parts):
        return "norm" if parts[-1] != "bias" else "bias"
    if parts[-1] == "bias" and parts[0] != "head":
        return "bias"
    stem = parts[0].rstrip("0123456789")
    known = next((group for prefix, group in _GROUP_BY_PREFIX if stem == prefix), None)
    return known or _group_of_words(kind)


def _group_of_words(kind: str) -> str:
    """Group of a kind that is no more than a name, as inferred ones are."""
    lowered = kind.lower()
    return next((group for words, group in _GROUP_BY_WORDS if words.search(lowered)), "other")


_LAYER = re.compile(r"layers\.(\d+)")
_EXPERT = re.compile(r"experts\.(\d+)")


@total_ordering
@dataclass(frozen=True, slots=True)
class TensorRole:
    """Name of a logical tensor that means the same in every checkpoint.

    Parameters
    ----------
    component
        Such as ``language_model``, ``vision_encoder`` or ``other:<prefix>``; holds no ``/``.
    layer
        Number of the block, or None outside of blocks.
    expert
        Number of the routed expert, or None.
    kind
        Such as ``attention.q.weight``; holds no ``/``.

    Notes
    -----
    Roles are ordered by component, then tensors outside of layers, then layer, expert, kind.
    ``TensorRole.parse(str(role)) == role``.
    """

    component: str
    layer: int | None
    expert: int | None
    kind: str

    def __post_init__(self) -> None:
        if not self.component or not self.kind or "/" in self.component or "/" in self.kind:
            raise ValueError(f"not a component and a kind: {self.component!r}, {self.kind!r}")
        if (self.layer is not None and self.layer < 0) or (
            self.expert is not None and self.expert < 0
        ):
            raise ValueError(f"layer and expert count from 0, not {self.layer}, {self.expert}")

    @property
    def sort_key(self) -> tuple[str, int, int, str]:
        """Key that orders roles, None before 0."""
        return (
            self.component,
            -1 if self.layer is None else self.layer,
            -1 if self.expert is None else self.expert,
            self.kind,
        )

    @property
    def group(self) -> str:
        """One of embedding, head, norm, attention, mlp, router, conv, bias, other.

        Gains of norms are ``norm``; their biases are ``bias`` as all others, for gains start
        at one and biases do not.
        """
        return _group_of_kind(self.kind)

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, TensorRole):
            return NotImplemented
        return self.sort_key < other.sort_key

    def __str__(self) -> str:
        layer = "" if self.layer is None else f"layers.{self.layer}/"
        expert = "" if self.expert is None else f"experts.{self.expert}/"
        return f"{self.component}/{layer}{expert}{self.kind}"

    @classmethod
    def parse(cls, text: str) -> TensorRole:
        """Read what ``str(role)`` wrote.

        Parameters
        ----------
        text
            Such as ``language_model/layers.3/attention.q.weight``.

        Returns
        -------
        TensorRole
            The role.

        Raises
        ------
        ValueError
            If `text` is not a written role.
        """
        component, *middle, kind = text.split("/") if "/" in text else ("", "")
        numbers: list[int | None] = []
        for pattern in (_LAYER, _EXPERT):
            match = pattern.fullmatch(middle[0]) if middle else None
            numbers.append(int(match[1]) if match else None)
            middle = middle[1:] if match else middle
        if middle:
            raise ValueError(f"not a tensor role: {text!r}")
        role = cls(component, numbers[0], numbers[1], kind)
        if str(role) != text:
            raise ValueError(f"not a tensor role: {text!r}")
        return role
