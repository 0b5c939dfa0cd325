"""Two snapshots side by side, subtracted only where they are of the same version of an index.

The module refuses to call a difference between unlike indices progress, or loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.document.common import Localized
from dokja.document.leaderboard import ModelChange, SnapshotComparison
from dokja.programme.leaderboard.rank import stamp_of

if TYPE_CHECKING:
    from dokja.document.leaderboard import IndexStamp, Snapshot

__all__ = ["compare"]


def compare(before: Snapshot, after: Snapshot) -> SnapshotComparison:
    """Compare two snapshots, if they compare.

    Parameters
    ----------
    before, after
        The snapshots.

    Returns
    -------
    SnapshotComparison
        Without any difference where the index or its version differ or are not known: a new
        version measures other things, and its difference to an old one is no progress.
    """
    stamps = stamp_of(before), stamp_of(after)
    reason = _unlike(*stamps)
    if reason is not None:
        return SnapshotComparison(
            before=stamps[0], after=stamps[1], comparable=False, reason=reason, changes=()
        )
    old = {(one.id, one.variant): one.score for one in before.models}
    changes = []
    for model in after.models:
        was = old.get((model.id, model.variant))
        if was is not None and model.score is not None:
            changes.append(
                ModelChange(model=model.id, before=was, after=model.score, change=model.score - was)
            )
    return SnapshotComparison(
        before=stamps[0],
        after=stamps[1],
        comparable=True,
        reason=Localized(
            en=f"both are {stamps[0].index} {stamps[0].version}; models measured at another "
            "effort are left out",
            ko=f"둘 다 {stamps[0].index} {stamps[0].version}. 다른 설정으로 잰 모델은 뺌",
        ),
        changes=tuple(changes),
    )


def _unlike(before: IndexStamp, after: IndexStamp) -> Localized | None:
    if before.index != after.index:
        return Localized(
            en=f"{before.index} and {after.index} are different indices; their figures have no "
            "difference",
            ko=f"서로 다른 지수이므로 뺄 수 없음: {before.index}, {after.index}",
        )
    if before.version is None or after.version is None:
        day = (before if before.version is None else after).dated_on
        return Localized(
            en=f"the version of the index on {day} is not known; a difference could be that of "
            "the index",
            ko=f"{day} 지수의 판을 알 수 없음. 차이가 지수가 바뀐 탓일 수 있음",
        )
    if before.version != after.version:
        return Localized(
            en=f"the index changed from version {before.version} to {after.version} and measures "
            "other things; a difference would be no progress",
            ko=f"지수가 {before.version}에서 {after.version}(으)로 바뀌어 재는 것이 달라졌으므로, "
            "차이는 발전이 아님",
        )
    return None
