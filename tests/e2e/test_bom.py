"""Bills of materials: valid by official schemas, open in the reference libraries, honest."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.model.bom import Bom
from ruamel.yaml import YAML
from spdx_python_model import v3_0_1 as spdx

from dokja.attestation.kinds import read_report
from dokja.cli import codes
from dokja.cli.main import main
from tests.support.cases import borrowed_towers
from tests.support.cyclonedx import defects

FORMATS = ("cyclonedx", "spdx", "eu", "eu-json", "card")


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bom")
    dossier = borrowed_towers(folder)
    places = [str(folder / name) for name in ("subject", "vision-donor", "audio-donor")]
    report = folder / "audit.json"
    assert main(["audit", *places, "--json", str(report), "-q"]) == codes.EXIT_OK
    reviewed = folder / "review.json"
    words = ["review", str(dossier), "--on", "2026-01-20", "--json", str(reviewed), "-q"]
    assert main(words) == codes.EXIT_OK
    return {"folder": folder, "dossier": dossier, "audit": report, "review": reviewed}


def written(
    kind: str, case: dict[str, Path], capsysbinary: pytest.CaptureFixture[bytes], *more: str
) -> str:
    assert main(["bom", str(case["audit"]), "--format", kind, *more]) == codes.EXIT_OK
    return capsysbinary.readouterr().out.decode()


@pytest.mark.parametrize("with_review", [False, True], ids=["audit alone", "with review"])
def test_cyclonedx_is_valid_and_opens_in_the_reference_library(
    with_review: bool,  # noqa: FBT001 - parametrised
    case: dict[str, Path],
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    more = [str(case["review"])] if with_review else []
    held = json.loads(written("cyclonedx", case, capsysbinary, *more))
    assert defects(held) == []
    assert defects(held, "1.7") == []
    read = Bom.from_json(held)  # type: ignore[attr-defined]  # made by the library when it is loaded
    assert read.metadata.component is not None
    assert read.metadata.component.type.value == "machine-learning-model"
    parts = {one["name"]: one for one in held["metadata"]["component"]["components"]}
    ancestors = {
        name: [one["name"] for one in part.get("pedigree", {}).get("ancestors", [])]
        for name, part in parts.items()
    }
    assert [len(ancestors[name]) for name in ("vision_encoder", "audio_encoder")] == [1, 1]
    assert ancestors["language_model"] == []
    said = held["declarations"]
    refs = {one["bom-ref"] for one in said["claims"]} | {one["bom-ref"] for one in said["evidence"]}
    requirements = {one["bom-ref"] for one in held["definitions"]["standards"][0]["requirements"]}
    targets = {one["bom-ref"] for one in said["targets"]["components"]}
    for one in said["claims"]:
        assert one["target"] in targets
        assert set(one.get("evidence", one.get("counterEvidence"))) <= refs
    for one in said["attestations"][0]["map"]:
        assert one["requirement"] in requirements
        assert set(one.get("claims", one.get("counterClaims"))) <= refs
    # What was found speaks against the claim, and what is open has no score for it.
    against = [one for one in said["claims"] if "counterEvidence" in one]
    assert {one["target"] for one in against} >= (
        {"target:omni / vision_encoder"} if with_review else {"target:vision_encoder"}
    )
    scores = [one.get("conformance", {}).get("score") for one in said["attestations"][0]["map"]]
    assert set(scores) == {0, 1, None}


def test_spdx_opens_in_the_reference_library(
    case: dict[str, Path], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    text = written("spdx", case, capsysbinary, "--dossier", str(case["dossier"]))
    objects = spdx.SHACLObjectSet()
    spdx.JSONLDDeserializer().read(io.BytesIO(text.encode()), objects)
    packages = list(objects.foreach_type(spdx.ai_AIPackage))
    assert len(packages) == 3
    relations = list(objects.foreach_type(spdx.Relationship))
    kinds = [str(one.relationshipType).rpartition("/")[2] for one in relations]
    assert kinds.count("descendantOf") == 2
    assert kinds.count("hasDeclaredLicense") == 3
    assert not objects.missing_ids
    (document,) = objects.foreach_type(spdx.SpdxDocument)
    assert "ai" in str(document.profileConformance)
    # A word that the profile does not have is refused by the same reader.
    with pytest.raises(Exception, match=r"(?i)descendantOff|not|unknown"):
        spdx.JSONLDDeserializer().read(
            io.BytesIO(text.replace('"descendantOf"', '"descendantOff"').encode()),
            spdx.SHACLObjectSet(),
        )


def test_fields_of_the_eu_form_name_what_was_found_and_what_is_open(
    case: dict[str, Path], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    held = json.loads(written("eu-json", case, capsysbinary, "--dossier", str(case["dossier"])))
    fields = held["1.6 model dependencies"]
    assert {one["component"] for one in fields["found"]} == {"vision_encoder", "audio_encoder"}
    assert held["1.3 model authenticity"]["secure hash of the tensors"].startswith("blake3:")
    assert held["1.3 model authenticity"]["endpoint"] is None
    assert [one["component"] for one in fields["not decided"]] == ["other:model.audio_projector"]
    page = written("eu", case, capsysbinary)
    assert "1.3 Model authenticity" in page
    assert "Endpoint: unknown" in page


def test_a_card_names_proved_donors_and_leaves_the_relation_to_the_maker(
    case: dict[str, Path], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    text = written("card", case, capsysbinary, "--dossier", str(case["dossier"]))
    front = YAML(typ="safe").load(text.split("---")[1])
    assert front["license"] == "Apache-2.0"
    assert front["base_model"] == ["Vision Donor", "Audio Donor"]
    assert "base_model_relation" not in front
    assert "language\\_model" in text
    assert "about the models compared with and about nothing else" in text


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_reports_give_the_same_bytes(
    kind: str, case: dict[str, Path], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    more = [str(case["review"]), "--dossier", str(case["dossier"])]
    first = written(kind, case, capsysbinary, *more)
    assert first == written(kind, case, capsysbinary, *more)


HOSTILE = '</script> "quoted" | `x` [a](http://x)\n---\nlicense: mit'


@pytest.mark.parametrize("kind", FORMATS)
def test_names_are_never_obeyed(
    kind: str, case: dict[str, Path], tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    held = case["audit"].read_text()
    donor = json.loads(held)["references"][0]["ref"]
    changed = tmp_path / "audit.json"
    changed.write_text(held.replace(json.dumps(donor), json.dumps(HOSTILE)))
    text = written(kind, {**case, "audit": changed}, capsysbinary)
    if kind == "cyclonedx":
        assert defects(json.loads(text)) == []
    if kind == "card":
        front = YAML(typ="safe").load(re.split(r"^---$", text, flags=re.MULTILINE)[1])
        assert HOSTILE in front["base_model"]
        assert "license" not in front
    if kind in {"card", "eu"}:
        body = text.partition("## ")[2]
        assert "[a](http" not in body
        assert "</script>" not in body


def test_reports_that_do_not_belong_together_are_refused(
    case: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "bom.json"
    for words in (
        [str(case["review"])],
        [str(case["audit"]), str(case["audit"])],
        [str(case["dossier"])],
        [str(tmp_path / "none.json")],
    ):
        assert main(["bom", *words, "-o", str(target)]) == codes.EXIT_INCOMPLETE
        assert "hint: " in capsys.readouterr().err
        assert not target.exists()
    held = case["review"].read_text()
    digest = json.loads(case["audit"].read_text())["subject"]["digest"]
    other = tmp_path / "review.json"
    other.write_text(held.replace(digest, "blake3:" + "0" * 64))
    assert main(["bom", str(case["audit"]), str(other), "-o", str(target)]) == codes.EXIT_INCOMPLETE
    assert "another submission" in capsys.readouterr().err


def test_a_dossier_of_another_submission_is_refused(
    case: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "bom.json"
    other = case["folder"] / "other.yaml"
    words = ["-o", str(target), "--dossier", str(other)]
    try:
        other.write_text(case["dossier"].read_text() + "\n# changed after the review\n")
        beside = ["bom", str(case["audit"]), str(case["review"]), *words]
        assert main(beside) == codes.EXIT_INCOMPLETE
        assert "the review is of the dossier" in capsys.readouterr().err
        assert main(["bom", str(case["audit"]), *words]) == codes.EXIT_OK
        target.unlink()
        held = YAML(typ="safe").load(case["dossier"].read_text())
        for artefact in held["artefacts"]:
            artefact["digest"] = "blake3:" + "0" * 64
        other.write_text(json.dumps(held, default=str))
        assert main(["bom", str(case["audit"]), *words]) == codes.EXIT_INCOMPLETE
        assert "the dossier is of another submission" in capsys.readouterr().err
        assert not target.exists()
    finally:
        other.unlink()


def test_a_licence_that_cannot_be_read_is_no_assertion(case: dict[str, Path]) -> None:
    from dokja.attestation.facts import gather_facts
    from dokja.attestation.spdx import spdx_document

    _, report = read_report(case["audit"].read_bytes(), uri="audit.json")
    held: Any = report
    subject = held.subject.model_copy(update={"license": "ask us"})
    facts = gather_facts([held.model_copy(update={"subject": subject})])
    graph = spdx_document(facts)["@graph"]
    said = [one for one in graph if one["type"] == "simplelicensing_LicenseExpression"]
    assert [one["simplelicensing_licenseExpression"] for one in said] == ["NOASSERTION"]
