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

    subject: str
    references: tuple[str, ...]
    story: Localized


def bundled_case() -> BundledCase:
    """Read what the package brings along.

    Returns
    -------
    BundledCase
        Local folders, as `dokja.audit.audit` takes them.
    """
    folder = Path(str(files("dokja") / "data" / "demo"))
    case = json.loads((folder / "demo.json").read_bytes())
    return BundledCase(
        subject=str(folder / case["subject"]),
        references=tuple(str(folder / name) for name in case["references"]),
        story=Localized(en=case["story"]["en"], ko=case["story"]["ko"]),
    )
