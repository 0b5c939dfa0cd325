"""What evidence says of a disguise: a search that found a copy, signs flipped, gains folded away.

Pure predicates on one piece of evidence each. The module chooses no relation.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dokja.document.audit import ReindexedEvidence, RetentionEvidence
    from dokja.policy.policy import Thresholds

__all__ = ["are_gains_hidden", "is_changed_on_purpose", "is_reindexed"]


def is_reindexed(item: ReindexedEvidence | None, thresholds: Thresholds) -> bool:
    """Say whether enough layers that had no part in the fit agree, and unmapped ones do not.

    Parameters
    ----------
    item
        The search, or None where none was made.
    thresholds
        Of the policy.

    Returns
    -------
    bool
        True for a copy behind a disguise.
    """
    if item is None or not item.layers:
        return False
    controls = [row.off_map_effect for row in item.layers if row.off_map_effect is not None]
    # Half of the controls may be spoilt, as where layers of the reference are each other's copies.
    control = max(median(controls), 0.0) if controls else 0.0
    floor = max(
        thresholds.min_reindexed_effect,
        thresholds.min_reindexed_ratio * max(control, thresholds.widest_stranger_effect),
    )
    found = [
        row.effect >= floor and row.agreeing_share >= thresholds.min_reindexed_share
        for row in item.layers
    ]
    return sum(found) >= thresholds.min_reindexed_layers * len(found)


def is_changed_on_purpose(item: ReindexedEvidence | None, thresholds: Thresholds) -> bool:
    """Say whether units found again were renumbered, flipped or rescaled: no twin start is.

    Parameters
    ----------
    item
        The search, or None where none was made.
    thresholds
        Of the policy.

    Returns
    -------
    bool
        True for numbers, signs or scales that training does not change.
    """
    if item is None or not is_reindexed(item, thresholds):
        return False
    shares = (
        (item.moved_share, thresholds.min_moved),
        (item.flipped_share, thresholds.min_flipped),
        (item.scale_spread, thresholds.min_scale_spread),
    )
    return any(value is not None and value >= limit for value, limit in shares)


def are_gains_hidden(retention: RetentionEvidence | None, thresholds: Thresholds) -> bool:
    """Say whether gains were folded away: kept with the matrices behind them, not by themselves.

    Parameters
    ----------
    retention
        What is kept of gains and matrices, or None.
    thresholds
        Of the policy.

    Returns
    -------
    bool
        True where somebody moved gains into matrices; a twin start has neither.
    """
    if retention is None:
        return False
    plain, effective = retention.gain_factor_spread, retention.effective_factor_spread
    if plain is None or effective is None or plain < thresholds.min_factor_spread:
        return False
    kept = retention.effective_gain_pearson or 0.0
    return effective <= 0.5 * plain and kept >= thresholds.min_hidden_gain
