"""Formulas as MathML, which browsers draw by themselves: the site needs no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from latex2mathml.converter import convert

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator


def _inline(translator: HTML5Translator, node: nodes.Element) -> None:
    translator.body.append(convert(node.astext()))
    raise nodes.SkipNode


def _block(translator: HTML5Translator, node: nodes.Element) -> None:
    formula = convert(node.astext(), display="block")
    style = "overflow-x: auto; overflow-y: hidden; padding: 0.5em 0"
    translator.body.append(f'<div class="math" style="{style}">{formula}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the renderer known.

    Parameters
    ----------
    app
        The site's builder.

    Returns
    -------
    dict
        That it may be read in parallel.
    """
    app.add_html_math_renderer(
        "mathml", inline_renderers=(_inline, None), block_renderers=(_block, None)
    )
    return {"parallel_read_safe": True}
