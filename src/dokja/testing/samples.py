"""A small stored report, made without any weights, to try views and rules on.

Its figures are plausible, not measured; the module knows the document's form alone.
"""

from __future__ import annotations

from typing import Final

from dokja.document.audit import (
    Aggregated,
    AuditReport,
    CheckpointSummary,
    ComponentResult,
    ComponentShare,
    Coverage,
    InPlacePower,
    LeastDetectable,
    MomentsEvidence,
    PowerEvidence,
    PowerPoint,
    Provenance,
    Relation,
    SourceRecord,
    TensorFigures,
    UnitGroupFigures,
    UnitsEvidence,
    Verdict,
)
from dokja.document.common import Localized, NamedValue

__all__ = ["HOSTILE_NAME", "sample_report"]

HOSTILE_NAME: Final = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
"""A name that a checkpoint may bear and no page may obey."""

_COMPONENT: Final = "language_model"
_N_PARAMETERS: Final = 1_000_000


def _checkpoint(ref: str) -> CheckpointSummary:
    return CheckpointSummary(
        ref=ref,
        digest="blake3:" + "0" * 64,
        n_parameters=_N_PARAMETERS,
        components=(
            ComponentShare(
                component=_COMPONENT,
                n_parameters=_N_PARAMETERS,
                share=1.0,
                n_tensors=1,
                n_layers=1,
                family="llama",
            ),
        ),
        n_tensors=1,
        n_bytes=2 * _N_PARAMETERS,
        dtypes=(NamedValue(name="BF16", value=float(_N_PARAMETERS)),),
        license="apache-2.0",
    )


def _tensor(name: str, pearson: float) -> TensorFigures:
    return TensorFigures(
        subject=name,
        reference=name,
        role=f"{_COMPONENT}/layers.0/mlp.up.weight",
        group="mlp",
        layer=0,
        expert=None,
        shape=(1000, 1000),
        n_parameters=_N_PARAMETERS,
        cosine=pearson,
        pearson=pearson,
        relative_residual=0.1,
        slope=pearson,
        reverse_slope=pearson,
        equal_share=0.0,
        max_abs_difference=0.01,
        n_nonfinite=0,
        fixed=False,
    )


def _moments(reference: str, pearson: float) -> MomentsEvidence:
    both = Aggregated(unweighted=pearson, weighted=pearson)
    return MomentsEvidence(
        component=_COMPONENT,
        reference=reference,
        reference_component=_COMPONENT,
        cosine=both,
        pearson=both,
        matrix_cosine=both,
        matrix_pearson=both,
        matrix_slope=pearson,
        matrix_reverse_slope=pearson,
        equal_share=0.0,
        n_matrices=1,
    )


def _units(reference: str, pearson: float) -> UnitsEvidence:
    found = round(1000 * max(pearson, 0.0))
    log10_p = -2.5 * found if found else 0.0
    group = UnitGroupFigures(
        layer=0,
        reference_layer=0,
        expert=None,
        units="mlp",
        n=1000,
        n_mutual=1000,
        n_in_place=found,
        mean_cosine=pearson if found else None,
    )
    return UnitsEvidence(
        component=_COMPONENT,
        reference=reference,
        reference_component=_COMPONENT,
        statistic=found,
        expected=1.0,
        n_units=1000,
        n_mutual=1000,
        log10_p=log10_p,
        in_place_share=found / 1000,
        in_place_cosine=pearson if found else None,
        off_map_cosine=0.1,
        off_map_statistic=1,
        off_map_expected=1.0,
        off_map_log10_p=0.0,
        shuffled_statistic=1,
        shuffled_expected=1.0,
        groups=(group,),
    )


def _power(reference: str) -> PowerEvidence:
    points = tuple(
        PowerPoint(route="in_place", cosine=cosine, least=least, n_plantings=20, detected_share=1.0)
        for cosine, least in ((0.9, 0.01), (0.5, 0.02), (0.2, 0.05))
    )
    diffuse = PowerPoint(
        route="diffuse", cosine=None, least=0.05, n_plantings=20, detected_share=1.0
    )
    return PowerEvidence(
        component=_COMPONENT,
        reference=reference,
        reference_component=_COMPONENT,
        points=(*points, diffuse),
        threshold_log10_p=-6.0,
        reindexed="not_examined",
    )


def _result(reference: str, tensor: str, pearson: float) -> ComponentResult:
    both = Aggregated(unweighted=pearson, weighted=pearson)
    text = Localized(en="A sample, not a measurement.", ko="측정값이 아닌 표본입니다.")
    return ComponentResult(
        component=_COMPONENT,
        reference=reference,
        reference_component=_COMPONENT,
        relation=Relation.INCONCLUSIVE,
        reason=text,
        level="index",
        log10_p=_units(reference, pearson).log10_p,
        direction="undetermined",
        least_detectable=LeastDetectable(
            in_place=InPlacePower.model_validate(
                {"cosine_0.9": 0.01, "cosine_0.5": 0.02, "cosine_0.2": 0.05}
            ),
            diffuse=0.05,
            reindexed=None,
        ),
        coverage=Coverage(tensors=1.0, parameters=1.0, paired=1.0, reference_paired=1.0),
        cosine=both,
        pearson=both,
        equal_share=0.0,
        n_parameters=_N_PARAMETERS,
        share=1.0,
        by_role=(),
        by_layer=(),
        tensors=(_tensor(tensor, pearson),),
        leftovers=(),
        transformation=None,
        summary=text,
    )


def sample_report(
    *,
    subject: str = "/models/subject",
    reference: str = "/models/reference",
    tensor: str = "model.layers.0.mlp.up_proj.weight",
    pearson: float = 0.99,
) -> AuditReport:
    """Return a report of one component against one reference, not judged yet.

    Parameters
    ----------
    subject, reference
        Addresses as the report shows them.
    tensor
        Name of the one tensor.
    pearson
        How alike the two are: near 1 for kin, near 0 for strangers.

    Returns
    -------
    AuditReport
        Whole and valid; `dokja.policy.judge` gives it a verdict.
    """
    return AuditReport(
        schema_version="1",
        subject=_checkpoint(subject),
        references=(_checkpoint(reference),),
        components=(_result(reference, tensor, pearson),),
        verdict=Verdict(
            policy="none",
            relation=Relation.INCONCLUSIVE,
            passed=True,
            conclusive=False,
            findings=(),
            summary=Localized(en="Not judged yet.", ko="아직 판정하지 않았습니다."),
        ),
        evidence=(_moments(reference, pearson), _units(reference, pearson), _power(reference)),
        provenance=Provenance(
            dokja="0",
            seed=0,
            policy_digest="blake3:" + "0" * 64,
            sources=(SourceRecord(uri=subject, n_bytes=2 * _N_PARAMETERS, identity="sample"),),
            bytes_read=4 * _N_PARAMETERS,
            started_at="2026-01-01T00:00:00+00:00",
            wall_s=0.0,
        ),
    )
