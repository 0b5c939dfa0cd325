from __future__ import annotations

import sys

import numpy as np
import pytest
from scipy import optimize, stats

from dokja.errors import MissingDependencyError
from dokja.programme.votes import Ballots, position_effect, strengths


def _ballots(
    n: int, n_teams: int, *, seed: int = 0, voters: int = 40, ties: float = 0.1
) -> Ballots:
    rng = np.random.default_rng(seed)
    worth = np.linspace(1, -1, n_teams)
    left = rng.integers(0, n_teams, n)
    right = (left + rng.integers(1, n_teams, n)) % n_teams
    wins = rng.random(n) < 1 / (1 + np.exp(worth[right] - worth[left]))
    outcome = np.where(rng.random(n) < ties, 0, np.where(wins, 1, -1))
    return Ballots(rng.integers(0, voters, n), left, right, outcome, n_teams)


def _of(*votes: tuple[int, int, int, int], n_teams: int) -> Ballots:
    table = np.array(votes).reshape(-1, 4).T
    return Ballots(table[0], table[1], table[2], table[3], n_teams)


def test_strengths_are_the_maximum_of_the_likelihood() -> None:
    ballots = _ballots(300, 5)
    found = strengths(ballots, np.random.default_rng(0), n_resamples=20).log_strength
    assert found is not None
    share = (ballots.outcome + 1) / 2

    def loss(logs: np.ndarray) -> float:
        gap = logs[ballots.left] - logs[ballots.right]
        return float((np.logaddexp(0, gap) - share * gap).sum()) + float(logs.sum() ** 2)

    best = optimize.minimize(loss, np.zeros(5), tol=1e-10).x
    np.testing.assert_allclose(found, best - best.mean(), atol=1e-4)
    assert found.sum() == pytest.approx(0, abs=1e-9)


def test_two_teams_have_the_odds_of_their_wins() -> None:
    votes = [(voter, 0, 1, 1 if voter < 30 else -1) for voter in range(40)]
    found = strengths(_of(*votes, n_teams=2), np.random.default_rng(0)).log_strength
    assert found is not None
    assert found[0] - found[1] == pytest.approx(np.log(3), abs=1e-6)


def test_sides_do_not_matter_and_ties_are_ties() -> None:
    ballots = _ballots(200, 4)
    swapped = Ballots(ballots.voter, ballots.right, ballots.left, -ballots.outcome, ballots.n_teams)
    one = strengths(ballots, np.random.default_rng(1), n_resamples=30)
    other = strengths(swapped, np.random.default_rng(1), n_resamples=30)
    np.testing.assert_allclose(one.log_strength, other.log_strength, atol=1e-7)
    np.testing.assert_allclose(one.low, other.low, atol=1e-7)
    even = [(voter, 0, 1, 1 if voter % 2 else -1) for voter in range(20)]
    tied = strengths(_of(*even, n_teams=2), np.random.default_rng(0))
    assert (tied.best_place.tolist(), tied.worst_place.tolist()) == ([1, 1], [2, 2])


def test_groups_that_never_met_have_no_strengths() -> None:
    found = strengths(_of((0, 0, 1, 1), (1, 2, 3, 0), n_teams=5), np.random.default_rng(0))
    assert found.log_strength is None
    assert found.separate == ((0, 1), (2, 3), (4,))
    assert np.isnan(found.low).all()
    assert found.worst_place.tolist() == [5] * 5


def test_an_unbeaten_group_has_no_strength_and_stands_first() -> None:
    votes = [(0, 2, 0, 1), (1, 2, 1, 1), (2, 0, 1, 1), (3, 1, 0, 1)]
    found = strengths(_of(*votes, n_teams=3), np.random.default_rng(0))
    assert found.log_strength is None
    assert found.separate == ((0, 1, 2),)
    assert found.tiers == ((2,), (0, 1))


def test_one_defeat_makes_a_lead_finite_but_not_its_interval() -> None:
    votes = [(voter, 0, 1, 1) for voter in range(9)] + [(9, 1, 0, 1)]
    found = strengths(_of(*votes, n_teams=2), np.random.default_rng(0))
    assert found.log_strength is not None
    assert 0.25 < found.unbounded_share < 0.45  # (1 - 1/10)**10 is 0.349
    assert np.isnan(found.high[0])
    assert np.isnan(found.low[0])


def test_voters_are_drawn_not_votes() -> None:
    """One voter's thousand votes are one opinion: as uncertain as that voter's single vote."""
    few = [(voter, 0, 1, 1 if voter % 3 else -1) for voter in range(60)]
    many = few * 20
    one = strengths(_of(*few, n_teams=2), np.random.default_rng(0), n_resamples=200)
    other = strengths(_of(*many, n_teams=2), np.random.default_rng(0), n_resamples=200)
    np.testing.assert_allclose(one.low, other.low, atol=1e-6)
    np.testing.assert_allclose(one.high, other.high, atol=1e-6)


def test_a_single_voter_gives_strengths_without_intervals() -> None:
    found = strengths(_of((0, 0, 1, 1), (0, 1, 0, 1), n_teams=2), np.random.default_rng(0))
    assert found.log_strength is not None
    assert np.isnan(found.low).all()
    assert found.unbounded_share == 1.0


def test_intervals_hold_the_truth() -> None:
    truth = np.linspace(1, -1, 4)
    held = 0
    for seed in range(25):
        found = strengths(
            _ballots(400, 4, seed=seed, voters=200, ties=0.0),
            np.random.default_rng(seed),
            n_resamples=120,
            level=0.9,
        )
        held += int(((found.low <= truth) & (truth <= found.high)).sum())
    # A hundred dependent chances at 0.9.
    assert 0.82 <= held / 100 <= 0.98


def test_first_shown_is_tested_as_a_coin() -> None:
    votes = [(voter, voter % 2, 1 - voter % 2, 1 if voter < 15 else -1) for voter in range(20)]
    found = position_effect(_of(*votes, (20, 0, 1, 0), n_teams=2))
    assert found is not None
    assert found[:2] == (15, 20)
    assert found[2] == pytest.approx(stats.binomtest(15, 20).pvalue)
    even = position_effect(_of((0, 0, 1, 1), (0, 0, 1, -1), n_teams=2))
    assert even == (1, 2, 1.0)
    assert position_effect(_of((0, 0, 1, 0), n_teams=2)) is None


def test_without_votes_nothing_is_said() -> None:
    found = strengths(_of(n_teams=2), np.random.default_rng(0))
    assert found.log_strength is None
    assert found.separate == ((0,), (1,))


def test_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "evalica", None)
    with pytest.raises(MissingDependencyError, match="evalica") as caught:
        strengths(_ballots(50, 2), np.random.default_rng(0))
    assert "dokja[programme]" in caught.value.hint


def test_wrong_votes_are_refused() -> None:
    with pytest.raises(ValueError, match="itself"):
        _of((0, 1, 1, 1), n_teams=2)
    with pytest.raises(ValueError, match="not there"):
        _of((0, 0, 2, 1), n_teams=2)
    with pytest.raises(ValueError, match="votes"):
        Ballots(np.zeros(1), np.zeros(2), np.ones(2), np.ones(2), 2)
    with pytest.raises(ValueError, match="between 0 and 1"):
        strengths(_ballots(10, 2), np.random.default_rng(0), level=2.0)
