"""Which rows and columns of a component are kept for the tests, decided before any byte is read.

Every bound of the tests holds for a subset of units, rows and coordinates that was fixed
beforehand, so a sample costs power and never validity. The module knows sizes and roles, no value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dokja.arch.role import Axis, Member, ResolvedComponent, ResolvedTensor, TensorRole, UnitGroup
from dokja.comparison.scan import Block

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["ComponentPlan", "GroupPlan", "Limits", "MemberSlot", "SharedDraws", "plan_component"]

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept, which bounds time and memory whatever the size of the model."""

    n_units: int = 384
    """Units of a group, where both sides have as many units."""
    n_units_unequal: int = 1024
    """Units of a group, where the two sides have different numbers of them."""
    n_coordinates: int = 160
    """Coordinates of a unit, of each tensor it has a part in."""
    n_groups: int = 512
    """Groups of units of one component."""
    group_bytes: int = 96 * 2**20
    """Bytes of all units' features of one side."""
    channel_bytes: int = 64 * 2**20
    """Bytes of the rows kept for the test over residual channels, of one side."""
    n_channel_rows: int = 256
    """Rows kept for that test, of one tensor."""


class SharedDraws:
    """Random choices that must be the same on both sides, drawn once for a size.

    Parameters
    ----------
    rng
        Source of randomness.

    Notes
    -----
    A choice is drawn the first time its key is asked for, so both sides have to ask in the same
    order of keys to be repeatable; `plan_component` asks in the order of roles.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._seed = int(rng.integers(2**63))
        self._drawn: dict[tuple[str, int, int], Indices] = {}

    def subset(self, purpose: str, size: int, n_kept: int) -> Indices:
        """Return a sorted random subset of ``range(size)``, always the same for the same key.

        Parameters
        ----------
        purpose
            What the subset is for; subsets for different purposes are independent.
        size
            Size of the set.
        n_kept
            Number of members to keep; all, if there are not more.

        Returns
        -------
        NDArray[int64]
            Shape ``(min(size, n_kept),)``, sorted.
        """
        key = (purpose, size, n_kept)
        if key not in self._drawn:
            self._drawn[key] = self._draw(*key)
        return self._drawn[key]

    def _draw(self, purpose: str, size: int, n_kept: int) -> Indices:
        if n_kept >= size:
            return np.arange(size, dtype=np.int64)
        # The generator depends on the key alone, so that no order of asking changes a subset.
        words = [self._seed, size, n_kept, *purpose.encode()]
        rng = np.random.default_rng(words)
        return np.sort(rng.choice(size, size=n_kept, replace=False)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class MemberSlot:
    """Where the values of one member of a group will stand after reading."""

    kind: str
    role: TensorRole
    block: int
    transposed: bool
    n_repeats: int
    n_coordinates: int
    axis_size: int


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """The sampled units of one group and where their values will stand."""

    group: UnitGroup
    units: Indices
    slots: tuple[MemberSlot, ...]


@dataclass(frozen=True, slots=True)
class ComponentPlan:
    """What is kept of one component of one side."""

    component: ResolvedComponent
    groups: tuple[GroupPlan, ...]
    blocks: Mapping[TensorRole, tuple[Block, ...]]
    channel_slots: Mapping[TensorRole, tuple[int, bool]]
    """Block of a tensor's residual channels, and whether it has to be transposed to make the
    channels its rows."""


def plan_component(
    component: ResolvedComponent,
    counterpart: ResolvedComponent,
    draws: SharedDraws,
    limits: Limits,
) -> ComponentPlan:
    """Decide which parts of a component are kept for the tests.

    Parameters
    ----------
    component
        The component that is to be read.
    counterpart
        The component it is tested against; only its sizes matter.
    draws
        Random choices, shared by both sides.
    limits
        How much to keep.

    Returns
    -------
    ComponentPlan
        The groups, the blocks to read of each tensor, and where each value will stand.
    """
    tensors = {tensor.role: tensor for tensor in component.tensors}
    blocks: dict[TensorRole, list[Block]] = {}
    groups = tuple(
        _plan_group(group, n_units, n_coordinates, tensors, draws, blocks)
        for group, n_units, n_coordinates in _chosen_groups(component, counterpart, draws, limits)
    )
    channels = _plan_channels(component, counterpart, draws, limits, blocks)
    return ComponentPlan(
        component, groups, {role: tuple(kept) for role, kept in blocks.items()}, channels
    )


def _chosen_groups(
    component: ResolvedComponent,
    counterpart: ResolvedComponent,
    draws: SharedDraws,
    limits: Limits,
) -> Iterable[tuple[UnitGroup, int, int]]:
    """Yield the groups that take part with the number of units and coordinates to keep."""
    other_sizes = {(group.units, group.n) for group in counterpart.groups}
    # Budgets are shared out by the larger of the two, so that both sides keep the same coordinates.
    larger = max((component, counterpart), key=lambda side: (len(side.groups), side.n_parameters))
    for units in sorted({group.units for group in component.groups}):
        alike = [group for group in component.groups if group.units == units]
        kept = draws.subset(f"groups of {units}", len(alike), limits.n_groups)
        chosen = [alike[index] for index in kept]
        n_alike = sum(group.units == units for group in larger.groups)
        n_values = limits.group_bytes // 4 // max(min(n_alike, limits.n_groups), 1)
        for group in chosen:
            equal = (units, group.n) in other_sizes
            n_units = limits.n_units if equal else limits.n_units_unequal
            n_members = max(sum(member.index.shape[1] for member in group.members), 1)
            n_coordinates = n_values // (n_units * n_members)
            yield group, n_units, int(np.clip(n_coordinates, 16, limits.n_coordinates))


def _plan_group(
    group: UnitGroup,
    n_units: int,
    n_coordinates: int,
    tensors: Mapping[TensorRole, ResolvedTensor],
    draws: SharedDraws,
    blocks: dict[TensorRole, list[Block]],
) -> GroupPlan:
    units = draws.subset(f"units of {group.units}", group.n, n_units)
    slots = []
    for member in group.members:
        tensor = tensors.get(member.role)
        if tensor is None or len(tensor.view.shape) != 2:
            continue  # a bias has one number a unit, which names no neighbour
        slots.append(_plan_member(member, tensor, units, n_coordinates, draws, blocks))
    return GroupPlan(group, units, tuple(slots))


def _plan_member(
    member: Member,
    tensor: ResolvedTensor,
    units: Indices,
    n_coordinates: int,
    draws: SharedDraws,
    blocks: dict[TensorRole, list[Block]],
) -> MemberSlot:
    other = 1 - member.axis
    size = tensor.view.shape[other]
    coordinates = draws.subset(f"coordinates of {tensor.axes[other]}", size, n_coordinates)
    kept = np.ascontiguousarray(member.index[units].ravel())
    block = (
        Block(rows=kept, columns=coordinates)
        if member.axis == 0
        else Block(rows=coordinates, columns=kept)
    )
    held = blocks.setdefault(member.role, [])
    held.append(block)
    return MemberSlot(
        kind=member.role.kind,
        role=member.role,
        block=len(held) - 1,
        transposed=member.axis == 1,
        n_repeats=member.index.shape[1],
        n_coordinates=len(coordinates),
        axis_size=size,
    )


def _channel_bearing(component: ResolvedComponent) -> list[ResolvedTensor]:
    return [
        tensor
        for tensor in component.tensors
        if not tensor.fixed and tensor.axes.count(Axis.RESIDUAL) == 1 and len(tensor.axes) <= 2
    ]


def _plan_channels(
    component: ResolvedComponent,
    counterpart: ResolvedComponent,
    draws: SharedDraws,
    limits: Limits,
    blocks: dict[TensorRole, list[Block]],
) -> dict[TensorRole, tuple[int, bool]]:
    bearing = _channel_bearing(component)
    n_channels = component.n_residual or 0
    n_tensors = max(len(bearing), len(_channel_bearing(counterpart)), 1)
    n_rows = limits.channel_bytes // 4 // max(n_tensors * n_channels, 1)
    n_rows = int(np.clip(n_rows, 4, limits.n_channel_rows))
    slots: dict[TensorRole, tuple[int, bool]] = {}
    for tensor in bearing:
        axis = tensor.axes.index(Axis.RESIDUAL)
        if tensor.view.shape[axis] != n_channels:
            continue
        held = blocks.setdefault(tensor.role, [])
        slots[tensor.role] = (len(held), axis == 1)
        held.append(_channel_block(tensor, axis, n_rows, draws))
    return slots


def _channel_block(tensor: ResolvedTensor, axis: int, n_rows: int, draws: SharedDraws) -> Block:
    if len(tensor.axes) == 1:
        return Block(rows=None, columns=None)
    other = 1 - axis
    purpose = f"rows of {tensor.axes[other]}"
    kept = draws.subset(purpose, tensor.view.shape[other], n_rows)
    return Block(rows=kept, columns=None) if axis == 1 else Block(rows=None, columns=kept)
