from __future__ import annotations

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
