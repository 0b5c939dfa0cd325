"""Pages of the programme: whole, inert, the same each time, and never a zero for the unknown."""

from __future__ import annotations

import json
import re
import tomllib
from importlib import resources
from string import Formatter
from typing import TYPE_CHECKING, Any

import pytest

from dokja.document.number import Known
from dokja.programme.round_file import read_round
from dokja.programme.score import score_round
from dokja.report.round.html import html_page
from dokja.report.round.markdown import markdown_page
from dokja.report.round.scored import score_page
from tests.support.rounds import make_round, toy_entries, words
from tests.unit.policy.test_wording import POLITE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syrupy.assertion import SnapshotAssertion

    from dokja.report.renderer import Language

LANGUAGES: tuple[Language, ...] = ("en", "ko")
STAGES = ("dokpamo-2026-stage-1", "dokpamo-2026-additional", "dokpamo-2026-stage-2")
HOSTILE = "</script><img src=x onerror=alert(1)>\u202e`|*_[a](http://x) @all #1"


def stage(name: str, language: Language) -> Any:
    found = read_round(name)
    return score_page(found, score_round(found), language)


def hostile(language: Language) -> Any:
    teams = [{"id": name, "name": words(f"{name} {HOSTILE}")} for name in ("a", "b", "c")]
    found = make_round(teams=teams, title=words(HOSTILE))
    return score_page(found, score_round(found, toy_entries()), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", STAGES)
def test_a_page_is_whole_inert_and_the_same_each_time(name: str, language: Language) -> None:
    page = html_page(stage(name, language)).decode()
    assert page == html_page(stage(name, language)).decode()
    assert page.startswith("<!doctype html>")
    assert f'lang="{language}"' in page
    assert "Content-Security-Policy" in page
    assert "unsafe-eval" not in page
    assert not re.search(r"<(script|img|iframe|link)[^>]+(src|href)\s*=\s*[\"']?(https?:)?//", page)
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
    for content in re.findall(
        r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL
    ):
        json.loads(content)
        assert "<" not in content


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hostile_name_is_obeyed_nowhere(language: Language) -> None:
    page = html_page(hostile(language)).decode()
    benign = html_page(stage("dokpamo-2026-stage-2", language)).decode()
    assert page.lower().count("</script") == benign.lower().count("</script")
    assert "<img src=x" not in page
    assert "\u202e" not in page
    text = markdown_page(hostile(language)).decode()
    assert "<img" not in text.replace("\\<img", "")
    assert "[a](http" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_markdown_of_the_second_stage(language: Language, snapshot: SnapshotAssertion) -> None:
    text = markdown_page(stage("dokpamo-2026-stage-2", language)).decode()
    # The part for everyone: headline, decision, scores.
    assert text[: text.index("\n### ")] == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_unknown_is_never_a_number(language: Language) -> None:
    found = read_round("dokpamo-2026-stage-1")
    report = score_round(found)
    page = score_page(found, report, language)
    word = {"en": "unknown", "ko": "알 수 없음"}[language]
    section = next(one for one in page.sections if one.slug == "scores")
    table: Any = section.parts[0]
    names = {team.id: team.name.text(language) for team in found.teams}
    shown = {row[0].words: row[2].words for row in table.rows}
    for team in report.teams:
        expected = team.total.value if isinstance(team.total, Known) else None
        assert shown[names[team.team]] == (word if expected is None else str(expected))
    bars: Any = section.parts[1]
    known = {
        segment[0] for segment in bars.shape.segments if segment[1] in bars_of(found, language)
    }
    assert known == {names["lg"]}


def bars_of(found: Any, language: Language) -> set[str]:
    return {block.title.text(language) for block in found.blocks}


def test_ties_are_shown_as_ties() -> None:
    found = make_round()
    entries = [one.model_copy(update={"value": 3 * one.value / one.value}) for one in toy_entries()]
    page = markdown_page(score_page(found, score_round(found, entries), "en")).decode()
    assert "1, tied (with " in page


def test_amendments_and_changed_criteria_are_shown() -> None:
    import datetime as dt

    from dokja.programme.criteria import lock

    entries = toy_entries()
    first = entries[0]
    change = {
        "kind": "result",
        "team": first.team,
        "item": first.item,
        "before": str(first.value),
        "after": str(first.value + 1),
    }
    for name in ("benchmark", "run", "rater"):
        if getattr(first, name) is not None:
            change[name] = getattr(first, name)
    amendment = {"id": "one", "on": "2026-02-01", "reason": words("Copied wrongly.")}
    found = make_round(amendments=[{**amendment, "changes": [change]}])
    locked = lock(make_round(advance={"places": 1}), on=dt.date(2026, 1, 1))
    text = markdown_page(score_page(found, score_round(found, entries, lock=locked), "en")).decode()
    assert "Criteria changed in 1 places since 2026-01-01" in text
    assert "advance.places: was 1, is 2" in text.replace("\\", "")
    assert "Copied wrongly." in text
    assert "| amended |" in text


def _leaves(table: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", str(value)


def _sentences(language: str) -> dict[str, str]:
    folder = resources.files("dokja.report") / "locales"
    return dict(_leaves(tomllib.loads((folder / f"round.{language}.toml").read_text("utf-8"))))


def test_both_languages_have_the_same_sentences() -> None:
    def fields(sentence: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(sentence) if name}

    english, korean = _sentences("en"), _sentences("ko")
    assert set(english) == set(korean)
    assert [key for key in english if fields(english[key]) != fields(korean[key])] == []


def test_korean_sentences_are_polite() -> None:
    plain = re.compile(r"[가-힣]다[.!?]?$")
    for key, sentence in _sentences("ko").items():
        for part in re.split(r"(?<=[.!?]) ", sentence):
            assert not plain.search(part) or POLITE.search(part), (key, part)
