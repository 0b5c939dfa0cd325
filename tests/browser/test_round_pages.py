"""Pages of the programme in a real browser: wide and narrow, in both languages, nothing cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dokja.cli.main import main
from tests.support.browser import CHROMIUM, visit

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
SECOND = ("dokpamo-2026-stage-2", "--accept", "inferred")
PAGES = {
    "first stage": ("round", "score", "dokpamo-2026-stage-1"),
    "second stage": ("round", "score", *SECOND, "--what-if"),
    "additional selection": ("round", "score", "dokpamo-2026-additional"),
    "what-if": ("round", "what-if", *SECOND),
    "publication": ("round", "publish", *SECOND, "--compare", "--steps", "2000"),
    "solution": ("round", "solve", *SECOND),
    "leaderboard": ("leaderboard",),
}


@pytest.mark.parametrize(("language", "width"), [("en", 390), ("ko", 1280)])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_off_and_every_figure_is_drawn(
    name: str, language: str, width: int, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    assert main([*PAGES[name], "--html", str(page), "--lang", language, "-q"]) == 0
    seen = visit(page, tmp_path / "profile", width=width)
    assert seen.console == []
    assert seen.overflow <= 0
    assert seen.cut == []
    assert seen.drawn == seen.plots
