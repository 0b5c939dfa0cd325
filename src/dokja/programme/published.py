"""The facts of a round that are accepted, found by what they are about.

The module knows marks of confidence and which statement is the stronger, never if it is true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.document.number import CONFIDENCE_ORDER, Known
from dokja.document.round_facts import OrderFact, ScoreFact, TopFact

if TYPE_CHECKING:
    from dokja.document.round import RoundFile

__all__ = ["Published"]


class Published:
    """Accepted facts of a round.

    Parameters
    ----------
    found
        The round; its ``accept`` says which marks count.
    """

    def __init__(self, found: RoundFile) -> None:
        self._scores: dict[tuple[str, str], ScoreFact] = {}
        self._tops: dict[str, TopFact] = {}
        self.orders: list[OrderFact] = []
        accepted = [fact for fact in found.facts if fact.confidence in found.accept]
        # The strongest mark wins, then whichever stands first.
        for fact in sorted(accepted, key=lambda fact: CONFIDENCE_ORDER.index(fact.confidence)):
            if isinstance(fact, ScoreFact):
                self._scores.setdefault((fact.team, fact.of), fact)
            elif isinstance(fact, TopFact):
                self._tops.setdefault(fact.of, fact)
            elif isinstance(fact, OrderFact):
                self.orders.append(fact)

    def score(self, team: str, of: str) -> ScoreFact | None:
        """Return the published points of a team.

        Parameters
        ----------
        team
            Id of the team.
        of
            ``total``, a block, an item, or ``item.sub_item``.

        Returns
        -------
        ScoreFact or None
            None if none are accepted.
        """
        return self._scores.get((team, of))

    def figure(self, team: str, of: str) -> Known | None:
        """Return the published points of a team as a figure.

        Parameters
        ----------
        team
            Id of the team.
        of
            ``total``, a block, an item, or ``item.sub_item``.

        Returns
        -------
        Known or None
            None if none are accepted.
        """
        fact = self.score(team, of)
        if fact is None:
            return None
        return Known(value=fact.value, basis="published", confidence=fact.confidence)

    def top(self, of: str) -> TopFact | None:
        """Return who was published to have most points.

        Parameters
        ----------
        of
            ``total``, a block or an item.

        Returns
        -------
        TopFact or None
            None if nobody was.
        """
        return self._tops.get(of)
