from __future__ import annotations

import pytest

from dokja.cli.korean import KOREAN
from dokja.cli.language import (
    Language,
    choose_language,
    current_language,
    say,
    set_language,
    use_language,
)


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        ([], {}, "en"),
        (["audit", "--lang", "ko"], {}, "ko"),
        (["--help", "--lang=ko"], {"DOKJA_LANG": "en"}, "ko"),
        (["--lang", "en"], {"DOKJA_LANG": "ko"}, "en"),
        ([], {"DOKJA_LANG": "ko"}, "ko"),
        ([], {"LANG": "ko_KR.UTF-8"}, "ko"),
        ([], {"LC_ALL": "en_US.UTF-8", "LANG": "ko_KR.UTF-8"}, "en"),
        ([], {"LC_ALL": "", "LANG": "ko_KR.UTF-8"}, "ko"),
        ([], {"DOKJA_LANG": "en", "LANG": "ko_KR.UTF-8"}, "en"),
        (["--lang", "fr"], {}, "en"),
        (["--lang"], {}, "en"),
        (["audit", "--", "--lang", "ko"], {}, "en"),
    ],
)
def test_command_line_goes_before_variable_before_locale(
    arguments: list[str], environment: dict[str, str], expected: str
) -> None:
    assert choose_language(arguments, environment) == expected


def test_unknown_sentence_stays_english() -> None:
    assert say("no such sentence", Language.KO) == "no such sentence"


def test_known_sentence_is_translated_only_when_asked() -> None:
    assert say("error", Language.KO) == "오류"
    assert say("error", Language.EN) == "error"


def test_fixed_language_holds_until_a_command_asks_for_another() -> None:
    set_language(Language.KO)
    try:
        assert current_language() is Language.KO
        assert use_language(None) is Language.KO
        assert say("hint") == KOREAN["hint"]
        assert use_language(Language.EN) is Language.EN
        assert say("hint") == "hint"
    finally:
        set_language(Language.EN)


def test_translations_keep_their_placeholders() -> None:
    from string import Formatter

    def fields(text: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}

    assert [en for en, ko in KOREAN.items() if fields(en) != fields(ko)] == []
