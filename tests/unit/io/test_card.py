from __future__ import annotations

import pytest

from dokja.io.card import card_license, config_license


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ("license: apache-2.0", "apache-2.0"),
        ("license: 'mit'", "mit"),
        ('license: "cc-by-4.0"  # ours', "cc-by-4.0"),
        ("license:   bsd-3-clause   ", "bsd-3-clause"),
        ("license: # later\ntags: x", None),
        ("license:\n- llama3\n- mit", "llama3"),
        ("license:\n  - llama3", "llama3"),
        ("license: [mit, apache-2.0]", "mit"),
        ("license: other\nlicense_name: exaone-1.2\nlicense_link: LICENSE", "exaone-1.2"),
        ("license_name: exaone-1.2\nlicense: other", "exaone-1.2"),
        ("license: other", "other"),
        ("license: mit\nlicense_name: ours", "mit"),
        ("license: mit\nlicense: gpl-3.0", "mit"),
        ("language: en\ntags:\n- a\nlicense: mit\nbase_model: x/y", "mit"),
        ("  license: mit", None),
        ("license:mit", None),
        ("licenses: mit", None),
        ("license: null", None),
        ("license: ~", None),
        ('license: ""', None),
        ("license: " + "x" * 201, None),
        ("license: \x1b[2J", None),
        ("language: en", None),
    ],
)
def test_license_is_found_without_reading_yaml(metadata: str, expected: str | None) -> None:
    for text in (f"---\n{metadata}\n---\n# Model", f"\ufeff---\r\n{metadata}\n---\r\nlicense: x"):
        assert card_license(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "# Model\nlicense: mit", "---\nlicense: mit", "-----\nlicense: mit\n---", "\n---\na\n---"],
)
def test_text_without_metadata_names_no_license(text: str) -> None:
    assert card_license(text) is None


def test_metadata_is_not_followed_for_ever() -> None:
    assert card_license("---\n" + "a: b\n" * 100_000 + "license: mit\n---\n") is None


def test_license_of_a_config() -> None:
    assert config_license({"license": "mit"}) == "mit"
    assert config_license({"license": ["mit"]}) is None
    assert config_license({}) is None
    assert config_license(None) is None
