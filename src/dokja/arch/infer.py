"""Components that no family knows: taken apart by prefixes, shapes and repetition.

The module claims little: an axis is residual, or units are exchangeable, only where names and
shapes of all blocks say the same. Everything it makes is marked as inferred.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dokja.arch.attach import place_of, unknown_tensor
from dokja.arch.chains import chain_units
from dokja.arch.naming import WRAPPERS, component_of_words, other_component, stands_aside
from dokja.arch.pattern import skeleton
from dokja.arch.role import (
    Axis,
    Member,
    ResolvedComponent,
    ResolvedTensor,
    TensorRole,
    TensorView,
    UnitGroup,
    affine_index,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dokja.arch.pattern import NamedRecord
__all__ = ["infer_components"]

_MLP_WORDS = re.compile(
    r"(^|[._])(mlp|ffn?|feed_?forward|fc\d?|intermediate|w[123]|wi(_\d)?|wo|up|down|gate|"
    r"linear_?[12]|c_fc|lin[12]|dense)([._]|$)|(up|down|gate)_proj|dense_(h_to_4h|4h_to_h)"
)
_NOT_MLP = re.compile(
    r"att|self|cross|query|key|value|qkv|kv|(^|[._])[qkvo](_?proj)?([._]|$)|w[qkvo]\b|lstm|gru|rnn|"
    r"ssm|mamba|mixer|conv|norm|(^|[._])ln|embed|lora|router|gating|rel_pos|position"
)


# -- which records belong together ----------------------------------------------------------------


def _unwrapped(name: str) -> tuple[str, list[str]]:
    """Split a name into the segments that wrap the whole model, and the rest."""
    parts = name.split(".")
    n = 0
    while n < len(parts) - 1 and parts[n] in WRAPPERS:
        n += 1
    return "".join(f"{part}." for part in parts[:n]), parts[n:]


def _top(name: str) -> str:
    """Prefix of the part of a model that a tensor stands in."""
    wrapper, rest = _unwrapped(name)
    return wrapper if len(rest) == 1 or rest[0].isdecimal() else f"{wrapper}{rest[0]}."


def _block_start(records: Iterable[NamedRecord], prefix: str) -> str | None:
    """Find what stands before the rest of a block: the numbered place with most tensors."""
    starts: Counter[str] = Counter()
    numbers: defaultdict[str, set[int]] = defaultdict(set)
    for record in records:
        key, found = skeleton(record.name[len(prefix) :])
        if found:
            start = key[: key.index("*") + 1]
            starts[start] += 1
            numbers[start].add(found[0])
    # A sequence of two plain layers is numbered too: a block holds three tensors at least.
    repeated = {s: n for s, n in starts.items() if n >= 3 * len(numbers[s]) > 3}
    if not repeated:
        return None
    return max(repeated, key=lambda start: (repeated[start], start)) + "."


@dataclass(frozen=True, slots=True)
class _Part:
    prefix: str
    name: str
    records: tuple[NamedRecord, ...]


def _default_name(prefix: str, taken: set[str]) -> str:
    words = None if stands_aside(prefix) else component_of_words(prefix)
    return words if words is not None and words not in taken else other_component(prefix)


def _has_token_embedding(records: Iterable[NamedRecord]) -> bool:
    return any(
        len(r.shape) == 2
        and r.shape[0] > 2 * r.shape[1]
        and re.search(r"emb|wte|tok", r.name.lower())
        and not re.search(r"pos", r.name.lower())
        for r in records
    )


def _parts(records: Sequence[NamedRecord], taken: set[str]) -> list[_Part]:
    """Divide records by the top of their names; what has no blocks joins the only part that has.

    Where other components are known already, each top is a part of its own, for it stands beside
    them.
    """
    by_top: defaultdict[str, list[NamedRecord]] = defaultdict(list)
    for record in records:
        by_top[_top(record.name)].append(record)
    spoken = {top for top in by_top if component_of_words(top) not in {None, "language_model"}}
    loose = [top for top in sorted(by_top) if top not in spoken]
    if not taken:
        stacks = [top for top in loose if _block_start(by_top[top], top) is not None]
        if len(stacks) < 2 and loose:
            # One model whose pieces stand side by side: embedding, blocks, head.
            root = _common_prefix(loose)
            merged = [record for top in loose for record in by_top.pop(top)]
            by_top[root] = merged
    parts = []
    names = set(taken)
    for top in sorted(by_top, key=lambda t: (-_n_elements(by_top[t]), t)):
        name = _default_name(top, names)
        is_whole = not taken and name.startswith("other:") and not stands_aside(top)
        if is_whole and "language_model" not in names and _has_token_embedding(by_top[top]):
            name = "language_model"
        while name in names:
            name += "+"
        names.add(name)
        parts.append(_Part(top, name, tuple(by_top[top])))
    return parts


def _common_prefix(tops: Sequence[str]) -> str:
    """Longest prefix of whole segments that all tops share."""
    if len(tops) == 1:
        return tops[0]
    split = [top.split(".")[:-1] for top in tops]
    shared = []
    for segments in zip(*split, strict=False):
        if len(set(segments)) > 1:
            break
        shared.append(segments[0])
    return "".join(f"{segment}." for segment in shared)


def _n_elements(records: Iterable[NamedRecord]) -> int:
    total = 0
    for record in records:
        n = 1
        for size in record.shape:
            n *= size
        total += n
    return total


# -- what their axes mean -------------------------------------------------------------------------


def _residual_width(tensors: Iterable[ResolvedTensor]) -> int | None:
    """Size that recurs in most matrices of the blocks; None unless it is in two thirds of them."""
    counts: Counter[int] = Counter()
    n = 0
    for tensor in tensors:
        if tensor.role.layer is None or len(tensor.shape) != 2 or tensor.fixed:
            continue
        n += 1
        counts.update(set(tensor.shape))
    if not counts:
        return None
    width, votes = counts.most_common(1)[0]
    rivals = [size for size, other in counts.items() if other == votes and size != width]
    return width if 3 * votes >= 2 * n and width > 1 and not rivals else None


def _is_mlp(kind: str) -> bool:
    lowered = kind.lower()
    return bool(_MLP_WORDS.search(lowered)) and not _NOT_MLP.search(lowered)


def _mlp_pair(
    block: Sequence[ResolvedTensor], width: int
) -> tuple[list[ResolvedTensor], ResolvedTensor] | None:
    """Matrices into and out of the hidden units of a block; None unless they are plain."""
    matrices = [t for t in block if len(t.shape) == 2 and _is_mlp(t.role.kind) and not t.fixed]
    ways_in = [t for t in matrices if t.shape[1] == width and t.shape[0] != width]
    ways_out = [t for t in matrices if t.shape[0] == width and t.shape[1] != width]
    if len(ways_out) != 1 or not 1 <= len(ways_in) <= 2 or len(matrices) != len(ways_in) + 1:
        return None
    units = ways_out[0].shape[1]
    if any(t.shape[0] != units for t in ways_in) or _mixes_units(block, units):
        return None
    return ways_in, ways_out[0]


def _mixes_units(block: Iterable[ResolvedTensor], units: int) -> bool:
    """Whether a convolution joins neighbouring units, so that their order matters."""
    return any(len(t.shape) > 2 and t.shape[0] == units and t.shape[1] > 1 for t in block)


def _bias_of(
    weight: ResolvedTensor, by_kind: Mapping[str, ResolvedTensor]
) -> ResolvedTensor | None:
    bias = by_kind.get(weight.role.kind.removesuffix("weight") + "bias")
    return bias if bias is not None and bias.shape == weight.shape[:1] else None


def _infer_mlp(
    block: list[ResolvedTensor], width: int
) -> tuple[dict[str, tuple[Axis, ...]], UnitGroup] | None:
    """Axes of the MLP of a block, by kind, and its units."""
    found = _mlp_pair(block, width)
    if found is None:
        return None
    ways_in, way_out = found
    by_kind = {t.role.kind: t for t in block}
    n = way_out.shape[1]
    index = affine_index(n)
    axes: dict[str, tuple[Axis, ...]] = {way_out.role.kind: (Axis.RESIDUAL, Axis.MLP_UNIT)}
    members = []
    for weight in ways_in:
        axes[weight.role.kind] = (Axis.MLP_UNIT, Axis.RESIDUAL)
        members.append(Member(weight.role, 0, index))
        bias = _bias_of(weight, by_kind)
        if bias is not None:
            axes[bias.role.kind] = (Axis.MLP_UNIT,)
            members.append(Member(bias.role, 0, index))
    members.append(Member(way_out.role, 1, index))
    role = way_out.role
    return axes, UnitGroup("mlp", role.layer, role.expert, 0, n, tuple(members))


def _infer_units(
    tensors: list[ResolvedTensor], width: int | None
) -> tuple[list[ResolvedTensor], list[UnitGroup]]:
    """Give the MLPs of all blocks their axes."""
    if width is None:
        return tensors, []
    blocks: defaultdict[tuple[int, int | None], list[ResolvedTensor]] = defaultdict(list)
    for tensor in tensors:
        if tensor.role.layer is not None:
            blocks[tensor.role.layer, tensor.role.expert].append(tensor)
    groups: list[UnitGroup] = []
    known: dict[tuple[int | None, int | None, str], tuple[Axis, ...]] = {}
    for (layer, expert), block in sorted(
        blocks.items(), key=lambda item: (item[0][0], -1 if item[0][1] is None else item[0][1])
    ):
        found = _infer_mlp(block, width)
        if found is not None:
            groups.append(found[1])
            known.update({(layer, expert, kind): axes for kind, axes in found[0].items()})
    changed = [
        replace(t, axes=axes, view=TensorView.whole(t.view.record, t.view.record_shape))
        if (axes := known.get((t.role.layer, t.role.expert, t.role.kind)))
        else t
        for t in tensors
    ]
    return changed, groups


def _component(part: _Part) -> ResolvedComponent:
    start = _block_start(part.records, part.prefix)
    tensors = list[ResolvedTensor]()
    roles = set[TensorRole]()
    for record in part.records:
        key, numbers = skeleton(record.name[len(part.prefix) :])
        role = place_of(key, start).role(part.name, numbers)
        while role in roles:  # names that differ only in characters a role cannot hold
            role = replace(role, kind=role.kind + "~")
        roles.add(role)
        tensors.append(unknown_tensor(record, role, None))
    width = _residual_width(tensors)
    tensors, groups = _infer_units(tensors, width)
    if not groups:
        tensors, groups = chain_units(tensors)
        width = None
    tensors.sort(key=lambda tensor: tensor.role.sort_key)
    layers = {t.role.layer for t in tensors if t.role.layer is not None}
    return ResolvedComponent(
        component=part.name,
        family=None,
        inferred=True,
        tensors=tuple(tensors),
        groups=tuple(groups),
        n_layers=len(layers),
        n_residual=width if groups else None,
        # Which tensors carry the residual stream, and whether anything fixed is added to it, is
        # not known well enough for an exact test.
        residual_exchangeable=False,
    )


def infer_components(records: Iterable[NamedRecord], taken: set[str]) -> list[ResolvedComponent]:
    """Take apart what no family knows.

    Parameters
    ----------
    records
        Records that belong to no known component.
    taken
        Names of the components that are known.

    Returns
    -------
    list of ResolvedComponent
        All marked as inferred; their tensors hold each record once.
    """
    rest = list(records)
    return [_component(part) for part in _parts(rest, taken)] if rest else []
