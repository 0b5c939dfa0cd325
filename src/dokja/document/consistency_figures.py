"""Whether the figures of a stored report are possible at all.

The module knows what a figure of a given name can be, never what it says of any model.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel

from dokja.document.audit import (
    CanariesEvidence,
    DigestEvidence,
    OrderEvidence,
    SwapEvidence,
    TensorFigures,
    Tokenizer,
    TokenizerEvidence,
    UnitGroupFigures,
    UnitsEvidence,
    VocabularyEvidence,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.document.audit import AuditReport

__all__ = ["figure_defects"]

_MAX_INDEX: Final = 1_000_000
"""Beyond this no layer and no expert is counted."""
_MAX_AXES: Final = 64
_ROUNDING: Final = 1e-6
_INDICES: Final = frozenset({"layer", "reference_layer", "expert", "reference_expert"})
_PARTS: Final[dict[type, tuple[tuple[str, str], ...]]] = {
    Tokenizer: (("n_shared_tokens", "n_tokens"),),
    DigestEvidence: (("n_equal", "n_tensors"),),
    UnitGroupFigures: (("n_mutual", "n"), ("n_in_place", "n_mutual")),
    UnitsEvidence: (("n_mutual", "n_units"), ("statistic", "n_mutual")),
    OrderEvidence: (("n_matched", "n_units"), ("longest", "n_matched")),
    SwapEvidence: (("n_mutual", "n_sampled"), ("n_in_place", "n_mutual")),
    TokenizerEvidence: (
        ("n_shared", "n_tokens"),
        ("n_shared", "n_reference_tokens"),
        ("n_same_number", "n_shared"),
        ("n_shared_merges", "n_merges"),
        ("n_shared_merges", "n_reference_merges"),
        ("n_merges_in_order", "n_shared_merges"),
    ),
    VocabularyEvidence: (
        ("n_aligned", "n_rows"),
        ("n_aligned", "n_reference_rows"),
        ("n_equal", "n_aligned"),
        ("n_moved", "n_aligned"),
    ),
    CanariesEvidence: (
        ("n_rows", "n_reference_rows"),
        ("n_mutual", "n_rows"),
        ("n_in_place", "n_mutual"),
    ),
}
"""Counts that cannot exceed another of the same object."""


def figure_defects(report: AuditReport) -> Iterator[tuple[str, str]]:
    """Walk all figures and find those that cannot be.

    Parameters
    ----------
    report
        A report that fits its schema.

    Yields
    ------
    tuple of str
        Dotted path, and what is wrong there.
    """
    yield from _walk("", "", report)


def _walk(path: str, name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, BaseModel):
        yield from _walk_part(path, name, value)
    elif isinstance(value, tuple):
        for place, inner in enumerate(value):
            if isinstance(inner, BaseModel):
                yield from _walk_part(f"{path}.{place}", "", inner)
    elif isinstance(value, int | float):
        message = _number_defect(name, value)
        if message:
            yield path, message


def _walk_part(path: str, name: str, part: BaseModel) -> Iterator[tuple[str, str]]:
    yield from _part_defects(path, part)
    for field, inner in part:
        # Both aggregations of a figure obey the figure's own rule.
        rule = name if field in {"weighted", "unweighted"} else field
        yield from _walk(f"{path}.{field}" if path else field, rule, inner)


def _number_defect(name: str, value: float) -> str:
    if name in _INDICES:
        lowest, highest = 0.0, float(_MAX_INDEX)
    elif name.endswith(("cosine", "pearson")):
        lowest, highest = -1.0 - _ROUNDING, 1.0 + _ROUNDING
    elif name.endswith("_share") or name in {"least", "share"}:
        lowest, highest = 0.0, 1.0
    elif name.endswith("expected"):
        lowest, highest = 0.0, float("inf")
    else:
        return ""
    return "" if lowest <= value <= highest else f"{value:g} is not possible here"


def _part_defects(path: str, value: BaseModel) -> Iterator[tuple[str, str]]:
    if isinstance(value, TensorFigures):
        yield from _shape_defects(path, value)
    for part, whole in _PARTS.get(type(value), ()):
        n_part, n_whole = getattr(value, part), getattr(value, whole)
        if n_part is not None and n_part > n_whole:
            yield f"{path}.{part}", f"{n_part:,} is more than {whole}, {n_whole:,}"


def _shape_defects(path: str, tensor: TensorFigures) -> Iterator[tuple[str, str]]:
    if len(tensor.shape) > _MAX_AXES or any(size < 0 for size in tensor.shape):
        yield f"{path}.shape", "no tensor has such a shape"
    elif prod(tensor.shape) != tensor.n_parameters:
        message = f"{tensor.n_parameters:,} parameters do not fit the shape"
        yield f"{path}.n_parameters", message
