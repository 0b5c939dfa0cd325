"""What a reader of a publication can work out, told apart from what it says.

The module compares what is left with what the rules allow; it solves nothing itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.document.disclosure import DisclosureReport, DisclosureReports, Learnt
from dokja.document.number import written
from dokja.programme.disclosure.profiles import PROFILES
from dokja.programme.disclosure.publish import imported, publish
from dokja.programme.parts import find_part
from dokja.programme.rounding import exactly, round_to
from dokja.programme.solver.build import grid_of
from dokja.programme.solver.problem import Budget, narrow
from dokja.programme.solver.solve import DEFAULT_STEPS, solve
from dokja.programme.wording import say, title_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal
    from typing import Literal

    from dokja.document.common import Localized
    from dokja.document.disclosure import Profile, PublishedRound
    from dokja.document.round import RoundFile
    from dokja.document.round_report import RoundReport
    from dokja.document.solution import CellRange

__all__ = ["back_compute", "compare_profiles"]

_RULES: Final = 1_000_000
"""Conditions that are looked at to narrow what the rules alone leave."""


def back_compute(published: PublishedRound, *, steps: int = DEFAULT_STEPS) -> DisclosureReport:
    """Work out of a publication what it does not say.

    Parameters
    ----------
    published
        The publication; nothing else is looked at.
    steps
        Work that may be done for one count, and ten times as much for all ranges.

    Returns
    -------
    DisclosureReport
        A pure function of the publication: two rounds of which the same is published give the
        same report.

    Notes
    -----
    A score counts as worked out where every possibility has the same value. It counts as hidden
    where as many values are left as the rules alone allow.
    """
    content = imported(published)
    found = solve(content, steps=steps)
    allowed = _allowed(content)
    cells = tuple(_learnt(cell, *allowed[cell.team, cell.part]) for cell in found.cells)
    by = {how: sum(c.how == how for c in cells) for how in ("published", "worked_out", "narrowed")}
    return DisclosureReport(
        profile=published.profile,
        own=published.own,
        cells=cells,
        n_published=by["published"],
        n_worked_out=by["worked_out"],
        n_narrowed=by["narrowed"],
        n_hidden=len(cells) - sum(by.values()),
        sentences=tuple(_sentences(content, cells)),
        solution=found,
        summary=_summary(published, cells),
    )


def compare_profiles(
    found: RoundFile,
    report: RoundReport,
    profiles: Sequence[Profile | str] = PROFILES,
    *,
    own: str | None = None,
    steps: int = DEFAULT_STEPS,
) -> DisclosureReports:
    """Lay beside one another what each profile would give away.

    Parameters
    ----------
    found
        The round.
    report
        What was scored.
    profiles
        Profiles or their names.
    own
        A team that is told its own points besides.
    steps
        Work that may be done for one count, and ten times as much for all ranges.

    Returns
    -------
    DisclosureReports
        In the order of the profiles.
    """
    reports = tuple(
        back_compute(publish(found, report, profile, own=own), steps=steps) for profile in profiles
    )
    worst = [one for one in reports if one.n_worked_out]
    summary = say(
        f"{len(worst)} of {len(reports)} profiles give scores away that they do not publish.",
        f"공개 범위 {len(reports)}가지 중 {len(worst)}가지는 공개하지 않은 점수까지 드러냅니다.",
    )
    return DisclosureReports(
        round=found.id, title=found.title, version=found.version, reports=reports, summary=summary
    )


def _allowed(content: RoundFile) -> dict[tuple[str, str], tuple[Decimal, Decimal, Decimal]]:
    """Return for each score the ends that the rules alone leave, and its smallest step."""
    # The grid is that of the publication, so that both count the same digits.
    grid = grid_of(content)
    rules = grid_of(content.model_copy(update={"facts": ()}), digits=grid.digits).problem
    bounds = rules.bounds()
    narrow(rules, bounds, Budget(_RULES))
    return {
        cell: (grid.points(v, bounds[0][v]), grid.points(v, bounds[1][v]), grid.points(v, 1))
        for v, cell in enumerate(grid.cells)
    }


@exactly
def _learnt(cell: CellRange, low: Decimal, high: Decimal, unit: Decimal) -> Learnt:
    left, all_ = cell.high - cell.low + unit, high - low + unit
    how: Literal["published", "worked_out", "narrowed", "hidden"]
    if cell.said and cell.value is not None:
        how = "published"
    elif cell.value is not None:
        how = "worked_out"
    else:
        how = "narrowed" if left < all_ else "hidden"
    return Learnt(
        team=cell.team,
        part=cell.part,
        level=cell.level,
        how=how,
        low=cell.low,
        high=cell.high,
        reached=cell.reached,
        left=round_to(left * 100 / all_, 2),
    )


def _sentences(content: RoundFile, cells: Sequence[Learnt]) -> Iterator[Localized]:
    for cell in cells:
        if cell.how == "worked_out":
            name, part = title_of(content, cell.team), find_part(content, cell.part)
            assert part is not None
            value = written(cell.low)
            yield say(
                f"{name.en}, {part.en}: {value} can be worked out.",
                f"{name.ko}, {part.ko}: {value}점임을 계산해 낼 수 있습니다.",
            )


def _summary(published: PublishedRound, cells: Sequence[Learnt]) -> Localized:
    title = published.profile.title
    n_out = sum(cell.how == "worked_out" for cell in cells)
    n_said = sum(cell.how == "published" for cell in cells)
    n_open = len(cells) - n_out - n_said
    if not cells:
        return say(
            f"{title.en}: the publication contradicts itself.",
            f"{title.ko}: 공개된 수치가 서로 모순됩니다.",
        )
    return say(
        f"{title.en}: of {len(cells)} scores {n_said} are published, {n_out} more can be worked "
        f"out, {n_open} stay open.",
        f"{title.ko}: 점수 {len(cells)}개 중 {n_said}개를 공개하고, {n_out}개를 더 계산해 낼 수 "
        f"있으며, {n_open}개는 알 수 없습니다.",
    )
