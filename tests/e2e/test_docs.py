"""What the README and the tutorials tell readers to type works, and prints what they quote."""

from __future__ import annotations

import pytest

from tests.support.shown import (
    FIRST_PAGES,
    PAGES,
    Terminal,
    commands,
    files,
    numbers,
    outputs,
    words,
)

REFRESH = "if this is meant: python tests/golden/refresh.py, and read the difference"
QUOTED = [(page, command) for page in PAGES for command in outputs(page)]


@pytest.mark.parametrize("page", PAGES)
def test_commands_of_the_page_work(page: str, terminal: Terminal) -> None:
    found = commands(page)
    assert ("dokja demo" if page in FIRST_PAGES else "dokja round init draft.yaml") in found
    for command in found:
        done = terminal.run(command)
        # 1 is the answer to --fail-on: the model that stands in is a fine-tuned one.
        expected = 1 if "--fail-on" in command else 0
        assert done.returncode == expected, (command, done.stderr)


@pytest.mark.parametrize(("page", "command"), QUOTED)
def test_page_quotes_what_is_printed(page: str, command: str, terminal: Terminal) -> None:
    quoted, printed = outputs(page)[command], terminal.printed(command)
    assert words(quoted) == words(printed), REFRESH
    # The last digit shown may be another one where sums are added up in another order.
    assert numbers(quoted) == pytest.approx(numbers(printed), rel=1e-3, abs=2e-4), REFRESH


def test_both_languages_show_the_same_files() -> None:
    english, korean = (files(page) for page in PAGES if page not in FIRST_PAGES)
    assert english == korean
    assert set(english) == {"my-round.yaml", "results.csv", "panel.yaml"}


def test_every_first_page_quotes_something() -> None:
    assert {page for page, _ in QUOTED} == set(PAGES)
