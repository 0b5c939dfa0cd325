"""Pages of publications and solutions: obeying no name, the same each time, polite."""

from __future__ import annotations

import pytest

from dokja.document.round import RoundFile
from dokja.programme.disclosure.outsider import compare_profiles
from dokja.programme.disclosure.publish import publish
from dokja.programme.round_file import read_round
from dokja.programme.score import score_round
from dokja.programme.solver.solve import solve
from dokja.report.renderer import Language
from dokja.report.round.disclosed import publish_page
from dokja.report.round.html import html_page
from dokja.report.round.markdown import markdown_page
from dokja.report.round.parts import Page
from dokja.report.round.solved import solve_page
from tests.support.rounds import make_round, toy_entries, words
from tests.unit.policy.test_wording import POLITE
from tests.unit.report.test_round_pages import HOSTILE, LANGUAGES

STEPS = 2000


def pages(found: RoundFile, language: Language) -> list[Page]:
    report = score_round(found, toy_entries() if found.id == "toy" else (), n_draws=0)
    given = publish(found, report, "item_winners", own=found.teams[0].id)
    reports = compare_profiles(found, report, ("item_winners", "outcome_only"), steps=STEPS)
    return [
        publish_page(found, given, reports, language),
        solve_page(found, solve(found, steps=STEPS), language),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hostile_name_is_obeyed_nowhere(language: Language) -> None:
    teams = [{"id": name, "name": words(f"{name} {HOSTILE}")} for name in ("a", "b", "c")]
    found = make_round(teams=teams, title=words(HOSTILE))
    for made, benign in zip(pages(found, language), pages(make_round(), language), strict=True):
        page, text = html_page(made).decode(), markdown_page(made).decode()
        plain = html_page(benign).decode()
        assert page.lower().count("</script") == plain.lower().count("</script")
        assert "<img src=x" not in page
        assert "\u202e" not in page + text
        assert "[a](http" not in text
        assert html_page(made) == html_page(made)


def test_korean_sentences_are_polite() -> None:
    for page in pages(read_round("dokpamo-2026-stage-2"), "ko"):
        leads = [section.lead for section in page.sections if not section.lead.endswith("건.")]
        for sentence in filter(None, [page.headline, page.summary, *leads]):
            assert POLITE.search(sentence), sentence
