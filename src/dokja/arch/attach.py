"""Tensors that a family does not know but that stand inside one of its places.

The module joins them to the component around them, marked as inferred and with axes that claim
nothing, so that they are compared and counted but never counted as exchangeable.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from dokja.arch.fixed import fixed_kind
from dokja.arch.naming import WRAPPERS
from dokja.arch.pattern import fill_numbers, skeleton
from dokja.arch.role import Axis, Reason, ResolvedTensor, TensorRole, TensorView

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dokja.arch.detect import Instance
    from dokja.arch.pattern import NamedRecord, NamePattern

__all__ = [
    "SCALE_SUFFIXES",
    "Place",
    "attach_unknown",
    "block_of",
    "place_of",
    "unknown_tensor",
]

SCALE_SUFFIXES = ("_scale_inv", "_scale", "_scale_2", "_scales", "_blocks", "_zero_point")
"""Endings of tensors that hold the scales of a quantised one."""

SCALES = Reason(
    "scales",
    "scales of a quantised tensor",
    "양자화된 텐서의 스케일",
)
UNKNOWN = Reason(
    "unknown_to_family",
    "the family does not know this name; compared as it lies, never as exchangeable",
    "계열 정의에 없는 이름이라 있는 그대로 비교하며, 교환 가능한 축으로 보지 않음",
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where layer and expert stand in the numbers of a skeleton, and the kind that remains.

    Parameters
    ----------
    layer
        Which of the numbers is the layer, or None.
    expert
        Which of the numbers is the expert, or None.
    rest
        The skeleton without what names layer and expert.
    """

    layer: int | None
    expert: int | None
    rest: str

    def role(self, component: str, numbers: tuple[int, ...]) -> TensorRole:
        """Make the role of a name with these numbers.

        Parameters
        ----------
        component
            Name of the component.
        numbers
            The numbers of the name.

        Returns
        -------
        TensorRole
            Its role.
        """
        others = [n for i, n in enumerate(numbers) if i not in {self.layer, self.expert}]
        kind = fill_numbers(self.rest, tuple(others)).replace("/", "_") or "weight"
        layer = None if self.layer is None else numbers[self.layer]
        return TensorRole(
            component, layer, None if self.expert is None else numbers[self.expert], kind
        )


@lru_cache(maxsize=65536)
def place_of(key: str, block: str | None) -> Place:
    """Find layer and expert in the skeleton of a name.

    Parameters
    ----------
    key
        Skeleton such as ``layers.*.mlp.experts.*.up_proj.scale``.
    block
        What stands before the rest of a block, such as ``layers.*.``; None if unknown.

    Returns
    -------
    Place
        Such as layer 0, expert 1 and ``mlp.up_proj.scale``.
    """
    layer = expert = None
    before, rest = "", key
    if block and key.startswith(block):
        layer, before, rest = block.count("*") - 1, block, key[len(block) :]
    marker = rest.find("experts.*.")
    if marker >= 0 and (marker == 0 or rest[marker - 1] in "._"):
        expert = before.count("*") + rest[:marker].count("*")
        rest = rest[:marker] + rest[marker + len("experts.*.") :]
    if before.count("*") > 1:
        # Numbers before that of the layer stay in the kind, or roles would clash.
        rest = before[: before[:-2].rfind("*") + 2] + rest
    return Place(layer, expert, rest)


def unknown_tensor(record: NamedRecord, role: TensorRole, note: Reason | None) -> ResolvedTensor:
    """Make a tensor that nothing is known of but its place.

    Parameters
    ----------
    record
        The record.
    role
        Its role.
    note
        What a reader should know.

    Returns
    -------
    ResolvedTensor
        With axes that claim nothing; fixed if its name is that of a fixed table.
    """
    shape = record.shape
    kind = fixed_kind(record.name.rpartition(".")[2])
    view = TensorView.whole(record.name, shape)
    axes = (Axis.OTHER,) * len(shape)
    return ResolvedTensor(role, view, axes, fixed=kind is not None, inferred=True, note=note)


class _Host:
    """An instance of a family, as a place that unknown tensors may stand in."""

    def __init__(self, instance: Instance, component: str, prefixes: Sequence[str]) -> None:
        self.component = component
        self.prefix = instance.prefix
        inner = [hit.rule for hit in instance.hits if not hit.rule.outer]
        self.words = {rule.pattern.skeleton.partition(".")[0] for rule in inner} - {"*"}
        self.block = block_of(rule.pattern for rule in inner)
        last = self.prefix.rpartition(".")[0].rpartition(".")[2]
        # Under a prefix of its own stands nothing but this component.
        self.is_closed = last not in WRAPPERS | {""} and not any(
            other != self.prefix and other.startswith(self.prefix) for other in prefixes
        )

    def takes(self, name: str) -> bool:
        if not name.startswith(self.prefix):
            return False
        return self.is_closed or name[len(self.prefix) :].partition(".")[0] in self.words


def block_of(patterns: Iterable[NamePattern]) -> str | None:
    """Find what stands before the rest of a block in the names of a family.

    Parameters
    ----------
    patterns
        Names of the family.

    Returns
    -------
    str or None
        Such as ``layers.*.``; None if no name holds a layer.
    """
    starts = Counter(
        pattern.skeleton[: pattern.skeleton.index("*") + 2]
        for pattern in patterns
        if pattern.slots[:1] == ("layer",)
    )
    return starts.most_common(1)[0][0] if starts else None


def _scaled_role(name: str, known: Mapping[str, TensorRole]) -> TensorRole | None:
    """Role of the scales of a known tensor."""
    for suffix in SCALE_SUFFIXES:
        role = known.get(name[: -len(suffix)]) if name.endswith(suffix) else None
        if role is not None:
            return TensorRole(role.component, role.layer, role.expert, role.kind + suffix)
    return None


def attach_unknown(
    records: Iterable[NamedRecord],
    instances: Sequence[tuple[Instance, str]],
    known: Mapping[str, TensorRole],
) -> tuple[list[ResolvedTensor], list[NamedRecord]]:
    """Join unknown tensors to the components they stand in.

    Parameters
    ----------
    records
        Records that no family claims.
    instances
        The families found, each with the name of its component.
    known
        Roles of the records that are claimed.

    Returns
    -------
    list of ResolvedTensor
        Those that stand inside a component.
    list of NamedRecord
        The rest.
    """
    prefixes = [instance.prefix for instance, _ in instances]
    hosts = [_Host(instance, component, prefixes) for instance, component in instances]
    hosts.sort(key=lambda host: -len(host.prefix))
    attached, rest = [], []
    for record in records:
        role = _scaled_role(record.name, known)
        if role is not None:
            attached.append(unknown_tensor(record, role, SCALES))
            continue
        host = next((host for host in hosts if host.takes(record.name)), None)
        if host is None:
            rest.append(record)
            continue
        inner, numbers = skeleton(record.name[len(host.prefix) :])
        role = place_of(inner, host.block).role(host.component, numbers)
        attached.append(unknown_tensor(record, role, UNKNOWN))
    return attached, rest
