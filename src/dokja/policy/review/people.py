"""What people add to machine outcomes: signatures, objections with reasons, agreed exceptions.

The module knows who counts and how many it takes, never who is right; a machine's outcome is never
changed, only what holds beside it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.document.review import CriterionResult, LadderRung, LadderWitness, TrailEntry
from dokja.policy.review.facts import say
from dokja.policy.review.names import same_name

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from dokja.document.common import Localized
    from dokja.document.review_policy import Outcome, QuorumRule, Rung
    from dokja.document.sign_off import ExceptionEntry, LadderEntry, Reviewer, SignOff

__all__ = ["People", "ladder", "signed", "trail"]

RUNGS: tuple[tuple[Rung, Localized], ...] = (
    (
        "hyper_parameters",
        say("Quantitative change: hyper-parameters", "양적 변화: 하이퍼파라미터"),
    ),
    ("module", say("Qualitative change: modules and blocks", "질적 변화: 모듈·블록 수준")),
    (
        "data_pipeline",
        say("Efficient or new data pipeline", "데이터 파이프라인의 효율화·혁신"),
    ),
    ("architecture", say("Innovation of the architecture", "아키텍처 수준의 혁신")),
)
"""The ladder of the second stage, least first."""


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who signs, and what they said."""

    reviewers: tuple[Reviewer, ...] = ()
    sign_offs: tuple[SignOff, ...] = ()
    exceptions: tuple[ExceptionEntry, ...] = ()
    ladder: tuple[LadderEntry, ...] = ()
    maker: str = ""
    """Who submits: nobody excepts what is their own."""

    def name(self, reviewer: str) -> str:
        """Return the name behind an id.

        Parameters
        ----------
        reviewer
            Id of somebody who signs.

        Returns
        -------
        str
            The name; the id where nobody bears it.
        """
        return next((one.name for one in self.reviewers if one.id == reviewer), reviewer)

    def counts(self, reviewer: str) -> bool:
        """Tell whether somebody's word counts.

        Parameters
        ----------
        reviewer
            Id of somebody who signs.

        Returns
        -------
        bool
            Whether no interest stands against it.
        """
        return any(
            one.id == reviewer and one.conflict_of_interest == "none" for one in self.reviewers
        )

    def parties(self, entry: ExceptionEntry) -> int:
        """Count who agreed to an exception.

        Parameters
        ----------
        entry
            The exception.

        Returns
        -------
        int
            Different names, without that of the maker and those of reviewers with an interest.
        """
        interested = {
            same_name(one.name) for one in self.reviewers if one.conflict_of_interest != "none"
        }
        return len(set(map(same_name, entry.agreed_by)) - interested - {same_name(self.maker)})


def _about(entry: SignOff | ExceptionEntry, result: CriterionResult) -> bool:
    return (
        entry.criterion == result.criterion
        and entry.artefact in {None, result.artefact}
        and entry.component in {None, result.component}
    )


def _last_words(people: People, result: CriterionResult) -> list[SignOff]:
    """Keep the last word of each person: the later date, then the later place in the file."""
    last: dict[str, SignOff] = {}
    for entry in sorted(people.sign_offs, key=lambda one: one.on):
        if _about(entry, result):
            last[entry.by] = entry
    return list(last.values())


def signed(
    results: Iterable[CriterionResult], people: People, quorum: QuorumRule
) -> tuple[CriterionResult, ...]:
    """Let people's words stand beside the machine's outcomes.

    Parameters
    ----------
    results
        Outcomes of the machine.
    people
        What people said.
    quorum
        How many it takes.

    Returns
    -------
    tuple of CriterionResult
        An outcome is replaced where enough people without an interest agree on another and more of
        them than disagree; where some object and no quorum was published, it is left open.
    """
    return tuple(_signed(result, people, quorum) for result in results)


def _signed(result: CriterionResult, people: People, quorum: QuorumRule) -> CriterionResult:
    words = [one for one in _last_words(people, result) if people.counts(one.by)]
    votes: Counter[Outcome] = Counter(
        one.outcome if one.decision == "overrule" and one.outcome is not None else result.machine
        for one in words
        if one.decision != "abstain"
    )
    outcome = _decided(result.machine, votes, quorum)
    signers = tuple(
        sorted(
            one.by
            for one in words
            if (one.decision == "agree" and outcome == result.machine)
            or (one.decision == "overrule" and one.outcome == outcome)
        )
    )
    days = [one.on for one in words]
    exceptions = [entry for entry in people.exceptions if _about(entry, result)]
    days += [entry.on for entry in exceptions]
    return CriterionResult.model_validate(
        {
            **{name: getattr(result, name) for name in type(result).model_fields},
            "outcome": outcome,
            "overruled": outcome != result.machine,
            "excepted": any(_agreed(entry, people, quorum) for entry in exceptions),
            "reviewers": signers,
            "decided_on": max(days) if days else result.decided_on,
        }
    )


def _decided(machine: Outcome, votes: Counter[Outcome], quorum: QuorumRule) -> Outcome:
    others = {outcome: n for outcome, n in votes.items() if outcome != machine}
    if not others:
        return machine
    most = max(others.values())
    leading = [outcome for outcome, n in others.items() if n == most]
    if quorum.overrule is None:
        # Who has the last word was not published: then nobody has it.
        return "inconclusive"
    if most < quorum.overrule:
        return machine
    if len(leading) > 1 or most <= votes[machine]:
        return "inconclusive"
    return leading[0]


def _agreed(entry: ExceptionEntry, people: People, quorum: QuorumRule) -> bool:
    return quorum.exception is not None and people.parties(entry) >= quorum.exception


# -- the trail ------------------------------------------------------------------------------------


def trail(
    results: Sequence[CriterionResult],
    people: People,
    quorum: QuorumRule,
    *,
    program: str,
    on: dt.date,
) -> tuple[TrailEntry, ...]:
    """List everything that was said, the machine first.

    Parameters
    ----------
    results
        Every criterion of every row.
    people
        What people said.
    quorum
        How many it takes.
    program
        Name and version of the program.
    on
        Day of the review.

    Returns
    -------
    tuple of TrailEntry
        Findings of the machine, then people's words by date.
    """
    found = [
        TrailEntry(
            kind="finding",
            on=on,
            by=(program,),
            criterion=one.criterion,
            artefact=one.artefact,
            component=one.component,
            outcome=one.machine,
            counted=True,
        )
        for one in results
    ]
    said = [_said(entry, results, people, quorum) for entry in people.sign_offs]
    said += [_exception(entry, people, quorum) for entry in people.exceptions]
    return (*found, *sorted(said, key=lambda one: one.on))


def _said(
    entry: SignOff, results: Sequence[CriterionResult], people: People, quorum: QuorumRule
) -> TrailEntry:
    rows = [one for one in results if _about(entry, one)]
    kinds = {"agree": "sign_off", "overrule": "overrule", "abstain": "abstention"}
    outcome: Outcome | None = entry.outcome
    if entry.decision == "agree" and len({one.machine for one in rows}) == 1:
        outcome = rows[0].machine
    why_not = _why_not(entry, rows, people, quorum)
    return TrailEntry.model_validate(
        {
            "kind": kinds[entry.decision],
            "on": entry.on,
            "by": (people.name(entry.by),),
            "criterion": entry.criterion,
            "artefact": entry.artefact,
            "component": entry.component,
            "outcome": outcome,
            "counted": why_not is None,
            "why_not": why_not,
            "reason": entry.reason,
        }
    )


def _why_not(
    entry: SignOff, rows: Sequence[CriterionResult], people: People, quorum: QuorumRule
) -> Localized | None:
    if not people.counts(entry.by):
        interest = next(
            (one.conflict_of_interest for one in people.reviewers if one.id == entry.by), ""
        )
        return say(
            f"has an interest: {interest}; heard and not counted",
            f"이해관계가 있어({interest}) 의견으로만 남기고 세지 않았습니다",
        )
    if rows and all(entry not in _last_words(people, row) for row in rows):
        return say("replaced by a later word", "이후의 의견으로 대체되었습니다")
    if entry.decision != "overrule":
        return None
    if quorum.overrule is None:
        return say(
            "no quorum was published: it leaves the criterion open and overturns nothing",
            "정족수가 공표되지 않아 기준을 미결로 남길 뿐 결과를 뒤집지 않습니다",
        )
    if rows and not any(row.outcome == entry.outcome for row in rows):
        return say(
            f"not carried: {quorum.overrule} must agree, and more than disagree",
            f"채택되지 않음: {quorum.overrule}명 이상이 동의하고 반대보다 많아야 합니다",
        )
    return None


def _exception(entry: ExceptionEntry, people: People, quorum: QuorumRule) -> TrailEntry:
    counted = _agreed(entry, people, quorum)
    why_not = None
    if not counted:
        why_not = (
            say(
                "no number of parties was published: recorded and without effect",
                "필요한 합의 수가 공표되지 않아 기록만 하고 효력은 없습니다",
            )
            if quorum.exception is None
            else say(
                f"{quorum.exception} parties must agree that have no interest, and "
                f"{people.parties(entry)} did: recorded and without effect",
                f"이해관계 없는 {quorum.exception}개 당사자의 합의가 필요하지만 "
                f"{people.parties(entry)}개뿐이어서 기록만 하고 효력은 없습니다",
            )
        )
    return TrailEntry(
        kind="exception",
        on=entry.on,
        by=entry.agreed_by,
        criterion=entry.criterion,
        artefact=entry.artefact,
        component=entry.component,
        outcome=None,
        counted=counted,
        why_not=why_not,
        reason=entry.reason,
    )


# -- the ladder -----------------------------------------------------------------------------------


def ladder(people: People) -> tuple[LadderRung, ...]:
    """List what people saw at each depth of the maker's own work.

    Parameters
    ----------
    people
        What they said.

    Returns
    -------
    tuple of LadderRung
        Every rung, least first; no outcome depends on any.
    """
    return tuple(_rung(rung, title, people) for rung, title in RUNGS)


def _rung(rung: Rung, title: Localized, people: People) -> LadderRung:
    witnesses = tuple(
        LadderWitness(
            by=people.name(entry.by),
            on=entry.on,
            shown=entry.shown,
            counted=people.counts(entry.by),
            reason=entry.reason,
            evidence=entry.evidence,
        )
        for entry in sorted(people.ladder, key=lambda one: one.on)
        if entry.rung == rung
    )
    words = {one.shown for one in witnesses if one.counted}
    status = (
        "not_assessed"
        if not words
        else "disputed"
        if len(words) == 2
        else "shown"
        if True in words
        else "not_shown"
    )
    return LadderRung.model_validate(
        {"rung": rung, "title": title, "status": status, "witnesses": witnesses}
    )
