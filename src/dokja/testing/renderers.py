"""The laws of renderers; the module knows no format but by its media type."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, Literal

from dokja.testing.laws import require
from dokja.testing.samples import HOSTILE_NAME, sample_report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.document.audit import AuditReport
    from dokja.report.renderer import Renderer

__all__ = ["check_renderer"]

_LANGUAGES: Final[tuple[Literal["en", "ko"], ...]] = ("en", "ko")
_FENCED: Final = re.compile(r"^(`{3,}|~{3,}).*?^\1", re.DOTALL | re.MULTILINE)
_CODE_SPAN: Final = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")
_TEXTUAL: Final = ("text/", "application/json", "application/xhtml")


def check_renderer(renderer: Renderer, reports: Sequence[AuditReport] = ()) -> None:
    """Hold a renderer to its laws.

    Parameters
    ----------
    renderer
        The renderer.
    reports
        Further reports to try beside the sample that comes along.

    Raises
    ------
    ConformanceError
        If it has no proper name, suffix or media type, writes nothing, writes other bytes the
        second time, leaves out the subject or a reference, or obeys a hostile name.
    """
    _check_identity(renderer)
    for report in (sample_report(), *reports):
        for language in _LANGUAGES:
            _check_bytes(renderer, report, language)
    _check_names_appear(renderer)
    _check_hostile_names(renderer)


def _check_identity(renderer: Renderer) -> None:
    require(renderer.name and renderer.name == renderer.name.lower(), "a name in small letters")
    require(renderer.suffix.startswith(".") and len(renderer.suffix) > 1, "a suffix with its dot")
    require(renderer.media_type.count("/") == 1, "a media type such as text/html")


def _check_bytes(renderer: Renderer, report: AuditReport, language: Literal["en", "ko"]) -> None:
    before = report.model_dump_json()
    first = renderer.render(report, language=language)
    require(isinstance(first, bytes), f"{renderer.name} writes bytes in {language}")
    require(len(first) > 0, f"{renderer.name} writes bytes in {language}")
    require(
        first == renderer.render(report, language=language),
        f"{renderer.name} writes the same bytes twice",
    )
    require(report.model_dump_json() == before, f"{renderer.name} leaves the report as it was")


def _text(renderer: Renderer, report: AuditReport, language: Literal["en", "ko"]) -> str | None:
    """Return what was written as text, or None if the format is not a text."""
    content = renderer.render(report, language=language)
    if not renderer.media_type.startswith(_TEXTUAL):
        return None
    return content.decode("utf-8")


def _check_names_appear(renderer: Renderer) -> None:
    report = sample_report(subject="/models/submission-4711", reference="/models/donor-0815")
    for language in _LANGUAGES:
        text = _text(renderer, report, language)
        if text is None:
            return
        for name in ("submission-4711", "donor-0815"):
            require(name in text, f"{renderer.name} names {name} in {language}")


def _check_hostile_names(renderer: Renderer) -> None:
    report = sample_report(subject=HOSTILE_NAME, reference=HOSTILE_NAME + "2", tensor=HOSTILE_NAME)
    text = _text(renderer, report, "en")
    if text is None:
        return
    if renderer.media_type == "application/json":
        require(json.loads(text), f"{renderer.name} stays JSON whatever the names are")
        return
    if renderer.media_type == "text/markdown":
        # What stands between backticks is shown as it is, whatever it is.
        text = _CODE_SPAN.sub("", _FENCED.sub("", text))
    require(
        "<script>alert" not in text and "<img src=x" not in text,
        f"{renderer.name} writes hostile names as text, not as markup",
    )
