"""Views of the kept report: pure functions of it, the same bytes on every machine."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable

from dokja.cli.language import Language, use_language
from dokja.cli.tables import print_verdict
from dokja.document.audit import AuditReport
from dokja.report import BUILTIN
from dokja.report.json import load_report
from tests.support.golden import REPORT


def _markdown(report: AuditReport, language: Language) -> str:
    return BUILTIN.get("markdown").render(report, language=language.value).decode()


def _terminal(report: AuditReport, language: Language) -> str:
    use_language(language)
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            print_verdict(report, language)
    finally:
        use_language(Language.EN)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


VIEWS: dict[str, tuple[Callable[[AuditReport, Language], str], Language]] = {
    "demo.en.md": (_markdown, Language.EN),
    "demo.ko.md": (_markdown, Language.KO),
    "demo.en.txt": (_terminal, Language.EN),
    "demo.ko.txt": (_terminal, Language.KO),
}
"""How each file is made."""


def view(name: str) -> str:
    """Return a view of the kept report."""
    make, language = VIEWS[name]
    return make(load_report(str(REPORT)), language)
