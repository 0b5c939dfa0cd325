"""Who goes on by rank and gates, and why, in words.

The module knows ranks, places and outcomes of gates, never how points came about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dokja.document.number import Known, written
from dokja.document.round_report import Decision, TeamDecision
from dokja.programme.parts import total_max
from dokja.programme.wording import say, team_names, title_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dokja.document.common import Localized
    from dokja.document.round import RoundFile
    from dokja.document.round_report import GateResult
    from dokja.document.round_rules import Advance
    from dokja.programme.ranking import Order, Rank
    from dokja.programme.standing import Score

__all__ = ["Field", "decide", "field_of"]

ByScore = Literal["in", "out", "tie", "open"]


@dataclass(frozen=True, slots=True)
class Field:
    """Who is ranked, as the gates before ranking leave it."""

    sure: tuple[str, ...]
    maybe: tuple[str, ...]
    fallen: Mapping[str, str]
    """Gate at which a team fell before ranking."""


def field_of(teams: Sequence[str], gates: Sequence[GateResult], when: str) -> Field:
    """Divide teams by the outcome of the gates of one time.

    Parameters
    ----------
    teams
        Ids of the teams.
    gates
        Outcomes of all gates.
    when
        ``before_ranking`` or ``after_ranking``.

    Returns
    -------
    Field
        A team that fails any gate has fallen; one of which any gate is open may be in.
    """
    fallen: dict[str, str] = {}
    open_ = set()
    for gate in gates:
        if gate.when == when and gate.outcome == "fail":
            fallen.setdefault(gate.team, gate.gate)
        elif gate.when == when and gate.outcome == "unknown":
            open_.add(gate.team)
    sure = tuple(team for team in teams if team not in fallen and team not in open_)
    maybe = tuple(team for team in teams if team not in fallen and team in open_)
    return Field(sure, maybe, fallen)


def decide(
    found: RoundFile,
    scores: Mapping[str, Score],
    gates: Sequence[GateResult],
    order: Order,
    ranks: Mapping[str, Rank],
) -> Decision:
    """Decide who goes on by places in the ranking.

    Parameters
    ----------
    found
        The round, with places to give away.
    scores
        Points of each team.
    gates
        Outcomes of all gates.
    order
        Comparisons of the teams.
    ranks
        Ranks of those that are ranked.

    Returns
    -------
    Decision
        What is open stays undecided.
    """
    rule = found.advance
    assert rule is not None
    before = field_of(list(scores), gates, "before_ranking")
    after = field_of(list(scores), gates, "after_ranking")
    pool_sure = [t for t in before.sure if not rule.refill or t in after.sure]
    pool_open = [
        t
        for t in (*before.sure, *before.maybe)
        if t not in pool_sure and (not rule.refill or t not in after.fallen)
    ]
    by_score: dict[str, ByScore] = {
        team: _by_score(team, pool_sure, pool_open, order, rule)
        for team in (*pool_sure, *pool_open)
    }
    teams = tuple(
        _team(found, (team, by_score.get(team)), (before, after), scores, ranks)
        for team in (entry.id for entry in found.teams)
    )
    return _decision(rule, teams, _path(found, before, after, by_score, teams))


def _by_score(
    team: str, sure: Sequence[str], open_: Sequence[str], order: Order, rule: Advance
) -> ByScore:
    others = [other for other in (*sure, *open_) if other != team]
    ahead = sum(order.goes_before(other, team) for other in others if other in sure)
    not_behind = [other for other in others if not order.goes_before(team, other)]
    if ahead >= rule.places:
        return "out"
    if len(not_behind) < rule.places:
        return "in"
    level = [other for other in not_behind if not order.goes_before(other, team)]
    if all(order.tied(team, other) and other in sure for other in level):
        return {"all_in": "in", "none_in": "out", "undecided": "tie"}[rule.at_cut]  # type: ignore[return-value]
    return "open"


# -- words ----------------------------------------------------------------------------------------


def _team(
    found: RoundFile,
    placed: tuple[str, ByScore | None],
    fields: tuple[Field, Field],
    scores: Mapping[str, Score],
    ranks: Mapping[str, Rank],
) -> TeamDecision:
    (team, by_score), (before, after) = placed, fields
    name = title_of(found, team)
    if team not in scores:
        words = say(f"{name.en}: withdrew.", f"{name.ko}: 참여를 철회했습니다.")
        return TeamDecision(team=team, outcome="out", by="withdrawal", sentence=words)
    fell = before.fallen.get(team)
    if fell is not None:
        return _fell(found, team, fell, say("is not ranked", "순위에서 제외합니다"))
    where = _where(found, team, scores, ranks)
    falls = after.fallen.get(team)
    if by_score == "out":
        words = say(
            f"{name.en}: {where.en}; out by score.", f"{name.ko}: {where.ko}, 점수로 탈락합니다."
        )
        return TeamDecision(team=team, outcome="out", by="score", sentence=words)
    if falls is not None:
        return _fell(found, team, falls, where)
    gate_open = team in before.maybe or team in after.maybe
    return _remaining(found, team, by_score, where, gate_open=gate_open)


def _remaining(
    found: RoundFile, team: str, by_score: ByScore | None, where: Localized, *, gate_open: bool
) -> TeamDecision:
    name = title_of(found, team)
    if by_score == "in" and not gate_open:
        words = say(f"{name.en}: {where.en}; advances.", f"{name.ko}: {where.ko}, 진출합니다.")
        return TeamDecision(team=team, outcome="advances", by="score", sentence=words)
    if by_score == "tie":
        words = say(
            f"{name.en}: {where.en}; tied at the last place, which the rules leave open.",
            f"{name.ko}: {where.ko}, 마지막 자리에서 동점이며 규칙으로 가릴 수 없습니다.",
        )
        return TeamDecision(team=team, outcome="undecided", by="tie", sentence=words)
    if gate_open:
        words = say(
            f"{name.en}: {where.en}; a gate is not decided.",
            f"{name.ko}: {where.ko}, 관문 판정이 확정되지 않았습니다.",
        )
        return TeamDecision(team=team, outcome="undecided", by="gate", sentence=words)
    words = say(
        f"{name.en}: {where.en}; what is known does not decide.",
        f"{name.ko}: {where.ko}, 공개된 정보만으로는 정할 수 없습니다.",
    )
    return TeamDecision(team=team, outcome="undecided", by="unknown", sentence=words)


def _fell(found: RoundFile, team: str, gate: str, where: Localized) -> TeamDecision:
    name = title_of(found, team)
    title = next(entry.title for entry in found.gates if entry.id == gate)
    words = say(
        f"{name.en}: {where.en}; out by the gate '{title.en}'.",
        f"{name.ko}: {where.ko}, 관문 '{title.ko}'에서 탈락합니다.",
    )
    return TeamDecision(team=team, outcome="out", by="gate", gate=gate, sentence=words)


def _where(
    found: RoundFile, team: str, scores: Mapping[str, Score], ranks: Mapping[str, Rank]
) -> Localized:
    figure, rank = scores[team].total, ranks[team]
    most = written(total_max(found))
    if isinstance(figure, Known):
        got = written(figure.value)
        points = say(f"{got} of {most} points", f"{most}점 만점에 {got}점")
    else:
        points = say("total unknown", "총점은 알 수 없음")
    if rank.exact is None:
        place = say(f"rank {rank.low} to {rank.high}", f"{rank.low}~{rank.high}위")
    elif rank.tied_with:
        place = say(f"joint rank {rank.exact}", f"공동 {rank.exact}위")
    else:
        place = say(f"rank {rank.exact}", f"{rank.exact}위")
    return say(f"{place.en}, {points.en}", f"{place.ko}, {points.ko}")


def _path(
    found: RoundFile,
    before: Field,
    after: Field,
    by_score: Mapping[str, ByScore],
    teams: Sequence[TeamDecision],
) -> tuple[Localized, ...]:
    rule = found.advance
    assert rule is not None
    n, places = len(found.teams), rule.places
    steps = [
        say(
            f"Teams: {n}; places: {places}.",
            f"{n}개 팀이 참여했고 {places}자리를 두고 겨룹니다.",
        )
    ]
    if before.fallen:
        names = team_names(found, list(before.fallen))
        steps.append(
            say(
                f"Before ranking, a gate removes: {names.en}.",
                f"순위 산정 전 관문 탈락: {names.ko}.",
            )
        )
    chosen = team_names(found, [team for team, place in by_score.items() if place == "in"])
    steps.append(
        say(f"Within the places by score: {chosen.en}.", f"점수로 자리 안에 든 팀: {chosen.ko}.")
    )
    left = [team for team, place in by_score.items() if place == "out"]
    if left:
        names = team_names(found, left)
        steps.append(say(f"Out by score: {names.en}.", f"점수로 탈락한 팀: {names.ko}."))
    removed = [team for team in after.fallen if by_score.get(team) != "out"]
    if removed:
        names = team_names(found, removed)
        steps.append(
            say(
                f"After ranking, a gate removes: {names.en}.",
                f"순위 산정 후 관문 탈락: {names.ko}.",
            )
        )
        if not rule.refill:
            steps.append(say("Nobody moves up.", "빈자리는 채우지 않습니다."))
    return (*steps, _end(found, teams))


def _end(found: RoundFile, teams: Sequence[TeamDecision]) -> Localized:
    going = [team.team for team in teams if team.outcome == "advances"]
    open_ = [team.team for team in teams if team.outcome == "undecided"]
    names = team_names(found, going)
    said = say(f"Advances: {names.en}.", f"진출: {names.ko}.")
    if not open_:
        return said
    waiting = team_names(found, open_)
    return say(f"{said.en} Undecided: {waiting.en}.", f"{said.ko} 미정: {waiting.ko}.")


def _decision(
    rule: Advance,
    teams: tuple[TeamDecision, ...],
    path: tuple[Localized, ...],
) -> Decision:
    by = {
        outcome: tuple(team.team for team in teams if team.outcome == outcome)
        for outcome in ("advances", "out", "undecided")
    }
    outcome: Literal["decided", "nobody", "undecided"] = "decided"
    if by["undecided"]:
        outcome = "undecided"
    elif not by["advances"]:
        outcome = "nobody"
    return Decision(
        kind="ranking",
        outcome=outcome,
        places=rule.places,
        advance=by["advances"],
        out=by["out"],
        undecided=by["undecided"],
        teams=teams,
        path=path,
    )
