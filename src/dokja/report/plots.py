"""Figures as Vega-Lite specifications, made with Altair.

The module knows how each kind of figure is drawn, never what it proves. Colours are names of the
page's style properties, so that light, dark and print need no second drawing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from dokja.report.figures import HeatMap, Interval, LayerMap, NormPanel, NullFigure

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    import altair as alt

    from dokja.report.figures import Figure
    from dokja.report.text import Text

__all__ = ["HEAT_BREAKS", "draw"]

HEAT_BREAKS = (0.05, 0.2, 0.5, 0.8, 0.9, 0.95, 0.98, 0.995)
"""Where the colour of a heat map changes: fine near 1, where copies and strangers part."""
_HEAT_COLOURS = [f"var(--heat-{step})" for step in range(len(HEAT_BREAKS) + 1)]
_MOST_TICKS = 14
_ROW, _INTERVAL_ROW = 19, 44
"""Heights of rows in pixels. A height in steps cannot be combined with a width that fills its
place: Vega-Lite complains on the console."""

Chart: TypeAlias = Any
"""An Altair chart of any kind: its methods are hinted to return more kinds than they do."""
Rows: TypeAlias = list[dict[str, Any]]


def draw(figure: Figure, text: Text) -> dict[str, Any]:
    """Make the specification of a figure.

    Parameters
    ----------
    figure
        What it shows.
    text
        Language of the reader.

    Returns
    -------
    dict
        A Vega-Lite specification that fills the width of its place.
    """
    chart = _chart(figure, text)
    spec: dict[str, Any] = chart.properties(description=figure.alt).to_dict()
    # The page has one configuration for all of them.
    spec.pop("config", None)
    return spec


def _chart(figure: Figure, text: Text) -> Chart:
    match figure:
        case HeatMap():
            return _heat_map(figure, text)
        case NullFigure():
            return _null(figure, text)
        case NormPanel():
            return _norms(figure, text)
        case Interval():
            return _interval(figure, text)
        case LayerMap():
            return _layers(figure, text)


def _data(rows: Rows) -> alt.InlineData:
    import altair as alt  # noqa: PLC0415 - a quarter of a second that JSON and Markdown save

    return alt.InlineData(values=rows)


def _heat_map(figure: HeatMap, text: Text) -> Chart:
    import altair as alt  # noqa: PLC0415

    rows: Rows = [
        {"c": column, "r": row, "v": value, "n": n, "p": n_parameters}
        for column, row, value, n, n_parameters in figure.cells
    ]
    step = max(1, -(-len(figure.columns) // _MOST_TICKS))
    ticks = [c for place, c in enumerate(figure.columns) if place % step == 0 or not c.isdigit()]
    colour = alt.Color(
        "v:Q",
        legend=None,
        scale=alt.Scale(type="threshold", domain=list(HEAT_BREAKS), range=_HEAT_COLOURS),
    )
    return (
        alt.Chart(_data(rows))
        .mark_rect(stroke="var(--paper)", strokeWidth=0.75)
        .encode(
            x=alt.X(
                "c:N",
                sort=list(figure.columns),
                title=text("heat.layer"),
                axis=alt.Axis(values=ticks, labelAngle=0, labelOverlap="greedy"),
            ),
            y=alt.Y("r:N", sort=list(figure.rows), title=None),
            # A figure that is undefined has no colour on the scale.
            color=alt.condition("isValid(datum.v)", colour, alt.value("var(--undefined)")),
            tooltip=[
                alt.Tooltip("r:N", title=text("heat.kind")),
                alt.Tooltip("c:N", title=text("heat.layer")),
                alt.Tooltip("v:Q", title=text(f"heat.{figure.name}"), format=".4f"),
                alt.Tooltip("n:Q", title=text("heat.tensors"), format=","),
                alt.Tooltip("p:Q", title=text("heat.parameters"), format=","),
            ],
        )
        .properties(width="container", height=_ROW * max(len(figure.rows), 1))
    )


def _layer_axis(last: int, places: AbstractSet[float], text: Text) -> alt.Axis:
    """Make an axis of layers; what stands outside of them comes after the last, by its name."""
    import altair as alt  # noqa: PLC0415

    step = max(1, -(-(last + 1) // _MOST_TICKS))
    outside = json.dumps(text("heat.outside"), ensure_ascii=False)
    return alt.Axis(
        values=[*range(0, last + 1, step), *([last + 1] if last + 1 in places else [])],
        labelExpr=f"datum.value > {last} ? {outside} : format(datum.value, 'd')",
        labelOverlap="greedy",
        grid=False,
    )


def _whole(numbers: Iterable[int]) -> alt.Axis:
    """Make an axis with a tick at whole numbers only."""
    import altair as alt  # noqa: PLC0415

    last = max(numbers, default=0)
    step = max(1, -(-(last + 1) // _MOST_TICKS))
    return alt.Axis(values=list(range(0, last + 1, step)), format="d")


def _null(figure: NullFigure, text: Text) -> Chart:
    import altair as alt  # noqa: PLC0415

    rows: Rows = [
        {
            "x": point.place,
            "l": point.layer,
            "s": point.series,
            "r": round(point.ratio, 4),
            "f": point.found,
            "e": round(point.expected, 3),
            "n": point.n_units,
        }
        for point in figure.points
    ]
    series = list(dict.fromkeys(point.series for point in figure.points))
    controls = [text("null.off_map"), text("null.shuffled")]
    units = [name for name in series if name not in controls]
    colours = dict(zip(controls, ("var(--control-1)", "var(--control-2)"), strict=True))
    shapes = dict(zip(controls, ("diamond", "triangle-up"), strict=True))
    unit_colours = ("var(--series-1)", "var(--series-2)", "var(--series-3)")
    unit_shapes = ("circle", "square", "cross")
    for place, name in enumerate(units):
        colours[name] = unit_colours[place % 3]
        shapes[name] = unit_shapes[place % 3]
    top = max((point.ratio for point in figure.points), default=1.0)
    marks = [value for value in (0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000) if value <= 2 * top]
    y = alt.Y(
        "r:Q",
        title=text("null.y"),
        # Room for a multiple of 0, which a logarithm has no place for.
        scale=alt.Scale(type="symlog", constant=1, domain=[0, max(4.0, 1.4 * top)], nice=False),
        axis=alt.Axis(values=marks, format=",d"),
    )
    legend = alt.Legend(title=None, orient="top", columns=2, symbolOpacity=1)
    dots = (
        alt.Chart()
        .mark_point(filled=True, size=70, opacity=0.9)
        .encode(
            x=alt.X(
                "x:Q",
                title=text("null.x"),
                scale=alt.Scale(nice=False, zero=False, padding=12),
                axis=_layer_axis(figure.last_layer, {p.place for p in figure.points}, text),
            ),
            y=y,
            color=alt.Color(
                "s:N",
                scale=alt.Scale(domain=series, range=[colours[name] for name in series]),
                legend=legend,
            ),
            shape=alt.Shape(
                "s:N",
                scale=alt.Scale(domain=series, range=[shapes[name] for name in series]),
                legend=legend,
            ),
            tooltip=[
                alt.Tooltip("s:N", title=text("null.series")),
                alt.Tooltip("l:N", title=text("null.x")),
                alt.Tooltip("f:Q", title=text("null.found"), format=","),
                alt.Tooltip("e:Q", title=text("null.expected"), format=",.2f"),
                alt.Tooltip("r:Q", title=text("null.ratio"), format=",.1f"),
                alt.Tooltip("n:Q", title=text("null.units"), format=","),
            ],
        )
    )
    chance = alt.Chart().mark_rule(strokeDash=[5, 4], stroke="var(--ink-2)").encode(y=alt.datum(1))
    layered = alt.layer(chance, dots, data=_data(rows))
    return layered.properties(width="container", height=260)


def _norms(figure: NormPanel, text: Text) -> Chart:
    import altair as alt  # noqa: PLC0415

    rows: Rows = [
        {"x": place, "l": layer, "s": series, "v": round(value, 6), "r": role}
        for place, layer, series, value, role in figure.points
    ]
    lowest = min((row["v"] for row in rows), default=0.0)
    legend = alt.Legend(title=None, orient="top", symbolOpacity=1)
    series = list(figure.series)
    return (
        alt.Chart(_data(rows))
        .mark_point(filled=True, size=60, opacity=0.85)
        .encode(
            x=alt.X(
                "x:Q",
                title=text("norms.x"),
                scale=alt.Scale(nice=False, zero=False, padding=12),
                axis=_layer_axis(figure.last_layer, {row["x"] for row in rows}, text),
            ),
            y=alt.Y(
                "v:Q",
                title=text("norms.y"),
                scale=alt.Scale(domain=[min(-0.2, lowest), 1.05], nice=False),
                axis=alt.Axis(values=[-1, -0.5, 0, 0.25, 0.5, 0.75, 1], format=".2~f"),
            ),
            color=alt.Color(
                "s:N",
                scale=alt.Scale(
                    domain=series,
                    range=["var(--control-1)", "var(--control-2)", "var(--series-1)"],
                ),
                legend=legend,
            ),
            shape=alt.Shape(
                "s:N",
                scale=alt.Scale(domain=series, range=["square", "triangle-up", "circle"]),
                legend=legend,
            ),
            tooltip=[
                alt.Tooltip("r:N", title=text("norms.role")),
                alt.Tooltip("l:N", title=text("norms.x")),
                alt.Tooltip("s:N", title=text("heat.value")),
                alt.Tooltip("v:Q", title=text("norms.y"), format=".4f"),
            ],
        )
        .properties(width="container", height=240)
    )


def _interval(figure: Interval, text: Text) -> Chart:
    import altair as alt  # noqa: PLC0415

    rows: Rows = [
        {"s": label, "m": ratio, "a": low, "b": high} for label, ratio, low, high in figure.rows
    ]
    marks: Rows = [
        {"x": 0, "t": text("retention.twin")},
        {"x": 1, "t": text("retention.child")},
    ]
    low = min(-0.1, *(row["a"] for row in rows))
    high = max(1.2, *(row["b"] for row in rows))
    scale = alt.Scale(domain=[low, high], nice=True)
    axis = alt.Axis(tickCount=6, grid=False)
    y = alt.Y("s:N", title=None, sort=None, axis=alt.Axis(labelLimit=170))
    tooltip = [
        alt.Tooltip("s:N", title=text("retention.measure")),
        alt.Tooltip("m:Q", title=text("retention.axis"), format=".3f"),
        alt.Tooltip("a:Q", title="2.5%", format=".3f"),
        alt.Tooltip("b:Q", title="97.5%", format=".3f"),
    ]
    x = alt.X("m:Q", title=text("retention.axis"), scale=scale, axis=axis)
    lines = (
        alt.Chart(_data(rows))
        .mark_rule(strokeWidth=2.5, stroke="var(--series-1)")
        .encode(x=alt.X("a:Q", scale=scale, axis=axis), x2="b:Q", y=y, tooltip=tooltip)
    )
    dots = (
        alt.Chart(_data(rows))
        .mark_point(filled=True, size=110, color="var(--series-1)")
        .encode(x=x, y=y, tooltip=tooltip)
    )
    rules = (
        alt.Chart(_data(marks))
        .mark_rule(strokeDash=[5, 4], stroke="var(--ink-2)")
        .encode(x=alt.X("x:Q", scale=scale))
    )
    labels = (
        alt.Chart(_data(marks))
        .mark_text(align="center", dy=-8, fill="var(--ink-2)", fontSize=12)
        .encode(x=alt.X("x:Q", scale=scale), y=alt.value(0), text="t:N")
    )
    height = _INTERVAL_ROW * max(len(figure.rows), 1)
    return alt.layer(rules, labels, lines, dots).properties(width="container", height=height)


def _layers(figure: LayerMap, text: Text) -> Chart:
    import altair as alt  # noqa: PLC0415

    rows: Rows = [{"x": a, "y": b, "v": round(value, 5)} for a, b, value in figure.cells]
    scale = alt.Scale(nice=False, zero=False, padding=14)
    return (
        alt.Chart(_data(rows))
        .mark_point(filled=True, shape="square", opacity=1, fill="var(--series-1)")
        .encode(
            x=alt.X(
                "x:Q", title=text("layers.x"), axis=_whole(row["x"] for row in rows), scale=scale
            ),
            y=alt.Y(
                "y:Q", title=text("layers.y"), axis=_whole(row["y"] for row in rows), scale=scale
            ),
            size=alt.Size(
                "v:Q",
                title=text("layers.share"),
                scale=alt.Scale(domain=[0, 1], range=[10, 220]),
                legend=alt.Legend(orient="top", format=".0%", values=[0.1, 0.5, 1]),
            ),
            tooltip=[
                alt.Tooltip("x:Q", title=text("layers.x"), format="d"),
                alt.Tooltip("y:Q", title=text("layers.y"), format="d"),
                alt.Tooltip("v:Q", title=text("layers.share"), format=".1%"),
            ],
        )
        .properties(width="container", height=260)
    )
