"""What kind of step lies between two that are kin, and which of them it says is the later one.

Pure predicates on stored evidence. The module words nothing and chooses no relation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from dokja.document.audit import Grid, StepsEvidence
    from dokja.policy.policy import Thresholds

__all__ = [
    "direction_of_step",
    "frozen_layers",
    "is_low_rank",
    "is_noise",
    "later_by_grid",
    "pruned_side",
]

Side = Literal["subject", "reference"]
NEAR_BASE = 0.35
"""Share of a step of low rank that the one it was added to may seem to bear."""
ZERO_RATIO = 4.0
SMALLEST = 0.9


def is_low_rank(item: StepsEvidence, thresholds: Thresholds) -> bool:
    """Say whether the change is of low rank in nearly all matrices that changed.

    Parameters
    ----------
    item
        The evidence.
    thresholds
        Of the policy.

    Returns
    -------
    bool
        True as after a low-rank adapter (LoRA) was merged.
    """
    return item.low_rank_share is not None and item.low_rank_share >= thresholds.min_step_share


def later_by_grid(item: StepsEvidence, thresholds: Thresholds) -> tuple[Side, Grid] | None:
    """Say which side was quantised, and to what.

    Parameters
    ----------
    item
        The evidence.
    thresholds
        Of the policy.

    Returns
    -------
    tuple or None
        None where neither side, or both, lie on a lattice.
    """
    grids: dict[Side, Grid | None] = {
        "subject": item.subject_grid,
        "reference": item.reference_grid,
    }
    found = [
        (side, grid)
        for side, grid in grids.items()
        if grid is not None and grid.share >= thresholds.min_step_share
    ]
    return found[0] if len(found) == 1 else None


def pruned_side(item: StepsEvidence, thresholds: Thresholds) -> Side | None:
    """Say which side had its smallest weights set to zero.

    Parameters
    ----------
    item
        The evidence.
    thresholds
        Of the policy.

    Returns
    -------
    str or None
        None where zeros are few, in both, or not the smallest; or where rounding to a lattice
        made them.
    """
    ours, theirs = item.zero_share or 0.0, item.reference_zero_share or 0.0
    most, least = max(ours, theirs), min(ours, theirs)
    if most < thresholds.min_zero_share or most < ZERO_RATIO * least:
        return None
    side: Side = "subject" if ours > theirs else "reference"
    grid = item.subject_grid if side == "subject" else item.reference_grid
    return side if grid is None else None


def is_noise(item: StepsEvidence, thresholds: Thresholds) -> bool:
    """Say whether the change looks like noise: white, and as large in every matrix.

    Parameters
    ----------
    item
        The evidence.
    thresholds
        Of the policy.

    Returns
    -------
    bool
        False where rounding, a lattice or zeros explain it, which leave white changes too.
    """
    white, spread, rounding = item.white_ratio, item.spread, item.rounding_share
    if white is None or spread is None or item.subject_grid or item.reference_grid:
        return False
    if pruned_side(item, thresholds) is not None or (rounding or 0.0) >= 0.5:
        return False
    return white <= thresholds.max_white_ratio and spread <= thresholds.max_white_spread


def frozen_layers(item: StepsEvidence) -> tuple[int, ...]:
    """Return the layers that stayed as they were while others changed.

    Parameters
    ----------
    item
        The evidence.

    Returns
    -------
    tuple of int
        Empty where all or none did.
    """
    some = 0 < len(item.frozen_layers) < item.n_layers
    return item.frozen_layers if some else ()


def direction_of_step(item: StepsEvidence, thresholds: Thresholds) -> Side | None:
    """Say which of the two the step makes the later one; weaker evidence than kinship itself.

    Parameters
    ----------
    item
        The evidence.
    thresholds
        Of the policy.

    Returns
    -------
    str or None
        The side that was quantised or pruned, or that a change of low rank was added to.
    """
    grid = later_by_grid(item, thresholds)
    if grid is not None:
        return grid[0]
    pruned = pruned_side(item, thresholds)
    smallest = item.zeros_smallest is not None and item.zeros_smallest >= SMALLEST
    if pruned is not None and smallest:
        return pruned
    return _by_low_rank(item) if is_low_rank(item, thresholds) else None


def _by_low_rank(item: StepsEvidence) -> Side | None:
    if item.carried_low is None or item.carried_high is None:
        return None
    if abs(item.carried_low) <= NEAR_BASE and abs(item.carried_high) <= NEAR_BASE:
        return "subject"
    if abs(item.carried_low - 1.0) <= NEAR_BASE and abs(item.carried_high - 1.0) <= NEAR_BASE:
        return "reference"
    return None
