"""Claims that exclude each other are found, and honest ones of the same shape are left alone."""

from __future__ import annotations

import json

import pytest

from dokja.document.dossier import Dossier
from dokja.review.contradictions import contradictions, is_own

OWN = {"id": "old", "name": "Old", "owner": "M"}
THEIRS = {"id": "base", "name": "Base", "owner": "V"}


def _dossier(model: dict[str, object], **more: object) -> Dossier:
    held = {
        "schema_version": "1",
        "id": "d",
        "maker": "M",
        "date": "2026-01-05",
        "artefacts": [{"id": "m", "kind": "model", "path": "m", **model}],
        "references": [OWN, THEIRS],
        **more,
    }
    return Dossier.model_validate_json(json.dumps(held))


def _found(dossier: Dossier) -> list[tuple[str | int, ...]]:
    return [where for where, _ in contradictions(dossier)]


@pytest.mark.parametrize(
    ("model", "where"),
    [
        ({"base_model": "Base", "base_model_relation": "none"}, ("base_model",)),
        ({"origin": "own", "base_model": "Base", "base_model_relation": "adapter"}, ("origin",)),
        ({"origin": "own", "base_model_relation": "quantized"}, ("origin",)),
        (
            {"base_model": "Base", "base_model_relation": "own_derivative"},
            ("base_model_relation",),
        ),
        ({"base_model_relation": "none", "trained_from": ["base"]}, ("trained_from",)),
        ({"origin": "own", "frozen": True}, ("frozen",)),
        ({"origin": "own", "frozen": True, "trained_from": ["base"]}, ("frozen",)),
        ({"retrainable": False, "retrain_evidence": ["proof"]}, ("retrain_evidence",)),
        (
            {"origin": "own", "parts": [{"component": "eye", "origin": "third_party"}]},
            ("parts", 0, "origin"),
        ),
        (
            {"origin": "own", "parts": [{"component": "eye", "frozen": True}]},
            ("parts", 0, "frozen"),
        ),
    ],
)
def test_a_clash_is_found_where_it_stands(
    model: dict[str, object], where: tuple[str | int, ...]
) -> None:
    proof = {"id": "proof", "path": "p", "digest": "blake3:" + "0" * 64}
    found = _found(_dossier(model, evidence=[proof]))
    assert found == [("artefacts", 0, *where)]


@pytest.mark.parametrize(
    "model",
    [
        {},
        {"origin": "own", "base_model_relation": "none"},
        {"origin": "own", "base_model": "Old", "base_model_relation": "adapter"},
        {"origin": "own", "base_model": "old", "base_model_relation": "own_derivative"},
        {"origin": "own", "frozen": True, "trained_from": ["old"]},
        {"origin": "third_party", "frozen": True, "trained_from": ["base"]},
        {"origin": "mixed", "parts": [{"component": "eye", "origin": "third_party"}]},
        {
            "origin": "mixed",
            "parts": [{"component": "eye", "origin": "third_party", "frozen": True}],
        },
        {
            "origin": "mixed",
            "base_model_relation": "none",
            "trained_from": ["base"],
            "parts": [{"component": "eye", "origin": "third_party"}],
        },
    ],
)
def test_claims_that_go_together_are_left_alone(model: dict[str, object]) -> None:
    assert _found(_dossier(model)) == []


def test_a_frozen_part_with_a_run_clashes_and_another_part_with_one_does_not() -> None:
    model: dict[str, object] = {
        "origin": "mixed",
        "parts": [
            {"component": "eye", "origin": "third_party", "frozen": True},
            {"component": "language_model", "origin": "own"},
        ],
    }
    for component, expected in (("eye", 1), ("language_model", 0)):
        run = {"id": "run", "artefact": "m", "component": component, "recipe": "r.yaml"}
        found = _found(_dossier(model, trajectories=[run]))
        assert found == [("artefacts", 0, "parts", 0, "frozen")] * expected


def test_what_is_used_cannot_be_unused_and_what_is_submitted_is_no_reference() -> None:
    unused = [{**THEIRS, "used": False}]
    found = _found(_dossier({"trained_from": ["base"]}, references=unused))
    assert found == [("references", 0, "used")]
    twin = [{**THEIRS, "path": "m/"}]
    assert _found(_dossier({}, references=twin)) == [("references", 0)]


def test_own_is_what_the_maker_made() -> None:
    dossier = _dossier({"origin": "own"})
    assert [is_own(dossier, one) for one in ("m", "old", "base", "nobody")] == [
        True,
        True,
        False,
        False,
    ]
