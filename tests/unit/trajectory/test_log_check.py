from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.trajectory.forge import Story
from dokja.document.trajectory import TrajectoryReport
from dokja.trajectory.run import trajectory

HONEST = Path(__file__).parents[2] / "data" / "trajectory" / "small-a"


def _judged(folder: Path, change: Any, **recipe: Any) -> TrajectoryReport:
    story = Story(HONEST)
    story.recipe.update(recipe)
    change(story)
    return trajectory(story.write(folder / "run"))


def _reasons(report: TrajectoryReport) -> list[tuple[str, str]]:
    return [(one.level, one.reason) for one in report.findings]


def _zone(story: Story) -> None:
    for row in story.rows:
        row["time"] = row["time"].replace("T09:", "T18:")


def _first_loss(story: Story) -> None:
    story.rows[1]["loss"] = story.rows[0]["loss"] = story.recipe["checkpoints"][0]["loss"] = 2.0


def _smooth(story: Story) -> None:
    loss = {row["step"]: row["loss"] for row in story.rows}
    for entry in story.recipe["checkpoints"]:
        near = [k for k in loss if abs(k - entry["step"]) <= 15]
        line = np.polyfit(near, [loss[k] for k in near], 1)
        entry["loss"] = round(float(np.polyval(line, entry["step"])) + 0.05, 4)


def _every_tenth(story: Story) -> None:
    story.rows = [row for row in story.rows if row["step"] % 10 == 0]


def _late(story: Story) -> None:
    story.rows = [{**row, "lr": row["lr"] * 1.0} for row in story.rows[1:]]


@pytest.mark.parametrize("change", [_zone, _every_tenth, _late], ids=lambda one: one.__name__)
def test_logs_that_differ_in_manner_only_are_no_contradiction(change: Any, tmp_path: Path) -> None:
    assert _reasons(_judged(tmp_path, change)) == []


def test_losses_on_other_data_are_noted_and_accuse_nobody(tmp_path: Path) -> None:
    report = _judged(tmp_path, _smooth)
    assert _reasons(report) == [("note", "log_contradicts")]
    assert report.verdict.outcome == "consistent"


def _longer(story: Story) -> None:
    story.rows += [{**story.rows[-1], "step": 400 + k} for k in range(1, 60)]


def _shorter(story: Story) -> None:
    story.rows = story.rows[:300]


def _twice(story: Story) -> None:
    story.rows = [*story.rows[:216], *story.rows[200:]]


@pytest.mark.parametrize(
    ("change", "level", "reason"),
    [
        (_first_loss, "contradiction", "log_contradicts"),
        (_longer, "contradiction", "log_contradicts"),
        (_shorter, "open", "log_contradicts"),
        (_twice, "contradiction", "log_order"),
    ],
)
def test_logs_that_contradict_are_told(
    change: Any, level: str, reason: str, tmp_path: Path
) -> None:
    assert (level, reason) in _reasons(_judged(tmp_path, change))


def test_a_declared_resumption_explains_what_was_logged_twice(tmp_path: Path) -> None:
    resumes = [{"step": 200, "stopped_at": 215}]
    assert _reasons(_judged(tmp_path, _twice, resumes=resumes)) == []


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"data": [{"name": "d", "made": "2026-05-01"}]}, "log_back_dated"),
        ({"started": "2026-03-20"}, "log_back_dated"),
        ({"finished": "2026-02-01", "started": "2026-01-01"}, "log_back_dated"),
    ],
)
def test_times_must_fit_the_recipe(said: dict[str, Any], reason: str, tmp_path: Path) -> None:
    report = _judged(tmp_path, lambda _: None, **said)
    assert ("contradiction", reason) in _reasons(report)


def test_a_digest_that_is_not_borne_is_told(tmp_path: Path) -> None:
    def change(story: Story) -> None:
        story.recipe["checkpoints"][3]["digest"] = "blake3:" + "0" * 64

    report = _judged(tmp_path, change)
    assert _reasons(report) == [("contradiction", "digest_differs")]
    assert report.findings[0].steps == (150,)


def test_without_start_end_or_log_it_is_said(tmp_path: Path) -> None:
    def change(story: Story) -> None:
        story.keep(list(range(1, 8)))

    found = dict.fromkeys(reason for _, reason in _reasons(_judged(tmp_path, change)))
    assert set(found) == {"no_start", "no_end"}


def test_step_0_comes_out_again_of_a_declared_seed(tmp_path: Path) -> None:
    story = Story(HONEST)
    names = [name for name, values in story.states[0].items() if values.ndim > 1]
    rng = np.random.default_rng(7)
    drawn = {
        name: rng.standard_normal(story.states[0][name].shape, np.float32) * np.float32(0.02)
        for name in names
    }
    for k in range(len(story.states)):
        state = story.wide(k)
        start = story.wide(0) if k == 0 else state
        story.put(k, {n: drawn[n] if k == 0 and n in drawn else start[n] for n in state})
    for seed, expected in ((7, True), (8, False)):
        story.recipe["seed"] = {"library": "numpy", "seed": seed, "order": names}
        report = trajectory(story.write(tmp_path / str(seed)))
        assert report.seed_reproduced is expected


def _no_loss(story: Story) -> None:
    for row in story.rows:
        row["loss"] = float("nan")


def _one_far_line(story: Story) -> None:
    story.rows.append({**story.rows[-1], "step": 10**19})


def _year(value: float) -> Any:
    def absurd(story: Story) -> None:
        story.rows[3]["time"] = value

    return absurd


@pytest.mark.parametrize(
    ("change", "level", "words"),
    [
        (_no_loss, "open", "no usable loss in any line"),
        (_one_far_line, "note", "no usable step in 1 lines"),
        (_year(1e300), "note", "no usable time in 1 lines"),
    ],
    ids=["losses", "step", "time"],
)
def test_what_a_log_does_not_say_is_told(
    change: Any, level: str, words: str, tmp_path: Path
) -> None:
    report = _judged(tmp_path, change)
    told = {one.level: one.message.en for one in report.findings if "usable" in one.message.en}
    assert words in told[level]
    assert all(len(one.message.en) < 400 for one in report.findings)
    assert (report.verdict.outcome == "consistent") is (level == "note")


def test_every_noted_loss_that_the_log_lacks_is_named(tmp_path: Path) -> None:
    def two(story: Story) -> None:
        for entry in story.recipe["checkpoints"][2:4]:
            entry["loss"] += 0.4

    report = _judged(tmp_path, two)
    steps = [one.step for one in report.checkpoints[2:4]]
    told = next(one for one in report.findings if one.reason == "log_contradicts")
    assert told.steps == tuple(steps)
    assert all(str(step) in told.message.en for step in steps)
