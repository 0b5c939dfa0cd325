from __future__ import annotations

import numpy as np
import pytest

from dokja.numerics.initial import (
    Distribution,
    edge_limit,
    edge_ratio,
    fit,
    log10_kolmogorov,
    orthogonality_error,
    spread_rounding,
)


def _round(values: np.ndarray) -> np.ndarray:
    bits = values.astype(np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    return (rounded.astype(np.uint32) << 16).view(np.float32)


@pytest.mark.parametrize("seed", range(5))
def test_what_was_drawn_fits_even_when_it_was_rounded(seed: int) -> None:
    rng = np.random.default_rng(seed)
    normal = Distribution("normal", 0.0, 0.02)
    cut = Distribution("cut_normal", 0.0, 0.02, -0.04, 0.04)
    uniform = Distribution("uniform", low=-0.1, high=0.1)
    drawn = rng.normal(0.0, 0.02, 60_000)
    samples = (
        (normal, drawn),
        (cut, drawn[abs(drawn) < 0.04]),
        (uniform, rng.uniform(-0.1, 0.1, 50_000)),
    )
    for declared, values in samples:
        found = fit(spread_rounding(_round(values), 8, rng), declared)
        assert found.log10_p > -4.0
        assert found.spread == pytest.approx(1.0, abs=0.02)
        assert abs(found.kurtosis_z) < 6.0
    # Ties would ruin the p-value, which is what spreading is for.
    assert (
        fit(_round(uniform_ := samples[2][1]), uniform).distance > fit(uniform_, uniform).distance
    )


def test_another_distribution_does_not_fit() -> None:
    rng = np.random.default_rng(0)
    values = rng.uniform(-0.0346, 0.0346, 20_000)
    found = fit(values, Distribution("normal", 0.0, 0.02))
    assert found.log10_p < -20.0
    assert found.distance > 0.02
    assert fit(values, Distribution("normal")).spread is None


def test_random_matrices_stay_within_the_limit_of_the_edge() -> None:
    rng = np.random.default_rng(0)
    for m, n in ((16, 16), (40, 300), (300, 300)):
        for draw in (rng.standard_normal, lambda size: rng.uniform(-1.0, 1.0, size)):
            ratios = [edge_ratio(draw((m, n))) for _ in range(60)]
            assert max(one for one in ratios if one is not None) < edge_limit(m, n)


def test_a_direction_of_its_own_is_beyond_the_edge() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 300))
    spike = np.outer(rng.standard_normal(200), rng.standard_normal(300))
    spike *= 1.6 * (200**0.5 + 300**0.5) / np.linalg.norm(spike)
    ratio = edge_ratio(x + spike)
    assert ratio is not None
    assert ratio > edge_limit(200, 300) + 0.1
    exact = np.linalg.norm(x, 2) / (np.sqrt(np.mean(x * x)) * (200**0.5 + 300**0.5))
    assert edge_ratio(x) == pytest.approx(exact, rel=0.02)
    assert edge_ratio(x) <= exact * (1 + 1e-9)
    assert edge_ratio(np.zeros((20, 20))) is None
    assert edge_ratio(np.ones((3, 20))) is None


def test_orthogonal_matrices_are_known() -> None:
    rng = np.random.default_rng(0)
    q = np.linalg.qr(rng.standard_normal((30, 30)))[0]
    assert orthogonality_error(3.0 * q[:10], 3.0) == pytest.approx(0.0, abs=1e-9)
    error = orthogonality_error(rng.standard_normal((10, 30)) / 30**0.5, 1.0)
    assert error is not None
    assert error > 0.1
    assert orthogonality_error(np.ones((1, 30)), 1.0) is None


def test_the_bound_of_the_distance_holds() -> None:
    rng = np.random.default_rng(0)
    uniform = Distribution("uniform", low=0.0, high=1.0)
    p = np.array([fit(rng.random(200), uniform).log10_p for _ in range(400)])
    assert (p < -1.0).mean() < 0.13
    assert log10_kolmogorov(0.5, 1_000) < -100.0
