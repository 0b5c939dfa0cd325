"""What stands where the reference has it: units, order and channels, as the index tests tell.

Knows floors of effect and corrected p-values; which relation follows is none of its business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.document.audit import (
    LayerSearchEvidence,
    OrderEvidence,
    SwapEvidence,
    UnitsEvidence,
)

if TYPE_CHECKING:
    from dokja.policy.facts import Facts
    from dokja.policy.policy import Thresholds

__all__ = ["InPlace", "embedding_pearson", "in_place"]

_ALIKE = 0.25
"""What units of strangers may reach where nothing measures it: half of the mark of identity."""


@dataclass(frozen=True, slots=True)
class InPlace:
    """What the index tests say together."""

    layers: bool
    """Units or order, beyond chance and above the effect floor."""
    channels: bool
    """Residual channels, beyond chance and above the effect floor."""
    order_only: bool
    """Beyond chance, but the units found are no more alike than assignment makes strangers."""


def in_place(facts: Facts, thresholds: Thresholds) -> InPlace:
    """Take together the tests that go by the numbers of units and channels.

    Parameters
    ----------
    facts
        The evidence and its corrected p-values.
    thresholds
        Of the policy.

    Returns
    -------
    InPlace
        What stands where the reference has it.
    """
    strong, weak = False, False
    for item in (
        facts.get(UnitsEvidence),
        facts.get(LayerSearchEvidence),
        facts.get(OrderEvidence),
    ):
        if item is None or facts.corrected[item.kind] > thresholds.max_log10_p:
            continue
        if _above_floor(item, thresholds):
            strong = True
        else:
            weak = True
    swap = facts.get(SwapEvidence)
    channels = swap is not None and facts.corrected[swap.kind] <= thresholds.max_log10_p
    # Strangers re-ordered to fit have channels in place as well, but far fainter ones.
    loud = (
        swap is not None
        and channels
        and (
            swap.effect >= thresholds.min_swap_effect
            or embedding_pearson(facts) >= thresholds.min_basis_pearson
        )
    )
    return InPlace(layers=strong, channels=loud, order_only=weak or channels)


def _above_floor(
    item: UnitsEvidence | LayerSearchEvidence | OrderEvidence, thresholds: Thresholds
) -> bool:
    if isinstance(item, OrderEvidence):
        share = item.longest / item.n_units if item.n_units else 0.0
        cosine = item.mean_cosine
    else:
        share, cosine = item.in_place_share, item.in_place_cosine
    if share < thresholds.min_in_place_share or cosine is None:
        return False
    off_map = item.off_map_cosine if item.off_map_cosine is not None else _ALIKE
    if isinstance(item, UnitsEvidence) and not item.off_map_expected:
        # Without unmapped layers, what units reach in other coordinates may be too little.
        off_map = max(off_map, _ALIKE)
    return cosine >= thresholds.min_cosine_ratio * off_map


def embedding_pearson(facts: Facts) -> float:
    """Give how alike the embeddings are.

    Parameters
    ----------
    facts
        The evidence.

    Returns
    -------
    float
        The weighted Pearson of their rows; 0, which passes no floor, where none are compared.
    """
    found = [role.pearson.weighted for role in facts.result.by_role if role.role == "embedding"]
    return max((value for value in found if value is not None), default=0.0)
