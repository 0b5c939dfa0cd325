"""Forged runs: each takes honest ones apart and puts them together as a forger would.

Refuses to know what is said of them.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.trajectory.write import write_log, write_model, write_recipe
from dokja.io.checkpoint import open_checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


__all__ = ["FORGERIES", "Forgery", "Story"]

State = "dict[str, NDArray[np.float32]]"


class Story:
    """Checkpoints, log and recipe of a run in memory, to be changed and written elsewhere."""

    def __init__(self, folder: Path) -> None:
        from ruamel.yaml import YAML

        self.folder = folder
        text = (folder / "recipe.yaml").read_text(encoding="utf-8")
        self.recipe: dict[str, Any] = json.loads(
            json.dumps(YAML(typ="safe").load(text), default=str)
        )
        self.dtypes: dict[str, str] = {}
        self.states = [self._load(folder / one["path"]) for one in self.recipe["checkpoints"]]
        self.steps = [int(one["step"]) for one in self.recipe["checkpoints"]]
        self.config = (folder / self.recipe["checkpoints"][0]["path"] / "config.json").read_bytes()
        self.rows = _rows(folder, self.recipe)
        self.submission: State | None = None

    def _load(self, folder: Path) -> State:
        with open_checkpoint(str(folder)) as found:
            self.dtypes = {name: str(record.dtype) for name, record in found.records.items()}
            return {name: found.read(name).astype(np.float32) for name in found.records}

    def wide(self, k: int) -> State:
        """Weights of a checkpoint."""
        return dict(self.states[k])

    def put(self, k: int, state: State) -> None:
        """Set the weights of a checkpoint."""
        self.states[k] = {name: state[name].astype(np.float32) for name in self.states[k]}

    def keep(self, places: list[int]) -> None:
        """Leave out all other checkpoints."""
        self.states = [self.states[k] for k in places]
        self.steps = [self.steps[k] for k in places]
        self.recipe["checkpoints"] = [self.recipe["checkpoints"][k] for k in places]

    def write(self, folder: Path) -> Path:
        """Write the story as a run of its own; return the path of its recipe."""
        shutil.rmtree(folder, ignore_errors=True)
        for entry, state in zip(self.recipe["checkpoints"], self.states, strict=True):
            write_model(folder / entry["path"], state, self.dtypes, self.config)
        if self.submission is not None:
            write_model(folder / "submission", self.submission, self.dtypes, self.config)
            place = "submission"
        else:
            place = self.recipe["checkpoints"][-1]["path"]
        self.recipe["submission"] = {**self.recipe.get("submission", {}), "path": place}
        self.recipe["logs"] = [{"path": "log.jsonl"}]
        write_log("jsonl", self.rows, folder)
        write_recipe(folder, self.recipe)
        return folder / "recipe.yaml"


def _rows(folder: Path, recipe: dict[str, Any]) -> list[dict[str, Any]]:
    from dokja.document.recipe import LogFile
    from dokja.trajectory.log_times import shown_time
    from dokja.trajectory.logs import read_log

    path = recipe["logs"][0]["path"]
    table = read_log(folder / path, LogFile(path=path))
    return [
        {
            "step": int(step),
            "loss": round(float(loss), 5),
            "lr": float(lr),
            "time": shown_time(float(time)),
        }
        for step, loss, lr, time in zip(
            table.step, table.values["loss"], table.values["lr"], table.values["time"], strict=True
        )
    ]


def _moved(row: dict[str, Any], days: float) -> dict[str, Any]:
    moment = dt.datetime.fromisoformat(row["time"]) - dt.timedelta(days=days)
    return {**row, "time": moment.isoformat().replace("+00:00", "Z")}


def mix(a: State, b: State, share: float) -> State:
    """Weights on the straight line between two models."""
    return {name: (1 - share) * a[name] + share * b[name] for name in a}


def _noise(state: State, size: float, rng: np.random.Generator) -> State:
    return {
        name: values + size * values.std() * rng.standard_normal(values.shape)
        if values.ndim > 1
        else values
        for name, values in state.items()
    }


# -- tricks ---------------------------------------------------------------------------------------


def pasted(story: Story, donor: Story, first: int = 1) -> None:
    """Put a random start before a run that is another's."""
    for k in range(first, len(story.states)):
        story.put(k, donor.wide(min(k, len(donor.states) - 1)))


def pasted_end(story: Story, donor: Story) -> None:
    """Put a random start before the last checkpoints of another run."""
    n = len(story.states)
    for k in range(1, n):
        story.put(k, donor.wide(n - 4 + min(3, k * 4 // n)))
    for k in range(1, n):
        nudge = np.random.default_rng(k)
        story.put(k, _noise(story.wide(k), 0.02 * (n - 1 - k) / n, nudge))


def there_and_back(story: Story, donor: Story, k: int = 5) -> None:
    """Show another model for one checkpoint."""
    story.put(k, donor.wide(k))


def part(story: Story, donor: Story, pattern: str, first: int) -> None:
    """Exchange some tensors only."""
    for k in range(first, len(story.states)):
        taken = donor.wide(k)
        state = story.wide(k)
        story.put(k, {name: taken[name] if pattern in name else state[name] for name in state})


def line(story: Story, donor: Story, first: int = 0, noise: float = 0.0) -> None:
    """Compute checkpoints on the line to another's end, with fresh noise on each if wanted."""
    a, b = story.wide(first), donor.wide(-1)
    n = len(story.states) - 1
    rng = np.random.default_rng(5)
    for k in range(first + 1, n + 1):
        state = mix(a, b, (k - first) / (n - first))
        story.put(k, state if k == n else _noise(state, noise, rng))


def bridge(story: Story, donor: Story, first: int = 0, noise: float = 0.15) -> None:
    """Add noise that runs along: each displacement has its own, and none is left at the end."""
    a, b = story.wide(first), donor.wide(-1)
    n = len(story.states) - 1
    rng = np.random.default_rng(6)
    length = n - first
    walks = {
        name: rng.standard_normal((length, *t.shape)).cumsum(0) * noise * b[name].std()
        for name, t in a.items()
        if t.ndim > 1
    }
    for k in range(first + 1, n + 1):
        share = (k - first) / length
        state = mix(a, b, share)
        for name, walk in walks.items():
            state[name] = state[name] + walk[k - first - 1] - share * walk[-1]
        story.put(k, state)


def curve(story: Story, donor: Story, third: Story | None = None) -> None:
    """Lead to another's end along a smooth curve."""
    a, b = story.wide(0), donor.wide(-1)
    bend = (third or donor).wide(2)
    n = len(story.states) - 1
    for k in range(1, n + 1):
        t = k / n
        state = {
            name: (1 - t) ** 2 * a[name] + 2 * t * (1 - t) * bend[name] + t**2 * b[name]
            for name in a
        }
        story.put(k, state)


def from_trained(story: Story, donor: Story, first: int) -> None:
    """Declare a trained model as the start, and go on training it."""
    n = len(story.states)
    places = [min(first + k, n - 1) for k in range(n - first)]
    kept = list(range(len(places)))
    for k in kept:
        story.put(k, donor.wide(places[k]))
    story.keep(kept)
    story.recipe["steps"] = story.steps[-1]
    story.rows = [row for row in story.rows if row["step"] <= story.steps[-1]]


def scaled_start(story: Story, donor: Story, first: int = 5) -> None:
    """Scale every tensor of a trained start to the spread that is declared."""
    target = story.wide(0)
    from_trained(story, donor, first)
    state = story.wide(0)
    scaled = {
        name: values * (target[name].std() / values.std()) if values.ndim > 1 else target[name]
        for name, values in state.items()
    }
    story.put(0, scaled)


def still(story: Story, pattern: str, places: range | None = None) -> None:
    """Leave some tensors as they were drawn."""
    state = story.wide(0)
    for k in places or range(1, len(story.states)):
        held = story.wide(k)
        base = state if places is None else story.wide(places[0] - 1)
        story.put(k, {name: base[name] if pattern in name else held[name] for name in held})


def undeclared_tower(story: Story) -> None:
    """Say nothing of a frozen tower that another run made."""
    del story.recipe["frozen"]
    story.recipe["initialiser"] = [
        one for one in story.recipe["initialiser"] if one["distribution"] != "given"
    ]


def random_tower(story: Story) -> None:
    """Declare the tower frozen, as it was drawn."""
    undeclared_tower(story)
    story.recipe["frozen"] = [{"tensors": "visual.*"}]


def reordered_log(story: Story) -> None:
    """Exchange two stretches of the log."""
    rows = story.rows
    story.rows = [*rows[:100], *rows[200:300], *rows[100:200], *rows[300:]]


def renumbered_log(story: Story) -> None:
    """Let the log run backwards in its losses and keep its numbers."""
    losses = [row["loss"] for row in story.rows]
    tail = losses[1:][::-1]
    story.rows = [
        {**row, "loss": loss} for row, loss in zip(story.rows, [losses[0], *tail], strict=True)
    ]


def back_dated(story: Story, days: float, last: int | None = None) -> None:
    """Put times of the log back."""
    story.rows = [
        _moved(row, days) if last is None or row["step"] <= last else row for row in story.rows
    ]


def late_part(story: Story, days: float) -> None:
    """Put the times of a middle part back."""
    story.rows = [_moved(row, days) if 150 < row["step"] < 250 else row for row in story.rows]


def other_log(story: Story, donor: Story, *, rates: bool) -> None:
    """Hand in the log of another run, with its rates or with one's own."""
    losses = {row["step"]: row for row in donor.rows}
    story.rows = [
        {
            **row,
            "loss": losses[row["step"]]["loss"],
            "lr": losses[row["step"]]["lr"] if rates else row["lr"],
        }
        for row in story.rows
        if row["step"] in losses
    ]


def other_end(story: Story, donor: Story) -> None:
    """Submit another model than the run ends in."""
    story.submission = donor.wide(-1)


def one_bit(story: Story) -> None:
    """Submit the last checkpoint but for one weight."""
    state = {name: values.copy() for name, values in story.states[-1].items()}
    name = next(name for name, values in state.items() if values.ndim > 1)
    state[name].reshape(-1)[7] *= 1.5
    story.submission = state


def doubled(story: Story, k: int = 6) -> None:
    """Show one checkpoint twice."""
    story.states[k] = story.states[k - 1]


def exchanged(story: Story, i: int = 3, j: int = 7) -> None:
    """Show two checkpoints in each other's place."""
    story.states[i], story.states[j] = story.states[j], story.states[i]


def merged(story: Story, donor: Story, share: float, first: int) -> None:
    """Mix another model into the run, and go on."""
    a, b = story.wide(first - 1), donor.wide(-1)
    for k in range(first, len(story.states)):
        state = story.wide(k)
        story.put(k, {name: state[name] + share * (b[name] - a[name]) for name in state})


def told_otherwise(story: Story, **said: Any) -> None:  # noqa: ANN401
    """Declare another distribution than was drawn."""
    rules = story.recipe["initialiser"]
    rules[-1] = said


def thinned(story: Story, places: list[int]) -> None:
    """Leave out checkpoints."""
    story.keep(places)


def own_line(story: Story) -> None:
    """Compute the checkpoints between one's own start and end."""
    line(story, story)


@dataclass(frozen=True, slots=True)
class Forgery:
    """A forgery: the run it is told as, the trick, and the reasons that name it rightly."""

    name: str
    base: str
    trick: Callable[..., None]
    reasons: tuple[str, ...]
    donor: str | None = None
    said: dict[str, Any] | None = None
    outcome: str = "contradicted"

    def make(self, honest: Path, folder: Path) -> Path:
        """Write the forged run; return the path of its recipe."""
        story = Story(honest / self.base)
        donors = [] if self.donor is None else [Story(honest / self.donor)]
        self.trick(story, *donors, **(self.said or {}))
        return story.write(folder / self.name)


A, B = "llama-adamw-95-cosine", "llama-adamw-999-wsd"
G, H = "gpt2-sgd-constant", "gpt2-adafactor-inverse-sqrt"
V, W = "vit-lion-linear", "vit-adam-999-constant"
R, M = "llama-resumed-constant", "llama-muon-cosine"

FORGERIES: tuple[Forgery, ...] = (
    Forgery("pasted-start", A, pasted, ("pasted_start",), B),
    Forgery("pasted-start-loose-bound", B, pasted, ("pasted_start",), A),
    Forgery("pasted-start-no-bound", "gpt2-sgd-unclipped", pasted, ("pasted_start",), G),
    Forgery("pasted-start-near-the-end", R, pasted_end, ("pasted_start",), A),
    Forgery("swap-in-the-middle", A, pasted, ("swap",), B, {"first": 5}),
    Forgery("swap-at-the-end", B, pasted, ("swap",), A, {"first": 10}),
    Forgery("swap-sgd", G, pasted, ("swap",), H, {"first": 3}),
    Forgery("swap-there-and-back", M, there_and_back, ("swap",), A),
    Forgery("swap-of-one-layer", A, part, ("swap",), B, {"pattern": "layers.1.", "first": 5}),
    Forgery("swap-of-the-mlps", B, part, ("swap",), A, {"pattern": "mlp", "first": 4}),
    Forgery("line-to-a-borrowed-end", A, line, ("interpolated",), B),
    Forgery("line-with-some-noise", A, line, ("interpolated",), B, {"noise": 0.1}),
    Forgery("line-with-much-noise", B, line, ("interpolated",), A, {"noise": 0.4}),
    Forgery("line-with-noise-that-runs-along", A, bridge, ("interpolated",), B),
    Forgery("line-with-much-such-noise", B, bridge, ("interpolated",), A, {"noise": 0.4}),
    Forgery("smooth-curve", A, curve, ("interpolated",), B),
    Forgery("smooth-curve-vit", V, curve, ("interpolated",), W),
    Forgery("short-run-then-line", A, line, ("interpolated", "swap"), B, {"first": 3}),
    Forgery("short-run-then-noise", B, bridge, ("interpolated", "swap"), A, {"first": 4}),
    Forgery("own-start-and-end-then-line", A, own_line, ("interpolated",)),
    Forgery("borrowed-start", A, from_trained, ("borrowed_start",), B, {"first": 5}),
    Forgery("borrowed-start-little-trained", A, from_trained, ("borrowed_start",), B, {"first": 1}),
    Forgery("borrowed-start-scaled", A, scaled_start, ("borrowed_start",), B),
    Forgery("borrowed-start-gpt2", G, from_trained, ("borrowed_start",), H, {"first": 5}),
    Forgery("frozen-tower-undeclared", "vl-frozen-tower", undeclared_tower, ("frozen_borrowed",)),
    Forgery("frozen-tower-as-if-random", "vl-frozen-tower", random_tower, ("frozen_borrowed",)),
    Forgery("stands-still", A, still, ("standstill",), None, {"pattern": "layers.2."}),
    Forgery(
        "stands-still-for-a-while",
        B,
        still,
        ("standstill",),
        None,
        {"pattern": "embed", "places": range(4, 7)},
    ),
    Forgery("one-checkpoint-twice", B, doubled, ("standstill",)),
    Forgery("two-checkpoints-exchanged", A, exchanged, ("wrong_order",)),
    Forgery("merged-on-the-way", B, merged, ("jump",), A, {"share": 0.4, "first": 6}),
    Forgery("merged-on-the-way-a-little", A, merged, ("jump",), B, {"share": 0.2, "first": 7}),
    Forgery("other-spread", A, told_otherwise, ("start_not_as_declared",), None,
            {"distribution": "normal", "std": 0.03}),
    Forgery("other-shape", A, told_otherwise, ("start_not_as_declared",), None,
            {"distribution": "uniform", "low": -0.0346, "high": 0.0346}),
    Forgery("log-out-of-order", A, reordered_log, ("log_order",)),
    Forgery("log-back-dated", B, back_dated, ("log_back_dated",), None, {"days": 60.0}),
    Forgery("log-back-dated-first-half", A, back_dated, ("log_back_dated",), None,
            {"days": 5.0, "last": 200}),
    Forgery("log-back-dated-middle", G, late_part, ("log_back_dated",), None, {"days": 1.0}),
    Forgery("log-of-another-run", A, other_log, ("log_contradicts",), B, {"rates": True}),
    Forgery("losses-of-another-run", A, other_log, ("log_contradicts",), B, {"rates": False}),
    Forgery("losses-turned-round", B, renumbered_log, ("log_contradicts",)),
    Forgery("gap-two-checkpoints", A, thinned, ("gap",), None, {"places": [0, 10]},
            "inconclusive"),
    Forgery("gap-in-the-middle", B, thinned, ("gap",), None, {"places": [0, 1, 2, 8, 9, 10]},
            "inconclusive"),
    Forgery("another-submission", A, other_end, ("end_differs",), B),
    Forgery("one-weight-changed", V, one_bit, ("end_differs",)),
)  # fmt: skip
