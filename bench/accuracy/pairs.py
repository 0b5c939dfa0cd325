"""Every pair the benchmark asks about, as data, and kinship as it follows from the recipes.

Refuses to know what any tool answers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from bench.accuracy.recipes import FRESH, RECIPES
from bench.accuracy.store import ZOO


@dataclass(frozen=True, slots=True)
class Pair:
    """One question: whether `subject` holds weights of the first reference."""

    operation: str
    """Row of the table."""
    subject: str
    references: tuple[str, ...]
    """The first is asked about; a second one stands beside it, as in a case."""
    related: bool
    counted: bool = True
    """False for questions that one reference alone cannot answer."""

    @property
    def key(self) -> str:
        """Name of the pair."""
        return f"{self.subject} <- {' + '.join(self.references)}"


_ROWS: dict[str, list[tuple[str, ...]]] = {
    "fine-tuned": [
        ("finetuned", "base"),
        ("gpt2-finetuned", "gpt2-base"),
        ("bert-finetuned", "bert-base"),
        ("qwen-tuned", "qwen-0"),
        ("vit-tuned", "vit-0"),
        ("whisper-tuned", "whisper-0"),
        ("resnet-tuned", "resnet-0"),
    ],
    "trained again in full": [("retrained", "base")],
    "MLP units permuted": [
        ("llama-units", "base"),
        ("gpt2-units", "gpt2-base"),
        ("bert-units", "bert-base"),
        ("vit-units", "vit-0"),
        ("whisper-units", "whisper-0"),
    ],
    "MLP units permuted between tunings": [("llama-tuned-units-tuned", "base")],
    "heads and kv groups permuted": [("llama-heads", "base")],
    "value channels permuted": [("llama-values", "base")],
    "value channels rotated": [("llama-turned-values", "base")],
    "residual channels permuted": [("llama-channels", "base")],
    "everything permuted, tuned before": [
        ("llama-tuned-permuted", "base"),
        ("qwen-permuted", "qwen-0"),
        ("gpt2-permuted", "gpt2-base"),
        ("bert-permuted", "bert-base"),
        ("vit-permuted", "vit-0"),
        ("whisper-permuted", "whisper-0"),
    ],
    "everything permuted, tuned before and after": [
        ("llama-tuned-permuted-tuned", "base"),
        ("gpt2-permuted-tuned", "gpt2-base"),
        ("bert-permuted-tuned", "bert-base"),
        ("vit-permuted-tuned", "vit-0"),
        ("whisper-permuted-tuned", "whisper-0"),
    ],
    "residual stream rotated": [
        ("llama-rotated", "base"),
        ("llama-tuned-rotated", "base"),
        ("llama-rotated-tuned", "base"),
        ("gpt2-rotated", "gpt2-base"),
        ("vit-rotated", "vit-0"),
    ],
    "units scaled": [("llama-scaled", "base")],
    "values, queries and keys scaled": [("llama-scaled-heads", "base")],
    "signs flipped": [("llama-flipped", "base")],
    "units scaled and flipped, tuned": [("llama-scaled-tuned", "base")],
    "gains folded and reset": [("llama-folded", "base"), ("llama-folded-tuned", "base")],
    "gains drawn anew": [("llama-redrawn", "base")],
    "all at once": [
        ("llama-laundered", "base"),
        ("gpt2-laundered", "gpt2-base"),
        ("bert-laundered", "bert-base"),
        ("vit-laundered", "vit-0"),
        ("whisper-laundered", "whisper-0"),
    ],
    "all at once, tuned before": [("llama-tuned-laundered", "base")],
    "all at once, tuned before and after": [
        ("llama-tuned-laundered-tuned", "base"),
        ("qwen-laundered", "qwen-0"),
        ("gpt2-laundered-tuned", "gpt2-base"),
        ("bert-laundered-tuned", "bert-base"),
        ("vit-laundered-tuned", "vit-0"),
        ("whisper-laundered-tuned", "whisper-0"),
    ],
    "all at once, tuned for long": [("llama-laundered-heavily", "base")],
    "convolution channels permuted": [("resnet-permuted", "resnet-0")],
    "convolution channels permuted and scaled": [
        ("resnet-laundered", "resnet-0"),
        ("resnet-laundered-tuned", "resnet-0"),
    ],
    "MLP units pruned in order": [
        ("llama-pruned", "base"),
        ("mlp-pruned", "base"),
        ("gpt2-pruned", "gpt2-base"),
        ("bert-pruned", "bert-base"),
        ("vit-pruned", "vit-0"),
        ("whisper-pruned", "whisper-0"),
    ],
    "MLP units pruned and shuffled": [("llama-pruned-shuffled", "base")],
    "MLP units pruned, all at once, tuned": [("llama-pruned-laundered", "base")],
    "MLP widened": [("llama-widened", "base"), ("llama-doubled-units", "base")],
    "MLP widened between tunings": [("llama-widened-tuned", "base")],
    "hidden channels pruned": [("llama-narrow", "base"), ("llama-narrow-tuned", "base")],
    "hidden size widened": [("llama-wide", "base"), ("llama-wide-tuned", "base")],
    "layers dropped": [("layers-dropped", "base"), ("llama-dropped-permuted", "base")],
    "layers moved": [("llama-moved", "base"), ("llama-moved-tuned", "base")],
    "layers doubled": [("llama-doubled-layers", "base")],
    "layers inserted": [("llama-inserted", "base"), ("llama-silent-tuned", "base")],
    "depth scaled up": [("depth-upscaled", "base"), ("llama-depth-laundered", "base")],
    "dense to experts": [("upcycled", "base"), ("moe-shuffled", "base")],
    "experts shuffled": [("moe-shuffled", "upcycled")],
    "experts split": [("moe-split", "upcycled"), ("moe-split", "base")],
    "experts merged": [("moe-merged", "upcycled"), ("moe-merged", "base")],
    "experts shuffled, all at once, tuned": [("moe-laundered", "upcycled")],
    "kv heads pooled": [("llama-pooled", "base"), ("llama-pooled-tuned", "base")],
    "kv heads repeated and relabelled": [("llama-repeated", "base")],
    "vocabulary re-ordered": [
        ("llama-vocabulary", "base"),
        ("llama-vocabulary-tuned", "base"),
        ("llama-vocabulary-permuted", "base"),
    ],
    "vocabulary swapped": [("llama-swapped", "base"), ("new-vocabulary", "base")],
    "head untied or tied": [("llama-untied", "base"), ("qwen-tied", "qwen-0")],
    "linear merge, larger share": [
        ("llama-merge-30", "base"),
        ("gpt2-merge", "gpt2-base"),
        ("bert-merge", "bert-base"),
        ("vit-merge", "vit-0"),
        ("whisper-merge", "whisper-0"),
        ("resnet-merge", "resnet-0"),
    ],
    "linear merge, smaller share, both given": [
        ("llama-merge-30", "stranger-1", "base"),
        ("gpt2-merge", "gpt2-stranger", "gpt2-base"),
        ("vit-merge", "vit-1", "vit-0"),
    ],
    "merge, all at once, tuned": [("llama-merged-laundered", "base")],
    "SLERP": [("llama-slerp", "base")],
    "SLERP, smaller share, both given": [("llama-slerp", "stranger-1", "base")],
    "task arithmetic": [("llama-task", "base"), ("llama-task", "retrained")],
    "TIES": [("llama-ties", "base"), ("llama-ties", "finetuned")],
    "DARE": [("llama-dare", "base")],
    "DARE, what was added, base given": [("llama-dare", "retrained", "base")],
    "LoRA merged": [("llama-lora", "base")],
    "quantised": [
        ("llama-int8", "base"),
        ("int4", "base"),
        ("llama-nf4", "base"),
        ("llama-fp8", "base"),
        ("gpt2-int4", "gpt2-base"),
        ("bert-int4", "bert-base"),
        ("vit-int4", "vit-0"),
        ("whisper-int4", "whisper-0"),
        ("resnet-int4", "resnet-0"),
    ],
    "all at once, quantised": [("llama-int4-laundered", "base")],
    "noise added": [("noised", "base"), ("resnet-noise", "resnet-0")],
    "noise added, everything permuted": [("llama-noise-permuted", "base")],
    "small weights set to zero": [("llama-zeros", "base")],
    "only the embeddings taken": [("stolen-embeddings", "base")],
    "only the attention taken": [
        ("stolen-attention", "base"),
        ("gpt2-attention", "gpt2-base"),
        ("bert-attention", "bert-base"),
        ("vit-attention", "vit-0"),
        ("whisper-attention", "whisper-0"),
    ],
    "only the MLPs taken, tuned": [("stolen-mlps", "base")],
    "only two layers taken, tuned": [("stolen-layers", "base")],
}

_ALONE: list[tuple[str, str]] = [
    ("llama-merge-30", "stranger-1"),
    ("llama-slerp", "stranger-1"),
    ("gpt2-merge", "gpt2-stranger"),
    ("bert-merge", "bert-stranger"),
    ("vit-merge", "vit-1"),
    ("whisper-merge", "whisper-1"),
    ("resnet-merge", "resnet-1"),
    ("llama-dare", "retrained"),
]
"""The smaller share of a merge with its parent alone."""

ORIGINALS: dict[str, tuple[str, ...]] = {
    "llama": ("base", "stranger-1", "stranger-2"),
    "qwen": ("qwen-0", "qwen-1"),
    "gpt2": ("gpt2-base", "gpt2-stranger", "gpt2-third"),
    "bert": ("bert-base", "bert-stranger", "bert-third"),
    "vit": ("vit-0", "vit-1", "vit-2"),
    "whisper": ("whisper-0", "whisper-1", "whisper-2"),
    "resnet": ("resnet-0", "resnet-1", "resnet-2"),
}
"""Models of one shape, taught the same in the same order; only the seed differs."""

_ONLY_LOOKED_AT = {"fit to other", "swap vocabulary"}
"""Steps that take no weights from the other model."""


@cache
def _lineage() -> dict[str, dict[str, object]]:
    stored = json.loads((ZOO / "lineage.json").read_text(encoding="utf-8"))
    return {name: dict(row) for name, row in stored["members"].items()}


@cache
def roots(name: str) -> frozenset[str]:
    """Return the random starts whose weights, or whose start itself, went into a model."""
    if name in FRESH:
        return frozenset({name})
    if name in RECIPES:
        recipe = RECIPES[name]
        taken = () if _ONLY_LOOKED_AT.intersection(recipe.steps) else recipe.others
        sources = (recipe.source, *taken)
        return frozenset().union(*(roots(source) for source in sources if source))
    row = _lineage()[name]
    parents = row["made_from"]
    assert isinstance(parents, list)
    found = frozenset().union(*(roots(str(parent["member"])) for parent in parents))
    return found | {str(row["start"])} if row["start"] else found


def kind_of(name: str) -> str:
    """Return the kind of network, by the originals it is compared with."""
    for kind, members in ORIGINALS.items():
        if name in members or any(roots(name) & roots(member) for member in members):
            return kind
    return "llama"


def _dressed(subject: str, reference: str) -> str:
    """Name the row of strangers."""
    if subject in RECIPES and "fit to other" in RECIPES[subject].steps:
        tuned = "tune" in RECIPES[subject].steps
        words = "stranger renumbered to fit" + (", tuned" if tuned else "")
        return words if reference in RECIPES[subject].others else "copy, against another seed"
    if "distilled" in subject:
        words = "distilled from the reference"
        return words if reference == "base" else "distilled from another seed"
    if subject in {"stranger-wide", "stranger-deep"}:
        return "another shape"
    if subject in ORIGINALS[kind_of(reference)]:
        return "another seed"
    return "copy, against another seed"


def related() -> list[Pair]:
    """List the pairs in which weights were handed down."""
    found = [
        Pair(operation, row[0], row[1:], related=True)
        for operation, rows in _ROWS.items()
        for row in rows
    ]
    words = "merge, smaller share, alone"
    alone = [Pair(words, *_single(row), related=True, counted=False) for row in _ALONE]
    return found + alone


def _single(row: tuple[str, str]) -> tuple[str, tuple[str]]:
    return row[0], (row[1],)


_EXTRA = ("distilled", "stranger-wide", "stranger-deep")


def unrelated() -> list[Pair]:
    """List the strangers: every subject against the originals of its kind it owes nothing to.

    What one random start went into is never asked about here, trained apart or not.
    """
    subjects = {pair.subject: None for pair in related()}
    subjects |= dict.fromkeys([*RECIPES, *_EXTRA])
    found = []
    for kind, members in ORIGINALS.items():
        every = [*members, *(s for s in subjects if s not in members)]
        for subject in every:
            if kind_of(subject) != kind:
                continue
            found += [
                Pair(_dressed(subject, reference), subject, (reference,), related=False)
                for reference in members
                if not roots(subject) & roots(reference)
            ]
    backwards = [
        Pair("another seed, roles exchanged", reference, (subject,), related=False)
        for subject, reference in (
            ("llama-rebasin", "base"),
            ("gpt2-rebasin", "gpt2-base"),
            ("distilled", "base"),
        )
    ]
    return found + backwards


def every_pair() -> list[Pair]:
    """List all pairs, related ones first."""
    return [*related(), *unrelated()]


def models(pairs: list[Pair]) -> list[str]:
    """List the models that pairs need, each once."""
    names = [name for pair in pairs for name in (pair.subject, *pair.references)]
    return list(dict.fromkeys(names))
