"""The laws of policy rules; the module judges rules, never reports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dokja.policy import Policy, load_policy
from dokja.policy.facts import collect_facts
from dokja.policy.relation import decide
from dokja.policy.rules import Case
from dokja.testing.laws import require

if TYPE_CHECKING:
    from dokja.document.audit import AuditReport
    from dokja.policy.rules import Message, Rule

__all__ = ["check_rule", "messages_of"]

_ID = re.compile(r"[A-Z]{2,8}\d{2,4}")
_HANGUL = re.compile(r"[가-힣]")


def messages_of(
    rule: Rule, report: AuditReport, policy: Policy | str = "default"
) -> tuple[Message, ...]:
    """Apply one rule to every component and reference of a report.

    Parameters
    ----------
    rule
        The rule; its level does not matter.
    report
        A stored report.
    policy
        Whose thresholds hold.

    Returns
    -------
    tuple of Message
        What the rule says; empty if it is silent.
    """
    thresholds = (policy if isinstance(policy, Policy) else load_policy(policy)).thresholds
    return tuple(
        message
        for facts in collect_facts(report)
        for message in rule.check(Case(facts, decide(facts, thresholds), thresholds))
    )


def check_rule(
    rule: Rule, *, fires_on: AuditReport, silent_on: AuditReport, policy: Policy | str = "default"
) -> None:
    """Hold a rule to its laws.

    Parameters
    ----------
    rule
        The rule.
    fires_on
        A report on which it has something to say.
    silent_on
        A report on which it has nothing to say.
    policy
        Whose thresholds hold.

    Raises
    ------
    ConformanceError
        If the rule has no proper id or summary, is silent where it should speak or speaks where
        it should be silent, says another thing the second time, speaks one language only, or
        points at evidence that is not there.
    """
    require(_ID.fullmatch(rule.id), f"the id {rule.id!r} is letters, then a number: DKJ101")
    require(rule.summary.en.strip() and rule.summary.ko.strip(), "the summary has both languages")
    messages = messages_of(rule, fires_on, policy)
    require(messages, f"{rule.id} fires on its positive example")
    require(not messages_of(rule, silent_on, policy), f"{rule.id} is silent on its negative one")
    require(messages == messages_of(rule, fires_on, policy), f"{rule.id} says the same twice")
    for message in messages:
        _check_message(rule, message, len(fires_on.evidence))


def _check_message(rule: Rule, message: Message, n_evidence: int) -> None:
    require(message.text.en.strip(), f"{rule.id} speaks English")
    require(_HANGUL.search(message.text.ko), f"{rule.id} speaks Korean")
    require(
        all(0 <= place < n_evidence for place in message.evidence),
        f"{rule.id} points at evidence that exists",
    )
