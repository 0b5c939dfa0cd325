"""What a checkpoint's configuration names: other models, and public kinds of network.

The module reads a configuration as data; a name in it is a hint and never proof.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Named", "read_config", "root_of"]

_MAX: Final = 4 * 1024 * 1024
_DEEPEST: Final = 6
_SECTIONS: Final = (
    ("vision", "vision_encoder"),
    ("visual", "vision_encoder"),
    ("audio", "audio_encoder"),
    ("speech", "audio_encoder"),
    ("text", "language_model"),
    ("llm", "language_model"),
    ("language", "language_model"),
    ("decoder", "language_model"),
)
_PUBLIC: Final = frozenset(
    """
    apertus axk1 bart bert bloom clip cohere command convnext dac deepseek deit dinov encodec
    ernie exaone falcon florence gemma glm gpt_neox gpt_oss gptj granite hunyuan idefics internlm
    internvl jamba kimi llama llava mamba minimax mistral mixtral moonshine olmo opt persimmon phi
    pixtral qwen roberta sam seamless siglip smollm solar stablelm starcoder swin vit wav whisper
    zamba
    """.split()  # noqa: SIM905 - a list of quoted words is harder to read
)


@dataclass(frozen=True, slots=True)
class Named:
    """Something that a configuration names."""

    kind: str
    """``model``: another model by name; ``family``: a public kind of network."""
    value: str
    pointer: str
    """JSON pointer to it."""
    component: str | None
    """The component that the section is about; None for the whole."""


def root_of(value: str) -> str | None:
    """Return the public family that a kind of network belongs to.

    Parameters
    ----------
    value
        Such as ``qwen2_5_vl`` or ``Qwen2AudioEncoder``.

    Returns
    -------
    str or None
        Such as ``qwen``; None where it is no public one.
    """
    plain = re.sub(r"[^a-z0-9]", "", value.casefold())
    matches = (name for name in _PUBLIC if plain.startswith(name.replace("_", "")))
    return max(matches, key=len, default=None)


def read_config(folder: Path) -> tuple[Named, ...] | None:
    """Read what the configuration of a checkpoint names.

    Parameters
    ----------
    folder
        The checkpoint's folder, or a file in it.

    Returns
    -------
    tuple of Named or None
        None where there is no configuration that can be read.
    """
    file = (folder if folder.is_dir() else folder.parent) / "config.json"
    try:
        if not file.is_file() or file.stat().st_size > _MAX:
            return None
        held = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(held, dict):
        return None
    return tuple(_named(held, "", None, 0))


def _named(
    held: dict[str, Any], pointer: str, component: str | None, depth: int
) -> Iterator[Named]:
    for key, value in list(held.items())[:2_000]:
        here = f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"
        if isinstance(value, str):
            yield from _one(key, value[:200], here, component)
        elif isinstance(value, dict) and depth < _DEEPEST:
            inner = next((name for mark, name in _SECTIONS if mark in key.casefold()), component)
            yield from _named(value, here, inner, depth + 1)


def _one(key: str, value: str, pointer: str, component: str | None) -> Iterator[Named]:
    if key in {"_name_or_path", "name_or_path", "base_model_name_or_path"} and "/" in value:
        # A path on somebody's disk names no model.
        if not value.startswith(("/", ".", "~")) and value.count("/") == 1:
            yield Named("model", value, pointer, component)
    elif key == "model_type" and root_of(value) is not None:
        yield Named("family", value, pointer, component)
