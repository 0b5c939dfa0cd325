"""Views of the programme's documents: JSON, a page, Markdown, PDF, tables; made, then written.

The module knows which room makes which view, never what a view shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from dokja.cli.language import Language
from dokja.cli.outputs import write_contents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dokja.cli.outputs import Output
    from dokja.document.common import Document
    from dokja.report.round.parts import Page
    from dokja.report.round.rows import Row

__all__ = ["spoken", "write_views"]

_SHEET: Final = "dokja"


def spoken(language: Language) -> Literal["ko", "en"]:
    """Return a language as pages name it.

    Parameters
    ----------
    language
        Language of the run.

    Returns
    -------
    str
        ``ko`` or ``en``.
    """
    return "ko" if language is Language.KO else "en"


def write_views(
    outputs: Iterable[Output],
    document: Document,
    *,
    quiet: bool,
    page: Callable[[], Page] | None = None,
    rows: Callable[[], Sequence[Row]] | None = None,
    documents: dict[str, Document] | None = None,
    files: dict[str, Callable[[], bytes]] | None = None,
) -> None:
    """Make every view that was asked for, then write all of them together.

    Parameters
    ----------
    outputs
        What was asked for.
    document
        What ``json`` holds.
    quiet
        Do not name what was written.
    page
        Makes the page of ``html``, ``markdown`` and ``pdf``.
    rows
        Makes the table of ``csv`` and ``xlsx``.
    documents
        Further documents, by the name of their output.
    files
        Makers of further files, by the name of their output.

    Raises
    ------
    OutputError
        If anything cannot be written; nothing is left half-written then.
    """
    others = files or {}
    made = [
        (
            output,
            others[output.renderer]()
            if output.renderer in others
            else _view(output.renderer, document, page, rows, documents or {}),
        )
        for output in outputs
    ]
    write_contents(made, quiet=quiet)


def _view(
    name: str,
    document: Document,
    page: Callable[[], Page] | None,
    rows: Callable[[], Sequence[Row]] | None,
    documents: dict[str, Document],
) -> bytes:
    if name in {"html", "markdown", "pdf"}:
        assert page is not None
        return _page(name, page())
    if name in {"csv", "xlsx"}:
        assert rows is not None
        return _table(name, rows())
    return (documents.get(name, document).model_dump_json(by_alias=True, indent=2) + "\n").encode()


def _page(name: str, page: Page) -> bytes:
    if name == "html":
        from dokja.report.round.html import html_page

        return html_page(page)
    if name == "pdf":
        from dokja.report.pdf.renderer import pdf_page

        return pdf_page(page)
    from dokja.report.round.markdown import markdown_page

    return markdown_page(page)


def _table(name: str, rows: Sequence[Row]) -> bytes:
    from dokja.programme.export import table_csv, table_xlsx

    return table_csv(rows) if name == "csv" else table_xlsx(rows, sheet=_SHEET)
