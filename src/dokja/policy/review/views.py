"""From outcomes of criteria to outcomes of views, and from these to the verdict.

The module knows how outcomes are put together, never what one rests on.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from dokja.document.review import ComponentView, ReviewVerdict, ViewOutcome
from dokja.policy.review.facts import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dokja.document.common import Localized
    from dokja.document.review import CriterionResult
    from dokja.document.review_policy import Outcome, ReviewPolicy, ViewName

__all__ = ["component_views", "together", "verdict", "view_outcomes"]

_VIEWS: Final = {
    "technical": say("technical", "기술"),
    "policy": say("policy", "정책"),
    "ethical": say("ethical", "윤리"),
}


def together(outcomes: Iterable[Outcome]) -> Outcome:
    """Put outcomes together: the worst of them, where what does not apply says nothing.

    Parameters
    ----------
    outcomes
        Any number.

    Returns
    -------
    Outcome
        ``not_applicable`` if nothing else stands there.
    """
    found = set(outcomes)
    order: tuple[Outcome, ...] = ("not_met", "inconclusive", "met")
    return next((outcome for outcome in order if outcome in found), "not_applicable")


def _deciding(results: Iterable[CriterionResult], view: ViewName) -> list[CriterionResult]:
    return [one for one in results if one.view == view and one.required]


def _settled(results: Iterable[CriterionResult]) -> Outcome:
    return together(one.outcome for one in results if not one.excepted)


def component_views(
    policy: ReviewPolicy, results: Sequence[CriterionResult]
) -> tuple[ComponentView, ...]:
    """Say what each view comes to for one component.

    Parameters
    ----------
    policy
        Its views.
    results
        Criteria of this component alone.

    Returns
    -------
    tuple of ComponentView
        In the order of the policy.
    """
    views = []
    for rule in policy.views:
        deciding = _deciding(results, rule.view)
        outcome = _settled(deciding)
        views.append(
            ComponentView(
                view=rule.view,
                outcome=outcome,
                machine=together(one.machine for one in deciding),
                reason=_first_reason(deciding, outcome),
            )
        )
    return tuple(views)


def _first_reason(results: Sequence[CriterionResult], outcome: Outcome) -> Localized:
    """Return the reason of the criterion that decides, or say that none does."""
    if not results:
        return say("No criterion decides here.", "판정을 좌우하는 기준이 없습니다.")
    if outcome == "not_applicable" and any(one.excepted for one in results):
        return say(
            "An exception was agreed; the trail says by whom.",
            "예외가 합의되었으며, 누가 합의했는지는 기록에 있습니다.",
        )
    same = [one for one in results if one.outcome == outcome and not one.excepted]
    return (same or list(results))[0].reason


def view_outcomes(
    policy: ReviewPolicy, results: Sequence[CriterionResult], *, asked: int | None
) -> tuple[ViewOutcome, ...]:
    """Say what each view comes to for the whole submission.

    Parameters
    ----------
    policy
        Its views.
    results
        Every criterion of every row.
    asked
        Signatures that each row needs; None where no number was published.

    Returns
    -------
    tuple of ViewOutcome
        In the order of the policy.
    """
    return tuple(_view(rule.view, _deciding(results, rule.view), asked) for rule in policy.views)


def _view(view: ViewName, deciding: Sequence[CriterionResult], asked: int | None) -> ViewOutcome:
    outcome = _settled(deciding)
    counts = Counter(one.outcome for one in deciding if not one.excepted)
    return ViewOutcome(
        view=view,
        outcome=outcome,
        machine=together(one.machine for one in deciding),
        reason=_view_reason(deciding, outcome),
        n_met=counts["met"],
        n_not_met=counts["not_met"],
        n_inconclusive=counts["inconclusive"],
        n_not_applicable=counts["not_applicable"],
        signed=bool(asked is not None and deciding)
        and all(len(one.reviewers) >= (asked or 0) for one in deciding),
    )


def _view_reason(deciding: Sequence[CriterionResult], outcome: Outcome) -> Localized:
    if not deciding:
        return say(
            "Nothing decides in this view under this policy; what was found is recorded.",
            "이 정책에서는 이 관점에서 판정을 좌우하는 기준이 없으며, 확인한 내용만 기록합니다.",
        )
    same = [one for one in deciding if one.outcome == outcome and not one.excepted]
    # One reason a row: what follows from the first would only repeat it.
    rows = {(one.artefact, one.component): one for one in reversed(same)}
    reasons = list(dict.fromkeys((one.reason.en, one.reason.ko) for one in reversed(rows.values())))
    if outcome == "met":
        return say(
            "Every required criterion is met, or does not apply.",
            "필수 기준을 모두 충족했거나 해당하지 않습니다.",
        )
    if not reasons:
        return say("Every criterion was excepted.", "모든 기준에 예외가 합의되었습니다.")
    return say(
        " ".join(en for en, _ in reasons[:3]) + _more(len(reasons) - 3, "en"),
        " ".join(ko for _, ko in reasons[:3]) + _more(len(reasons) - 3, "ko"),
    )


def _more(n: int, language: str) -> str:
    if n <= 0:
        return ""
    return f" And {n} more." if language == "en" else f" 그 밖에 {n}건이 더 있습니다."


def verdict(views: Sequence[ViewOutcome], unknown: Sequence[Localized]) -> ReviewVerdict:
    """Put the views together.

    Parameters
    ----------
    views
        Outcome of each.
    unknown
        What cannot be told.

    Returns
    -------
    ReviewVerdict
        Not met if one view is not met, met if all are, inconclusive else.
    """
    outcome = together(view.outcome for view in views)
    return ReviewVerdict(
        outcome=outcome,
        machine=together(view.machine for view in views),
        signed=bool(views) and all(view.signed for view in views if view.outcome in _SIGNABLE),
        summary=_summary(views, outcome),
        unknown=tuple(unknown),
    )


_SIGNABLE: Final = frozenset({"met", "not_met", "inconclusive"})


def _summary(views: Sequence[ViewOutcome], outcome: Outcome) -> Localized:
    named = {
        key: [_VIEWS[view.view] for view in views if view.outcome == key]
        for key in ("met", "not_met", "inconclusive")
    }
    if outcome == "met":
        return say("Every view is met.", "모든 관점을 충족합니다.")
    if outcome == "not_applicable":
        return say("No view applies.", "해당하는 관점이 없습니다.")
    parts_en, parts_ko = [], []
    for key, en, ko in (
        ("not_met", "Not met", "미충족"),
        ("inconclusive", "inconclusive", "미결"),
        ("met", "met", "충족"),
    ):
        if named[key]:
            parts_en.append(f"{en}: {', '.join(one.en for one in named[key])}")
            parts_ko.append(f"{ko}: {', '.join(one.ko for one in named[key])}")
    english = "; ".join(parts_en)
    return say(f"{english[:1].upper()}{english[1:]}.", f"{'; '.join(parts_ko)}.")
