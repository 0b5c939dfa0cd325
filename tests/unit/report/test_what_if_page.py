"""The page of what-if: polite, obeying no name, and showing what is open as open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dokja.programme.round_file import read_round
from dokja.programme.what_if.report import what_if
from dokja.report.round.html import html_page
from dokja.report.round.markdown import markdown_page
from dokja.report.round.parts import Figure, Fold, Table
from dokja.report.round.what_if import what_if_page
from tests.support.rounds import make_round, toy_entries, words
from tests.unit.policy.test_wording import POLITE
from tests.unit.report.test_round_pages import HOSTILE, LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dokja.report.renderer import Language
    from dokja.report.round.parts import Part


def second(language: Language) -> Any:
    found = read_round("dokpamo-2026-stage-2")
    marks = ("official", "press", "third_party", "inferred")
    found = found.model_copy(update={"accept": marks})
    return what_if_page(found, what_if(found), language)


def flat(parts: Iterable[Part]) -> Iterator[Part]:
    for part in parts:
        yield part
        if isinstance(part, Fold):
            yield from flat(part.parts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_drawn_number_stands_in_a_table(language: Language) -> None:
    page = second(language)
    slugs = [section.slug for section in page.sections]
    assert slugs == [
        "changes",
        "tornado",
        "stability",
        "break-even",
        "weights",
        "weightings",
        "provenance",
    ]
    for section in page.sections:
        parts = list(flat(section.parts))
        if any(isinstance(part, Figure) for part in parts):
            assert any(isinstance(part, Table) for part in parts), section.slug


def test_korean_sentences_are_polite() -> None:
    page = second("ko")
    said = [page.headline, page.summary, *(section.lead for section in page.sections)]
    for sentence in filter(None, said):
        assert POLITE.search(sentence), sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_ranks_that_are_open_count_as_open(language: Language) -> None:
    found = read_round("dokpamo-2026-stage-1")
    page = what_if_page(found, what_if(found), language)
    section = next(one for one in page.sections if one.slug == "stability")
    table = next(part for part in section.parts if isinstance(part, Table))
    opened = {row[0].words: int(row[-1].words) for row in table.rows}
    assert min(opened.values()) > 0
    assert "tornado" not in {one.slug for one in page.sections}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hostile_name_is_obeyed_nowhere(language: Language) -> None:
    teams = [{"id": name, "name": words(f"{name} {HOSTILE}")} for name in ("a", "b", "c")]
    found = make_round(teams=teams, title=words(HOSTILE))
    report = what_if(found, toy_entries())
    made = what_if_page(found, report, language)
    page, text = html_page(made).decode(), markdown_page(made).decode()
    benign = html_page(second(language)).decode()
    assert page.lower().count("</script") == benign.lower().count("</script")
    assert "<img src=x" not in page
    assert "\u202e" not in page + text
    assert "[a](http" not in text
    assert html_page(made) == html_page(made)
