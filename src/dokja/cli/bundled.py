"""Where the bundled case lies and what it is; the module knows no figure of it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from dokja.document.common import Localized

__all__ = ["BundledCase", "bundled_case"]

_STORY: Final = Localized(
    en="A small vision-language model, really trained, whose story is known: its language model is "
    "its own, its vision encoder is the vision donor's, tuned a little, and its audio encoder is "
    "the audio donor's to the last bit. The stranger is honest: same shape, same data, other seed.",
    ko="실제로 학습한 작은 시각-언어 모델로, 내력이 알려져 있습니다. "
    "언어 모델은 직접 학습했고, 비전 인코더는 vision-donor의 것을 조금 더 학습했으며, "
    "오디오 인코더는 audio-donor의 것을 그대로 옮겼습니다. "
    "stranger는 모양과 데이터가 같고 씨앗만 다른, 무고한 모델입니다.",
)


@dataclass(frozen=True, slots=True)
class BundledCase:
    """A subject, its references and the true story behind them."""

    folder: Path
    subject: str
    """Name of its folder in `folder`."""
    references: tuple[str, ...]
    """Names of theirs."""
    story: Localized


def bundled_case() -> BundledCase:
    """Say what the package brings along.

    Returns
    -------
    BundledCase
        Folders of checkpoints, and the story behind them.
    """
    return BundledCase(
        folder=Path(str(files("dokja") / "data" / "demo")),
        subject="subject",
        references=("vision-donor", "audio-donor", "stranger"),
        story=_STORY,
    )
