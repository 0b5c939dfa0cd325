"""What gains and matrices kept of one another, read off the retention evidence.

The module compares slopes with thresholds; which relation follows from that it leaves to others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dokja.document.audit import RetentionEvidence
    from dokja.policy.policy import Thresholds

__all__ = ["below", "effectively_retained", "gains_left", "kept"]

MAX_GAIN_VARIANCES = 10.0
"""Variance of one side's gains over the other's, up to which both were learnt and none reset."""


def kept(low: float | None, slope: float | None, thresholds: Thresholds) -> bool:
    """Whether gains were kept as well as matrices, and those well enough to say so.

    Parameters
    ----------
    low
        Lower limit of the ratio of slopes.
    slope
        Slope of the matrices in the same direction.
    thresholds
        Of the policy.

    Returns
    -------
    bool
        False where either is unknown.
    """
    # Twins that saw the same data learn like gains: where little of the matrices is left, gains
    # kept as well as those prove nothing.
    if low is None or slope is None:
        return False
    return low > thresholds.derived_ratio and slope >= thresholds.min_derived_slope


def below(high: float | None, reverse_high: float | None, threshold: float) -> bool:
    """Whether a ratio of slopes lies below a threshold in both directions.

    Parameters
    ----------
    high, reverse_high
        The ratio, or its upper limit, in each direction.
    threshold
        The threshold.

    Returns
    -------
    bool
        False where either is unknown.
    """
    if high is None or reverse_high is None:
        return False
    return high < threshold and reverse_high < threshold


def gains_left(retention: RetentionEvidence | None, thresholds: Thresholds) -> bool:
    """Whether gains clearly kept less than matrices did, in both directions, as in twin starts.

    Parameters
    ----------
    retention
        The evidence, if there is any.
    thresholds
        Of the policy.

    Returns
    -------
    bool
        False where it is unknown.
    """
    if retention is None or effectively_retained(retention, thresholds):
        return False
    points = retention.ratio, retention.reverse_ratio
    highs = retention.ratio_high, retention.reverse_ratio_high
    return below(*points, thresholds.shared_init_ratio) and below(*highs, 1.0)


def effectively_retained(retention: RetentionEvidence, thresholds: Thresholds) -> bool:
    """Whether gains were kept together with the matrices behind them, one side's folded away.

    Parameters
    ----------
    retention
        The evidence.
    thresholds
        Of the policy.

    Returns
    -------
    bool
        False where it is unknown.
    """
    gains, matrices = retention.effective_gain_pearson, retention.matrix_pearson
    if gains is None or matrices is None or matrices <= 0.0 or not _one_reset(retention):
        return False
    return gains >= thresholds.effective_gain_ratio * matrices


def _one_reset(retention: RetentionEvidence) -> bool:
    """Whether one side's gains lie so much closer together that they may have been folded away.

    Where both sides have learnt gains of their own, effective gains say no more than the matrices
    in them do, which twins that hardly left their start share.
    """
    slopes = retention.gain_slope, retention.reverse_gain_slope
    forward, reverse = (abs(slope) if slope is not None else 0.0 for slope in slopes)
    smaller, larger = sorted((forward, reverse))
    # Their quotient is that of the variances.
    return smaller * MAX_GAIN_VARIANCES <= larger
