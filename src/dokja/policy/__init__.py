"""Evidence to findings and a verdict."""

from __future__ import annotations

from dokja.policy.judge import check_rules, judge
from dokja.policy.policy import Policy, load_policy, policy_names

__all__ = ["Policy", "check_rules", "judge", "load_policy", "policy_names"]
