"""Convolutional networks that no family knows: their kernels as a chain, by name and shape.

The module reads names and shapes of a component; it reads no value. Which kernel follows which it
takes from the order of their numbers, and a wrong guess costs power alone: the channels that a
kernel writes, and those that any other reads, bear numbers that mean nothing elsewhere.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from dokja.arch.naming import WRAPPERS
from dokja.arch.role import Axis, Member, TensorView, UnitGroup, affine_index

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from dokja.arch.role import ResolvedTensor, TensorRole

__all__ = ["MOST_COLOURS", "Kernel", "chain_gains", "chain_of", "chain_units"]

_OTHERWISE: Final = re.compile(
    r"att|query|qkv|(^|\.)w?[qkvo](_?proj)?(\.|$)|lstm|gru|rnn|weight_[ih]h|ssm|mamba|embed|lora"
)
"""Names of parts in which the order of rows may mean something: heads, rotary pairs, gates."""
_STEM: Final = re.compile(
    r"(conv_)?stem\d*|conv_?(1|in|first)|first_conv|input\w*|patch\w*", re.IGNORECASE
)
_HEAD: Final = re.compile(
    r"classifier\d*|fc\d*|(\w+_)?head\d*|logits?|out(put)?\d*|last\w*|(last_)?linear\d*|conv_(out|last)",
    re.IGNORECASE,
)
"""Where the pieces of a model stand that lie outside of the order of names."""
_FEWEST_KERNELS: Final = 2
_FEWEST_CHANNELS: Final = 16
_FEWEST_NUMBERS: Final = 16
"""Numbers by which a channel is told from others."""
MOST_COLOURS: Final = 4
"""Channels read by a kernel that may look at pixels or sound, and may have been drawn in order."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel, or a matrix after the last of them.

    Parameters
    ----------
    tensor
        Where it stands.
    n_out
        Channels it writes.
    n_in
        Channels it reads; of one over each channel by itself, as many as it writes.
    window
        Numbers between a channel it reads and one it writes.
    is_depthwise
        Whether each channel is read by itself, so that it joins no two sets of channels.
    """

    tensor: ResolvedTensor
    n_out: int
    n_in: int
    window: int
    is_depthwise: bool = False


def chain_of(tensors: Iterable[ResolvedTensor]) -> tuple[Kernel, ...]:
    """Put the kernels of a convolutional network in order.

    Parameters
    ----------
    tensors
        Of one component.

    Returns
    -------
    tuple of Kernel
        Stems, then the rest by the numbers in their names, then heads. Empty where the component
        is no convolutional network, or holds attention, recurrence or embeddings.
    """
    held = [tensor for tensor in tensors if not tensor.fixed]
    if any(_OTHERWISE.search(tensor.view.record.lower()) for tensor in held):
        return ()
    stored = [t for t in held if _is_whole(t) and len(t.view.record_shape) >= 2]
    stored.sort(key=lambda tensor: _place(tensor.view.record))
    kernels: list[Kernel] = []
    n_windows = 0
    for tensor in stored:
        shape = tensor.view.record_shape
        n_windows += math.prod(shape[2:]) > 1
        before = next((one.n_out for one in reversed(kernels) if not one.is_depthwise), None)
        kernels.append(_kernel(tensor, before))
    return tuple(kernels) if n_windows >= _FEWEST_KERNELS else ()


def _is_whole(tensor: ResolvedTensor) -> bool:
    return (
        tensor.view.is_contiguous and tensor.n_parameters == math.prod(tensor.view.record_shape) > 0
    )


def _place(name: str) -> tuple[int, list[tuple[int, str]]]:
    segments = name.split(".")
    first = next((one for one in segments if one not in WRAPPERS), segments[-1])
    rank = 0 if _STEM.fullmatch(first) else 2 if _HEAD.fullmatch(first) else 1
    return rank, _by_number(name)


def _by_number(name: str) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _kernel(tensor: ResolvedTensor, before: int | None) -> Kernel:
    n_out, n_in, *rest = tensor.view.record_shape
    window = math.prod(rest)
    if rest and n_in == 1 and n_out == before:
        return Kernel(tensor, n_out, n_out, window, is_depthwise=True)
    if not rest and before and n_in != before and n_in % before == 0:
        # Over all places of the last channels, which stand in one row channel by channel.
        return Kernel(tensor, n_out, before, n_in // before)
    return Kernel(tensor, n_out, n_in, window)


def chain_gains(tensors: Sequence[ResolvedTensor]) -> dict[TensorRole, TensorRole]:
    """Find the kernel behind which each norm of a convolutional network stands.

    Parameters
    ----------
    tensors
        Of one component.

    Returns
    -------
    dict
        Role of the kernel by that of the gains, for the norms that their names or their running
        statistics tell as such; empty where the component is no chain.
    """
    kernels = [(_place(one.tensor.view.record), one.tensor.role) for one in chain_of(tensors)]
    names = {tensor.view.record for tensor in tensors}
    found = {}
    for tensor in tensors:
        name = tensor.view.record
        stem, _, last = name.rpartition(".")
        is_norm = f"{stem}.running_mean" in names or tensor.role.group == "norm"
        if last != "weight" or len(tensor.shape) != 1 or not is_norm:
            continue
        before = [role for place, role in kernels if place < _place(name)]
        if before:
            found[tensor.role] = before[-1]
    return found


def chain_units(
    tensors: Sequence[ResolvedTensor],
) -> tuple[list[ResolvedTensor], list[UnitGroup]]:
    """Find exchangeable channels of a convolutional network that no family knows.

    Parameters
    ----------
    tensors
        Of one component.

    Returns
    -------
    tensors : list of ResolvedTensor
        The same, kernels as matrices of as many rows as they write channels.
    groups : list of UnitGroup
        Channels between two kernels, in two halves, of every other pair of kernels, for the
        channels of one are the coordinates of the next. Kernels that read pixels have no part.

    Notes
    -----
    Two networks drawn apart have no common numbers for the channels of any set, so that a set may
    be renumbered in some of its kernels and the two were as likely; this holds whether or not the
    kernels of a group are neighbours.
    """
    kernels = chain_of(tensors)
    groups: list[UnitGroup] = []
    used: set[int] = set()
    axes: dict[str, tuple[Axis, Axis]] = {}
    numbered = any(one.tensor.role.layer is not None for one in kernels)
    for place, kernel in enumerate(kernels):
        if place in used or not _tells(kernel):
            continue
        after = _reader(kernels, place)
        chosen = [kernel] if after is None else [kernel, *kernels[place + 1 : after + 1]]
        used.update(range(place, place + len(chosen)))
        for one in chosen:
            reads = one is not kernel and not one.is_depthwise
            both = (Axis.OTHER, Axis.MLP_UNIT) if reads else (Axis.MLP_UNIT, Axis.OTHER)
            axes[one.tensor.view.record] = both
        layer = kernel.tensor.role.layer if numbered else place
        for first in (0, 1):
            members = tuple(_member(one, first, reads=one is not kernel) for one in chosen)
            n = len(members[0].index)
            groups.append(UnitGroup("mlp", layer, None, 2 * place + first, n, members))
    changed = [_as_matrix(tensor, axes.get(tensor.view.record)) for tensor in tensors]
    return changed, groups


def _tells(kernel: Kernel) -> bool:
    return (
        not kernel.is_depthwise
        and kernel.n_out >= _FEWEST_CHANNELS
        and kernel.n_in > MOST_COLOURS
        and kernel.n_in * kernel.window >= _FEWEST_NUMBERS
    )


def _reader(kernels: Sequence[Kernel], place: int) -> int | None:
    """Find the kernel that reads what another writes, with those over each channel before it."""
    n = kernels[place].n_out
    for after in range(place + 1, len(kernels)):
        if kernels[after].n_in != n:
            return None
        if not kernels[after].is_depthwise:
            return after
    return None


def _member(kernel: Kernel, first: int, *, reads: bool) -> Member:
    """Let channels of even number be told apart by those of odd number, and the other way round.

    A kernel that was begun from the identity, or had one folded into it, gives each channel its own
    number away, in every model that was begun so.
    """
    if kernel.is_depthwise:
        return Member(kernel.tensor.role, 0, _every_other(kernel.n_out, first))
    n, n_others = (kernel.n_in, kernel.n_out) if reads else (kernel.n_out, kernel.n_in)
    width, others_width = (kernel.window, 1) if reads else (1, kernel.window)
    index = _every_other(n, first, width)
    others = _every_other(n_others, 1 - first, others_width).ravel()
    return Member(kernel.tensor.role, int(reads), index, others)


def _every_other(n: int, first: int, width: int = 1) -> NDArray[np.int64]:
    return affine_index((n + 1 - first) // 2, width, start=first * width, step=2 * width)


def _as_matrix(tensor: ResolvedTensor, axes: tuple[Axis, Axis] | None) -> ResolvedTensor:
    if axes is None:
        return tensor
    stored = tensor.view.record_shape
    shape = (stored[0], math.prod(stored[1:]))
    view = TensorView.whole(tensor.view.record, stored, shape)
    return replace(tensor, view=view, axes=axes)
