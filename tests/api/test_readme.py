from __future__ import annotations

import re
import struct

from tests.support.help import README, help_text, shown_help
from tests.support.modules import REPOSITORY


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


def test_picture_of_a_verdict_is_small_and_readable() -> None:
    picture = (REPOSITORY / "docs/images/verdict.png").read_bytes()
    assert len(picture) <= 300_000
    width, height = struct.unpack(">II", picture[16:24])
    assert width >= 800
    assert height >= 400
