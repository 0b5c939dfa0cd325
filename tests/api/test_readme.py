from __future__ import annotations

import re
import struct

import pytest

from tests.support.help import README, help_text, shown_help
from tests.support.modules import REPOSITORY
from tests.support.shown import with_real_tables


def test_help_in_the_readme_is_the_real_one() -> None:
    shown = shown_help(README.read_text())
    assert set(shown) == {"audit"}
    for command, text in shown.items():
        assert text == help_text(command), "run: python tests/support/help.py"


def test_local_links_of_the_readme_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", README.read_text())
    local = [target for target in targets if not target.startswith("http")]
    assert len(local) > 8
    assert [target for target in local if not (REPOSITORY / target).exists()] == []


@pytest.mark.parametrize("name", ["verdict.png", "verdict-ko.png"])
def test_picture_of_a_verdict_is_small_and_readable(name: str) -> None:
    picture = (REPOSITORY / "docs/images" / name).read_bytes()
    assert len(picture) <= 300_000
    width, height = struct.unpack(">II", picture[16:24])
    assert width >= 800
    assert height >= 400


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_speed_in_the_readme_is_the_measured_one(name: str) -> None:
    page = (REPOSITORY / "docs/speed.md").read_text()
    rows = {cells[0]: cells for cells in (_cells(line) for line in page.splitlines()) if cells}
    seconds = float(rows["`dokja audit`, whole"][-1].split()[0])
    memory = float(rows["peak memory below 1 GiB at every size"][1].split()[0])
    said = re.search(r"(\d+) ?(?:s on two cores|초가 걸렸고)", (REPOSITORY / name).read_text())
    assert said is not None
    assert seconds <= int(said[1]) <= 2 * seconds
    assert memory < 1


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []


def test_korean_readme_names_the_same_relations_and_links_somewhere() -> None:
    english, korean = (
        (REPOSITORY / "README.md").read_text(),
        (REPOSITORY / "README.ko.md").read_text(),
    )
    named = [set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) for page in (english, korean)]
    assert named[0] == named[1] != set()
    assert english.count("\n- ") == korean.count("\n- ")
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", korean)
    missing = [t for t in targets if not t.startswith("http") and not (REPOSITORY / t).exists()]
    assert missing == []


def test_tables_from_other_pages_are_as_they_stand_there() -> None:
    text = README.read_text()
    assert "<!-- table: " in text
    assert text == with_real_tables(text), "run: python tests/golden/refresh.py"
