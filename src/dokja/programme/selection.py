"""Additional selection: a vote on each candidate, and nobody as a possible outcome.

The module knows votes and majorities, never why an expert voted as he did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dokja.document.round_report import Decision, TeamDecision
from dokja.document.round_rules import Quorum
from dokja.programme.wording import say, team_names, title_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.document.common import Localized
    from dokja.document.round import RoundFile
    from dokja.document.round_facts import Ballot
    from dokja.document.round_report import GateResult
    from dokja.document.round_rules import Selection
    from dokja.programme.ranking import Order

__all__ = ["found_able", "select"]


def found_able(rule: Selection, ballot: Ballot) -> bool | None:
    """Tell whether the panel found a candidate able.

    Parameters
    ----------
    rule
        What is needed.
    ballot
        Votes on the candidate, or what came out.

    Returns
    -------
    bool or None
        None where neither is known. A tie is no majority.
    """
    if ballot.yes is None or ballot.no is None:
        return None if ballot.found is None else ballot.found == "able"
    if isinstance(rule.needs, Quorum):
        return ballot.yes >= rule.needs.votes
    against = ballot.no + (ballot.abstained if rule.needs.abstentions == "against" else 0)
    if rule.panel is not None and rule.needs.abstentions == "against":
        against = max(against, rule.panel - ballot.yes)
    return ballot.yes > against


def select(found: RoundFile, gates: Sequence[GateResult], order: Order) -> Decision:
    """Decide an additional selection.

    Parameters
    ----------
    found
        The round, with a selection.
    gates
        Outcomes of gates; whoever fails one is no candidate.
    order
        Comparisons of the candidates by total, or as published.

    Returns
    -------
    Decision
        ``nobody`` where no candidate is found able.
    """
    rule = found.selection
    assert rule is not None
    teams = [team.id for team in found.teams if team.status == "submitted"]
    fell = {gate.team: gate.gate for gate in gates if gate.outcome == "fail"}
    unsure = {gate.team for gate in gates if gate.outcome == "unknown"} - set(fell)
    able = {team: _able(found, rule, team) for team in teams if team not in fell}
    able |= {team: None for team in unsure if able.get(team)}
    outcomes = {team: _place(found, rule, team, able, order) for team in able}
    decided = tuple(
        _words(found, team.id, fell.get(team.id), outcomes, able) for team in found.teams
    )
    return _decision(found, rule, decided, able)


def _able(found: RoundFile, rule: Selection, team: str) -> bool | None:
    ballot = next((ballot for ballot in found.ballots if ballot.candidate == team), None)
    if ballot is None or (ballot.confidence is not None and ballot.confidence not in found.accept):
        return None
    return found_able(rule, ballot)


def _ahead(found: RoundFile, rule: Selection, one: str, other: str, order: Order) -> bool:
    if rule.order == "total":
        return order.goes_before(one, other)
    votes = {ballot.candidate: ballot.yes for ballot in found.ballots}
    mine, theirs = votes.get(one), votes.get(other)
    return mine is not None and theirs is not None and mine > theirs


def _place(
    found: RoundFile, rule: Selection, team: str, able: dict[str, bool | None], order: Order
) -> Literal["in", "out", "not_able", "open"]:
    if able[team] is False:
        return "not_able"
    others = [other for other, good in able.items() if other != team and good is not False]
    ahead = sum(_ahead(found, rule, other, team, order) for other in others if able[other])
    if ahead >= rule.places:
        return "out"
    not_behind = [other for other in others if not _ahead(found, rule, team, other, order)]
    return "in" if able[team] and len(not_behind) < rule.places else "open"


_SAID = {
    "in": ("found able and selected.", "역량을 인정받아 선정되었습니다."),
    "out": (
        "found able, but others stand before it.",
        "역량을 인정받았으나 다른 후보에 밀렸습니다.",
    ),
    "not_able": ("not found able by a majority.", "과반의 인정을 받지 못했습니다."),
    "open": ("what is known does not decide.", "공개된 정보만으로는 정할 수 없습니다."),
}


def _words(
    found: RoundFile,
    team: str,
    gate: str | None,
    outcomes: dict[str, Literal["in", "out", "not_able", "open"]],
    able: dict[str, bool | None],
) -> TeamDecision:
    name = title_of(found, team)
    if gate is not None:
        words = say(f"{name.en}: fell at a gate.", f"{name.ko}: 관문에서 탈락했습니다.")
        return TeamDecision(team=team, outcome="out", by="gate", gate=gate, sentence=words)
    if team not in able:
        words = say(f"{name.en}: withdrew.", f"{name.ko}: 참여를 철회했습니다.")
        return TeamDecision(team=team, outcome="out", by="withdrawal", sentence=words)
    place = outcomes[team]
    en, ko = _SAID[place]
    words = say(f"{name.en}: {en}", f"{name.ko}: {ko}")
    if place == "open":
        return TeamDecision(team=team, outcome="undecided", by="unknown", sentence=words)
    outcome: Literal["advances", "out"] = "advances" if place == "in" else "out"
    return TeamDecision(team=team, outcome=outcome, by="selection", sentence=words)


def _decision(
    found: RoundFile,
    rule: Selection,
    teams: tuple[TeamDecision, ...],
    able: dict[str, bool | None],
) -> Decision:
    by = {
        outcome: tuple(team.team for team in teams if team.outcome == outcome)
        for outcome in ("advances", "out", "undecided")
    }
    nobody = not by["advances"] and not by["undecided"]
    outcome: Literal["decided", "nobody", "undecided"] = "nobody" if nobody else "decided"
    return Decision(
        kind="selection",
        outcome="undecided" if by["undecided"] else outcome,
        places=rule.places,
        advance=by["advances"],
        out=by["out"],
        undecided=by["undecided"],
        teams=teams,
        path=_path(found, rule, able, by),
    )


def _path(
    found: RoundFile,
    rule: Selection,
    able: dict[str, bool | None],
    by: dict[str, tuple[str, ...]],
) -> tuple[Localized, ...]:
    good = team_names(found, [team for team, known in able.items() if known])
    chosen = team_names(found, by["advances"])
    steps = [
        say(
            f"Candidates: {len(able)}; places at most: {rule.places}. {rule.question.en}",
            f"후보 {len(able)}개 팀, 최대 {rule.places}자리입니다. {rule.question.ko}",
        ),
        say(f"Found able: {good.en}.", f"역량을 인정받은 팀: {good.ko}."),
    ]
    if not by["advances"] and not by["undecided"]:
        steps.append(say("Nobody is selected.", "선정된 팀이 없습니다."))
    else:
        steps.append(say(f"Selected: {chosen.en}.", f"선정: {chosen.ko}."))
    if by["undecided"]:
        waiting = team_names(found, by["undecided"])
        steps.append(say(f"Undecided: {waiting.en}.", f"미정: {waiting.ko}."))
    return tuple(steps)
