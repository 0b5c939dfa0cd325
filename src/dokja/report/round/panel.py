"""What a panel's marks say: points and places with ranges, neighbours, raters, agreement.

The module shows the panel's report; it judges neither teams nor raters.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from dokja.document.number import Known
from dokja.report.round.parts import Bullets, Cell, Figure, Fold, Section, Table
from dokja.report.round.shapes import Lines
from dokja.report.round.speaker import by_words, plain

if TYPE_CHECKING:
    from dokja.document.panel import PanelReport, RaterFigures, TeamFigures
    from dokja.document.round import RoundFile
    from dokja.report.round.parts import Part
    from dokja.report.round.speaker import Speaker

__all__ = ["panel_section"]

_LAST = 10**6
_SHORT = 7


def panel_section(panel: PanelReport, found: RoundFile, speaker: Speaker) -> Section:
    """Show what the marks of one panel say.

    Parameters
    ----------
    panel
        The panel's report.
    found
        The round, for the title of the item that was marked.
    speaker
        Says it in the language of the reader.

    Returns
    -------
    Section
        Points, intervals, raters and agreement.
    """
    text = speaker.text
    parts: list[Part] = []
    if any(team.interval is not None for team in panel.teams):
        parts.append(_intervals(panel, speaker))
    # A panel may have ticked views of a gate, and given no marks.
    marked = any(rater.n_marks for rater in panel.raters) or not panel.ticks
    if marked:
        parts.append(_teams(panel, speaker))
    if panel.sentences:
        parts.append(Bullets(tuple(speaker.named(speaker.say(one)) for one in panel.sentences)))
    if panel.ticks:
        parts.append(_ticks(panel, speaker))
    if panel.agreement:
        parts.append(_agreement(panel, speaker))
    if panel.raters and marked:
        parts.append(Fold(text("panel.raters"), (_raters(panel, speaker),)))
    known = any(item.id == panel.panel for item in found.items)
    name = speaker.part(panel.panel) if known else speaker.gate(panel.panel)
    return Section(
        slug=f"panel-{_slug(panel.panel)}",
        title=text("panel.title", name=name),
        nav=text("panel.title", name=name),
        lead=text("panel.lead") if marked else "",
        parts=tuple(parts),
    )


def _slug(name: str) -> str:
    return "".join(one if one.isascii() and one.isalnum() else "-" for one in name)[:60]


def _ordered(panel: PanelReport) -> list[TeamFigures]:
    def key(team: TeamFigures) -> tuple[int, Decimal]:
        points = team.points.value if isinstance(team.points, Known) else Decimal(0)
        return (team.rank or _LAST, -points)

    return sorted(panel.teams, key=key)


def _number(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}".replace("-", "−")


def _intervals(panel: PanelReport, speaker: Speaker) -> Figure:
    text = speaker.text
    ranges = []
    for team in _ordered(panel):
        if team.interval is None:
            continue
        point = float(team.points.value) if isinstance(team.points, Known) else None
        low, high = team.interval.low, team.interval.high
        words = f"{_number(point)} ({_number(low)}–{_number(high)})"
        ranges.append((speaker.team(team.team), text("panel.points"), low, high, point, words))
    lows, highs = [one[2] for one in ranges], [one[3] for one in ranges]
    room = 0.1 * (max(highs) - min(lows) or 1.0)
    shape = Lines(
        rows=tuple(one[0] for one in ranges),
        series=(("series-1", text("panel.points")),),
        ranges=tuple(ranges),
        axis=text("panel.points"),
        low=min(lows) - room,
        high=max(highs) + room,
    )
    alt = "; ".join(f"{row}: {words}" for row, _, _, _, _, words in ranges)
    caption = text("panel.interval", n=f"{panel.n_resamples:,}", share=f"{panel.level:.0%}")
    return Figure(shape, text("panel.intervals"), alt, caption=caption)


def _teams(panel: PanelReport, speaker: Speaker) -> Table:
    text = speaker.text
    names = ("team", "points", "interval_of", "rank", "range", "without_one", "n_raters")
    rows = []
    for team in _ordered(panel):
        ends = team.interval
        between = "–" if ends is None else f"{_number(ends.low)}–{_number(ends.high)}"
        tied = bool(team.tied_with)
        points = speaker.figure(team.points, min(by_words([team.points]), 4))
        if isinstance(team.points, Known):
            points = Cell(plain(team.points.value, _SHORT))
        rows.append(
            (
                Cell(speaker.team(team.team)),
                points,
                Cell(between),
                Cell(speaker.rank(team.rank, None, None, tied=tied)),
                _ranks(team.rank_low, team.rank_high, speaker),
                _ranks(team.rank_low_without_one, team.rank_high_without_one, speaker),
                Cell(str(team.n_raters)),
            )
        )
    return Table(
        text("panel.teams"),
        tuple(text(f"panel.{name}") for name in names),
        tuple(rows),
        numeric=(1, 2, 3, 4, 5, 6),
    )


def _ranks(low: int | None, high: int | None, speaker: Speaker) -> Cell:
    return Cell(speaker.rank(low if low == high else None, low, high, tied=False))


def _ticks(panel: PanelReport, speaker: Speaker) -> Table:
    text = speaker.text
    names = ("team", "view", "not_met", "met", "left_open", "reasons")
    answered = {one.view for one in panel.ticks if one.met or one.not_met}
    rows = tuple(
        (
            Cell(speaker.team(one.team)),
            Cell(text(f"view.{one.view}")),
            Cell(str(one.not_met)),
            Cell(str(one.met)),
            Cell(str(one.open)),
            Cell("; ".join(one.reasons) or "–"),
        )
        for one in panel.ticks
        if one.view in answered
    )
    return Table(
        text("panel.ticks"),
        tuple(text(f"panel.{name}") for name in names),
        rows,
        numeric=(2, 3, 4),
        caption=text("panel.ticks_caption"),
        wide=(5,),
    )


def _agreement(panel: PanelReport, speaker: Speaker) -> Table:
    text = speaker.text
    names = ("about", "level", "alpha", "error", "n_marks")
    rows = tuple(
        (
            Cell(
                text("panel.marks")
                if one.about == "marks"
                else text("panel.ticks_of", view=text(f"view.{one.about}"))
            ),
            Cell(text("panel.interval_level" if one.level == "interval" else f"panel.{one.level}")),
            Cell(_number(one.alpha), note=speaker.say(one.reason))
            if one.alpha is not None
            else Cell(text("figure.unknown"), tone="open", note=speaker.say(one.reason)),
            Cell(_number(one.standard_error)),
            Cell(f"{one.n_marks:,}"),
        )
        for one in panel.agreement
    )
    return Table(
        text("panel.agreement"),
        tuple(text(f"panel.{name}") for name in names),
        rows,
        numeric=(2, 3, 4),
        caption=text("panel.agreement_caption"),
    )


def _raters(panel: PanelReport, speaker: Speaker) -> Table:
    text = speaker.text
    names = ("rater", "group", "n_marks", "leniency", "error", "changes")

    def changes(one: RaterFigures) -> str:
        return "–" if one.changes_ranks is None else text(f"word.{one.changes_ranks}".lower())

    rows = tuple(
        (
            Cell(one.rater),
            Cell(one.group or "–"),
            Cell(f"{one.n_marks:,}"),
            Cell(_number(one.leniency, 3)),
            Cell(_number(one.standard_error, 3)),
            Cell(changes(one)),
        )
        for one in panel.raters
    )
    return Table(
        text("panel.raters"),
        tuple(text(f"panel.{name}") for name in names),
        rows,
        numeric=(2, 3, 4),
        caption=text("panel.raters_caption"),
    )
