"""When a search for a re-indexed copy becomes a relation, and how it is worded."""

from __future__ import annotations

import pytest

from dokja.document.audit import (
    AuditReport,
    Evidence,
    PowerEvidence,
    PowerPoint,
    ReindexedEvidence,
    ReindexedLayer,
    Relation,
)
from dokja.policy import judge
from tests.support import facts as build


def layer(effect: float, share: float, control: float = 0.005, number: int = 1) -> ReindexedLayer:
    return ReindexedLayer(
        layer=number,
        expert=None,
        reference_layer=number,
        reference_expert=None,
        n_units=400,
        effect=effect,
        agreeing_share=share,
        off_map_effect=control,
        n_mutual=390,
        n_in_place=2,
        aligned_cosine=0.98,
        aligned_pearson=0.98,
    )


def search(*layers: ReindexedLayer, **fields: object) -> ReindexedEvidence:
    return ReindexedEvidence.model_validate(
        {
            **build.WHO,
            "kind": "reindexed",
            "start": "invariants",
            "fitted_effect": 0.9,
            "n_fitted": len(layers),
            "layers": layers,
            "aligned_cosine": 0.98,
            "aligned_pearson": 0.98,
            "log10_p": -0.5,
            "moved_share": 0.99,
            "flipped_share": 0.0,
            "scale_spread": 0.02,
            "same_basis": 0.0,
            "channel_cosine": 0.3,
            "channels_flipped_share": 0.0,
            "gains_reset": False,
            "layers_mapped": False,
            **fields,
        }
    )


def judged(*evidence: Evidence) -> AuditReport:
    return judge(build.report((build.result(),), evidence))


STRANGER = (build.units(), build.swap(), build.power(0.05, 0.1, 0.1))


def relation(*evidence: Evidence) -> Relation:
    return judged(*STRANGER, *evidence).components[0].relation


def test_a_copy_found_behind_a_disguise_is_derived_for_a_person_to_confirm() -> None:
    report = judged(*STRANGER, search(layer(0.9, 0.99), layer(0.8, 0.9)))
    result = report.components[0]
    assert result.relation is Relation.DERIVED
    assert result.level == "structure"
    assert "confirm" in result.reason.en
    assert result.transformation is not None
    assert result.transformation.operations == ("units_renumbered", "channels_rotated")
    assert "0.980" in result.transformation.description.en
    assert "0.980" in result.transformation.description.ko


@pytest.mark.parametrize(
    "rows",
    [
        (layer(0.19, 0.9), layer(0.19, 0.9)),
        (layer(0.9, 0.09), layer(0.9, 0.09)),
        (layer(0.9, 0.9), layer(0.01, 0.0)),
        (layer(0.5, 0.5, control=0.06), layer(0.5, 0.5, control=0.06)),
        (),
    ],
    ids=["faint", "few units", "half of the layers", "control as loud", "nothing judged"],
)
def test_less_is_no_copy(rows: tuple[ReindexedLayer, ...]) -> None:
    assert relation(search(*rows)) is Relation.NO_EVIDENCE


def test_one_control_may_be_spoilt_by_a_reference_that_repeats_itself() -> None:
    rows = (layer(0.9, 0.9, control=0.9), layer(0.9, 0.9), layer(0.9, 0.9))
    assert relation(search(*rows)) is Relation.DERIVED


def test_nothing_found_needs_a_search_that_could_have_found_something() -> None:
    def with_power(least: float | None) -> PowerEvidence:
        base = build.power(0.05, 0.1, 0.1)
        point = PowerPoint(
            route="reindexed", cosine=None, least=least, n_plantings=20, detected_share=0.0
        )
        fields = {name: getattr(base, name) for name in PowerEvidence.model_fields}
        points = (*base.points, point)
        return PowerEvidence.model_validate({**fields, "points": points, "reindexed": "examined"})

    rest = (build.units(), build.swap(), search(layer(0.0, 0.0)))
    assert judged(*rest, with_power(0.9)).components[0].relation is Relation.NO_EVIDENCE
    assert judged(*rest, with_power(None)).components[0].relation is Relation.INCONCLUSIVE


@pytest.mark.parametrize(
    ("fields", "operation"),
    [
        ({"same_basis": 0.0, "channel_cosine": 0.97}, "channels_renumbered"),
        ({"flipped_share": 0.5}, "signs_flipped"),
        ({"scale_spread": 0.6}, "units_rescaled"),
        ({"gains_reset": True}, "gains_folded"),
        ({"layers_mapped": True}, "layers_moved"),
    ],
)
def test_what_was_done_is_named(fields: dict[str, object], operation: str) -> None:
    report = judged(*STRANGER, search(layer(0.9, 0.99), **fields))
    found = report.components[0].transformation
    assert found is not None
    assert operation in found.operations


def test_what_was_not_done_is_not_named() -> None:
    rows = search(layer(0.9, 0.99), same_basis=1.0, moved_share=0.01)
    found = judged(*STRANGER, rows).components[0].transformation
    assert found is not None
    assert found.operations == ()


def test_units_in_place_that_were_flipped_on_purpose_are_derived() -> None:
    kin = (build.units(-500.0, 0.9, 0.7), build.moments(0.5, 0.5, 0.5), build.retention())
    plain = search(layer(0.9, 0.99), moved_share=0.0, same_basis=1.0)
    flipped = search(layer(0.9, 0.99), moved_share=0.0, same_basis=1.0, flipped_share=0.5)
    moved = search(layer(0.9, 0.99), moved_share=0.98, same_basis=1.0)
    assert judged(*kin, plain).components[0].relation is Relation.INCONCLUSIVE
    assert judged(*kin, flipped).components[0].relation is Relation.DERIVED
    assert judged(*kin, moved).components[0].relation is Relation.DERIVED


def test_gains_that_are_kept_only_with_their_matrices_were_folded_away() -> None:
    kin = (build.units(-500.0, 0.9, 0.7), build.moments(0.75, 0.8, 0.8))
    slopes = {"matrix_slope": 0.8, "reverse_matrix_slope": 0.8, "matrix_pearson": 0.75}
    whole = {**slopes, "effective_gain_pearson": 0.9, "gain_pearson": 0.1}
    folded = build.retention(**whole, gain_factor_spread=0.2, effective_factor_spread=0.02)
    twins = build.retention(**whole, gain_factor_spread=0.1, effective_factor_spread=0.17)
    assert judged(*kin, folded).components[0].relation is Relation.DERIVED
    assert judged(*kin, twins).components[0].relation is Relation.INCONCLUSIVE
