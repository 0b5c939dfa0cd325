"""The part for everyone: whole sentences, each once, and no word that only an expert knows."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

from dokja.document.audit import (
    AuditReport,
    Evidence,
    NotApplicable,
    ReindexedEvidence,
    ReindexedLayer,
    Relation,
)
from dokja.document.common import Localized
from dokja.policy import judge
from dokja.report.certainty import not_examined
from dokja.report.html import powers
from dokja.report.names import moment
from dokja.report.reindexed import reindexed_block
from dokja.report.text import Text
from dokja.report.view import make_view
from tests.support import facts as build
from tests.support import reports
from tests.unit.policy.test_wording import CLAIMS, POLITE
from tests.unit.report.test_pages import LANGUAGES, render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.report.renderer import Language

POWERFUL = build.power(0.02, 0.05, 0.1)
STRONG = -50.0
TESTS = ("digest", "moments", "norm_panel", "self_test", "units", "layer_search", "order", "swap")


def about(item: Evidence, reference: str, component: str = "language_model") -> Evidence:
    changed = {"reference": reference, "component": component, "reference_component": component}
    return type(item).model_validate({**dict(item), **changed})


def strangers(n: int, *extra: Evidence) -> AuditReport:
    """Judge one component against so many references of which it shares nothing."""
    names = [f"ref-{number}" for number in range(n)]
    evidence = [build.units(0.0), POWERFUL, *extra]
    report = build.report(
        tuple(build.result(reference=name) for name in names),
        tuple(about(item, name) for name in names for item in evidence),
    )
    references = tuple(
        type(report.subject).model_validate({**dict(report.subject), "ref": name}) for name in names
    )
    return judge(AuditReport.model_validate({**dict(report), "references": references}))


def kin() -> AuditReport:
    return judge(
        build.report(
            (build.result(),),
            (build.units(STRONG, 0.99, 0.99), build.moments(0.99, 1.0, 0.99), POWERFUL),
        )
    )


def plain_part(page: str) -> str:
    return page[page.index('<section class="result"') : page.index('id="findings"')]


def missed(name: str) -> NotApplicable:
    reason = Localized(en="It could not.", ko="하지 못했습니다.")
    return NotApplicable(**build.WHO, comparison=name, reason=reason)


# -- not examined ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_of_a_test_stands_in_the_plain_part(language: Language) -> None:
    page = render("html", strangers(1, *map(missed, [*TESTS[:4], *TESTS[5:]])), language)
    # A name of its own, not the word: "units" are spoken of, "units: ..." is not.
    assert not re.search(rf"\b({'|'.join(TESTS)})(:|\))|\w_\w+:", plain_part(page))
    assert "swap" not in plain_part(page)
    evidence = page[page.index('id="evidence"') :]
    assert "(norm_panel)" in evidence


def test_what_no_test_of_units_could_tell_is_said_in_words() -> None:
    results = [build.result()]
    found = judge(build.report(tuple(results), (build.swap(0.0), POWERFUL)))
    phrases = not_examined(found.components, [missed("units"), missed("order")], Text("en"))
    assert "whether its units stand in the same places: it has none" in " ".join(phrases)
    told = not_examined(found.components, [missed("units"), build.order()], Text("en"))
    assert "same places" not in " ".join(told)


def test_a_disguised_copy_is_named_only_where_it_matters() -> None:
    phrase = "a copy disguised on purpose"
    relations = {
        relation: not_examined(
            [type(r).model_validate({**dict(r), "relation": relation}) for r in kin().components],
            [POWERFUL],
            Text("en"),
        )
        for relation in Relation
    }
    named = {relation for relation, told in relations.items() if phrase in " ".join(told)}
    assert named == {Relation.SHARED_INIT, Relation.INCONCLUSIVE, Relation.NO_EVIDENCE}
    rules = [{f.rule for f in r.verdict.findings} for r in (kin(), strangers(1))]
    assert ["DKJ403" in found for found in rules] == [False, True]


def _searched(least: float | None) -> AuditReport:
    point = {"route": "reindexed", "cosine": None, "n_plantings": 20, "least": least}
    point["detected_share"] = 0.0 if least is None else 1.0
    power = type(POWERFUL).model_validate(
        {**dict(POWERFUL), "points": (*POWERFUL.points, point), "reindexed": "examined"}
    )
    return judge(build.report((build.result(),), (build.units(0.0), power)))


def test_a_search_for_a_disguised_copy_says_what_it_would_have_found() -> None:
    (found,) = make_view(_searched(0.8), "en").components
    assert "would have been found while it kept a cosine of 0.8" in " ".join(found.sure)
    assert "disguised" not in " ".join(found.not_examined)
    (blind,) = make_view(_searched(None), "en").components
    assert "this search could not have seen it" in " ".join(blind.not_examined)


@pytest.mark.parametrize(("effect", "is_told"), [(0.6, True), (0.003, False)])
def test_what_was_undone_is_told_only_where_units_were_found_again(
    effect: float, *, is_told: bool
) -> None:
    figures = dict.fromkeys(ReindexedEvidence.model_fields)
    layer = dict.fromkeys(ReindexedLayer.model_fields)
    layer |= {"n_units": 64, "effect": effect, "agreeing_share": 0.5, "n_mutual": 9}
    layer |= {"n_in_place": 1, "off_map_effect": 0.001}
    item = ReindexedEvidence.model_validate(
        {
            **figures,
            **build.WHO,
            "kind": "reindexed",
            "start": "invariants",
            "fitted_effect": effect,
            "n_fitted": 2,
            "layers": (layer,),
            "moved_share": 0.991,
            "gains_reset": False,
            "layers_mapped": False,
        }
    )
    block = reindexed_block(0, item, Text("en"))
    told = {row[0]: row[1] for row in block.tables[1].rows}
    assert ("Units with another number" in told) is is_told
    assert told["Begun from"] == "invariants"
    assert ("Nothing was found again" in " ".join(block.paragraphs)) is not is_told


# -- the sentence on top --------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("build_report", [kin, lambda: strangers(2)])
def test_the_headline_is_the_verdict_and_stands_once(build_report: Any, language: Language) -> None:
    report = build_report()
    sentence = report.verdict.summary.text(language)
    assert make_view(report, language).headline == sentence
    assert render("html", report, language).count(sentence) == 1
    assert render("markdown", report, language).count(sentence) == 1


@pytest.mark.parametrize(
    ("n", "en", "ko"),
    [
        (1, "with that of ref-0.", "ref-0의 언어 모델과"),
        (3, "with that of ref-0, ref-1 or ref-2.", "ref-0, ref-1, ref-2 중 어느 것과도"),
        (5, "any of the 5 references that have one.", "비교 모델 5개 중 어느 것과도"),
    ],
)
def test_nothing_found_is_said_of_all_references_at_once(n: int, en: str, ko: str) -> None:
    report = strangers(n)
    (component,) = make_view(report, "en").components
    assert component.lead.endswith(en)
    assert len(component.compared) == n
    assert ko in make_view(report, "ko").components[0].lead


def test_what_would_have_been_seen_holds_for_every_reference() -> None:
    weak = build.power(0.15, 0.4, 0.3)
    evidence = (about(build.units(0.0), "a"), about(POWERFUL, "a"))
    evidence += (about(build.units(0.0), "b"), about(weak, "b"))
    results = tuple(build.result(reference=name) for name in "ab")
    (component,) = make_view(judge(build.report(results, evidence)), "en").components
    sentence = component.sure[0]
    assert "15.0% of its units" in sentence
    assert "a correlation of 0.3." in sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_part_no_reference_has_is_told_in_one_sentence(language: Language) -> None:
    results = tuple(build.result(reference=name, counterpart=None) for name in "ab")
    report = judge(build.report(results, ()))
    (component,) = make_view(report, language).components
    assert component.compared == ()
    assert component.without == ("a", "b")
    words = {"en": "no reference has such a component", "ko": "어느 비교 모델에도"}
    assert words[language] in component.lead
    assert render("html", report, language).count(component.lead) == 1


# -- alike findings, many references --------------------------------------------------------------


def test_alike_notes_are_told_once_with_their_components() -> None:
    (note,) = [f for f in make_view(strangers(3), "en").findings if f.rule == "DKJ403"]
    assert note.where == ("Language model against ref-0, ref-1, ref-2",)
    assert len(note.evidence) == 3
    for name in ("html", "markdown"):
        assert render(name, strangers(3), "en").count("DKJ403") == 1


def test_many_references_go_down_the_page() -> None:
    few, many = make_view(strangers(3), "en").matrix, make_view(strangers(6), "en").matrix
    assert few is not None
    assert many is not None
    assert (len(few.columns), len(few.rows)) == (3, 1)
    assert (len(many.columns), len(many.rows)) == (1, 6)
    assert all(cell is not None for _, (cell,) in many.rows)


# -- figures --------------------------------------------------------------------------------------


def test_powers_are_markup_and_everything_else_is_escaped() -> None:
    assert powers("1 in 10¹³⁴⁶, log₁₀ p, 2 × 10⁻⁵") == (
        "1 in 10<sup>1346</sup>, log<sub>10</sub> p, 2 × 10<sup>−5</sup>"
    )
    assert powers("<b>¹&") == "&lt;b&gt;<sup>1</sup>&amp;"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_starts_with_its_type_and_has_no_raised_characters(language: Language) -> None:
    page = render("html", kin(), language)
    assert page.startswith("<!doctype html>\n<html")
    assert not re.search("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹₀-₉]", page.split("<script")[0])
    assert "10<sup>50</sup>" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_ratio_of_nothing_is_not_shown(language: Language) -> None:
    noise = {"ratio": 4.6, "ratio_low": -31.0, "ratio_high": 40.2}
    gone = build.retention(matrix_slope=0.002, gain_slope=0.0098, **noise)
    told = render("html", strangers(1, gone), language)
    assert "40.2" not in told
    assert Text(language)("retention.nothing_kept") in told
    wide = build.retention(matrix_slope=0.9, gain_slope=0.9, **noise)
    told = render("html", strangers(1, wide), language)
    assert "40.2" in told
    assert Text(language)("retention.beyond") in told
    assert '"b":2.0' in told


def test_a_time_is_shown_as_people_write_it() -> None:
    text = Text("en")
    assert moment("2026-01-02T03:04:05+00:00", text) == "2026-01-02 03:04 UTC"
    assert moment("2026-01-02T03:04:05.123Z", text) == "2026-01-02 03:04 UTC"
    assert moment("yesterday", text) == "yesterday"


# -- words ----------------------------------------------------------------------------------------


def _sentences(language: str) -> Iterator[tuple[str, str]]:
    folder = resources.files("dokja.report") / "locales"
    table = tomllib.loads((folder / f"{language}.toml").read_text("utf-8"))
    stack = [("", table)]
    while stack:
        path, part = stack.pop()
        for key, value in part.items():
            if isinstance(value, dict):
                stack.append((f"{path}{key}.", value))
            else:
                yield f"{path}{key}", value


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_claims_who_came_first_and_percent_is_set_alike(language: str) -> None:
    for key, sentence in _sentences(language):
        if key.startswith(("headline.", "lead.", "sure.", "direction.", "verdict.", "matrix.")):
            assert not CLAIMS.search(sentence), (key, sentence)
        assert " %" not in sentence, key


def test_korean_sentences_are_polite() -> None:
    plain = re.compile(r"[가-힣]다[.!?]?$")
    for key, sentence in _sentences("ko"):
        for part in re.split(r"(?<=[.!?]) ", sentence):
            assert not plain.search(part) or POLITE.search(part), (key, part)


@pytest.mark.parametrize("build_report", [reports.demo_report, reports.two_references_report])
def test_every_link_inside_of_a_page_has_its_target(build_report: Any) -> None:
    page = render("html", build_report(), "en")
    ids = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= ids
