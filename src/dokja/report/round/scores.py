"""Scores: the table with ranks and ties, bars by block, rank ranges, and how each figure came.

The module shows figures as they stand in the document; a sum is never made here.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from dokja.document.number import Known
from dokja.report.round.parts import Bullets, Cell, Figure, Fold, Section, Table
from dokja.report.round.shapes import Lines, Stacks, colour
from dokja.report.round.speaker import by_words, marks_legend, padded, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.document.round import RoundFile
    from dokja.document.round_report import ItemScore, RoundReport, TeamResult
    from dokja.report.round.parts import Part
    from dokja.report.round.speaker import Speaker

__all__ = ["ordered_teams", "scores_section"]

_LAST = 10**6


def ordered_teams(report: RoundReport) -> list[TeamResult]:
    """Return teams as they are ranked; those without a rank come last.

    Parameters
    ----------
    report
        The scored round.

    Returns
    -------
    list of TeamResult
        Best first; where ranks overlap, by what is known of the total, then as in the document.
    """

    def key(team: TeamResult) -> tuple[int, int, Decimal]:
        total = team.total.value if isinstance(team.total, Known) else Decimal(-1)
        return (team.rank_low or _LAST, team.rank_high or _LAST, -total)

    return sorted(report.teams, key=key)


def scores_section(found: RoundFile, report: RoundReport, speaker: Speaker) -> Section | None:
    """Show all scores.

    Parameters
    ----------
    found
        The round.
    report
        The scored round.
    speaker
        Says it in the language of the reader.

    Returns
    -------
    Section or None
        None if nothing is scored.
    """
    if not found.items:
        return None
    text = speaker.text
    teams = ordered_teams(report)
    parts: list[Part] = [_table(found, teams, speaker)]
    parts += [_bars(found, teams, speaker), _ranks(teams, speaker)]
    parts += [
        Fold(text("scores.items"), (_items(found, teams, speaker),)),
        Fold(text("scores.how"), (_how(teams, speaker),)),
        Fold(text("mark.title"), (marks_legend(text),)),
    ]
    if report.notes:
        notes = tuple(speaker.say(note) for note in report.notes)
        parts.append(Bullets(notes, text("scores.notes")))
    return Section(
        slug="scores",
        title=text("scores.title"),
        nav=text("scores.nav"),
        lead=text("scores.lead"),
        parts=tuple(parts),
    )


def _rank(team: TeamResult, speaker: Speaker) -> Cell:
    tied = bool(team.tied_with)
    words = speaker.rank(team.rank, team.rank_low, team.rank_high, tied=tied)
    note = speaker.text("rank.with", names=speaker.teams(team.tied_with)) if tied else ""
    return Cell(words, tone="plain" if team.rank is not None else "open", note=note)


def _table(found: RoundFile, teams: Sequence[TeamResult], speaker: Speaker) -> Table:
    text = speaker.text
    digits = by_words([team.total for team in teams])
    digits = max(digits, *(by_words([block.score for block in team.blocks]) for team in teams))
    models = {team.id: team.model or "" for team in found.teams}
    columns = [text("scores.team"), text("scores.rank")]
    first = teams[0]
    columns.append(text("scores.of", name=text("word.total"), max=plain(first.total_max)))
    columns += [
        text("scores.of", name=speaker.part(block.block), max=plain(block.max))
        for block in first.blocks
    ]
    rows = tuple(
        (
            Cell(speaker.team(team.team), note=models.get(team.team, "")),
            _rank(team, speaker),
            speaker.figure(team.total, digits),
            *(speaker.figure(block.score, digits) for block in team.blocks),
        )
        for team in teams
    )
    return Table(
        text("scores.table"),
        tuple(columns),
        rows,
        numeric=tuple(range(1, len(columns))),
        caption=text("scores.caption"),
    )


# -- figures --------------------------------------------------------------------------------------


def _bars(found: RoundFile, teams: Sequence[TeamResult], speaker: Speaker) -> Figure:
    text = speaker.text
    rest, open_ = text("bars.rest"), text("bars.open")
    names = [speaker.part(block.id) for block in found.blocks]
    segments: list[tuple[str, str, float, float, str]] = []
    ends: list[tuple[str, float, str]] = []
    used = set()
    for team in teams:
        row, at = speaker.team(team.team), Decimal(0)
        for block in team.blocks:
            if isinstance(block.score, Known):
                end = at + block.score.value
                name = speaker.part(block.block)
                words = text("bars.points", n=plain(block.score.value), max=plain(block.max))
                segments.append((row, name, float(at), float(end), words))
                at = end
        for name, start, end, words in _left(team, at, speaker, (rest, open_)):
            used.add(name)
            segments.append((row, name, float(start), float(end), words))
            at = end
        ends.append((row, float(at), _total_words(team, speaker)))
    series = [(colour(place), name) for place, name in enumerate(names)]
    series += [("rest", rest)] if rest in used else []
    series += [("open", open_)] if open_ in used else []
    shape = Stacks(
        rows=tuple(speaker.team(team.team) for team in teams),
        series=tuple(series),
        segments=tuple(segments),
        ends=tuple(ends),
        axis=text("bars.axis", max=plain(teams[0].total_max)),
        high=float(teams[0].total_max) or 1.0,
    )
    alt = text("bars.alt", words="; ".join(f"{row}: {words}" for row, _, words in ends))
    return Figure(shape, text("bars.title"), alt, caption=text("bars.caption"), legend=shape.series)


def _left(
    team: TeamResult, at: Decimal, speaker: Speaker, names: tuple[str, str]
) -> list[tuple[str, Decimal, Decimal, str]]:
    """Return what stands behind the known blocks: the rest of a total, or what is possible."""
    rest, open_ = names
    if isinstance(team.total, Known):
        left = team.total.value - at
        words = speaker.text("bars.left", n=plain(left))
        return [(rest, at, team.total.value, words)] if left > 0 else []
    low, high = team.total.low or at, team.total.high
    parts = []
    if low > at:
        parts.append((rest, at, low, speaker.text("bars.left", n=plain(low - at))))
    if high is not None and high > max(low, at):
        words = speaker.range(team.total.low, high)
        parts.append((open_, max(low, at), high, words))
    return parts


def _total_words(team: TeamResult, speaker: Speaker) -> str:
    if isinstance(team.total, Known):
        return plain(team.total.value)
    possible = speaker.range(team.total.low, team.total.high)
    return f"{speaker.text('figure.unknown')} ({possible})" if possible else possible


def _ranks(teams: Sequence[TeamResult], speaker: Speaker) -> Figure:
    text = speaker.text
    sure, drawn = text("ranks.sure"), text("ranks.drawn")
    ranges: list[tuple[str, str, float, float, float | None, str]] = []
    said = []
    for team in teams:
        if team.rank_low is None or team.rank_high is None:
            continue
        row = speaker.team(team.team)
        words = speaker.rank(team.rank, team.rank_low, team.rank_high, tied=bool(team.tied_with))
        point = None if team.rank is None else float(team.rank)
        if team.interval is not None:
            between = text("rank.range", low=team.interval.low, high=team.interval.high)
            ranges.append(
                (row, drawn, team.interval.low, team.interval.high, None, f"{drawn}: {between}")
            )
        ranges.append((row, sure, team.rank_low, team.rank_high, point, f"{sure}: {words}"))
        said.append(f"{row}: {words}")
    has_drawn = any(series == drawn for _, series, *_ in ranges)
    shape = Lines(
        rows=tuple(dict.fromkeys(row for row, *_ in ranges)),
        series=(("open", drawn), ("series-1", sure)) if has_drawn else (("series-1", sure),),
        ranges=tuple(ranges),
        axis=text("ranks.axis"),
        low=0.5,
        high=max([float(high) for _, _, _, high, _, _ in ranges] or [1.0]) + 0.5,
        whole=True,
    )
    caption = text("ranks.caption")
    first = next((team.interval for team in teams if team.interval is not None), None)
    if first is not None:
        items = ", ".join(map(speaker.part, first.items))
        share = f"{first.level:.0%}"
        caption += " " + text("ranks.draws", n=f"{first.n_draws:,}", share=share, items=items)
    return Figure(
        shape,
        text("ranks.title"),
        "; ".join(said),
        caption=caption,
        legend=shape.series if has_drawn else (),
    )


# -- items ----------------------------------------------------------------------------------------


def _items(found: RoundFile, teams: Sequence[TeamResult], speaker: Speaker) -> Table:
    text = speaker.text
    digits = max(by_words([item.score for item in team.items]) for team in teams)
    columns = [text("scores.item"), text("scores.max"), *(speaker.team(t.team) for t in teams)]
    rows = []
    for place, item in enumerate(found.items):
        scores = [team.items[place] for team in teams]
        rows.append(
            (
                Cell(speaker.part(item.id), note=speaker.part(item.block)),
                Cell(plain(item.max)),
                *(speaker.figure(score.score, digits) for score in scores),
            )
        )
        for step, sub in enumerate(item.sub_items):
            figures = [
                score.sub_items[step].score if step < len(score.sub_items) else None
                for score in scores
            ]
            if any(isinstance(figure, Known) for figure in figures):
                rows.append(
                    (
                        Cell(speaker.part(f"{item.id}.{sub.id}"), note=speaker.part(item.id)),
                        Cell(plain(sub.max)),
                        *(
                            Cell("–") if figure is None else speaker.figure(figure, digits)
                            for figure in figures
                        ),
                    )
                )
    return Table(
        text("scores.items_table"),
        tuple(columns),
        tuple(rows),
        numeric=tuple(range(1, len(columns))),
    )


def _how(teams: Sequence[TeamResult], speaker: Speaker) -> Table:
    text = speaker.text
    columns = tuple(text(f"how.{name}") for name in ("team", "item", "points", "how"))
    rows = tuple(
        (
            Cell(speaker.team(team.team)),
            Cell(speaker.part(score.item)),
            speaker.figure(score.score),
            _way(score, speaker),
        )
        for team in teams
        for score in team.items
    )
    return Table(text("how.title"), columns, rows, numeric=(2,), wide=(3,))


def _way(score: ItemScore, speaker: Speaker) -> Cell:
    text = speaker.text
    checks = "; ".join(
        text(
            "how.rerun",
            name=one.benchmark or speaker.part(score.item),
            value=padded(one.value, 0),
            rerun=padded(one.rerun, 0),
            verdict=text("how.within" if one.within else "how.beyond"),
            used=text(f"how.used_{one.used}"),
        )
        for one in score.spot_checks
    )
    if score.how is not None:
        return Cell(_upper(speaker.say(score.how)), note=checks)
    if isinstance(score.score, Known):
        return Cell(text("how.published"), note=checks)
    return Cell(_upper(speaker.say(score.score.reason)), tone="quiet", note=checks)


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]
