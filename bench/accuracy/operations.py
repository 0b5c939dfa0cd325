"""Every step a recipe may name, from its words to what it does to a model.

Knows the attacks by name; refuses to know which model meets which.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.accuracy.lessons import Lesson
from bench.attacks import (
    convolution,
    experts,
    gains,
    heads,
    layers,
    lora,
    lossy,
    merge,
    permute,
    rebasin,
    rotate,
    scale,
    theft,
    vocabulary,
    width,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.attacks.network import Network


@dataclass(frozen=True, slots=True)
class Model:
    """A network with the tokenizer that goes with it."""

    net: Network
    tokenizer: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a step may draw on besides the model itself."""

    rng: np.random.Generator
    others: tuple[Model, ...] = ()

    def other(self, place: int = 0) -> Network:
        """Return one of the other models a recipe names."""
        return self.others[place].net


Step = "Callable[[Model, Context], Model]"


def _on_net(change: Callable[[Network, Context], Network]) -> Callable[[Model, Context], Model]:
    return lambda model, given: replace(model, net=change(model.net, given))


def _convolutions(change: Callable[..., Any]) -> Callable[[Network, Context], Network]:
    return lambda net, given: net.changed(change(net.tensors, given.rng))


def _launder(net: Network, given: Context) -> Network:
    """Do everything at once that the network's form allows."""
    rng = given.rng
    if net.family == "resnet":
        return net.changed(convolution.scale(convolution.permute(net.tensors, rng), rng))
    if net.family == "whisper":
        net = gains.redraw(permute.stem_channels(net, rng), rng)
    elif not net.post_norm:
        net = rotate.residual(net, rng)
        net = gains.redraw(net, rng) if net.norm == "rms" else net
    if net.norm == "rms":
        net = scale.flip_units(scale.units(net, rng), rng)
    return permute.everything(rotate.values(scale.values(net, rng), rng), rng)


def _flip(net: Network, given: Context) -> Network:
    return scale.flip_channels(scale.flip_units(net, given.rng), given.rng)


def _scale_heads(net: Network, given: Context) -> Network:
    return scale.queries(scale.values(net, given.rng), given.rng)


def _reorder_vocabulary(model: Model, given: Context) -> Model:
    assert model.tokenizer is not None
    net = model.net
    order = given.rng.permutation(net.size("vocabulary"))
    place = np.argsort(order)
    stored = {**model.tokenizer, "model": dict(model.tokenizer["model"])}
    vocab = stored["model"]["vocab"]
    stored["model"]["vocab"] = {token: int(place[i]) for token, i in vocab.items()}
    stored["added_tokens"] = [
        {**token, "id": int(place[token["id"]])} for token in stored["added_tokens"]
    ]
    return Model(vocabulary.reorder(net, order), stored)


def _spelled(tokenizer: dict[str, Any]) -> list[str]:
    vocab = tokenizer["model"]["vocab"]
    return sorted(vocab, key=lambda token: int(vocab[token]))


def _swap_vocabulary(model: Model, given: Context) -> Model:
    new = given.others[0].tokenizer
    assert model.tokenizer is not None
    assert new is not None
    swapped = vocabulary.swap(model.net, _spelled(model.tokenizer), _spelled(new), given.rng)
    return Model(swapped, new)


OPERATIONS: dict[str, Callable[[Model, Context], Model]] = {
    "reorder vocabulary": _reorder_vocabulary,
    "swap vocabulary": _swap_vocabulary,
    **{
        name: _on_net(change)
        for name, change in {
            "launder": _launder,
            "permute units": lambda net, c: permute.units(net, c.rng),
            "permute heads": lambda net, c: permute.heads(net, c.rng),
            "permute values": lambda net, c: permute.values(net, c.rng),
            "permute channels": lambda net, c: permute.channels(net, c.rng),
            "permute everything": lambda net, c: permute.everything(net, c.rng),
            "permute convolutions": _convolutions(convolution.permute),
            "rotate values": lambda net, c: rotate.values(net, c.rng),
            "rotate residual": lambda net, c: rotate.residual(net, c.rng),
            "scale units": lambda net, c: scale.units(net, c.rng),
            "scale heads": _scale_heads,
            "flip signs": _flip,
            "fold gains": lambda net, _: gains.fold(net),
            "redraw gains": lambda net, c: gains.redraw(net, c.rng),
            "untie head": lambda net, _: gains.untie(net),
            "tie head": lambda net, _: gains.tie(net),
            "prune units": lambda net, _: width.prune_units(net, 0.3),
            "prune and shuffle units": lambda net, c: width.prune_units(net, 0.3, shuffle=c.rng),
            "widen units with zeros": lambda net, c: width.widen_units(net, 48, c.rng, how="zero"),
            "double units": lambda net, c: width.widen_units(net, 48, c.rng, how="duplicate"),
            "prune channels": lambda net, _: width.prune_channels(net, 0.2),
            "widen channels": lambda net, c: width.widen_channels(net, 16, c.rng),
            "drop layers": lambda net, _: layers.take(net, [0, 2, 4]),
            "move layers": lambda net, _: layers.take(net, [0, 3, 2, 1, 4]),
            "double layers": lambda net, _: layers.take(net, [0, 1, 1, 2, 3, 3, 4]),
            "scale up depth": lambda net, _: layers.scale_up(net, 3),
            "insert silent layers": lambda net, _: layers.insert_silent(net, [1, 3]),
            "insert strange layers": lambda net, c: layers.insert_strange(net, c.other(), [1, 3]),
            "upcycle": lambda net, c: experts.upcycle(net, 4, c.rng),
            "shuffle experts": lambda net, c: experts.shuffle(net, c.rng),
            "split experts": lambda net, c: experts.split(net, c.rng),
            "merge experts": lambda net, _: experts.merge(net),
            "pool kv heads": lambda net, _: heads.pool(net, 1),
            "repeat kv heads": lambda net, _: heads.repeat(net, 4),
            "merge 0.7": lambda net, c: merge.linear([(0.7, net), (0.3, c.other())]),
            "merge 0.5": lambda net, c: merge.linear([(0.5, net), (0.5, c.other())]),
            "slerp": lambda net, c: merge.slerp(net, c.other(), 0.4),
            "task arithmetic": lambda net, c: merge.task_arithmetic(
                net, [(0.7, c.other(0)), (0.5, c.other(1))]
            ),
            "ties": lambda net, c: merge.ties(
                net, [c.other(0), c.other(1)], density=0.3, scale=1.0
            ),
            "dare": lambda net, c: merge.dare(
                net, [(0.5, c.other(0)), (0.5, c.other(1))], c.rng, drop=0.7
            ),
            "lora": lambda net, c: lora.of_low_rank(net, c.other(), 4),
            "int8": lambda net, _: lossy.quantise(net, "int8"),
            "int4": lambda net, _: lossy.quantise(net, "int4"),
            "nf4": lambda net, _: lossy.quantise(net, "nf4"),
            "fp8": lambda net, _: lossy.quantise(net, "fp8"),
            "noise": lambda net, c: lossy.noise(net, 0.7, c.rng),
            "zero small weights": lambda net, _: lossy.prune_magnitude(net, 0.5),
            # The model a recipe starts from owns the rest; the other one is robbed.
            "steal embeddings": lambda net, c: theft.graft(net, c.other(), "embeddings"),
            "steal attention": lambda net, c: theft.graft(net, c.other(), "attention"),
            "steal mlps": lambda net, c: theft.graft(net, c.other(), "mlp"),
            "steal layers": lambda net, c: theft.graft(net, c.other(), "layers", n_layers=2),
            "fit to other": lambda net, c: rebasin.fit(net, c.other()),
        }.items()
    },
}

LESSONS: dict[str, dict[str, Lesson]] = {
    "train": {
        "llama": Lesson(1400, 3e-3),
        "gpt2": Lesson(2000, 2e-3),
        "bert": Lesson(2000, 2e-3),
        "vit": Lesson(600, 2e-3, batch=24),
        "whisper": Lesson(800, 2e-3, batch=16),
        "resnet": Lesson(600, 3e-3, batch=24),
    },
    "tune": {
        "llama": Lesson(120, 1e-3, "docs", 9),
        "gpt2": Lesson(120, 5e-4, "docs", 9),
        "bert": Lesson(120, 1e-3, "docs", 9),
        "vit": Lesson(80, 5e-4, "docs", 9, batch=24),
        "whisper": Lesson(100, 5e-4, "docs", 9, batch=16),
        "resnet": Lesson(100, 1e-3, "docs", 9, batch=24),
    },
}
"""By the step that names them and the family taught; ``mixtral`` learns as ``llama`` does."""


def lesson(step: str, family: str) -> Lesson | None:
    """Return the lesson a step means, or nothing where it is no lesson.

    ``tune on`` is ``tune`` with other data drawn, ``tune heavily`` ten times as long.
    """
    family = "llama" if family == "mixtral" else family
    plain = step.split(maxsplit=1)[0]
    if plain not in LESSONS:
        return None
    found = LESSONS[plain][family]
    if step == "tune on":
        return replace(found, data_seed=found.data_seed + 1)
    if step == "tune heavily":
        return replace(found, n_steps=10 * found.n_steps, learning_rate=2 * found.learning_rate)
    return found
