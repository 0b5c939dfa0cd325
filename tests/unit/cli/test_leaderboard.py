"""The leaderboard on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dokja.cli import codes
from dokja.cli import main as program
from dokja.document.leaderboard import LeaderboardBook

if TYPE_CHECKING:
    from pathlib import Path


def test_bundled_snapshots_are_shown_with_version_and_date(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert program.main(["leaderboard"]) == codes.EXIT_OK
    shown = capsys.readouterr().out
    assert "Artificial Analysis Intelligence Index 4.1.1, 2026-08-18" in shown
    assert "South Korea" in shown
    assert program.main(["leaderboard", "--view", "model", "--lang", "ko"]) == codes.EXIT_OK
    assert "순위" in capsys.readouterr().out


def test_all_views_stand_in_one_document(tmp_path: Path) -> None:
    outs = {name: tmp_path / f"board.{name}" for name in ("json", "html", "md", "csv", "xlsx")}
    words = [word for name, path in outs.items() for word in (f"--{name}", str(path))]
    assert program.main(["leaderboard", "--weights", "open", *words, "-q"]) == codes.EXIT_OK
    book = LeaderboardBook.model_validate_json(outs["json"].read_bytes())
    assert len(book.reports) == 2 * 3 * 2 * 2
    assert [one.comparable for one in book.comparisons] == [False]
    page = outs["html"].read_text(encoding="utf-8")
    # Every table and figure of a snapshot bears its stamp.
    assert page.count("4.1.1, 2026-08-18") > 20
    rows = outs["csv"].read_text(encoding="utf-8-sig").splitlines()
    assert all("open,adapter" in row for row in rows[1:])


def test_a_snapshot_of_ones_own_is_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{"schema_version": "1"}', encoding="utf-8")
    assert program.main(["leaderboard", str(path)]) == codes.EXIT_INCOMPLETE
    assert "mine.json" in capsys.readouterr().err
    assert program.main(["leaderboard", str(path), "--json", str(path)]) == codes.EXIT_USAGE
