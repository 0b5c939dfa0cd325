"""Scores of all teams on all parts as one grid: what is known, and what is still possible.

The module lays cells out; what each of them holds is decided where the grid is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.report.round.parts import Cell, Table
from dokja.report.round.speaker import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from dokja.report.round.speaker import Speaker

__all__ = ["grid_table", "span"]


def span(low: Decimal, high: Decimal) -> str:
    """Write a range, or the one value that it holds.

    Parameters
    ----------
    low, high
        Ends.

    Returns
    -------
    str
        Such as ``9.4`` or ``9.4–11.9``.
    """
    return plain(low) if low == high else f"{plain(low)}–{plain(high)}"


def grid_table(
    title: str, cells: Mapping[tuple[str, str], Cell], speaker: Speaker, caption: str = ""
) -> Table:
    """Lay cells out, one row a part and one column a team.

    Parameters
    ----------
    title
        Of the table.
    cells
        By team and part, in the order in which teams and parts are to stand.
    speaker
        Says it in the language of the reader.
    caption
        Below the table.

    Returns
    -------
    Table
        A dash where there is no cell.
    """
    teams: Sequence[str] = list(dict.fromkeys(team for team, _ in cells))
    parts: Sequence[str] = list(dict.fromkeys(part for _, part in cells))
    rows = tuple(
        (Cell(speaker.part(part)), *(cells.get((team, part), Cell("–")) for team in teams))
        for part in parts
    )
    columns = (speaker.text("scores.item"), *map(speaker.team, teams))
    return Table(title, columns, rows, tuple(range(1, len(columns))), caption)
