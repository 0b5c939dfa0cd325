"""Pages of reviews and of training runs in a real browser: nothing cut off, every figure drawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.trajectory.forge import FORGERIES
from dokja.cli.main import main
from tests.support.browser import CHROMIUM, visit
from tests.support.cases import accusation, own_finetune, recorded_towers, reused_code

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
RUNS = Path(__file__).parents[1] / "data" / "trajectory"
VIEWS = [("en", 390), ("ko", 390), ("ko", 1280)]


def _command(name: str, folder: Path) -> list[str]:
    if name == "honest run":
        return ["trajectory", str(RUNS / "small-a" / "recipe.yaml")]
    if name == "pasted start":
        forgery = next(one for one in FORGERIES if one.name == "pasted-start")
        # The stored runs are smaller than those of the bench.
        from dataclasses import replace

        small = replace(forgery, base="small-a", donor="small-b" if forgery.donor else None)
        return ["trajectory", str(small.make(RUNS, folder))]
    case = {
        "borrowed towers": recorded_towers,
        "accusation": accusation,
        "own fine-tune": own_finetune,
        "code": lambda place: reused_code(place, kept=False),
    }[name]
    return ["review", str(case(folder)), "--on", "2026-01-20"]


@pytest.mark.parametrize(
    "name",
    ["borrowed towers", "accusation", "own fine-tune", "code", "honest run", "pasted start"],
)
def test_nothing_is_cut_off_and_every_figure_is_drawn(name: str, tmp_path: Path) -> None:
    command = _command(name, tmp_path / "case")
    for language, width in VIEWS:
        page = tmp_path / f"{language}-{width}.html"
        assert main([*command, "--html", str(page), "--lang", language, "-q"]) == 0
        seen = visit(page, tmp_path / f"profile-{language}-{width}", width=width)
        assert seen.console == [], (language, width)
        assert seen.overflow <= 0, (language, width)
        assert seen.cut == [], (language, width)
        assert seen.drawn == seen.plots, (language, width)
