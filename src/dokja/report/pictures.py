"""What the figures of a pair show: heat maps, the null, norm vectors, the map of layers.

The module knows which figures of the document go into which picture, never how it is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.report.digits import correlation, count, decimal, share
from dokja.report.figures import Block, HeatMap, LayerMap, NormPanel, NullFigure, NullPoint
from dokja.report.names import kind_of, show

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dokja.document.audit import (
        ComponentResult,
        LayerSearchEvidence,
        NormPanelEvidence,
        TensorFigures,
        UnitGroupFigures,
        UnitsEvidence,
    )
    from dokja.report.text import Text

__all__ = ["heat_block", "layer_map_block", "norm_block", "null_block"]

_MOST_KINDS, _MOST_LAYERS = 40, 400
"""More rows are folded to groups; more columns could not be told apart."""
_LEAST_SHARE = 0.02
"""Units in place in the best of the layers, below which a map of layers shows nothing."""
_GROUPS = ("embedding", "conv", "norm", "attention", "router", "mlp", "bias", "head", "other")


def _place(group: str) -> int:
    return _GROUPS.index(group) if group in _GROUPS else len(_GROUPS)


def _row_names(tensors: list[TensorFigures], text: Text) -> dict[tuple[str, str], str]:
    """Name the row of every kind of tensor; of every group where kinds are too many."""
    kinds = sorted({(t.group, kind_of(t.role)) for t in tensors}, key=lambda k: (_place(k[0]), k))
    if len(kinds) > _MOST_KINDS:
        return {
            (group, kind): text.either(f"roles.{group}", show(group, text, longest=40))
            for group, kind in kinds
        }
    return {(group, kind): show(kind, text, longest=40) for group, kind in kinds}


def _heat_map(
    name: str, tensors: list[TensorFigures], result: ComponentResult, text: Text
) -> HeatMap:
    outside = text("heat.outside")
    rows = _row_names(tensors, text)
    layers = sorted({tensor.layer for tensor in tensors if tensor.layer is not None})
    columns = [str(layer) for layer in layers]
    if any(tensor.layer is None for tensor in tensors):
        columns.append(outside)
    cells: dict[tuple[str, str], list[TensorFigures]] = {}
    for tensor in tensors:
        column = outside if tensor.layer is None else str(tensor.layer)
        row = rows[tensor.group, kind_of(tensor.role)]
        cells.setdefault((column, row), []).append(tensor)
    mean = getattr(result, name).weighted
    return HeatMap(
        name=name,
        columns=tuple(columns),
        rows=tuple(dict.fromkeys(rows.values())),
        cells=tuple(
            (column, row, _mean(name, part), len(part), sum(t.n_parameters for t in part))
            for (column, row), part in cells.items()
        ),
        alt=text("heat.alt", figure=text(f"heat.{name}"), mean=correlation(mean)),
    )


def _mean(name: str, tensors: list[TensorFigures]) -> float | None:
    """Mean of one figure weighted by parameters, over the tensors that have it."""
    known = [(getattr(t, name), t.n_parameters) for t in tensors if getattr(t, name) is not None]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total else None


def heat_block(result: ComponentResult, text: Text) -> Block | None:
    """Show cosine and Pearson by layer and role.

    Parameters
    ----------
    result
        One component against one reference.
    text
        Language of the reader.

    Returns
    -------
    Block or None
        Two heat maps on one scale; None where there are fewer than two layers to tell apart.
    """
    tensors = [tensor for tensor in result.tensors if not tensor.fixed]
    layers = {tensor.layer for tensor in tensors} - {None}
    if not 1 < len(layers) <= _MOST_LAYERS:
        return None
    figures = tuple(_heat_map(name, tensors, result, text) for name in ("cosine", "pearson"))
    title, caption = text("heat.title"), text("heat.caption")
    return Block("heat", title, figures=figures, caption=caption)


def _series(units: str, text: Text) -> str:
    return (
        text(f"null.{units}")
        if units in {"mlp", "value"}
        else text("null.other", name=show(units, text, longest=40))
    )


def _layer_points(groups: Iterable[UnitGroupFigures], last: int, text: Text) -> list[NullPoint]:
    """Add up the groups of one layer that hold units of one kind (its heads, its experts)."""
    totals: dict[tuple[int | None, str], tuple[int, float, int]] = {}
    for group in groups:
        found, expected, n = totals.get((group.layer, group.units), (0, 0.0, 0))
        chance = group.n_mutual / group.n if group.n else 0.0
        key = (group.layer, group.units)
        totals[key] = found + group.n_in_place, expected + chance, n + group.n
    return [
        NullPoint(
            place=last + 1 if layer is None else layer,
            layer=text("heat.outside") if layer is None else str(layer),
            series=_series(units, text),
            found=found,
            expected=expected,
            n_units=n,
        )
        for (layer, units), (found, expected, n) in totals.items()
    ]


def null_block(item: UnitsEvidence, text: Text) -> Block:
    """Show what was found in place against what chance gives, with both controls.

    Parameters
    ----------
    item
        The evidence.
    text
        Language of the reader.

    Returns
    -------
    Block
        One figure.
    """
    last = max((group.layer for group in item.groups if group.layer is not None), default=0)
    gap = max(1.0, last / 20)
    controls = (
        ("off_map", item.off_map_statistic, item.off_map_expected),
        ("shuffled", item.shuffled_statistic, item.shuffled_expected),
    )
    points = [
        *_layer_points(item.groups, last, text),
        *(
            NullPoint(
                place=last + 1 + gap * step,
                layer=text("page.unknown"),
                series=text(f"null.{name}"),
                found=found,
                expected=expected,
                n_units=None,
            )
            for step, (name, found, expected) in enumerate(controls, start=1)
        ),
    ]
    alt = text(
        "null.alt",
        found=count(item.statistic),
        expected=decimal(item.expected),
        off_map=count(item.off_map_statistic),
        off_map_expected=decimal(item.off_map_expected),
        shuffled=count(item.shuffled_statistic),
        shuffled_expected=decimal(item.shuffled_expected),
    )
    figure = NullFigure(tuple(points), last, alt)
    title, caption = text("null.title"), text("null.caption")
    return Block("null", title, figures=(figure,), caption=caption)


def norm_block(index: int, item: NormPanelEvidence, text: Text) -> Block:
    """Show the cosine of norm vectors that misleads beside the figures that do not.

    Parameters
    ----------
    index
        Place in the document's evidence.
    item
        The evidence.
    text
        Language of the reader.

    Returns
    -------
    Block
        The lesson in a sentence, and one figure.
    """
    values = {
        "cosine": correlation(item.mean_cosine),
        "shuffled": correlation(item.mean_shuffled_cosine),
        "pearson": correlation(item.mean_pearson),
    }
    paragraphs = []
    if item.mean_cosine is not None and item.mean_shuffled_cosine is not None:
        # Useless where shuffling leaves more of the cosine's way to 1 than it takes away.
        survives = item.mean_shuffled_cosine > 0.5 * item.mean_cosine
        key = "useless" if survives else "useful"
        paragraphs.append(text(f"norms.{key}", **values))
    if item.joint_z is not None:
        paragraphs.append(text("norms.joint", z=decimal(item.joint_z)))
    last = max((row.layer for row in item.rows if row.layer is not None), default=-1)
    points = [
        (
            float(last + 1 if row.layer is None else row.layer),
            text("heat.outside") if row.layer is None else str(row.layer),
            text(f"norms.{name}"),
            value,
            show(kind_of(row.role), text, longest=60),
        )
        for row in item.rows
        for name, value in (
            ("cosine", row.cosine),
            ("shuffled", row.shuffled_cosine),
            ("pearson", row.pearson),
        )
        if value is not None
    ]
    series = (text("norms.cosine"), text("norms.shuffled"), text("norms.pearson"))
    figure = NormPanel(tuple(points), last, series, text("norms.alt", **values))
    return Block(
        "norms",
        text("norms.title"),
        tuple(paragraphs),
        figures=(figure,) if points else (),
        caption=text("norms.caption"),
        anchors=(index,),
    )


def layer_map_block(item: LayerSearchEvidence, text: Text) -> Block:
    """Show in which layer of the reference each layer finds its units.

    Parameters
    ----------
    item
        The evidence.
    text
        Language of the reader.

    Returns
    -------
    Block
        One figure, and what was found in words.
    """
    totals: dict[tuple[int, int], tuple[int, int]] = {}
    for group in item.best_map:
        if group.layer is not None and group.reference_layer is not None:
            found, n = totals.get((group.layer, group.reference_layer), (0, 0))
            key = (group.layer, group.reference_layer)
            totals[key] = found + group.n_in_place, n + group.n
    cells = tuple((a, b, found / n if n else 0.0) for (a, b), (found, n) in totals.items())
    layers = {a for a, _, _ in cells}
    alt = text("layers.alt", n=count(len(layers)), share=share(item.in_place_share))
    description = item.description.text(text.language)
    # The best of many maps of strangers is a map of chance.
    is_found = max((value for _, _, value in cells), default=0.0) >= _LEAST_SHARE
    return Block(
        "layers",
        text("layers.title"),
        (show(description, text, longest=2000),) if description else (),
        figures=(LayerMap(cells, alt),) if is_found else (),
        caption=text("layers.caption") if is_found else "",
    )
