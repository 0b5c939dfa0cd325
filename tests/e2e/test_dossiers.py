"""``dokja dossier``: a draft says what files say, reads at once, and a check names every defect."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from dokja.cli.main import main
from dokja.document.dossier import Dossier
from dokja.document.dossier_check import DossierCheck
from dokja.document.review_schema import review_schemas
from dokja.review.dossier import read_dossier
from tests.support.cases import DEMO, LICENCE, borrowed_towers, write_dossier

ON = ["--on", "2026-01-20"]
CARD = """\
---
license: apache-2.0
base_model: Maker-V/Vision-Base
---
# Omni
"""


def _submission(folder: Path, card: str | None = CARD) -> Path:
    shutil.copytree(DEMO / "subject", folder / "omni")
    shutil.copy(LICENCE, folder / "omni" / "LICENSE")
    (folder / "omni" / "modeling_omni.py").write_text("import math\n")
    (folder / "omni" / "NOTICE").write_text("Notice.\n")
    if card is not None:
        (folder / "omni" / "README.md").write_text(card)
    return folder / "omni"


def _init(folder: Path, *more: str) -> Path:
    file = folder / "dossier.yaml"
    assert main(["dossier", "init", str(folder / "omni"), "-o", str(file), *ON, *more]) == 0
    return file


def _read(file: Path) -> Dossier:
    import datetime as dt

    return read_dossier(file, on=dt.date(2026, 1, 20)).dossier


def _check(file: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> tuple[int, DossierCheck]:
    capsysbinary.readouterr()
    code = main(["dossier", "check", str(file), "--json", "-", *ON])
    written = capsysbinary.readouterr().out
    jsonschema.validate(json.loads(written), review_schemas()["dossier-check-1"])
    return code, DossierCheck.model_validate_json(written)


# -- init -----------------------------------------------------------------------------------------


def test_a_draft_says_what_files_say_and_no_more(tmp_path: Path) -> None:
    _submission(tmp_path)
    held = _read(_init(tmp_path))
    by_kind = {one.kind: one for one in held.artefacts}
    assert sorted(by_kind) == ["card", "code", "model", "other", "tokenizer"]
    model = held.artefacts[0]
    assert (model.kind, model.path, model.licence) == ("model", "omni", "Apache-2.0")
    assert model.licence_file == "omni/LICENSE"
    assert model.base_model == held.references[0].id == "Vision-Base"
    assert held.references[0].name == "Maker-V/Vision-Base"
    assert held.references[0].declared_in == (by_kind["card"].id,)
    assert {one.component for one in model.parts} >= {"vision_encoder", "audio_encoder"}
    # Whose it is no file can say, nor how the base model was used.
    assert {one.origin for one in held.artefacts} == {"unknown"}
    assert model.base_model_relation is None
    assert held.maker == "?"


@pytest.mark.parametrize("language", ["en", "ko"])
def test_missing_items_stand_where_they_belong_in_the_order_of_mending(
    tmp_path: Path, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _submission(tmp_path)
    lines = _init(tmp_path, "--lang", language).read_text().splitlines()
    at = lines.index('maker: "?"')
    assert lines[at - 1].startswith("# 1. maker: ")
    (origin,) = [k for k, line in enumerate(lines) if line.lstrip().startswith("# 2. origin")]
    assert lines[origin + 1] == '    origin: "unknown"'
    printed = capsys.readouterr().out.splitlines()
    numbers = [int(line.split(".")[0]) for line in printed if line.startswith("  ")]
    assert numbers == list(range(1, len(numbers) + 1))
    fields = [line.split(":")[0].rpartition(".")[2].strip() for line in printed[1:-1]]
    order = ["maker", "origin", "base_model_relation", "owner", "trajectories", "audits"]
    assert [one for one in dict.fromkeys(fields) if one in order] == order
    assert "config.json /vision_config/model_type: qwen2_5_vl" in "\n".join(lines)


def test_a_draft_can_be_reviewed_and_checked_at_once(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    _submission(tmp_path)
    file = _init(tmp_path)
    assert main(["review", str(file), *ON, "--require-conclusion"]) == 4
    code, found = _check(file, capsysbinary)
    assert code == 1
    assert {one.kind for one in found.findings} == {"missing", "note"}
    steps = [one.step for one in found.findings if one.step is not None]
    assert steps == list(range(1, len(steps) + 1))
    assert {one.rule for one in found.findings} == {"DKJ702", "DKJ703", "DKJ710"}


def test_the_same_folder_gives_the_same_draft_and_nothing_is_written_over(tmp_path: Path) -> None:
    _submission(tmp_path)
    file = _init(tmp_path)
    first = file.read_bytes()
    assert main(["dossier", "init", str(tmp_path / "omni"), "-o", str(file)]) == 2
    assert file.read_bytes() == first
    assert _init(tmp_path, "--force").read_bytes() == first


def test_several_checkpoints_make_one_dossier(tmp_path: Path) -> None:
    _submission(tmp_path)
    shutil.copytree(DEMO / "stranger", tmp_path / "other")
    file = tmp_path / "dossier.yaml"
    names = [str(tmp_path / "omni"), str(tmp_path / "other")]
    assert main(["dossier", "init", *names, "-o", str(file), *ON]) == 0
    models = [one for one in _read(file).artefacts if one.kind == "model"]
    assert [one.id for one in models] == ["omni", "other"]
    assert models[0].digest != models[1].digest
    # What is said beside a part is said of that checkpoint.
    text = file.read_text()
    assert text.count("/vision_config/model_type") == 2


def test_weights_alone_make_a_dossier_too(tmp_path: Path) -> None:
    (tmp_path / "omni").mkdir()
    source = DEMO / "subject" / "model.safetensors"
    shutil.copy(source, tmp_path / "omni" / "model.safetensors")
    held = _read(_init(tmp_path, "--maker", 'Ma"ker: #1', "--no-digest"))
    assert held.maker == 'Ma"ker: #1'
    assert held.artefacts[0].digest is None


@pytest.mark.parametrize(
    ("card", "words"),
    [
        ("---\n- a list\n---\n", "mapping"),
        ("---\na: &x [1]\nb: *x\n---\n", "anchor"),
        (b"---\nlicense: \xff\n---\n", "UTF-8"),
        ("---\nlicense: !!python/object/apply:os.system [ls]\n---\n", "tag"),
    ],
)
def test_cards_that_cannot_be_read_are_refused(
    tmp_path: Path, card: str | bytes, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = _submission(tmp_path, None)
    (place / "README.md").write_bytes(card if isinstance(card, bytes) else card.encode())
    file = tmp_path / "dossier.yaml"
    assert main(["dossier", "init", str(place), "-o", str(file), "--lang", "en"]) == 3
    assert words in capsys.readouterr().err
    assert not file.exists()


def test_strange_names_do_not_break_the_file(tmp_path: Path) -> None:
    place = _submission(tmp_path, None)
    (place / 'ev"il: #{}.py').write_text("x = 1\n")
    (place / "모델.py").write_text("x = 1\n")
    (place / "outside.py").symlink_to("/etc/hostname")
    held = _read(_init(tmp_path))
    names = {one.path for one in held.artefacts if one.kind == "code"}
    assert names == {"omni/modeling_omni.py", 'omni/ev"il: #{}.py', "omni/모델.py"}


@pytest.mark.parametrize("where", ["elsewhere", "address", "no-checkpoint"])
def test_what_cannot_be_drafted_from_is_refused(
    tmp_path: Path, where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = _submission(tmp_path)
    (tmp_path / "beside").mkdir()
    output = tmp_path / ("beside/d.yaml" if where == "elsewhere" else "d.yaml")
    subject = {
        "elsewhere": str(place),
        "address": "https://localhost:1/model",
        "no-checkpoint": str(place / "NOTICE"),
    }[where]
    assert main(["dossier", "init", subject, "-o", str(output)]) == 3
    assert "hint" in capsys.readouterr().err
    assert not output.exists()


# -- check ----------------------------------------------------------------------------------------


def test_contradictory_claims_are_named_with_their_lines(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = borrowed_towers(tmp_path / "case")
    text = file.read_text().replace("licence: Apache-2.0\n    parts", "licence: MIT\n    parts")
    text = text.replace("path: subject\n", "path: subject\n    licence_file: subject/LICENSE\n")
    text = text.replace(
        "{component: audio_encoder, frozen: true}",
        "{component: audio_encoder, frozen: true}\n      - {component: speech, origin: mixed}",
    )
    file.write_text(text)
    shutil.copy(LICENCE, file.parent / "subject" / "LICENSE")
    code, found = _check(file, capsysbinary)
    assert code == 1
    clashes = {
        one.place.partition(" ")[0]: one.text.en
        for one in found.findings
        if one.kind == "contradiction"
    }
    assert sorted(clashes) == [
        "artefacts.omni.licence",
        "artefacts.omni.parts.0.frozen",
        "artefacts.omni.parts.1.component",
        "artefacts.omni.parts.1.origin",
    ]
    assert "Apache-2.0" in clashes["artefacts.omni.licence"]
    assert all("(line " in one.place for one in found.findings)


def test_every_broken_file_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = borrowed_towers(tmp_path / "case")
    text = file.read_text()
    text = text.replace("path: card.md", f"path: card.md, digest: 'blake3:{'0' * 64}'")
    text = text.replace("path: vision-donor", "path: ../outside")
    text = text.replace("path: audio-donor", "path: nowhere")
    text = text.replace("path: subject", f"path: subject\n    digest: blake3:{'1' * 64}")
    text += "evidence:\n  - {id: proof, path: none.pdf, digest: 'blake3:" + "2" * 64 + "'}\n"
    text += "trajectories:\n  - {id: run, artefact: omni, recipe: card.md}\n"
    file.write_text(text)
    (file.parent / "link").symlink_to("/etc")
    assert main(["dossier", "check", str(file), "--lang", "en", *ON]) == 3
    told = capsys.readouterr().err
    assert "6 defects" in told
    for place in (
        "artefacts.omni.path (line 9)",
        "artefacts.card.path",
        "references.seeing.path",
        "references.hearing.path",
        "evidence.proof.path",
        "trajectories.run",
    ):
        assert place in told


def test_defects_of_the_text_are_told_with_their_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_dossier(
        tmp_path,
        'schema_version: "1"\nid: a\nmaker: M\ndate: 2031-01-01\nartefacts:\n'
        "  - {id: m, kind: model, trained_from: [n]}\n  - {id: n, kind: model, trained_from: [m]}\n"
        "audits:\n  - {id: m, path: x, digest: 'blake3:" + "0" * 64 + "', artefact: zz}\n",
    )
    assert main(["dossier", "check", str(file), "--lang", "en", *ON]) == 3
    told = capsys.readouterr().err
    for words in (
        "2031-01-01 lies after",
        "m → n → m",
        "'m' stands 2 times",
        "'zz' stands nowhere",
    ):
        assert words in told


def test_a_dossier_that_says_everything_passes(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    shutil.copytree(DEMO / "subject", tmp_path / "omni")
    (tmp_path / "omni" / "config.json").unlink()
    (tmp_path / "card.md").write_text("# Omni\nMade from nothing.\n")
    (tmp_path / "proof.txt").write_text("Trained again on 2026-01-02.\n")
    from dokja.audit import inspect
    from dokja.review.dossier import digest_of

    digest = inspect(str(tmp_path / "omni")).digest
    proof = digest_of((tmp_path / "proof.txt").read_bytes())
    shutil.copytree(DEMO / "vision-donor", tmp_path / "donor")
    file = write_dossier(
        tmp_path,
        f"""\
schema_version: "1"
id: whole
maker: Maker A
date: 2026-01-05
artefacts:
  - id: omni
    kind: model
    path: omni
    digest: {digest}
    origin: third_party
    base_model_relation: none
    licence: Apache-2.0
    retrainable: true
    retrain_evidence: [proof]
    trained_from: []
    parts: [{{component: language_model, trained_from: [donor]}}]
  - {{id: card, kind: card, path: card.md}}
  - {{id: data, kind: data, path: card.md, origin: own, licence: CC0-1.0}}
references:
  - id: donor
    name: Made from nothing
    owner: Maker V
    path: donor
    licence: MIT
    licence_shipped: true
    declared_in: [card]
evidence:
  - {{id: proof, path: proof.txt, digest: "{proof}"}}
""",
    )
    code, found = _check(file, capsysbinary)
    assert [one for one in found.findings if one.kind != "note"] == []
    assert code == 0
    assert found.n_files == 5
