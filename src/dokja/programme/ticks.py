"""Ticks of experts that a condition is not met, counted against a quorum.

The module knows counts and single ticks, never what the condition is about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dokja.document.round_report import ViewResult
from dokja.programme.wording import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.document.common import Localized
    from dokja.document.round_facts import TickCount
    from dokja.document.round_rules import Gate, TickRule
    from dokja.programme.table import Table

__all__ = ["tick_outcome"]

Outcome = Literal["pass", "fail", "unknown"]


def tick_outcome(
    gate: Gate, rule: TickRule, counts: Sequence[TickCount], table: Table, team: str
) -> tuple[Outcome, tuple[ViewResult, ...], Localized]:
    """Judge a gate by ticks, single ones if there are any, counts otherwise.

    Parameters
    ----------
    gate
        The gate.
    rule
        Quorum and what is counted.
    counts
        Counted ticks of this team.
    table
        Results, among them single ticks under the gate's id or ``gate.view``.
    team
        Id of the team.

    Returns
    -------
    tuple
        Outcome, what was counted in each view, and why. Without a quorum only the absence of
        any tick decides.
    """
    ticks = _single(gate, table, team)
    if ticks:
        views = {view: (len(who & yes), len(who)) for view, (yes, who) in ticks.items()}
        ever = set().union(*(yes for yes, _ in ticks.values()))
        anyone = (len(ever), len(ever))
    elif counts:
        views = {count.view or gate.id: (count.not_met, count.of) for count in counts}
        yes = [count.not_met for count in counts]
        # The same expert may have ticked several views, or others each.
        anyone = (max(yes), sum(yes))
    else:
        return "unknown", (), say("no ticks are known", "체크 결과가 공개되지 않았습니다")
    each = {view: _judge(yes, yes, rule.quorum) for view, (yes, _) in views.items()}
    shown = tuple(
        ViewResult(view=view, outcome=each[view], not_met=yes, of=of)
        for view, (yes, of) in views.items()
    )
    whole = (max(yes for yes, _ in views.values()),) * 2 if rule.counts == "per_view" else anyone
    outcome = _judge(*whole, rule.quorum)
    missing = set(gate.views) - set(views) if gate.id not in views else set()
    if outcome == "pass" and missing:
        outcome = "unknown"
    return outcome, shown, _why(whole, rule.quorum)


def _single(gate: Gate, table: Table, team: str) -> dict[str, tuple[set[str], set[str]]]:
    """Read who ticked and who was asked, by view."""
    found = {}
    for view in (gate.id, *gate.views):
        name = gate.id if view == gate.id else f"{gate.id}.{view}"
        marks = table.of(team, name)
        if marks:
            who = {str(mark.rater) for mark in marks}
            found[view] = ({str(mark.rater) for mark in marks if mark.value == 1}, who)
    return found


def _judge(least: int, most: int, quorum: int | None) -> Outcome:
    if most == 0:
        return "pass"
    if quorum is None:
        return "unknown"
    if least >= quorum:
        return "fail"
    return "pass" if most < quorum else "unknown"


def _why(count: tuple[int, int], quorum: int | None) -> Localized:
    least, most = count
    shown = str(least) if least == most else f"{least}–{most}"
    if quorum is None:
        return say(
            f"{shown} experts ticked 'not met'; how many are needed was not published",
            f"미충족 체크 {shown}명이며, 정족수는 공개되지 않았습니다",
        )
    return say(
        f"{shown} experts ticked 'not met'; {quorum} remove a team",
        f"미충족 체크 {shown}명이며, {quorum}명이면 탈락입니다",
    )
