"""The disputes of January 2026 in small: what a review of each dossier comes to."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.trajectory.forge import Story
from dokja.audit import audit, inspect
from dokja.cli.main import main
from dokja.document.common import parse_json_strictly
from dokja.document.consistency_outcomes import check_review
from dokja.document.review import ReviewReport
from dokja.errors import DossierError, ReportError
from dokja.report.review.page import review_page
from dokja.report.round.html import html_page
from dokja.report.round.markdown import markdown_page
from dokja.review.dossier import digest_of, read_dossier
from dokja.review.run import review
from dokja.review.sources import whose_of
from tests.support.cases import (
    ZOO,
    accusation,
    borrowed_towers,
    outcomes,
    own_finetune,
    recorded_run,
    recorded_towers,
    reused_code,
)

ON = dt.date(2026, 1, 20)


@pytest.fixture(scope="module")
def towers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ReviewReport]:
    file = borrowed_towers(tmp_path_factory.mktemp("towers"))
    return file, review(file, on=ON)


def _criteria(report: ReviewReport, criterion: str) -> dict[str | None, str]:
    return {one.component: one.outcome for one in report.criteria if one.criterion == criterion}


def test_borrowed_towers_are_told_apart_from_the_own_language_model(
    towers: tuple[Path, ReviewReport],
) -> None:
    report = towers[1]
    borrowed = _criteria(report, "weights-not-borrowed")
    assert borrowed["vision_encoder"] == borrowed["audio_encoder"] == "not_met"
    assert borrowed["language_model"] == "met"
    found = outcomes(report)
    assert found["vision_encoder"]["ethical"] == found["audio_encoder"]["ethical"] == "not_met"
    assert found["language_model"]["ethical"] == "met"
    # Both towers stand under a licence that leaves use free: the licence alone would have let
    # them pass.
    assert {views["policy"] for views in found.values()} == {"met"}
    assert report.verdict.outcome == "not_met"


def test_the_language_model_between_borrowed_towers_is_met_by_its_recorded_run(
    tmp_path: Path,
) -> None:
    report = review(recorded_towers(tmp_path / "case"), on=ON)
    found = {name: views["technical"] for name, views in outcomes(report).items()}
    assert found["language_model"] == "met"
    assert found["vision_encoder"] == found["audio_encoder"] == "not_met"
    trained = _criteria(report, "trained-from-initialisation")
    # The run is of the language model, and says nothing of what stands beside it.
    assert trained["language_model"] == "met"
    assert trained["projector"] == "inconclusive"
    assert {views["policy"] for views in outcomes(report).values()} == {"met"}
    assert outcomes(report)["audio_encoder"]["ethical"] == "not_met"


def test_a_run_that_ended_in_other_weights_is_no_run_of_the_language_model(
    tmp_path: Path,
) -> None:
    report = review(recorded_towers(tmp_path / "case", forged=True), on=ON)
    assert _criteria(report, "trained-from-initialisation")["language_model"] == "not_met"
    assert any(
        "up_proj" in one.reason.en for one in report.criteria if one.component == "language_model"
    )


@pytest.mark.parametrize(("kept", "outcome"), [(False, "not_met"), (True, "met")])
def test_reused_code_owes_its_header(tmp_path: Path, *, kept: bool, outcome: str) -> None:
    report = review(reused_code(tmp_path / "case", kept=kept), on=ON)
    (row,) = [one for one in report.criteria if one.criterion == "code-notices-kept"]
    assert row.outcome == outcome
    assert "Vision Donor" in row.reason.en
    assert row.findings == (() if kept else ("DKJ708",))
    (ethical,) = [one.outcome for one in report.views if one.view == "ethical"]
    assert ethical == outcome


def test_what_stands_in_the_configuration_alone_has_its_own_rule(tmp_path: Path) -> None:
    file = borrowed_towers(tmp_path / "case")
    agree = {
        one.component: one
        for one in review(file, on=ON).criteria
        if one.criterion == "statements-agree"
    }
    # The configuration names the donors' kinds, an audit proved them, the card is silent.
    for name in ("vision_encoder", "audio_encoder"):
        assert (agree[name].outcome, agree[name].findings) == ("not_met", ("DKJ701",))
    # Somebody's architecture without anybody's weights is a note.
    assert agree["language_model"].outcome == "met"
    assert agree["language_model"].findings == ("DKJ702",)


@pytest.mark.parametrize(
    ("front", "rule"),
    [
        ("license: mit", "DKJ704"),
        ("base_model: Maker-V/Donor\nbase_model_relation: finetune", "DKJ705"),
    ],
)
def test_a_card_that_says_otherwise_is_a_contradiction(
    tmp_path: Path, front: str, rule: str
) -> None:
    file = recorded_run(tmp_path / "case")
    (file.parent / "card.md").write_text(f"---\n{front}\n---\n# Small\n")
    text = file.read_text().replace(
        "origin: own}", "origin: own, licence: Apache-2.0, base_model_relation: none}", 1
    )
    file.write_text(text)
    (agree,) = [one for one in review(file, on=ON).criteria if one.criterion == "statements-agree"]
    assert agree.outcome == "not_met"
    assert rule in agree.findings


def test_without_a_recorded_run_training_from_the_start_stays_open(
    towers: tuple[Path, ReviewReport],
) -> None:
    assert _criteria(towers[1], "trained-from-initialisation")["language_model"] == "inconclusive"
    assert any("no recorded run" in one.en for one in towers[1].verdict.unknown)


def test_a_small_tower_is_all_of_seeing(towers: tuple[Path, ReviewReport]) -> None:
    vision = next(one for one in towers[1].components if one.component == "vision_encoder")
    assert vision.share is not None
    assert vision.share < 0.5
    assert [(one.function, one.share) for one in vision.functions] == [("seeing", 1.0)]


def test_naming_the_donors_mends_only_that(tmp_path: Path) -> None:
    card = "# Omni\nVision Donor sees and Audio Donor hears for us.\n"
    report = review(borrowed_towers(tmp_path / "case", card=card), on=ON)
    named = _criteria(report, "references-named")
    assert set(named.values()) == {"met"}
    kept = _criteria(report, "licences-kept")
    # The vision encoder was tuned, and nobody says so; the audio encoder was left as it was.
    assert kept["vision_encoder"] == "inconclusive"
    assert kept["audio_encoder"] == "not_met"
    assert _criteria(report, "weights-not-borrowed")["vision_encoder"] == "not_met"


def test_saying_what_was_changed_keeps_the_last_duty(tmp_path: Path) -> None:
    card = "# Omni\nVision Donor, tuned by us, sees and Audio Donor hears for us.\n"
    report = review(borrowed_towers(tmp_path / "case", card=card), on=ON)
    assert _criteria(report, "licences-kept")["vision_encoder"] == "met"
    duties = {one.kind: one for row in report.licences if row.reference for one in row.obligations}
    assert duties["state_changes"].kept is not False
    # A clause on patents stays with use; it is shown, and nobody has to prove it kept.
    assert (duties["patent"].standing, duties["patent"].kept) == ("condition", None)


def test_the_cosine_of_norm_vectors_is_no_evidence(tmp_path: Path) -> None:
    report = review(accusation(tmp_path / "case"), on=ON)
    assert _criteria(report, "weights-not-borrowed") == {"language_model": "met"}
    assert outcomes(report)["language_model"]["ethical"] == "met"
    assert report.verdict.outcome == "inconclusive"


def test_a_fine_tune_of_an_own_earlier_model_is_met(tmp_path: Path) -> None:
    report = review(own_finetune(tmp_path / "case"), on=ON)
    assert outcomes(report)["language_model"]["technical"] == "met"
    assert [one.status for one in report.own_derivatives] == ["proved"]
    assert report.verdict.outcome == "met"
    assert any("is the dossier's word" in one.en for one in report.verdict.unknown)


def test_an_earlier_model_without_an_owner_proves_nothing(tmp_path: Path) -> None:
    report = review(own_finetune(tmp_path / "case", owner="licence: MIT"), on=ON)
    assert outcomes(report)["language_model"]["technical"] == "inconclusive"
    assert [one.status for one in report.own_derivatives] == ["owner_unproved"]


def test_an_earlier_model_of_somebody_else_is_borrowed(tmp_path: Path) -> None:
    file = own_finetune(tmp_path / "case", owner="owner: Maker Z")
    text = file.read_text().replace("own_derivative", "finetune").replace("origin: own", "")
    file.write_text(text)
    report = review(file, on=ON)
    assert outcomes(report)["language_model"]["technical"] == "not_met"


def test_calling_it_own_does_not_make_a_model_of_somebody_else_own(tmp_path: Path) -> None:
    file = own_finetune(tmp_path / "case", owner="owner: Maker Z")
    with pytest.raises(DossierError, match="First is owned by Maker Z"):
        review(file, on=ON)
    assert main(["review", str(file), "--on", str(ON), "-q"]) == 3
    whose = whose_of(files := read_dossier(file, on=ON, may_clash=True), files.dossier.artefacts[0])
    assert whose("First", "") == ("First", "Maker Z", False)


def test_a_fine_tune_of_an_own_earlier_model_may_be_called_one(tmp_path: Path) -> None:
    file = own_finetune(tmp_path / "case")
    file.write_text(file.read_text().replace("own_derivative", "finetune"))
    report = review(file, on=ON)
    assert outcomes(report)["language_model"]["technical"] == "met"


def test_a_stricter_policy_asks_for_a_run_of_the_own_fine_tune_too(tmp_path: Path) -> None:
    report = review(own_finetune(tmp_path / "case"), policy="from-scratch-strict", on=ON)
    assert outcomes(report)["language_model"]["technical"] == "inconclusive"


def test_open_use_asks_for_licences_and_not_for_the_origin_of_weights(
    towers: tuple[Path, ReviewReport],
) -> None:
    report = review(towers[0], policy="open-use", on=ON)
    views = {one.view: one.outcome for one in report.views}
    assert views["technical"] == "not_applicable"
    assert views["policy"] == "met"


@pytest.mark.parametrize("language", ["en", "ko"])
def test_pages_show_every_view_and_component(
    towers: tuple[Path, ReviewReport], language: str
) -> None:
    page = review_page(towers[1], language)  # type: ignore[arg-type]
    written = html_page(page).decode()
    words = ("Technical", "Vision encoder") if language == "en" else ("기술", "비전 인코더")
    for word in words:
        assert word in written
        assert word in markdown_page(page).decode()


def test_the_same_dossier_gives_the_same_bytes_and_exit_codes_keep_the_contract(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = str(own_finetune(tmp_path / "case"))
    written = []
    for _ in range(2):
        assert main(["review", file, "--on", "2026-01-20", "--json", "-", "-q"]) == 0
        written.append(capsysbinary.readouterr().out)
    assert written[0] == written[1]
    stored = ReviewReport.model_validate_json(written[0])
    assert stored.provenance.on == ON
    assert json.loads(written[0])["schema_version"] == "1"
    assert main(["review", file, "--on", "2026-01-20", "-q", "--fail-on", "inconclusive"]) == 0
    strict = ["--policy", "from-scratch-strict", "--on", "2026-01-20", "-q"]
    assert main(["review", file, *strict, "--fail-on", "inconclusive"]) == 1
    assert main(["review", file, *strict, "--fail-on", "not_met", "--require-conclusion"]) == 4
    assert main(["review", "-q"]) == 2


def _signed(folder: Path, entries: str) -> str:
    file = folder / "signed.yaml"
    file.write_text(f'schema_version: "1"\ndossier: own-finetune\n{entries}')
    return str(file)


_PEOPLE = """\
reviewers:
  - {id: kim, name: Kim, conflict_of_interest: none}
  - {id: lee, name: Lee, conflict_of_interest: holds shares of Maker B}
"""


def _objection(by: str, *, outcome: str = "not_met") -> str:
    return (
        f"  - {{by: {by}, on: 2026-01-19, criterion: weights-not-borrowed, decision: overrule, "
        f"outcome: {outcome}, reason: The owner is disputed}}\n"
    )


def test_an_objection_without_a_quorum_leaves_open_and_stands_beside_the_machine(
    tmp_path: Path,
) -> None:
    file = own_finetune(tmp_path / "case")
    signed = _signed(tmp_path, f"{_PEOPLE}sign_offs:\n{_objection('kim')}")
    report = review(file, sign_offs=[signed], on=ON)
    row = next(one for one in report.criteria if one.criterion == "weights-not-borrowed")
    assert (row.machine, row.outcome, row.overruled) == ("met", "inconclusive", True)
    overruled = review(file, sign_offs=[signed], on=ON, quorum=1)
    row = next(one for one in overruled.criteria if one.criterion == "weights-not-borrowed")
    assert (row.machine, row.outcome, row.reviewers) == ("met", "not_met", ("kim",))
    assert overruled.provenance.quorum_given


def test_whoever_has_an_interest_is_heard_and_not_counted(tmp_path: Path) -> None:
    file = own_finetune(tmp_path / "case")
    signed = _signed(tmp_path, f"{_PEOPLE}sign_offs:\n{_objection('lee')}")
    report = review(file, sign_offs=[signed], on=ON, quorum=1)
    row = next(one for one in report.criteria if one.criterion == "weights-not-borrowed")
    assert row.outcome == row.machine == "met"
    said = next(one for one in report.trail if one.kind == "overrule")
    assert not said.counted
    assert said.why_not is not None
    assert "holds shares" in said.why_not.en


_WEIGHTS = "criterion: weights-not-borrowed"


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (f"by: kim, on: 2027-01-01, {_WEIGHTS}, decision: agree", "lies after"),
        (f"by: kim, on: 2020-01-01, {_WEIGHTS}, decision: agree", "lies before the date"),
        ("by: kim, on: 2026-01-19, criterion: beauty, decision: agree", "is no criterion"),
        (f"by: kim, on: 2026-01-19, {_WEIGHTS}, decision: overrule, outcome: met", "a reason"),
        (f"by: kim, on: 2026-01-19, {_WEIGHTS}, decision: overrule, reason: no", "shall hold"),
        (f"by: park, on: 2026-01-19, {_WEIGHTS}, decision: agree", "none of the reviewers"),
        (f"by: kim, on: 2026-01-19, {_WEIGHTS}, component: nose, decision: agree", "not in the"),
    ],
)
def test_signatures_that_cannot_be_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], entry: str, words: str
) -> None:
    file = str(own_finetune(tmp_path / "case"))
    signed = _signed(tmp_path, f"{_PEOPLE}sign_offs:\n  - {{{entry}}}\n")
    code = main(["review", file, "--sign-off", signed, "--on", "2026-01-20", "--lang", "en"])
    said = capsys.readouterr().err
    assert code == 3
    assert words in said
    assert "(line 7)" in said


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("{id: kim2, name: 'KIM ', conflict_of_interest: none}", "is the name of 'kim' too"),
        ("{id: kim2, name: Ｋｉｍ, conflict_of_interest: none}", "is the name of 'kim' too"),
        (r'{id: kim2, name: "Kim\u3164", conflict_of_interest: none}', "is the name of 'kim' too"),
        (r'{id: kim2, name: "\u041aim", conflict_of_interest: none}', "two alphabets"),
        ("{id: us, name: maker b, conflict_of_interest: none}", "whoever submits has an interest"),
    ],
)
def test_nobody_counts_twice_or_decides_on_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], who: str, words: str
) -> None:
    file = str(own_finetune(tmp_path / "case"))
    signed = _signed(tmp_path, f"{_PEOPLE}  - {who}\n")
    assert main(["review", file, "--sign-off", signed, "--on", str(ON), "--lang", "en"]) == 3
    assert words in capsys.readouterr().err


def test_nobody_counts_twice_by_signing_two_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = own_finetune(tmp_path / "case")
    first = _signed(tmp_path, f"{_PEOPLE}sign_offs:\n{_objection('kim')}")
    (tmp_path / "more").mkdir()
    again = _signed(tmp_path / "more", f"{_PEOPLE}sign_offs:\n{_objection('kim')}")
    report = review(file, sign_offs=[first, again], on=ON, quorum=2)
    row = next(one for one in report.criteria if one.criterion == "weights-not-borrowed")
    assert row.outcome == "met"
    other = _PEOPLE.replace("name: Kim", "name: Park")
    wrong = _signed(tmp_path / "more", f"{other}sign_offs:\n{_objection('kim')}")
    words = ["--sign-off", first, "--sign-off", wrong, "--on", str(ON), "--lang", "en"]
    assert main(["review", str(file), *words]) == 3
    assert "somebody else in another file" in capsys.readouterr().err


def test_a_recorded_run_from_random_weights_meets_the_technical_view(tmp_path: Path) -> None:
    report = review(recorded_run(tmp_path / "case"), on=ON)
    assert _criteria(report, "trained-from-initialisation") == {"language_model": "met"}
    assert outcomes(report)["language_model"]["technical"] == "met"
    assert _criteria(report, "able-to-retrain")["language_model"] == "met"


def test_a_run_that_ends_elsewhere_proves_nothing_of_what_was_submitted(tmp_path: Path) -> None:
    case = recorded_run(tmp_path / "case", submitted="run/step-000200")
    report = review(case, on=ON)
    assert _criteria(report, "trained-from-initialisation") == {"language_model": "inconclusive"}


def test_reports_have_to_be_of_the_weights_that_lie_there(tmp_path: Path) -> None:
    file = own_finetune(tmp_path / "case", owner="owner: Maker Z, licence: MIT")
    text = file.read_text().replace("own_derivative", "finetune").replace("origin: own", "")
    shutil.copytree(ZOO / "stranger-1", tmp_path / "honest")
    clean = audit(str(tmp_path / "honest"), [str(ZOO / "base")])
    content = clean.model_dump_json(by_alias=True).encode()
    (file.parent / "clean.json").write_bytes(content)
    text += f"audits: [{{id: clean, path: clean.json, digest: '{digest_of(content)}', "
    text += "artefact: second}]\n"
    file.write_text(text)
    with pytest.raises(DossierError, match=r"audit clean is of .* and the weights of second bear"):
        review(file, on=ON)
    file.write_text(text.replace("path: finetuned", f"digest: '{clean.subject.digest}'"))
    unseen = review(file, on=ON)
    assert outcomes(unseen)["language_model"]["technical"] == "inconclusive"
    words = " ".join(one.en for one in unseen.verdict.unknown)
    assert "believed as they are" in words
    assert "weights of second were not at hand" in words


@pytest.mark.parametrize("who", ["second", "first"])
def test_a_digest_that_the_weights_do_not_bear_is_refused(tmp_path: Path, who: str) -> None:
    file = own_finetune(tmp_path / "case")
    held = yaml.safe_load(file.read_text())
    (one,) = [one for one in (*held["artefacts"], *held["references"]) if one["id"] == who]
    one["digest"] = f"blake3:{'0' * 64}"
    file.write_text(json.dumps(held, default=str))
    with pytest.raises(DossierError, match=f"{who} bears blake3:[0-9a-f]+, and the dossier gives"):
        review(file, on=ON)


def test_a_reference_that_a_report_leaves_out_is_audited(tmp_path: Path) -> None:
    """Whoever hands in an audit against a stranger alone does not hide the donor beside it."""
    file = own_finetune(tmp_path / "case", owner="owner: Maker Z, licence: MIT")
    text = file.read_text().replace("own_derivative", "finetune").replace("origin: own", "")
    weights = str(file.parent / "finetuned")
    shutil.copytree(ZOO / "stranger-1", file.parent / "stranger")
    clean = audit(weights, [str(file.parent / "stranger")])
    content = clean.model_dump_json(by_alias=True).encode()
    (file.parent / "clean.json").write_bytes(content)
    stored = f"{{id: clean, path: clean.json, digest: '{digest_of(content)}', artefact: second}}"
    file.write_text(f"{text}audits: [{stored}]\n")
    report = review(file, on=ON)
    assert outcomes(report)["language_model"]["technical"] == "not_met"
    assert [one.made for one in report.evidence if one.kind == "audit"] == ["stored", "computed"]


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ("name: First, owner: Maker B", "is the same model as first"),
        ("name: Ours, owner: Maker B, digest: '{digest}'", "are one model"),
    ],
)
def test_a_second_entry_does_not_make_a_model_the_makers_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], second: str, words: str
) -> None:
    file = own_finetune(tmp_path / "case", owner="owner: Maker Z, licence: MIT")
    text = file.read_text().replace("own_derivative", "finetune").replace("origin: own", "")
    digest = inspect(str(ZOO / "base")).digest
    file.write_text(f"{text}  - {{id: ours, {second.format(digest=digest)}}}\n")
    assert main(["review", str(file), "--on", str(ON), "--lang", "en"]) == 3
    assert words in capsys.readouterr().err


def test_a_name_is_no_place(tmp_path: Path) -> None:
    file = own_finetune(tmp_path / "case", owner="owner: Maker Z, licence: MIT")
    text = file.read_text().replace("own_derivative", "finetune").replace("origin: own", "")
    place = file.parent / "base"
    file.write_text(f"{text}  - {{id: ours, name: '{place}', owner: Maker B}}\n")
    assert outcomes(review(file, on=ON))["language_model"]["technical"] == "not_met"


@pytest.mark.parametrize("start", ["given", "frozen in two parts"])
def test_a_run_that_did_not_begin_at_random_numbers_does_not_show_that_it_did(
    tmp_path: Path, start: str
) -> None:
    file = recorded_run(tmp_path / "case")
    recipe = file.parent / "run" / "recipe.yaml"
    held = yaml.safe_load(recipe.read_text())
    if start == "given":
        held["initialiser"] = [{"distribution": "given", "source": "our own numbers"}]
    else:
        story = Story(recipe.parent)
        tower = {name: held for name, held in story.wide(-1).items() if ".layers.0." in name}
        for place in range(len(story.states)):
            story.put(place, {**story.wide(place), **tower})
        said = {"tensors": "*.layers.0.*", "source": "our own"}
        story.recipe["initialiser"].insert(0, {**said, "distribution": "given"})
        story.recipe["frozen"] = [{**said, "last_step": 200}, {**said, "first_step": 200}]
        shutil.rmtree(recipe.parent)
        story.write(recipe.parent)
        held = yaml.safe_load(recipe.read_text())
    recipe.write_text(json.dumps(held, default=str))
    report = review(file, on=ON)
    assert _criteria(report, "trained-from-initialisation") == {"language_model": "inconclusive"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda held: held["views"][0].update(outcome="met"), "views.0.outcome"),
        (lambda held: held["verdict"].update(outcome="met"), "verdict.outcome"),
        (lambda held: held["components"][0]["views"][0].update(outcome="met"), "components.0"),
        (lambda held: held["criteria"][0].update(outcome="met"), "criteria.0.outcome"),
    ],
)
def test_a_review_that_was_edited_is_refused(
    towers: tuple[Path, ReviewReport], change: Any, words: str
) -> None:
    held = json.loads(towers[1].model_dump_json())
    change(held)
    edited = parse_json_strictly(ReviewReport, json.dumps(held).encode())
    with pytest.raises(ReportError) as refused:
        check_review(edited, uri="review.json")
    assert words in str(refused.value)


def test_a_part_that_the_checkpoint_does_not_have_is_refused(tmp_path: Path) -> None:
    file = own_finetune(tmp_path / "case")
    text = file.read_text().replace(
        "origin: own", "origin: own\n    parts: [{component: soul, origin: own}]"
    )
    file.write_text(text)
    with pytest.raises(DossierError, match="there is no soul in the checkpoint"):
        review(file, on=ON)


def test_a_bundle_holds_the_dossier_that_was_reviewed(tmp_path: Path) -> None:
    file = own_finetune(tmp_path / "case")
    report = tmp_path / "review.json"
    assert main(["review", str(file), "--on", str(ON), "-q", "--json", str(report)]) == 0
    words = ["bundle", str(report), "--no-pages", "-q", "--dossier"]
    other = tmp_path / "dossier.yaml"
    other.write_text(file.read_text() + "# another\n")
    assert main([*words, str(other), "-o", str(tmp_path / "other")]) == 3
    assert not (tmp_path / "other").exists()
    assert main([*words, str(file), "-o", str(tmp_path / "own")]) == 0


@pytest.mark.parametrize(
    ("maker", "licence", "outcome"),
    [
        ("Maker B", "llama3.1", "inconclusive"),
        ("Maker B", "gemma", "inconclusive"),
        ("Maker B", "CC-BY-NC-4.0", "met"),
        ("네이버", "LicenseRef-scancode-hyperclova-x-seed-2025", "met"),
        ("NAVER Cloud", "LicenseRef-scancode-hyperclova-x-seed-2025", "met"),
    ],
)
def test_a_licence_made_for_models_of_another_does_not_fit_ones_own(
    tmp_path: Path, maker: str, licence: str, outcome: str
) -> None:
    file = own_finetune(tmp_path / "case", owner=f"owner: {maker}")
    text = file.read_text().replace("maker: Maker B", f"maker: {maker}")
    file.write_text(text.replace("origin: own", f"origin: own\n    licence: {licence}"))
    assert outcomes(review(file, on=ON))["language_model"]["policy"] == outcome
