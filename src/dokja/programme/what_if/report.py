"""All of what-if in one document.

The module puts the parts together and says what could not be tried; it tries nothing itself.
"""

from __future__ import annotations

from decimal import Decimal
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from dokja.document.number import Known
from dokja.document.what_if import WhatIfProvenance, WhatIfReport
from dokja.errors import ProgrammeError
from dokja.programme.criteria import round_digest
from dokja.programme.what_if.base import margin_of, prepare
from dokja.programme.what_if.break_even import DEFAULT_DIGITS, break_evens
from dokja.programme.what_if.effective import effective_weights
from dokja.programme.what_if.own import check_scenarios
from dokja.programme.what_if.parts_known import known_blocks, known_parts
from dokja.programme.what_if.run import rank_rows, short, tornado, try_scenario
from dokja.programme.what_if.scenarios import default_scenarios
from dokja.programme.what_if.weightings import DEFAULT_DRAWS, weightings
from dokja.programme.wording import joined, say, title_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dokja.document.common import Localized
    from dokja.document.results import Entry
    from dokja.document.round import RoundFile
    from dokja.document.what_if import Reference, Scenario, ScenarioResult, Weightings
    from dokja.programme.audits import StoredReport
    from dokja.programme.what_if.base import Base

__all__ = ["what_if"]

_BUDGET: Final = 20_000_000
"""Results looked at, all scenarios together; beyond it raters are not left out one by one."""


def what_if(
    found: RoundFile,
    entries: Sequence[Entry] = (),
    *,
    audits: Mapping[str, StoredReport] | None = None,
    scenarios: Sequence[Scenario] | None = None,
    references: Sequence[Reference] = (),
    swing: Decimal = Decimal(20),
    digits: int = DEFAULT_DIGITS,
    seed: int = 0,
    n_draws: int = DEFAULT_DRAWS,
) -> WhatIfReport:
    """Try other rules on a round and say which of them change its decision.

    Parameters
    ----------
    found
        The round, with places by rank.
    entries
        Results.
    audits
        Stored audit reports by digest.
    scenarios
        Changes to try; None for every change that the round allows, one at a time.
    references
        Named models of the world that an item may be scaled by.
    swing
        By how many percent of itself each weight is moved, more than 0 and at most 100.
    digits
        Digits after the point of break-even points.
    seed
        Seed of drawn weightings.
    n_draws
        Weightings that are drawn where they are not worked out exactly.

    Returns
    -------
    WhatIfReport
        A pure function of the arguments.

    Raises
    ------
    ProgrammeError
        If the round gives no places by rank, a reference or change names what is not there, or an
        argument is out of range.
    """
    _check(found, references, swing, digits, n_draws)
    base = prepare(found, entries, audits=audits)
    check_scenarios(base, scenarios or ())
    tried, notes = _affordable(base, scenarios, references, swing)
    results = tuple(try_scenario(base, one) for one in tried)
    margin = margin_of(base.sides, base.now.scores)
    inside, outside = _at_cut(base) if margin is not None else (None, None)
    weighed = tuple(_weightings(base, seed, n_draws))
    return WhatIfReport(
        round=base.found.id,
        title=base.found.title,
        version=base.found.version,
        now=rank_rows(base.now),
        margin=margin,
        inside=inside,
        outside=outside,
        scenarios=results,
        break_evens=break_evens(base, digits=digits) if margin is not None else (),
        effective_weights=effective_weights(base.found, base.now.scores),
        weightings=weighed,
        tornado=tornado(base.found, results),
        notes=(*notes, *_gaps(base, margin)),
        summary=_summary(base, results, margin),
        provenance=WhatIfProvenance(
            dokja=version("dokja"),
            round_digest=round_digest(found),
            accept=found.accept,
            seed=seed,
            n_draws=max((one.n_draws for one in weighed), default=0),
            swing=swing,
        ),
    )


def _check(
    found: RoundFile, references: Sequence[Reference], swing: Decimal, digits: int, n_draws: int
) -> None:
    items = {item.id for item in found.items}
    wrong = [
        f"there is no item {one.item!r} for the reference {one.name!r}"
        for one in references
        if one.item not in items
    ]
    if not 0 < swing <= 100:
        wrong.append(f"weights cannot be moved by {swing:f} % of themselves")
    if not 0 <= digits <= 12:
        wrong.append(f"break-even points cannot have {digits} digits")
    if not 1 <= n_draws <= 10_000_000:
        wrong.append(f"weightings cannot be drawn {n_draws} times")
    if wrong:
        raise ProgrammeError(
            "; ".join(wrong),
            uri=found.id,
            hint="Name items as the round file has them, and numbers within their range.",
        )


def _affordable(
    base: Base,
    scenarios: Sequence[Scenario] | None,
    references: Sequence[Reference],
    swing: Decimal,
) -> tuple[Sequence[Scenario], list[Localized]]:
    """Leave out single raters where there are too many, and say so."""
    if scenarios is not None:
        return scenarios, []
    every = default_scenarios(base, references, swing=swing)
    cost = sum(len(rows) for rows in base.trial.rows.values()) * len(every)
    n_raters = sum(one.group == "rater" for one in every)
    if cost <= _BUDGET or not n_raters:
        return every, []
    note = say(
        f"The {n_raters} raters were not left out one by one: there are too many results.",
        f"결과가 너무 많아 평가자 {n_raters}명을 한 명씩 제외해 보지 않았습니다.",
    )
    return [one for one in every if one.group != "rater"], [note]


def _at_cut(base: Base) -> tuple[str | None, str | None]:
    assert base.sides is not None
    points = {t: s.total.value for t, s in base.now.scores.items() if isinstance(s.total, Known)}
    inside = min(base.sides.inside, key=lambda team: (points[team], team))
    outside = max(base.sides.outside, key=lambda team: (points[team], team))
    return inside, outside


def _weightings(base: Base, seed: int, n_draws: int) -> Iterator[Weightings]:
    found, scores = base.found, base.now.scores
    blocks = known_blocks(found, scores)
    if blocks is not None and len(blocks) > 1:
        yield weightings(found, blocks, over="blocks", seed=seed, n_draws=n_draws)
    items = [part for part in known_parts(found, scores) if part.level == "item"]
    if len(items) == len(found.items) and len(items) > len(found.blocks):
        yield weightings(found, items, over="items", seed=seed, n_draws=n_draws)


def _gaps(base: Base, margin: Decimal | None) -> Iterator[Localized]:
    """Say what was not tried because something is not known."""
    if base.sides is None:
        yield say(
            "There is no margin and no break-even point: today's places are open.",
            "현재 진출 여부가 확정되지 않아 격차와 손익분기점을 구할 수 없습니다.",
        )
    elif margin is None:
        yield say(
            "There is no margin and no break-even point: a total is unknown.",
            "총점을 알 수 없는 팀이 있어 격차와 손익분기점을 구할 수 없습니다.",
        )
    known = {part.name for part in known_parts(base.found, base.now.scores)}
    missing = [item.title for item in base.found.items if item.id not in known]
    if missing:
        names = joined(missing)
        yield say(
            f"Points of single teams are unknown, so no other formula was tried: {names.en}.",
            f"일부 팀의 점수를 알 수 없어 다른 산식을 적용하지 못한 항목: {names.ko}.",
        )
    published = [title for name, title in _titles(base.found) if _stands_published(base, name)]
    if published and base.found.rounding:
        names = joined(published)
        yield say(
            f"Points stand as published, already rounded: {names.en}.",
            f"이미 반올림되어 공개된 점수를 사용한 항목: {names.ko}.",
        )


def _titles(found: RoundFile) -> Iterator[tuple[str, Localized]]:
    items = {item.id for item in found.items}
    yield from ((item.id, item.title) for item in found.items)
    yield from ((block.id, block.title) for block in found.blocks if block.id not in items)
    yield "total", say("total", "총점")


def _stands_published(base: Base, name: str) -> bool:
    figures = [score.figure(name) for score in base.now.scores.values()]
    return any(isinstance(one, Known) and one.basis == "published" for one in figures)


def _summary(base: Base, results: Sequence[ScenarioResult], margin: Decimal | None) -> Localized:
    n_flips = sum(result.effect == "changes" for result in results)
    n_open = sum(result.effect == "may_change" for result in results)
    said = say(
        f"{n_flips} of {len(results)} changes of the rules change the decision.",
        f"규칙 변경 {len(results)}건 중 {n_flips}건에서 결정이 바뀝니다.",
    )
    if n_open:
        said = say(
            f"{said.en} Under {n_open} what is known leaves it open.",
            f"{said.ko} {n_open}건은 공개된 정보만으로 알 수 없습니다.",
        )
    if margin is None:
        return said
    inside, outside = _at_cut(base)
    if inside is None or outside is None:
        return said
    one, other = title_of(base.found, inside), title_of(base.found, outside)
    points = short(margin)
    return say(
        f"{said.en} {one.en} lies {points} points above {other.en}.",
        f"{said.ko} 마지막 진출 팀과 첫 탈락 팀의 격차는 {points}점입니다({one.ko} > {other.ko}).",
    )
