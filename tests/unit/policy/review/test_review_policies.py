from __future__ import annotations

import pytest

from dokja.errors import PolicyError
from dokja.policy.review import load_review_policy, review_policy_names
from dokja.policy.review.load import parse_review_policy, policy_text


def test_three_policies_come_along() -> None:
    assert review_policy_names() == ("from-scratch-strict", "k-sovereign-2026", "open-use")
    for name in review_policy_names():
        assert load_review_policy(name).name == name


def test_no_quorum_is_invented_where_none_was_published() -> None:
    quorum = load_review_policy("k-sovereign-2026").quorum
    assert (quorum.overrule, quorum.exception, quorum.sign_off) == (None, None, None)


def test_no_policy_takes_an_unknown_licence_for_permission() -> None:
    for name in review_policy_names():
        assert "unknown" not in load_review_policy(name).thresholds.licence


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('view = "technical"\ntest', 'view = "moral"\ntest', "criteria.0.view"),
        ('test = "weights_own"', 'test = "feeling"', "criteria.0.test"),
        ('id = "trained-from-initialisation"', 'id = "weights-not-borrowed"', "stands 2 times"),
        ('source = "msit-stage-1"\n[views', 'source = "nowhere"\n[views', "none of the sources"),
        ('schema_version = "1"', "schema_version = ", "not a TOML file"),
        ('name = "k', 'sex = "k', "name"),
    ],
)
def test_defects_are_told_with_their_place(before: str, after: str, words: str) -> None:
    content = policy_text("k-sovereign-2026").decode().replace(before, after, 1)
    with pytest.raises(PolicyError, match=words):
        parse_review_policy(content.encode(), uri="mine.toml")


def test_a_policy_that_is_not_there_is_named() -> None:
    with pytest.raises(PolicyError, match="no such policy"):
        load_review_policy("no-such-policy")
