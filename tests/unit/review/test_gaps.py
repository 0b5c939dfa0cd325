"""What is missing is told in one order, and filling it in makes it go away."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dokja.document.dossier import Dossier
from dokja.review.draft_text import draft_text
from dokja.review.gaps import gaps

BARE: dict[str, Any] = {
    "schema_version": "1",
    "id": "d",
    "maker": "?",
    "date": "2026-01-05",
    "artefacts": [{"id": "m", "kind": "model", "path": "m"}],
}
COMPONENTS = {"m": ("language_model", "vision_encoder")}


def _dossier(held: dict[str, Any]) -> Dossier:
    return Dossier.model_validate_json(json.dumps(held))


def _places(held: dict[str, Any]) -> list[str]:
    return [str(one.place[-1]) for one in gaps(_dossier(held), COMPONENTS)]


def test_a_bare_dossier_lacks_everything_in_the_order_of_mending() -> None:
    found = gaps(_dossier(BARE), COMPONENTS)
    assert [str(one.place[-1]) for one in found] == [
        "maker",
        "origin",
        "licence",
        "base_model_relation",
        "artefacts",
        "digest",
        "trajectories",
        "audits",
        "retrainable",
        "artefacts",
    ]
    assert [one.step for one in found] == sorted(one.step for one in found)


def test_what_is_filled_in_is_missing_no_more() -> None:
    held = json.loads(json.dumps(BARE))
    model = held["artefacts"][0]
    for place, (owner, key, value) in {
        "maker": (held, "maker", "M"),
        "origin": (model, "origin", "own"),
        "licence": (model, "licence", "MIT"),
        "base_model_relation": (model, "base_model_relation", "none"),
        "digest": (model, "digest", "blake3:" + "0" * 64),
        "retrainable": (model, "retrainable", True),
        "audits": (held, "references", [{"id": "r", "name": "R", "path": "r", "used": False}]),
        "trajectories": (
            held,
            "trajectories",
            [{"id": "run", "artefact": "m", "recipe": "recipe.yaml"}],
        ),
    }.items():
        assert place in _places(held)
        owner[key] = value
        assert place not in _places(held)
    held["artefacts"] += [
        {"id": "c", "kind": "card", "path": "c"},
        {"id": "x", "kind": "data", "path": "x", "origin": "own", "licence": "MIT"},
    ]
    assert _places(held) == []


def test_runs_are_asked_for_part_by_part() -> None:
    held = json.loads(json.dumps(BARE))
    held["trajectories"] = [
        {"id": "run", "artefact": "m", "component": "language_model", "recipe": "r"}
    ]
    (text,) = [
        one.text.en for one in gaps(_dossier(held), COMPONENTS) if one.place == ("trajectories",)
    ]
    assert "vision_encoder" in text
    assert "language_model" not in text
    held["artefacts"][0]["parts"] = [{"component": "vision_encoder", "origin": "third_party"}]
    assert "trajectories" not in _places(held)


def test_a_donor_that_was_used_needs_an_owner_a_licence_and_a_mention() -> None:
    held = json.loads(json.dumps(BARE))
    held["references"] = [{"id": "r", "name": "R"}]
    assert "used" in _places(held)
    held["artefacts"][0]["trained_from"] = ["r"]
    assert {"owner", "licence", "licence_shipped", "declared_in"} <= set(_places(held))
    held["references"][0]["owner"] = "?"
    # The maker's own earlier model needs no mention and ships no licence.
    assert not {"licence_shipped", "declared_in"} & set(_places(held))


@given(
    maker=st.text(min_size=1, max_size=60).filter(lambda text: max(text) < "\ud800" or True),
    title=st.text(min_size=1, max_size=60),
)
def test_any_words_survive_being_written(maker: str, title: str) -> None:
    from dokja.document.yamltext import load_yaml

    try:
        dossier = _dossier({**BARE, "maker": maker, "title": title})
    except (ValueError, UnicodeError):
        return
    text = draft_text(dossier, gaps(dossier, COMPONENTS), {}, file="d.yaml")
    read = load_yaml(text.encode(), uri="d.yaml")
    assert Dossier.model_validate_json(json.dumps(read, default=str)) == dossier
