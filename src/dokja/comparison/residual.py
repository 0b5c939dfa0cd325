"""Hidden units of what is left of a subject when other references' part in it is taken away.

Null hypothesis: the reference's hidden units, renumbered at random within each group, would agree
as well with what is left. The module refuses to choose what is taken away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dokja.comparison.neighbours import match_groups
from dokja.comparison.units import add, comparable, off_map_cosine, off_map_pairs
from dokja.numerics.relabelling import in_place_log10_p
from dokja.numerics.residual import taken_away

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dokja.comparison.collect import GroupFeatures
    from dokja.comparison.units import GroupPair

__all__ = ["NOTHING_TAKEN", "Leftover", "units_left"]

MAX_TAKEN = 6
"""References that are taken away; each costs one direction of every unit."""
MAX_ALIKE = 16
"""Groups by which a reference is asked whether it is kin of what is taken away."""
KIN_LOG10_P = -3.0


@dataclass(frozen=True, slots=True)
class Leftover:
    """What was found in place in what is left; no p-value where nothing could be tested."""

    taken_away: tuple[str, ...] = ()
    log10_p: float | None = None
    statistic: int = 0
    expected: float = 0.0
    n_units: int = 0
    in_place_share: float = 0.0
    in_place_cosine: float | None = None
    off_map_cosine: float | None = None


NOTHING_TAKEN = Leftover()


def units_left(pairs: Sequence[GroupPair], others: Mapping[str, Sequence[GroupPair]]) -> Leftover:
    """Count units in place between a reference and what others leave of the subject.

    Parameters
    ----------
    pairs
        Groups of the subject and of the reference.
    others
        By name, groups of the subject and of the references that are taken away, the largest
        part first; the subject's are the same arrays.

    Returns
    -------
    Leftover
        Without a p-value where the reference is kin of what is taken away, so that its numbers are
        not exchangeable given the others, or where there is no group.

    Notes
    -----
    Given the subject and the others, the reference's units relabelled were equally likely, for a
    reference made independently of all of them; what is taken away is a function of the subject
    and the others alone. So the bound of `dokja.comparison.units` holds as it stands. Giving the
    test up where the reference is seen to be kin of the others can only lower the rate of false
    findings. Cost: that of the test on units, and one product with every other reference.
    """
    by_place = {
        name: {id(ours): theirs for ours, theirs in held}
        for name, held in list(others.items())[:MAX_TAKEN]
    }
    joined = []
    for ours, theirs in pairs:
        away = [held[id(ours)] for held in by_place.values() if id(ours) in held]
        if away:
            joined.append((ours, theirs, away))
    if not joined or _is_kin(joined):
        return NOTHING_TAKEN
    left = [(_left(ours, away), theirs) for ours, theirs, away in joined]
    matches = [match_groups(*pair) for pair in left]
    total = add(matches)
    # Fixed draws: the control has no part in the p-value, and the figures must not change.
    off = off_map_pairs(left, np.random.default_rng(0))
    return Leftover(
        taken_away=tuple(by_place),
        log10_p=in_place_log10_p(total.n_in_place, total.expected),
        statistic=total.n_in_place,
        expected=total.expected,
        n_units=total.n,
        in_place_share=total.n_in_place / total.n if total.n else 0.0,
        in_place_cosine=total.mean_cosine,
        off_map_cosine=off_map_cosine(off),
    )


_Joined = tuple["GroupFeatures", "GroupFeatures", list["GroupFeatures"]]


def _is_kin(joined: Sequence[_Joined]) -> bool:
    kept = joined[:: max(1, -(-len(joined) // MAX_ALIKE))]
    for place in range(max(len(away) for _, _, away in kept)):
        pairs = [
            (away[place], theirs)
            for _, theirs, away in kept
            if place < len(away) and comparable(away[place], theirs)
        ]
        total = add(match_groups(*pair) for pair in pairs)
        if total.n and in_place_log10_p(total.n_in_place, total.expected) <= KIN_LOG10_P:
            return True
    return False


def _left(ours: GroupFeatures, away: Sequence[GroupFeatures]) -> GroupFeatures:
    kept = [theirs.features for theirs in away if comparable(ours, theirs)]
    return replace(ours, features=taken_away(ours.features, kept))
