"""Where the bundled case lies and what it is; the module knows no figure of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from dokja.document.common import Localized

__all__ = ["BundledCase", "bundled_case"]


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
    folder = Path(str(files("dokja") / "data" / "demo"))
    case = json.loads((folder / "demo.json").read_bytes())
    return BundledCase(
        folder=folder,
        subject=case["subject"],
        references=tuple(case["references"]),
        story=Localized(en=case["story"]["en"], ko=case["story"]["ko"]),
    )
