"""Records to logical tensors: splits and transposes as views, axes checked against sizes.

The module applies the rules of a family that was found; it neither finds one nor reads values.
A split is made only where the shape agrees with all sizes it needs; else the tensor stays whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.arch.layout import Piece, SizeError
from dokja.arch.role import Axis, Reason, ResolvedTensor, Span, TensorRole, TensorView
from dokja.arch.sizes import logical_shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dokja.arch.family import Target, TensorRule
    from dokja.arch.hits import Hit
    from dokja.arch.sizes import Sizes

__all__ = ["EXTRA", "Plan", "build_tensors", "make_plan", "n_fitting"]


EXTRA = "mtp."
"""What the kinds of a layer that predicts tokens further ahead begin with."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of all records of one rule and shape.

    Parameters
    ----------
    pieces
        Kind, axes and place of each logical tensor.
    fits
        Whether shape and sizes agree with the rule.
    note
        What a reader should know, or None.
    """

    pieces: tuple[tuple[str, tuple[Axis, ...], Piece], ...]
    fits: bool
    note: Reason | None = None


def _whole_kind(rule: TensorRule) -> str:
    """Kind of a fused tensor that is left whole: ``attention.q+k+v.weight``."""
    kinds = [target.kind for target in rule.targets]
    if len(kinds) == 1:
        return kinds[0]
    stems = [kind.rpartition(".") for kind in kinds]
    owner = stems[0][0].rpartition(".")[0]
    names = "+".join(stem.rpartition(".")[2] for stem, _, _ in stems)
    return ".".join(part for part in (owner, names, stems[0][2]) if part)


def _not_split(cause: str) -> Reason:
    return Reason(
        "not_split",
        f"left whole, because the sizes needed to split it do not agree: {cause}",
        f"나누는 데 필요한 크기가 맞지 않아 통째로 둠: {cause}",
    )


def _other_size(size: int, expected: int) -> Reason:
    return Reason(
        "other_size",
        f"an axis of {size} where the residual width {expected} was expected",
        f"잔차 폭 {expected}이어야 할 축의 크기가 {size}임",
    )


def _whole_piece(shape: tuple[int, ...], logical: tuple[int, ...]) -> Piece:
    index = tuple(Span(0, n) for n in shape)
    return Piece(0, None, shape, index, tuple(range(len(shape))), logical)


def _checked_axes(
    axes: tuple[Axis, ...], shape: tuple[int, ...], residual: int | None
) -> tuple[tuple[Axis, ...], Reason | None]:
    """Axes with those taken out that cannot be residual because of their size."""
    note: Reason | None = None
    checked = list[Axis]()
    for axis, size in zip(axes, shape, strict=True):
        if axis is Axis.RESIDUAL and residual is not None and size != residual:
            note = _other_size(size, residual)
            checked.append(Axis.OTHER)
        else:
            checked.append(axis)
    return tuple(checked), note


def _plain_plan(target: Target, shape: tuple[int, ...], residual: int | None) -> Plan:
    logical = logical_shape(shape, len(target.axes))
    if logical is None:
        note = _not_split(f"{len(shape)} axes where {len(target.axes)} are expected")
        piece = _whole_piece(shape, shape)
        return Plan(((target.kind, (Axis.OTHER,) * len(shape), piece),), fits=False, note=note)
    axes, doubt = _checked_axes(target.axes, logical, residual)
    pieces = ((target.kind, axes, _whole_piece(shape, logical)),)
    return Plan(pieces, fits=doubt is None, note=doubt)


def _left_whole(rule: TensorRule, shape: tuple[int, ...], residual: int | None, why: str) -> Plan:
    """Leave a fused tensor as it lies; name its residual axis only if one axis alone can be it."""
    axes = [Axis.OTHER] * len(shape)
    expects_residual = any(Axis.RESIDUAL in target.axes for target in rule.targets)
    if expects_residual and residual is not None and shape.count(residual) == 1:
        axes[shape.index(residual)] = Axis.RESIDUAL
    piece = _whole_piece(shape, shape)
    return Plan(((_whole_kind(rule), tuple(axes), piece),), fits=False, note=_not_split(why))


def make_plan(rule: TensorRule, shape: tuple[int, ...], sizes: Sizes) -> Plan:
    """Decide what becomes of a record of one shape.

    Parameters
    ----------
    rule
        The rule that names it.
    shape
        Its shape.
    sizes
        Sizes of the component.

    Returns
    -------
    Plan
        The logical tensors in it; together they hold each element once.
    """
    residual = sizes.symbols.get("residual")
    if not rule.layouts:
        return _plain_plan(rule.targets[0], shape, residual)
    solutions: list[list[Piece]] = []
    why = ""
    for layout in rule.layouts:
        try:
            solutions.append(layout.solve(shape, sizes.symbols))
        except SizeError as error:
            why = why or str(error)
    if len(solutions) != 1:
        return _left_whole(rule, shape, residual, why if not solutions else "two layouts fit")
    pieces = []
    for piece in solutions[0]:
        target = rule.targets[piece.part]
        if len(piece.shape) != len(target.axes):
            return _left_whole(rule, shape, residual, "another number of axes")
        axes, note = _checked_axes(target.axes, piece.shape, residual)
        if note:
            return _left_whole(rule, shape, residual, note.en)
        pieces.append((target.kind, axes, piece))
    return Plan(tuple(pieces), fits=True)


def n_fitting(hits: Iterable[Hit], sizes: Sizes) -> int:
    """Count the records that agree with their rule, less those that contradict it.

    Parameters
    ----------
    hits
        Records of a family.
    sizes
        Sizes of the component.

    Returns
    -------
    int
        The difference.
    """
    return sum(
        n if make_plan(hit.rule, shape, sizes).fits else -n
        for hit in hits
        for shape, n in hit.shapes.items()
    )


def _extra_layers(hits: Iterable[Hit]) -> dict[int | None, str]:
    """Find the layers that predict tokens further ahead: they stand after the last block.

    They are counted apart, because what is trained on from a model often leaves them out, and
    the layers of the two must still be paired.
    """
    found = {
        item.layer
        for hit in hits
        if hit.rule.targets[0].kind.startswith(EXTRA)
        for item in hit.records
        if item.layer is not None
    }
    return {n: EXTRA if i == 0 else f"mtp{i + 1}." for i, n in enumerate(sorted(found))}


def build_tensors(component: str, hits: Sequence[Hit], sizes: Sizes) -> Iterator[ResolvedTensor]:
    """Make the logical tensors of a component.

    Parameters
    ----------
    component
        Its name.
    hits
        Its records.
    sizes
        Its sizes.

    Yields
    ------
    ResolvedTensor
        In the order of the rules.
    """
    extra = _extra_layers(hits)
    for hit in hits:
        plans = {shape: make_plan(hit.rule, shape, sizes) for shape in hit.shapes}
        for record, layer, expert in hit.records:
            plan = plans[record.shape]
            stem = extra.get(layer)
            for kind, axes, piece in plan.pieces:
                number = expert if piece.expert is None else piece.expert
                if stem is None:
                    role = TensorRole(component, layer, number, kind)
                else:
                    role = TensorRole(component, None, number, stem + kind.removeprefix(EXTRA))
                yield ResolvedTensor(
                    role,
                    TensorView(
                        record.name,
                        piece.split_shape,
                        piece.index,
                        piece.permute,
                        piece.shape,
                        record.shape,
                    ),
                    axes,
                    hit.rule.fixed,
                    inferred=False,
                    note=plan.note,
                )
