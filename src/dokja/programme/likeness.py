"""Whether results were measured alike, so that a mean of them means something.

The module knows which settings change a result, never which of them is better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.programme.wording import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.document.common import Localized
    from dokja.programme.table import Result

__all__ = ["SETTINGS", "unlike"]

SETTINGS = (
    "harness",
    "harness_version",
    "task",
    "task_version",
    "dataset",
    "dataset_revision",
    "split",
    "metric",
    "filter",
    "n_shot",
    "mode",
    "n_samples",
    "chat_template_digest",
    "index_version",
)
"""Settings of a protocol under which results may differ although the model is the same."""


def unlike(results: Sequence[Result]) -> Localized | None:
    """Say in what results were measured differently.

    Parameters
    ----------
    results
        Results that are about to be averaged or compared.

    Returns
    -------
    Localized or None
        None where every setting that is known is the same; what is unknown is no difference.
    """
    found = []
    units = {"percent" if result.unit == "fraction" else result.unit for result in results}
    if len(units) > 1:
        found.append(f"unit: {', '.join(sorted(units))}")
    # Most results of a file share one protocol; looking at each once is enough.
    protocols = {id(result.protocol): result.protocol for result in results}.values()
    for setting in SETTINGS:
        known = {getattr(protocol, setting, None) for protocol in protocols} - {None}
        if len(known) > 1:
            found.append(f"{setting}: {', '.join(sorted(map(str, known)))}")
    if not found:
        return None
    listed = "; ".join(found)
    return say(f"measured differently ({listed})", f"측정 조건이 서로 다릅니다({listed})")
