"""A smaller run of ``make calibrate``: no test speaks too often among strangers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from bench.calibration import (
    canaries,
    composed,
    convolutions,
    draws,
    nulls,
    run,
    size,
    weights,
    wrong,
)
from dokja.numerics.matching import mutual_nearest
from dokja.numerics.relabelling import in_place_log10_p
from dokja.numerics.selftest import neighbours_alike_z

N_DRAWS = 200
ZOO = Path(__file__).parents[1] / "data" / "zoo"

CASES = run.synthetic_cases()
CASE_IDS = [f"{case.test}: {case.null}" for case in CASES]


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=CASE_IDS)
def test_p_values_are_not_smaller_than_uniform(case: draws.Case) -> None:
    assert size.measure(case, N_DRAWS, seed=1).passed


@pytest.mark.slow
def test_p_values_of_relabelled_weights_are_not_smaller_than_uniform() -> None:
    files = [ZOO / name / "model.safetensors" for name in ("base", "finetuned", "stranger-1")]
    if not all(path.exists() for path in files):
        pytest.skip("the zoo has not been trained")
    cases = run.real_cases("zoo", files)
    assert len(cases) == 12
    for case in cases:
        assert size.measure(case, N_DRAWS, seed=1).passed, case.test


def test_every_test_stands_under_every_null() -> None:
    held = {(case.test, case.null) for case in CASES}
    expected = 7 * len(nulls.UNIT_NULLS) + 4 * len(nulls.CHANNEL_NULLS)
    expected += len(canaries.cases()) + len(composed.reindexed_cases()) + len(convolutions.cases())
    assert len(held) == len(CASES) == expected


@pytest.mark.parametrize(
    "case", composed.large_cases(), ids=lambda case: f"{case.test}: {case.null}"
)
def test_searches_over_many_layers_and_experts_do_not_inflate(case: draws.Case) -> None:
    # Were each layer's best candidate taken, ten draws would hardly ever stay above a thousandth.
    rng = np.random.default_rng(5)
    assert min(case.draw(rng) for _ in range(10)) > -3.0


def test_all_pairs_at_once_are_the_pairs_one_by_one() -> None:
    rng = np.random.default_rng(0)
    subject, reference = rng.normal(size=(2, 5, 12, 6))
    subject[2] = reference[3] + 0.1 * rng.normal(size=(12, 6))
    in_place, mutual = composed.all_pairs(subject, reference[:4])
    for row, other in enumerate(reference[:4]):
        for column, one in enumerate(subject):
            found = mutual_nearest(draws.features(other) @ draws.features(one).T)
            assert mutual[row, column] == found.n_mutual
            assert in_place[row, column] == found.n_in_place
    assert in_place[3, 2] > 6


def test_the_best_of_many_candidates_would_inflate() -> None:
    """The searches above have something to resist: a maximum over candidates accuses strangers."""
    rng = np.random.default_rng(5)
    subject, reference = rng.normal(size=(2, 48, 24, 24))
    found, _ = composed.all_pairs(subject, reference)
    assert in_place_log10_p(int(found.max(axis=1).sum()), 48.0) < -6.0


def test_the_check_notices_p_values_that_are_too_small() -> None:
    squared = draws.Case("squared", "uniform", lambda rng: float(np.log10(rng.random() ** 1.5)))
    uniform = draws.Case("as is", "uniform", lambda rng: float(np.log10(rng.random())))
    outliers = draws.Case(
        "rarely tiny", "uniform", lambda rng: -9.0 if rng.random() < 0.02 else 0.0
    )
    assert not size.measure(squared, 2000, seed=0).passed
    assert not size.measure(outliers, 2000, seed=0).passed
    assert size.measure(uniform, 2000, seed=0).passed


def test_limits_are_those_of_the_binomial_distribution() -> None:
    for level in size.LEVELS:
        assert size.count_limit(1000, level) == stats.binom.isf(size.DOUBT, 1000, level)
    assert size.excess_limit(1000) == pytest.approx(stats.ksone.isf(size.DOUBT, 1000), rel=0.02)


@pytest.mark.parametrize("fault", wrong.FAULTS, ids=[fault.rule for fault in wrong.FAULTS])
def test_breaking_a_rule_accuses_strangers(fault: wrong.Fault) -> None:
    n = 30 if "24" in fault.broken else 400
    claims = wrong.claimed(fault, n, seed=0)
    # One in a thousand would be right.
    assert np.count_nonzero(claims <= -3.0) > stats.binom.isf(1e-4, n, 1e-3)


def test_the_best_of_many_layers_is_overwhelming_evidence_of_nothing() -> None:
    assert np.median(wrong.claimed(wrong.FAULTS[0], 20, seed=0)) < -10


def test_a_reference_in_order_is_noticed_by_its_self_test() -> None:
    # Strangers along one curve are accused (see above), unless the reference is asked first.
    phase = np.linspace(0.0, np.pi, 64)[:, None] * np.arange(1, 33)
    units = draws.features(np.cos(phase) + np.random.default_rng(0).normal(size=phase.shape))
    score = neighbours_alike_z(units @ units.T)
    assert score is not None
    assert score > 6


def test_layers_are_read_from_both_families_of_names(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    tensors = {
        "model.layers.0.mlp.up_proj.weight": rng.normal(size=(6, 4)),
        "model.layers.0.mlp.gate_proj.weight": rng.normal(size=(6, 4)),
        "model.layers.0.mlp.down_proj.weight": rng.normal(size=(4, 6)),
        "encoder.layer.0.intermediate.dense.weight": rng.normal(size=(6, 4)),
        "encoder.layer.0.output.dense.weight": rng.normal(size=(4, 6)),
        "encoder.layer.0.attention.output.dense.weight": rng.normal(size=(4, 4)),
    }
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name, values in tensors.items():
        raw = values.astype("<f4").tobytes()
        offsets = [len(body), len(body) + len(raw)]
        header[name] = {"dtype": "F32", "shape": values.shape, "data_offsets": offsets}
        body += raw
    text = json.dumps(header).encode()
    path = tmp_path / "model.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)
    read = weights.read_tensors(path)
    assert read["model.layers.0.mlp.up_proj.weight"] == pytest.approx(
        tensors["model.layers.0.mlp.up_proj.weight"]
    )
    assert [layer.shape for layer in weights.mlp_layers(read)] == [(6, 8), (6, 12)]
    assert [layer.shape for layer in weights.mlp_channels(read)] == [(12, 4), (18, 4)]
