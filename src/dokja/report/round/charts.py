"""Figures of the programme's pages as Vega-Lite specifications, made with Altair.

The module knows how each shape is drawn, never what it says. Colours are names of the page's
style properties, so that light, dark and print need no second drawing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias
from unicodedata import east_asian_width

from dokja.report.round.shapes import Bars, Lines, Stacks, Tornado

if TYPE_CHECKING:
    import altair as alt

    from dokja.report.round.shapes import Shape

__all__ = ["draw_shape"]

_ROW: Final = 46
_THIN: Final = 34
_LABEL: Final = 132
"""Width of a row's name; a longer one has a second line, and stands whole in the table."""
_COLUMNS: Final = 18
"""Letters that fit into that width; of wide ones two thirds as many."""

Chart: TypeAlias = Any
"""An Altair chart of any kind: its methods are hinted to return more kinds than they do."""
Rows: TypeAlias = list[dict[str, Any]]


def draw_shape(shape: Shape, alt_text: str) -> dict[str, Any]:
    """Make the specification of a figure.

    Parameters
    ----------
    shape
        What it shows.
    alt_text
        The same in words.

    Returns
    -------
    dict
        A Vega-Lite specification that fills the width of its place.
    """
    chart = _chart(shape)
    spec: dict[str, Any] = chart.properties(description=alt_text).to_dict()
    # The page has one configuration for all of them.
    spec.pop("config", None)
    return spec


def _chart(shape: Shape) -> Chart:
    match shape:
        case Stacks():
            return _stacks(shape)
        case Lines():
            return _lines(shape)
        case Tornado():
            return _tornado(shape)
        case Bars():
            return _bars(shape)
        case _:
            return shape.chart()


def _data(rows: Rows) -> alt.InlineData:
    import altair as alt  # noqa: PLC0415 - a quarter of a second that JSON and Markdown save

    return alt.InlineData(values=rows)


def _names(rows: tuple[str, ...]) -> alt.Y:
    import altair as alt  # noqa: PLC0415

    axis = alt.Axis(
        labelLimit=_LABEL,
        labelFontSize=13,
        labelLineHeight=14,
        labelColor="var(--ink)",
        labelExpr=_lines_of(rows),
    )
    return alt.Y("r:N", title=None, sort=list(rows), axis=axis)


def _lines_of(rows: tuple[str, ...]) -> str:
    """Return the expression that breaks a long name into two lines, between words."""
    wide = any(east_asian_width(letter) in "WF" for row in rows for letter in row)
    n = _COLUMNS * 2 // 3 if wide else _COLUMNS
    broken = f"replace(datum.label, regexp('^(.{{1,{n}}}) '), '$1\\n')"
    return f"split(length(datum.label) > {n} ? {broken} : datum.label, '\\n')"


def _stacks(shape: Stacks) -> Chart:
    import altair as alt  # noqa: PLC0415

    names = [name for _, name in shape.series]
    colours = [f"var(--{colour})" for colour, _ in shape.series]
    rows: Rows = [
        {"r": row, "s": series, "a": start, "b": end, "t": words}
        for row, series, start, end, words in shape.segments
    ]
    scale = alt.Scale(domain=[0, shape.high], nice=False)
    axis = alt.Axis(tickCount=6, title=shape.axis)
    bars = (
        alt.Chart(_data(rows))
        .mark_bar(height=22, stroke="var(--paper)", strokeWidth=1)
        .encode(
            x=alt.X("a:Q", scale=scale, axis=axis),
            x2="b:Q",
            y=_names(shape.rows),
            color=alt.Color(
                "s:N",
                scale=alt.Scale(domain=names, range=colours),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("r:N", title=" "),
                alt.Tooltip("s:N", title="  "),
                alt.Tooltip("t:N", title="   "),
            ],
        )
    )
    ends: Rows = [{"r": row, "b": end, "t": words} for row, end, words in shape.ends]
    words = (
        alt.Chart(_data(ends))
        # Above the bar, so that no width is too small for it.
        .mark_text(
            align="left", dy=-19, fill="var(--ink)", fontSize=12.5, limit=alt.ExprRef("width")
        )
        .encode(x=alt.value(1), y=_names(shape.rows), text="t:N")
    )
    layers = [bars, words]
    if shape.rule is not None:
        rule = alt.Chart(_data([{"x": shape.rule}])).mark_rule(
            stroke="var(--ink-2)", strokeDash=[5, 4]
        )
        layers.append(rule.encode(x=alt.X("x:Q", scale=scale, axis=axis)))
    height = (_ROW + 10) * max(len(shape.rows), 1)
    return alt.layer(*layers).properties(width="container", height=height)


def _lines(shape: Lines) -> Chart:
    import altair as alt  # noqa: PLC0415

    rows: Rows = [
        {"r": row, "s": series, "a": low, "b": high, "m": point, "t": words}
        for row, series, low, high, point, words in shape.ranges
    ]
    scale = alt.Scale(domain=[shape.low, shape.high], nice=False)
    ticks = {"values": list(range(int(shape.low + 1), int(shape.high) + 1)), "format": "d"}
    axis = alt.Axis(title=shape.axis, grid=True, **(ticks if shape.whole else {"tickCount": 6}))
    domain = [name for _, name in shape.series]
    widths = [14 if place == 0 and len(domain) > 1 else 4 for place in range(len(domain))]
    colours = [f"var(--{colour})" for colour, _ in shape.series]
    colour = alt.Color(
        "s:N",
        scale=alt.Scale(domain=domain, range=colours),
        legend=None,
    )
    tooltip = [alt.Tooltip("r:N", title=" "), alt.Tooltip("t:N", title="  ")]
    x = alt.X("a:Q", scale=scale, axis=axis)
    layers = [
        alt.Chart(_data([row for row in rows if row["s"] == name]))
        .mark_rule(strokeWidth=width, strokeCap="round")
        .encode(x=x, x2="b:Q", y=_names(shape.rows), color=colour, tooltip=tooltip)
        for name, width in zip(domain, widths, strict=True)
    ]
    known = [row for row in rows if row["m"] is not None]
    layers.append(
        alt.Chart(_data(known))
        .mark_point(filled=True, size=130, fill="var(--series-1)", opacity=1)
        .encode(x=alt.X("m:Q", scale=scale, axis=axis), y=_names(shape.rows), tooltip=tooltip)
    )
    if shape.rule is not None:
        at, label = shape.rule
        line = alt.Chart(_data([{"x": at, "t": label}]))
        layers.append(
            line.mark_rule(stroke="var(--ink-2)", strokeDash=[5, 4]).encode(
                x=alt.X("x:Q", scale=scale, axis=axis)
            )
        )
    height = _ROW * max(len(shape.rows), 1)
    return alt.layer(*layers).properties(width="container", height=height)


def _tornado(shape: Tornado) -> Chart:
    import altair as alt  # noqa: PLC0415

    (kept, keep), (turned, flip) = shape.series
    rows: Rows = [
        {"r": row, "a": low, "b": high, "t": words, "s": flip if flips else keep}
        for row, low, high, words, flips in shape.rows
    ]
    ends = [shape.now, 0.0, *(row["a"] for row in rows), *(row["b"] for row in rows)]
    room = 0.06 * (max(ends) - min(ends) or 1.0)
    scale = alt.Scale(domain=[min(ends) - room, max(ends) + room], nice=True)
    axis = alt.Axis(tickCount=6, title=shape.axis)
    names = list(dict.fromkeys(row[0] for row in shape.rows))
    places = alt.Y("r:N", title=None, sort=names, axis=None)
    bars = (
        alt.Chart(_data(rows))
        .mark_bar(height=16)
        .encode(
            x=alt.X("a:Q", scale=scale, axis=axis),
            x2="b:Q",
            y=places,
            color=alt.Color(
                "s:N",
                scale=alt.Scale(domain=[keep, flip], range=[f"var(--{kept})", f"var(--{turned})"]),
                legend=None,
            ),
            tooltip=[alt.Tooltip("r:N", title=" "), alt.Tooltip("t:N", title="  ")],
        )
    )
    marks: Rows = [{"x": shape.now, "t": shape.now_words}, {"x": 0, "t": shape.zero_words}]
    rules = (
        alt.Chart(_data(marks))
        .mark_rule()
        .encode(
            x=alt.X("x:Q", scale=scale, axis=axis),
            stroke=alt.Stroke(
                "t:N",
                scale=alt.Scale(
                    domain=[shape.now_words, shape.zero_words], range=["var(--ink-2)", "var(--ink)"]
                ),
                legend=None,
            ),
            strokeDash=alt.condition("datum.x == 0", alt.value([1, 0]), alt.value([5, 4])),
        )
    )
    # A name says what was changed and how: it stands above its bar, where there is room for it.
    words = (
        alt.Chart(_data([{"r": name} for name in names]))
        .mark_text(
            align="left", dy=-17, fill="var(--ink)", fontSize=12.5, limit=alt.ExprRef("width")
        )
        .encode(x=alt.value(1), y=places, text="r:N")
    )
    height = _ROW * max(len(names), 1)
    return alt.layer(rules, bars, words).properties(width="container", height=height)


def _bars(shape: Bars) -> Chart:
    import altair as alt  # noqa: PLC0415

    rows: Rows = [
        {"r": row, "v": value, "t": words, "s": group} for row, value, words, group in shape.rows
    ]
    scale = alt.Scale(domain=[0, shape.high], nice=False)
    axis = alt.Axis(tickCount=6, title=shape.axis)
    names = tuple(row[0] for row in shape.rows)
    domain = [name for _, name in shape.series]
    colours = [f"var(--{colour})" for colour, _ in shape.series]
    bars = (
        alt.Chart(_data(rows))
        .mark_bar(height=15)
        .encode(
            x=alt.X("v:Q", scale=scale, axis=axis),
            y=_names(names),
            color=alt.Color(
                "s:N",
                scale=alt.Scale(domain=domain, range=colours),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("r:N", title=" "),
                alt.Tooltip("s:N", title="  "),
                alt.Tooltip("t:N", title="   "),
            ],
        )
    )
    words = (
        alt.Chart(_data(rows))
        .mark_text(align="left", dx=4, fill="var(--ink)", fontSize=12)
        .encode(x=alt.X("v:Q", scale=scale, axis=axis), y=_names(names), text="t:N")
    )
    height = _THIN * max(len(names), 1)
    return alt.layer(bars, words).properties(width="container", height=height)
