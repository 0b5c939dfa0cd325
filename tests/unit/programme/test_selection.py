from __future__ import annotations

from typing import Any

import pytest

from dokja.document.round import RoundFile
from dokja.programme.score import score_round
from tests.support.rounds import make_round, words

NEEDS = {"kind": "majority"}


def _round(ballots: list[dict[str, Any]], **rule: Any) -> RoundFile:
    selection = {"places": 1, "question": words("Able?"), "needs": NEEDS, "order": "votes", **rule}
    return make_round(
        blocks=[], items=[], rounding=[], advance=None, selection=selection, ballots=ballots
    )


def _votes(team: str, yes: int, no: int, abstained: int = 0) -> dict[str, Any]:
    return {"candidate": team, "yes": yes, "no": no, "abstained": abstained}


def _chosen(found: RoundFile) -> tuple[str, tuple[str, ...]]:
    decision = score_round(found).decision
    return decision.outcome, decision.advance


@pytest.mark.parametrize(
    ("ballots", "wanted"),
    [
        ([(6, 4), (5, 5), (0, 10)], ("decided", ("a",))),
        ([(5, 5), (5, 5), (0, 10)], ("nobody", ())),
        ([(6, 4), (7, 3), (0, 10)], ("decided", ("b",))),
        ([(6, 4), (6, 4), (0, 10)], ("undecided", ())),
    ],
)
def test_a_majority_is_more_than_half(
    ballots: list[tuple[int, int]], wanted: tuple[str, tuple[str, ...]]
) -> None:
    rows = [_votes(team, *row) for team, row in zip("abc", ballots, strict=True)]
    assert _chosen(_round(rows)) == wanted


def test_whoever_abstains_counts_against_unless_left_out() -> None:
    rows = [_votes("a", 5, 4, 1), _votes("b", 0, 10), _votes("c", 0, 10)]
    assert _chosen(_round(rows)) == ("nobody", ())
    loose = {"kind": "majority", "abstentions": "left_out"}
    assert _chosen(_round(rows, needs=loose)) == ("decided", ("a",))


def test_members_of_the_panel_who_did_not_vote_count_against() -> None:
    rows = [_votes("a", 4, 1), _votes("b", 0, 5), _votes("c", 0, 5)]
    assert _chosen(_round(rows)) == ("decided", ("a",))
    assert _chosen(_round(rows, panel=10)) == ("nobody", ())


def test_a_quorum_can_be_needed_instead() -> None:
    rows = [_votes("a", 4, 6), _votes("b", 3, 7), _votes("c", 0, 10)]
    assert _chosen(_round(rows, needs={"kind": "quorum", "votes": 4})) == ("decided", ("a",))


def test_a_candidate_nobody_voted_on_leaves_it_open() -> None:
    rows = [_votes("a", 6, 4), _votes("b", 0, 10)]
    decision = score_round(_round(rows)).decision
    assert decision.outcome == "undecided"
    assert set(decision.undecided) == {"a", "c"}


def test_two_places() -> None:
    rows = [_votes("a", 6, 4), _votes("b", 7, 3), _votes("c", 8, 2)]
    assert _chosen(_round(rows, places=2)) == ("decided", ("b", "c"))


def test_a_gate_removes_a_candidate() -> None:
    rows = [_votes("a", 9, 1), _votes("b", 6, 4), _votes("c", 0, 10)]
    found = _round(rows)
    content = found.model_dump(mode="json")
    gated = make_round(
        **{key: content[key] for key in ("blocks", "items", "rounding", "advance", "selection")},
        ballots=rows,
        gates=[
            {
                "id": "own",
                "title": words("Own"),
                "when": "before_ranking",
                "rule": {"kind": "ruling", "unruled": "pass"},
            }
        ],
        gate_inputs=[{"kind": "ruling", "gate": "own", "team": "a", "outcome": "fail"}],
    )
    assert _chosen(gated) == ("decided", ("b",))
