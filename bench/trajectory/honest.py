"""The honest runs: what each is, as the very words of its recipe.

Refuses to know how a run is carried out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["RUNS", "Run"]

NORMS = {"tensors": ["*norm*", "*ln_*.weight", "*ln_*"], "kinds": "vector", "distribution": "ones"}
GPT2 = [
    {"tensors": "*.bias", "distribution": "zeros"},
    {"kinds": "vector", "distribution": "ones"},
]
VECTORS = [
    {"tensors": "*bias", "distribution": "zeros"},
    {"kinds": "vector", "distribution": "ones"},
]


@dataclass(frozen=True, slots=True)
class Run:
    """A run in the words of its recipe, and what it is trained with."""

    name: str
    network: str
    initialiser: list[dict[str, Any]]
    optimiser: dict[str, Any]
    schedule: dict[str, Any]
    steps: int = 400
    every: int = 40
    width: int = 96
    n_layers: int = 3
    stored: str = "bfloat16"
    trained: str = "float32"
    clip: float | None = 1.0
    seed: int = 1
    log: str = "jsonl"
    text: int = 0
    frozen: list[dict[str, Any]] = field(default_factory=list)
    resumed: tuple[int, int] | None = None
    """Step at which it broke off, and step it went on from."""


def _adamw(second: float = 0.95, decay: float = 0.1) -> dict[str, Any]:
    return {"name": "adamw", "betas": [0.9, second], "eps": 1e-8, "weight_decay": decay}


def _cosine(peak: float, warmup: int = 20) -> dict[str, Any]:
    return {"kind": "cosine", "peak": peak, "final": peak / 20, "warmup": warmup}


RUNS: tuple[Run, ...] = (
    Run(
        "llama-adamw-95-cosine",
        "llama",
        [
            *VECTORS,
            {
                "tensors": ["*o_proj.weight", "*down_proj.weight"],
                "distribution": "normal",
                "std": 0.02,
                "scaled_by": "depth",
                "n_layers": 3,
            },
            {"distribution": "normal", "std": 0.02},
        ],
        _adamw(),
        _cosine(3e-3),
    ),
    Run(
        "llama-adamw-999-wsd",
        "llama",
        [*VECTORS, {"distribution": "truncated_normal", "std": 0.02, "cut": 3.0}],
        _adamw(0.999, 0.05),
        {
            "kind": "wsd",
            "peak": 2e-3,
            "final": 0.0,
            "warmup": 40,
            "decay_start": 320,
            "shape": "linear",
        },
        stored="float32",
        seed=2,
        log="csv",
    ),
    Run(
        "gpt2-sgd-constant",
        "gpt2",
        [
            *GPT2,
            {
                "tensors": "*c_proj.weight",
                "distribution": "normal",
                "std": 0.02,
                "scaled_by": "depth",
                "n_layers": 3,
            },
            {"distribution": "normal", "std": 0.02},
        ],
        {"name": "sgd", "momentum": 0.9, "clip_norm": 1.0},
        {"kind": "constant", "peak": 0.1, "warmup": 30},
        stored="float32",
        seed=3,
        log="tensorboard",
    ),
    Run(
        "vit-lion-linear",
        "vit",
        [
            *VECTORS,
            {"tensors": "*patch_embed*", "distribution": "xavier_uniform", "fan_out": 64},
            {"distribution": "xavier_uniform"},
        ],
        {"name": "lion", "betas": [0.9, 0.99], "weight_decay": 0.3},
        {"kind": "linear", "peak": 3e-4, "final": 0.0, "warmup": 20},
        width=64,
        seed=4,
    ),
    Run(
        "gpt2-adafactor-inverse-sqrt",
        "gpt2",
        [*GPT2, {"distribution": "normal", "std": 0.03}],
        {"name": "adafactor", "clip_threshold": 1.0, "scale_parameter": True},
        {"kind": "inverse_sqrt", "peak": 3e-2, "warmup": 30},
        seed=5,
        log="wandb",
    ),
    Run(
        "llama-muon-cosine",
        "llama",
        [
            *VECTORS,
            {"tensors": "*embed*", "distribution": "normal", "std": 0.02},
            {"distribution": "orthogonal"},
        ],
        {
            "name": "muon",
            "momentum": 0.95,
            "weight_decay": 0.1,
            "adjust": "original",
            "groups": [
                {
                    "tensors": ["*embed*", "*norm*"],
                    "name": "adamw",
                    "betas": [0.9, 0.95],
                    "lr_scale": 0.15,
                }
            ],
        },
        _cosine(2e-2),
        clip=None,
        seed=6,
    ),
    Run(
        "llama-resumed-constant",
        "llama",
        [
            *VECTORS,
            {"tensors": "*embed*", "distribution": "normal", "std": 0.5},
            {"distribution": "kaiming_uniform", "slope": 2.23606797749979},
        ],
        _adamw(0.98, 0.1),
        {"kind": "constant", "peak": 1e-3, "warmup": 20},
        seed=7,
        resumed=(215, 200),
    ),
    Run(
        "vl-frozen-tower",
        "vl",
        [
            {"tensors": "visual.*", "distribution": "given", "source": "vit-lion-linear"},
            *VECTORS,
            {"distribution": "normal", "std": 0.02},
        ],
        _adamw(),
        _cosine(3e-3),
        seed=8,
        frozen=[{"tensors": "visual.*", "source": "vit-lion-linear"}],
        width=64,
        n_layers=3,
    ),
    Run(
        "gpt2-adamw-pure-bf16",
        "gpt2",
        [*GPT2, {"distribution": "normal", "std": 0.02}],
        _adamw(0.95, 0.0),
        {
            "kind": "wsd",
            "peak": 3e-3,
            "final": 1e-4,
            "warmup": 30,
            "decay_start": 300,
            "shape": "cosine",
        },
        trained="bfloat16",
        seed=9,
        log="csv",
        text=1_000_000,
    ),
    Run(
        "gpt2-sgd-unclipped",
        "gpt2",
        [*GPT2, {"distribution": "normal", "std": 0.05}],
        {"name": "sgd", "momentum": 0.9, "nesterov": True, "weight_decay": 1e-4},
        _cosine(0.05),
        clip=None,
        stored="float16",
        seed=10,
        text=1_000_000,
    ),
    Run(
        "vit-adam-999-constant",
        "vit",
        [*VECTORS, {"distribution": "kaiming_normal"}],
        {"name": "adam", "betas": [0.9, 0.999]},
        {"kind": "constant", "peak": 1e-3, "warmup": 10},
        width=64,
        seed=11,
        stored="float32",
    ),
)
