"""The technical view, second half: whether a row was initialised and then trained in a known run.

The module knows runs as their reports tell them, never how one was measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.policy.review.facts import Told, say
from dokja.policy.review.technical import (
    borrowed,
    called,
    declared_foreign,
    own_descent,
    own_met,
    rules_of,
)
from dokja.policy.wording import with_particle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.document.common import Localized
    from dokja.policy.review.facts import Case, Match, Run

__all__ = ["trained_from_start"]


def trained_from_start(case: Case) -> Told:
    """Judge whether a row was initialised and then trained by the maker.

    Parameters
    ----------
    case
        What is known of the row.

    Returns
    -------
    Told
        Not met where the weights are somebody else's or the run contradicts its recipe; met by a
        run that fits and ends at the submission, or by descent from an own model where the policy
        says so; inconclusive without any.
    """
    if not case.row.is_model:
        return Told("not_applicable", say("It holds no weights.", "가중치가 없습니다."))
    taken = borrowed(case.matches, case.policy)
    if taken or case.row.origin == "third_party":
        return _not_initialised(case, taken)
    told = [_run(case, run) for run in case.runs]
    # A run that contradicts itself is not mended by another one that fits.
    for outcome in ("not_met", "met"):
        for one in told:
            if one.outcome == outcome:
                return one
    descent = own_descent(case.matches, case.policy)
    if descent and not case.policy.thresholds.trajectory_for_own_derivative:
        return own_met(case, descent)
    return told[0] if told else _no_run(case)


def _not_initialised(case: Case, taken: Sequence[Match]) -> Told:
    name = called(case.row)
    if not taken:
        return declared_foreign(case)
    names = ", ".join(dict.fromkeys(match.reference for match in taken))
    return Told(
        "not_met",
        say(
            f"The {name.en} was not initialised by the maker: its weights come from {names}.",
            f"{with_particle(name.ko, '은/는')} 제작자가 초기화한 것이 아니라 {names}의 가중치에서 "
            "왔습니다.",
        ),
        tuple(match.pointer for match in taken),
        rules_of(taken),
    )


def _run(case: Case, run: Run) -> Told:
    name = called(case.row)
    if run.findings:
        first = run.findings[0][1]
        return Told(
            "not_met",
            say(
                f"The recorded run contradicts its recipe for the {name.en}: {first.en}",
                f"기록된 학습이 {name.ko}에 대해 신고한 내용과 어긋납니다. {first.ko}",
            ),
            (run.pointer,),
            tuple(rule for rule, _ in run.findings),
        )
    open_ = _run_open(case, run)
    if open_ is not None:
        return Told("inconclusive", open_, (run.pointer,))
    return Told(
        "met",
        say(
            f"The recorded run of the {name.en} fits its recipe from step 0 to the submission.",
            f"{name.ko}의 학습 기록이 0단계부터 제출본까지 신고한 내용과 맞습니다.",
        ),
        (run.pointer,),
    )


def _run_open(case: Case, run: Run) -> Localized | None:
    """Say why a run without a contradiction leaves a row open, if it does."""
    name = called(case.row)
    if run.ends_here is not True:
        return say(
            "The recorded run is not shown to end at what was submitted.",
            "기록된 학습이 제출본에서 끝난다는 것이 확인되지 않았습니다.",
        )
    if run.frozen == "all":
        return say(
            f"The recorded run did not train the {name.en}: it proves nothing of where it is from.",
            f"기록된 학습은 {with_particle(name.ko, '을/를')} 학습하지 않았으므로 그 출처를 "
            "입증하지 못합니다.",
        )
    if run.frozen == "part":
        return say(
            f"The recorded run trained the {name.en} in part only: it proves nothing of the rest.",
            f"기록된 학습은 {name.ko} 가운데 일부만 학습했으므로 나머지의 출처를 입증하지 "
            "못합니다.",
        )
    if run.given != "none":
        whole = run.given == "all"
        return say(
            f"The recorded run does not show that {'' if whole else 'all of '}the {name.en} began "
            "from random weights.",
            f"기록된 학습은 {name.ko}{'' if whole else '의 모든 부분'}이(가) 무작위 가중치에서 "
            "시작했음을 보이지 않습니다.",
        )
    if run.outcome != "consistent" or run.uncertain or run.frozen == "unknown":
        return say(
            f"The recorded run leaves the {name.en} open: {run.summary.en}",
            f"기록된 학습만으로는 {with_particle(name.ko, '을/를')} 판단할 수 없습니다. "
            f"{run.summary.ko}",
        )
    return None


def _no_run(case: Case) -> Told:
    name = called(case.row)
    return Told(
        "inconclusive",
        say(
            f"There is no recorded run of the {name.en}: that it was initialised and trained is "
            "not shown.",
            f"{name.ko}의 학습 기록이 없어 초기화한 뒤 학습했음이 확인되지 않습니다.",
        ),
    )
