"""Reports on paper: every word of the page, no word obeyed, the same bytes each time."""

from __future__ import annotations

import io
import itertools
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader

from dokja.cli import codes, extras
from dokja.cli.main import main
from dokja.document.audit import AuditReport
from dokja.programme.round_file import read_round
from dokja.programme.score import score_round
from dokja.report import BUILTIN
from dokja.report.pdf import typeset as typeset_module
from dokja.report.pdf.fonts import covered, readable
from dokja.report.pdf.of_page import page_sheet
from dokja.report.pdf.renderer import RENDERER, pdf_page
from dokja.report.pdf.sheet import Sheet, heading, items, outcome, shell, table, words
from dokja.report.pdf.typeset import typeset
from dokja.report.round.scored import score_page
from dokja.report.view import make_view
from tests.support import reports

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BUILDERS: list[Callable[[], AuditReport]] = [
    reports.inconclusive_report,
    reports.not_testable_report,
    reports.empty_report,
    reports.null_report,
    reports.bare_report,
]
COMMANDS = (
    ["render", "r.json", "-o"],
    ["judge", "r.json", "--pdf"],
    ["audit", "no-subject", "no-reference", "--pdf"],
    ["review", "no-dossier.yaml", "--pdf"],
    ["trajectory", "no-recipe.yaml", "--pdf"],
    ["round", "score", "dokpamo-2026-stage-1", "--pdf"],
    ["round", "what-if", "dokpamo-2026-stage-1", "--pdf"],
    ["round", "solve", "dokpamo-2026-stage-2", "--pdf"],
    ["leaderboard", "--pdf"],
)
HOSTILE = (
    '#read("/etc/passwd")',
    '#import "@preview/cetz:0.3.0": *',
    "$ integral_0^1 $ *bold* _em_ <label> @ref // gone /* gone */ `raw`",
    '\\#eval("1") ] #[ ) } #{ \'"',
    "= not a heading",
)


def sheet(**changed: Any) -> Sheet:
    plain: dict[str, Any] = {
        "language": "en",
        "kicker": "kicker",
        "stamp": "2026-11-23",
        "label": "label",
        "subject": "subject",
        "facts": "facts",
        "headline": "headline",
        "summary": "summary",
        "badges": (("passed", "good"),),
        "made_by": "made by",
    }
    return Sheet(**{**plain, **changed})


def told(content: bytes) -> str:
    """Return the words of a PDF without white space: lines break anywhere."""
    pages = PdfReader(io.BytesIO(content)).pages
    return re.sub(r"[\s\u200b]+", "", "".join(page.extract_text() for page in pages))


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b]+", "", text)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_report_is_whole_tagged_and_the_same_each_time(language: Any) -> None:
    report = reports.demo_report()
    content = RENDERER.render(report, language=language)
    assert content == RENDERER.render(report, language=language)
    view = make_view(report, language)
    said = told(content)
    for phrase in (view.headline, view.verdict, *view.method, *view.limits):
        assert squeezed(phrase) in said
    for component in view.components:
        assert squeezed(component.lead) in said
    # Every tensor that was compared stands in a table.
    for pair in view.components[0].pairs:
        assert squeezed(pair.origin) in said
    document = PdfReader(io.BytesIO(content))
    root: Any = document.trailer["/Root"]
    assert root["/Lang"] == language
    assert root["/MarkInfo"]["/Marked"]
    assert document.metadata is not None
    assert document.metadata.title == view.subject
    assert document.metadata.creation_date is None
    assert len(document.pages) > 5
    assert "/JavaScript" not in root
    assert "/URI" not in str([page.get("/Annots") for page in document.pages])


@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_every_kind_of_report_can_be_set(build: Callable[[], AuditReport]) -> None:
    report = build()
    said = told(RENDERER.render(report, language="ko"))
    assert squeezed(make_view(report, "ko").headline) in said


def test_words_of_a_report_are_never_obeyed() -> None:
    parts = (
        heading(1, HOSTILE[0], word=HOSTILE[1]),
        words(HOSTILE),
        items(HOSTILE, title=HOSTILE[2], ordered=True),
        outcome(HOSTILE[0], HOSTILE[1], "bad", HOSTILE, [(HOSTILE[2], HOSTILE[3])]),
        shell(HOSTILE[0]),
        table(HOSTILE[:2], [[(HOSTILE[2], "plain", HOSTILE[3]), (HOSTILE[4], "bad", "")]]),
    )
    content = typeset(sheet(subject=HOSTILE[0], facts=HOSTILE[3], summary=HOSTILE[1], nodes=parts))
    said = told(content)
    assert "root:x" not in said
    for phrase in HOSTILE:
        assert squeezed(phrase) in said, phrase


def test_a_hostile_report_prints_its_names() -> None:
    said = told(RENDERER.render(reports.hostile_report(), language="en"))
    assert squeezed("<img src=x onerror=alert(1)>") in said


def test_korean_is_set_with_the_fonts_that_are_shipped() -> None:
    sentence = "독자 인공지능 기초모형의 비전 인코더는 다른 모델과 가중치를 공유합니다. 뷁쀍"
    assert all(covered(letter) for letter in sentence)
    content = typeset(sheet(language="ko", headline=sentence))
    assert squeezed(sentence) in told(content)
    names = str(PdfReader(io.BytesIO(content)).pages[0]["/Resources"]["/Font"].values())
    assert names
    assert b"Pretendard" in content


def test_letters_that_no_font_has_become_numbers_not_boxes() -> None:
    assert readable("모델 😀", han=False) == "모델 <U+1F600>"
    assert readable({"a": ["漢"]}, han=False) == {"a": ["<U+6F22>"]}
    assert readable("漢字", han=True) == "漢字"


def test_hanja_is_set_where_the_system_can_and_numbered_where_it_cannot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(typeset_module, "HAN_FAMILIES", ())
    assert "<U+6F22>" in told(typeset(sheet(headline="漢")))


@pytest.mark.parametrize("name", ["dokpamo-2026-stage-1", "dokpamo-2026-stage-2"])
def test_a_page_of_the_programme_can_be_set(name: str) -> None:
    found = read_round(name)
    page = score_page(found, score_round(found), "ko")
    content = pdf_page(page)
    said = told(content)
    assert squeezed(page.headline) in said
    for section in page.sections:
        assert squeezed(section.title) in said


def test_a_heading_is_not_said_again_by_the_table_below_it() -> None:
    found = read_round("dokpamo-2026-stage-1")
    nodes = page_sheet(score_page(found, score_round(found), "ko")).nodes
    plain = [node for node in nodes if isinstance(node, dict)]
    pairs = list(itertools.pairwise(plain))
    assert any(above["k"] == "h" and below["k"] == "table" for above, below in pairs)
    assert not [
        above["t"]
        for above, below in pairs
        if above["k"] == "h" and below.get("title") == above["t"]
    ]


def test_a_long_table_breaks_over_pages_and_repeats_its_head() -> None:
    rows = [[(f"tensor.{n}.weight", "plain", ""), (str(n), "plain", "")] for n in range(400)]
    content = typeset(sheet(nodes=(table(["Name of it", "Number"], rows, numeric=(1,)),)))
    pages = PdfReader(io.BytesIO(content)).pages
    assert len(pages) > 4
    assert all("Name of it" in page.extract_text() for page in pages[1:])
    said = told(content)
    assert all(f"tensor.{n}.weight" in said for n in range(400))


def test_the_bytes_do_not_depend_on_what_was_set_before() -> None:
    program = (
        "import sys; from tests.support import reports;"
        "from dokja.report.pdf.renderer import RENDERER;"
        "sys.stdout.buffer.write(RENDERER.render(reports.bare_report(), language='en'))"
    )
    fresh = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
    RENDERER.render(reports.inconclusive_report(), language="ko")
    assert RENDERER.render(reports.bare_report(), language="en") == fresh


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_extra_is_asked_for_before_any_work(
    command: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(extras, "_is_there", lambda name: name != "typst")
    assert main([*command, "x.pdf"]) == codes.EXIT_USAGE
    answer = capsys.readouterr().err
    assert "not installed: typst" in answer
    assert "dokja[pdf]" in answer
    assert list(tmp_path.iterdir()) == []


def test_a_stored_report_is_rendered_by_its_suffix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report = reports.empty_report()
    (tmp_path / "r.json").write_bytes(BUILTIN.get("json").render(report))
    assert main(["render", "r.json", "-o", "r.pdf", "--lang", "en"]) == codes.EXIT_OK
    expected = RENDERER.render(report, language="en")
    assert (tmp_path / "r.pdf").read_bytes() == expected


def test_a_round_is_written_as_pdf(tmp_path: Path) -> None:
    target = tmp_path / "round.pdf"
    words_ = ["round", "score", "dokpamo-2026-stage-1", "--pdf", str(target), "--quiet"]
    assert main(words_) == codes.EXIT_OK
    assert target.read_bytes().startswith(b"%PDF-")


def test_no_column_is_so_narrow_that_words_fall_apart() -> None:
    sentence = "비공개 원자료가 있어야 다시 계산할 수 있는 값입니다 " * 2
    source = "과학기술정보통신부, 1차 단계평가 결과와 순위 발표문의 붙임 자료"
    row = [("벤치마크", "plain", ""), (source, "plain", ""), (sentence, "plain", ""),
           (source, "plain", "note " * 20), ("9.2", "plain", "")]  # fmt: skip
    node = table(["항목", "공개된 값", "이유", "출처", "점수"], [row] * 12, wide=(2,), numeric=(4,))
    pages = PdfReader(io.BytesIO(typeset(sheet(nodes=(node,))))).pages
    assert len(pages) <= 2
    lines = [line.strip() for page in pages for line in page.extract_text().splitlines()]
    assert not [line for line in lines if re.fullmatch(r"[가-힣]", line)]
