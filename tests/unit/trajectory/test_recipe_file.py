from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from dokja.errors import TrajectoryError
from dokja.trajectory.recipe_file import read_recipe

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
GOOD = """\
schema_version: "1"
id: run
optimiser: {name: adamw, betas: [0.9, 0.95], eps: 1e-8}
schedule: {kind: cosine, peak: 3e-4, warmup: 10}
steps: 100
initialiser:
  - {kinds: norm, distribution: ones}
  - {distribution: normal, std: 2e-2}
checkpoints:
  - {step: 0, path: a, time: 2026-05-01}
  - {step: 100, path: b, time: 2026-05-02T10:00:00+09:00}
submission: {path: b}
"""


def _write(folder: Path, text: str) -> Path:
    for name in ("a", "b"):
        (folder / name).mkdir(exist_ok=True)
    path = folder / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def _defects(folder: Path, text: str) -> str:
    with pytest.raises(TrajectoryError) as caught:
        read_recipe(_write(folder, text), now=NOW)
    return str(caught.value)


def test_numbers_names_and_times_are_read_as_they_are_meant(tmp_path: Path) -> None:
    read = read_recipe(_write(tmp_path, GOOD), now=NOW)
    assert read.recipe.schedule.peak == 0.0003
    assert read.recipe.initialiser[0].kinds == ("norm",)
    assert read.recipe.initialiser[1].tensors == ("*",)
    assert read.recipe.checkpoints[0].time == dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    assert read.digest.startswith("blake3:")


def test_all_defects_come_in_one_message_with_their_lines(tmp_path: Path) -> None:
    text = GOOD.replace("optimiser:", "optimizer:").replace("peak: 3e-4, ", "")
    text = text.replace("path: b, time: 2026-05-02T10:00:00+09:00", "path: ../b, time: 2027-01-01")
    said = _defects(tmp_path, text)
    for words in (
        "optimizer (line 3): no such field; did you mean 'optimiser'?",
        "optimiser: is missing",
        "schedule.peak (line 4)",
        "checkpoints.1.path (line 11): '../b' leads out",
        "2027-01-01T00:00:00+00:00 lies in the future",
    ):
        assert words in said.replace("optimiser (line 1): is", "optimiser: is"), said


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("path: a", "path: /etc", "not an address or a path from the root"),
        ("path: a", "path: https://x.invalid/a", "not an address"),
        ("path: a", "path: c", "is not there"),
        ("path: a", 'path: "~/a"', "not an address"),
        ("step: 100, path: b", "step: 0, path: b", "two checkpoints of step 0"),
        ("step: 100, path: b", "step: 101, path: b", "after the last one"),
        ("{kind: cosine, peak: 3e-4, warmup: 10}", "{kind: wsd, peak: 1e-3}", "decay_start"),
        ("betas: [0.9, 0.95], ", "", "adamw needs its betas"),
        ("distribution: normal, std: 2e-2", "distribution: uniform, low: 1, high: 0", "low below"),
        ("distribution: normal, std: 2e-2", "distribution: given", "need a source"),
        ("std: 2e-2", "std: -1", "greater than 0"),
        ("std: 2e-2", "std: nan", "not a finite number"),
        ("id: run", "id: run\nstarted: 2026-05-03\nfinished: 2026-05-01", "before it begins"),
        ("id: run", "id: &x run", "anchor"),
        ("id: run", "id: run\nid: run", "stands twice"),
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert words in _defects(tmp_path, GOOD.replace(old, new, 1))


def test_a_link_may_not_lead_out_but_a_wider_root_may_be_named(tmp_path: Path) -> None:
    inner = tmp_path / "run"
    inner.mkdir()
    path = _write(inner, GOOD.replace("path: a", "path: link"))
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (inner / "link").symlink_to(outside)
    with pytest.raises(TrajectoryError, match="leads out"):
        read_recipe(path, now=NOW)
    assert read_recipe(path, root=tmp_path, now=NOW).recipe.id == "run"


def test_bombs_and_folders_are_refused(tmp_path: Path) -> None:
    assert "bytes" in _defects(tmp_path, "#" * (5 * 1024 * 1024))
    assert "nested" in _defects(tmp_path, "a: " + "[" * 60 + "]" * 60)
    with pytest.raises(TrajectoryError, match="cannot be read"):
        read_recipe(tmp_path)
