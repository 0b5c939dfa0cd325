"""The curves of robustness: how far each change is driven, and what is left of the reference.

Knows knobs and their settings; refuses to know what an audit says.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.accuracy import store
from bench.accuracy.lessons import Lesson
from bench.accuracy.operations import Model
from bench.attacks import lossy, merge, permute, theft, width

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.attacks.network import Network

REFERENCE = "base"
STRANGERS = ("stranger-1", "stranger-2")
_RATE = 3e-3
"""The learning rate at which the reference itself was trained."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One knob, turned from hardly anything to nearly everything."""

    name: str
    knob: str
    settings: tuple[float, ...]
    measure: str
    """What is left: ``cosine`` of the matrices, or ``share`` of the units or layers."""


CURVES = (
    Curve("fine-tuning", "steps on other data", (100, 300, 900), "cosine"),
    Curve("fast fine-tuning", "steps, ten times as fast", (100, 300, 900), "cosine"),
    Curve("pruning", "share of MLP units dropped", (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95), "share"),
    Curve("merging", "share of the reference", (0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01), "cosine"),
    Curve("noise", "noise over weights", (0.5, 1, 2, 4, 8, 16), "cosine"),
    Curve("quantisation", "bits", (8, 6, 4, 3, 2), "cosine"),
    Curve("partial theft", "layers of the reference kept", (4, 3, 2, 1), "share"),
)


@dataclass(frozen=True, slots=True)
class Point:
    """One model on a curve, as it stands or with everything permuted besides."""

    curve: str
    setting: float
    reindexed: bool

    @property
    def name(self) -> str:
        """Name of its folder."""
        form = "re-indexed" if self.reindexed else "in-place"
        return f"{self.curve.replace(' ', '-')}-{self.setting:g}-{form}"

    def folder(self, cache: Path) -> Path:
        """Return where the model is."""
        return cache / "curves" / self.name


def points() -> list[Point]:
    """List all points."""
    return [
        Point(curve.name, setting, reindexed)
        for curve in CURVES
        for setting in curve.settings
        for reindexed in (False, True)
    ]


def _rng(point: Point) -> np.random.Generator:
    # The same noise for both forms of a setting.
    return np.random.default_rng(zlib.crc32(f"{point.curve} {point.setting:g}".encode()))


def _tuned(base: Model, point: Point, cache: Path) -> Network:
    fast = 10.0 if point.curve.startswith("fast") else 1.0
    lesson = Lesson(int(point.setting), fast * _RATE, "docs", 9)
    scratch = cache / "scratch" / point.name
    return store.taught(base, lesson, scratch, cache)[0].net


def _changed(base: Model, point: Point, cache: Path) -> Network:
    net, setting = base.net, point.setting
    kinds: dict[str, Callable[[], Network]] = {
        "fine-tuning": lambda: _tuned(base, point, cache),
        "fast fine-tuning": lambda: _tuned(base, point, cache),
        "pruning": lambda: width.prune_units(net, setting),
        "merging": lambda: merge.linear(
            [(setting, net), (1 - setting, store.load(STRANGERS[0], cache).net)]
        ),
        "noise": lambda: lossy.noise(net, setting, _rng(point)),
        "quantisation": lambda: lossy.quantise_bits(net, int(setting)),
        "partial theft": lambda: theft.graft(
            store.load(STRANGERS[1], cache).net, net, "layers", n_layers=int(setting)
        ),
    }
    return kinds[point.curve]()


def left(base: Network, changed: Network, curve: Curve, setting: float) -> float:
    """Return what is left of the reference, known from the making and not from an audit."""
    if curve.name == "partial theft":
        return setting / len(base.layers)
    if curve.measure == "share":
        return 1 - setting
    found = [
        np.sum(array * changed.tensors[role])
        / (np.linalg.norm(array) * np.linalg.norm(changed.tensors[role]))
        for role, array in base.tensors.items()
        if role.startswith("layers.") and array.ndim == 2
    ]
    return float(np.mean(found))


def make(point: Point, cache: Path) -> float:
    """Make the model of a point unless it is there; return what is left of the reference.

    Both forms of a setting are the same model, so the first one made serves the other.
    """
    note = point.folder(cache) / "recipe.json"
    if note.exists():
        return float(json.loads(note.read_text(encoding="utf-8"))["left"])
    base = store.load(REFERENCE, cache)
    plain = Point(point.curve, point.setting, reindexed=False)
    if point.reindexed:
        make(plain, cache)
        tensors = store.load_folder(plain.folder(cache))
        net = permute.everything(tensors.net, _rng(point))
        kept = json.loads((plain.folder(cache) / "recipe.json").read_text(encoding="utf-8"))
        value = float(kept["left"])
    else:
        net = _changed(base, point, cache)
        curve = next(curve for curve in CURVES if curve.name == point.curve)
        value = left(base.net, net, curve, point.setting)
    folder = point.folder(cache)
    folder.parent.mkdir(parents=True, exist_ok=True)
    store.save(Model(net, base.tokenizer), folder, {"left": value})
    return value
