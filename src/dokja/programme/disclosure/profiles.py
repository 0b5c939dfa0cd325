"""The profiles that a round file can name.

The module holds them as data, never what any of them gives away.
"""

from __future__ import annotations

from typing import Final

from dokja.document.disclosure import Profile
from dokja.errors import ProgrammeError
from dokja.programme.wording import say

__all__ = ["PROFILES", "profile_named"]

PROFILES: Final = (
    Profile(
        id="all",
        title=say("all points of all teams", "모든 팀의 모든 점수"),
        scores=("sub_item", "item", "block", "total"),
        gates=True,
        digits=12,
    ),
    Profile(
        id="item_winners",
        title=say(
            "best team of each item, averages, and gaps of blocks",
            "항목별 1위와 평균, 영역별 격차",
        ),
        winners=("item",),
        averages=("item", "block"),
        gaps=("block",),
    ),
    Profile(
        id="averages_and_gaps",
        title=say("averages and gaps of blocks", "영역별 평균과 격차"),
        averages=("block",),
        gaps=("block",),
    ),
    Profile(id="outcome_only", title=say("who goes on, no points", "진출 여부만")),
)
"""From the most open to the least."""


def profile_named(name: str) -> Profile:
    """Return a profile by the name that a round file uses.

    Parameters
    ----------
    name
        Such as ``averages_and_gaps``.

    Returns
    -------
    Profile
        The profile.

    Raises
    ------
    ProgrammeError
        If there is none of that name.
    """
    found = next((profile for profile in PROFILES if profile.id == name), None)
    if found is None:
        raise ProgrammeError(
            f"there is no profile {name!r}",
            hint=f"Profiles are: {', '.join(profile.id for profile in PROFILES)}.",
        )
    return found
