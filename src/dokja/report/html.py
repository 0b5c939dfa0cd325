"""The report as one self-contained page that loads nothing and obeys no name.

The module knows how a page is put together safely, never what the report means: every text is
escaped by the template, every figure is data inside of a script that is never run, and the
content security policy admits only the two scripts of the page, by their digests.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from dokja.report.plots import HEAT_BREAKS, draw
from dokja.report.view import make_view

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Environment
    from markupsafe import Markup

    from dokja.document.audit import AuditReport
    from dokja.report.figures import Figure
    from dokja.report.pair import Pair
    from dokja.report.renderer import Language
    from dokja.report.view import View

__all__ = ["RENDERER", "HtmlRenderer", "json_for_script", "powers"]

_RAISED = re.compile("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_LOWERED = re.compile("[₀₁₂₃₄₅₆₇₈₉]+")
_PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "−01234567890123456789")


def json_for_script(value: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    """Write JSON that can stand inside of a script element.

    Parameters
    ----------
    value
        Anything that JSON can hold.

    Returns
    -------
    str
        JSON in which no character can end the element, open a comment or break a line.
    """
    dumped = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        dumped = dumped.replace(character, f"\\u{ord(character):04x}")
    return dumped


@cache
def _asset(folder: str, name: str) -> str:
    return files("dokja.report").joinpath(folder, name).read_text(encoding="utf-8")


def _source_hash(script: str) -> str:
    """Name a script in a content security policy."""
    return f"'sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def powers(words: str) -> Markup:
    """Raise and lower figures by markup, since many fonts lack the raised characters.

    Parameters
    ----------
    words
        A text of any origin.

    Returns
    -------
    Markup
        The text, escaped, with its raised and lowered figures as elements.
    """
    from markupsafe import Markup, escape  # noqa: PLC0415 - comes with jinja2

    raised = _RAISED.sub(lambda run: f"<sup>{run[0].translate(_PLAIN)}</sup>", str(escape(words)))
    # Escaped first; after that only our own elements are added.
    return Markup(  # noqa: S704
        _LOWERED.sub(lambda run: f"<sub>{run[0].translate(_PLAIN)}</sub>", raised)
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - only here

    environment = Environment(
        loader=PackageLoader("dokja.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["powers"] = powers
    return environment


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


def _heat_legend(view: View) -> tuple[tuple[int, str], ...]:
    """Name the steps of the colour scale."""
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
        specs = [draw(figure, view.text) for figure in figures]
        script = _asset("templates", "page.js")
        # Without a figure the page needs nothing to draw with, and is a tenth as large.
        bundle = _asset("static", "vega-bundle.js") if figures else ""
        scripts = [text for text in (bundle, script) if text]
        return (
            _environment()
            .get_template("page.html.jinja")
            .render(
                view=view,
                t=view.text,
                style=_asset("templates", "page.css"),
                icons=_asset("templates", "icons.svg"),
                script=script,
                bundle=bundle,
                hashes=" ".join(_source_hash(text) for text in scripts),
                specs=json_for_script(specs),
                number_of=lambda figure: numbers[id(figure)],
                anchors=_anchors(view),
                heat_legend=_heat_legend(view),
            )
            # Macros stand first and leave their line breaks; a page begins with its type.
            .lstrip()
            .encode()
        )


RENDERER = HtmlRenderer()
"""The renderer in the catalog."""
