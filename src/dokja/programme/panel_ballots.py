"""The part of a panel's report that its pairwise votes fill.

The module knows ballots and teams by name, never the model behind the strengths.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from dokja.document.panel import StrengthFigures, VoteFigures
from dokja.programme.panel_words import vote_sentences
from dokja.programme.votes import Ballots, position_effect, strengths

if TYPE_CHECKING:
    from dokja.document.panel import PanelFile

__all__ = ["vote_figures"]

_OUTCOMES: Final = {"left": 1, "right": -1, "tie": 0}


def vote_figures(
    panel: PanelFile, rng: np.random.Generator, *, n_resamples: int, level: float
) -> VoteFigures | None:
    """Return what the pairwise votes of a panel say.

    Parameters
    ----------
    panel
        A panel whose parts fit together.
    rng
        Source of the drawn panels of voters.
    n_resamples
        How many to draw.
    level
        Share of the intervals that hold the truth.

    Returns
    -------
    VoteFigures or None
        None where there are no votes.

    Raises
    ------
    MissingDependencyError
        If evalica is not installed.
    """
    barred = {
        (rater.id, team)
        for rater in panel.raters
        for conflict in rater.conflicts
        for team in (panel.teams if conflict.team is None else (conflict.team,))
    }
    counted = [
        one for one in panel.ballots if not {(one.voter, one.left), (one.voter, one.right)} & barred
    ]
    if not counted:
        return None
    team = {name: number for number, name in enumerate(panel.teams)}
    voter = {name: number for number, name in enumerate(sorted({one.voter for one in counted}))}
    ballots = Ballots(
        voter=np.array([voter[one.voter] for one in counted]),
        left=np.array([team[one.left] for one in counted]),
        right=np.array([team[one.right] for one in counted]),
        outcome=np.array([_OUTCOMES[one.outcome] for one in counted]),
        n_teams=len(team),
    )
    found = strengths(ballots, rng, n_resamples=n_resamples, level=level)
    sides = position_effect(ballots)
    held = Counter(name for one in counted for name in (one.left, one.right))

    def named(groups: tuple[tuple[int, ...], ...]) -> list[list[str]]:
        return [[panel.teams[number] for number in group] for group in groups]

    return VoteFigures(
        n_votes=len(counted),
        n_voters=found.n_voters,
        level=level,
        strengths=tuple(
            StrengthFigures(
                team=name,
                n_votes=held[name],
                log_strength=(
                    None if found.log_strength is None else float(found.log_strength[number])
                ),
                low=_or_none(found.low[number]),
                high=_or_none(found.high[number]),
                rank_low=int(found.best_place[number]),
                rank_high=int(found.worst_place[number]),
            )
            for name, number in team.items()
        ),
        unbounded_share=found.unbounded_share,
        first_won=sides[0] if sides else 0,
        decided=sides[1] if sides else 0,
        first_p_value=sides[2] if sides and panel.blinding.order == "randomised" else None,
        sentences=vote_sentences(named(found.separate), named(found.tiers)),
    )


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
