"""Documents of the programme as plain rows, for CSV and workbooks.

The module knows which columns a table has, never a file format; an unknown figure is an empty
cell with ``unknown`` beside it, never a zero.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias

from dokja.document.number import Known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.document.disclosure import DisclosureReports
    from dokja.document.leaderboard import LeaderboardReport
    from dokja.document.number import Figure
    from dokja.document.round import RoundFile
    from dokja.document.round_report import RoundReport
    from dokja.document.solution import SolutionReport
    from dokja.document.what_if import RankRow, WhatIfReport

__all__ = [
    "Row",
    "disclosure_rows",
    "leaderboard_rows",
    "score_rows",
    "solution_rows",
    "what_if_rows",
]

Row: TypeAlias = tuple[str | int | Decimal | None, ...]

_SCORE_COLUMNS: Final = (
    "team",
    "name",
    "level",
    "part",
    "title_en",
    "title_ko",
    "max",
    "status",
    "value",
    "low",
    "high",
    "basis",
    "confidence",
    "reason_en",
    "reason_ko",
    "rank",
    "rank_low",
    "rank_high",
    "outcome",
)


def score_rows(found: RoundFile, report: RoundReport) -> Sequence[Row]:
    """Write all scores as rows: each team's total, blocks, items and sub-items.

    Parameters
    ----------
    found
        The round, for names.
    report
        The scored round.

    Returns
    -------
    sequence of tuple
        The header first.
    """
    names = {team.id: team.name.en for team in found.teams}
    titles = {block.id: block.title for block in found.blocks}
    items = {item.id: item.title for item in found.items}
    subs = {f"{item.id}.{sub.id}": sub.title for item in found.items for sub in item.sub_items}
    outcomes = {row.team: row.outcome for row in report.decision.teams}
    rows: list[Row] = [_SCORE_COLUMNS]
    for team in report.teams:
        who = (team.team, names.get(team.team, team.team))
        place = (team.rank, team.rank_low, team.rank_high, outcomes.get(team.team))
        nowhere = (None, None, None, None)
        rows.append(
            (*who, "total", "total", "total", "총점", team.total_max, *_cells(team.total), *place)
        )
        for block in team.blocks:
            title = titles[block.block]
            cells = (block.block, title.en, title.ko, block.max, *_cells(block.score))
            rows.append((*who, "block", *cells, *nowhere))
        for item in team.items:
            title = items[item.item]
            cells = (item.item, title.en, title.ko, item.max, *_cells(item.score))
            rows.append((*who, "item", *cells, *nowhere))
            for sub in item.sub_items:
                name = f"{item.item}.{sub.sub_item}"
                title = subs[name]
                cells = (name, title.en, title.ko, sub.max, *_cells(sub.score))
                rows.append((*who, "sub_item", *cells, *nowhere))
    return rows


def _cells(figure: Figure) -> Row:
    """Return status, value, ends, basis, mark and reason."""
    if isinstance(figure, Known):
        return ("known", figure.value, None, None, figure.basis, figure.confidence, None, None)
    reason = figure.reason
    return ("unknown", None, figure.low, figure.high, None, None, reason.en, reason.ko)


_BOARD_COLUMNS: Final = (
    "index",
    "version",
    "dated_on",
    "view",
    "weights",
    "derivatives",
    "id",
    "name_en",
    "name_ko",
    "rank_status",
    "rank",
    "rank_low",
    "rank_high",
    "score_status",
    "score",
    "score_low",
    "score_high",
    "confidence",
    "best_model",
    "organisations",
    "countries",
    "open_weight",
)


def leaderboard_rows(reports: Sequence[LeaderboardReport]) -> Sequence[Row]:
    """Write leaderboards as rows, each with index, version and date.

    Parameters
    ----------
    reports
        One for each snapshot.

    Returns
    -------
    sequence of tuple
        The header first.
    """
    rows: list[Row] = [_BOARD_COLUMNS]
    for report in reports:
        stamp = report.stamp
        of = (report.view, report.weights, report.derivatives)
        head = (stamp.index, stamp.version, stamp.dated_on, *of)
        for row in report.rows:
            score = _cells(row.score)
            rows.append(
                (
                    *head,
                    row.id,
                    row.name.en,
                    row.name.ko,
                    *_cells(row.rank)[:4],
                    *score[:4],
                    score[5],
                    row.best_model,
                    ", ".join(row.organisations),
                    ", ".join(row.countries),
                    None if row.open_weight is None else str(row.open_weight).lower(),
                )
            )
    return rows


_WHAT_IF_COLUMNS: Final = (
    "change",
    "group",
    "of",
    "label_en",
    "label_ko",
    "effect",
    "margin",
    "team",
    "total_status",
    "total",
    "total_low",
    "total_high",
    "rank_low",
    "rank_high",
    "outcome",
)


def what_if_rows(report: WhatIfReport) -> Sequence[Row]:
    """Write what comes out of every change as rows, one for each team; today's come first.

    Parameters
    ----------
    report
        What was tried and what came out.

    Returns
    -------
    sequence of tuple
        The header first.
    """
    rows: list[Row] = [_WHAT_IF_COLUMNS]
    today: Row = ("today", None, None, "as it is", "현재", None, report.margin)
    tables: list[tuple[Row, Sequence[RankRow]]] = [(today, report.now)]
    for one in report.scenarios:
        label = one.label
        of: Row = (one.id, one.group, one.of, label.en, label.ko, one.effect, one.margin)
        tables.append((of, one.table))
    for head, table in tables:
        for row in table:
            place = (row.rank_low, row.rank_high, row.outcome)
            rows.append((*head, row.team, *_cells(row.total)[:4], *place))
    return rows


def solution_rows(report: SolutionReport) -> Sequence[Row]:
    """Write what each score can still be.

    Parameters
    ----------
    report
        What published figures leave open.

    Returns
    -------
    sequence of tuple
        The header first.
    """
    rows: list[Row] = [("team", "part", "level", "value", "low", "high", "reached", "said")]
    for one in report.cells:
        said = (str(one.reached).lower(), str(one.said).lower())
        rows.append((one.team, one.part, one.level, one.value, one.low, one.high, *said))
    return rows


def disclosure_rows(reports: DisclosureReports) -> Sequence[Row]:
    """Write what readers know of each score, under each profile.

    Parameters
    ----------
    reports
        One for each profile.

    Returns
    -------
    sequence of tuple
        The header first.
    """
    rows: list[Row] = [("profile", "own", "team", "part", "level", "how", "low", "high", "left")]
    for report in reports.reports:
        head = (report.profile.id, report.own)
        for one in report.cells:
            ends = (one.how, one.low, one.high, one.left)
            rows.append((*head, one.team, one.part, one.level, *ends))
    return rows
