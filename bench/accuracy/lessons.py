"""What the benchmark's models learn from, and the loop that teaches any of them.

Knows data, losses and plans; refuses to know lineage.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.zoo import bpe, corpus, scenes, speech, training

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

_TEXTS = {"code": corpus.standard_library, "docs": corpus.numeric_docs}
_PICTURES = {"vit", "torchvision_resnet"}
_N_EXAMPLES = 4000


@dataclass(frozen=True, slots=True)
class Lesson:
    """How long, how fast, on what. Pictures and sounds of other data are drawn anew."""

    n_steps: int
    learning_rate: float
    data: str = "code"
    data_seed: int = 0
    batch: int = 8


def tokenizer(folder: Path) -> bpe.Tokenizer:
    """Read the tokenizer of a folder."""
    stored = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    vocabulary = stored["model"]["vocab"]
    # Ids as they were before anyone put the vocabulary in another order.
    order = {token: i for i, token in enumerate(_spelled(stored["model"]["merges"]))}
    if len(order) != len(vocabulary):
        raise ValueError(f"{folder}: merges and vocabulary do not agree")
    merges = [(order[left], order[right]) for left, right in stored["model"]["merges"]]
    return bpe.Tokenizer(merges)


def _spelled(merges: list[list[str]]) -> list[str]:
    return [*bpe.Tokenizer([]).spellings(), *(left + right for left, right in merges)]


@cache
def _encoded(folder: Path, data: str, store: Path) -> NDArray[np.int64]:
    """Token ids of a corpus, kept on disk, for encoding takes long."""
    spelled = tokenizer(folder)
    path = store / f"{data}-{spelled.n_tokens}.npy"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        ids = spelled.encode(_TEXTS[data]().text)
        partial = path.with_suffix(f".{id(ids)}.npy")
        np.save(partial, ids)
        partial.replace(path)
    return np.asarray(np.load(path))


def token_ids(folder: Path, data: str, store: Path) -> NDArray[np.int64]:
    """Return a corpus in the ids of a folder's own ``tokenizer.json``."""
    stored = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    plain = _spelled(stored["model"]["merges"])
    ids = np.array([stored["model"]["vocab"][token] for token in plain])
    return np.asarray(ids[_encoded(folder, data, store)])


@cache
def _pictures(seed: int) -> tuple[Tensor, Tensor]:
    drawn = scenes.draw(_N_EXAMPLES, seed)
    return torch.from_numpy(drawn.pictures), torch.from_numpy(drawn.labels)


@cache
def _sounds(seed: int) -> tuple[Tensor, Tensor]:
    spoken = speech.synthesise(_N_EXAMPLES // 2, seed)
    return torch.from_numpy(spoken.spectrograms), torch.from_numpy(spoken.labels)


_SOUND_CLASSES = (len(speech.CONSONANTS), len(speech.VOWELS)) * speech.N_SYLLABLES


def n_classes(model_type: str) -> int:
    """Return how many logits a classifier of pictures or sounds needs."""
    return sum(scenes.N_CLASSES if model_type in _PICTURES else _SOUND_CLASSES)


def _classified(logits: Tensor, labels: Tensor, sizes: tuple[int, ...]) -> Tensor:
    parts = logits.split(sizes, dim=-1)
    losses = [functional.cross_entropy(part, labels[:, i]) for i, part in enumerate(parts)]
    return torch.stack(losses).mean()


def _example_loss(
    config: Mapping[str, Any], lesson: Lesson
) -> tuple[Callable[[nn.Module, NDArray[np.int64]], Tensor], int]:
    """Return the loss of chosen examples, and how many there are to choose from."""
    seed = 60 + lesson.data_seed + (0 if lesson.data == "code" else 10)
    pictured = config["model_type"] in _PICTURES
    inputs, labels = (_pictures if pictured else _sounds)(seed)
    sizes = scenes.N_CLASSES if pictured else _SOUND_CLASSES

    def loss(model: nn.Module, rows: NDArray[np.int64]) -> Tensor:
        chosen = torch.from_numpy(rows)
        return _classified(model(inputs[chosen]), labels[chosen], sizes)

    return loss, len(inputs)


def teach(
    model: nn.Module,
    config: Mapping[str, Any],
    lesson: Lesson,
    ids: NDArray[np.int64] | None,
) -> dict[str, float]:
    """Train in place.

    Parameters
    ----------
    model
        Any network of the benchmark.
    config
        Its ``config.json``.
    lesson
        What to teach.
    ids
        The corpus in the model's own tokens, for models of text.

    Returns
    -------
    dict
        Mean loss over the first and the last tenth of the steps.
    """
    plan = training.Plan(
        lesson.n_steps,
        lesson.learning_rate,
        data_seed=lesson.data_seed,
        n_windows_per_step=lesson.batch,
    )
    steps = training.optimiser(model, plan)
    draw = _batches(config, lesson, plan, ids)
    losses = []
    model.train()
    for step in range(lesson.n_steps):
        for group in steps.param_groups:
            group["lr"] = training.rate(step, plan)
        steps.zero_grad(set_to_none=True)
        total = draw(model, step)
        total.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        steps.step()
        losses.append(float(total.detach()))
    tenth = max(1, lesson.n_steps // 10)
    return {
        "first": round(float(np.mean(losses[:tenth])), 3),
        "last": round(float(np.mean(losses[-tenth:])), 3),
    }


def _batches(
    config: Mapping[str, Any],
    lesson: Lesson,
    plan: training.Plan,
    ids: NDArray[np.int64] | None,
) -> Callable[[nn.Module, int], Tensor]:
    if ids is not None:
        n_windows = lesson.n_steps * lesson.batch
        starts = training.windows(ids, plan, n_windows=n_windows).reshape(lesson.n_steps, -1)
        return lambda model, step: training.loss(
            model, training.batch(ids, starts[step], plan.length)
        )
    loss, n_examples = _example_loss(config, lesson)
    rng = np.random.default_rng((lesson.data_seed, 3))
    rows = rng.integers(0, n_examples, (lesson.n_steps, lesson.batch))
    return lambda model, step: loss(model, rows[step])
