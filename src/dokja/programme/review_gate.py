"""What a stored review of independence means for a gate.

The module knows outcomes of views, never how one came about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from dokja.document.round_report import ViewResult
from dokja.programme.wording import say

if TYPE_CHECKING:
    from dokja.document.common import Localized
    from dokja.document.review import ReviewReport, ViewOutcome
    from dokja.document.round_rules import ReviewRule

__all__ = ["review_outcome"]

Outcome = Literal["pass", "fail", "unknown"]

_NAMES: Final = {
    "technical": say("technical", "기술"),
    "policy": say("policy", "정책"),
    "ethical": say("ethical", "윤리"),
}


def review_outcome(
    rule: ReviewRule, report: ReviewReport
) -> tuple[Outcome, tuple[ViewResult, ...], Localized]:
    """Say what a review means for a gate.

    Parameters
    ----------
    rule
        Which views count, and what an inconclusive one means.
    report
        The review.

    Returns
    -------
    tuple
        The outcome, that of each view, and why.
    """
    if rule.policy is not None and rule.policy != report.policy.name:
        return (
            "unknown",
            (),
            say(
                f"the review is under the policy {report.policy.name}, not under {rule.policy}",
                f"심사 정책이 {rule.policy}이(가) 아니라 {report.policy.name}입니다",
            ),
        )
    asked = [one for one in report.views if not rule.views or one.view in rule.views]
    # What no criterion decides, such as a view under a policy that only records it, says nothing.
    counted = [one for one in asked if one.outcome != "not_applicable"]
    missing = set(rule.views) - {one.view for one in counted}
    views = tuple(
        ViewResult(view=one.view, outcome=_outcome(one, rule), reason=one.reason) for one in counted
    )
    for key, found in (
        ("fail", [one for one in counted if one.outcome == "not_met"]),
        ("open", [one for one in counted if one.outcome == "inconclusive"]),
    ):
        if found or (key == "open" and (missing or not counted)):
            outcome: Outcome = "fail" if key == "fail" else rule.inconclusive
            return outcome, views, _words(key, [*(one.view for one in found), *sorted(missing)])
    return "pass", views, say("the review is met", "독자성 심사를 충족했습니다")


def _outcome(view: ViewOutcome, rule: ReviewRule) -> Outcome:
    if view.outcome == "inconclusive":
        return rule.inconclusive
    return "pass" if view.outcome == "met" else "fail"


def _words(key: str, views: list[str]) -> Localized:
    en = ", ".join(_NAMES[view].en for view in views) or "–"
    ko = ", ".join(_NAMES[view].ko for view in views) or "–"
    if key == "fail":
        return say(f"the review is not met: {en}", f"독자성 심사에서 충족하지 못했습니다: {ko}")
    return say(f"the review leaves open: {en}", f"독자성 심사에서 결론이 나지 않았습니다: {ko}")
