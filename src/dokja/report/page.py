"""How any page is put together: one file that loads nothing and obeys no name.

The module knows how a page is made safe, never what one says: every text is escaped by the
template, every figure is data inside of a script that is never run, and the content security
policy admits only the scripts of the page, by their digests.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment
    from markupsafe import Markup

__all__ = ["json_for_script", "powers", "render_page"]

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
def _asset(folder: str, name: str) -> str:
    return files("dokja.report").joinpath(folder, name).read_text(encoding="utf-8")


def _source_hash(script: str) -> str:
    """Name a script in a content security policy."""
    return f"'sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


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


def render_page(
    template: str,
    specs: Sequence[dict[str, Any]],
    *,
    styles: Sequence[str] = ("page.css",),
    **context: object,
) -> bytes:
    """Fill a template and put everything that it needs into it.

    Parameters
    ----------
    template
        Name of the template.
    specs
        Figures in the order in which the page numbers them.
    styles
        Style sheets of the page.
    **context
        What the template shows.

    Returns
    -------
    bytes
        UTF-8; the same bytes for the same arguments.
    """
    script = _asset("templates", "page.js")
    # Without a figure the page needs nothing to draw with, and is a tenth as large.
    bundle = _asset("static", "vega-bundle.js") if specs else ""
    return (
        _environment()
        .get_template(template)
        .render(
            style="\n".join(_asset("templates", name) for name in styles),
            icons=_asset("templates", "icons.svg"),
            script=script,
            bundle=bundle,
            hashes=" ".join(_source_hash(text) for text in (bundle, script) if text),
            specs=json_for_script(list(specs)),
            **context,
        )
        # Macros stand first and leave their line breaks; a page begins with its type.
        .lstrip()
        .encode()
    )
