"""What is said of heads: operations named only where training could not have done them."""

from __future__ import annotations

from typing import Any

import pytest

from dokja.policy import judge
from dokja.policy.heads import head_operations
from tests.support import facts as build


@pytest.mark.parametrize(
    ("fields", "operations"),
    [
        ({}, ()),
        ({"moved_share": 0.5}, ("heads_renumbered",)),
        ({"moved_share": 0.05}, ()),
        ({"value_in_place": 0.2}, ("values_renumbered",)),
        ({"value_in_place": 0.2, "value_matched": 0.5}, ("values_rotated",)),
        (
            {"moved_share": 1.0, "value_in_place": 0.1, "value_matched": 0.4},
            ("heads_renumbered", "values_rotated"),
        ),
        # After long training everything is less alike, and in place all the same.
        ({"cosine": 0.3, "value_in_place": 0.5, "value_matched": 0.5}, ()),
        ({"found_share": 0.3, "moved_share": 1.0}, ()),
        ({"cosine": None, "moved_share": None, "value_in_place": None, "value_matched": None}, ()),
    ],
)
def test_operations(fields: dict[str, Any], operations: tuple[str, ...]) -> None:
    assert head_operations(build.heads(**fields)) == operations


def test_nothing_is_said_without_evidence() -> None:
    assert head_operations(None) == ()


def judged(**fields: Any) -> Any:
    low_rank = build.steps(low_rank_share=1.0, rank=8.0)
    items = build.units(-50.0, 0.9, 0.9), build.moments(0.99, 0.99, 0.99), low_rank
    return judge(build.report((build.result(),), (*items, build.heads(**fields))))


def test_a_re_ordering_is_told_and_is_no_low_rank_change() -> None:
    plain, moved = judged(), judged(moved_share=0.6)
    assert plain.components[0].relation == moved.components[0].relation
    rules = {finding.rule for finding in moved.verdict.findings}
    assert "DKJ511" in rules
    assert "DKJ502" not in rules
    assert "DKJ511" not in {finding.rule for finding in plain.verdict.findings}
    done = moved.components[0].transformation
    assert done is not None
    assert done.operations == ("heads_renumbered",)
    assert plain.components[0].transformation is None
