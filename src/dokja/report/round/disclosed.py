"""The page of a publication: what it says, and what a reader can work out besides.

The module shows what is given away; it never says what should be public.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.report.round.grid import grid_table, span
from dokja.report.round.parts import Badge, Bullets, Cell, Figure, Page, Section, Table
from dokja.report.round.shapes import Stacks
from dokja.report.round.speaker import Speaker, plain

if TYPE_CHECKING:
    from dokja.document.disclosure import (
        DisclosureReport,
        DisclosureReports,
        Learnt,
        PublishedRound,
    )
    from dokja.document.round import RoundFile
    from dokja.document.round_facts import Fact
    from dokja.report.renderer import Language
    from dokja.report.round.parts import Part, Tone

__all__ = ["publish_page"]

_TONES: Final[dict[str, Tone]] = {
    "published": "plain",
    "worked_out": "bad",
    "narrowed": "open",
    "hidden": "quiet",
}
_COLOURS: Final = {
    "published": "series-1",
    "worked_out": "series-6",
    "narrowed": "rest",
    "hidden": "open",
}


def publish_page(
    found: RoundFile, published: PublishedRound, reports: DisclosureReports, language: Language
) -> Page:
    """Make the page of a publication.

    Parameters
    ----------
    found
        The round, for names.
    published
        What is published.
    reports
        What can be worked out: from this publication first, then from others.
    language
        Language of the reader.

    Returns
    -------
    Page
        The page; what was not published stands in it only as far as readers can work it out.
    """
    speaker = Speaker(found, language)
    text = speaker.text
    mine = reports.reports[0]
    sections = [_said(published, speaker), _learnt(mine, speaker), _profiles(reports, speaker)]
    n = mine.n_worked_out
    return Page(
        language=language,
        kicker=text("kicker.publish"),
        stamp=text("page_of.version", version=reports.version),
        label=text("label.round"),
        subject=speaker.say(reports.title),
        facts=_whose(published, speaker),
        headline=text("publish.headline_gives" if n else "publish.headline_keeps", n=n),
        summary=_upper(speaker.say(mine.summary)),
        badges=tuple(
            Badge(text(f"publish.n_{how}", n=_number(mine, how)), tone)
            for how, tone in _TONES.items()
            if _number(mine, how)
        ),
        sections=tuple(section for section in sections if section is not None),
        made_by=text("frame.made_by", version=published.provenance.dokja),
    )


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def _number(report: DisclosureReport, how: str) -> int:
    return {
        "published": report.n_published,
        "worked_out": report.n_worked_out,
        "narrowed": report.n_narrowed,
        "hidden": report.n_hidden,
    }[how]


def _whose(published: PublishedRound, speaker: Speaker) -> str:
    title = speaker.say(published.profile.title)
    if published.own is None:
        return speaker.text("publish.for_all", profile=title)
    return speaker.text("publish.for_team", profile=title, team=speaker.team(published.own))


def _said(published: PublishedRound, speaker: Speaker) -> Section:
    text = speaker.text
    rows = tuple(_statement(fact, speaker) for fact in published.content.facts)
    names = ("kind", "about", "whose", "value")
    columns = tuple(text(f"publish.{name}") for name in names)
    parts: list[Part] = [Table(text("publish.said_table"), columns, rows, numeric=(3,))]
    if not rows:
        parts = [Bullets((text("publish.nothing"),))]
    if published.notes:
        parts.append(Bullets(tuple(map(speaker.say, published.notes)), text("scores.notes")))
    return Section(
        slug="published",
        title=text("publish.said_title"),
        nav=text("publish.said_nav"),
        lead=speaker.say(published.summary),
        parts=tuple(parts),
    )


def _statement(fact: Fact, speaker: Speaker) -> tuple[Cell, ...]:
    text = speaker.text
    of, value = getattr(fact, "of", None), getattr(fact, "value", None)
    teams = getattr(fact, "teams", None) or [name for name in [getattr(fact, "team", None)] if name]
    by = getattr(fact, "by", None)
    return (
        Cell(text(f"publish.kind_{fact.kind}")),
        Cell("–" if of is None else speaker.part(of)),
        Cell(speaker.teams(teams) if teams else text("publish.all_teams")),
        Cell(text(f"outcome.out_{by}") if by else "–" if value is None else plain(value)),
    )


def _learnt(report: DisclosureReport, speaker: Speaker) -> Section | None:
    text = speaker.text
    if not report.cells:
        return None
    cells = {(one.team, one.part): _cell(one, speaker) for one in report.cells}
    grid = grid_table(text("publish.grid"), cells, speaker, caption=text("publish.grid_caption"))
    parts: list[Part] = [grid]
    if report.sentences:
        parts.append(Bullets(tuple(map(speaker.say, report.sentences)), text("publish.gives")))
    counts = tuple(speaker.say(one.sentence) for one in report.solution.counts)
    if counts:
        parts.append(Bullets(counts, text("solve.counts")))
    return Section(
        slug="learnt",
        title=text("publish.learnt_title"),
        nav=text("publish.learnt_nav"),
        lead=text("publish.learnt_lead"),
        parts=tuple(parts),
    )


def _cell(one: Learnt, speaker: Speaker) -> Cell:
    note = speaker.text(f"publish.how_{one.how}")
    if one.how == "narrowed":
        note = speaker.text("publish.left", share=f"{plain(one.left)}%")
    return Cell(span(one.low, one.high), tone=_TONES[one.how], note=note)


def _profiles(reports: DisclosureReports, speaker: Speaker) -> Section | None:
    text = speaker.text
    if len(reports.reports) < 2:
        return None
    words = {how: text(f"publish.how_{how}") for how in _TONES}
    segments: list[tuple[str, str, float, float, str]] = []
    ends, rows = [], []
    for one in reports.reports:
        title, at = speaker.say(one.profile.title), 0
        numbers = {how: _number(one, how) for how in _TONES}
        for how, number in numbers.items():
            if number:
                segments.append((title, words[how], float(at), float(at + number), str(number)))
            at += number
        said = ", ".join(f"{words[how]} {number}" for how, number in numbers.items() if number)
        ends.append((title, float(at), said))
        rows.append((Cell(title), *(Cell(str(number)) for number in numbers.values())))
    shape = Stacks(
        rows=tuple(row for row, _, _ in ends),
        series=tuple((_COLOURS[how], words[how]) for how in _TONES),
        segments=tuple(segments),
        ends=tuple(ends),
        axis=text("publish.axis"),
        high=max([end for _, end, _ in ends] + [1.0]),
    )
    title = text("publish.profiles_title")
    alt = "; ".join(f"{row}: {said}" for row, _, said in ends)
    columns = (text("publish.profile"), *words.values())
    return Section(
        slug="profiles",
        title=title,
        nav=text("publish.profiles_nav"),
        lead=speaker.say(reports.summary),
        parts=(
            Figure(shape, title, alt, legend=shape.series),
            Table(title, columns, tuple(rows), numeric=(1, 2, 3, 4)),
        ),
    )
