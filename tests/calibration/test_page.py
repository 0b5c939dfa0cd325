"""The page of figures is the command's own, and up to date with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench import calibrate
from bench.calibration import composed, draws, page, power, run, size, wrong

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = Path(__file__).parents[2] / "docs" / "method" / "calibration.md"


ALL_CASES = [*run.synthetic_cases(), *composed.large_cases()]


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "synthetic_cases", lambda: [ALL_CASES[0], ALL_CASES[1]])
    monkeypatch.setattr(composed, "large_cases", list)
    monkeypatch.setattr(run, "EFFECTS", power.EFFECTS[:1])
    monkeypatch.setattr(run, "FAULTS", wrong.FAULTS[-1:])


def command(folder: Path, *more: str) -> tuple[int, str]:
    output = folder / "calibration.md"
    options = ["--draws", "50", "--power-draws", "5", "--zoo", str(folder)]
    code = calibrate.main([*options, "--output", str(output), *more])
    return code, output.read_text(encoding="utf-8")


@pytest.mark.usefixtures("_short")
def test_same_seed_same_page_and_other_seed_another(tmp_path: Path) -> None:
    code, text = command(tmp_path)
    assert code == 0
    assert command(tmp_path) == (0, text)
    assert command(tmp_path, "--seed", "7")[1] != text
    assert "50 draws a row" in text


@pytest.mark.usefixtures("_short")
def test_a_broken_promise_ends_with_one_and_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    too_small = draws.Case("made up", "none", lambda rng: -9.0)
    too_weak = power.Effect("weak", "nothing", 0.99, lambda rng: 0.0)
    monkeypatch.setattr(run, "synthetic_cases", lambda: [too_small])
    monkeypatch.setattr(run, "EFFECTS", [too_weak])
    code, text = command(tmp_path)
    assert code == 1
    assert "**no**" in text
    said = capsys.readouterr().err
    assert "made up: none: p-values smaller than uniform" in said
    assert "weak: nothing: found in 0% only" in said


def rows(text: str) -> set[str]:
    return {line.split("|")[1].strip() for line in text.splitlines() if line.startswith("|")}


def test_the_stored_page_shows_every_test_and_every_null() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert "Written by `make calibrate`" in text
    shown: Sequence[str] = [line[4:] for line in text.splitlines() if line.startswith("### ")]
    assert set(shown) == {case.test for case in ALL_CASES}
    assert {case.null for case in ALL_CASES} < rows(text)
    assert {effect.planted for effect in power.EFFECTS} <= {
        line.split("|")[2].strip() for line in text.splitlines() if line.startswith("|")
    }
    assert "zoo, units relabelled" in text
    assert "**no**" not in text


def test_the_stored_page_rests_on_a_thousand_draws_at_least() -> None:
    text = PAGE.read_text(encoding="utf-8")
    n_draws = int(text.split(" draws a row")[0].rsplit(" ", 1)[1].replace(",", ""))
    assert n_draws >= 1000


def test_page_names_its_limits() -> None:
    case = draws.Case("test", "null", lambda rng: 0.0)
    figures = page.Figures(
        seed=3,
        n_draws=1000,
        n_power=10,
        sizes=[size.measure(case, 1000, 3)],
        powers=[(power.EFFECTS[0], 1.0)],
        faults=[(wrong.FAULTS[0], np.array([-5.0, -1.0]))],
    )
    text = page.rendered(figures)
    assert figures.failures == []
    assert f"{size.count_limit(1000, 0.1)}" in text
    assert "| 0.500 | -3.0 | -5.0 |" in text
