"""Figures of a training run: curves over steps, and a map of cosines.

The module knows how each is drawn, never what it says. Colours are names of the page's style
properties, so that light, dark and print need no second drawing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Curves", "HeatMap"]

_HEIGHT = 260


@dataclass(frozen=True, slots=True)
class Curves:
    """Lines over steps: series, step, value, words; `rule` is a line at one height."""

    series: tuple[tuple[str, str], ...]
    """Style property of each colour, and what it stands for."""
    points: tuple[tuple[str, int, float, str], ...]
    x: str
    y: str
    rule: float | None = None
    stepped: bool = False
    marks: tuple[int, ...] = ()
    """Steps at which something was found."""

    def chart(self) -> Any:  # noqa: ANN401 - an Altair chart of some kind
        """Draw it.

        Returns
        -------
        Chart
            As wide as its place.
        """
        import altair as alt  # noqa: PLC0415 - a quarter of a second that others save

        rows = [{"s": s, "x": x, "y": y, "t": words} for s, x, y, words in self.points]
        names = [name for _, name in self.series]
        colours = [f"var(--{colour})" for colour, _ in self.series]
        x = alt.X("x:Q", title=self.x, axis=alt.Axis(format="~s", tickCount=6, grid=False))
        y = alt.Y("y:Q", title=self.y, axis=alt.Axis(tickCount=5), scale=alt.Scale(zero=True))
        base = alt.Chart(alt.InlineData(values=rows)).encode(
            x=x,
            y=y,
            color=alt.Color("s:N", scale=alt.Scale(domain=names, range=colours), legend=None),
            tooltip=[alt.Tooltip("t:N", title=" ")],
        )
        line = base.mark_line(
            strokeWidth=2, interpolate="step-before" if self.stepped else "linear"
        )
        layers = [line]
        if len(rows) <= 120:
            layers.append(base.mark_point(filled=True, size=42, opacity=1))
        if self.rule is not None:
            limit = alt.Chart(alt.InlineData(values=[{"y": self.rule}]))
            layers.append(
                limit.mark_rule(stroke="var(--series-6)", strokeDash=[5, 4]).encode(y="y:Q")
            )
        if self.marks:
            found = alt.Chart(alt.InlineData(values=[{"x": step} for step in self.marks]))
            layers.append(
                found.mark_rule(stroke="var(--series-6)", strokeWidth=1, opacity=0.6).encode(
                    x="x:Q"
                )
            )
        return alt.layer(*layers).properties(width="container", height=_HEIGHT)


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Values from -1 to 1 of every two intervals: row, column, value, words."""

    names: tuple[str, ...]
    cells: tuple[tuple[str, str, float, str], ...]

    def chart(self) -> Any:  # noqa: ANN401 - an Altair chart of some kind
        """Draw it.

        Returns
        -------
        Chart
            As wide as its place.
        """
        import altair as alt  # noqa: PLC0415 - a quarter of a second that others save

        rows = [{"r": r, "c": c, "v": v, "t": words} for r, c, v, words in self.cells]
        order = list(self.names)
        every = max(1, len(order) // 12)
        shown = [name for place, name in enumerate(order) if place % every == 0]
        axis = alt.Axis(values=shown, labelAngle=0, labelOverlap=True)
        # One hue for each sign, as strong as the value: both themes keep the paper at nought.
        cells = (
            alt.Chart(alt.InlineData(values=rows))
            .mark_rect()
            .encode(
                x=alt.X("c:N", sort=order, title=None, axis=axis),
                y=alt.Y("r:N", sort=order, title=None, axis=alt.Axis(values=shown)),
                fill=alt.condition(
                    "datum.v >= 0", alt.value("var(--series-1)"), alt.value("var(--series-6)")
                ),
                opacity=alt.Opacity(
                    "a:Q", scale=alt.Scale(domain=[0, 1], range=[0.04, 1]), legend=None
                ),
                tooltip=[alt.Tooltip("t:N", title=" ")],
            )
            .transform_calculate(a="abs(datum.v)")
        )
        return cells.properties(width="container", height=min(30 * len(order) + 40, 420))
