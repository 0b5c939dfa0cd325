"""A round made ready for being scored again and again under changed rules.

The module knows which steps lead from results to a decision, never which rules are tried.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dokja.document.number import Known
from dokja.errors import ProgrammeError
from dokja.programme.amendments import amended
from dokja.programme.bounds import ends
from dokja.programme.gates import judge_gates
from dokja.programme.places import decide, field_of
from dokja.programme.ranking import Order, rank
from dokja.programme.rounding import exactly, tidy
from dokja.programme.standing import stand
from dokja.programme.table import Table, make_table
from dokja.programme.what_if.weights import reweighted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from decimal import Decimal

    from dokja.document.common import Localized
    from dokja.document.results import Entry
    from dokja.document.round import Item, RoundFile
    from dokja.document.round_report import Decision
    from dokja.programme.audits import StoredReport
    from dokja.programme.ranking import Rank
    from dokja.programme.standing import Score
    from dokja.programme.table import Result

__all__ = [
    "Base",
    "Outcome",
    "Sides",
    "Trial",
    "evaluate",
    "margin_of",
    "prepare",
    "sides_of",
]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Points, ranks and who goes on."""

    scores: Mapping[str, Score]
    ranks: Mapping[str, Rank]
    decision: Decision


@dataclass(frozen=True, slots=True)
class Sides:
    """Teams within the places by score today, and teams out by score."""

    inside: tuple[str, ...]
    outside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """A round and results, perhaps under changed rules."""

    found: RoundFile
    rows: Mapping[str, tuple[Result, ...]]
    """Results by item."""
    shares: Mapping[str, Decimal] = field(default_factory=dict)
    """Weights in percent by block or item; empty for those of the round."""
    touched: frozenset[str] | None = frozenset()
    """Items that are scored anew; None for all."""
    notes: tuple[Localized, ...] = ()


@dataclass(frozen=True, slots=True)
class Base:
    """A round as it stands, with everything needed to score it again."""

    trial: Trial
    ticks: Table
    """Results that gates look at."""
    audits: Mapping[str, StoredReport]
    now: Outcome
    sides: Sides | None
    """None where today's places are open, so that there is no margin."""

    @property
    def found(self) -> RoundFile:
        """The round."""
        return self.trial.found


def prepare(
    found: RoundFile,
    entries: Sequence[Entry] = (),
    *,
    audits: Mapping[str, StoredReport] | None = None,
) -> Base:
    """Score a round once and keep what is needed to score it again.

    Parameters
    ----------
    found
        The round; its amendments are applied.
    entries
        Results.
    audits
        Stored audit reports by digest.

    Returns
    -------
    Base
        The round after its last amendment.

    Raises
    ------
    ProgrammeError
        If the round gives no places by rank, or the results do not fit it.
    """
    if found.advance is None or not found.items:
        raise ProgrammeError(
            "the round gives no places by rank, so no rule of scoring can change its decision",
            uri=found.id,
            hint="What-if needs items and `advance`; an additional selection is a vote.",
        )
    after, given = amended(found, entries)[-1]
    table = make_table(after, given)
    rows = {item.id: tuple(_rows(after, table, item)) for item in after.items}
    trial = Trial(after, rows, touched=None)
    now = evaluate(trial, table, audits or {})
    return Base(replace(trial, touched=frozenset()), table, audits or {}, now, sides_of(now, after))


def _rows(found: RoundFile, table: Table, item: Item) -> Iterator[Result]:
    names = [item.id, *(f"{item.id}.{sub.id}" for sub in item.sub_items)]
    for team in found.teams:
        for name in names:
            yield from table.of(team.id, name)


@exactly
def evaluate(
    trial: Trial,
    ticks: Table,
    audits: Mapping[str, StoredReport],
    before: Mapping[str, Score] | None = None,
) -> Outcome:
    """Score a round from results to decision.

    Parameters
    ----------
    trial
        The round with places by rank; its amendments are not looked at.
    ticks
        Results that gates look at.
    audits
        Stored audit reports by digest.
    before
        Points of the round as it stands, for items that are not scored anew; None if all are.

    Returns
    -------
    Outcome
        Gates see the points as the round weighs them, since their thresholds are in such points.
    """
    found = trial.found
    scores = _points(trial, before)
    gates = judge_gates(found, ticks, scores, audits)
    if trial.shares:
        found, scores = reweighted(found, scores, trial.shares)
    order = Order(found, scores)
    field_ = field_of(list(scores), gates, "before_ranking")
    ranks = rank(order, field_.sure, field_.maybe)
    return Outcome(scores, ranks, decide(found, scores, gates, order, ranks))


def _points(trial: Trial, before: Mapping[str, Score] | None) -> Mapping[str, Score]:
    if before is None or trial.touched is None:
        everything = Table(result for rows in trial.rows.values() for result in rows)
        return stand(trial.found, everything).scores
    if not trial.touched:
        return before
    kept = {
        item.id: {team: score.items[item.id] for team, score in before.items()}
        for item in trial.found.items
        if item.id not in trial.touched
    }
    table = Table(result for name in sorted(trial.touched) for result in trial.rows[name])
    return stand(trial.found, table, kept).scores


def sides_of(now: Outcome, found: RoundFile) -> Sides | None:
    """Tell who is within the places by score and who is not.

    Parameters
    ----------
    now
        The outcome.
    found
        The round.

    Returns
    -------
    Sides or None
        None where anything is undecided, or one side is empty. A team that a gate removed after
        ranking held a place by score, unless the next in rank moves up.
    """
    if now.decision.undecided:
        return None
    refill = found.advance is not None and found.advance.refill
    inside, outside = [], []
    for team in now.decision.teams:
        if team.outcome == "advances" or (
            team.by == "gate" and team.team in now.ranks and not refill
        ):
            inside.append(team.team)
        elif team.by == "score":
            outside.append(team.team)
    return Sides(tuple(inside), tuple(outside)) if inside and outside else None


@exactly
def margin_of(sides: Sides | None, scores: Mapping[str, Score]) -> Decimal | None:
    """Return by how much those within the places lie above those out.

    Parameters
    ----------
    sides
        Who is within the places today, and who is not.
    scores
        Points, perhaps under other rules.

    Returns
    -------
    decimal.Decimal or None
        Below zero if the places change hands; None where a total that matters is not known.
    """
    if sides is None:
        return None
    inside = [scores[team].total for team in sides.inside]
    outside = [scores[team].total for team in sides.outside]
    if not all(isinstance(figure, Known) for figure in (*inside, *outside)):
        return None
    return tidy(min(ends(f)[0] for f in inside) - max(ends(f)[1] for f in outside))
