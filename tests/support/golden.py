"""The report of the bundled case as it is kept, and how far another machine may be from it.

What tells one run from another (times, versions, files) is masked; floating-point figures may
differ in their last digits, for processors add up in different orders.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parents[1] / "golden"
REPORT = GOLDEN / "demo.json"
RELATIVE, ABSOLUTE = 1e-4, 1e-6
NOTHING_LOG10_P, MOST_EFFECT = -3.0, 0.05


def masked(report: dict[str, Any]) -> dict[str, Any]:
    """Return a report without what differs from run to run."""
    provenance = {
        **report["provenance"],
        "dokja": "0",
        "started_at": "2026-01-01T00:00:00+00:00",
        "wall_s": 1.0,
        "sources": [{**s, "identity": "masked"} for s in report["provenance"]["sources"]],
    }
    return {**report, "provenance": provenance}


def canonical(report: dict[str, Any]) -> str:
    """Write a report in one way only."""
    return json.dumps(report, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def differences(new: Any, old: Any, where: str = "") -> list[str]:
    """Name every place in which a report differs from the one that is kept."""
    if _found_nothing(new) and _found_nothing(old):
        keys = ("component", "reference", "reference_component", "n_fitted")
        return [d for key in keys for d in differences(new[key], old[key], f"{where}.{key}")]
    if isinstance(new, dict) and isinstance(old, dict) and new.keys() == old.keys():
        return [d for key in new for d in differences(new[key], old[key], f"{where}.{key}")]
    if isinstance(new, list) and isinstance(old, list) and len(new) == len(old):
        pairs = enumerate(zip(new, old, strict=True))
        return [d for at, (a, b) in pairs for d in differences(a, b, f"{where}[{at}]")]
    if isinstance(new, float) and isinstance(old, float):
        alike = math.isclose(new, old, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
        return [] if alike else [f"{where}: {new} for {old}"]
    alike = type(new) is type(old) and new == old
    return [] if alike else [f"{where}: {str(new)[:80]} for {str(old)[:80]}"]


def _found_nothing(item: Any) -> bool:
    """Tell whether this is a search between strangers that found none.

    What fits noise best among so many orders turns on the last digit of a sum: another processor
    finds another one, as bad as the first.
    """
    return (
        isinstance(item, dict)
        and item.get("kind") == "reindexed"
        and (item["log10_p"] or 0.0) > NOTHING_LOG10_P
        and all(abs(layer["effect"] or 0.0) < MOST_EFFECT for layer in item["layers"])
    )
