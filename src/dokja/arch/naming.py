"""Names of components: from what a family is, where it stands, and what its prefix says.

The module reads prefixes; it looks at no shape.
"""

from __future__ import annotations

import re

__all__ = ["WRAPPERS", "component_of_words", "other_component", "stands_aside"]

WRAPPERS = frozenset(
    {
        "_orig_mod",
        "backbone",
        "base_model",
        "model",
        "model_state_dict",
        "module",
        "net",
        "network",
        "state_dict",
        "thinker",
        "transformer",
    }
)
"""Segments that wrap a whole model and say nothing of a part."""

_WORDS = (
    (r"projector|projection|connector|adapter|resampler|aligner|merger|mm_proj", "projector"),
    (r"talker|token2wav|vocoder|speech_decoder|tts|speech_head", "speech_decoder"),
    (r"vision|visual|image|vit|clip|siglip|pixel|video", "vision_encoder"),
    (r"audio|speech|whisper|sound|mel|acoustic|voice", "audio_encoder"),
    (r"language|text|llm|lm|decoder|gpt|bert|word|token", "language_model"),
)
_COMPILED = tuple((re.compile(pattern), component) for pattern, component in _WORDS)

_ASIDE = re.compile(r"discrete|tokenizer|codec|quantizer|vq\w*|ema|teacher|reward|value_head")


def component_of_words(prefix: str) -> str | None:
    """Say what component a prefix names by its words.

    Parameters
    ----------
    prefix
        Such as ``model.vision_model.``.

    Returns
    -------
    str or None
        Such as ``vision_encoder``; None if no word is known.
    """
    for segment in reversed([s for s in prefix.lower().split(".") if s and s not in WRAPPERS]):
        for pattern, component in _COMPILED:
            if pattern.search(segment):
                return component
    return None


def stands_aside(prefix: str) -> bool:
    """Whether a prefix says that a part is not one of the usual components.

    Parameters
    ----------
    prefix
        Such as ``model.discrete_vision_model.``.

    Returns
    -------
    bool
        True for tokenizers of images or sound, teachers, averages.
    """
    return any(_ASIDE.search(segment) for segment in prefix.lower().split("."))


def other_component(prefix: str) -> str:
    """Name a component after its prefix.

    Parameters
    ----------
    prefix
        Such as ``model.discrete_vision_model.``.

    Returns
    -------
    str
        Such as ``other:model.discrete_vision_model``.
    """
    return "other:" + (prefix.rstrip(".").replace("/", "_") or "model")
