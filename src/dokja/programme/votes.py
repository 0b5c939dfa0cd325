"""Strengths from pairwise votes, by Bradley and Terry, with intervals from drawing voters anew.

The module knows who was preferred to whom by which voter, never why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from dokja.errors import MissingDependencyError
from dokja.programme.bootstrap import drawn_panels, place_ranges

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Ballots", "Strengths", "position_effect", "strengths"]

_TOLERANCE: Final = 1e-10
_MOST_STEPS: Final = 20_000
_TIE: Final = 1e-6
"""Strengths closer than this are tied; the solver stops well below it."""


@dataclass(frozen=True, slots=True)
class Ballots:
    """Votes as numbers, one entry of each array a vote."""

    voter: NDArray[np.int64]
    left: NDArray[np.int64]
    """Team that was shown first or on the left."""
    right: NDArray[np.int64]
    outcome: NDArray[np.int64]
    """1 for the left, -1 for the right, 0 for a tie."""
    n_teams: int

    def __post_init__(self) -> None:
        sizes = {len(self.voter), len(self.left), len(self.right), len(self.outcome)}
        if len(sizes) != 1:
            raise ValueError(f"arrays of {sorted(sizes)} votes")
        if np.any(self.left == self.right):
            raise ValueError("a vote between a team and itself")
        for teams in (self.left, self.right):
            if len(teams) and (teams.min() < 0 or teams.max() >= self.n_teams):
                raise ValueError("a vote for a team that is not there")


@dataclass(frozen=True, slots=True)
class Strengths:
    """What the votes say; either strengths, or why there are none."""

    log_strength: NDArray[np.float64] | None
    """Natural logarithm, mean zero; half the votes for each where two are equal. None where
    the votes leave some strength without a bound."""
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    """Ends of the intervals; not a number where an interval has no such end."""
    best_place: NDArray[np.int64]
    worst_place: NDArray[np.int64]
    """Range of places, over the drawn panels at the level of the intervals."""
    separate: tuple[tuple[int, ...], ...]
    """Groups that no vote connects, if there are several."""
    tiers: tuple[tuple[int, ...], ...]
    """Groups within which everyone is reached by wins from everyone, an unbeaten group before
    those it beat; one group if strengths exist."""
    unbounded_share: float
    """Share of the drawn panels in which some strength has no bound."""
    n_voters: int


def strengths(
    ballots: Ballots,
    rng: np.random.Generator,
    *,
    n_resamples: int = 1000,
    level: float = 0.95,
) -> Strengths:
    """Fit the Bradley-Terry model, a tie counting half a win for each.

    Parameters
    ----------
    ballots
        The votes.
    rng
        Source of the drawn panels of voters.
    n_resamples
        How many panels to draw.
    level
        Share of the intervals that hold the truth.

    Returns
    -------
    Strengths
        Without strengths where teams fall into groups that were never compared, or where a
        group never lost to another: its lead is then without bound, and no number says it.

    Raises
    ------
    MissingDependencyError
        If evalica is not installed.

    Notes
    -----
    A team is preferred to another with odds that are the ratio of their strengths. A finite
    maximum of the likelihood exists just where every team is reached from every other along
    wins; that is checked before fitting, in every drawn panel too. A panel without it counts as
    beyond every bound on both sides, so that an interval either covers it or has no end.

    Voters are drawn, not votes, because votes of one voter belong together.

    References
    ----------
    Bradley, R. A. and Terry, M. E. (1952). Rank analysis of incomplete block designs. Biometrika
    39, 324-345. https://doi.org/10.2307/2334029

    Ford, L. R. (1957). Solution of a ranking problem from binary comparisons. The American
    Mathematical Monthly 64, 28-33. https://doi.org/10.1080/00029890.1957.11989117
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"a level of {level} is not between 0 and 1")
    fit = _Fit(ballots)
    n_voters = fit.n_voters
    separate, tiers = _groups(fit.wins(np.ones(n_voters, dtype=np.int64)))
    teams = ballots.n_teams
    nothing = np.full(teams, np.nan)
    if len(tiers) > 1 or not len(ballots.voter):
        # How sure an order is cannot be said without strengths: any place is possible.
        best, worst = np.ones(teams, dtype=np.int64), np.full(teams, teams, dtype=np.int64)
        return Strengths(None, nothing, nothing, best, worst, separate, tiers, 1.0, n_voters)
    observed = fit.log_strengths(np.ones(n_voters, dtype=np.int64))
    drawn = np.full((n_resamples, teams), np.nan)
    if n_voters > 1:
        for index, times in enumerate(drawn_panels(n_voters, n_resamples, rng)):
            drawn[index] = fit.log_strengths(times)
    unbounded = np.isnan(drawn).any(axis=1)
    low, high = _ends(drawn, unbounded, level)
    best, worst = _places(drawn, unbounded, level)
    share = float(unbounded.mean()) if n_resamples else 1.0
    return Strengths(observed, low, high, best, worst, separate, tiers, share, n_voters)


def position_effect(ballots: Ballots) -> tuple[int, int, float] | None:
    """Test whether the team that is shown first wins more often.

    Parameters
    ----------
    ballots
        The votes.

    Returns
    -------
    tuple or None
        Wins of the first, decided votes, and the two-sided exact p-value; None where no vote
        was decided.

    Notes
    -----
    Null hypothesis: which of the two is shown first was drawn at random for each vote and does
    not matter. Then each decided vote is a fair coin, whatever the strengths and the voters. The
    test is not valid where somebody chose the sides.
    """
    from scipy.special import bdtr  # noqa: PLC0415 - a fifth of a second at import

    decided = int((ballots.outcome != 0).sum())
    if not decided:
        return None
    first = int((ballots.outcome > 0).sum())
    tail = float(bdtr(min(first, decided - first), decided, 0.5))
    return first, decided, min(1.0, 2.0 * tail)


class _Fit:
    """Votes condensed to their kinds, so that a drawn panel only changes weights."""

    def __init__(self, ballots: Ballots) -> None:
        voters, voter = np.unique(ballots.voter, return_inverse=True)
        swapped = ballots.outcome < 0
        winner = np.where(swapped, ballots.right, ballots.left)
        loser = np.where(swapped, ballots.left, ballots.right)
        kinds, kind = np.unique(
            np.stack([winner, loser, ballots.outcome == 0]), axis=1, return_inverse=True
        )
        self.n_voters = len(voters)
        self.n_teams = ballots.n_teams
        self.winner, self.loser, self.tied = kinds.astype(np.int64)
        self.by_voter = np.zeros((len(voters), kinds.shape[1]))
        np.add.at(self.by_voter, (voter, kind.ravel()), 1.0)

    def wins(self, times: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Who won against whom at least half a time, given how often each voter counts."""
        held = (times @ self.by_voter) > 0
        table = np.zeros((self.n_teams, self.n_teams), dtype=np.bool_)
        table[self.winner[held], self.loser[held]] = True
        both = held & (self.tied == 1)
        table[self.loser[both], self.winner[both]] = True
        return table

    def log_strengths(self, times: NDArray[np.int64]) -> NDArray[np.float64]:
        """Fit; not a number for all where the fit has no bound."""
        if _n_strong(self.wins(times)) > 1:
            return np.full(self.n_teams, np.nan)
        weights = times @ self.by_voter
        held = weights > 0
        evalica = _evalica()
        outcomes = (evalica.Winner.X, evalica.Winner.Draw)
        result = evalica.bradley_terry(
            self.winner[held].tolist(),
            self.loser[held].tolist(),
            [outcomes[int(tied)] for tied in self.tied[held]],
            weights=weights[held].tolist(),
            tolerance=_TOLERANCE,
            limit=_MOST_STEPS,
        )
        logs = np.log(result.scores.sort_index().to_numpy(dtype=np.float64))
        if len(logs) != self.n_teams or not np.isfinite(logs).all():
            return np.full(self.n_teams, np.nan)
        centred: NDArray[np.float64] = logs - logs.mean()
        return centred


def _evalica() -> Any:  # noqa: ANN401 - a module without types
    try:
        import evalica  # noqa: PLC0415 - brings pandas, most of a second
    except ImportError:
        raise MissingDependencyError(
            "strengths from pairwise votes need evalica, which is not installed",
            hint="Install it with: pip install 'dokja[programme]'",
        ) from None
    return evalica


def _n_strong(wins: NDArray[np.bool_]) -> int:
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - slow to import

    return int(connected_components(wins, connection="strong", return_labels=False))


def _groups(
    wins: NDArray[np.bool_],
) -> tuple[tuple[tuple[int, ...], ...], tuple[tuple[int, ...], ...]]:
    """Return groups that no vote connects, and groups of mutual wins, unbeaten ones first."""
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - slow to import

    _, weak = connected_components(wins, connection="weak")
    n_strong, strong = connected_components(wins, connection="strong")
    above = np.zeros((n_strong, n_strong), dtype=np.bool_)
    winner, loser = np.nonzero(wins)
    above[strong[winner], strong[loser]] = True
    np.fill_diagonal(above, val=False)
    order: list[int] = []
    left = set(range(n_strong))
    members = {group: tuple(np.flatnonzero(strong == group).tolist()) for group in left}
    while left:
        unbeaten = [group for group in left if not any(above[other, group] for other in left)]
        group = min(unbeaten, key=lambda one: members[one])
        order.append(group)
        left.remove(group)
    return (
        tuple(tuple(np.flatnonzero(weak == group).tolist()) for group in range(weak.max() + 1)),
        tuple(members[group] for group in order),
    )


def _ends(
    drawn: NDArray[np.float64], unbounded: NDArray[np.bool_], level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    tail = (1.0 - level) / 2.0
    # Order statistics, since one does not average with infinity.
    low = np.quantile(np.where(unbounded[:, None], -np.inf, drawn), tail, axis=0, method="lower")
    high = np.quantile(
        np.where(unbounded[:, None], np.inf, drawn), 1.0 - tail, axis=0, method="higher"
    )
    return np.where(np.isinf(low), np.nan, low), np.where(np.isinf(high), np.nan, high)


def _places(
    drawn: NDArray[np.float64], unbounded: NDArray[np.bool_], level: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    n_teams = drawn.shape[1]
    best, worst = place_ranges(np.round(drawn / _TIE) * _TIE)
    best[unbounded], worst[unbounded] = 1, n_teams
    tail = (1.0 - level) / 2.0
    return (
        np.quantile(best, tail, axis=0, method="lower").astype(np.int64),
        np.quantile(worst, 1.0 - tail, axis=0, method="higher").astype(np.int64),
    )
