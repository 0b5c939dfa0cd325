"""The report as one self-contained page that loads nothing and obeys no name.

The module knows what the page needs beside its view, never what the report means.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from dokja.report.page import json_for_script, powers, render_page
from dokja.report.plots import HEAT_BREAKS, draw
from dokja.report.view import make_view

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.document.audit import AuditReport
    from dokja.report.figures import Figure
    from dokja.report.pair import Pair
    from dokja.report.renderer import Language
    from dokja.report.view import View

__all__ = ["RENDERER", "HtmlRenderer", "heat_legend", "json_for_script", "powers"]


def _pairs(view: View) -> Iterator[Pair]:
    for component in view.components:
        yield from component.pairs


def _figures(view: View) -> list[Figure]:
    blocks = (block for pair in _pairs(view) for block in pair.blocks)
    return [figure for block in blocks for figure in block.figures]


def _anchors(view: View) -> frozenset[int]:
    blocks = [block for pair in _pairs(view) for block in pair.blocks]
    in_blocks = [index for block in blocks for index in block.anchors]
    records = [record for block in blocks for record in block.records]
    return frozenset([*in_blocks, *(index for record in records for index in record.anchors)])


def heat_legend(view: View) -> tuple[tuple[int, str], ...]:
    """Name the steps of the colour scale.

    Parameters
    ----------
    view
        The report in the language of its reader.

    Returns
    -------
    tuple
        Number and name of each step.
    """
    first, last = f"{HEAT_BREAKS[0]:g}", f"{HEAT_BREAKS[-1]:g}"
    labels = [
        view.text("heat.below", x=first),
        *(f"{low:g}–{high:g}" for low, high in pairwise(HEAT_BREAKS)),
        view.text("heat.above", x=last),
    ]
    return tuple(enumerate(labels))


@dataclass(frozen=True, slots=True)
class HtmlRenderer:
    """Writes the page: for a minute's reading on top, with all evidence below."""

    name: str = "html"
    suffix: str = ".html"
    media_type: str = "text/html"

    def render(self, report: AuditReport, *, language: Language = "en") -> bytes:
        """Write the report as one page.

        Parameters
        ----------
        report
            The report.
        language
            Language of all words that are not names.

        Returns
        -------
        bytes
            UTF-8; the same bytes for the same report and language.
        """
        view = make_view(report, language)
        figures = _figures(view)
        numbers = {id(figure): number for number, figure in enumerate(figures)}
        return render_page(
            "page.html.jinja",
            [draw(figure, view.text) for figure in figures],
            view=view,
            t=view.text,
            number_of=lambda figure: numbers[id(figure)],
            anchors=_anchors(view),
            heat_legend=heat_legend(view),
        )


RENDERER = HtmlRenderer()
"""The renderer in the catalog."""
