"""Figures of a report as SVG, in the colours of the page in daylight.

The module knows how a specification becomes a picture, never what it shows.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any, Final

__all__ = ["colours", "draw_svg"]

FONT: Final = "Pretendard"
_WIDTH: Final = 620
_VARIABLE: Final = re.compile(r"var\(--([a-z0-9_-]+)\)")
_DECLARED: Final = re.compile(r"--([a-z0-9_-]+):\s*(#[0-9a-f]{6})\b")
_COUNTED: Final = re.compile(r"\b(gradient|clip)_?(\d+)\b")


@cache
def colours() -> dict[str, str]:
    """Read the colours of the pages.

    Returns
    -------
    dict
        Colour by the name of its style property, as the pages show it in daylight.
    """
    folder = files("dokja.report").joinpath("templates")
    found: dict[str, str] = {}
    for name in ("page.css", "round.css"):
        day = folder.joinpath(name).read_text(encoding="utf-8").split("@media", 1)[0]
        found.update(_DECLARED.findall(day))
    return found


def _painted(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Put colours in the place of style properties, which no picture has."""
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: colours()[found[1]], value)
    if isinstance(value, list):
        return [_painted(part) for part in value]
    if isinstance(value, dict):
        return {key: _painted(part) for key, part in value.items()}
    return value


def _config() -> dict[str, Any]:
    ink, quiet, rule = (f"var(--{name})" for name in ("ink", "ink-2", "rule"))
    letters = {"labelFont": FONT, "titleFont": FONT, "labelLimit": 260}
    axis = {
        **letters,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": 500,
        "labelColor": quiet,
        "titleColor": quiet,
        "domainColor": rule,
        "tickColor": rule,
        "gridColor": rule,
        "gridOpacity": 0.7,
    }
    return {
        "font": FONT,
        "background": None,
        "view": {"stroke": None},
        "axis": axis,
        "axisBand": {"domain": False, "ticks": False, "grid": False},
        "legend": {**letters, "labelColor": ink, "titleColor": quiet, "labelFontSize": 13},
        "text": {"font": FONT},
    }


def draw_svg(spec: dict[str, Any]) -> str:
    """Draw a figure.

    Parameters
    ----------
    spec
        A Vega-Lite specification of the pages.

    Returns
    -------
    str
        An SVG; the same for the same figure, however many were drawn before it.
    """
    import vl_convert  # noqa: PLC0415 - an extra

    sized = {**_unbounded(spec), "config": _config()}
    if spec.get("width") == "container":
        sized["width"] = _WIDTH
    svg = vl_convert.vegalite_to_svg(json.dumps(_painted(sized)), vl_version="6.4")
    return _recounted(str(svg))


def _unbounded(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Let labels be as long as paper allows, whatever a narrow window asks for."""
    if isinstance(value, list):
        return [_unbounded(part) for part in value]
    if isinstance(value, dict):
        return {key: _unbounded(part) for key, part in value.items() if key != "labelLimit"}
    return value


def _recounted(svg: str) -> str:
    """Count gradients and clips from 0: the library counts on from one picture to the next."""
    numbers: dict[str, int] = {}
    return _COUNTED.sub(
        lambda found: f"{found[1]}{numbers.setdefault(found[0], len(numbers))}", svg
    )
