"""Which sets of channels the convolutions of a residual network join.

The module reads roles and shapes of a component taken apart; it reads no value and renumbers
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.arch.chains import MOST_COLOURS, chain_of
from dokja.arch.role import TensorRole

if TYPE_CHECKING:
    from dokja.arch.role import ResolvedComponent, ResolvedTensor

__all__ = ["ConvolutionBlock", "Joint", "chain_joints", "convolution_joints"]

_MATRIX = 2
_INNER = ("conv1.weight", "conv2.weight", "conv3.weight")


@dataclass(frozen=True, slots=True)
class Joint:
    """A kernel and the sets of channels on its two sides.

    Parameters
    ----------
    tensor
        The kernel, or the matrix of a classifier.
    shape
        Channels out, channels in, window.
    out
        Name of the set it writes; None where the index means the same in every model (classes).
    into
        Name of the set it reads; None for the channels of a picture.
    """

    tensor: ResolvedTensor
    shape: tuple[int, int, int]
    out: str | None
    into: str | None


@dataclass(frozen=True, slots=True)
class ConvolutionBlock:
    """The convolutions of one block, in order, from stream to stream.

    Parameters
    ----------
    layer
        Number of the block.
    name
        Stage and place in it, which sets of channels inside are named after.
    joints
        Two or three.
    """

    layer: int
    name: str
    joints: tuple[Joint, ...]


def convolution_joints(
    component: ResolvedComponent,
) -> tuple[tuple[Joint, ...], tuple[ConvolutionBlock, ...]]:
    """Name the sets of channels of a residual convolutional network and what joins them.

    Parameters
    ----------
    component
        A component, taken apart.

    Returns
    -------
    outside
        Stem, shortcuts and classifier, which join streams with each other, pixels and classes.
    blocks
        What stands inside blocks. Both empty where the component is no such network, or where
        shapes contradict each other, as in convolutions over groups of channels.

    Notes
    -----
    Channels of one stream are those of all blocks until the next shortcut that has a kernel: what
    blocks add up must be numbered alike.
    """
    by_role = component.by_role

    def held(layer: int | None, kind: str) -> ResolvedTensor | None:
        return by_role.get(TensorRole(component.component, layer, None, kind))

    outside, blocks = list[Joint](), list[ConvolutionBlock]()
    stage = place = 0
    stem, classifier = held(None, "stem.weight"), held(None, "classifier.weight")
    if stem is not None:
        outside.append(_joint(stem, "stream.0", None))
    for layer in range(component.n_layers):
        kernels = [tensor for kind in _INNER if (tensor := held(layer, kind)) is not None]
        if len(kernels) < 2:
            continue
        before, shortcut = f"stream.{stage}", held(layer, "shortcut.weight")
        if shortcut is not None:
            stage, place = stage + 1, 0
            outside.append(_joint(shortcut, f"stream.{stage}", before))
        name = f"{stage}.{place}"
        sets = [before, *(f"{name}.inner{i}" for i in range(1, len(kernels))), f"stream.{stage}"]
        joints = [_joint(k, sets[i + 1], sets[i]) for i, k in enumerate(kernels)]
        blocks.append(ConvolutionBlock(layer, name, tuple(joints)))
        place += 1
    if classifier is not None:
        outside.append(_joint(classifier, None, f"stream.{stage}"))
    every = [*outside, *(joint for block in blocks for joint in block.joints)]
    return (tuple(outside), tuple(blocks)) if blocks and _agree(every) else ((), ())


def chain_joints(component: ResolvedComponent) -> tuple[Joint, ...]:
    """Name the sets of channels of a convolutional network that no family knows.

    Parameters
    ----------
    component
        A component, taken apart.

    Returns
    -------
    tuple of Joint
        In the order of the numbers in their names: each kernel reads what the one before it
        writes, if the sizes say so. Empty where the component is known or is no such network.

    Notes
    -----
    A kernel that reads something else and writes as many channels as the one before it is taken
    for a shortcut beside it. Where the order is another one, sets are joined that are not; a copy
    is then missed, and no stranger accused.
    """
    if not component.inferred:
        return ()
    kernels = chain_of(component.tensors)
    joints: list[Joint] = []
    last: Joint | None = None
    for place, kernel in enumerate(kernels):
        if kernel.is_depthwise:
            stream = None if last is None else last.out
            joints.append(Joint(kernel.tensor, (kernel.n_out, 1, kernel.window), stream, None))
            continue
        follows = last is not None and last.shape[0] == kernel.n_in
        beside = last is not None and not follows and last.shape[0] == kernel.n_out
        into = last.out if last is not None and follows else f"before.{place}"
        out = last.out if last is not None and beside else f"stream.{place}"
        if last is None and kernel.n_in <= MOST_COLOURS:
            into = None
        if place == len(kernels) - 1 and len(kernel.tensor.view.record_shape) == _MATRIX:
            out = None
        last = Joint(kernel.tensor, (kernel.n_out, kernel.n_in, kernel.window), out, into)
        joints.append(last)
    return tuple(joints)


def _joint(tensor: ResolvedTensor, out: str | None, into: str | None) -> Joint:
    stored = tensor.view.record_shape
    n_out, n_in = (*stored, 1, 1)[:2]
    window = max(tensor.n_parameters // max(n_out * n_in, 1), 1)
    return Joint(tensor, (n_out, n_in, window), out, into)


def _agree(joints: list[Joint]) -> bool:
    sizes: dict[str, int] = {}
    for joint in joints:
        for name, size in ((joint.out, joint.shape[0]), (joint.into, joint.shape[1])):
            if name is not None and sizes.setdefault(name, size) != size:
                return False
    return True
