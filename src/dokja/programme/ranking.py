"""Who stands above whom, as far as that is known, and the ranks that follow.

The module knows comparisons with unknowns in them, never gates or places.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.document.number import Known
from dokja.programme.bounds import ends
from dokja.programme.published import Published
from dokja.programme.rounding import settled

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from dokja.document.round import RoundFile
    from dokja.programme.standing import Score

__all__ = ["Order", "Rank", "rank"]


@dataclass(frozen=True, slots=True)
class Rank:
    """A rank, or the ranks that what is known allows."""

    low: int
    high: int
    tied_with: tuple[str, ...]

    @property
    def exact(self) -> int | None:
        """The rank, if only one is possible."""
        return self.low if self.low == self.high else None


class Order:
    """Comparisons of totals that hold whatever the unknown figures are.

    Parameters
    ----------
    found
        The round; its accepted facts of order count where totals are unknown.
    scores
        Points of each team.
    """

    def __init__(self, found: RoundFile, scores: Mapping[str, Score]) -> None:
        self._scores = scores
        self._known = {t for t, score in scores.items() if isinstance(score.total, Known)}
        # Settled once: each team is compared with every other.
        sides = {team: ends(score.total) for team, score in scores.items()}
        self._lows = {team: settled(low) for team, (low, _) in sides.items()}
        self._highs = {team: settled(high) for team, (_, high) in sides.items()}
        self._breaks = found.advance.tie_break if found.advance is not None else ()
        self._told: set[tuple[str, str]] = set()
        for fact in Published(found).orders:
            if fact.of != "total":
                continue
            for place, group in enumerate(fact.groups):
                below = [team for later in fact.groups[place + 1 :] for team in later]
                self._told |= {(high, low) for high in group for low in below}

    def above(self, one: str, other: str) -> bool:
        """Tell whether a team surely has more points than another.

        Parameters
        ----------
        one, other
            Ids of two teams.

        Returns
        -------
        bool
            False where it may be, or may not be.
        """
        if self._both_known(one, other):
            return self._lows[one] > self._highs[other]
        return (one, other) in self._told or self._lows[one] > self._highs[other]

    def not_below(self, one: str, other: str) -> bool:
        """Tell whether a team surely has at least the points of another.

        Parameters
        ----------
        one, other
            Ids of two teams.

        Returns
        -------
        bool
            False where it may have fewer.
        """
        return self.above(one, other) or self._lows[one] >= self._highs[other]

    def tied(self, one: str, other: str) -> bool:
        """Tell whether two teams are known to have the same total.

        Parameters
        ----------
        one, other
            Ids of two teams.

        Returns
        -------
        bool
            True for a team and itself if its total is known.
        """
        return self._both_known(one, other) and self._lows[one] == self._lows[other]

    def goes_before(self, one: str, other: str) -> bool:
        """Tell whether a team surely comes before another where places are given away.

        Parameters
        ----------
        one, other
            Ids of two teams.

        Returns
        -------
        bool
            By total, and between equal totals by the round's tie-break.
        """
        if not self.tied(one, other):
            return self.above(one, other)
        for name in self._breaks:
            mine, theirs = self._scores[one].figure(name), self._scores[other].figure(name)
            if not (isinstance(mine, Known) and isinstance(theirs, Known)):
                return False
            first, second = settled(mine.value), settled(theirs.value)
            if first != second:
                return first > second
        return False

    def _both_known(self, one: str, other: str) -> bool:
        return one in self._known and other in self._known


def rank(order: Order, sure: Sequence[str], maybe: Collection[str] = ()) -> dict[str, Rank]:
    """Rank teams; equal totals share the better rank, and the next ranks are left out.

    Parameters
    ----------
    order
        Comparisons.
    sure
        Teams that are ranked.
    maybe
        Teams of which it is open whether they are ranked.

    Returns
    -------
    dict
        Rank of each team of both.
    """
    ranks = {}
    everyone = [*sure, *maybe]
    for team in everyone:
        others = [other for other in everyone if other != team]
        low = 1 + sum(order.above(other, team) for other in others if other in sure)
        high = 1 + sum(not order.not_below(team, other) for other in others)
        tied = tuple(other for other in others if order.tied(team, other))
        ranks[team] = Rank(low, high, tied)
    return ranks
