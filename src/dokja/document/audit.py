"""The audit report as a document: facts, evidence, findings, verdict and provenance.

The module defines what is stored, never how it was measured or how it is shown. Everything a
policy needs in order to judge again stands here, so that no weights have to be read twice.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from dokja.document.common import Document, Localized, NamedValue
from dokja.document.evidence_base import Count, EvidenceBase, Log10P, Share
from dokja.document.kin import (
    ChangeFigures,
    Grid,
    HeadsEvidence,
    MixtureEvidence,
    MixtureLayer,
    StepsEvidence,
)
from dokja.document.vocabulary import CanariesEvidence, TokenizerEvidence, VocabularyEvidence

__all__ = [
    "Aggregated",
    "AuditReport",
    "CanariesEvidence",
    "ChangeFigures",
    "CheckpointSummary",
    "ComponentResult",
    "ComponentShare",
    "Coverage",
    "DigestEvidence",
    "Evidence",
    "EvidenceBase",
    "Finding",
    "Grid",
    "HeadsEvidence",
    "InPlacePower",
    "LayerFigures",
    "LayerSearchEvidence",
    "LeastDetectable",
    "Leftover",
    "MixtureEvidence",
    "MixtureLayer",
    "MomentsEvidence",
    "NormPanelEvidence",
    "NormPanelRow",
    "NotApplicable",
    "OrderEvidence",
    "OtherEvidence",
    "PowerEvidence",
    "PowerPoint",
    "Provenance",
    "ReindexedEvidence",
    "ReindexedLayer",
    "Relation",
    "RetentionEvidence",
    "RoleFigures",
    "SelfTestEvidence",
    "SourceRecord",
    "StepsEvidence",
    "SwapEvidence",
    "TensorFigures",
    "Tokenizer",
    "TokenizerEvidence",
    "Transformation",
    "UnitGroupFigures",
    "UnitsEvidence",
    "Verdict",
    "VocabularyEvidence",
]


class Relation(StrEnum):
    """What a component of the subject is to a component of a reference, strongest first."""

    VERBATIM = "verbatim"
    REUSED = "reused"
    DERIVED = "derived"
    SHARED_INIT = "shared_init"
    INCONCLUSIVE = "inconclusive"
    NO_EVIDENCE = "no_evidence"
    NOT_TESTABLE = "not_testable"


# -- checkpoints ----------------------------------------------------------------------------------


class ComponentShare(Document):
    """One component of a checkpoint and its share of the parameters."""

    component: str
    n_parameters: Count
    share: Share
    n_tensors: Count = 0
    n_layers: Count = 0
    family: str | None = None
    inferred: bool = False
    """Whether no family knew the component, so that its anatomy was inferred."""


class Tokenizer(Document):
    """What is known of a checkpoint's tokenizer."""

    digest: str
    n_tokens: Count
    n_shared_tokens: Count | None = None
    """Tokens that stand, as strings, in the subject's vocabulary too (references only)."""


class Leftover(Document):
    """A tensor, or many alike, that no pair was found for."""

    side: Literal["subject", "reference"]
    name: str
    """The tensor's name; where many are alike, with ``*`` in place of the numbers."""
    n_tensors: Count
    n_parameters: Count
    reason: Localized


class CheckpointSummary(Document):
    """A checkpoint as it was read."""

    ref: str
    digest: str
    n_parameters: Count
    components: tuple[ComponentShare, ...]
    format: str = "safetensors"
    n_tensors: Count = 0
    n_bytes: Count = 0
    dtypes: tuple[NamedValue, ...] = ()
    """Parameters by number format."""
    tokenizer: Tokenizer | None = None
    license: str | None = None
    n_nonfinite: Count = 0
    """NaN and infinite weights met while reading."""
    leftovers: tuple[Leftover, ...] = ()
    """Tensors that belong to no component, and why."""


# -- figures --------------------------------------------------------------------------------------


class Aggregated(Document):
    """One figure under both usual aggregations; null where it is undefined."""

    unweighted: float | None
    """Plain mean over tensors."""
    weighted: float | None
    """Mean weighted by the parameters of each tensor."""


class RoleFigures(Document):
    """Cosine and Pearson of the tensors of one group of roles."""

    role: str
    n_tensors: Count
    n_parameters: Count
    cosine: Aggregated
    pearson: Aggregated


class LayerFigures(Document):
    """Cosine and Pearson of the tensors of one layer, or of all outside of layers (null)."""

    layer: int | None
    reference_layer: int | None
    n_tensors: Count
    n_parameters: Count
    cosine: Aggregated
    pearson: Aggregated


class TensorFigures(Document):
    """The moments of one aligned pair of tensors."""

    subject: str
    reference: str
    role: str
    """The canonical role, such as ``language_model/layers.3/attention.q.weight``."""
    group: str
    """One of embedding, head, norm, attention, mlp, router, conv, bias, other."""
    layer: int | None
    expert: int | None
    shape: tuple[int, ...]
    n_parameters: Count
    cosine: float | None
    pearson: float | None
    relative_residual: float | None
    """Norm of the difference over the norm of the reference."""
    slope: float | None
    """Centred slope of subject on reference."""
    reverse_slope: float | None
    """Centred slope of reference on subject."""
    equal_share: Share
    max_abs_difference: float | None
    n_nonfinite: Count
    fixed: bool
    """A table that training does not change, left out of the evidence."""


class Coverage(Document):
    """How much of the subject's component some test looked at."""

    tensors: Share
    parameters: Share
    paired: Share = 0.0
    """Parameters in tensors that were laid beside one of the same role and shape."""
    reference_paired: Share = 0.0
    """The same share of the reference's component."""


# -- evidence -------------------------------------------------------------------------------------


class NotApplicable(EvidenceBase):
    """A comparison that could not be made, and why."""

    kind: Literal["not_applicable"] = "not_applicable"
    comparison: str
    reason: Localized


class DigestEvidence(EvidenceBase):
    """Which tensors hold exactly the same values, wherever they stand."""

    kind: Literal["digest"] = "digest"
    n_tensors: Count
    """Tensors of the subject's component, fixed and constant ones left out."""
    n_equal: Count
    """Of these, those with an equal counterpart."""
    parameter_share: Share
    """Parameters in equal tensors."""
    reference_share: Share = 0.0
    """The same share of the reference's component."""
    same_size: bool = True
    """Whether both components have as many trained parameters, within one in a thousand."""
    fixed_equal: Count
    """Fixed or constant tensors that are equal too, which is no evidence."""


class MomentsEvidence(EvidenceBase):
    """Cosine and Pearson over the matrices (two axes or more) and over everything."""

    kind: Literal["moments"] = "moments"
    cosine: Aggregated
    pearson: Aggregated
    matrix_cosine: Aggregated
    matrix_pearson: Aggregated
    matrix_slope: float | None
    """Pooled centred slope of subject on reference over the matrices."""
    matrix_reverse_slope: float | None
    equal_share: Share
    n_matrices: Count


class UnitGroupFigures(Document):
    """Neighbours found in one group of units."""

    layer: int | None
    reference_layer: int | None
    expert: int | None
    units: str
    """What the units are: ``mlp`` or ``value``."""
    n: Count
    """Units of the reference that took part."""
    n_mutual: Count
    n_in_place: Count
    """Mutual nearest neighbours that bear their own index."""
    mean_cosine: float | None
    """Mean cosine of the units found in place; null where there is none."""


class UnitsEvidence(EvidenceBase):
    """Index-aligned mutual nearest neighbours, layers paired as they stand."""

    kind: Literal["units"] = "units"
    statistic: Count
    """S, units found in place."""
    expected: float
    """Lambda, the number expected under the null hypothesis."""
    n_units: Count
    n_mutual: Count
    log10_p: Log10P
    in_place_share: Share
    """S over the number of units."""
    in_place_cosine: float | None
    off_map_cosine: float | None
    """Mean cosine that best assignment reaches between layers that are not mapped; where none is
    of the same shape, between groups that are, one of them in other coordinates."""
    off_map_statistic: Count
    off_map_expected: float
    off_map_log10_p: Log10P
    shuffled_statistic: Count
    shuffled_expected: float
    groups: tuple[UnitGroupFigures, ...]


class LayerSearchEvidence(EvidenceBase):
    """The same neighbours where the map of layers or experts is unknown: an e-value."""

    kind: Literal["layer_search"] = "layer_search"
    log10_e: float
    log10_p: Log10P
    n_groups: Count
    n_candidates: Count
    in_place_share: Share
    """Share of units found in place under the best map, for the reader only."""
    in_place_cosine: float | None
    off_map_cosine: float | None
    best_map: tuple[UnitGroupFigures, ...]
    description: Localized


class OrderEvidence(EvidenceBase):
    """Order kept by matched units where the subject has another number of them."""

    kind: Literal["order"] = "order"
    log10_p: Log10P
    n_groups: Count
    n_tries: Count
    longest: Count
    """Longest increasing run of matched indices, summed over groups."""
    n_matched: Count
    n_units: Count
    """Smaller number of units of the two, summed over groups."""
    mean_cosine: float | None
    off_map_cosine: float | None
    groups: tuple[UnitGroupFigures, ...]


class SwapEvidence(EvidenceBase):
    """Residual channels of a whole component: the swap test, and channels found in place."""

    kind: Literal["swap"] = "swap"
    statistic: float
    """Sum of the signed ranks of d over its root sum of squares."""
    log10_p: Log10P
    """The best of the three tests, paid for three times."""
    n_channels: Count
    n_sampled: Count = 0
    """Channels whose nearest neighbours were looked for."""
    n_mutual: Count = 0
    n_in_place: Count = 0
    """Mutual nearest neighbours that bear their own index."""
    n_in_place_outside: Count = 0
    """The same by the tensors outside of layers alone, such as embeddings and stems."""
    n_tensors: Count
    effect: float
    """Mean of d over the mean it would have for an identical pair: a correlation."""
    permutation_z: float | None
    """Description only, never a p-value."""
    kappa: float | None
    """Largest single channel over the standard deviation: how far z hangs on one channel."""
    shuffled_statistic: float


class RetentionEvidence(EvidenceBase):
    """How much of the reference's gains and matrices the subject keeps: child or twin start."""

    kind: Literal["retention"] = "retention"
    n_layers: Count
    matrix_slope: float | None
    gain_slope: float | None
    ratio: float | None
    """rho = gain slope over matrix slope, subject on reference."""
    ratio_low: float | None
    ratio_high: float | None
    """95 % limits by jackknife over layers."""
    reverse_matrix_slope: float | None
    reverse_gain_slope: float | None
    reverse_ratio: float | None
    reverse_ratio_low: float | None
    reverse_ratio_high: float | None
    matrix_pearson: float | None
    gain_pearson: float | None
    effective_gain_pearson: float | None
    gain_factor_spread: float | None = None
    """Standard deviation of the logarithm of one side's gains over the other's: median of norms."""
    effective_factor_spread: float | None = None
    """The same of gains together with the matrices behind them; far smaller where factors were
    moved from the one into the other."""


class ReindexedLayer(Document):
    """One pair of MLPs that had no part in the fit, judged in the basis that was found."""

    layer: int | None
    expert: int | None
    reference_layer: int | None
    reference_expert: int | None
    n_units: Count
    """Units of the reference that took part."""
    effect: float
    """c: mean cosine of what matched units do, less the mean over all pairs."""
    agreeing_share: Share
    """q: units whose nearest neighbours by every matrix are one and the same."""
    off_map_effect: float | None
    """The same effect against a layer that is not the counterpart: the control."""
    n_mutual: Count
    n_in_place: Count
    """Mutual nearest neighbours, in the basis found, that bear the same number."""
    aligned_cosine: float | None
    """Cosine of the matrices after undoing."""
    aligned_pearson: float | None


class ReindexedEvidence(EvidenceBase):
    """The search for a copy that was renumbered, rotated, rescaled or flipped."""

    kind: Literal["reindexed"] = "reindexed"
    start: str
    """What the alignment was begun from: ``same_basis``, ``index``, ``invariants``, or the kind
    of tensor whose rows mean the same in both."""
    fitted_effect: float
    """Effect on the layers the basis was fitted on; says nothing by itself."""
    n_fitted: Count
    layers: tuple[ReindexedLayer, ...]
    """The held-out layers."""
    aligned_cosine: float | None
    """Cosine of the held-out layers' MLP matrices after undoing."""
    aligned_pearson: float | None
    log10_p: Log10P | None
    """Exact, for the units that bear their own number in the basis found; null where the fit was
    begun from these numbers. A description: nothing is decided by it."""
    moved_share: Share | None
    """Units found again that bear another number."""
    flipped_share: Share | None
    """Units found again whose (up, down) are flipped in sign."""
    scale_spread: float | None
    """Standard deviation of the natural logarithm of the units' scales."""
    same_basis: float | None
    """1 where the residual basis was left as it was, 0 where nothing is left of it."""
    channel_cosine: float | None
    """Mean absolute cosine of channels after the best renumbering: near 1 where they were
    renumbered and not rotated."""
    channels_flipped_share: Share | None
    gains_reset: bool
    """Whether all gains are alike here although they are trained in the reference."""
    layers_mapped: bool
    """Whether layers were laid side by side by what they look like, not by their number."""


class NormPanelRow(Document):
    """One norm vector: the cosine that misleads beside the figures that do not."""

    role: str
    layer: int | None
    n: Count
    cosine: float | None
    shuffled_cosine: float | None
    """Cosine after shuffling the coordinates of one side."""
    pearson: float | None


class NormPanelEvidence(EvidenceBase):
    """All norm vectors of a component."""

    kind: Literal["norm_panel"] = "norm_panel"
    rows: tuple[NormPanelRow, ...]
    mean_cosine: float | None
    mean_shuffled_cosine: float | None
    mean_pearson: float | None
    joint_z: float | None
    """Permutation z of all norm vectors together under one relabelling: a description."""


class SelfTestEvidence(EvidenceBase):
    """Guards: whether the reference is exchangeable against itself."""

    kind: Literal["self_test"] = "self_test"
    passed: bool
    norm_against_index_z: float | None
    """Rank correlation of unit norm with unit index, in standard deviations."""
    neighbours_alike_z: float | None
    duplicate_units: Count
    zero_units: Count
    matching_layers: tuple[tuple[int, int], ...]
    """Pairs of the reference's own layers that match each other; counted as one group."""
    notes: tuple[Localized, ...]


class PowerPoint(Document):
    """What would have been found had it been there, planted in the actual data."""

    route: Literal["in_place", "diffuse", "reindexed"]
    cosine: float | None
    """Cosine of the planted units (in_place); null elsewhere."""
    least: float | None
    """Least planted share of units (in_place) or least planted cosine (diffuse, reindexed); null
    when even the largest was not found."""
    n_plantings: Count
    detected_share: Share
    """Share of the plantings found at `least`."""


class PowerEvidence(EvidenceBase):
    """Least detectable effects, by planting."""

    kind: Literal["power"] = "power"
    points: tuple[PowerPoint, ...]
    threshold_log10_p: Log10P
    reindexed: Literal["examined", "not_examined"]
    has_units: bool = True
    """Whether either component has hidden units, so that the first route exists at all."""


class OtherEvidence(EvidenceBase):
    """Evidence of a comparison that is not built in."""

    kind: Literal["other"] = "other"
    comparison: str
    version: str
    null_hypothesis: Localized | None
    log10_p: Log10P | None
    values: tuple[NamedValue, ...]


Evidence = Annotated[
    NotApplicable
    | DigestEvidence
    | MomentsEvidence
    | UnitsEvidence
    | LayerSearchEvidence
    | OrderEvidence
    | SwapEvidence
    | RetentionEvidence
    | NormPanelEvidence
    | SelfTestEvidence
    | PowerEvidence
    | ReindexedEvidence
    | MixtureEvidence
    | StepsEvidence
    | HeadsEvidence
    | TokenizerEvidence
    | VocabularyEvidence
    | CanariesEvidence
    | OtherEvidence,
    Field(discriminator="kind"),
]


# -- results --------------------------------------------------------------------------------------


class InPlacePower(Document):
    """Least share of units found in place at three cosines; null where not reached."""

    cosine_0_9: float | None = Field(alias="cosine_0.9")
    cosine_0_5: float | None = Field(alias="cosine_0.5")
    cosine_0_2: float | None = Field(alias="cosine_0.2")

    model_config = ConfigDict(
        **{**Document.model_config, "populate_by_name": True, "serialize_by_alias": True}
    )


class LeastDetectable(Document):
    """Least detectable effect on each route; null where the route has no power or was not run."""

    in_place: InPlacePower | None
    diffuse: float | None
    reindexed: float | None


class Transformation(Document):
    """What was undone before the component could be compared."""

    description: Localized
    operations: tuple[str, ...] = ()
    """Of ``units_renumbered``, ``channels_renumbered``, ``channels_rotated``, ``units_rescaled``,
    ``signs_flipped``, ``gains_folded``, ``layers_moved``, ``heads_renumbered``,
    ``values_renumbered``, ``values_rotated``, ``vocabulary_reordered``."""
    aligned_cosine: float | None = None
    """Cosine of the matrices, after undoing, on layers that had no part in the fit."""
    aligned_pearson: float | None = None


class ComponentResult(Document):
    """One component of the subject against one reference."""

    component: str
    reference: str | None
    """``ref`` of the reference; null where no reference has a counterpart."""
    reference_component: str | None
    relation: Relation
    reason: Localized
    """Why this relation and no other, in words."""
    level: Literal["index", "structure"]
    log10_p: Log10P | None
    """Corrected for all components and references; null where nothing could be tested."""
    direction: Literal["from_reference", "to_reference", "undetermined"]
    least_detectable: LeastDetectable | None
    coverage: Coverage
    cosine: Aggregated
    pearson: Aggregated
    equal_share: Share
    n_parameters: Count
    share: Share
    """Share of the subject's parameters."""
    by_role: tuple[RoleFigures, ...]
    by_layer: tuple[LayerFigures, ...]
    tensors: tuple[TensorFigures, ...]
    leftovers: tuple[Leftover, ...]
    transformation: Transformation | None
    summary: Localized


class Finding(Document):
    """What a rule of the policy says, and the evidence it rests on."""

    rule: str
    level: Literal["error", "warning", "note"]
    component: str
    reference: str | None
    message: Localized
    evidence: tuple[int, ...]
    """Indices into the report's evidence."""


class Verdict(Document):
    """The outcome under one policy."""

    policy: str
    relation: Relation
    """The strongest relation of any component."""
    passed: bool
    conclusive: bool
    """Whether no component was left inconclusive or not testable."""
    findings: tuple[Finding, ...]
    summary: Localized


class SourceRecord(Document):
    """A file that was read."""

    uri: str
    n_bytes: Count
    identity: str
    """Size and modification time, ETag or commit, as pinned at opening."""


class Provenance(Document):
    """How the report came about, so that whoever doubts can repeat it."""

    dokja: str
    seed: int
    policy_digest: str
    sources: tuple[SourceRecord, ...]
    bytes_read: Count
    started_at: str
    wall_s: Annotated[float, Field(ge=0.0)]
    parameters: tuple[NamedValue, ...] = ()
    """Sampling and search parameters that influence the evidence."""


class AuditReport(Document):
    """A subject, its references, and what came out."""

    schema_version: Literal["1"]
    subject: CheckpointSummary
    references: tuple[CheckpointSummary, ...]
    components: tuple[ComponentResult, ...]
    verdict: Verdict
    evidence: tuple[Evidence, ...]
    provenance: Provenance
