"""Documents of the programme as tables on a terminal; the module knows their fields alone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from dokja.cli.console import print_line, results
from dokja.cli.language import Language, say
from dokja.cli.tables import make_table, plain_cell

if TYPE_CHECKING:
    from dokja.document.number import Figure
    from dokja.document.round import RoundFile
    from dokja.document.round_report import RoundReport, TeamResult

__all__ = ["figure_words", "print_scores", "rank_words"]

_STYLES: Final = {"advances": "green", "out": "red", "undecided": "yellow"}


def figure_words(figure: Figure) -> str:
    """Write a figure for the terminal.

    Parameters
    ----------
    figure
        The figure.

    Returns
    -------
    str
        The number, or that it is unknown and what is possible; never a zero in its place.
    """
    from dokja.document.number import Known, written

    if isinstance(figure, Known):
        return written(figure.value)
    if figure.low is None or figure.high is None:
        return say("unknown")
    return f"{say('unknown')} ({written(figure.low)}–{written(figure.high)})"


def rank_words(team: TeamResult) -> str:
    """Write a rank for the terminal.

    Parameters
    ----------
    team
        A team's result.

    Returns
    -------
    str
        The rank, with ``=`` where it is shared; a range where it is not settled.
    """
    if team.rank is not None:
        return f"{team.rank}{'=' if team.tied_with else ''}"
    if team.rank_low is None or team.rank_high is None:
        return "–"
    return f"{team.rank_low}–{team.rank_high}"


def print_scores(found: RoundFile, report: RoundReport, language: Language) -> None:
    """Print ranks, totals, blocks and outcomes, then the sentence.

    Parameters
    ----------
    found
        The round, for names.
    report
        The scored round.
    language
        Language of headings and sentences.
    """
    from dokja.report.round.scores import ordered_teams

    names = {team.id: team.name.text(language.value) for team in found.teams}
    outcomes = {row.team: row.outcome for row in report.decision.teams}
    blocks = [block.title.text(language.value) for block in found.blocks]
    headings = ("rank", "team", "total", *blocks, "outcome")
    table = make_table(*headings, right=frozenset({"rank", "total", *blocks}))
    for team in ordered_teams(report):
        outcome = outcomes.get(team.team)
        table.add_row(
            rank_words(team),
            plain_cell(names.get(team.team, team.team)),
            figure_words(team.total),
            *(figure_words(block.score) for block in team.blocks),
            f"[{_STYLES[outcome]}]{say(outcome)}[/]" if outcome else "–",
        )
    results().print(table)
    counts = Counter(check.status for check in report.checks)
    if counts:
        print_line(
            say("published: {agrees} agree, {differs} differ, {open} cannot be computed").format(
                agrees=counts["agrees"], differs=counts["differs"], open=counts["not_computable"]
            )
        )
    for note in report.notes:
        print_line(f"{say('note')}: {note.text(language.value)}")
    print_line(report.summary.text(language.value))
