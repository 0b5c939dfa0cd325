"""Which rows and columns of a component are kept for the tests, decided before any byte is read.

Every bound of the tests holds for a subset of units, rows and coordinates that was fixed
beforehand, so a sample costs power and never validity. The module knows sizes and roles, no value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dokja.arch.role import Axis, ResolvedComponent, ResolvedTensor, TensorRole, UnitGroup
from dokja.arch.units import independent_groups
from dokja.comparison.scan import Block

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "ChannelSlot",
    "Channels",
    "ComponentPlan",
    "GroupPlan",
    "Limits",
    "MemberSlot",
    "SharedDraws",
    "exchangeable_channels",
    "plan_component",
]

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
    n_token_columns: int = 256
    """Columns kept of every tensor with one row a token."""
    token_bytes: int = 64 * 2**20
    """Bytes of the larger side's rows of tokens, of one tensor."""


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
class ChannelSlot:
    """Which block holds a tensor's residual channels, and whether they are its columns."""

    block: int
    transposed: bool


@dataclass(frozen=True, slots=True)
class ComponentPlan:
    """What is kept of one component of one side."""

    component: ResolvedComponent
    groups: tuple[GroupPlan, ...]
    blocks: Mapping[TensorRole, tuple[Block, ...]]
    channel_slots: Mapping[TensorRole, ChannelSlot]
    token_slots: Mapping[TensorRole, ChannelSlot]
    """Where the rows of tokens stand; ``transposed`` where tokens are the columns."""


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
    blocks: dict[TensorRole, list[Block]] = {}
    groups = tuple(
        GroupPlan(
            wish.group,
            wish.units,
            tuple(_plan_members(wish, component, draws, blocks)),
        )
        for wish in _wishes(component, counterpart, draws, limits)
    )
    n_rows = _n_channel_rows(component, counterpart, limits)
    channels = _plan_channels(component, n_rows, draws, blocks)
    n_columns = _n_token_columns(component, counterpart, limits)
    tokens = _plan_tokens(component, n_columns, draws, blocks)
    kept = {role: tuple(held) for role, held in blocks.items()}
    return ComponentPlan(component, groups, kept, channels, tokens)


@dataclass(frozen=True, slots=True)
class _Wish:
    """A group that takes part, its sampled units, and how many coordinates each shall have."""

    group: UnitGroup
    units: Indices
    n_coordinates: int


def _wishes(
    component: ResolvedComponent,
    counterpart: ResolvedComponent,
    draws: SharedDraws,
    limits: Limits,
) -> Iterable[_Wish]:
    groups = independent_groups(component.groups)
    other_sizes = {(group.units, group.n) for group in counterpart.groups}
    # Budgets are shared out by the larger of the two, so that both sides keep the same coordinates.
    larger = max((component, counterpart), key=lambda side: (len(side.groups), side.n_parameters))
    for units in sorted({group.units for group in groups}):
        alike = [group for group in groups if group.units == units]
        kept = draws.subset(f"groups of {units}", len(alike), limits.n_groups)
        n_alike = sum(group.units == units for group in larger.groups)
        n_values = limits.group_bytes // 4 // max(min(n_alike, limits.n_groups), 1)
        for index in kept:
            group = alike[index]
            equal = (units, group.n) in other_sizes
            n_units = limits.n_units if equal else limits.n_units_unequal
            n_members = max(sum(member.index.shape[1] for member in group.members), 1)
            n_coordinates = int(
                np.clip(n_values // (n_units * n_members), 16, limits.n_coordinates)
            )
            yield _Wish(group, draws.subset(f"units of {units}", group.n, n_units), n_coordinates)


def _plan_members(
    wish: _Wish,
    component: ResolvedComponent,
    draws: SharedDraws,
    blocks: dict[TensorRole, list[Block]],
) -> Iterable[MemberSlot]:
    for member in wish.group.members:
        tensor = component.by_role.get(member.role)
        if tensor is None or len(tensor.view.shape) != 2:
            continue  # a bias has one number a unit, which names no neighbour
        other = 1 - member.axis
        size = tensor.view.shape[other] if member.others is None else len(member.others)
        purpose = f"coordinates of {tensor.axes[other]}"
        coordinates = draws.subset(purpose, size, wish.n_coordinates)
        if member.others is not None:
            coordinates = member.others[coordinates]
        kept = np.ascontiguousarray(member.index[wish.units].ravel())
        held = blocks.setdefault(member.role, [])
        held.append(
            Block(rows=kept, columns=coordinates)
            if member.axis == 0
            else Block(rows=coordinates, columns=kept)
        )
        yield MemberSlot(
            kind=member.role.kind,
            role=member.role,
            block=len(held) - 1,
            transposed=member.axis == 1,
            n_repeats=member.index.shape[1],
            n_coordinates=len(coordinates),
            axis_size=size,
        )


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels of a component that may be exchanged with each other in all of its tensors."""

    axis: Axis
    n: int


def exchangeable_channels(component: ResolvedComponent) -> Channels | None:
    """Say which channels of a component bear no index of their own.

    Parameters
    ----------
    component
        A component, taken apart.

    Returns
    -------
    Channels or None
        Those of the residual stream; those a projector writes to, which are the residual channels
        of the model behind it. None where a fixed table is added to them, or there are none.
    """
    if component.n_residual is not None:
        found = Channels(Axis.RESIDUAL, component.n_residual)
        return found if component.residual_exchangeable else None
    sizes = {
        tensor.view.shape[tensor.axes.index(Axis.OUTPUT)]
        for tensor in component.tensors
        if tensor.axes.count(Axis.OUTPUT) == 1
    }
    if component.family != "projector" or len(sizes) != 1:
        return None
    return Channels(Axis.OUTPUT, sizes.pop())


def _channel_bearing(component: ResolvedComponent) -> list[ResolvedTensor]:
    # Gains are laid side by side along the residual channels even where these carry no test.
    axis = Axis.RESIDUAL if component.n_residual is not None else Axis.OUTPUT
    return [
        tensor
        for tensor in component.tensors
        if not tensor.fixed and tensor.axes.count(axis) == 1 and len(tensor.axes) <= 2
    ]


def _n_channel_rows(
    component: ResolvedComponent, counterpart: ResolvedComponent, limits: Limits
) -> int:
    n_tensors = max(len(_channel_bearing(side)) for side in (component, counterpart))
    n_values = limits.channel_bytes // 4
    n_channels = max((max(t.view.shape) for t in _channel_bearing(component)), default=0)
    n_rows = n_values // max(n_tensors * (component.n_residual or n_channels), 1)
    return int(np.clip(n_rows, 4, limits.n_channel_rows))


def _plan_channels(
    component: ResolvedComponent,
    n_rows: int,
    draws: SharedDraws,
    blocks: dict[TensorRole, list[Block]],
) -> dict[TensorRole, ChannelSlot]:
    slots: dict[TensorRole, ChannelSlot] = {}
    kind = Axis.RESIDUAL if component.n_residual is not None else Axis.OUTPUT
    for tensor in _channel_bearing(component):
        axis = tensor.axes.index(kind)
        if component.n_residual not in {None, tensor.view.shape[axis]}:
            continue
        held = blocks.setdefault(tensor.role, [])
        slots[tensor.role] = ChannelSlot(len(held), transposed=axis == 1)
        held.append(_channel_block(tensor, axis, n_rows, draws))
    return slots


def _channel_block(tensor: ResolvedTensor, axis: int, n_rows: int, draws: SharedDraws) -> Block:
    if len(tensor.axes) == 1:
        return Block(rows=None, columns=None)
    other = 1 - axis
    purpose = f"rows of {tensor.axes[other]}"
    kept = draws.subset(purpose, tensor.view.shape[other], n_rows)
    return Block(rows=kept, columns=None) if axis == 1 else Block(rows=None, columns=kept)


def _token_bearing(component: ResolvedComponent) -> list[tuple[ResolvedTensor, int]]:
    """Tensors outside of layers with one row, or one column, a token; and along which axis."""
    return [
        (tensor, tensor.axes.index(Axis.VOCAB))
        for tensor in component.tensors
        if tensor.role.layer is None
        and not tensor.fixed
        and tensor.axes.count(Axis.VOCAB) == 1
        and len(tensor.axes) <= 2
    ]


def _n_token_columns(
    component: ResolvedComponent, counterpart: ResolvedComponent, limits: Limits
) -> int:
    # By the larger of the two, so that both sides keep the same columns.
    n_rows = max(
        (
            t.view.shape[axis]
            for side in (component, counterpart)
            for t, axis in _token_bearing(side)
        ),
        default=1,
    )
    return int(np.clip(limits.token_bytes // 4 // max(n_rows, 1), 16, limits.n_token_columns))


def _plan_tokens(
    component: ResolvedComponent,
    n_columns: int,
    draws: SharedDraws,
    blocks: dict[TensorRole, list[Block]],
) -> dict[TensorRole, ChannelSlot]:
    slots: dict[TensorRole, ChannelSlot] = {}
    for tensor, axis in _token_bearing(component):
        held = blocks.setdefault(tensor.role, [])
        slots[tensor.role] = ChannelSlot(len(held), transposed=axis == 1)
        if len(tensor.axes) == 1:
            held.append(Block(rows=None, columns=None))
            continue
        kept = draws.subset("columns of tokens", tensor.view.shape[1 - axis], n_columns)
        held.append(Block(columns=kept) if axis == 0 else Block(rows=kept))
    return slots
