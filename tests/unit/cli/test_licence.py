"""``dokja licence``, and pages about licences: what they quote is what is printed and known."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import re
from pathlib import Path

import jsonschema
import pytest

from dokja.cli import extras
from dokja.cli.main import main
from dokja.document.licences import LicenceFacts
from dokja.document.review_schema import review_schemas
from dokja.review.dossier import read_dossier
from dokja.review.lineage import Lineage

ROOT = Path(__file__).parents[3]
PAGES = ("docs/how-to/check-licences.md", "docs/ko/check-licences.md")
HEAD = 'schema_version: "1"\nid: case\nmaker: Maker\ndate: 2026-01-05\n'


def _words(text: str) -> list[str]:
    return re.sub(r"─+", "", text).split()


@pytest.mark.parametrize("page", PAGES)
def test_the_page_quotes_what_is_printed(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    command, quoted = re.findall(r"```text\n(.*?)```", text, re.DOTALL)[:2]
    arguments = command.split()[1:]
    assert main([*arguments, *([] if "--lang" in arguments else ["--lang", "en"])]) == 0
    assert _words(capsys.readouterr().out) == _words(quoted)


@pytest.mark.parametrize("page", PAGES)
def test_the_dossier_of_the_page_comes_to_what_it_says(page: str, tmp_path: Path) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    (shown,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "dossier.yaml").write_text(HEAD + shown)
    dossier = read_dossier(tmp_path, on=dt.date(2026, 1, 20)).dossier
    found = Lineage.of(dossier).reached(dossier.artefacts[0], None)
    assert {one.id: (one.through, one.by_outputs) for one in found} == {
        "pairs": ((), False),
        "distilled": ((), False),
        "llama": (("distilled",), False),
        "teacher": (("pairs",), True),
    }


def test_the_tables_of_the_reference_are_those_of_the_package() -> None:
    place = ROOT / "bench" / "licence_page.py"
    spec = importlib.util.spec_from_file_location("licence_page", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = module.PAGE.read_text(encoding="utf-8")
    assert module.filled(page) == page, "python bench/licence_page.py"
    assert "LicenseRef-minimax-community" in page


def test_the_answer_is_a_document(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    arguments = ["licence", "qwen OR LicenseRef-nobody", "--monthly-users", "200000000", "-q"]
    assert main([*arguments, "--changed", "--not-distributed", "--json", "-"]) == 0
    written = capsysbinary.readouterr().out
    jsonschema.validate(json.loads(written), review_schemas()["licence-1"])
    facts = LicenceFacts.model_validate_json(written)
    # What nobody knows may be worse, and is still not chosen over what is known to be bad.
    assert (facts.control, facts.chosen) == ("unknown", "LicenseRef-nobody")
    assert main(["licence", "qwen", "--monthly-users", "200000000", "--json", "-"]) == 0
    facts = LicenceFacts.model_validate_json(capsysbinary.readouterr().out)
    (cap,) = [one for one in facts.duties if one.kind == "users_cap"]
    assert cap.applies is True


def test_unreadable_words_are_an_answer_with_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ("BSD", "", "(" * 3_000, "\x1b[31mMIT", "MIT OR"):
        assert main(["licence", words, "--lang", "en"]) == 0
        said = capsys.readouterr().out
        assert "Control kept: unknown" in said
        assert "\x1b[31m" not in said


def test_without_the_extra_it_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(extras, "_is_there", lambda name: name != "license_expression")
    assert main(["licence", "MIT", "--lang", "en"]) == 2
    assert "dokja[review]" in capsys.readouterr().err


def test_an_answer_is_not_written_where_it_cannot_be(tmp_path: Path) -> None:
    target = tmp_path / "none" / "facts.json"
    assert main(["licence", "MIT", "--json", str(target), "-q"]) != 0
    assert not target.exists()
