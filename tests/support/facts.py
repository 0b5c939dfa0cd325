"""Builds evidence on one component and one reference for tests of policies."""

from __future__ import annotations

from typing import Any

from dokja.document.audit import (
    Aggregated,
    AuditReport,
    CanariesEvidence,
    ChangeFigures,
    CheckpointSummary,
    ComponentResult,
    ComponentShare,
    Coverage,
    DigestEvidence,
    Evidence,
    HeadsEvidence,
    LayerSearchEvidence,
    MixtureEvidence,
    MomentsEvidence,
    OrderEvidence,
    PowerEvidence,
    PowerPoint,
    Provenance,
    Relation,
    RetentionEvidence,
    RoleFigures,
    StepsEvidence,
    SwapEvidence,
    TensorFigures,
    TokenizerEvidence,
    UnitsEvidence,
    Verdict,
    VocabularyEvidence,
)
from dokja.document.common import Localized

WORDS = Localized(en="-", ko="-")
WHO = {"component": "language_model", "reference": "ref", "reference_component": "language_model"}


def both(value: float | None) -> Aggregated:
    return Aggregated(unweighted=value, weighted=value)


def digest(
    share: float = 0.0, reference_share: float | None = None, *, same_size: bool = True
) -> DigestEvidence:
    return DigestEvidence(
        **WHO,
        n_tensors=10,
        n_equal=int(10 * share),
        parameter_share=share,
        reference_share=share if reference_share is None else reference_share,
        same_size=same_size,
        fixed_equal=0,
    )


def moments(pearson: float = 0.0, slope: float = 0.0, reverse: float = 0.0) -> MomentsEvidence:
    return MomentsEvidence(
        **WHO,
        cosine=both(pearson),
        pearson=both(pearson),
        matrix_cosine=both(pearson),
        matrix_pearson=both(pearson),
        matrix_slope=slope,
        matrix_reverse_slope=reverse,
        equal_share=0.0,
        n_matrices=10,
    )


def units(
    log10_p: float = 0.0, share: float = 0.001, cosine: float = 0.1, off_map: float = 0.1
) -> UnitsEvidence:
    return UnitsEvidence(
        **WHO,
        statistic=int(1000 * share),
        expected=1.0,
        n_units=1000,
        n_mutual=900,
        log10_p=log10_p,
        in_place_share=share,
        in_place_cosine=cosine,
        off_map_cosine=off_map,
        off_map_statistic=1,
        off_map_expected=1.0,
        off_map_log10_p=0.0,
        shuffled_statistic=1,
        shuffled_expected=1.0,
        groups=(),
    )


def search(log10_p: float = 0.0, share: float = 0.9, cosine: float = 0.9) -> LayerSearchEvidence:
    return LayerSearchEvidence(
        **WHO,
        log10_e=-log10_p,
        log10_p=log10_p,
        n_groups=4,
        n_candidates=16,
        in_place_share=share,
        in_place_cosine=cosine,
        off_map_cosine=0.1,
        best_map=(),
        description=WORDS,
    )


def order(log10_p: float = 0.0, longest: int = 300, cosine: float = 0.9) -> OrderEvidence:
    return OrderEvidence(
        **WHO,
        log10_p=log10_p,
        n_groups=4,
        n_tries=4,
        longest=longest,
        n_matched=400,
        n_units=500,
        mean_cosine=cosine,
        off_map_cosine=0.1,
        groups=(),
    )


def swap(log10_p: float = 0.0, effect: float = 0.0) -> SwapEvidence:
    return SwapEvidence(
        **WHO,
        statistic=0.0,
        log10_p=log10_p,
        n_channels=128,
        n_tensors=20,
        effect=effect,
        permutation_z=None,
        kappa=None,
        shuffled_statistic=0.0,
    )


def retention(**values: float | None) -> RetentionEvidence:
    fields: dict[str, Any] = dict.fromkeys(RetentionEvidence.model_fields)
    fields |= {**WHO, "kind": "retention", "n_layers": 6, **values}
    return RetentionEvidence.model_validate(fields)


def power(
    in_place_9: float | None,
    in_place_5: float | None,
    diffuse: float | None,
    *,
    has_units: bool = True,
) -> PowerEvidence:
    def point(route: str, cosine: float | None, least: float | None) -> PowerPoint:
        return PowerPoint.model_validate(
            {
                "route": route,
                "cosine": cosine,
                "least": least,
                "n_plantings": 20,
                "detected_share": 0.0 if least is None else 1.0,
            }
        )

    return PowerEvidence(
        **WHO,
        points=(
            point("in_place", 0.9, in_place_9),
            point("in_place", 0.5, in_place_5),
            point("in_place", 0.2, None),
            point("diffuse", None, diffuse),
        ),
        threshold_log10_p=-8.0,
        reindexed="not_examined",
        has_units=has_units,
    )


def mixture(**values: Any) -> MixtureEvidence:
    """Return a part with a weight of 0.3 beside one other reference, exactly mixed."""
    fields: dict[str, Any] = {
        **WHO,
        "beside": ("other",),
        "weight": 0.3,
        "low": 0.29,
        "high": 0.31,
        "gain_ratio": 1.0,
        "gain_ratio_low": 0.97,
        "gain_ratio_high": 1.03,
        "weight_sum": 1.0,
        "least_weight": 0.3,
        "largest_weight": 0.7,
        "residual_share": 0.0,
        "added_share": 1.0,
        "condition": 1.0,
        "alike": (),
        "norm_ratio": 0.76,
        "layers": (),
        "base": None,
        "change_weight": None,
        "change_low": None,
        "change_high": None,
        "unchanged_share": None,
        "kept_largest": None,
        "taken_away": ("other",),
        "log10_p": -50.0,
        "statistic": 900,
        "expected": 9.0,
        "n_units": 1000,
        "in_place_share": 0.9,
        "in_place_cosine": 0.8,
        "off_map_cosine": 0.2,
    }
    return MixtureEvidence.model_validate({**fields, **values})


def heads(**values: Any) -> HeadsEvidence:
    """Return heads as training leaves them: each with its own number and channels."""
    fields: dict[str, Any] = {
        **WHO,
        "n_layers": 3,
        "n_heads": 96,
        "found_share": 1.0,
        "moved_share": 0.0,
        "cosine": 0.81,
        "off_cosine": 0.02,
        "value_in_place": 0.9,
        "value_matched": 0.9,
    }
    return HeadsEvidence.model_validate({**fields, **values})


def steps(**values: Any) -> StepsEvidence:
    """Return a step as training leaves it: of full rank, off every lattice, without zeros."""
    sizes = (("mlp", None, 0.1), (None, 0, 0.1), (None, 1, 0.1))
    fields: dict[str, Any] = {
        **WHO,
        "n_matrices": 24,
        "n_changed": 24,
        "frozen_share": 0.0,
        "frozen_layers": (),
        "n_layers": 4,
        "changes": tuple(
            ChangeFigures(
                layer=layer, group=group, relative_change=size, n_parameters=1000, frozen=False
            )
            for group, layer, size in sizes
        ),
        "rank": 60.0,
        "rank_limit": 64.0,
        "low_rank_share": 0.0,
        "rounding_share": 0.01,
        "white_ratio": 1.5,
        "spread": 0.15,
        "subject_grid": None,
        "reference_grid": None,
        "zero_share": 0.0,
        "reference_zero_share": 0.0,
        "zeros_smallest": None,
        "two_of_four_share": 0.0,
        "carried": 0.5,
        "carried_low": 0.4,
        "carried_high": 0.6,
    }
    return StepsEvidence.model_validate({**fields, **values})


def tokenizers(**values: Any) -> TokenizerEvidence:
    """Return two tokenizers that are one, byte by byte."""
    fields: dict[str, Any] = {
        **WHO,
        "same_file": True,
        "n_tokens": 1000,
        "n_reference_tokens": 1000,
        "n_shared": 1000,
        "n_same_number": 1000,
        "n_merges": 700,
        "n_reference_merges": 700,
        "n_shared_merges": 700,
        "n_merges_in_order": 700,
    }
    return TokenizerEvidence.model_validate({**fields, **values})


def vocabulary(**values: Any) -> VocabularyEvidence:
    """Return rows that face each other as they are numbered, of two that are kin."""
    fields: dict[str, Any] = {
        **WHO,
        "route": "by_string",
        "n_rows": 1000,
        "n_reference_rows": 1000,
        "n_aligned": 1000,
        "n_equal": 0,
        "n_moved": 0,
        "effect": 0.9,
        "number_effect": 0.9,
        "geometry": 0.98,
        "number_geometry": 0.98,
        "log10_p": None,
    }
    return VocabularyEvidence.model_validate({**fields, **values})


def canaries(**values: Any) -> CanariesEvidence:
    """Return untrained rows that are the same in both."""
    fields: dict[str, Any] = {
        **WHO,
        "n_rows": 100,
        "n_reference_rows": 1000,
        "n_mutual": 100,
        "n_in_place": 100,
        "expected": 1.0,
        "log10_p": -157.9,
        "mean_cosine": 0.9,
        "shuffled_in_place": 1,
    }
    return CanariesEvidence.model_validate({**fields, **values})


def tensor(
    *, fixed: bool = False, layer: int = 0, group: str = "mlp", pearson: float | None = None
) -> TensorFigures:
    return TensorFigures(
        subject="w",
        reference="w",
        role=f"language_model/layers.{layer}/mlp.up.weight",
        group=group,
        layer=layer,
        expert=None,
        shape=(10, 100),
        n_parameters=1000,
        cosine=None,
        pearson=pearson,
        relative_residual=None,
        slope=None,
        reverse_slope=None,
        equal_share=0.0,
        max_abs_difference=None,
        n_nonfinite=0,
        fixed=fixed,
    )


def result(
    *,
    coverage: float = 1.0,
    reference: str | None = "ref",
    counterpart: str | None = "language_model",
    embedding_pearson: float | None = None,
    component: str = "language_model",
    share: float = 1.0,
    tensors: tuple[TensorFigures, ...] = (),
) -> ComponentResult:
    by_role = ()
    if embedding_pearson is not None:
        by_role = (
            RoleFigures(
                role="embedding",
                n_tensors=1,
                n_parameters=100,
                cosine=both(embedding_pearson),
                pearson=both(embedding_pearson),
            ),
        )
    return ComponentResult(
        component=component,
        reference=reference,
        reference_component=counterpart,
        relation=Relation.NOT_TESTABLE,
        reason=WORDS,
        level="index",
        log10_p=None,
        direction="undetermined",
        least_detectable=None,
        coverage=Coverage(
            tensors=coverage, parameters=coverage, paired=coverage, reference_paired=coverage
        ),
        cosine=both(None),
        pearson=both(None),
        equal_share=0.0,
        n_parameters=1000,
        share=share,
        by_role=by_role,
        by_layer=(),
        tensors=tensors,
        leftovers=(),
        transformation=None,
        summary=WORDS,
    )


def report(results: tuple[ComponentResult, ...], evidence: tuple[Evidence, ...]) -> AuditReport:
    shares = tuple(
        ComponentShare(component=name, n_parameters=1000, share=1.0)
        for name in dict.fromkeys(item.component for item in results)
    )
    summary = CheckpointSummary(
        ref="subject", digest="blake3:00", n_parameters=1000, components=shares
    )
    return AuditReport(
        schema_version="1",
        subject=summary,
        references=(summary,),
        components=results,
        verdict=Verdict(
            policy="",
            relation=Relation.NOT_TESTABLE,
            passed=False,
            conclusive=False,
            findings=(),
            summary=WORDS,
        ),
        evidence=evidence,
        provenance=Provenance(
            dokja="0",
            seed=0,
            policy_digest="",
            sources=(),
            bytes_read=0,
            started_at="2026-01-01T00:00:00+00:00",
            wall_s=0.0,
        ),
    )
