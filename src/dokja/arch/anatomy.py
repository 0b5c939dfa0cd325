"""A checkpoint taken apart: tensors, exchangeable units, components, and what is left over.

The module holds values that `dokja.arch.resolve` makes; it takes nothing apart itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dokja.arch.role import Axis, TensorRole
    from dokja.arch.view import TensorView

__all__ = [
    "LeftoverTensor",
    "Member",
    "Reason",
    "ResolvedCheckpoint",
    "ResolvedComponent",
    "ResolvedTensor",
    "UnitGroup",
    "affine_index",
]


class Reason(NamedTuple):
    """Why something is as it is, for a program and in the two languages of the programme."""

    code: str
    en: str
    ko: str


@dataclass(frozen=True, slots=True)
class ResolvedTensor:
    """A logical tensor: its role, where it lies, and what its axes mean.

    Parameters
    ----------
    role
        What the tensor is.
    view
        Where it lies.
    axes
        One for each axis of ``view.shape``; matrices are ``[out, in]``, convolution kernels
        are flattened to ``[out, in * window]``.
    fixed
        Whether it is a table that training does not change (sinusoids, rotary caches, bases
        of a Fourier transform, counters): equal in strangers, hence no evidence.
    inferred
        Whether no family knew it.
    note
        Something a reader should know, such as why a fused tensor was left whole.
    """

    role: TensorRole
    view: TensorView
    axes: tuple[Axis, ...]
    fixed: bool = False
    inferred: bool = False
    note: Reason | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the logical tensor."""
        return self.view.shape

    @property
    def n_parameters(self) -> int:
        """Number of its elements."""
        return self.view.n_elements


@lru_cache(maxsize=1024)
def affine_index(
    n: int, k: int = 1, *, start: int = 0, step: int = 1, inner: int = 1
) -> NDArray[np.int64]:
    """Make the index of a regular unit: row ``i`` holds ``start + i * step + j * inner``.

    Parameters
    ----------
    n
        Number of units.
    k
        Number of rows or columns that belong to each.
    start
        First one of unit 0.
    step
        From one unit to the next.
    inner
        From one row or column of a unit to its next.

    Returns
    -------
    NDArray of int64
        Shape ``(n, k)``; shared and read-only.
    """
    index = start + step * np.arange(n, dtype=np.int64)[:, None] + inner * np.arange(k)
    index.setflags(write=False)
    return index


def _alike(first: NDArray[np.int64] | None, second: NDArray[np.int64] | None) -> bool:
    if first is None or second is None:
        return first is second
    return np.array_equal(first, second)


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """The part one tensor has in the units of a group.

    Parameters
    ----------
    role
        Role of the tensor.
    axis
        Axis of its logical shape along which the units lie.
    index
        Shape ``(n, k)``: the rows or columns that belong to each unit.
    others
        Indices along the other axis by which units may be told apart; all of them if None.
    """

    role: TensorRole
    axis: int
    index: NDArray[np.int64]
    others: NDArray[np.int64] | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Member):
            return NotImplemented
        same = (self.role, self.axis) == (other.role, other.axis)
        return (
            same and np.array_equal(self.index, other.index) and _alike(self.others, other.others)
        )

    def __hash__(self) -> int:
        return hash((self.role, self.axis, self.index.shape))


@dataclass(frozen=True, slots=True)
class UnitGroup:
    """Exchangeable hidden units: those of one MLP, or the value channels of one key-value head.

    Parameters
    ----------
    units
        ``mlp`` or ``value``.
    layer
        Number of the block, or None outside of blocks.
    expert
        Number of the routed expert, or None.
    part
        Number of the key-value head, else 0.
    n
        Number of units.
    members
        What belongs to each unit. Permuting the units in all members at once leaves the
        function of the network as it was.
    """

    units: str
    layer: int | None
    expert: int | None
    part: int
    n: int
    members: tuple[Member, ...]


@dataclass(frozen=True)
class ResolvedComponent:
    """One component of a checkpoint, taken apart.

    Parameters
    ----------
    component
        Its name, such as ``vision_encoder``.
    family
        The family that knew it, or None.
    inferred
        Whether its anatomy was inferred.
    tensors
        Its logical tensors, sorted by role.
    groups
        Its exchangeable units.
    n_layers
        Number of blocks.
    n_residual
        Number of residual channels, or None where no axis is known to be residual.
    n_heads
        Number of query heads, or None.
    n_kv_heads
        Number of key-value heads, or None.
    residual_exchangeable
        Whether its residual channels may be renumbered together; not where a fixed sinusoid
        is added to them.
    gains_from_one
        Whether gains of its norms are stored as their difference from one.
    notes
        What a reader should know, such as sizes that contradict each other.
    tied
        Pairs of kinds that may share their values, so that one of them is not stored.
    """

    component: str
    family: str | None
    inferred: bool
    tensors: tuple[ResolvedTensor, ...]
    groups: tuple[UnitGroup, ...] = ()
    n_layers: int = 0
    n_residual: int | None = None
    n_heads: int | None = None
    n_kv_heads: int | None = None
    residual_exchangeable: bool = False
    gains_from_one: bool = False
    notes: tuple[Reason, ...] = ()
    tied: tuple[tuple[str, str], ...] = ()

    @cached_property
    def n_parameters(self) -> int:
        """Number of elements of all its tensors, fixed ones included."""
        return sum(tensor.n_parameters for tensor in self.tensors)

    @cached_property
    def by_role(self) -> dict[TensorRole, ResolvedTensor]:
        """Its tensors by role."""
        return {tensor.role: tensor for tensor in self.tensors}

    @property
    def records(self) -> frozenset[str]:
        """Names of the tensors of the checkpoint that belong to it."""
        return frozenset(tensor.view.record for tensor in self.tensors)


@dataclass(frozen=True, slots=True)
class LeftoverTensor:
    """A tensor of a checkpoint that belongs to no component, and why.

    Parameters
    ----------
    name
        Its name in the checkpoint.
    n_parameters
        Number of its elements.
    reason_en
        Why, in English.
    reason_ko
        Why, in Korean.
    """

    name: str
    n_parameters: int
    reason_en: str
    reason_ko: str


@dataclass(frozen=True)
class ResolvedCheckpoint:
    """A checkpoint, taken apart: every tensor is in one component or left over with a reason.

    Parameters
    ----------
    components
        Largest first.
    leftovers
        Tensors that belong to none.
    """

    components: tuple[ResolvedComponent, ...]
    leftovers: tuple[LeftoverTensor, ...] = ()

    def __iter__(self) -> Iterator[ResolvedComponent]:
        return iter(self.components)

    def component(self, name: str) -> ResolvedComponent | None:
        """Find a component by name.

        Parameters
        ----------
        name
            Such as ``vision_encoder``.

        Returns
        -------
        ResolvedComponent or None
            The component, or None if there is none of that name.
        """
        return next((c for c in self.components if c.component == name), None)
