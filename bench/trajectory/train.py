"""Carries out an honest run: checkpoints, a log and the recipe, as a maker would keep them.

Refuses to know what is asked of a run later.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors.torch import save_file

from bench.trajectory import networks, optimisers
from bench.trajectory.write import EVENTS, write_log, write_recipe
from bench.zoo import scenes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from torch import Tensor, nn

    from bench.trajectory.honest import Run

__all__ = ["carry_out", "rate", "recipe_of", "tower_of"]

_DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}
_START = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
_SECONDS = 2.5


def rate(step: int, said: dict[str, Any], steps: int) -> float:  # noqa: PLR0911
    """Learning rate of the update after a step, in the manner of common trainers."""
    peak, final, warm = said["peak"], said.get("final", 0.0), said.get("warmup", 0)
    if step < warm:
        return peak * (step + 1) / warm
    done = (step - warm) / max(1, steps - warm)
    kind = said["kind"]
    if kind == "cosine":
        return final + (peak - final) * 0.5 * (1 + math.cos(math.pi * done))
    if kind == "linear":
        return peak + (final - peak) * done
    if kind == "inverse_sqrt":
        return peak * math.sqrt(max(warm, 1) / (step + 1))
    if kind == "milestones":
        return peak * said["factor"] ** sum(step >= one for one in said["milestones"])
    if kind == "wsd" and step >= said["decay_start"]:
        part = (step - said["decay_start"]) / max(1, steps - said["decay_start"])
        bent = part if said["shape"] == "linear" else 0.5 * (1 - math.cos(math.pi * part))
        return peak + (final - peak) * bent
    return peak


def _text(first: int) -> Tensor:
    from bench.zoo import corpus

    raw = corpus.standard_library().text.encode("utf-8")[first : first + 1_000_000]
    return torch.from_numpy(np.frombuffer(raw, np.uint8).astype(np.int64))


def _batches(run: Run) -> Iterator[tuple[Tensor, ...]]:
    rng = np.random.default_rng((run.seed, 5))
    if run.network in {"llama", "gpt2"}:
        text = _text(run.text)
        while True:
            starts = torch.from_numpy(rng.integers(0, len(text) - 66, 16))
            yield (text[starts[:, None] + torch.arange(65)],)
    drawn = scenes.draw(2_000, run.seed)
    pictures, labels = torch.from_numpy(drawn.pictures), torch.from_numpy(drawn.labels)
    captions = [list(words.encode()[:60].ljust(60)) for words in drawn.captions]
    ids = torch.tensor(captions)
    while True:
        chosen = torch.from_numpy(rng.integers(0, len(pictures), 16))
        yield (pictures[chosen], (labels if run.network == "vit" else ids)[chosen])


def _when(step: float, late: float = 0.0) -> str:
    moment = _START + dt.timedelta(seconds=_SECONDS * step + late)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _Keeper:
    """Checkpoints and log lines of a run."""

    def __init__(self, run: Run, folder: Path) -> None:
        self.run, self.folder = run, folder
        self.rows: list[dict[str, Any]] = []
        self.checkpoints: list[dict[str, Any]] = []
        self.late = 0.0

    def keep(self, model: nn.Module, step: int, loss: float) -> None:
        path = f"step-{step:06d}"
        held = {
            name: p.detach().to(_DTYPES[self.run.stored]).contiguous()
            for name, p in model.named_parameters()
        }
        (self.folder / path).mkdir(parents=True, exist_ok=True)
        save_file(held, self.folder / path / "model.safetensors", metadata={"format": "pt"})
        config = json.dumps(model.config(), indent=1, sort_keys=True)  # type: ignore[operator]
        (self.folder / path / "config.json").write_text(config + "\n", encoding="utf-8")
        time = _when(step + 0.4, self.late)
        entry = {"step": step, "path": path, "time": time, "loss": round(loss, 5)}
        self.checkpoints = [one for one in self.checkpoints if one["step"] != step] + [entry]

    def log(self, step: int, loss: float, lr: float) -> None:
        time = _when(step, self.late)
        self.rows.append({"step": step, "loss": round(loss, 5), "lr": lr, "time": time})


def carry_out(  # noqa: C901, PLR0912 - one loop, told in order
    run: Run, folder: Path, given: Callable[[nn.Module], None] | None = None
) -> None:
    """Train, and write everything a recipe names."""
    torch.set_num_threads(1)
    model = networks.build(run.network, run.width, run.n_layers)
    networks.initialise(model, run.initialiser, run.seed)
    if given is not None:
        given(model)
    if run.frozen:
        for name, p in model.named_parameters():
            p.requires_grad_(not name.startswith("visual."))
    model = model.to(_DTYPES[run.trained])
    moved_by = optimisers.make(model, run.optimiser, run.schedule["peak"])
    keeper = _Keeper(run, folder)
    batches = _batches(run)
    step, saved = 0, None
    while True:
        batch = next(batches)
        if run.trained == "bfloat16":
            batch = tuple(b.to(torch.bfloat16) if b.is_floating_point() else b for b in batch)
        loss = networks.loss_of(model, batch)
        noted = float(loss.detach())
        if step % run.every == 0:
            keeper.keep(model, step, noted)
            if run.resumed and step == run.resumed[1] and keeper.late == 0.0:
                saved = ([p.detach().clone() for p in model.parameters()],)
        keeper.log(step, noted, rate(step, run.schedule, run.steps))
        if step == run.steps:
            break
        if run.resumed and step == run.resumed[0] and keeper.late == 0.0 and saved:
            # The machine stopped: weights from the last checkpoint, the optimiser begins anew.
            with torch.no_grad():
                for p, old in zip(model.parameters(), saved[0], strict=True):
                    p.copy_(old)
            moved_by = optimisers.make(model, run.optimiser, run.schedule["peak"])
            step, keeper.late = run.resumed[1], 7_200.0
            continue
        for one in moved_by:
            for group in one.param_groups:
                scale = group.get("scale", 1.0)
                group["lr"] = rate(step, run.schedule, run.steps) * scale
            one.zero_grad(set_to_none=True)
        loss.backward()
        if run.clip is not None:
            torch.nn.utils.clip_grad_norm_(model.parameters(), run.clip)
        for one in moved_by:
            one.step()
        step += 1
    write_log(run.log, keeper.rows, folder)
    write_recipe(folder, recipe_of(run, keeper.checkpoints))


def recipe_of(run: Run, checkpoints: list[dict[str, Any]]) -> dict[str, Any]:
    """Say what was done, in the words of a recipe."""
    names = {"tensorboard": EVENTS, "wandb": "wandb.csv"}
    said: dict[str, Any] = {
        "schema_version": "1",
        "id": run.name,
        "started": _when(-10),
        "initialiser": run.initialiser,
        "optimiser": run.optimiser,
        "schedule": run.schedule,
        "steps": run.steps,
        "precision": {"weights": run.trained},
        "logs": [{"path": names.get(run.log, f"log.{run.log}")}],
        "checkpoints": sorted(checkpoints, key=lambda one: one["step"]),
        "submission": {"path": f"step-{run.steps:06d}"},
    }
    if run.network in {"llama", "gpt2"}:
        said["batch"] = {"sequences": 16, "length": 64}
        said["loss"] = {"kind": "cross_entropy", "classes": networks.N_TOKENS}
    if run.frozen:
        said["frozen"] = run.frozen
    if run.resumed:
        said["resumes"] = [
            {"step": run.resumed[1], "stopped_at": run.resumed[0], "reason": "the machine stopped"}
        ]
    return said


def tower_of(folder: Path) -> Callable[[nn.Module], None]:
    """Return what puts the vision tower of a finished run into another model."""
    from safetensors.torch import load_file

    last = max(folder.glob("step-*"))
    held = load_file(last / "model.safetensors")

    def put(model: nn.Module) -> None:
        own = dict(model.named_parameters())
        with torch.no_grad():
            for name, values in held.items():
                if name.startswith("visual.") and name in own:
                    own[name].copy_(values.float())

    return put
