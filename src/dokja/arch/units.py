"""Exchangeable hidden units of a component: MLP units and value channels of key-value heads.

The module reads roles, axes and shapes only. It offers a group only where all shapes agree,
because a wrong group would make an exact test inexact.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from dokja.arch.kinds import MLP_STEMS, VALUE_INPUTS, VALUE_OUTPUT
from dokja.arch.role import Axis, Member, UnitGroup, affine_index

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dokja.arch.family import UnitRule
    from dokja.arch.role import ResolvedTensor, TensorRole
    from dokja.arch.sizes import Sizes

__all__ = ["independent_groups", "unit_groups"]

Block = dict[str, "ResolvedTensor"]

_MAY_BE_ABSENT = (".bias", ".mean", ".variance")
"""Endings of kinds that a unit need not have."""
_MLP_INPUTS = ("gate.weight", "up.weight", "gate.bias", "up.bias")


def _mlp_group(
    layer: int | None, expert: int | None, block: Block, part: int, stem: str
) -> UnitGroup | None:
    down = block.get(f"{stem}.down.weight")
    if down is None or down.axes[-1:] != (Axis.MLP_UNIT,) or not down.shape[-1]:
        return None
    n = down.shape[-1]
    index = affine_index(n)
    members = []
    for name in _MLP_INPUTS:
        tensor = block.get(f"{stem}.{name}")
        if tensor is None:
            continue
        if tensor.axes[:1] != (Axis.MLP_UNIT,) or tensor.shape[0] != n:
            return None
        members.append(Member(tensor.role, 0, index))
    if f"{stem}.up.weight" not in block:
        return None
    members.append(Member(down.role, len(down.axes) - 1, index))
    return UnitGroup("mlp", layer, expert, part, n, tuple(members))


def _has_shared_gain(block: Block, width: int) -> bool:
    """Whether something unknown is as wide as one head: a gain that all heads share.

    Such a gain ties the channels of one head to those of the others, so that they may not be
    renumbered head by head.
    """
    return any(t.inferred and t.shape in {(width,), (2 * width,)} for t in block.values())


def _value_groups(layer: int | None, block: Block, sizes: Mapping[str, int]) -> list[UnitGroup]:
    """One group for each key-value head; its channels stand in all query heads that share it."""
    output = block.get(VALUE_OUTPUT)
    inputs = [block[kind] for kind in VALUE_INPUTS if kind in block]
    heads, kv_heads = sizes.get("heads"), sizes.get("kv_heads")
    if output is None or output.axes[-1:] != (Axis.VALUE,) or not inputs:
        return []
    if not heads or not kv_heads or heads % kv_heads:
        return []
    if any(tensor.role.kind == "attention.v_b.weight" for tensor in inputs):
        kv_heads = heads  # latent attention makes values for every head
    width, remainder = divmod(output.shape[-1], heads)
    if _has_shared_gain(block, width):
        return []
    agree = all(t.axes[:1] == (Axis.VALUE,) and t.shape[0] == kv_heads * width for t in inputs)
    if remainder or not width or not agree:
        return []
    groups = []
    per_group = heads // kv_heads
    for head in range(kv_heads):
        rows = affine_index(width, start=head * width)
        columns = affine_index(width, per_group, start=head * per_group * width, inner=width)
        members = [Member(tensor.role, 0, rows) for tensor in inputs]
        members.append(Member(output.role, len(output.axes) - 1, columns))
        groups.append(UnitGroup("value", layer, None, head, width, tuple(members)))
    return groups


def _has_grouped_kernels(block: Block) -> bool:
    """Whether a kernel reads fewer channels than stand before it, as convolutions in groups do.

    Their channels may be renumbered within a group only, and only with what it reads.
    """
    first, second = block.get("conv1.weight"), block.get("conv2.weight")
    if first is None or second is None or len(second.view.record_shape) < 3 or not first.shape:
        return False
    return first.shape[0] != second.view.record_shape[1]


def _declared_group(rule: UnitRule, layer: int | None, block: Block, part: int) -> UnitGroup | None:
    members = list[Member]()
    counts = set[int]()
    for kind, axis, width in rule.members:
        tensor = block.get(kind)
        if tensor is None:
            if kind.endswith(_MAY_BE_ABSENT):
                continue
            return None
        if axis >= len(tensor.shape) or not tensor.shape[axis]:
            return None
        # A convolution's columns are kernels, of which a unit has one, whatever their size.
        width = width or tensor.shape[axis] // max(counts, default=1)  # noqa: PLW2901
        if not width or tensor.shape[axis] % width:
            return None
        n = tensor.shape[axis] // width
        counts.add(n)
        members.append(Member(tensor.role, axis, affine_index(n, width, step=width)))
    if len(counts) != 1 or 0 in counts:
        return None
    return UnitGroup("mlp", layer, None, part, counts.pop(), tuple(members))


def independent_groups(groups: Iterable[UnitGroup]) -> tuple[UnitGroup, ...]:
    """Leave out groups whose units are another's coordinates.

    Parameters
    ----------
    groups
        Groups of one component.

    Returns
    -------
    tuple of UnitGroup
        Such that no tensor holds units of two of them along two axes: renumbering one leaves the
        others as they are, which the bound on their sum rests on. Earlier groups take precedence.
    """
    axes: dict[TensorRole, int] = {}
    kept = []
    for group in groups:
        if all(axes.get(m.role, m.axis) == m.axis for m in group.members):
            axes.update((member.role, member.axis) for member in group.members)
            kept.append(group)
    return tuple(kept)


def unit_groups(
    tensors: Iterable[ResolvedTensor], sizes: Sizes, rules: Iterable[UnitRule] = ()
) -> tuple[UnitGroup, ...]:
    """Find the exchangeable units of a component.

    Parameters
    ----------
    tensors
        Its logical tensors.
    sizes
        Its sizes; value channels need ``heads`` and ``kv_heads``.
    rules
        Units that its family declares beyond the usual ones.

    Returns
    -------
    tuple of UnitGroup
        In the order of layers and experts.
    """
    blocks: defaultdict[tuple[int | None, int | None], Block] = defaultdict(dict)
    for tensor in tensors:
        blocks[tensor.role.layer, tensor.role.expert][tensor.role.kind] = tensor
    declared = tuple(rules)
    groups: list[UnitGroup] = []
    for (layer, expert), block in sorted(
        blocks.items(), key=lambda item: tuple(-1 if i is None else i for i in item[0])
    ):
        found = [_mlp_group(layer, expert, block, p, stem) for p, stem in enumerate(MLP_STEMS)]
        if expert is None:
            first = len(MLP_STEMS)
            rules_here = () if _has_grouped_kernels(block) else declared
            found += [_declared_group(r, layer, block, first + i) for i, r in enumerate(rules_here)]
            found += _value_groups(layer, block, sizes.symbols)
        groups += [group for group in found if group is not None]
    return tuple(groups)
