"""One change of the rules after the other: the table of ranks, the margin, and who changes places.

The module lays outcomes beside today's; it never says which rule is the right one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dokja.document.number import written
from dokja.document.what_if import RankRow, ScenarioResult, TornadoBar
from dokja.programme.bounds import ends
from dokja.programme.parts import find_part
from dokja.programme.rounding import round_to
from dokja.programme.what_if.base import evaluate, margin_of
from dokja.programme.what_if.change import changed
from dokja.programme.wording import joined, say, team_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from dokja.document.common import Localized
    from dokja.document.round import RoundFile
    from dokja.document.what_if import Scenario
    from dokja.programme.what_if.base import Base, Outcome

__all__ = ["rank_rows", "short", "tornado", "try_scenario"]


def short(value: Decimal, digits: int = 2) -> str:
    """Write a number for a sentence.

    Parameters
    ----------
    value
        A finite number.
    digits
        Digits after the point at most.

    Returns
    -------
    str
        Without needless zeros.
    """
    text = written(round_to(value, digits))
    return text.rstrip("0").rstrip(".") if "." in text else text


def rank_rows(outcome: Outcome) -> tuple[RankRow, ...]:
    """Put an outcome into a table.

    Parameters
    ----------
    outcome
        Points, ranks and who goes on.

    Returns
    -------
    tuple of RankRow
        Highest first; equal and unknown ones by their bounds, then by name.
    """
    by = {team.team: team.outcome for team in outcome.decision.teams}
    rows = []
    for team, score in outcome.scores.items():
        place = outcome.ranks.get(team)
        rows.append(
            RankRow(
                team=team,
                total=score.total,
                rank_low=None if place is None else place.low,
                rank_high=None if place is None else place.high,
                outcome=by[team],
            )
        )
    last = len(rows) + 1
    return tuple(
        sorted(
            rows,
            key=lambda row: (row.rank_low or last, row.rank_high or last, -_high(row), row.team),
        )
    )


def _high(row: RankRow) -> Decimal:
    return ends(row.total)[1]


def try_scenario(base: Base, scenario: Scenario) -> ScenarioResult:
    """Score a round under changed rules and say what became of the decision.

    Parameters
    ----------
    base
        The round as it stands.
    scenario
        What is changed.

    Returns
    -------
    ScenarioResult
        The table, the margin, and who changes places.

    Raises
    ------
    ProgrammeError
        If the change does not fit the round.
    """
    now = changed(base, scenario.changes)
    outcome = evaluate(now, base.ticks, base.audits, base.now.scores)
    gains, loses, opens = _moves(base.now, outcome)
    margin = margin_of(base.sides, outcome.scores)
    effect: Literal["same", "changes", "may_change"] = "same"
    if gains or loses:
        effect = "changes"
    elif opens:
        effect = "may_change"
    return ScenarioResult(
        id=scenario.id,
        group=scenario.group,
        of=scenario.of,
        label=scenario.label,
        changes=scenario.changes,
        table=rank_rows(outcome),
        effect=effect,
        gains=gains,
        loses=loses,
        opens=opens,
        margin=margin,
        sentence=_sentence(base.found, outcome, (gains, loses, opens), margin),
        notes=now.notes,
    )


def _moves(
    before: Outcome, after: Outcome
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    was = {team.team: team.outcome for team in before.decision.teams}
    found: dict[str, list[str]] = {"advances": [], "out": [], "undecided": []}
    for team in after.decision.teams:
        if team.outcome != was[team.team]:
            found[team.outcome].append(team.team)
    return tuple(found["advances"]), tuple(found["out"]), tuple(found["undecided"])


def _sentence(
    found: RoundFile,
    after: Outcome,
    moves: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]],
    margin: Decimal | None,
) -> Localized:
    if not any(moves) and margin is not None and margin < 0:
        return say(
            "Places by score change hands, but gates leave the decision as it is.",
            "점수에 따른 진출 순위는 바뀌지만, 관문 때문에 결정은 그대로입니다.",
        )
    if not any(moves):
        return say("The decision stays as it is.", "결정은 그대로입니다.")
    parts = []
    assert found.advance is not None
    places = found.advance.places
    within = {team for team, rank in after.ranks.items() if rank.high <= places}
    at_gate = {t.team for t in after.decision.teams if t.by == "gate" and t.team in within}
    gains, loses, opens = moves
    groups = (
        (gains, "would go on", "새로 진출합니다"),
        (loses, "would be out", "탈락합니다"),
        (
            tuple(team for team in opens if team in at_gate),
            "would go on unless the gate, which is not decided, removes it",
            "아직 판정되지 않은 관문에서 탈락하지 않으면 새로 진출합니다",
        ),
        (
            tuple(team for team in opens if team not in at_gate),
            "would be undecided",
            "미정이 됩니다",
        ),
    )
    for teams, en, ko in groups:
        if teams:
            names = team_names(found, teams)
            parts.append(say(f"{names.en} {en}.", f"{names.ko}: {ko}."))
    return joined(parts, separator=" ")


def tornado(found: RoundFile, results: Sequence[ScenarioResult]) -> tuple[TornadoBar, ...]:
    """Say for each kind of change how far it moves the margin at the cut.

    Parameters
    ----------
    found
        The round.
    results
        Outcomes of scenarios; those without a margin are left out.

    Returns
    -------
    tuple of TornadoBar
        Widest first, and those that turn the decision over before others of the same width.
    """
    groups: dict[tuple[str, str | None], list[ScenarioResult]] = {}
    for result in results:
        if result.margin is not None:
            # Of changes that somebody wrote down, each stands for itself.
            of = result.id if result.group == "own" else result.of
            groups.setdefault((result.group, of), []).append(result)
    bars = [_bar(found, members) for members in groups.values()]
    return tuple(sorted(bars, key=lambda bar: (bar.low - bar.high, -bar.n_flips, _key(bar))))


def _key(bar: TornadoBar) -> str:
    return f"{bar.group}:{bar.of or ''}"


_WORDS: Mapping[str, tuple[str, str]] = {
    "formula": ("another formula", "다른 산식"),
    "weight": ("another weight", "다른 배점 비중"),
    "rater": ("without one rater", "평가자 1명 제외"),
    "benchmark": ("without one benchmark", "벤치마크 1종 제외"),
    "rounding": ("Other rounding", "다른 반올림"),
}


def _bar(found: RoundFile, members: Sequence[ScenarioResult]) -> TornadoBar:
    margins = [(m.margin, m.id) for m in members if m.margin is not None]
    (low, at_low), (high, at_high) = min(margins), max(margins)
    first = members[0]
    label = first.label
    if first.group in _WORDS:
        label = say(*_WORDS[first.group])
        part = None if first.of is None else find_part(found, first.of)
        if part is not None:
            label = say(f"{part.en}: {label.en}", f"{part.ko}: {label.ko}")
    return TornadoBar(
        group=first.group,
        of=first.of,
        label=label,
        low=low,
        high=high,
        n_scenarios=len(members),
        n_flips=sum(member.effect == "changes" for member in members),
        at_low=at_low,
        at_high=at_high,
    )
