"""Honest runs are borne out, forged ones are caught and named; nothing of it needs PyTorch."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from safetensors import deserialize

from bench.trajectory.forge import FORGERIES, Forgery, Story
from dokja.cli.main import main
from dokja.document.common import parse_json_strictly
from dokja.document.consistency_outcomes import check_run
from dokja.document.trajectory import TrajectoryReport
from dokja.errors import ReportError
from dokja.trajectory.run import trajectory
from tests.support.cases import recorded_towers
from tests.support.writers import write_safetensors

if TYPE_CHECKING:
    from collections.abc import Callable

HONEST = Path(__file__).parents[1] / "data" / "trajectory"
RUNS = ("small-a", "small-b", "small-c")
# The stored runs are smaller than those of the bench: two of one shape, and one of another.
_BASES = {
    "llama-adamw-95-cosine": "small-a",
    "llama-adamw-999-wsd": "small-b",
    "llama-resumed-constant": "small-b",
    "llama-muon-cosine": "small-b",
}
_LAST = 8


def _small(forgery: Forgery) -> Forgery | None:
    base, donor = _BASES.get(forgery.base), _BASES.get(forgery.donor or "")
    if base is None or (forgery.donor is not None and donor in {None, base}):
        return None
    said = dict(forgery.said or {})
    if "first" in said:
        said["first"] = min(said["first"], _LAST)
    if said.get("pattern") == "layers.2.":
        said["pattern"] = "layers.1."
    if "places" in said and isinstance(said["places"], list):
        said["places"] = [0, _LAST] if len(said["places"]) == 2 else [0, 1, 6, 7, 8]
    return replace(forgery, base=base, donor=donor, said=said)


FORGED = [small for forgery in FORGERIES if (small := _small(forgery)) is not None]


@pytest.mark.parametrize("name", RUNS)
def test_an_honest_run_is_borne_out(name: str) -> None:
    report = check_run(trajectory(HONEST / name / "recipe.yaml"))
    assert [one.message.en for one in report.findings] == []
    assert report.verdict.outcome == "consistent"
    assert report.untold
    assert all(fit.outcome == "fits" for fit in report.start)


def test_most_tricks_can_be_tried_on_the_small_runs() -> None:
    assert len(FORGED) >= 30
    assert len({forgery.reasons[0] for forgery in FORGED}) >= 11


@pytest.mark.parametrize("forgery", FORGED, ids=lambda one: one.name)
def test_a_forged_run_is_caught_and_named(forgery: Forgery, tmp_path: Path) -> None:
    report = check_run(trajectory(forgery.make(HONEST, tmp_path)))
    said = [(one.reason, one.message.en) for one in report.findings]
    assert report.verdict.outcome == forgery.outcome, said
    assert report.verdict.reasons[0] in forgery.reasons, said


@pytest.mark.parametrize("name", ["small-a", "small-b"])
def test_the_model_that_was_borrowed_is_named(name: str, tmp_path: Path) -> None:
    """A reference that the end comes from is found, and where it came in."""
    other = {"small-a": "small-b", "small-b": "small-a"}[name]
    story, donor = Story(HONEST / name), Story(HONEST / other)
    for k in range(4, len(story.states)):
        story.put(k, donor.wide(k))
    reference = str(HONEST / other / "step-000400")
    report = trajectory(story.write(tmp_path / "forged"), [reference])
    named = [one for one in report.findings if other in one.message.en]
    assert [one.reason for one in named] == ["swap"]
    assert named[0].steps == (150, 200)


def test_an_honest_run_has_nothing_in_common_with_a_stranger() -> None:
    report = trajectory(
        HONEST / "small-a" / "recipe.yaml", [str(HONEST / "small-b" / "step-000400")]
    )
    assert report.verdict.outcome == "consistent"
    assert report.references[0].n_equal == 0
    assert abs(report.references[0].points[0].z) < 5.0


def test_a_start_that_knows_a_reference_is_borrowed(tmp_path: Path) -> None:
    """A tenth of another model in the random start is seen if that model is at hand."""
    story, donor = Story(HONEST / "small-a"), Story(HONEST / "small-b")
    start, known = story.wide(0), donor.wide(-1)
    mixed = {
        name: values + 0.1 * known[name] * (values.std() / max(known[name].std(), 1e-9))
        if values.ndim > 1
        else values
        for name, values in start.items()
    }
    story.put(0, mixed)
    path = story.write(tmp_path / "mixed")
    report = trajectory(path, [str(HONEST / "small-b" / "step-000400")])
    assert report.verdict.reasons[0] == "borrowed_start"


def test_the_same_files_give_the_same_report_and_one_byte_of_the_end_another(
    tmp_path: Path,
) -> None:
    first, second = (trajectory(HONEST / "small-a" / "recipe.yaml") for _ in range(2))
    times = {"provenance"}
    assert first.model_dump(exclude=times) == second.model_dump(exclude=times)
    story = Story(HONEST / "small-a")
    path = story.write(tmp_path / "copy")
    assert trajectory(path).verdict.outcome == "consistent"
    weights = tmp_path / "copy" / "step-000400" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    changed = trajectory(path)
    assert changed.checkpoints[-1].digest != first.checkpoints[-1].digest


def test_every_checkpoint_is_read_once() -> None:
    report = trajectory(HONEST / "small-a" / "recipe.yaml")
    total = sum(one.n_bytes for one in report.checkpoints)
    start = report.checkpoints[0].n_bytes
    headers = 64_000 * len(report.checkpoints)
    # Step 0 is looked at a second time, for the singular values of its matrices.
    assert total <= report.provenance.bytes_read <= total + 2 * start + headers


def test_the_command_writes_every_view_and_its_code_says_the_outcome(tmp_path: Path) -> None:
    recipe = str(HONEST / "small-a" / "recipe.yaml")
    views = {name: tmp_path / f"run.{name}" for name in ("json", "html", "md")}
    options = [part for name, path in views.items() for part in (f"--{name}", str(path))]
    assert main(["trajectory", recipe, "-q", *options]) == 0
    report = parse_json_strictly(TrajectoryReport, views["json"].read_bytes())
    assert report.verdict.outcome == "consistent"
    page = views["html"].read_text(encoding="utf-8")
    assert page.count('class="plot"') == 5
    assert "http://" not in page.partition("<body")[2].replace("http://www.w3.org", "")
    forged = next(one for one in FORGED if one.name == "pasted-start").make(HONEST, tmp_path)
    assert main(["trajectory", str(forged), "-q", "--fail-on", "contradicted"]) == 1
    gap = next(one for one in FORGED if one.name == "gap-two-checkpoints").make(HONEST, tmp_path)
    assert main(["trajectory", str(gap), "-q", "--fail-on", "contradicted"]) == 0
    assert main(["trajectory", str(gap), "-q", "--fail-on", "inconclusive"]) == 1
    assert main(["trajectory", str(gap), "-q", "--require-conclusion"]) == 4


def test_an_output_never_takes_the_place_of_an_input(tmp_path: Path) -> None:
    story = Story(HONEST / "small-a")
    recipe = story.write(tmp_path / "run")
    log = tmp_path / "run" / "log.jsonl"
    before = log.read_bytes()
    for target in (log, recipe, tmp_path / "run" / "step-000400" / "model.safetensors"):
        assert main(["trajectory", str(recipe), "-q", "--json", str(target)]) == 2
    assert log.read_bytes() == before


def test_a_broken_recipe_is_told_with_code_three_and_nothing_is_written(tmp_path: Path) -> None:
    broken = tmp_path / "recipe.yaml"
    broken.write_text(json.dumps({"schema_version": "1", "id": "x"}), encoding="utf-8")
    assert main(["trajectory", str(broken), "--json", str(tmp_path / "out.json")]) == 3
    assert not (tmp_path / "out.json").exists()


def test_weights_that_are_no_numbers_are_told_and_never_ordered(tmp_path: Path) -> None:
    story = Story(HONEST / "small-a")
    story.put(4, {name: values * float("nan") for name, values in story.wide(4).items()})
    report = trajectory(story.write(tmp_path / "run"))
    assert "not_testable" in {one.reason for one in report.findings}
    assert "wrong_order" not in {one.reason for one in report.findings}


# -- a run of one component -----------------------------------------------------------------------


def _widen(file: Path) -> None:
    """Write a checkpoint in float32, a little beside the values that bfloat16 has."""
    wide = {}
    for name, held in deserialize(file.read_bytes()):
        bits = np.frombuffer(bytes(held["data"]), "<u2").astype(np.uint32) << 16
        wide[name] = (bits.view(np.float32) * np.float32(1.0003)).reshape(held["shape"])
    write_safetensors(file, wide)


def test_a_run_of_one_component_ends_in_a_submission_of_several(tmp_path: Path) -> None:
    case = recorded_towers(tmp_path / "case").parent
    report = trajectory(case / "recipe.yaml")
    assert report.verdict.outcome == "consistent"
    assert not report.submission_rounded
    _widen(case / "run" / "step-000400" / "model.safetensors")
    report = trajectory(case / "recipe.yaml")
    assert report.submission_rounded
    assert not [one for one in report.findings if one.reason == "end_differs"]


def test_a_component_with_one_other_matrix_is_another_model(tmp_path: Path) -> None:
    case = recorded_towers(tmp_path / "case", forged=True).parent
    (found,) = [
        one for one in trajectory(case / "recipe.yaml").findings if one.reason == "end_differs"
    ]
    assert set(found.tensors) == {
        "model.language_model.model.layers.1.mlp.up_proj.weight",
        "model.layers.1.mlp.up_proj.weight",
    }


def test_a_component_that_is_not_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = recorded_towers(tmp_path / "case").parent
    file = case / "recipe.yaml"
    file.write_text(file.read_text().replace("component: language_model", "component: speech"))
    assert main(["trajectory", str(file), "--lang", "en"]) == 3
    told = capsys.readouterr().err
    assert "no component 'speech'; it has audio_encoder, language_model" in told


def _pasted() -> Story:
    """A random start before a run that began elsewhere."""
    story, donor = Story(HONEST / "small-a"), Story(HONEST / "small-b")
    for place in range(1, len(story.states)):
        story.put(place, donor.wide(place))
    return story


@pytest.mark.parametrize(
    "optimiser",
    [
        {"name": "adam", "betas": [0.9, 0.999], "weight_decay": 1e-12},
        {"name": "other", "weight_decay": 1e9},
        {"name": "other"},
    ],
)
def test_a_decay_that_nobody_knows_hides_no_pasted_start(
    tmp_path: Path, optimiser: dict[str, object]
) -> None:
    """Where nothing of step 0 need be left, that nothing is left is no proof of anything."""
    story = _pasted()
    story.recipe["optimiser"] = optimiser
    if len(optimiser) == 1:
        story.recipe["schedule"] = {"kind": "logged"}
        for row in story.rows:
            row.pop("lr")
    report = trajectory(story.write(tmp_path / "forged"))
    assert report.verdict.outcome != "consistent"


def test_an_unknown_decay_is_no_fault_where_step_0_is_seen_at_the_end(tmp_path: Path) -> None:
    story = Story(HONEST / "small-a")
    story.recipe["optimiser"] = {"name": "other"}
    report = trajectory(story.write(tmp_path / "honest"))
    assert report.verdict.outcome == "consistent"


@pytest.mark.parametrize("source", [-1, 3])
def test_a_model_made_of_the_run_says_nothing_against_its_start(
    tmp_path: Path, source: int
) -> None:
    """Whoever tunes the published model on, or steals a checkpoint, accuses nobody with it."""
    story = Story(HONEST / "small-a")
    rng = np.random.default_rng(0)
    made = {
        name: values + 0.05 * values.std() * rng.standard_normal(values.shape)
        for name, values in story.wide(source).items()
    }
    thief = Story(HONEST / "small-a")
    thief.put(0, made)
    folder = thief.write(tmp_path / "thief").parent
    reference = next(path for path in sorted(folder.iterdir()) if path.name.startswith("step-"))
    report = trajectory(HONEST / "small-a" / "recipe.yaml", [str(reference)])
    # Nor does it speak for it: a run that was made to lead to that model looks the same.
    assert report.verdict.outcome == "inconclusive"
    assert [one.level for one in report.findings] == ["open"]
    assert any("descends from this run" in one.message.en for one in report.findings)


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize(("every", "first"), [(10, 9), (5, 4), (3, 1), (2, 1), (20, 10)])
def test_a_log_of_every_tenth_step_is_no_other_log(
    tmp_path: Path, name: str, every: int, first: int
) -> None:
    story = Story(HONEST / name)
    story.rows = [row for row in story.rows if row["step"] % every == first]
    report = trajectory(story.write(tmp_path / "thinned"))
    assert report.verdict.outcome == "consistent"


def test_a_resumption_is_used_up_by_going_back_once(tmp_path: Path) -> None:
    story = Story(HONEST / "small-a")
    story.rows = story.rows[::-1]
    story.recipe["resumes"] = [{"step": 0, "stopped_at": 400}]
    report = trajectory(story.write(tmp_path / "reversed"))
    assert "log_order" in report.verdict.reasons


@pytest.mark.parametrize(
    "rule",
    [
        {"distribution": "normal", "std": 1e-320},
        {"distribution": "normal", "std": 1e308},
        {"distribution": "truncated_normal", "std": 0.02, "cut": 1e-300},
        {"distribution": "uniform", "low": -1e308, "high": 1e308},
        {"distribution": "kaiming_normal", "gain": 1e300},
    ],
)
def test_absurd_numbers_are_told_with_code_three(tmp_path: Path, rule: dict[str, object]) -> None:
    story = Story(HONEST / "small-a")
    story.recipe["initialiser"] = [rule]
    path = story.write(tmp_path / "absurd")
    assert main(["trajectory", str(path), "-q"]) == 3


@pytest.mark.parametrize("who", ["recipe", "log"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, who: str) -> None:
    path = Story(HONEST / "small-a").write(tmp_path / "run")
    pipe = path if who == "recipe" else next(path.parent.glob("log*"))
    pipe.unlink()
    os.mkfifo(pipe)
    assert main(["trajectory", str(path), "-q"]) == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda held: held["verdict"].update(outcome="contradicted"), "verdict.outcome"),
        (lambda held: held.update(checkpoints=[]), "checkpoints"),
        (lambda held: held.update(intervals=[]), "intervals"),
        (lambda held: held.update(start=[]), "start"),
        (lambda held: held["start"][0].update(outcome="structured"), "start.0.outcome"),
        (lambda held: held["intervals"][2].update(used=3.5), "intervals.2.used"),
        (lambda held: held["checkpoints"][-1].update(kept_start=0.05), "kept_start"),
        (lambda held: held["checkpoints"][-1].update(digest="blake3:0"), "submission_digest"),
    ],
)
def test_a_report_that_was_edited_is_refused(change: Callable[[Any], None], words: str) -> None:
    held = json.loads(trajectory(HONEST / "small-a" / "recipe.yaml").model_dump_json())
    change(held)
    edited = parse_json_strictly(TrajectoryReport, json.dumps(held).encode())
    with pytest.raises(ReportError) as refused:
        check_run(edited, uri="run.json")
    assert words in str(refused.value)


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("kept", [4, 6])
def test_an_average_that_is_declared_is_borne_out(tmp_path: Path, name: str, kept: int) -> None:
    story = Story(HONEST / name)
    last = [story.wide(place) for place in range(len(story.states) - kept, len(story.states))]
    story.put(-1, {tensor: sum(one[tensor] for one in last) / kept for tensor in last[0]})
    story.recipe["submission"]["averaged"] = True
    report = trajectory(story.write(tmp_path / "averaged"))
    assert report.verdict.outcome == "consistent"
    assert any("declared an average" in one.en for one in report.untold)


def test_calling_it_an_average_hides_no_other_model(tmp_path: Path) -> None:
    for name, story in (("end", Story(HONEST / "small-a")), ("start", _pasted())):
        if name == "end":
            story.put(-1, Story(HONEST / "small-b").wide(-1))
        story.recipe["submission"]["averaged"] = True
        report = trajectory(story.write(tmp_path / name))
        assert report.verdict.outcome == "contradicted"


def _decaying(per_interval: float) -> Story:
    """A run that keeps a part of each checkpoint in the next, and forgets step 0 in the end."""
    story, rng = Story(HONEST / "small-a"), np.random.default_rng(3)
    kept = float(np.exp(-per_interval))
    held = story.wide(0)
    for place in range(1, len(story.states)):
        held = {
            name: values
            if values.ndim < 2
            else kept * values
            + np.sqrt(1.0 - kept**2) * values.std() * rng.standard_normal(values.shape)
            for name, values in held.items()
        }
        story.put(place, held)
        story.recipe["checkpoints"][place].pop("loss", None)
    story.recipe["optimiser"].update(weight_decay=per_interval / (50 * 0.002))
    story.recipe["schedule"] = {"kind": "constant", "peak": 0.002}
    for row in story.rows:
        row["lr"] = 0.002
    return story


def test_a_long_run_is_followed_from_each_checkpoint_to_the_next(tmp_path: Path) -> None:
    """Nothing of step 0 is left at its end, as after any long pretraining with decay."""
    story = _decaying(0.6)
    report = trajectory(story.write(tmp_path / "long"))
    assert "not_testable" not in {one.reason for one in report.findings}
    for place in range(1, len(story.states)):
        story.put(place, Story(HONEST / "small-b").wide(place))
    pasted = trajectory(story.write(tmp_path / "pasted"))
    assert pasted.verdict.outcome == "contradicted"


def test_running_statistics_are_moved_by_data_and_not_by_the_optimiser(tmp_path: Path) -> None:
    story = Story(HONEST / "small-a")
    for place, state in enumerate(story.states):
        state["model.norm.running_mean"] = np.full(64, 50.0 * place, np.float32)
        state["model.norm.running_var"] = np.full(64, 1.0 + 9.0 * place, np.float32)
    for name in ("mean", "var"):
        story.dtypes[f"model.norm.running_{name}"] = "F32"
    assert trajectory(story.write(tmp_path / "honest")).verdict.outcome == "consistent"


def test_a_stretch_without_a_rate_may_stand_still(tmp_path: Path) -> None:
    story = Story(HONEST / "small-a")
    story.put(-1, story.wide(-2))
    rows = {row["step"]: row["lr"] for row in story.rows}
    points = sorted({0, *story.steps[:-1]})
    before, last = story.steps[-2:]
    story.rows = [row for row in story.rows if row["step"] < before]
    rated = [[one, rows.get(one, rows[min(rows)])] for one in points[:-1]]
    story.recipe["schedule"] = {"kind": "points", "points": [*rated, [before - 1, 0], [last, 0]]}
    found = trajectory(story.write(tmp_path / "rested")).findings
    assert not any(one.reason == "standstill" for one in found)
    story.recipe["schedule"]["points"][-1][1] = 1e-4
    found = trajectory(story.write(tmp_path / "doubled")).findings
    assert any(one.reason == "standstill" for one in found)


def test_a_short_straight_way_is_left_open_and_a_long_one_accused(tmp_path: Path) -> None:
    start, end = Story(HONEST / "small-a").wide(0), Story(HONEST / "small-a").wide(-1)
    for size, outcome in ((0.02, "inconclusive"), (3.0, "contradicted")):
        story = Story(HONEST / "small-a")
        story.recipe["optimiser"] = {"name": "other"}
        n = len(story.states) - 1
        for place in range(n + 1):
            part = size * place / n
            story.put(place, {k: start[k] + part * (end[k] - start[k]) for k in start})
        report = trajectory(story.write(tmp_path / outcome))
        assert report.verdict.outcome == outcome
        assert any(one.reason == "interpolated" for one in report.findings)


@pytest.mark.parametrize("own", [0.35, 1.0])
def test_an_average_lies_among_what_it_is_of(tmp_path: Path, own: float) -> None:
    """Enough of the run left in another model for it to be followed, and called an average."""
    story, donor = Story(HONEST / "small-a"), Story(HONEST / "small-b").wide(-1)
    last = story.wide(-1)
    story.put(-1, {name: donor[name] + own * last[name] for name in last})
    story.recipe["submission"]["averaged"] = True
    report = trajectory(story.write(tmp_path / "averaged"))
    assert report.verdict.outcome == "contradicted"
    assert any("off every average" in one.message.en for one in report.findings)


def test_what_is_cut_into_small_pieces_is_not_vouched_for(tmp_path: Path) -> None:
    story = Story(HONEST / "small-a")
    for state in story.states:
        for name in [name for name, value in state.items() if value.size >= 256]:
            for place, piece in enumerate(np.array_split(state.pop(name).ravel(), 64)):
                state[f"{name}.{place}"] = piece
                story.dtypes[f"{name}.{place}"] = "F32"
    rules = story.recipe["initialiser"]
    rules[1:1] = [{"tensors": "*.weight.*", "distribution": "normal", "std": 0.02}]
    report = trajectory(story.write(tmp_path / "pieces"))
    assert report.verdict.outcome == "inconclusive"
    assert any("too small to be followed" in one.message.en for one in report.findings)


def test_a_log_that_goes_back_to_what_it_left_out_was_put_in_another_order(tmp_path: Path) -> None:
    story = Story(HONEST / "small-a")
    third = len(story.rows) // 3
    first, second, rest = story.rows[:third], story.rows[third : 2 * third], story.rows[2 * third :]
    story.rows = [*first, *rest, *second]
    story.recipe["resumes"] = [{"step": second[0]["step"]}]
    report = trajectory(story.write(tmp_path / "reordered"))
    assert any(one.reason == "log_order" for one in report.findings)
    story.rows = [*first, *second, *second, *rest]
    report = trajectory(story.write(tmp_path / "resumed"))
    assert not any(one.reason == "log_order" for one in report.findings)


@pytest.mark.parametrize(
    ("memory", "outcome"),
    [(0.5, "consistent"), (0.8, "inconclusive")],  # long averages lie on a line
)
def test_checkpoints_that_are_all_averages_accuse_nobody(
    tmp_path: Path, memory: float, outcome: str
) -> None:
    story = Story(HONEST / "small-a")
    held = story.wide(0)
    for place in range(1, len(story.states)):
        now = story.wide(place)
        held = {name: memory * held[name] + (1.0 - memory) * now[name] for name in now}
        story.put(place, held)
    story.recipe["averaged"] = True
    assert trajectory(story.write(tmp_path / "averages")).verdict.outcome == outcome


def test_saying_that_all_are_averages_hides_no_other_model(tmp_path: Path) -> None:
    story = _pasted()
    story.recipe["averaged"] = True
    assert trajectory(story.write(tmp_path / "pasted")).verdict.outcome == "contradicted"
