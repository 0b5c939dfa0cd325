"""Models of the benchmark on disk: made once, found again by the digest of their recipe.

A folder holds ``model.safetensors``, ``config.json``, perhaps ``tokenizer.json`` and
``recipe.json``. Refuses to know what a step does.
"""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors.torch import load_file

from bench.accuracy import lessons, networks
from bench.accuracy.operations import OPERATIONS, Context, Model, lesson
from bench.accuracy.recipes import RECIPES, START, Recipe
from bench.attacks import naming
from bench.zoo import files
from bench.zoo.models import initialise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.accuracy.lessons import Lesson

ROOT = Path(__file__).resolve().parents[2]
ZOO = ROOT / "tests" / "data" / "zoo"
CACHE = ROOT / ".cache" / "accuracy"
_SD = 0.05


def folder_of(name: str, cache: Path = CACHE) -> Path:
    """Return where a model is, or will be: in the committed zoo or in the cache."""
    return cache / "models" / name if name in RECIPES else ZOO / name


@functools.cache
def digest(name: str) -> str:
    """Return what a model is made of, in one number: its recipe and those of all it needs."""
    if name not in RECIPES:
        weights = ZOO / name / "model.safetensors"
        return hashlib.sha256(weights.read_bytes()).hexdigest()[:16]
    recipe = RECIPES[name]
    steps = [_spelled(step, recipe) for step in recipe.steps]
    parts = [recipe.kind, recipe.seed, steps, *(digest(other) for other in recipe.needs)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _spelled(step: str, recipe: Recipe) -> str:
    """Spell out a lesson, so that a change of it makes its models anew."""
    found = lesson(step, recipe.kind)
    return f"{step}: {found}" if found else step


def ready(name: str, cache: Path = CACHE) -> bool:
    """Whether a model is on disk as its recipe stands now."""
    if name not in RECIPES:
        return (ZOO / name / "model.safetensors").exists()
    path = folder_of(name, cache) / "recipe.json"
    if not path.exists():
        return False
    return bool(json.loads(path.read_text(encoding="utf-8"))["digest"] == digest(name))


def load(name: str, cache: Path = CACHE) -> Model:
    """Read a model of the benchmark from disk."""
    return load_folder(folder_of(name, cache))


def load_folder(folder: Path) -> Model:
    """Read any checkpoint folder of a family the attacks know."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    state = load_file(folder / "model.safetensors")
    arrays = {key: tensor.double().numpy() for key, tensor in state.items()}
    path = folder / "tokenizer.json"
    tokenizer = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    return Model(naming.read(arrays, config), tokenizer)


def save(model: Model, folder: Path, note: dict[str, Any]) -> None:
    """Write a model in bfloat16, its recipe last."""
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    arrays, config = naming.write(model.net)
    state = {name: torch.from_numpy(array) for name, array in arrays.items()}
    files.write_model(partial, state, config, dtype="BF16")
    if model.tokenizer is not None:
        text = json.dumps(model.tokenizer, ensure_ascii=False, separators=(",", ":"))
        (partial / "tokenizer.json").write_text(text + "\n", encoding="utf-8")
    (partial / "recipe.json").write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def _fresh(recipe: Recipe) -> Model:
    assert recipe.seed is not None
    module = START[recipe.kind]()
    initialise(module, recipe.seed, sd=_SD)
    state = {k: v.double().numpy() for k, v in module.state_dict().items()}
    donor = None
    if recipe.kind in {"llama", "gpt2", "bert"}:
        donor = json.loads((ZOO / "base" / "tokenizer.json").read_text(encoding="utf-8"))
    kept = {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}
    return Model(naming.read(kept, module.config()), donor)


def taught(
    model: Model, wanted: Lesson, scratch: Path, cache: Path
) -> tuple[Model, dict[str, float]]:
    """Teach a model a lesson.

    Parameters
    ----------
    model
        As it stands; its vocabulary may be in any order.
    wanted
        What to teach.
    scratch
        A folder of its own, removed afterwards.
    cache
        Where encoded texts are kept.

    Returns
    -------
    Model
        What came out.
    dict
        Losses.
    """
    arrays, config = naming.write(model.net)
    module = networks.build(config)
    state = {name: torch.from_numpy(array) for name, array in arrays.items()}
    module.load_state_dict(state, strict=model.net.family != "resnet")
    for name, parameter in module.named_parameters():
        if "embed_positions" in name:
            parameter.requires_grad_(requires_grad=False)
    ids = None
    if model.tokenizer is not None:
        scratch.mkdir(parents=True, exist_ok=True)
        path = scratch / "tokenizer.json"
        path.write_text(json.dumps(model.tokenizer, ensure_ascii=False), encoding="utf-8")
        ids = lessons.token_ids(scratch, wanted.data, cache / "tokens")
        shutil.rmtree(scratch)
    figures = lessons.teach(module, config, wanted, ids)
    after = {
        name: tensor.double().numpy()
        for name, tensor in module.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    return Model(naming.read(after, config), model.tokenizer), figures


def make(name: str, cache: Path = CACHE) -> dict[str, Any]:
    """Make one model; all it needs must be on disk.

    Parameters
    ----------
    name
        A recipe.
    cache
        Where the models are kept.

    Returns
    -------
    dict
        What was taught, with the losses.
    """
    torch.set_num_threads(1)
    recipe = RECIPES[name]
    folder = folder_of(name, cache)
    # A seed from the name: a recipe that is added changes no other.
    rng = np.random.default_rng((zlib.crc32(name.encode()), 17))
    given = Context(rng, tuple(load(other, cache) for other in recipe.others))
    model = load(recipe.source, cache) if recipe.source else _fresh(recipe)
    figures = []
    for step in recipe.steps:
        found = lesson(step, recipe.kind)
        if found:
            model, losses = taught(model, found, cache / "scratch" / name, cache)
            figures.append({"step": step, **losses})
        else:
            model = OPERATIONS[step](model, given)
    folder.parent.mkdir(parents=True, exist_ok=True)
    save(model, folder, {"digest": digest(name), "steps": list(recipe.steps), "taught": figures})
    return {"taught": figures}


_NO_SHAPE = {"torch_dtype", "tie_word_embeddings", "architectures"}


def same_shape(name: str, other: str, cache: Path = CACHE) -> bool:
    """Whether two models have the same configuration but for number format and tied heads."""
    stored = [
        json.loads((folder_of(n, cache) / "config.json").read_text(encoding="utf-8"))
        for n in (name, other)
    ]
    one, two = ({k: v for k, v in row.items() if k not in _NO_SHAPE} for row in stored)
    return bool(one == two)


def needed(names: Iterable[str]) -> list[str]:
    """Return recipes, those that others need first."""
    out: list[str] = []

    def visit(name: str) -> None:
        if name in RECIPES and name not in out:
            for other in RECIPES[name].needs:
                visit(other)
            out.append(name)

    for name in names:
        visit(name)
    return out
