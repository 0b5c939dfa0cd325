"""Which part of a component is shared where the rest has nothing in common: layers, roles, share.

A pure function of the figures of tensors. The module decides no relation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dokja.document.audit import ComponentResult, TensorFigures
    from dokja.policy.policy import Thresholds

__all__ = ["SharedPart", "runs", "shared_part"]

MIN_VALUES = 256
"""Values of a tensor below which its correlation says nothing."""
MIN_TOLD = 0.9
"""Of the matrices' parameters, those that are clearly shared or clearly not."""
MIN_APART = 0.05


@dataclass(frozen=True, slots=True)
class SharedPart:
    """The part that is shared.

    Parameters
    ----------
    share
        Of the component's parameters in matrices.
    layers
        Layers that are shared whole; empty where the part is not made of layers.
    groups
        Groups of roles that are shared throughout; empty where the part is not made of these.
    n_layers
        Layers of the component.
    outside
        Whether what stands outside of layers is shared too.
    pearson
        Mean correlation of the part, weighted by parameters.
    """

    share: float
    layers: tuple[int, ...]
    groups: tuple[str, ...]
    n_layers: int
    outside: bool
    pearson: float

    @property
    def has_layers(self) -> bool:
        """Whether anything inside of layers is shared."""
        return bool(self.layers) or any(g not in {"embedding", "head"} for g in self.groups)


def shared_part(result: ComponentResult, thresholds: Thresholds) -> SharedPart | None:
    """Find the part of a component that is shared.

    Parameters
    ----------
    result
        The component against a reference.
    thresholds
        Of the policy.

    Returns
    -------
    SharedPart or None
        None where all is shared or nothing, or where matrices lie in between, as they do between
        twins of one start and after long training.
    """
    rows = [row for row in result.tensors if _is_telling(row)]
    shared = [row for row in rows if (row.pearson or 0.0) >= thresholds.min_shared_pearson]
    apart = [row for row in rows if abs(row.pearson or 0.0) <= thresholds.max_apart_pearson]
    total = _size(rows)
    if not shared or not total or _size(apart) < MIN_APART * total:
        return None
    if _size(shared) + _size(apart) < MIN_TOLD * total:
        return None
    layers = sorted({row.layer for row in rows if row.layer is not None})
    whole = _whole_layers(shared, apart)
    groups = _whole_groups(shared, apart)
    return SharedPart(
        share=_size(shared) / total,
        layers=whole,
        groups=() if whole else groups,
        n_layers=len(layers),
        outside=any(row.layer is None for row in shared),
        pearson=sum((row.pearson or 0.0) * row.n_parameters for row in shared) / _size(shared),
    )


def _is_telling(row: TensorFigures) -> bool:
    enough = len(row.shape) >= 2 and row.n_parameters >= MIN_VALUES
    return enough and not row.fixed and row.pearson is not None


def _size(rows: Iterable[TensorFigures]) -> int:
    return sum(row.n_parameters for row in rows)


def _whole_layers(
    shared: Sequence[TensorFigures], apart: Sequence[TensorFigures]
) -> tuple[int, ...]:
    """Layers that are shared whole, if the part is made of such."""
    ours = {row.layer for row in shared if row.layer is not None}
    theirs = {row.layer for row in apart if row.layer is not None}
    return tuple(sorted(ours)) if ours and not ours & theirs else ()


def _whole_groups(
    shared: Sequence[TensorFigures], apart: Sequence[TensorFigures]
) -> tuple[str, ...]:
    ours, theirs = {row.group for row in shared}, {row.group for row in apart}
    return tuple(sorted(ours)) if not ours & theirs else ()


def runs(numbers: Sequence[int]) -> str:
    """Write numbers as runs.

    Parameters
    ----------
    numbers
        Sorted.

    Returns
    -------
    str
        Such as ``0-3, 7``, with an en dash.

    Examples
    --------
    >>> runs([0, 1, 2, 5]) == "0\u20132, 5"
    True
    """
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(
        str(part[0]) if len(part) == 1 else f"{part[0]}\u2013{part[-1]}" for part in parts
    )
