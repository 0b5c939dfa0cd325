"""What evidence says of a mixture: whether a reference is a part of one, and how it was mixed.

Pure predicates on stored evidence. The module chooses no relation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.document.audit import MixtureEvidence

if TYPE_CHECKING:
    from dokja.policy.facts import Facts
    from dokja.policy.policy import Thresholds

__all__ = [
    "COLLINEAR",
    "MixedBy",
    "is_part_of_mixture",
    "is_taken_over",
    "mixed_by",
    "part_of_mixture",
]

COLLINEAR = 30.0
"""Condition number from which references stand in for one another."""
MAX_SHARE = 0.97
"""Of the sum of all weights, above which there is one parent and no mixture."""
MAX_WEIGHT = 1.1
MIN_WEIGHT = -0.05
"""Weights outside of these: the subject lies beyond its references, not between them."""
SPARSE = 0.2
LARGEST = 0.75
CHANCE = 0.65
NEAR = 0.03


@dataclass(frozen=True, slots=True)
class MixedBy:
    """How it was mixed, by a key of the words, as far as it can be seen; and the base, if any."""

    key: str
    base: str | None = None


def part_of_mixture(facts: Facts, thresholds: Thresholds) -> MixtureEvidence | None:
    """Return the evidence that a reference is one of several parts of a subject.

    Parameters
    ----------
    facts
        Evidence on a component and a reference.
    thresholds
        Of the policy.

    Returns
    -------
    MixtureEvidence or None
        None unless its weight is above the floor with its whole interval, no weight lies outside of
        what a mixture can have, and either the units of what others leave of the subject stand in
        this one's places with gains kept as well as matrices, or this one explains nearly all that
        the others leave, and nearly nothing is left, or so many weights took over its change by one
        factor that no training of its own explains them.
    """
    item = facts.get(MixtureEvidence)
    if item is None or item.low is None or item.low < thresholds.min_mixture_weight:
        return None
    if item.weight > MAX_SHARE * item.weight_sum or not _is_between(item):
        return None
    exact = (
        item.added_share >= thresholds.min_added_share
        and item.residual_share <= thresholds.max_mixture_residual
    )
    found = exact or is_taken_over(item, thresholds) or _is_found(facts, item, thresholds)
    return item if found else None


def is_part_of_mixture(facts: Facts, thresholds: Thresholds, *, in_place: bool) -> bool:
    """Say whether a reference is a part of the subject and no stranger that fits by chance.

    Parameters
    ----------
    facts
        Evidence on a component and a reference.
    thresholds
        Of the policy.
    in_place
        Whether units of the reference stand in place in the subject as it is.

    Returns
    -------
    bool
        True where index evidence says so too, on the subject or on what the others leave of it.
    """
    item = part_of_mixture(facts, thresholds)
    return item is not None and (in_place or _is_in_place(facts, item, thresholds))


def is_taken_over(item: MixtureEvidence, thresholds: Thresholds) -> bool:
    """Say whether so many weights took over a reference's change that no own training explains it.

    Parameters
    ----------
    item
        The evidence.
    thresholds
        Of the policy.

    Returns
    -------
    bool
        True where they changed by one factor of it, as after trimming (TIES) or dropping (DARE).
    """
    share = item.one_factor_share
    return share is not None and share >= thresholds.min_one_factor


def _is_between(item: MixtureEvidence) -> bool:
    return item.least_weight >= MIN_WEIGHT and item.largest_weight <= MAX_WEIGHT


def _is_in_place(facts: Facts, item: MixtureEvidence, thresholds: Thresholds) -> bool:
    corrected = facts.corrected.get(item.kind)
    if corrected is None or corrected > thresholds.max_log10_p:
        return False
    if item.in_place_cosine is None or item.in_place_share < thresholds.min_in_place_share:
        return False
    off_map = item.off_map_cosine if item.off_map_cosine is not None else 0.25
    return item.in_place_cosine >= thresholds.min_cosine_ratio * off_map


def _is_found(facts: Facts, item: MixtureEvidence, thresholds: Thresholds) -> bool:
    """Whether the trained model went in, and not only what starts like it."""
    gains = item.gain_ratio_low
    return (
        gains is not None
        and gains > thresholds.derived_ratio
        and _is_in_place(facts, item, thresholds)
    )


def mixed_by(item: MixtureEvidence) -> MixedBy:
    """Name the way a subject was mixed, as far as it can be seen.

    Parameters
    ----------
    item
        The evidence.

    Returns
    -------
    MixedBy
        ``trimmed`` (TIES), ``dropped`` (DARE), ``task``, ``sphere`` (SLERP), ``linear``, or
        ``plain`` where none of them can be told from the others.
    """
    if item.base is not None and (item.change_weight is not None or item.base == item.reference):
        kept = item.kept_largest
        if item.unchanged_share is not None and item.unchanged_share >= SPARSE and kept is not None:
            key = "trimmed" if kept >= LARGEST else "dropped" if kept <= CHANCE else "sparse"
            return MixedBy(key, item.base)
        return MixedBy("task", item.base)
    if abs(item.weight_sum - 1.0) <= NEAR:
        return MixedBy("linear")
    ratio = item.norm_ratio
    if ratio is not None and item.weight_sum > 1.0 and abs(ratio - 1.0) <= NEAR:
        return MixedBy("sphere")
    return MixedBy("plain")
