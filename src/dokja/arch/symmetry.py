"""The law that makes an exact test exact: renumbering hidden units leaves a network as it was.

The module renumbers weights through the views of a resolved network; the caller brings the
network, for nothing here can run one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from dokja.arch.pattern import NamedRecord
from dokja.arch.resolve import resolve
from dokja.arch.role import Axis, Member, affine_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from dokja.arch.role import ResolvedComponent, TensorView
    from dokja.arch.rules import Family

__all__ = ["check_symmetries", "flat_indices"]

Weights = dict[str, "NDArray[np.float64]"]


def flat_indices(view: TensorView) -> NDArray[np.int64]:
    """Find where each element of a logical tensor lies in its record.

    Parameters
    ----------
    view
        The view.

    Returns
    -------
    NDArray of int64
        Shape of the logical tensor: indices into the flattened record.
    """
    n = math.prod(view.record_shape)
    indices: NDArray[np.int64] = view.apply(np.arange(n, dtype=np.int64))  # type: ignore[assignment]
    return indices


def _renumbered(
    weights: Weights, component: ResolvedComponent, members: Iterable[Member], order: NDArray[Any]
) -> Weights:
    """Weights with the units of a group in another order."""
    changed = dict(weights)
    for member in members:
        tensor = component.by_role[member.role]
        where = flat_indices(tensor.view)
        old = np.moveaxis(where, member.axis, 0)[member.index.ravel()]
        new = np.moveaxis(where, member.axis, 0)[member.index[order].ravel()]
        record = tensor.view.record
        values = changed[record].ravel().copy()
        values[old] = changed[record].ravel()[new]
        changed[record] = values.reshape(changed[record].shape)
    return changed


def _residual_members(component: ResolvedComponent) -> list[Member]:
    return [
        Member(tensor.role, axis, affine_index(tensor.shape[axis]))
        for tensor in component.tensors
        for axis, meaning in enumerate(tensor.axes)
        if meaning is Axis.RESIDUAL
    ]


def check_symmetries(
    weights: Weights,
    config: Mapping[str, Any] | None,
    forward: Callable[[Weights], NDArray[np.float64]],
    *,
    rng: np.random.Generator,
    families: Iterable[Family] | None = None,
) -> int:
    """Hold the units of a resolved network to their law: renumbering leaves its function alone.

    Parameters
    ----------
    weights
        Values of a small network by name.
    config
        Its configuration.
    forward
        Computes the output of the network from weights, for a fixed input.
    rng
        Draws the renumberings.
    families
        Families to look for; all known ones if not given.

    Returns
    -------
    int
        Number of groups that were renumbered, residual channels included.

    Raises
    ------
    AssertionError
        If the output changes by more than rounding when the units of a group, or all residual
        channels of a component whose family calls them exchangeable, are renumbered; or if
        nothing could be renumbered.
    """
    records = {name: NamedRecord(name, value.shape, ()) for name, value in weights.items()}
    resolved = resolve(records, config, families=None if families is None else list(families))
    expected = forward(weights)
    n_checked = 0
    for component in resolved.components:
        groups = [(str((g.units, g.layer, g.expert, g.part)), g.members) for g in component.groups]
        if component.residual_exchangeable:
            groups.append(("residual channels", tuple(_residual_members(component))))
        for what, members in groups:
            order = rng.permutation(len(members[0].index))
            output = forward(_renumbered(weights, component, members, order))
            if not np.allclose(output, expected, rtol=1e-7, atol=1e-9):
                raise AssertionError(f"renumbering {what} of {component.component} shows")
            n_checked += 1
    if not n_checked:
        raise AssertionError("no units were found that could be renumbered")
    return n_checked
