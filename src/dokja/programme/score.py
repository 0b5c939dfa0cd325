"""A round from data to decision: points, ranks, gates, who goes on, and what was published.

The module knows the order of the steps, never how one of them works.
"""

from __future__ import annotations

from functools import lru_cache, partial
from importlib.metadata import version
from typing import TYPE_CHECKING

from dokja.document.round_report import (
    BlockScore,
    Decision,
    FileRecord,
    RoundProvenance,
    RoundReport,
    TeamResult,
)
from dokja.programme.amendments import amended, effects_of
from dokja.programme.checks import check_facts
from dokja.programme.criteria import check, criteria_digest, round_digest
from dokja.programme.gates import judge_gates
from dokja.programme.intervals import DEFAULT_DRAWS, rank_intervals
from dokja.programme.likeness import unlike
from dokja.programme.parts import total_max
from dokja.programme.places import decide, field_of
from dokja.programme.ranking import Order, rank
from dokja.programme.rounding import exactly
from dokja.programme.selection import select
from dokja.programme.standing import stand
from dokja.programme.table import make_table
from dokja.programme.wording import joined, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dokja.document.common import Localized
    from dokja.document.results import Entry
    from dokja.document.round import RoundFile
    from dokja.document.round_report import CriteriaLock, GateResult
    from dokja.programme.audits import StoredReport
    from dokja.programme.ranking import Rank
    from dokja.programme.standing import Score
    from dokja.programme.table import Table

__all__ = ["score_round"]


def score_round(
    found: RoundFile,
    entries: Sequence[Entry] = (),
    *,
    audits: Mapping[str, StoredReport] | None = None,
    files: Sequence[FileRecord] = (),
    lock: CriteriaLock | None = None,
    seed: int = 0,
    n_draws: int = DEFAULT_DRAWS,
) -> RoundReport:
    """Score a round and decide who goes on.

    Parameters
    ----------
    found
        The round, with its amendments.
    entries
        Results; facts stand in only for what they do not say.
    audits
        Stored audit reports by digest, for gates that need them.
    files
        Files that were read, for the record; those of the entries are added.
    lock
        Criteria as they were locked; what has changed since is recorded.
    seed
        Seed of the rank intervals, which are statistics and touch no score.
    n_draws
        Times that raters are drawn anew; 0 leaves rank intervals out.

    Returns
    -------
    RoundReport
        A pure function of its arguments: the same round and results give the same report.

    Raises
    ------
    ProgrammeError
        If results do not fit the round, or an amendment changes a value that is not there.

    Notes
    -----
    Points are exact decimals with fifty digits, rounded only where the round says so. Permuting
    teams, items or results changes nothing but the order of the report.
    """
    digest = round_digest(found)
    once = partial(_score_once, audits=audits or {}, digest=digest, seed=seed)
    steps = amended(found, entries)
    now, results = steps[-1]
    before = [once(*step, n_draws=0) for step in steps] if len(steps) > 1 else []
    effects = effects_of(found, before)
    report = once(now, results, n_draws=n_draws)
    provenance = report.provenance.model_copy(
        update={"files": _files(files, entries), **_locked(found, lock)}
    )
    return report.model_copy(update={"amendments": effects, "provenance": provenance})


@exactly
def _score_once(
    found: RoundFile,
    entries: Sequence[Entry],
    *,
    audits: Mapping[str, StoredReport],
    digest: str,
    n_draws: int,
    seed: int,
) -> RoundReport:
    table = make_table(found, entries)
    standing = stand(found, table)
    scores = standing.scores
    gates = judge_gates(found, table, scores, audits)
    order = Order(found, scores)
    field = field_of(list(scores), gates, "before_ranking")
    ranks = rank(order, field.sure, field.maybe) if found.items else {}
    decision = _decision(found, scores, gates, order, ranks)
    intervals, drawn = rank_intervals(
        found, table, standing, field.sure, seed=seed, n_draws=n_draws
    )
    teams = tuple(
        _team(found, team.id, scores[team.id], ranks.get(team.id)).model_copy(
            update={"interval": intervals.get(team.id)}
        )
        for team in found.teams
        if team.id in scores
    )
    return RoundReport(
        schema_version="1",
        round=found.id,
        title=found.title,
        version=found.version,
        teams=teams,
        gates=gates,
        decision=decision,
        checks=check_facts(found, scores, decision),
        amendments=(),
        notes=(*table.notes, *standing.notes, *_protocols(found, table), *drawn),
        summary=_summary(found, decision),
        provenance=RoundProvenance(
            dokja=_version(),
            round_digest=digest,
            criteria_digest=criteria_digest(found),
            accept=found.accept,
            files=(),
            seed=seed,
            n_draws=n_draws if intervals or drawn else 0,
        ),
    )


@lru_cache(maxsize=1)
def _version() -> str:
    return version("dokja")


def _team(found: RoundFile, team: str, score: Score, place: Rank | None) -> TeamResult:
    blocks: tuple[BlockScore, ...] = tuple(score.blocks.values())
    return TeamResult(
        team=team,
        items=tuple(score.items.values()),
        blocks=blocks,
        total=score.total,
        total_max=total_max(found),
        rank=None if place is None else place.exact,
        rank_low=None if place is None else place.low,
        rank_high=None if place is None else place.high,
        tied_with=() if place is None else place.tied_with,
    )


def _decision(
    found: RoundFile,
    scores: Mapping[str, Score],
    gates: Sequence[GateResult],
    order: Order,
    ranks: Mapping[str, Rank],
) -> Decision:
    if found.selection is not None:
        return select(found, gates, order)
    if found.advance is not None:
        return decide(found, scores, gates, order, ranks)
    path = (say("This round decides nothing.", "이 라운드는 아무것도 결정하지 않습니다."),)
    return Decision(
        kind="none",
        outcome="decided",
        places=0,
        advance=(),
        out=(),
        undecided=(),
        teams=(),
        path=path,
    )


def _protocols(found: RoundFile, table: Table) -> list[Localized]:
    """Say where teams were measured differently, which their scores do not show."""
    notes = []
    for item in found.items:
        by: dict[str | None, list[object]] = {}
        for result in table.all(item.id):
            by.setdefault(result.benchmark, []).append(result)
        for benchmark, results in by.items():
            apart = unlike(results)  # type: ignore[arg-type]
            if apart is not None and item.raters is None:
                where = say(item.title.en, item.title.ko)
                name = "" if benchmark is None else f" ({benchmark})"
                notes.append(
                    say(f"{where.en}{name}: {apart.en}.", f"{where.ko}{name}: {apart.ko}.")
                )
    return notes


def _summary(found: RoundFile, decision: Decision) -> Localized:
    return joined([found.title, decision.path[-1]], separator=": ")


def _files(files: Sequence[FileRecord], entries: Sequence[Entry]) -> tuple[FileRecord, ...]:
    records = [*files]
    records += [FileRecord(path=e.source.file, digest=e.source.digest) for e in entries]
    unique = {(record.path, record.digest): record for record in records}
    return tuple(unique[key] for key in sorted(unique))


def _locked(found: RoundFile, lock: CriteriaLock | None) -> dict[str, object]:
    if lock is None:
        return {}
    checked = check(found, lock)
    return {
        "criteria_locked_on": lock.locked_on,
        "criteria_changes": tuple(change.sentence for change in checked.changes),
    }
