"""Train the case behind ``dokja demo``: ``python -m bench.train_demo [--out DIR] [--force]``.

Four small models: one that gives its vision encoder, one that gives its audio encoder, a subject
that takes both beside a language model of its own, and an honest stranger: the subject's shape and
lessons in every part, other seeds throughout.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from bench.zoo import check, corpus, files, lessons, training
from bench.zoo.lessons import Lessons, Omni, Reader
from bench.zoo.models import Llama, Shape, initialise
from bench.zoo.multimodal import AudioProjector, AudioShape, AudioTower, VisionShape, VisionTower

_ROOT = Path(__file__).resolve().parents[1] / "src" / "dokja" / "data" / "demo"
_OWN = Shape(n_tokens=384, width=64, n_layers=4, n_units=128, tied=False)
_DONOR = Shape(n_tokens=384, width=64, n_layers=4, n_units=128, qkv_bias=True)
# Both encoders are narrow, so that three pairs of eyes and three of ears fit into the wheel.
_VISION = VisionShape(n_units=96)
_AUDIO = AudioShape(n_units=96)
_SD = 0.06
_PLAN = training.Plan(1600, 3e-3, n_windows_per_step=8)
# The borrowed vision encoder learns this much more slowly than what stands around it.
_TUNING = 0.1


@dataclass(frozen=True, slots=True)
class Layout:
    """File prefix of each part, longest first, and the configuration that goes with it."""

    prefixes: dict[str, str]
    config: dict[str, Any]


def _text(shape: Shape, model_type: str) -> dict[str, Any]:
    config = {**Llama(shape).config(), "model_type": model_type}
    config.pop("architectures")
    return config


_OMNI = Layout(
    {
        "language.": "model.language_model.",
        "vision.": "model.vision_model.",
        "audio.": "model.audio_model.",
        "vision_projector.": "model.mm_projector.",
        "audio_projector.": "model.audio_projector.",
    },
    {
        "architectures": ["HCXVisionV2ForCausalLM"],
        "model_type": "vlm",
        "text_config": _text(_OWN, "llama"),
        "vision_config": VisionTower(_VISION).config(),
        "audio_config": AudioTower(_AUDIO).config(),
        "mm_projector_type": "linear",
        "audio_projector_type": "mlp",
        "tie_word_embeddings": False,
    },
)
_QWEN_VL = Layout(
    {"language.": "", "vision.": "visual."},
    {
        **_text(_DONOR, "qwen2_5_vl"),
        "architectures": ["Qwen2_5_VLForConditionalGeneration"],
        "vision_config": VisionTower(_VISION).config(),
    },
)
_QWEN_AUDIO = Layout(
    {
        "language.": "language_model.",
        "audio.": "audio_tower.",
        "audio_projector.": "multi_modal_projector.linear.",
    },
    {
        "architectures": ["Qwen2AudioForConditionalGeneration"],
        "model_type": "qwen2_audio",
        "text_config": _text(_DONOR, "qwen2"),
        "audio_config": AudioTower(_AUDIO).config(),
    },
)
_STATE_PREFIX = {
    "vision-donor": _QWEN_VL,
    "audio-donor": _QWEN_AUDIO,
    "subject": _OMNI,
    "stranger": _OMNI,
}


@cache
def _lessons(name: str) -> Lessons:
    """Donors learn from the docs, the subject and the stranger from the code corpus."""
    if name in {"subject", "stranger"}:
        return lessons.prepare(corpus.standard_library(), seed=50, n_tokens=_OWN.n_tokens)
    seed = {"vision-donor": 51, "audio-donor": 52}[name]
    return lessons.prepare(corpus.numeric_docs(), seed=seed, n_tokens=_DONOR.n_tokens)


def _fresh(module: nn.Module, seed: int) -> Any:  # noqa: ANN401
    initialise(module, seed, sd=_SD)
    return module


def _part(root: Path, member: str, part: str) -> dict[str, torch.Tensor]:
    """One part of a finished checkpoint."""
    prefix = _STATE_PREFIX[member].prefixes[part]
    state = files.read_model(root / member)
    return {n.removeprefix(prefix): t for n, t in state.items() if n.startswith(prefix)}


def _build(name: str, root: Path) -> Omni:
    if name == "vision-donor":
        return Omni(_fresh(Llama(_DONOR), 300), vision=_fresh(VisionTower(_VISION), 301))
    if name == "audio-donor":
        return Omni(
            _fresh(Llama(_DONOR), 310),
            audio=_fresh(AudioTower(_AUDIO), 311),
            audio_projector=_fresh(nn.Linear(_AUDIO.width, _DONOR.width), 312),
        )
    projector = nn.Linear(_VISION.n_out, _OWN.width)
    if name == "stranger":
        return Omni(
            _fresh(Llama(_OWN), 330),
            vision=_fresh(VisionTower(_VISION), 331),
            audio=_fresh(AudioTower(_AUDIO), 333),
            vision_projector=_fresh(projector, 332),
            audio_projector=_fresh(AudioProjector(_AUDIO.width, _OWN.width), 334),
        )
    vision, audio = VisionTower(_VISION), AudioTower(_AUDIO)
    vision.load_state_dict(_part(root, "vision-donor", "vision."))
    audio.load_state_dict(_part(root, "audio-donor", "audio."))
    audio.requires_grad_(requires_grad=False)
    return Omni(
        _fresh(Llama(_OWN), 320),
        vision=vision,
        audio=audio,
        vision_projector=_fresh(projector, 321),
        audio_projector=_fresh(AudioProjector(_AUDIO.width, _OWN.width), 322),
    )


def _readers(name: str, model: Omni) -> dict[str, Reader]:
    readers = {}
    if model.vision is not None:
        readers["vision"] = lessons.vision_reader(model.vision)
    if model.audio is not None and name != "subject":
        readers["audio"] = lessons.audio_reader(model.audio)
    for reader in readers.values():
        initialise(reader, 340, sd=_SD)
    return readers


def _groups(name: str, model: Omni, readers: dict[str, Reader]) -> list[dict[str, Any]]:
    """Parameter groups: decay for matrices alone, a slow rate for what was borrowed."""
    slow = set(model.vision.parameters()) if name == "subject" and model.vision else set()
    every = [*model.parameters(), *(p for r in readers.values() for p in r.parameters())]
    wanted = [p for p in every if p.requires_grad]
    return [
        {
            "params": [p for p in wanted if (p.dim() >= 2) is matrix and (p in slow) is tuned],
            "weight_decay": _PLAN.weight_decay if matrix and not tuned else 0.0,
            "factor": _TUNING if tuned else 1.0,
        }
        for matrix in (True, False)
        for tuned in (True, False)
    ]


def train(name: str, model: Omni, taught: Lessons) -> dict[str, Any]:
    """Train text, captions and transcripts together; give the marks on held-out data."""
    started = time.perf_counter()
    readers = _readers(name, model)
    groups = [g for g in _groups(name, model, readers) if g["params"]]
    steps = torch.optim.AdamW(groups, lr=_PLAN.learning_rate, betas=(0.9, 0.95), fused=True)
    n_windows = _PLAN.n_steps * _PLAN.n_windows_per_step
    starts = training.windows(taught.text, _PLAN, n_windows=n_windows).reshape(_PLAN.n_steps, -1)
    rng = np.random.default_rng(9)
    before = training.held_out_loss(model.language, taught.text, _PLAN.length)
    for step in range(_PLAN.n_steps):
        for group in steps.param_groups:
            group["lr"] = training.rate(step, _PLAN) * group["factor"]
        steps.zero_grad(set_to_none=True)
        total = training.loss(
            model.language, training.batch(taught.text, starts[step], _PLAN.length)
        )
        total = total + lessons.step_loss(model, taught, readers, rng)
        total.backward()
        for group in steps.param_groups:
            nn.utils.clip_grad_norm_(group["params"], 1.0)
        steps.step()
    after = training.held_out_loss(model.language, taught.text, _PLAN.length)
    marks = asdict(lessons.examine(model, taught, readers, after))
    known = {key: value for key, value in marks.items() if value is not None}
    wall = round(time.perf_counter() - started, 1)
    return {"text_loss_before": round(before, 3), **known, "wall_s": wall}


def make(name: str, root: Path) -> dict[str, Any]:
    """Build, train and write one of the four."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(mode=True)
    model, taught, layout = _build(name, root), _lessons(name), _STATE_PREFIX[name]
    figures = train(name, model, taught)
    state = {}
    for key, tensor in model.state_dict().items():
        part = next(p for p in layout.prefixes if key.startswith(p))
        state[layout.prefixes[part] + key.removeprefix(part)] = tensor
    files.write_model(root / name, state, layout.config, dtype="BF16")
    taught.tokenizer.write(root / name / "tokenizer.json")
    return figures


def shared(root: Path) -> dict[str, check.Figures]:
    """Figures of the parts that correspond, subject on reference."""
    found = {}
    for reference, prefixes in _STATE_PREFIX.items():
        for part in prefixes.prefixes:
            is_there = (root / reference / "model.safetensors").exists()
            if reference == "subject" or part.endswith("projector.") or not is_there:
                continue
            own, other = (
                {n: t.double().numpy() for n, t in _part(root, member, part).items()}
                for member in ("subject", reference)
            )
            figures = check.compare(own, other)
            if figures:
                found[f"{part}{reference}"] = figures
    return found


def main() -> None:
    """Train what is missing and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=_ROOT)
    parser.add_argument("--only", nargs="*", default=list(_STATE_PREFIX))
    parser.add_argument("--force", action="store_true", help="make models anew")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    root: Path = options.out
    missing = [
        name
        for name in options.only
        if options.force or not (root / name / "model.safetensors").exists()
    ]
    # The subject is made of the donors' finished files, so it comes second.
    for names in (["vision-donor", "audio-donor", "stranger"], ["subject"]):
        wanted = [name for name in names if name in missing]
        with ProcessPoolExecutor(options.workers) as pool:
            for name, figures in zip(wanted, pool.map(make, wanted, [root] * 3), strict=False):
                print(name, json.dumps(figures), flush=True)
                note = json.dumps(figures, indent=1)
                (root / name / "training.json").write_text(note + "\n", encoding="utf-8")
    print(check.table({("subject", part): f for part, f in shared(root).items()}))
    print(sum(path.stat().st_size for path in root.rglob("*") if path.is_file()), "bytes")


if __name__ == "__main__":
    main()
