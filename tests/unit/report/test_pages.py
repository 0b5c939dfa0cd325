"""Pages and Markdown: whole, inert, the same each time, in both languages."""

from __future__ import annotations

import json
import re
import tomllib
from importlib import resources
from string import Formatter
from typing import TYPE_CHECKING, Any

import pytest

from dokja.report import BUILTIN
from tests.support import reports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from syrupy.assertion import SnapshotAssertion

    from dokja.document.audit import AuditReport

BUILDERS: list[Callable[[], AuditReport]] = [
    reports.demo_report,
    reports.shared_init_report,
    reports.inconclusive_report,
    reports.not_testable_report,
    reports.two_references_report,
    reports.hostile_report,
    reports.empty_report,
    reports.null_report,
    reports.bare_report,
]
LANGUAGES = ("en", "ko")


def render(name: str, report: AuditReport, language: Any) -> str:
    return BUILTIN.get(name).render(report, language=language).decode()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_pages_are_whole_and_inert(build: Callable[[], AuditReport], language: str) -> None:
    page = render("html", build(), language)
    assert page == render("html", build(), language)
    assert f'lang="{language}"' in page
    assert "Content-Security-Policy" in page
    assert "unsafe-eval" not in page
    # Nothing is fetched, whatever the names of tensors are.
    fetched = r"<(script|img|iframe|link)[^>]+(src|href)\s*=\s*[\"']?(https?:)?//"
    assert not re.search(fetched, page)
    benign = render("html", reports.demo_report(), language)
    if build is reports.hostile_report:
        assert page.lower().count("</script") <= benign.lower().count("</script")
        assert "<img src=x" not in page


@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_inlined_data_cannot_end_its_script(build: Callable[[], AuditReport]) -> None:
    page = render("html", build(), "en")
    for content in re.findall(
        r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL
    ):
        json.loads(content)
        assert "<" not in content


@pytest.mark.parametrize("language", LANGUAGES)
def test_markdown_of_the_bundled_story(language: str, snapshot: SnapshotAssertion) -> None:
    assert render("markdown", reports.demo_report(), language) == snapshot


def _leaves(table: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", str(value)


def test_both_languages_have_the_same_sentences() -> None:
    folder = resources.files("dokja.report") / "locales"
    tables = {
        language: dict(_leaves(tomllib.loads((folder / f"{language}.toml").read_text("utf-8"))))
        for language in LANGUAGES
    }
    assert set(tables["en"]) == set(tables["ko"])
    assert len(tables["en"]) > 100

    def fields(sentence: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(sentence) if name}

    other = [key for key in tables["en"] if fields(tables["en"][key]) != fields(tables["ko"][key])]
    assert other == []
