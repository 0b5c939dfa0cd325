"""Evidence on those that are kin: what a subject was mixed from, and the step from one to another.

The module defines what is stored, as `dokja.document.audit` does; it imports no report.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dokja.document.common import Document
from dokja.document.evidence_base import Count, EvidenceBase, Log10P, Share

__all__ = [
    "ChangeFigures",
    "Grid",
    "HeadsEvidence",
    "MixtureEvidence",
    "MixtureLayer",
    "StepsEvidence",
]


class MixtureLayer(Document):
    """The weight that one layer by itself gives to a reference."""

    layer: int | None
    """Null for what stands outside of layers."""
    weight: float


class MixtureEvidence(EvidenceBase):
    """One reference's part in a combination of all references of an audit."""

    kind: Literal["mixture"] = "mixture"
    beside: tuple[str, ...]
    """The other references in the combination."""
    weight: float
    """Least squares over the matrices of all references together."""
    low: float | None
    high: float | None
    """95 % limits by jackknife over layers."""
    gain_ratio: float | None
    """Weight of the same reference in the norm gains over that in the matrices: about 1 where the
    trained model went in, about 0 where only its random start did. Null where it has no part."""
    gain_ratio_low: float | None
    gain_ratio_high: float | None
    weight_sum: float
    least_weight: float
    largest_weight: float
    """Of all references of the combination."""
    residual_share: Share
    """Share of the subject's spread that the combination leaves."""
    added_share: Share
    """Of what the other references leave, the share this one explains."""
    condition: Annotated[float, Field(ge=0.0)]
    """Ratio of the largest to the smallest singular value of the references: how far they stand in
    for one another."""
    alike: tuple[str, ...]
    """References whose matrices are correlated with this one's."""
    norm_ratio: float | None
    """Length of the combination over the mean length of what went in."""
    layers: tuple[MixtureLayer, ...]
    base: str | None
    """Of references that are each other's kin, the one that changes were added to."""
    change_weight: float | None
    """Weight of this reference minus `base` in the subject minus `base`."""
    change_low: float | None
    change_high: float | None
    unchanged_share: Share | None
    """Weights in which the subject equals `base` although one of the others left it."""
    kept_largest: Share | None
    """Chance that a weight that left `base` is one in which the others left it farther."""
    one_factor: float | None = None
    """Factor by which most weights took over this reference's change from `base`."""
    one_factor_share: Share | None = None
    """Of the weights that both have changed far, those that changed by that factor, beyond what two
    trainings of one base would leave there."""
    taken_away: tuple[str, ...]
    """References whose part was taken away from the subject before the test."""
    log10_p: Log10P | None
    """Exact, for the units of what is left of the subject; null where nothing was taken away, or
    where this reference is kin of what was."""
    statistic: Count
    expected: float
    n_units: Count
    in_place_share: Share
    in_place_cosine: float | None
    off_map_cosine: float | None


class ChangeFigures(Document):
    """How large the change is in one layer, or in the tensors of one group of roles."""

    layer: int | None
    group: str | None
    """One of the two names what is meant; a layer of null with no group is outside of layers."""
    relative_change: float | None
    """Norm of the difference over the norm of the reference."""
    n_parameters: Count
    frozen: bool
    """Whether every value is the same in both."""


class Grid(Document):
    """A lattice of few values, as quantising leaves one."""

    format: Literal["int8", "int4", "nf4", "fp8_e4m3", "fp8_e5m2", "4bit"]
    group: Count
    """Neighbouring inputs that share a scale; 0 for a whole row, or a whole tensor for fp8."""
    share: Share
    """Sampled matrices that lie on it."""
    rounded_share: Share
    """Their values that are the other side's, rounded to the nearest level."""


class HeadsEvidence(EvidenceBase):
    """Attention heads found again by what they compute, whatever their numbers."""

    kind: Literal["heads"] = "heads"
    n_layers: Count
    """Layers looked at."""
    n_heads: Count
    """Query heads of the subject in these."""
    found_share: Share
    """Of these, heads whose circuits are those of a head of the reference."""
    moved_share: Share | None
    """Of the heads found, those that bear another number."""
    cosine: float | None
    """Mean cosine of the circuits of heads found."""
    off_cosine: float | None
    """Mean absolute cosine with all other heads: the control."""
    value_in_place: float | None
    """Mean absolute cosine of value channels of heads found with those of the same number."""
    value_matched: float | None
    """The same with the channels that agree best: near the first where they stand as they were,
    well above where they were renumbered, and low where they were rotated."""


class StepsEvidence(EvidenceBase):
    """What lies between two that are kin: rank, place and kind of the change.

    Read from rows of some matrices; frozen parts and sizes of change from all tensors.
    """

    kind: Literal["steps"] = "steps"
    n_matrices: Count
    """Matrices of which rows were read."""
    n_changed: Count
    """Of these, those that differ at all."""
    frozen_share: Share
    """Parameters in tensors that did not change, of those laid side by side."""
    frozen_layers: tuple[int, ...]
    """Layers no tensor of which changed."""
    n_layers: Count
    changes: tuple[ChangeFigures, ...]
    """By layer, then by group of roles."""
    rank: float | None
    """Median over the changed matrices of the rank of the difference that rounding cannot make."""
    rank_limit: float | None
    """Median of the largest rank that could have been seen."""
    low_rank_share: Share | None
    """Changed matrices whose difference has at most half of the rank it could have, and nothing
    beyond it but rounding."""
    rounding_share: Share | None
    """Of the squares of the difference, what rounding to the number format makes; median."""
    white_ratio: float | None
    """Largest singular value of the difference over that of noise of the same size; median."""
    spread: float | None
    """Standard deviation over the matrices of the logarithm of the relative change."""
    subject_grid: Grid | None
    reference_grid: Grid | None
    zero_share: Share | None
    """Zeros in the subject's sampled matrices."""
    reference_zero_share: Share | None
    zeros_smallest: Share | None
    """Chance that a weight that stayed is larger, in the other model, than one that became zero;
    in whichever of the two has more zeros."""
    two_of_four_share: Share | None
    """Fours of neighbouring inputs with two zeros or more, in the same model."""
    carried: float | None
    """Share of the step that the reference bears, not the subject: about 0 where the subject is
    the reference plus something independent, 1 the other way about, half between siblings."""
    carried_low: float | None
    carried_high: float | None
