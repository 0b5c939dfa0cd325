"""Two components side by side: which tensor of one is compared with which of the other.

The module matches roles and shapes; it reads no values, so it never prefers a pair because it
is alike. Every tensor of each side stands exactly once, in a pair or left over with a reason.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from dokja.arch.role import Axis, Reason, TensorRole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.arch.role import ResolvedCheckpoint, ResolvedComponent, ResolvedTensor

__all__ = [
    "AlignmentLeftover",
    "ComponentAlignment",
    "Pair",
    "align",
    "align_components",
]

Side = Literal["subject", "reference"]

_LAYERS_NOT_MAPPED = Reason(
    "layers_not_mapped",
    "the numbers of layers differ, so that it is not known which layers belong together",
    "층 수가 달라 어느 층끼리 대응하는지 알 수 없음",
)
_LAYER_WITHOUT_COUNTERPART = Reason(
    "layer_without_counterpart",
    "the layer has no counterpart on the other side",
    "상대 쪽에 대응하는 층이 없음",
)
_NO_COUNTERPART = Reason(
    "no_counterpart",
    "the other side has no tensor of this role",
    "상대 쪽에 같은 역할의 텐서가 없음",
)
_TIED = Reason(
    "tied",
    "not stored on the other side, where it shares its values with another tensor",
    "상대 쪽에서는 다른 텐서와 값을 공유하여 따로 저장되지 않음",
)
_EXPERTS_DIFFER = Reason(
    "experts_differ",
    "the numbers of experts differ, so that it is not known which belong together",
    "전문가 수가 달라 어느 전문가끼리 대응하는지 알 수 없음",
)
_DENSE_AGAINST_EXPERTS = Reason(
    "dense_against_experts",
    "dense on one side, experts on the other",
    "한쪽은 밀집층, 다른 쪽은 전문가층임",
)
_VOCABULARY_DIFFERS = Reason(
    "vocabulary_differs",
    "the vocabularies have another size, so that the rows do not belong together",
    "어휘 크기가 달라 행끼리 대응하지 않음",
)
_FIXED = Reason(
    "fixed",
    "a fixed table that training does not change and that has another shape on the other side",
    "학습으로 바뀌지 않는 고정 표이며 상대 쪽과 모양이 다름",
)


def _other_shape(shape: tuple[int, ...]) -> Reason:
    text = " × ".join(str(n) for n in shape)
    return Reason(
        "other_shape",
        f"the counterpart has another shape, {text}",
        f"대응하는 텐서의 모양이 다름 ({text})",
    )


@dataclass(frozen=True, slots=True)
class Pair:
    """Two tensors of one role and shape.

    Parameters
    ----------
    subject
        Tensor of the subject.
    reference
        Tensor of the reference.
    """

    subject: ResolvedTensor
    reference: ResolvedTensor


@dataclass(frozen=True, slots=True)
class AlignmentLeftover:
    """A tensor that stands in no pair.

    Parameters
    ----------
    side
        Whose it is.
    tensor
        The tensor.
    reason
        Why.
    """

    side: Side
    tensor: ResolvedTensor
    reason: Reason


@dataclass(frozen=True)
class ComponentAlignment:
    """Two components side by side.

    Parameters
    ----------
    subject
        Component of the subject.
    reference
        Component of the reference.
    layer_map
        Pairs of layers, subject first, that belong together.
    layers_paired
        Whether both have as many layers, paired as they stand.
    pairs
        Pairs of tensors, by role of the subject.
    leftovers
        All other tensors of both, with reasons.
    same_residual
        Whether both have residual channels of one number, so that channel *i* here can be
        asked for being channel *i* there.
    """

    subject: ResolvedComponent
    reference: ResolvedComponent
    layer_map: tuple[tuple[int, int], ...]
    layers_paired: bool
    pairs: tuple[Pair, ...]
    leftovers: tuple[AlignmentLeftover, ...]
    same_residual: bool

    @cached_property
    def coverage(self) -> tuple[float, float]:
        """Share of the subject's tensors, and of its parameters, that stand in pairs."""
        n, total = len(self.subject.tensors), self.subject.n_parameters
        paired = sum(pair.subject.n_parameters for pair in self.pairs)
        return (len(self.pairs) / n if n else 0.0, paired / total if total else 0.0)


# -- components -----------------------------------------------------------------------------------


class _Candidate:
    """A component with the parameters it has in tensors of each kind and shape."""

    def __init__(self, component: ResolvedComponent) -> None:
        self.component = component
        self.n_by_kind: Counter[tuple[str, tuple[int, ...]]] = Counter()
        for tensor in component.tensors:
            self.n_by_kind[tensor.role.kind, tensor.shape] += tensor.n_parameters


def _likeness(a: _Candidate, b: _Candidate) -> float:
    """Share of parameters in tensors of the same kinds and shapes; symmetric."""
    shared = sum(min(n, b.n_by_kind[key]) for key, n in a.n_by_kind.items())
    return shared / max(a.component.n_parameters, b.component.n_parameters, 1)


def _preference(a: _Candidate, b: _Candidate) -> tuple[float, ...] | None:
    """How strongly two components belong together; None if nothing speaks for it. Symmetric."""
    same_name = a.component.component == b.component.component
    same_family = a.component.family is not None and a.component.family == b.component.family
    likeness = _likeness(a, b)
    if not (same_name or same_family or likeness >= 0.5):
        return None
    return (likeness >= 0.5 and same_family, same_name, same_family, likeness)


def align_components(
    subject: ResolvedCheckpoint, reference: ResolvedCheckpoint
) -> tuple[tuple[ResolvedComponent, ResolvedComponent | None], ...]:
    """Find the counterpart of every component of a subject.

    Parameters
    ----------
    subject
        The checkpoint under audit.
    reference
        The checkpoint it is held against.

    Returns
    -------
    tuple of pairs
        One for each component of `subject`, in its order: the component, and its counterpart
        or None. No component of `reference` stands twice. With the sides exchanged the same
        pairs come out.

    Notes
    -----
    Same family with the same shapes first (whatever either side calls it), then same name,
    then same family, then likeness of kinds and shapes.
    """
    wishes = []
    others = [_Candidate(component) for component in reference.components]
    for component in subject.components:
        one = _Candidate(component)
        for other in others:
            preference = _preference(one, other)
            if preference is not None:
                # Names, smaller first, settle ties the same way from both sides.
                names = sorted((component.component, other.component.component))
                wishes.append((tuple(-p for p in preference), names, component, other.component))
    wishes.sort(key=lambda wish: (wish[0], wish[1], wish[2].component))
    found: dict[str, ResolvedComponent] = {}
    taken: set[str] = set()
    for _, _, a, b in wishes:
        if a.component not in found and b.component not in taken:
            found[a.component] = b
            taken.add(b.component)
    return tuple((a, found.get(a.component)) for a in subject.components)


# -- tensors --------------------------------------------------------------------------------------


def _layers(component: ResolvedComponent) -> list[int]:
    return sorted({t.role.layer for t in component.tensors if t.role.layer is not None})


def _checked_map(
    layer_map: Sequence[tuple[int, int]], subject: list[int], reference: list[int]
) -> tuple[tuple[int, int], ...]:
    """Order the map and refuse one that names a layer twice or a layer that is not there."""
    pairs = tuple(sorted((int(a), int(b)) for a, b in layer_map))
    for side, layers, named in (
        ("subject", subject, [a for a, _ in pairs]),
        ("reference", reference, [b for _, b in pairs]),
    ):
        if len(set(named)) != len(named):
            raise ValueError(f"a layer of the {side} stands twice in the layer map")
        unknown = set(named) - set(layers)
        if unknown:
            raise ValueError(f"the {side} has no layers {sorted(unknown)}")
    return pairs


class _Side:
    """What is asked of one side while the reasons of the other's leftovers are found."""

    def __init__(self, component: ResolvedComponent) -> None:
        self.by_role = {(t.role.layer, t.role.expert, t.role.kind): t for t in component.tensors}
        self.partner = dict(component.tied) | {b: a for a, b in component.tied}
        self.experts: dict[int | None, set[int]] = {}
        self.kinds: dict[int | None, set[tuple[bool, str]]] = {}
        for t in component.tensors:
            self.kinds.setdefault(t.role.layer, set()).add((t.role.expert is not None, t.role.kind))
            if t.role.expert is not None:
                self.experts.setdefault(t.role.layer, set()).add(t.role.expert)


def _reason(
    tensor: ResolvedTensor, other: _Side, own: _Side, layer: int | None, *, unmapped: Reason
) -> Reason:
    """Why a tensor stands in no pair; `layer` is its layer on the other side, if it has one."""
    role = tensor.role
    if role.layer is not None and layer is None:
        return unmapped
    twin = other.by_role.get((layer, role.expert, role.kind))
    if twin is not None:
        return _reason_with_twin(tensor, twin, other, own, layer)
    is_expert = role.expert is not None
    if (not is_expert, role.kind) in other.kinds.get(layer, ()):
        return _DENSE_AGAINST_EXPERTS
    if is_expert and layer in other.experts:
        return _EXPERTS_DIFFER
    partner = other.by_role.get((layer, role.expert, other.partner.get(role.kind, "")))
    return _NO_COUNTERPART if partner is None else _TIED


def _reason_with_twin(
    tensor: ResolvedTensor, twin: ResolvedTensor, other: _Side, own: _Side, layer: int | None
) -> Reason:
    if tensor.fixed or twin.fixed:
        return _FIXED
    same_ranks = len(tensor.shape) == len(twin.shape)
    differing = [
        axis
        for axis, a, b in zip(tensor.axes, tensor.shape, twin.shape, strict=same_ranks)
        if a != b
    ]
    if same_ranks and differing == [Axis.VOCAB]:
        return _VOCABULARY_DIFFERS
    role = tensor.role
    if role.expert is not None and own.experts[role.layer] != other.experts.get(layer):
        return _EXPERTS_DIFFER
    return _other_shape(twin.shape)


def align(
    subject: ResolvedComponent,
    reference: ResolvedComponent,
    *,
    layer_map: Sequence[tuple[int, int]] | None = None,
) -> ComponentAlignment:
    """Pair the tensors of two components.

    Parameters
    ----------
    subject
        Component under audit.
    reference
        Component it is held against.
    layer_map
        Pairs of layers, subject first; if not given, layers are paired in their order where
        both sides have as many, and not at all otherwise.

    Returns
    -------
    ComponentAlignment
        Every tensor of each side stands in it exactly once. ``align(b, a)`` is its mirror.

    Raises
    ------
    ValueError
        If `layer_map` names a layer twice, or one that is not there.
    """
    own, other = _layers(subject), _layers(reference)
    in_order = tuple(zip(own, other, strict=True)) if len(own) == len(other) else ()
    mapped = in_order if layer_map is None else _checked_map(layer_map, own, other)
    unmapped = _LAYERS_NOT_MAPPED if layer_map is None else _LAYER_WITHOUT_COUNTERPART
    if not own or not other:
        unmapped = _NO_COUNTERPART
    pairs, leftovers = _pair_tensors(subject, reference, dict(mapped), unmapped)
    return ComponentAlignment(
        subject,
        reference,
        mapped,
        len(own) == len(other) and mapped == in_order,
        pairs,
        leftovers,
        same_residual=subject.n_residual is not None and subject.n_residual == reference.n_residual,
    )


def _pair_tensors(
    subject: ResolvedComponent,
    reference: ResolvedComponent,
    mapped: dict[int, int],
    unmapped: Reason,
) -> tuple[tuple[Pair, ...], tuple[AlignmentLeftover, ...]]:
    here, there = _Side(subject), _Side(reference)
    same_experts = {
        layer: experts == there.experts.get(None if layer is None else mapped.get(layer, -1))
        for layer, experts in here.experts.items()
    }
    pairs, leftovers = list[Pair](), list[AlignmentLeftover]()
    paired: set[TensorRole] = set()
    for tensor in subject.tensors:
        role = tensor.role
        layer = None if role.layer is None else mapped.get(role.layer)
        is_mapped = role.layer is None or layer is not None
        twin = there.by_role.get((layer, role.expert, role.kind)) if is_mapped else None
        agree = role.expert is None or same_experts[role.layer]
        if twin is not None and twin.shape == tensor.shape and agree:
            pairs.append(Pair(tensor, twin))
            paired.add(twin.role)
        else:
            reason = _reason(tensor, there, here, layer, unmapped=unmapped)
            leftovers.append(AlignmentLeftover("subject", tensor, reason))
    back = {b: a for a, b in mapped.items()}
    for tensor in reference.tensors:
        if tensor.role not in paired:
            layer = None if tensor.role.layer is None else back.get(tensor.role.layer)
            reason = _reason(tensor, here, there, layer, unmapped=unmapped)
            leftovers.append(AlignmentLeftover("reference", tensor, reason))
    return tuple(pairs), tuple(leftovers)
