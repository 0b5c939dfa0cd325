"""The page of a scored round: who advances and why, with every figure's origin below.

The module puts the sections in their order; each is made by a module of its own.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dokja.document.number import Known
from dokja.report.round.criteria import criteria_section
from dokja.report.round.decided import decision_section
from dokja.report.round.origin import provenance_section, sources_section
from dokja.report.round.panel import panel_section
from dokja.report.round.parts import Badge, Page
from dokja.report.round.published import amendments_section, published_section
from dokja.report.round.scores import ordered_teams, scores_section
from dokja.report.round.speaker import Speaker
from dokja.report.round.what_if import what_if_sections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.document.panel import PanelReport
    from dokja.document.round import RoundFile
    from dokja.document.round_report import RoundReport
    from dokja.document.what_if import WhatIfReport
    from dokja.report.renderer import Language
    from dokja.report.round.parts import Section

__all__ = ["score_page"]


def score_page(
    found: RoundFile,
    report: RoundReport,
    language: Language,
    *,
    panels: Sequence[PanelReport] = (),
    what_if: WhatIfReport | None = None,
) -> Page:
    """Make the page of a scored round.

    Parameters
    ----------
    found
        The round that was scored, for names, rules and sources.
    report
        The decision.
    language
        Language of the reader.
    panels
        What the panels' marks say, where single raters' marks are there.
    what_if
        What would change the decision, where that was asked.

    Returns
    -------
    Page
        The page; nothing in it comes from anywhere else.
    """
    speaker = Speaker(found, language)
    text = speaker.text
    sections: list[Section | None] = [
        decision_section(found, report, speaker),
        scores_section(found, report, speaker),
        published_section(report, speaker),
        amendments_section(report, speaker),
        *(panel_section(panel, found, speaker) for panel in panels),
        *(() if what_if is None else what_if_sections(what_if, speaker)),
        criteria_section(found, report, speaker),
        sources_section(found, speaker),
        provenance_section(report, speaker),
    ]
    return Page(
        language=language,
        kicker=text("kicker.score"),
        stamp=text("page_of.version", version=report.version),
        label=text("label.round"),
        subject=speaker.say(report.title),
        facts=speaker.say(found.description),
        headline=_headline(report, speaker),
        summary=_summary(report, speaker),
        badges=_badges(report, speaker),
        sections=tuple(section for section in sections if section is not None),
        made_by=text("frame.made_by", version=report.provenance.dokja),
    )


def _headline(report: RoundReport, speaker: Speaker) -> str:
    decision, text = report.decision, speaker.text
    total, n = len(decision.teams), len(decision.advance)
    names = speaker.teams(
        team.team for team in ordered_teams(report) if team.team in decision.advance
    )
    if decision.kind == "none":
        return text("headline.nothing")
    if decision.outcome == "nobody":
        return text("headline.nobody")
    if decision.outcome == "decided":
        key = "selected" if decision.kind == "selection" else "advance"
        return text(f"headline.{key}{'_one' if n == 1 else ''}", n=n, total=total, names=names)
    if n:
        return text("headline.open_some", names=names, open=speaker.teams(decision.undecided))
    return text("headline.open", open=speaker.teams(decision.undecided))


def _summary(report: RoundReport, speaker: Speaker) -> str:
    """Say who falls and by what, and how far the totals are known."""
    text = speaker.text
    parts = [
        text(f"falls.{row.by}", name=speaker.team(row.team), gate=speaker.gate(row.gate or ""))
        for row in report.decision.teams
        if row.outcome == "out"
    ]
    totals = [team.total for team in report.teams if team.items]
    known = sum(isinstance(total, Known) for total in totals)
    if totals and known < len(totals):
        parts.append(text("headline.totals", known=known, total=len(totals)))
    return " ".join(parts)


def _badges(report: RoundReport, speaker: Speaker) -> tuple[Badge, ...]:
    text = speaker.text
    badges = []
    if report.checks:
        counts = Counter(check.status for check in report.checks)
        words = text(
            "badge.checks",
            agrees=counts["agrees"],
            differs=counts["differs"],
            open=counts["not_computable"],
        )
        badges.append(Badge(words, "bad" if counts["differs"] else "good"))
    facts = report.provenance
    if facts.criteria_locked_on is None:
        badges.append(Badge(text("badge.no_lock"), "open"))
    elif facts.criteria_changes:
        n = len(facts.criteria_changes)
        badges.append(Badge(text("badge.changed", n=n, on=str(facts.criteria_locked_on)), "bad"))
    else:
        badges.append(Badge(text("badge.locked", on=str(facts.criteria_locked_on)), "good"))
    return tuple(badges)
