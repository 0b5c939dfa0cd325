"""A page of the programme as one self-contained file.

The module knows where each part of a page goes, never what it says; every text is made visible
and escaped on its way into the page.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from dokja.report.names import show
from dokja.report.page import powers, render_page
from dokja.report.round.charts import draw_shape
from dokja.report.round.parts import Choice, Figure, Fold, Page
from dokja.report.text import Text, clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markupsafe import Markup

    from dokja.report.round.parts import Part

__all__ = ["BOOK", "html_page"]

BOOK = "round"
"""Name of the locale files of these pages."""

_LONGEST = 2000


def html_page(page: Page) -> bytes:
    """Write a page as HTML.

    Parameters
    ----------
    page
        The page.

    Returns
    -------
    bytes
        UTF-8; the same bytes for the same page.
    """
    text = Text(page.language, BOOK)
    figures = [figure for section in page.sections for figure in _figures(section.parts)]
    numbers = {id(figure): number for number, figure in enumerate(figures)}

    def words(value: str) -> Markup:
        return powers(show(value, text, longest=_LONGEST) if value else "")

    return render_page(
        "round.html.jinja",
        [_visible(draw_shape(figure.shape, figure.alt)) for figure in figures],
        styles=("page.css", "round.css"),
        page=page,
        t=text,
        w=words,
        plain=lambda value: show(value, text, longest=_LONGEST),
        kind_of=lambda part: type(part).__name__,
        next_number=count(1).__next__,
        number_of=lambda figure: numbers[id(figure)],
    )


def _visible(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Make names visible inside of a figure too; equal ones stay equal."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_visible(part) for part in value]
    if isinstance(value, dict):
        return {key: _visible(part) for key, part in value.items()}
    return value


def _figures(parts: Iterable[Part]) -> Iterator[Figure]:
    for part in parts:
        if isinstance(part, Figure):
            yield part
        elif isinstance(part, Fold):
            yield from _figures(part.parts)
        elif isinstance(part, Choice):
            for _, inner in part.options:
                yield from _figures(inner)
