"""Who advances and why: what became of each team, the steps, gates and votes.

The module shows the decision that stands in the document; it decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.report.round.parts import Cell, Outcome, Outcomes, Section, Steps, Table

if TYPE_CHECKING:
    from dokja.document.round import RoundFile
    from dokja.document.round_report import GateResult, RoundReport, TeamDecision
    from dokja.report.round.parts import Part, Tone
    from dokja.report.round.speaker import Speaker

__all__ = ["decision_section"]

_ORDER: Final = {"advances": 0, "undecided": 1, "out": 2}
_TONES: Final[dict[str, Tone]] = {"advances": "good", "out": "bad", "undecided": "open"}
_GATE_TONES: Final[dict[str, Tone]] = {"pass": "good", "fail": "bad", "unknown": "open"}


def decision_section(found: RoundFile, report: RoundReport, speaker: Speaker) -> Section | None:
    """Show who advances, the way there, and the gates.

    Parameters
    ----------
    found
        The round.
    report
        The decision.
    speaker
        Says it in the language of the reader.

    Returns
    -------
    Section or None
        None if the round decides nothing.
    """
    text = speaker.text
    if report.decision.kind == "none":
        return None
    parts: list[Part] = [
        _outcomes(report, speaker),
        Steps(tuple(speaker.say(step) for step in report.decision.path), text("decision.path")),
    ]
    if report.gates:
        parts.append(_gates(report, speaker))
    if found.ballots:
        parts.append(_ballots(found, speaker))
    return Section(
        slug="decision",
        title=text("decision.title"),
        nav=text("decision.nav"),
        parts=tuple(parts),
    )


def _outcomes(report: RoundReport, speaker: Speaker) -> Outcomes:
    ranks = {team.team: (team.rank_low or 10**6, team.rank_high or 10**6) for team in report.teams}
    rows = sorted(
        report.decision.teams,
        key=lambda row: (_ORDER[row.outcome], ranks.get(row.team, (10**6, 10**6))),
    )
    return Outcomes(tuple(_outcome(row, speaker) for row in rows))


def _outcome(row: TeamDecision, speaker: Speaker) -> Outcome:
    name = speaker.team(row.team)
    key = f"outcome.{row.outcome}" if row.outcome != "out" else f"outcome.out_{row.by}"
    sentence = speaker.say(row.sentence)
    for separator in (": ", " "):
        # The name stands beside the sentence already.
        sentence = sentence.removeprefix(f"{name}{separator}")
    return Outcome(
        name=name,
        word=speaker.text(key),
        tone=_TONES[row.outcome],
        sentence=sentence[:1].upper() + sentence[1:],
    )


def _gates(report: RoundReport, speaker: Speaker) -> Table:
    text = speaker.text
    columns = tuple(text(f"gates.{name}") for name in ("team", "gate", "outcome", "why", "source"))
    rows = tuple(
        (
            Cell(speaker.team(row.team)),
            Cell(speaker.gate(row.gate), note=text(f"gates.{row.when}")),
            Cell(text(f"gates.{row.outcome}"), tone=_GATE_TONES[row.outcome]),
            Cell(_upper(speaker.say(row.reason)), note=_views(row, speaker)),
            Cell(speaker.source(row.source) or row.digest or "–", mark=row.confidence),
        )
        for row in report.gates
    )
    return Table(text("gates.title"), columns, rows, caption=text("gates.caption"), wide=(3,))


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def _views(row: GateResult, speaker: Speaker) -> str:
    text = speaker.text
    parts = []
    for view in row.views:
        name = text.either(f"view.{view.view}", view.view) if "." not in view.view else view.view
        word = text(f"gates.{view.outcome}")
        if view.not_met is not None and view.of is not None:
            word = text("gates.ticks", word=word, n=view.not_met, of=view.of)
        reason = f" ({speaker.say(view.reason)})" if view.reason is not None else ""
        parts.append(f"{name}: {word}{reason}")
    return "; ".join(parts)


def _ballots(found: RoundFile, speaker: Speaker) -> Table:
    text = speaker.text
    names = ("candidate", "yes", "no", "abstained", "found", "source")
    unknown = Cell(text("figure.unknown"), tone="open")
    rows = tuple(
        (
            Cell(speaker.team(one.candidate), note=speaker.say(one.note)),
            Cell(str(one.yes)) if one.yes is not None else unknown,
            Cell(str(one.no)) if one.no is not None else unknown,
            Cell(str(one.abstained)) if one.yes is not None else unknown,
            Cell(text(f"ballots.{one.found}") if one.found else "–"),
            Cell(speaker.source(one.source) or "–", mark=one.confidence),
        )
        for one in found.ballots
    )
    return Table(
        text("ballots.title"),
        tuple(text(f"ballots.{name}") for name in names),
        rows,
        numeric=(1, 2, 3),
        caption=speaker.say(found.selection.note) if found.selection else "",
    )
