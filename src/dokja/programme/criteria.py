"""Criteria hashed and dated before anybody hands in a result, and compared with them later.

The module knows which part of a round is criteria, never whether a change was justified.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING

from dokja.document.round import CRITERIA_FIELDS
from dokja.document.round_report import CriteriaChange, CriteriaCheck, CriteriaLock, CriteriaValue
from dokja.errors import ProgrammeError
from dokja.programme.flat import differences, digest_of, flatten
from dokja.programme.wording import say

if TYPE_CHECKING:
    import datetime as dt

    from dokja.document.common import Localized
    from dokja.document.round import RoundFile

__all__ = ["check", "criteria_digest", "lock", "round_digest"]


def _criteria(found: RoundFile) -> dict[str, str]:
    return flatten(found.model_dump(include=set(CRITERIA_FIELDS)))


def criteria_digest(found: RoundFile) -> str:
    """Return the digest of a round's criteria.

    Parameters
    ----------
    found
        The round.

    Returns
    -------
    str
        The same whatever the layout of the file, the order of its items, and whatever teams,
        facts, rulings and amendments stand beside the criteria.
    """
    return digest_of(_criteria(found), kind="criteria")


def round_digest(found: RoundFile) -> str:
    """Return the digest of everything that a round file says.

    Parameters
    ----------
    found
        The round.

    Returns
    -------
    str
        The same whatever the layout of the file, and whichever marks are accepted.
    """
    return digest_of(flatten(found.model_dump(exclude={"accept"})), kind="round")


def lock(found: RoundFile, *, on: dt.date) -> CriteriaLock:
    """Write down the criteria as they stand on a day.

    Parameters
    ----------
    found
        The round.
    on
        The day.

    Returns
    -------
    CriteriaLock
        The digest and every value beneath it, so that a later change can be named.
    """
    values = _criteria(found)
    return CriteriaLock(
        schema_version="1",
        round=found.id,
        version=found.version,
        locked_on=on,
        digest=digest_of(values, kind="criteria"),
        values=tuple(CriteriaValue(path=path, value=values[path]) for path in sorted(values)),
        dokja=version("dokja"),
    )


def check(found: RoundFile, locked: CriteriaLock) -> CriteriaCheck:
    """Compare a round's criteria with those that were locked.

    Parameters
    ----------
    found
        The round as it is now.
    locked
        The lock.

    Returns
    -------
    CriteriaCheck
        Every change in words, and whether the lock is younger than the first submission.

    Raises
    ------
    ProgrammeError
        If the lock belongs to another round, or its values do not give its own digest.
    """
    before = {value.path: value.value for value in locked.values}
    if digest_of(before, kind="criteria") != locked.digest:
        raise ProgrammeError(
            "the lock was changed: its values do not give its digest",
            hint="Use the lock as it was published.",
        )
    if locked.round != found.id:
        raise ProgrammeError(
            f"the lock is that of the round {locked.round!r}, not {found.id!r}",
            hint="Give the lock that was made of this round, or the round that it was made of.",
        )
    after = _criteria(found)
    changes = tuple(
        CriteriaChange(
            path=difference.path,
            before=difference.before,
            after=difference.after,
            sentence=_sentence(difference.path, difference.before, difference.after),
        )
        for difference in differences(before, after)
    )
    starts = [event.opens for event in found.schedule if event.kind == "submission"]
    late = locked.locked_on > min(starts) if starts else None
    return CriteriaCheck(
        intact=not changes and not late,
        locked_on=locked.locked_on,
        locked_digest=locked.digest,
        digest=digest_of(after, kind="criteria"),
        late=late,
        changes=changes,
        summary=_summary(len(changes), late=late, on=locked.locked_on),
    )


def _shown(value: str | None) -> str:
    return (
        json.dumps(value, ensure_ascii=False) if value is not None and " " in value else f"{value}"
    )


def _sentence(path: str, before: str | None, after: str | None) -> Localized:
    if before is None:
        return say(
            f"{path}: {_shown(after)} was added.", f"{path}: {_shown(after)}, 추가되었습니다."
        )
    if after is None:
        return say(
            f"{path}: {_shown(before)} was removed.", f"{path}: {_shown(before)}, 삭제되었습니다."
        )
    return say(
        f"{path}: was {_shown(before)}, is {_shown(after)}.",
        f"{path}: {_shown(before)} → {_shown(after)}, 변경되었습니다.",
    )


def _summary(n_changes: int, *, late: bool | None, on: dt.date) -> Localized:
    if n_changes:
        return say(
            f"The criteria were changed after {on}: {n_changes} values.",
            f"{on} 이후 평가 기준이 {n_changes}곳 바뀌었습니다.",
        )
    if late:
        return say(
            f"The criteria are those of {on}, but they were locked after submissions had begun.",
            f"평가 기준은 {on}의 것과 같으나, 제출이 시작된 뒤에 고정되었습니다.",
        )
    return say(
        f"The criteria are those locked on {on}.", f"평가 기준은 {on}에 고정된 것과 같습니다."
    )
