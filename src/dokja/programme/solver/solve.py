"""What published figures leave of the points that were not published.

The module puts ranges, counts and examples into one document; it finds none of them itself.
"""

from __future__ import annotations

from decimal import Decimal
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, Literal

from dokja.document.solution import (
    CellRange,
    Matrix,
    MatrixCell,
    SolutionCount,
    SolutionProvenance,
    SolutionReport,
)
from dokja.errors import ProgrammeError
from dokja.programme.solver.build import grid_of
from dokja.programme.solver.counting import count, most
from dokja.programme.solver.problem import Budget
from dokja.programme.solver.search import ranges, solution, solutions
from dokja.programme.wording import joined, same, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dokja.document.common import Localized
    from dokja.document.results import Entry
    from dokja.document.round import RoundFile
    from dokja.programme.solver.build import Grid
    from dokja.programme.solver.search import Range

__all__ = ["DEFAULT_STEPS", "MAX_MATRICES", "solve"]

DEFAULT_STEPS: Final = 200_000
"""Conditions that are looked at for one count, and ten times as many for all ranges: about a
second and ten."""

MAX_MATRICES: Final = 20
"""Possibilities that are written out."""

_MOST: Final = 10**60
_MAX_STEPS: Final = 50_000_000

Over = Literal["blocks", "items", "chosen"]


def solve(
    found: RoundFile,
    entries: Sequence[Entry] = (),
    *,
    parts: Sequence[str] = (),
    tolerance: Decimal = Decimal(0),
    tolerant_of: Sequence[str] = (),
    steps: int = DEFAULT_STEPS,
) -> SolutionReport:
    """Work out what points can be that were not published.

    Parameters
    ----------
    found
        The round; its facts count if their marks are in ``accept``.
    entries
        Results that are known besides.
    parts
        Items, blocks or ``total`` to count possibilities over, besides all blocks and all items.
    tolerance
        By how many points a published figure may be off beyond its last digit.
    tolerant_of
        Parts whose figures may; all when empty.
    steps
        Work that may be done for one count, and ten times as much for all ranges.

    Returns
    -------
    SolutionReport
        A pure function of the arguments. No possibility lies outside of the ranges; counts are
        exact or said not to be.

    Raises
    ------
    ProgrammeError
        If a part is not there, an argument is out of range, or the round is too large.

    Notes
    -----
    Points are whole numbers of the last digit that the round keeps. Conditions are: every part
    lies between its floor and its maximum, blocks and totals are sums, rounded as the round says,
    and every accepted statement holds to the digits that were printed. Bounds are narrowed by
    each condition in turn; then possibilities are walked, with sums counted by tables.
    """
    grid = grid_of(found, entries, tolerance=tolerance, tolerant_of=tolerant_of)
    _check(found, grid, (*parts, *tolerant_of), tolerance, steps)
    every = range(len(grid.cells))
    ended = ranges(grid.problem, every, Budget(10 * steps), each=max(steps // 10, 1))
    cells, known = (None, []) if ended is None else ended
    counts = tuple(_counts(found, grid, parts, known, steps)) if cells is not None else ()
    if any(one.at_most == 0 for one in counts):
        # Counting went further than the search for ranges did.
        cells, counts = None, ()
    listed = _listed(found, grid, parts, cells or [])
    matrices = tuple(_matrices(grid, listed, steps)) if cells is not None else ()
    conflicts: tuple[str, ...] = ()
    if cells is None:
        conflicts = tuple(_conflicts(grid, Budget(10 * steps)))
    rows = () if cells is None else tuple(_rows(found, grid, cells))
    outcome = _outcome(counts)
    return SolutionReport(
        round=found.id,
        title=found.title,
        version=found.version,
        outcome=outcome,
        counts=counts,
        cells=rows,
        matrices=matrices,
        conflicts=conflicts,
        used=grid.used,
        left_out=grid.left_out,
        notes=tuple(_notes(grid)),
        summary=_summary(outcome, counts, rows, conflicts),
        provenance=SolutionProvenance(
            dokja=version("dokja"),
            accept=found.accept,
            tolerance=tolerance,
            tolerant_of=tuple(tolerant_of),
            steps=steps,
        ),
    )


def _check(
    found: RoundFile, grid: Grid, names: Sequence[str], tolerance: Decimal, steps: int
) -> None:
    known = {part for _, part in grid.cells}
    wrong = [f"there is no part {name!r} to solve for" for name in names if name not in known]
    if not 0 <= tolerance <= 1000:
        wrong.append(f"figures cannot be off by {tolerance:f} points")
    if not 1 <= steps <= _MAX_STEPS:
        wrong.append(f"work must be between 1 and {_MAX_STEPS:,} steps, not {steps:,}")
    if wrong:
        raise ProgrammeError(
            "\n  ".join(wrong), uri=found.id, hint=f"Parts are: {', '.join(sorted(known))}."
        )


# -- counts ---------------------------------------------------------------------------------------


def _columns(grid: Grid, parts: Sequence[str]) -> list[list[int]]:
    return [[v for v, (_, name) in enumerate(grid.cells) if name == part] for part in parts]


def _counts(
    found: RoundFile,
    grid: Grid,
    parts: Sequence[str],
    known: Sequence[tuple[int, ...]],
    steps: int,
) -> Iterator[SolutionCount]:
    blocks = [block.id for block in found.blocks]
    items = [item.id for item in found.items]
    yield _count(grid, "blocks", blocks, known, steps)
    if set(items) != set(blocks):
        yield _count(grid, "items", items, known, steps)
    if parts:
        yield _count(grid, "chosen", parts, known, steps)


def _count(
    grid: Grid, over: Over, parts: Sequence[str], known: Sequence[tuple[int, ...]], steps: int
) -> SolutionCount:
    columns = _columns(grid, parts)
    among = [v for column in columns for v in column]
    found = count(grid.problem, among, Budget(steps))
    low = high = found.number
    if not found.exact:
        low = max(low, len({tuple(one[v] for v in among) for one in known}))
        high = max(most(grid.problem, columns, Budget(steps)), low)
    if not grid.exact:
        # Conditions are wider than the rules: of what meets them only the truth is sure to be.
        low = min(low, 1)
    exact = found.exact and grid.exact and high < _MOST
    return SolutionCount(
        over=over,
        parts=tuple(parts),
        at_least=Decimal(min(low, _MOST - 1)),
        exact=exact,
        at_most=Decimal(high) if high < _MOST else None,
        sentence=_count_words(over, (low, high), exact=exact, stopped=not found.exact),
    )


def _count_words(over: Over, ends: tuple[int, int], *, exact: bool, stopped: bool) -> Localized:
    what = {
        "blocks": say("the points of all blocks", "영역별 점수"),
        "items": say("the points of all items", "항목별 점수"),
        "chosen": say("the points that were asked for", "선택한 항목의 점수"),
    }[over]
    low, high = map(_shown, ends)
    if exact:
        return say(
            f"There {'is' if low == '1' else 'are'} exactly {low} "
            f"{'way' if low == '1' else 'ways'} in which {what.en} can be.",
            f"{what.ko}의 가능한 조합은 정확히 {low}가지입니다.",
        )
    if not stopped:
        return say(
            f"There are at most {high} ways in which {what.en} can be.",
            f"{what.ko}의 가능한 조합은 많아야 {high}가지입니다.",
        )
    if low == "0":
        return say(
            f"Counting stopped before one way was found in which {what.en} can be.",
            f"{what.ko}의 가능한 조합을 하나도 찾지 못한 채 세기를 멈췄습니다.",
        )
    return say(
        f"Counting stopped at {low} {'way' if low == '1' else 'ways'} in which {what.en} can be.",
        f"{what.ko}의 가능한 조합은 {low}가지까지 세고 멈췄습니다.",
    )


def _shown(number: int) -> str:
    if number < 10**15:
        return f"{number:,}"
    return f"10^{len(str(number)) - 1}"


def _outcome(counts: Sequence[SolutionCount]) -> Literal["one", "several", "none", "open"]:
    if not counts:
        return "none"
    first = counts[0]
    if first.exact:
        return {0: "none", 1: "one"}.get(int(first.at_least), "several")  # type: ignore[return-value]
    if first.at_most == 1 and first.at_least == 1:
        return "one"
    return "several" if first.at_least > 1 else "open"


# -- cells and examples ---------------------------------------------------------------------------


def _rows(found: RoundFile, grid: Grid, cells: Sequence[Range]) -> Iterator[CellRange]:
    items = {item.id for item in found.items}
    said = _said(found, grid)
    for variable, ((team, part), one) in enumerate(zip(grid.cells, cells, strict=True)):
        low, high = grid.points(variable, one.low), grid.points(variable, one.high)
        yield CellRange(
            team=team,
            part=part,
            level="item" if part in items else "total" if part == "total" else "block",
            low=low,
            high=high,
            reached=grid.exact and one.low_reached and one.high_reached,
            value=low if low == high else None,
            said=variable in said,
        )


def _said(found: RoundFile, grid: Grid) -> set[int]:
    """Return what needs no working out: one value from the beginning, or by its own statement."""
    known = {
        v
        for v, (low, high) in enumerate(zip(grid.problem.low, grid.problem.high, strict=True))
        if low == high
    }
    own = [fact for fact in found.facts if fact.kind == "score" and fact.confidence in found.accept]
    places = {cell: variable for variable, cell in enumerate(grid.cells)}
    return known | {places[f.team, f.of] for f in own if (f.team, f.of) in places}


def _listed(
    found: RoundFile, grid: Grid, parts: Sequence[str], cells: Sequence[Range]
) -> list[int]:
    """Choose what examples show: a block's items where they are all known, or else the block."""
    if parts:
        return [v for column in _columns(grid, parts) for v in column]
    shown: list[str] = []
    for block in found.blocks:
        mine = [item.id for item in found.items if item.block == block.id]
        inner = [v for column in _columns(grid, mine) for v in column]
        settled = bool(cells) and all(cells[v].low == cells[v].high for v in inner)
        shown += mine if settled else [block.id]
    return [v for column in _columns(grid, shown) for v in column]


def _matrices(grid: Grid, listed: Sequence[int], steps: int) -> Iterator[Matrix]:
    for number, values in enumerate(solutions(grid.problem, listed, Budget(steps))):
        if number == MAX_MATRICES:
            return
        cells = zip(listed, values, strict=True)
        yield Matrix(
            cells=tuple(
                MatrixCell(
                    team=grid.cells[v][0], part=grid.cells[v][1], value=grid.points(v, value)
                )
                for v, value in cells
            )
        )


def _conflicts(grid: Grid, budget: Budget) -> Iterator[str]:
    """Find statements without which the others do not contradict one another."""
    for fact in grid.used:
        budget.steps -= len(grid.problem.conditions)
        if budget.spent:
            return
        less = grid.problem.without(fact)
        if solution(less, less.bounds(), budget) is not None:
            yield fact


# -- words ----------------------------------------------------------------------------------------


def _notes(grid: Grid) -> Iterator[Localized]:
    if not grid.exact:
        yield say(
            "Hidden digits, or halves rounded to even, leave more room than there is: ranges hold "
            "every true score, counts are upper bounds, and an example may be impossible.",
            "보이지 않는 자릿수나 짝수 반올림 때문에 실제보다 넓게 계산했습니다. 범위는 실제 "
            "점수를 모두 포함하며, 조합의 수는 상한이고, 일부 예시는 불가능할 수 있습니다.",
        )


def _summary(
    outcome: str,
    counts: Sequence[SolutionCount],
    rows: Sequence[CellRange],
    conflicts: Sequence[str],
) -> Localized:
    if outcome == "none":
        head = say(
            "The published figures contradict one another.", "공개된 수치가 서로 모순됩니다."
        )
        if not conflicts:
            return head
        names = joined([same(name) for name in conflicts])
        return say(
            f"{head.en} Without one of these they would not: {names.en}.",
            f"{head.ko} 다음 중 하나를 빼면 모순이 사라집니다: {names.ko}.",
        )
    n_known = sum(row.value is not None for row in rows)
    n_new = sum(row.value is not None and not row.said for row in rows)
    cells = say(
        f"{n_known} of {len(rows)} scores have one possible value, {n_new} of them unpublished.",
        f"점수 {len(rows)}개 중 {n_known}개는 값이 하나로 정해지며, 그중 {n_new}개는 공개되지 "
        "않은 점수입니다.",
    )
    return joined([counts[0].sentence, cells], separator=" ")
