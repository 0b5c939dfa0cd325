"""Dossiers that cannot be right: told whole, with lines, before anything is read or written."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from dokja.cli.main import main
from dokja.errors import DossierError
from dokja.review.dossier import read_dossier
from tests.support.cases import write_dossier

ON = dt.date(2026, 1, 20)
GOOD = """\
schema_version: "1"
id: case
maker: Maker
date: 2026-01-05
artefacts:
  - {id: model, kind: model, path: model}
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace("2026-01-05", "2027-01-05"), "lies after the day of the review"),
        (GOOD.replace("kind: model", "kind: spell"), "artefacts.model.kind (line 6)"),
        (GOOD.replace("maker: Maker\n", ""), "is missing"),
        (GOOD + "colour: red\n", "colour (line 7): no such field"),
        (GOOD + "  - {id: model, kind: code}\n", "stands 2 times"),
        (GOOD.replace("path: model", "trained_from: [ghost]"), "'ghost' stands nowhere"),
        (GOOD.replace("path: model", "trained_from: [model]"), "in a circle"),
        (
            GOOD.replace("path: model", "trained_from: [b]")
            + "  - {id: b, kind: model, trained_from: [model]}\n",
            "in a circle",
        ),
        (
            GOOD.replace("path: model", "origin: own, base_model_relation: finetune"),
            "is own, while",
        ),
        (GOOD + "trajectories:\n  - {id: t, artefact: model}\n", "needs a recipe or a report"),
        (GOOD + "x: &a [1]\ny: *a\n", "line 7"),
        (GOOD.replace("maker: Maker", "maker: A\nmaker: B"), "maker"),
        ("[" * 100, "not YAML|nested"),
        ("", "empty"),
    ],
)
def test_every_defect_is_told(tmp_path: Path, text: str, words: str) -> None:
    file = write_dossier(tmp_path, text)
    with pytest.raises(DossierError) as caught:
        read_dossier(file, on=ON)
    assert any(word in str(caught.value) for word in words.split("|"))
    assert main(["review", str(file), "--on", "2026-01-20", "--json", str(tmp_path / "r")]) == 3
    assert not (tmp_path / "r").exists()


def test_no_path_leaves_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    folder = tmp_path / "case"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")
    files = read_dossier(write_dossier(folder, GOOD), on=ON)
    for path in ("../secret", str(tmp_path / "secret"), "link"):
        with pytest.raises(DossierError, match="leads out of the folder"):
            files.read(path, None, "evidence")


def test_another_digest_is_another_file(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("loss")
    proof = f"evidence:\n  - {{id: log, path: log.txt, digest: 'blake3:{'0' * 64}'}}\n"
    file = write_dossier(tmp_path, GOOD + proof)
    assert main(["review", str(file), "--on", "2026-01-20", "-q"]) == 3


def test_outputs_take_the_place_of_nothing_that_is_read(tmp_path: Path) -> None:
    (tmp_path / "card.md").write_text("# Card")
    file = write_dossier(tmp_path, GOOD + "  - {id: card, kind: card, path: card.md}\n")
    for target in (file, tmp_path / "card.md"):
        before = target.read_bytes()
        assert main(["review", str(file), "--on", "2026-01-20", "--md", str(target)]) == 2
        assert target.read_bytes() == before
