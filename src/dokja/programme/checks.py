"""Published statements laid beside what was computed: agrees, differs, or cannot be computed.

The module knows comparisons to the digits that were printed, never who was right.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from dokja.document.number import Known, written
from dokja.document.round_facts import (
    AdvanceFact,
    AverageFact,
    GapFact,
    MeasuredFact,
    OrderFact,
    OutFact,
    RatioFact,
    ScoreFact,
    SumFact,
    TopFact,
)
from dokja.document.round_report import Check
from dokja.programme.bounds import ends
from dokja.programme.parts import find_part
from dokja.programme.rounding import exactly, mean, round_to, total
from dokja.programme.wording import joined, same, say, team_names, title_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dokja.document.common import Localized
    from dokja.document.number import Figure
    from dokja.document.round import RoundFile
    from dokja.document.round_facts import Fact
    from dokja.document.round_report import Decision
    from dokja.programme.standing import Score

__all__ = ["check_facts"]

Status = Literal["agrees", "differs", "not_computable"]
Outcome = tuple[Status, str | None, "Localized | None", "tuple[Decimal, Decimal] | None"]


@exactly
def check_facts(
    found: RoundFile, scores: Mapping[str, Score], decision: Decision
) -> tuple[Check, ...]:
    """Compare every published statement with what was computed.

    Parameters
    ----------
    found
        The round.
    scores
        Points of each team.
    decision
        Who goes on.

    Returns
    -------
    tuple of Check
        In the order of the round's facts, without raw values, which are inputs. Numbers are
        compared after rounding to as many digits as were printed, halves up.
    """
    checks = []
    for fact in found.facts:
        if isinstance(fact, MeasuredFact):
            continue
        status, computed, reason, bounds = _outcome(found, fact, scores, decision)
        checks.append(
            Check(
                fact=fact.id,
                kind=fact.kind,
                what=_what(found, fact),
                published=_published(found, fact).en,
                computed=computed,
                status=status,
                reason=reason,
                low=None if bounds is None else bounds[0],
                high=None if bounds is None else bounds[1],
                source=fact.source,
                confidence=fact.confidence,
            )
        )
    return tuple(checks)


def _outcome(
    found: RoundFile, fact: Fact, scores: Mapping[str, Score], decision: Decision
) -> Outcome:
    if isinstance(fact, ScoreFact):
        return _score(fact, scores)
    if isinstance(fact, AverageFact | GapFact):
        return _over_teams(fact, scores)
    if isinstance(fact, TopFact | OrderFact):
        return _ordered(found, fact, scores)
    if isinstance(fact, RatioFact):
        ratio = (
            fact.numerator.value * 100 / fact.denominator.value if fact.denominator.value else None
        )
        return _compared(fact.value, ratio)
    if isinstance(fact, SumFact):
        values = {other.id: getattr(other, "value", None) for other in found.facts}
        parts = [values[name] for name in fact.parts]
        return _compared(fact.value, total(part for part in parts if part is not None))
    return _decided(found, fact, decision)


# -- numbers --------------------------------------------------------------------------------------


def _compared(published: Decimal, computed: Decimal | None) -> Outcome:
    if computed is None:
        return "not_computable", None, say("a division by zero", "0으로 나눌 수 없습니다"), None
    digits = max(-int(published.as_tuple().exponent), 0)
    rounded = round_to(computed, digits)
    exact = written(computed)
    reason: Localized | None = None
    if rounded != computed:
        shown = exact if len(exact) <= 16 else f"{exact[:16]}…"
        reason = say(
            f"computed {shown}, rounded as printed", f"계산값 {shown}, 공개된 자릿수로 반올림"
        )
    return ("agrees" if rounded == published else "differs"), written(rounded), reason, None


def _score(fact: ScoreFact, scores: Mapping[str, Score]) -> Outcome:
    figure = scores[fact.team].figure(fact.of) if fact.team in scores else None
    if figure is None:
        return "not_computable", None, say("the team withdrew", "참여를 철회한 팀입니다"), None
    if not isinstance(figure, Known):
        return _outside(fact.value, figure)
    if figure.basis == "computed":
        return _compared(fact.value, figure.value)
    if figure.value != fact.value:
        reason = say("another fact says otherwise", "다른 공개 자료와 값이 다릅니다")
        return "differs", written(figure.value), reason, None
    reason = say(
        "used as published: nothing beneath it was published",
        "세부 자료가 공개되지 않아 공개된 값을 그대로 사용했습니다",
    )
    return "not_computable", None, reason, None


def _outside(published: Decimal, figure: Figure) -> Outcome:
    assert not isinstance(figure, Known)
    low, high = figure.low, figure.high
    assert low is not None
    assert high is not None
    return _in_bounds(published, (low, high), figure.reason)


def _in_bounds(published: Decimal, bounds: tuple[Decimal, Decimal], reason: Localized) -> Outcome:
    digits = max(-int(published.as_tuple().exponent), 0)
    low, high = (round_to(end, digits) for end in bounds)
    if low <= published <= high:
        return "not_computable", None, reason, (low, high)
    words = say(
        f"impossible: only {written(low)} to {written(high)} can be",
        f"불가능한 값입니다. {written(low)}~{written(high)}만 가능합니다",
    )
    return "differs", None, words, (low, high)


def _over_teams(fact: AverageFact | GapFact, scores: Mapping[str, Score]) -> Outcome:
    figures = [figure for score in scores.values() if (figure := score.figure(fact.of))]
    known = [figure.value for figure in figures if isinstance(figure, Known)]
    if len(known) == len(figures) and known:
        value = mean(known) if isinstance(fact, AverageFact) else max(known) - min(known)
        return _compared(fact.value, value)
    n = len(figures) - len(known)
    reason = say(
        f"the points of {n} of {len(figures)} teams were not published",
        f"{len(figures)}개 팀 중 {n}개 팀의 점수가 공개되지 않았습니다",
    )
    sides = [ends(figure) for figure in figures]
    if not sides:
        return "not_computable", None, reason, None
    lows, highs = [low for low, _ in sides], [high for _, high in sides]
    if isinstance(fact, AverageFact):
        return _in_bounds(fact.value, (mean(lows), mean(highs)), reason)
    least = max(
        max(known) - min(known) if known else Decimal(0), max(lows) - min(highs), Decimal(0)
    )
    return _in_bounds(fact.value, (least, max(highs) - min(lows)), reason)


# -- orders and outcomes --------------------------------------------------------------------------


def _ordered(found: RoundFile, fact: TopFact | OrderFact, scores: Mapping[str, Score]) -> Outcome:
    values = {
        team: figure.value
        for team, score in scores.items()
        if isinstance(figure := score.figure(fact.of), Known)
    }
    pairs, level = _pairs(fact, scores)
    wrong = [
        (high, low)
        for high, low in pairs
        if high in values and low in values and values[high] <= values[low]
    ]
    wrong += [
        (one, other)
        for one, other in level
        if one in values and other in values and values[one] != values[other]
    ]
    if wrong:
        names = team_names(found, list(dict.fromkeys(team for pair in wrong for team in pair)))
        reason = say(f"points say otherwise for {names.en}", f"점수와 어긋나는 팀: {names.ko}")
        return "differs", _by_points(values), reason, None
    needed = {team for pair in (*pairs, *level) for team in pair}
    missing = [team for team in scores if team in needed and team not in values]
    if missing:
        names = team_names(found, missing)
        reason = say(f"points unknown: {names.en}", f"점수를 알 수 없는 팀: {names.ko}")
        return "not_computable", None, reason, None
    return "agrees", _by_points(values), None, None


def _pairs(
    fact: TopFact | OrderFact, scores: Mapping[str, Score]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return who is said to stand above whom, and who level with whom."""
    if isinstance(fact, TopFact):
        rest = [team for team in scores if team not in fact.teams]
        level = [(fact.teams[0], other) for other in fact.teams[1:]]
        return [(top, other) for top in fact.teams for other in rest], level
    groups = fact.groups
    pairs = [
        (high, low)
        for place, group in enumerate(groups)
        for high in group
        for later in groups[place + 1 :]
        for low in later
    ]
    return pairs, []


def _by_points(values: Mapping[str, Decimal]) -> str:
    ordered = sorted(values, key=lambda team: (-values[team], team))
    return ", ".join(f"{team} {written(values[team])}" for team in ordered)


def _decided(found: RoundFile, fact: Fact, decision: Decision) -> Outcome:
    undecided = say("the decision is open", "결정이 확정되지 않았습니다")
    if isinstance(fact, AdvanceFact):
        if decision.undecided:
            return "not_computable", None, undecided, None
        same_ = set(fact.teams) == set(decision.advance)
        return ("agrees" if same_ else "differs"), _listed(found, decision.advance), None, None
    assert isinstance(fact, OutFact)
    mine = next((team for team in decision.teams if team.team == fact.team), None)
    if mine is None or mine.outcome == "undecided":
        return "not_computable", None, undecided, None
    computed = f"out by {mine.by}" if mine.outcome == "out" else "advances"
    agrees = mine.outcome == "out" and mine.by == fact.by
    return ("agrees" if agrees else "differs"), computed, None, None


def _listed(found: RoundFile, teams: Sequence[str]) -> str:
    ordered = [team.id for team in found.teams if team.id in teams]
    return ", ".join(ordered) or "nobody"


# -- words ----------------------------------------------------------------------------------------


def _part(found: RoundFile, name: str) -> Localized:
    part = find_part(found, name)
    return same(name) if part is None else say(part.en, part.ko)


def _what(found: RoundFile, fact: Fact) -> Localized:
    if isinstance(fact, ScoreFact):
        return joined([title_of(found, fact.team), _part(found, fact.of)])
    if isinstance(fact, AverageFact | GapFact | TopFact | OrderFact):
        word = {
            "average": say("average", "평균"),
            "gap": say("first to last", "1위와 최하위 차이"),
            "top": say("most points", "최고점"),
            "order": say("order", "순서"),
        }[fact.kind]
        return joined([_part(found, fact.of), word])
    if isinstance(fact, RatioFact):
        return joined([fact.numerator.title, fact.denominator.title], separator=" / ")
    if isinstance(fact, OutFact):
        return joined([title_of(found, fact.team), say("out", "탈락")])
    if isinstance(fact, SumFact):
        return same(" + ".join(fact.parts))
    return say("who goes on", "진출 팀")


def _published(found: RoundFile, fact: Fact) -> Localized:
    if isinstance(fact, TopFact | AdvanceFact):
        return same(_listed(found, fact.teams))
    if isinstance(fact, OrderFact):
        return same(" > ".join(", ".join(group) for group in fact.groups))
    if isinstance(fact, OutFact):
        return same(f"out by {fact.by}")
    return same(written(fact.value))
