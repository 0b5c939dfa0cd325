"""Members on disk: 16-bit safetensors with configuration and tokenizer, like any hub folder.

Refuses to know recipes and kinship.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file, save_file

if TYPE_CHECKING:
    from pathlib import Path

    from bench.zoo.surgery import State

_DTYPES = {"BF16": torch.bfloat16, "F16": torch.float16}


def write_model(
    folder: Path, state: State, config: dict[str, Any], *, dtype: str, prefix: str = ""
) -> None:
    """Write ``model.safetensors`` and ``config.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    rounded = {prefix + name: t.to(_DTYPES[dtype]).contiguous() for name, t in state.items()}
    save_file(rounded, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)
    names = {"BF16": "bfloat16", "F16": "float16"}
    text = json.dumps({**config, "torch_dtype": names[dtype]}, indent=1, sort_keys=True)
    (folder / "config.json").write_text(text + "\n", encoding="utf-8")


def read_model(folder: Path, *, prefix: str = "") -> State:
    """Weights of a member, back in single precision and without its name prefix."""
    loaded = load_file(folder / "model.safetensors")
    return {name.removeprefix(prefix): tensor.float() for name, tensor in loaded.items()}


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
