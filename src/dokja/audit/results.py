"""From what was measured to the rows of a report, before anything is judged.

The module aggregates and words what was laid side by side; relations are the policy's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dokja.arch.carried import chain_joints, convolution_joints
from dokja.arch.role import Axis
from dokja.comparison.canonical import mlp_groups
from dokja.comparison.laid import rows_left
from dokja.comparison.similarity import aggregate
from dokja.document.audit import (
    ComponentResult,
    Coverage,
    LayerFigures,
    Leftover,
    Relation,
    RoleFigures,
    TensorFigures,
)
from dokja.document.common import Localized

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dokja.arch.role import ResolvedComponent, ResolvedTensor, TensorRole
    from dokja.comparison.collect import PairData, TensorPair

__all__ = ["component_result", "missing_result"]

UNJUDGED = Localized(en="Not judged yet.", ko="아직 판정하지 않았습니다.")
GROUP_ORDER = ("embedding", "attention", "mlp", "router", "conv", "norm", "bias", "head", "other")
MAX_LEFTOVERS = 200


def component_result(data: PairData, n_total: int) -> ComponentResult:
    """Lay out what was measured of a component and its counterpart.

    Parameters
    ----------
    data
        What was read and compared.
    n_total
        Parameters of the whole subject.

    Returns
    -------
    ComponentResult
        Without a relation, which is the policy's to give.
    """
    component = data.alignment.subject
    counted = [pair for pair in data.pairs if not pair.subject.fixed]
    everything = aggregate(counted)
    n_values = sum(pair.moments.n for pair in counted)
    n_equal = sum(pair.moments.n_equal for pair in counted)
    return ComponentResult(
        component=data.component,
        reference=data.reference,
        reference_component=data.reference_component,
        relation=Relation.NOT_TESTABLE,
        reason=UNJUDGED,
        level="index",
        log10_p=None,
        direction="undetermined",
        least_detectable=None,
        coverage=_coverage(data),
        cosine=everything.cosine,
        pearson=everything.pearson,
        equal_share=n_equal / n_values if n_values else 0.0,
        n_parameters=component.n_parameters,
        share=component.n_parameters / n_total if n_total else 0.0,
        by_role=_by_role(counted),
        by_layer=_by_layer(counted),
        tensors=tuple(_tensor_figures(pair) for pair in data.pairs),
        leftovers=_leftovers(data),
        transformation=None,
        summary=UNJUDGED,
    )


def missing_result(component: ResolvedComponent, reference: str, n_total: int) -> ComponentResult:
    """Say that a reference has no counterpart of a component.

    Parameters
    ----------
    component
        Component of the subject.
    reference
        How the report names the reference.
    n_total
        Parameters of the whole subject.

    Returns
    -------
    ComponentResult
        With nothing measured.
    """
    nothing = aggregate(())
    return ComponentResult(
        component=component.component,
        reference=reference,
        reference_component=None,
        relation=Relation.NOT_TESTABLE,
        reason=UNJUDGED,
        level="index",
        log10_p=None,
        direction="undetermined",
        least_detectable=None,
        coverage=Coverage(tensors=0.0, parameters=0.0),
        cosine=nothing.cosine,
        pearson=nothing.pearson,
        equal_share=0.0,
        n_parameters=component.n_parameters,
        share=component.n_parameters / n_total if n_total else 0.0,
        by_role=(),
        by_layer=(),
        tensors=(),
        leftovers=(),
        transformation=None,
        summary=UNJUDGED,
    )


def _coverage(data: PairData) -> Coverage:
    """Share of the component that some test looked at: paired, or a part of compared units."""
    examined: set[TensorRole] = {pair.subject.role for pair in data.pairs}
    compared = {features.kinds for features in data.reference_side.groups}
    if compared:
        for group in data.alignment.subject.groups:
            examined.update(member.role for member in group.members)
        if not data.subject.groups:
            examined = {pair.subject.role for pair in data.pairs}
    if data.structure is not None:
        # The search for a re-indexed copy sees every MLP of the build it was made for.
        for group in mlp_groups(data.alignment.subject).values():
            examined.update(member.role for member in group.members)
    if data.convolutions is not None:
        outside, blocks = convolution_joints(data.alignment.subject)
        chain = chain_joints(data.alignment.subject)
        for joint in (*outside, *chain, *(joint for block in blocks for joint in block.joints)):
            examined.add(joint.tensor.role)
    # A tensor emptied on one side stands beside nothing.
    alive = [
        pair
        for pair in data.pairs
        if not pair.subject.fixed and (not pair.constant or pair.moments.n_equal)
    ]
    own = [tensor for tensor in data.alignment.subject.tensors if not tensor.fixed]
    seen = [tensor for tensor in own if tensor.role in examined]
    return Coverage(
        tensors=len(seen) / len(own) if own else 0.0,
        parameters=_share_of(examined, data.alignment.subject),
        paired=_paired_share(
            ((pair.subject, pair.n_parameters) for pair in alive), data.alignment.subject
        ),
        reference_paired=_paired_share(
            ((pair.reference, pair.n_parameters) for pair in alive), data.alignment.reference
        ),
    )


def _share_of(roles: set[TensorRole], component: ResolvedComponent) -> float:
    own = [tensor for tensor in component.tensors if not tensor.fixed]
    n_parameters = sum(tensor.n_parameters for tensor in own)
    n_seen = sum(tensor.n_parameters for tensor in own if tensor.role in roles)
    return n_seen / n_parameters if n_parameters else 0.0


def _paired_share(
    faced: Iterable[tuple[ResolvedTensor, int]], component: ResolvedComponent
) -> float:
    """Share of a component's parameters that face one of the other's, row by row for tokens."""
    n_parameters = sum(tensor.n_parameters for tensor in component.tensors if not tensor.fixed)
    # One table may face two where the other side stores its head apart.
    paired: dict[TensorRole, int] = {}
    for tensor, n_faced in faced:
        paired[tensor.role] = max(paired.get(tensor.role, 0), n_faced)
    return min(sum(paired.values()) / n_parameters, 1.0) if n_parameters else 0.0


def _by_role(pairs: Sequence[TensorPair]) -> tuple[RoleFigures, ...]:
    rows = []
    for group in GROUP_ORDER:
        chosen = [pair for pair in pairs if pair.subject.role.group == group]
        if chosen:
            figures = aggregate(chosen)
            rows.append(
                RoleFigures(
                    role=group,
                    n_tensors=len(chosen),
                    n_parameters=_n_parameters(chosen),
                    cosine=figures.cosine,
                    pearson=figures.pearson,
                )
            )
    return tuple(rows)


def _by_layer(pairs: Sequence[TensorPair]) -> tuple[LayerFigures, ...]:
    def key(pair: TensorPair) -> tuple[int, int]:
        first, second = pair.subject.role.layer, pair.reference.role.layer
        return (-1 if first is None else first, -1 if second is None else second)

    rows = []
    for layers, chosen in _grouped(pairs, key):
        figures = aggregate(chosen)
        rows.append(
            LayerFigures(
                layer=None if layers[0] < 0 else layers[0],
                reference_layer=None if layers[1] < 0 else layers[1],
                n_tensors=len(chosen),
                n_parameters=_n_parameters(chosen),
                cosine=figures.cosine,
                pearson=figures.pearson,
            )
        )
    return tuple(rows)


def _grouped(
    pairs: Iterable[TensorPair], key: Callable[[TensorPair], tuple[int, int]]
) -> list[tuple[tuple[int, int], list[TensorPair]]]:
    groups: dict[tuple[int, int], list[TensorPair]] = {}
    for pair in pairs:
        groups.setdefault(key(pair), []).append(pair)
    return sorted(groups.items(), key=lambda item: item[0])


def _n_parameters(pairs: Iterable[TensorPair]) -> int:
    return sum(pair.n_parameters for pair in pairs)


def _tensor_figures(pair: TensorPair) -> TensorFigures:
    moments = pair.moments
    role = pair.subject.role
    return TensorFigures(
        subject=pair.subject.view.record,
        reference=pair.reference.view.record,
        role=str(role),
        group=role.group,
        layer=role.layer,
        expert=role.expert,
        shape=_shape(pair),
        n_parameters=pair.n_parameters,
        cosine=moments.cosine,
        pearson=moments.pearson,
        relative_residual=moments.relative_residual,
        slope=moments.slope,
        reverse_slope=moments.reverse_slope,
        equal_share=moments.n_equal / moments.n if moments.n else 0.0,
        max_abs_difference=moments.max_abs_difference,
        n_nonfinite=moments.n_nonfinite,
        fixed=pair.subject.fixed or pair.constant,
    )


def _shape(pair: TensorPair) -> tuple[int, ...]:
    """Shape of what was laid side by side, with one row a token first."""
    if pair.n_laid is None:
        return pair.subject.view.shape
    n_tokens = pair.subject.view.shape[pair.subject.axes.index(Axis.VOCAB)]
    width = pair.subject.n_parameters // n_tokens
    return (pair.n_laid // width, width)[: len(pair.subject.view.shape)]


def _leftovers(data: PairData) -> tuple[Leftover, ...]:
    """Gather the tensors nothing was found for, many alike in one row."""
    rows: dict[tuple[str, str, str, str], list[tuple[ResolvedTensor, int]]] = {}
    for leftover, n_parameters in rows_left(data):
        name = re.sub(r"\d+", "*", leftover.tensor.view.record)
        key = (leftover.side, name, leftover.reason.en, leftover.reason.ko)
        rows.setdefault(key, []).append((leftover.tensor, n_parameters))
    found = [
        Leftover(
            side="subject" if side == "subject" else "reference",
            name=tensors[0][0].view.record if len(tensors) == 1 else name,
            n_tensors=len(tensors),
            n_parameters=sum(n_parameters for _, n_parameters in tensors),
            reason=Localized(en=en, ko=ko),
        )
        for (side, name, en, ko), tensors in sorted(rows.items())
    ]
    return tuple(found[:MAX_LEFTOVERS])
