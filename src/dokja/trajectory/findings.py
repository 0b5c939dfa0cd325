"""Findings in words, each with its reason and rule.

The module knows how a finding is put together, never when one is due.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from dokja.document.common import Localized
from dokja.document.trajectory import REASON_RULES, TrajectoryFinding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dokja.document.trajectory import Reason

__all__ = ["Level", "finding", "listed"]

Level = Literal["contradiction", "open", "note"]

_MOST: Final = 50
_SHOWN: Final = 3


def finding(
    reason: Reason,
    level: Level,
    en: str,
    ko: str,
    *,
    tensors: Iterable[str] = (),
    steps: Iterable[int] = (),
    share: float | None = None,
) -> TrajectoryFinding:
    """Put a finding together.

    Parameters
    ----------
    reason
        Why.
    level
        Whether it contradicts the recipe, leaves it open, or is only to be known.
    en, ko
        The sentence in English and Korean.
    tensors
        Names it is about.
    steps
        Steps it is about.
    share
        Share of the parameters it is about.

    Returns
    -------
    TrajectoryFinding
        With at most some of the names.
    """
    names = tuple(tensors)
    return TrajectoryFinding(
        rule=REASON_RULES[reason],
        reason=reason,
        level=level,
        tensors=names[:_MOST],
        n_tensors=len(names),
        share=None if share is None else min(max(share, 0.0), 1.0),
        steps=tuple(steps),
        message=Localized(en=en, ko=ko),
    )


def listed(names: Sequence[str]) -> tuple[str, str]:
    """Name a few of some tensors, and how many there are.

    Parameters
    ----------
    names
        Names of tensors.

    Returns
    -------
    tuple of str
        In English and Korean.
    """
    shown = ", ".join(names[:_SHOWN])
    more = len(names) - _SHOWN
    if more <= 0:
        return shown, shown
    return f"{shown} and {more} more", f"{shown} 외 {more}개"
