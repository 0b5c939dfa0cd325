"""Every model of the benchmark: where it starts and what is done to it, as data.

Models without a recipe here are those of the committed zoo. Refuses to know what a step does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.accuracy import lessons
from bench.accuracy.networks import Qwen3, Whisper
from bench.accuracy.pictures import ConvShape, PictureShape, ResNet, Vit
from bench.zoo.models import Bert, Gpt2, Shape
from bench.zoo.multimodal import AudioShape

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

START: dict[str, Callable[[], nn.Module]] = {
    "llama": lambda: Qwen3(Shape(tied=False)),
    "gpt2": lambda: Gpt2(
        Shape(width=80, n_layers=4, n_heads=5, n_kv_heads=5, n_units=320),
    ),
    "bert": lambda: Bert(Shape(width=64, n_layers=4, n_heads=4, n_kv_heads=4, n_units=256)),
    "vit": lambda: Vit(PictureShape(n_classes=lessons.n_classes("vit"))),
    "whisper": lambda: Whisper(AudioShape(width=80, n_units=320), lessons.n_classes("whisper")),
    "resnet": lambda: ResNet(ConvShape(n_classes=lessons.n_classes("vit"))),
}
"""Shapes of what is trained here; GPT-2 and BERT are as in the committed zoo."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One model: a fresh network of a kind, or another model, and steps taken in order."""

    kind: str
    steps: tuple[str, ...]
    source: str | None = None
    others: tuple[str, ...] = ()
    seed: int | None = None

    @property
    def needs(self) -> tuple[str, ...]:
        """Models that must be made before."""
        return (*([self.source] if self.source else []), *self.others)


def _made(kind: str, source: str, *steps: str, others: tuple[str, ...] = ()) -> Recipe:
    return Recipe(kind, steps, source, others)


FRESH: dict[str, Recipe] = {
    "gpt2-third": Recipe("gpt2", ("train",), seed=102),
    "bert-third": Recipe("bert", ("train",), seed=202),
    **{f"qwen-{seed}": Recipe("llama", ("train",), seed=400 + seed) for seed in range(2)},
    **{f"vit-{seed}": Recipe("vit", ("train",), seed=500 + seed) for seed in range(3)},
    **{f"whisper-{seed}": Recipe("whisper", ("train",), seed=600 + seed) for seed in range(3)},
    **{f"resnet-{seed}": Recipe("resnet", ("train",), seed=700 + seed) for seed in range(3)},
}

_LLAMA: dict[str, Recipe] = {
    # Attacks on the original.
    "llama-units": _made("llama", "base", "permute units"),
    "llama-heads": _made("llama", "base", "permute heads"),
    "llama-values": _made("llama", "base", "permute values"),
    "llama-turned-values": _made("llama", "base", "rotate values"),
    "llama-channels": _made("llama", "base", "permute channels"),
    "llama-rotated": _made("llama", "base", "rotate residual"),
    "llama-scaled": _made("llama", "base", "scale units"),
    "llama-scaled-heads": _made("llama", "base", "scale heads"),
    "llama-flipped": _made("llama", "base", "flip signs"),
    "llama-folded": _made("llama", "base", "fold gains"),
    "llama-redrawn": _made("llama", "base", "redraw gains"),
    "llama-laundered": _made("llama", "base", "launder"),
    "llama-vocabulary": _made("llama", "base", "reorder vocabulary"),
    "llama-vocabulary-permuted": _made("llama", "base", "reorder vocabulary", "permute everything"),
    "llama-swapped": _made("llama", "base", "swap vocabulary", others=("new-vocabulary",)),
    "llama-untied": _made("llama", "base", "untie head"),
    "llama-pruned": _made("llama", "base", "prune units"),
    "llama-pruned-shuffled": _made("llama", "base", "prune and shuffle units"),
    "llama-widened": _made("llama", "base", "widen units with zeros"),
    "llama-doubled-units": _made("llama", "base", "double units"),
    "llama-narrow": _made("llama", "base", "prune channels"),
    "llama-wide": _made("llama", "base", "widen channels"),
    "llama-moved": _made("llama", "base", "move layers"),
    "llama-doubled-layers": _made("llama", "base", "double layers"),
    "llama-inserted": _made("llama", "base", "insert strange layers", others=("stranger-2",)),
    "llama-pooled": _made("llama", "base", "pool kv heads"),
    "llama-repeated": _made("llama", "base", "repeat kv heads", "permute heads"),
    "llama-int8": _made("llama", "base", "int8"),
    "llama-nf4": _made("llama", "base", "nf4"),
    "llama-fp8": _made("llama", "base", "fp8"),
    "llama-zeros": _made("llama", "base", "zero small weights"),
    "llama-lora": _made("llama", "base", "lora", others=("finetuned",)),
    "llama-merge-30": _made("llama", "base", "merge 0.7", others=("stranger-1",)),
    "llama-slerp": _made("llama", "base", "slerp", others=("stranger-1",)),
    "llama-task": _made("llama", "base", "task arithmetic", others=("finetuned", "retrained")),
    "llama-ties": _made("llama", "base", "ties", others=("finetuned", "retrained")),
    "llama-dare": _made("llama", "base", "dare", others=("finetuned", "retrained")),
    # Tuned first, after, or both.
    "llama-tuned-units-tuned": _made("llama", "finetuned", "permute units", "tune on"),
    "llama-tuned-permuted": _made("llama", "finetuned", "permute everything"),
    "llama-tuned-permuted-tuned": _made("llama", "finetuned", "permute everything", "tune on"),
    "llama-tuned-rotated": _made("llama", "finetuned", "rotate residual"),
    "llama-rotated-tuned": _made("llama", "base", "rotate residual", "tune"),
    "llama-scaled-tuned": _made("llama", "base", "scale units", "flip signs", "tune"),
    "llama-folded-tuned": _made("llama", "finetuned", "fold gains", "tune on"),
    "llama-tuned-laundered": _made("llama", "finetuned", "launder"),
    "llama-tuned-laundered-tuned": _made("llama", "finetuned", "launder", "tune on"),
    "llama-laundered-heavily": _made("llama", "base", "launder", "tune heavily"),
    "llama-vocabulary-tuned": _made("llama", "finetuned", "reorder vocabulary", "tune on"),
    "llama-pruned-laundered": _made("llama", "base", "prune and shuffle units", "launder", "tune"),
    "llama-narrow-tuned": _made("llama", "base", "prune channels", "tune"),
    "llama-wide-tuned": _made("llama", "base", "widen channels", "permute channels", "tune"),
    "llama-widened-tuned": _made("llama", "finetuned", "double units", "permute units", "tune on"),
    "llama-moved-tuned": _made("llama", "base", "move layers", "tune"),
    "llama-dropped-permuted": _made("llama", "finetuned", "drop layers", "permute everything"),
    "llama-silent-tuned": _made("llama", "base", "insert silent layers", "tune"),
    "llama-depth-laundered": _made("llama", "base", "scale up depth", "launder", "tune"),
    "llama-pooled-tuned": _made("llama", "base", "pool kv heads", "tune"),
    "llama-noise-permuted": _made("llama", "base", "noise", "permute everything"),
    "llama-int4-laundered": _made("llama", "finetuned", "launder", "int4"),
    "llama-merged-laundered": _made(
        "llama", "base", "merge 0.7", "launder", "tune", others=("stranger-1",)
    ),
    "moe-shuffled": _made("mixtral", "upcycled", "shuffle experts"),
    "moe-split": _made("mixtral", "upcycled", "split experts"),
    "moe-merged": _made("mixtral", "upcycled", "merge experts"),
    "moe-laundered": _made("mixtral", "upcycled", "shuffle experts", "launder", "tune on"),
    # Only a part was taken; the rest is a stranger's.
    "stolen-embeddings": _made("llama", "stranger-2", "steal embeddings", others=("base",)),
    "stolen-attention": _made("llama", "stranger-2", "steal attention", others=("base",)),
    "stolen-mlps": _made("llama", "stranger-2", "steal mlps", "tune", others=("base",)),
    "stolen-layers": _made("llama", "stranger-2", "steal layers", "tune", others=("base",)),
    # Strangers dressed up, and nothing taken.
    "llama-rebasin": _made("llama", "stranger-1", "fit to other", others=("base",)),
    "llama-rebasin-tuned": _made("llama", "stranger-1", "fit to other", "tune", others=("base",)),
    "stranger-tuned": _made("llama", "stranger-1", "tune"),
    "stranger-laundered": _made("llama", "stranger-1", "tune", "launder"),
    "distilled-tuned": _made("llama", "distilled", "tune"),
    "moe-stranger": _made("llama", "stranger-1", "upcycle", "tune"),
}

_QWEN: dict[str, Recipe] = {
    "qwen-tuned": _made("llama", "qwen-0", "tune"),
    "qwen-tied": _made("llama", "qwen-0", "tie head", "tune"),
    "qwen-permuted": _made("llama", "qwen-tuned", "permute everything"),
    "qwen-laundered": _made("llama", "qwen-tuned", "launder", "tune on"),
    "qwen-rebasin": _made("llama", "qwen-1", "fit to other", others=("qwen-0",)),
}


def _family(kind: str, base: str, stranger: str) -> dict[str, Recipe]:
    """List what is done to every kind that is no Llama."""
    tuned = f"{kind}-tuned"
    found = {
        tuned: _made(kind, base, "tune"),
        f"{kind}-units": _made(kind, base, "permute units"),
        f"{kind}-permuted": _made(kind, tuned, "permute everything"),
        f"{kind}-permuted-tuned": _made(kind, tuned, "permute everything", "tune on"),
        f"{kind}-laundered": _made(kind, base, "launder"),
        f"{kind}-laundered-tuned": _made(kind, tuned, "launder", "tune on"),
        f"{kind}-pruned": _made(kind, base, "prune units", "tune"),
        f"{kind}-int4": _made(kind, base, "int4"),
        f"{kind}-merge": _made(kind, base, "merge 0.7", others=(stranger,)),
        f"{kind}-rebasin": _made(kind, stranger, "fit to other", others=(base,)),
        f"{kind}-attention": _made(kind, stranger, "steal attention", others=(base,)),
        f"{kind}-stranger-laundered": _made(kind, stranger, "tune", "launder"),
    }
    if kind in {"gpt2", "vit"}:
        found[f"{kind}-rotated"] = _made(kind, base, "rotate residual")
    return found


_RESNET: dict[str, Recipe] = {
    "resnet-tuned": _made("resnet", "resnet-0", "tune"),
    "resnet-permuted": _made("resnet", "resnet-0", "permute convolutions"),
    "resnet-laundered": _made("resnet", "resnet-0", "launder"),
    "resnet-laundered-tuned": _made("resnet", "resnet-tuned", "launder", "tune on"),
    "resnet-int4": _made("resnet", "resnet-0", "int4"),
    "resnet-merge": _made("resnet", "resnet-0", "merge 0.7", others=("resnet-1",)),
    "resnet-noise": _made("resnet", "resnet-0", "noise"),
    "resnet-stranger-laundered": _made("resnet", "resnet-1", "tune", "launder"),
}

RECIPES: dict[str, Recipe] = {
    **FRESH,
    **_LLAMA,
    **_QWEN,
    **_family("gpt2", "gpt2-base", "gpt2-stranger"),
    **_family("bert", "bert-base", "bert-stranger"),
    **_family("vit", "vit-0", "vit-1"),
    **_family("whisper", "whisper-0", "whisper-1"),
    **_RESNET,
}
