from __future__ import annotations

import logging

import pytest

from dokja.cli.progress import progress_bars


def test_nothing_is_shown_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bars(quiet=False, forced=False) as advance:
        assert advance is None
    assert capsys.readouterr().err == ""


def test_quiet_wins_over_forced() -> None:
    with progress_bars(quiet=True, forced=True) as advance:
        assert advance is None


def test_forced_bar_names_the_stage_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bars(quiet=False, forced=True) as advance:
        assert advance is not None
        advance("vision_[encoder]", 0, 0)
        advance("vision_[encoder]", 512, 1024)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "vision_[encoder]" in captured.err
    assert "50%" in captured.err


def test_note_of_a_lower_room_is_shown_once_in_the_language_of_the_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = logging.getLogger("dokja.io.ranges")
    with progress_bars(quiet=False, forced=False):
        log.warning("%s: %s; trying again", "http://host/\x1b[31m", "status 503")
        log.info("nobody needs to know")
    with progress_bars(quiet=True, forced=False):
        log.warning("%s: %s; trying again", "quiet", "quiet")
    assert capsys.readouterr().err == "note: http://host/\\x1b[31m: status 503; trying again\n"
