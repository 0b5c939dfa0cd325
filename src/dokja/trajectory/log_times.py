"""Times in a log beside those of the recipe: back-dated lines, and runs before their beginning.

The module knows clocks, never what happened at a time.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

import numpy as np

from dokja.trajectory.findings import finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dokja.document.recipe import Recipe
    from dokja.document.trajectory import TrajectoryFinding
    from dokja.trajectory.logs import LogTable

__all__ = ["check_times", "shown_time"]

_DAY: Final = 86_400.0
_ZONES: Final = 15 * 3_600.0
"""Seconds by which times without a zone may be off."""
_SHORT: Final = 600.0
"""Seconds that clocks of two machines, or the writing of a file, may be apart."""
_EVENTS: Final = re.compile(r"tfevents\.(\d{9,11})(?:\.|$)")
_ZONE: Final = 900.0
"""Zones differ by multiples of a quarter of an hour."""


def shown_time(seconds: float) -> str:
    """Write a time for a message.

    Parameters
    ----------
    seconds
        Since 1970.

    Returns
    -------
    str
        ISO 8601 to the second, in UTC.
    """
    try:
        moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return f"{seconds:.3g} s"
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def check_times(recipe: Recipe, table: LogTable) -> Iterator[TrajectoryFinding]:
    """Lay the times of a log beside each other and beside those of the recipe.

    Parameters
    ----------
    recipe
        What is declared.
    table
        The log.

    Yields
    ------
    TrajectoryFinding
        Each way in which it was back-dated.
    """
    step, time = table.known("time")
    if step.size < 2:
        return
    yield from _backwards(recipe, table.path, step, time)
    yield from _runtime(recipe, table)
    yield from _frame(recipe, table.path, time)
    yield from _file(table.path, time)
    yield from _checkpoints(recipe, table.path, step, time)


def _dated(path: str, en: str, ko: str, steps: tuple[int, ...] = ()) -> TrajectoryFinding:
    return finding(
        "log_back_dated",
        "contradiction",
        f"In the log {path} {en}",
        f"로그 {path}에서 {ko}",
        steps=steps,
    )


def _backwards(
    recipe: Recipe, path: str, step: NDArray[np.int64], time: NDArray[np.float64]
) -> Iterator[TrajectoryFinding]:
    # What was done twice was logged twice: around a declared resumption both times are right.
    twice = np.zeros(step.size, bool)
    for resume in recipe.resumes:
        stopped = resume.stopped_at if resume.stopped_at is not None else resume.step
        twice |= (step >= resume.step - 1) & (step <= stopped + 1)
    s, t = step[~twice], time[~twice]
    order = np.argsort(s, kind="stable")
    s, t = s[order], t[order]
    back = np.flatnonzero(np.diff(t) < -1.5) + 1
    if back.size:
        k = int(back[0])
        early, late = shown_time(float(t[k])), shown_time(float(t[k - 1]))
        yield _dated(
            path,
            f"step {s[k]} bears a time ({early}) before that of step {s[k - 1]} ({late}).",
            f"{s[k]} 스텝의 시각({early})이 {s[k - 1]} 스텝의 시각({late})보다 앞섭니다.",
            (int(s[k - 1]), int(s[k])),
        )


def _runtime(recipe: Recipe, table: LogTable) -> Iterator[TrajectoryFinding]:
    if recipe.resumes or not table.has("runtime"):
        return
    both = np.isfinite(table.values["runtime"]) & np.isfinite(table.values["time"])
    began = (table.values["time"] - table.values["runtime"])[both]
    span = float(np.ptp(table.values["runtime"][both])) if both.any() else 0.0
    if began.size > 1 and float(np.ptp(began)) > max(_SHORT, 0.1 * span):
        yield _dated(
            table.path,
            "times and running times do not belong to one beginning.",
            "시각과 실행 시간이 한 시작점에서 나온 것이 아닙니다.",
        )


def _frame(recipe: Recipe, path: str, time: NDArray[np.float64]) -> Iterator[TrajectoryFinding]:
    first, last = float(time.min()), float(time.max())
    now = dt.datetime.now(dt.UTC).timestamp()
    if last > now + _DAY:
        at = shown_time(last)
        yield _dated(
            path, f"a line bears a time in the future ({at}).", f"미래의 시각({at})이 있습니다."
        )
    room = _room(time) + _ZONES
    if recipe.started is not None and first < recipe.started.timestamp() - room:
        at, said = shown_time(first), shown_time(recipe.started.timestamp())
        yield _dated(
            path,
            f"the first line ({at}) lies before the declared beginning ({said}).",
            f"첫 줄({at})이 선언한 시작({said})보다 앞섭니다.",
        )
    if recipe.finished is not None and last > recipe.finished.timestamp() + room:
        at, said = shown_time(last), shown_time(recipe.finished.timestamp())
        yield _dated(
            path,
            f"the last line ({at}) lies after the declared end ({said}).",
            f"마지막 줄({at})이 선언한 끝({said})보다 늦습니다.",
        )
    for one in recipe.data:
        if one.made is not None and one.made.timestamp() > last + _DAY:
            at = shown_time(last)
            yield _dated(
                path,
                f"the run is over ({at}) before the data {one.name[:80]!r} was made.",
                f"데이터 {one.name[:80]!r}가 만들어지기 전에 학습이 끝나 있습니다({at}).",
            )


def _room(time: NDArray[np.float64]) -> float:
    return max(_SHORT, 0.1 * float(np.ptp(time)))


def _file(path: str, time: NDArray[np.float64]) -> Iterator[TrajectoryFinding]:
    named = _EVENTS.search(path)
    if named is None:
        return
    opened, first = float(named[1]), float(time.min())
    if first < opened - _room(time) - _ZONES:
        at, early = shown_time(opened), shown_time(first)
        yield _dated(
            path,
            f"the first line ({early}) lies before the file was begun, by its name ({at}).",
            f"첫 줄({early})이 파일 이름에 적힌 시작({at})보다 앞섭니다.",
        )


def _checkpoints(
    recipe: Recipe, path: str, step: NDArray[np.int64], time: NDArray[np.float64]
) -> Iterator[TrajectoryFinding]:
    """Ask whether each checkpoint was written when its step was done."""
    dated = [(one.step, one.time.timestamp()) for one in recipe.checkpoints if one.time is not None]
    low, high = int(step.min()), int(step.max())
    off: list[tuple[int, float]] = []
    for at, written in dated:
        if low <= at <= high:
            off.append((at, _apart(at, written, step, time)))
    room = _room(time)
    wrong = [(at, gap) for at, gap in off if abs(gap) > room]
    if not wrong or _is_zone([gap for _, gap in off], room):
        return
    at, gap = max(wrong, key=lambda one: abs(one[1]))
    days = abs(gap) / _DAY
    size = f"{days:.1f} d" if days >= 1.0 else f"{abs(gap) / 60:.0f} min"
    yield _dated(
        path,
        f"step {at} is {size} {'before' if gap > 0 else 'after'} the time of its checkpoint.",
        f"{at} 스텝이 그 체크포인트의 시각보다 {size} {'앞섭니다' if gap > 0 else '늦습니다'}.",
        tuple(one for one, _ in wrong),
    )


def _apart(at: int, written: float, step: NDArray[np.int64], time: NDArray[np.float64]) -> float:
    """Return how long after its step a checkpoint was written, 0 if while its line was young."""
    before, after = time[step <= at], time[step >= at]
    near_before = float(before[np.argmax(step[step <= at])])
    # A step that was done twice has two times; either will do.
    exact = time[step == at]
    ends = [near_before, float(after[np.argmin(step[step >= at])]), *exact.tolist()]
    if min(ends) <= written <= max(ends):
        return 0.0
    gaps = [written - one for one in ends]
    return float(min(gaps, key=abs))


def _is_zone(gaps: list[float], room: float) -> bool:
    """Tell whether all times are off by one and the same zone."""
    middle = float(np.median(gaps))
    nearest = round(middle / _ZONE) * _ZONE
    return (
        0.0 < abs(nearest) <= 14 * 3_600.0
        and abs(middle - nearest) < 120.0
        and all(abs(gap - middle) <= room for gap in gaps)
    )
