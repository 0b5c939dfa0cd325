"""A sheet as PDF: typst sets it from a fixed template, and reads nothing else.

The module hands texts over as data, so that no name in a report is ever obeyed; the typesetter's
root is an empty folder, it may load no package, and the template fetches nothing.
"""

from __future__ import annotations

import json
import tempfile
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

from dokja.errors import MissingDependencyError, OutputError
from dokja.report.pdf.figures import colours, draw_svg
from dokja.report.pdf.fonts import FAMILIES, HAN_FAMILIES, covered, readable
from dokja.report.pdf.sheet import Drawing

if TYPE_CHECKING:
    from dokja.report.pdf.sheet import Node, Sheet

__all__ = ["typeset"]


def typeset(sheet: Sheet) -> bytes:
    """Set a sheet.

    Parameters
    ----------
    sheet
        What is said.

    Returns
    -------
    bytes
        A tagged PDF (PDF/UA-1), without a date; the same for the same sheet and the same fonts.

    Raises
    ------
    MissingDependencyError
        If the extra ``pdf`` is not installed.
    OutputError
        If the typesetter refuses.
    """
    try:
        import typst  # noqa: PLC0415 - an extra
        import vl_convert  # noqa: F401, PLC0415 - an extra
    except ImportError:
        raise MissingDependencyError(
            "a PDF needs the extra pdf, which is not installed", hint="pip install 'dokja[pdf]'"
        ) from None
    data = _data(sheet)
    with as_file(files("dokja.report.pdf").joinpath("fonts")) as folder:
        fonts, han = _fonts(folder, data)
        data = readable(data, han=bool(han))
        data["fonts"] = [*FAMILIES[:1], *han, *FAMILIES[1:]]
        template = files("dokja.report.pdf").joinpath("report.typ").read_bytes()
        with tempfile.TemporaryDirectory() as root:
            try:
                made = typst.Compiler(
                    template,
                    root=root,
                    font_paths=fonts,
                    ignore_system_fonts=not han,
                    sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
                    package_path=root,
                    package_cache_path=root,
                ).compile(format="pdf", pdf_standards=["ua-1"])
            except typst.TypstError as error:
                raise OutputError(
                    f"the PDF could not be set: {str(error)[:300]}",
                    uri="pdf",
                    hint="Write the page with --html instead, and report this as a defect.",
                ) from None
    assert isinstance(made, bytes)
    return made


def _fonts(folder: Any, data: Any) -> tuple[Any, tuple[str, ...]]:  # noqa: ANN401 - typst's
    """Return the fonts to load; those of the system only where a text needs them."""
    import typst  # noqa: PLC0415 - an extra

    shipped = typst.Fonts(include_system_fonts=False, font_paths=[str(folder)])
    text = json.dumps(data, ensure_ascii=False)
    if all(covered(letter) for letter in set(text)):
        return shipped, ()
    every = typst.Fonts(include_system_fonts=True, font_paths=[str(folder)])
    there = set(every.families())
    han = tuple(name for name in HAN_FAMILIES if name in there)[:1]
    return (every, han) if han else (shipped, ())


def _data(sheet: Sheet) -> dict[str, Any]:
    return {
        "lang": sheet.language,
        "colours": colours(),
        "kicker": sheet.kicker,
        "stamp": sheet.stamp,
        "label": sheet.label,
        "subject": sheet.subject,
        "facts": sheet.facts,
        "headline": sheet.headline,
        "summary": sheet.summary,
        "badges": [list(badge) for badge in sheet.badges],
        "made_by": sheet.made_by,
        "nodes": [_node(node) for node in sheet.nodes],
    }


def _node(node: Node | Drawing) -> Node:
    if not isinstance(node, Drawing):
        return node
    return {
        "k": "figure",
        "svg": draw_svg(node.spec),
        "alt": node.alt or node.title,
        "title": node.title,
        "caption": node.caption,
        "legend": [[colours()[name], label] for name, label in node.legend],
    }
