"""Documents to outcomes: a submission under three views, by rules that are data.

The room's half for reviews: pure functions of documents, which read no file and no tensor.
"""

from __future__ import annotations

from dokja.policy.review.load import load_review_policy, review_policy_names

__all__ = ["load_review_policy", "review_policy_names"]
