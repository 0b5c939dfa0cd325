"""Licence texts in a submission: found by name, known by their words, laid beside claims."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pytest

from dokja.document.review import LicenceRow
from dokja.errors import DossierError
from dokja.review.dossier import read_dossier
from dokja.review.run import review
from dokja.review.shipped import read_shipped
from tests.support.cases import LICENCE, write_dossier
from tests.support.zoo import ZOO

ON = dt.date(2026, 1, 20)
APACHE = "Apache-2.0"


def case(folder: Path, *, own: str = "", donor: str = "licence: Apache-2.0") -> Path:
    """A declared fine-tune of somebody else's model, in a folder without any licence text."""
    shutil.copytree(ZOO / "finetuned", folder / "model")
    for name in ("LICENSE", "NOTICE"):
        (folder / "model" / name).unlink(missing_ok=True)
    (folder / "donor").mkdir()
    (folder / "card.md").write_text("# Second\nTrained on from First.\n")
    return write_dossier(
        folder,
        f"""\
schema_version: "1"
id: case
maker: Maker B
date: 2026-01-05
artefacts:
  - id: second
    kind: model
    path: model
    base_model: First
    base_model_relation: finetune
    {own}
  - {{id: card, kind: card, path: card.md}}
references:
  - {{id: first, name: First, owner: Maker A, {donor}}}
""",
    )


def rows(file: Path) -> dict[str | None, LicenceRow]:
    return {one.reference: one for one in review(file, on=ON).licences}


def kept(row: LicenceRow) -> dict[str, Any]:
    return {one.kind: (one.applies, one.kept) for one in row.obligations}


def test_without_any_text_a_notice_is_not_kept(tmp_path: Path) -> None:
    duties = kept(rows(case(tmp_path))["First"])
    assert duties["notice"] == (True, False)
    assert duties["state_changes"] == (True, True)


def test_the_donors_text_in_a_file_of_its_own_keeps_it(tmp_path: Path) -> None:
    file = case(tmp_path, own="licence: MIT")
    shutil.copy(LICENCE, tmp_path / "model" / "LICENSE-first")
    assert kept(rows(file)["First"])["notice"] == (True, True)


def test_the_own_text_of_the_same_licence_need_not_bear_the_donors_notices(tmp_path: Path) -> None:
    file = case(tmp_path, own="licence: Apache-2.0")
    shutil.copy(LICENCE, tmp_path / "model" / "LICENSE")
    assert kept(rows(file)["First"])["notice"] == (True, None)


def test_the_word_of_the_dossier_holds_unless_one_sees_otherwise(tmp_path: Path) -> None:
    file = case(tmp_path, donor="licence: Apache-2.0, licence_shipped: true")
    assert kept(rows(file)["First"])["notice"] == (True, None)
    (tmp_path / "model" / "THIRD-PARTY.txt").write_text("First, under a licence of its own words")
    assert kept(rows(file)["First"])["notice"] == (True, True)
    file.write_text(file.read_text().replace("shipped: true", "shipped: false"))
    assert kept(rows(file)["First"])["notice"] == (True, False)


def test_attributions_of_a_notice_have_to_lie_there(tmp_path: Path) -> None:
    file = case(tmp_path, donor="licence: Apache-2.0, path: donor")
    shutil.copytree(ZOO / "base", tmp_path / "donor", dirs_exist_ok=True)
    shutil.copy(LICENCE, tmp_path / "donor" / "LICENSE")
    shutil.copy(LICENCE, tmp_path / "model" / "LICENSE-first")
    assert kept(rows(file)["First"])["notice_file"][0] is False
    (tmp_path / "donor" / "NOTICE").write_text("First\nMade by Maker A\n")
    assert kept(rows(file)["First"])["notice_file"] == (True, False)
    (tmp_path / "model" / "NOTICE").write_text("Second\n\nFirst\n  Made by Maker A\n")
    assert kept(rows(file)["First"])["notice_file"] == (True, True)


def test_a_text_that_is_another_licence_contradicts_the_dossier(tmp_path: Path) -> None:
    file = case(tmp_path, own="licence: MIT")
    shutil.copy(LICENCE, tmp_path / "model" / "LICENSE")
    report = review(file, on=ON)
    (own,) = [one for one in report.licences if one.reference is None]
    assert "LICENSE of second is the text of Apache-2.0" in own.conflicts[0].en
    (told,) = [one for one in report.criteria if one.criterion == "licences-kept"]
    assert told.outcome == "not_met"
    assert "is the text of Apache-2.0" in told.reason.en


def test_a_reference_that_lies_there_speaks_for_itself(tmp_path: Path) -> None:
    file = case(tmp_path, donor="licence: MIT, path: donor")
    shutil.copytree(ZOO / "base", tmp_path / "donor", dirs_exist_ok=True)
    shutil.copy(LICENCE, tmp_path / "donor" / "LICENSE")
    assert "the dossier says MIT" in rows(file)["First"].conflicts[0].en
    file.write_text(file.read_text().replace("licence: MIT, ", ""))
    first = rows(file)["First"]
    assert (first.expression, first.control, first.conflicts) == (APACHE, "free", ())


def test_a_declared_licence_file_is_read_and_a_missing_one_refused(tmp_path: Path) -> None:
    file = case(tmp_path, own="licence_file: terms.txt")
    with pytest.raises(DossierError, match=r"there is no file terms\.txt"):
        review(file, on=ON)
    shutil.copy(LICENCE, tmp_path / "terms.txt")
    assert rows(file)[None].expression == APACHE
    file.write_text(file.read_text().replace("terms.txt", "../terms.txt"))
    with pytest.raises(DossierError, match="leads out of the folder"):
        review(file, on=ON)


def test_odd_files_are_passed_over(tmp_path: Path) -> None:
    file = case(tmp_path / "case")
    model = tmp_path / "case" / "model"
    (tmp_path / "LICENSE").write_text("outside")
    (model / "LICENSE").symlink_to(tmp_path / "LICENSE")
    (model / "LICENCE.md").write_bytes(b"\xff\xfe\x00")
    (model / "COPYING").write_bytes(b"a" * (1024 * 1024 + 1))
    (model / "LICENSES").mkdir()
    shutil.copy(LICENCE, model / "LICENSES" / "first.txt")
    found = read_shipped(read_dossier(file, on=ON)).files
    assert [(one.name, one.licence, one.own) for one in found] == [
        ("LICENCE.md", None, True),
        ("LICENSES/first.txt", APACHE, False),
    ]


def test_outputs_bind_as_the_licence_says(tmp_path: Path) -> None:
    file = case(tmp_path, own="licence: Apache-2.0\n    trained_from: [pairs]")
    text = file.read_text().replace(
        "    base_model: First\n    base_model_relation: finetune\n", ""
    )
    text = text.replace(
        "references:", "  - {id: pairs, kind: data, trained_from: [first]}\nreferences:"
    )
    for licence, control, broken in (
        ("Apache-2.0", "free", set()),
        ("llama3.1", "mild", set()),
        ("llama2", "constrained", {"outputs"}),
        ("gemma", "constrained", {"notice"}),
    ):
        file.write_text(text.replace("licence: Apache-2.0}", f"licence: {licence}}}"))
        found = [one for one in review(file, on=ON).licences if one.reference == "First"]
        model = next(one for one in found if one.artefact == "second")
        assert (model.by_outputs, model.through, model.control) == (True, ("pairs",), control)
        assert {one.kind for one in model.obligations if one.kept is False} == broken


def test_what_was_proved_in_an_earlier_artefact_binds_the_later_too(tmp_path: Path) -> None:
    shutil.copytree(ZOO / "base", tmp_path / "first")
    shutil.copytree(ZOO / "finetuned", tmp_path / "second")
    file = write_dossier(
        tmp_path,
        """\
schema_version: "1"
id: case
maker: Maker B
date: 2026-01-05
artefacts:
  - {id: third, kind: model, trained_from: [second], licence: Apache-2.0}
  - {id: second, kind: model, path: second, licence: Apache-2.0}
references:
  - {id: first, name: First, owner: Maker A, path: first, licence: CC-BY-NC-4.0}
""",
    )
    (row,) = [
        one
        for one in review(file, on=ON).licences
        if (one.artefact, one.reference) == ("third", "First")
    ]
    assert (row.proved, row.through, row.by_outputs) == (True, ("second",), False)
    assert "Do not use it commercially" in row.conflicts[0].en
