"""Rules of disclosure: each fires on what it is for, and not on the honest twin beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dokja.disclosure.cards import Card, read_card
from dokja.disclosure.configs import Named, read_config, root_of
from dokja.disclosure.names import is_named
from dokja.disclosure.rules import card_rules, config_rules
from dokja.errors import DossierError

SILENT = ["# Omni\nA model of ours."]


def _card(front: str) -> Card:
    return read_card(f"---\n{front}\n---\n# Card\n".encode(), uri="README.md")


def _rules(card: Card, **more: object) -> list[str]:
    said: dict[str, object] = {
        "licence": None,
        "card_licence": None,
        "base_model": None,
        "relation": None,
        "proved": (),
        "cleared": (),
        **more,
    }
    return [one.rule for one in card_rules(card, **said)]  # type: ignore[arg-type]


# -- configurations -------------------------------------------------------------------------------


def test_a_model_named_in_the_config_and_in_no_document_is_a_finding_of_its_own() -> None:
    named = [Named("model", "Qwen/Qwen2.5-VL-32B", "/vision/_name_or_path", "vision_encoder")]
    (said,) = config_rules(named, SILENT, {}, maker="Maker A")
    assert (said.rule, said.level, said.component) == ("DKJ701", "contradiction", "vision_encoder")
    assert list(config_rules(named, ["Built on Qwen2.5 VL 32B"], {}, maker="Maker A")) == []
    assert list(config_rules(named, ["Its eyes are Qwen's"], {}, maker="Maker A")) == []
    assert list(config_rules(named, SILENT, {}, maker="Qwen")) == []
    # Where there is no document, nothing can be absent from it.
    assert list(config_rules(named, [], {}, maker="Maker A")) == []


def test_an_architecture_alone_is_a_note_and_with_a_proved_donor_a_contradiction() -> None:
    named = [Named("family", "qwen2_5_vl", "/vision_config/model_type", "vision_encoder")]
    assert [one.rule for one in config_rules(named, SILENT, {}, maker="M")] == ["DKJ702"]
    proved = {"vision_encoder": ("Qwen/Qwen2.5-VL",)}
    assert [one.rule for one in config_rules(named, SILENT, proved, maker="M")] == ["DKJ701"]
    other = {"audio_encoder": ("Qwen/Qwen2-Audio",)}
    assert [one.rule for one in config_rules(named, SILENT, other, maker="M")] == ["DKJ702"]
    # A donor that is named is disclosed, though the architecture is not.
    told = ["Its eyes come from Donor X."]
    assert list(config_rules(named, told, {"vision_encoder": ("Donor X",)}, maker="M")) == []


@pytest.mark.parametrize(
    ("value", "root"),
    [
        ("qwen2_5_vl", "qwen"),
        ("Qwen2AudioEncoder", "qwen"),
        ("gpt_neox", "gpt_neox"),
        ("whisper", "whisper"),
        ("vlm", None),
        ("our_model", None),
        ("", None),
    ],
)
def test_kinds_of_networks_have_public_roots(value: str, root: str | None) -> None:
    assert root_of(value) == root


def test_a_configuration_is_read_to_its_depth_with_pointers(tmp_path: Path) -> None:
    held = {
        "model_type": "vlm",
        "_name_or_path": "/home/somebody/ckpt",
        "vision_config": {"model_type": "qwen2_5_vl", "a/b": {"_name_or_path": "Qwen/VL"}},
        "audio_config": {"model_type": "qwen2_audio_encoder"},
        "text_config": {"_name_or_path": "./here"},
    }
    (tmp_path / "config.json").write_text(json.dumps(held))
    found = read_config(tmp_path)
    assert found == (
        Named("family", "qwen2_5_vl", "/vision_config/model_type", "vision_encoder"),
        Named("model", "Qwen/VL", "/vision_config/a~1b/_name_or_path", "vision_encoder"),
        Named("family", "qwen2_audio_encoder", "/audio_config/model_type", "audio_encoder"),
    )


@pytest.mark.parametrize("content", ["[]", "{", "[" * 100_000, "null"])
def test_a_configuration_that_cannot_be_read_names_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    assert read_config(tmp_path) is None
    assert read_config(tmp_path / "nowhere" / "model.safetensors") is None


# -- cards ----------------------------------------------------------------------------------------


def test_a_card_is_read_as_hubs_write_it() -> None:
    card = _card("license: other\nlicense_name: qwen\nbase_model:\n- A/B\n- C/D\nn: 1")
    assert (card.licence, card.licence_name) == ("other", "qwen")
    assert card.base_models == ("A/B", "C/D")
    assert card.relation is None
    assert read_card(b"# No front matter\n", uri="x").base_models == ()
    assert read_card(b"---\n---\n# Empty\n", uri="x").licence is None


def test_cards_that_fit_say_nothing() -> None:
    card = _card("license: mit\nbase_model: A/B\nbase_model_relation: finetune")
    fits = {"licence": "MIT", "card_licence": "MIT", "base_model": "A/B", "relation": "finetune"}
    assert _rules(card, **fits, proved=["B"]) == []


@pytest.mark.parametrize(
    ("front", "said", "rule"),
    [
        ("base_model: A/B", {"base_model": "A/B", "relation": "finetune"}, "DKJ703"),
        ("license: mit", {"licence": "Apache-2.0", "card_licence": "MIT"}, "DKJ704"),
        (
            "base_model: A/B\nbase_model_relation: finetune",
            {"relation": "none"},
            "DKJ705",
        ),
        ("license: mit", {"relation": "none", "proved": ["Donor"]}, "DKJ706"),
        (
            "base_model: A/B\nbase_model_relation: finetune",
            {"base_model": "A/B", "relation": "finetune", "cleared": ["x/B"]},
            "DKJ707",
        ),
    ],
)
def test_each_rule_of_a_card(front: str, said: dict[str, object], rule: str) -> None:
    assert _rules(_card(front), **said) == [rule]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Qwen/Qwen2.5-VL", "we use Qwen 2.5 VL here"),
        ("Qwen/Qwen2.5-VL", "(qwen2_5_vl)"),
        ("Qwen/Qwen2.5-VL-32B", "Its eyes are Qwen's."),
        ("Qwen/Qwen2.5-VL-32B", "눈은 Qwen3을 썼습니다"),
        ("Org/Donor-X", "DONOR x"),
        ("Org/Donor-X", "Donor-X를 썼다"),
        ("Org/도너", "도너를 썼다"),
    ],
)
def test_a_name_is_found_however_it_is_spelt(name: str, text: str) -> None:
    assert is_named(name, ["nothing", text])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Org/Donor-X", "Donor Y"),
        ("Org/Donor-X", "Donor Xylophone, Donor X2"),
        ("Org/Base", "based on nothing, a database"),
        ("google/vit-base", "much activity"),
        ("facebook/sam-b", "the same example"),
        ("facebook/opt-1b", "options are optional; adopt"),
        ("microsoft/phi-4", "a philosophy of graphics"),
        ("Org/...", "anything"),
    ],
)
def test_a_name_inside_of_other_words_is_no_name(name: str, text: str) -> None:
    assert not is_named(name, [text])
    assert not is_named(name, [])


def test_a_family_is_no_name_where_the_model_itself_is_asked_for() -> None:
    assert is_named("Qwen/Qwen2.5-VL", ["Qwen3 was used"])
    assert not is_named("Qwen/Qwen2.5-VL", ["Qwen3 was used"], family=False)


@pytest.mark.parametrize(
    "content",
    [b"---\n- a\n---\n", b"\xff\xfe", b"x" * (4 * 1024 * 1024 + 1), b"---\na: *b\n---\n"],
)
def test_cards_that_cannot_be_read_are_refused(content: bytes) -> None:
    with pytest.raises(DossierError):
        read_card(content, uri="README.md")
