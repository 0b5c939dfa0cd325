from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from dokja.numerics.moments import moments
from dokja.numerics.retention import (
    CentredSums,
    RetentionBlock,
    effective_gains,
    jackknife_limits,
    retention,
)

Array = np.ndarray


def sums(subject: Array, reference: Array) -> CentredSums:
    return CentredSums.from_arrays(subject, reference)


def block(matrices: tuple[Array, Array], gains: tuple[Array, Array]) -> RetentionBlock:
    return RetentionBlock(sums(*matrices), sums(*gains), sums(*gains))


def trained(start: Array, rng: np.random.Generator, *, decay: float, step: float) -> Array:
    return (1 - decay) * start + step * rng.normal(size=start.shape)


def children(rng: np.random.Generator, n_layers: int) -> list[RetentionBlock]:
    """A second training of the whole reference, gains and matrices alike."""
    blocks = []
    for _ in range(n_layers):
        matrix, gain = rng.normal(size=4000), 1.0 + 0.05 * rng.normal(size=128)
        subject_gain = 1.0 + trained(gain - 1.0, rng, decay=0.3, step=0.02)
        blocks.append(
            block((trained(matrix, rng, decay=0.3, step=0.4), matrix), (subject_gain, gain))
        )
    return blocks


def twins(rng: np.random.Generator, n_layers: int) -> list[RetentionBlock]:
    """Two trainings of one random start: gains began at one and have nothing in common."""
    blocks = []
    for _ in range(n_layers):
        start = rng.normal(size=4000)
        matrices = tuple(trained(start, rng, decay=0.2, step=0.5) for _ in range(2))
        gains = tuple(1.0 + 0.05 * rng.normal(size=128) for _ in range(2))
        blocks.append(block(matrices, gains))
    return blocks


def test_sums_of_arrays_are_those_of_moments() -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 40, 7)).astype(np.float32) + 3.0
    one, other = sums(a, b), CentredSums.from_moments(moments(a, b))
    assert (one.subject, one.reference, one.cross) == pytest.approx(
        (other.subject, other.reference, other.cross), rel=1e-5
    )
    assert one.pearson == pytest.approx(np.corrcoef(a.ravel(), b.ravel())[0, 1])
    slope, reverse = np.polyfit(b.ravel(), a.ravel(), 1)[0], np.polyfit(a.ravel(), b.ravel(), 1)[0]
    assert one.slope == pytest.approx(slope)
    assert one.reverse_slope == pytest.approx(reverse)


def test_pooled_tensors_keep_their_own_means() -> None:
    rng = np.random.default_rng(0)
    low, high = rng.normal(size=(2, 2, 500))
    pooled = sums(*low) + sums(*(high + 1000.0))
    assert abs(pooled.pearson or 1.0) < 0.2


def test_equal_values_have_exactly_no_spread() -> None:
    constant = np.full(1000, 0.1)
    one = sums(constant, np.arange(1000.0))
    assert one.subject == one.cross == 0.0
    assert one.pearson is None
    assert one.reverse_slope is None
    assert one.slope == 0.0
    assert sums(np.empty(0), np.empty(0)).slope is None


def test_a_child_keeps_gains_as_it_keeps_matrices() -> None:
    found = retention(children(np.random.default_rng(0), 12))
    assert found.n_blocks == 12
    assert found.forward.ratio == pytest.approx(1.0, abs=0.1)
    assert found.forward.low is not None
    assert found.forward.high is not None
    assert found.forward.low < 1.0 < found.forward.high
    assert found.forward.matrix_slope == pytest.approx(0.7, abs=0.02)
    # The two slopes of a pair and its correlation say the same thing.
    assert found.matrix_pearson == pytest.approx(
        np.sqrt(found.forward.matrix_slope * found.reverse.matrix_slope)
    )


def test_a_twin_start_keeps_matrices_and_no_gains() -> None:
    found = retention(twins(np.random.default_rng(0), 12))
    assert found.matrix_pearson is not None
    assert found.matrix_pearson > 0.6
    assert found.forward.high is not None
    assert found.forward.high < 0.6
    assert abs(found.gain_pearson or 0.0) < 0.2


def test_limits_cover_the_true_ratio_as_often_as_they_say() -> None:
    rng = np.random.default_rng(0)
    n_covered = 0
    for _ in range(200):
        estimate = retention(children(rng, 6)).forward
        assert estimate.low is not None
        assert estimate.high is not None
        n_covered += estimate.low <= 1.0 <= estimate.high
    assert n_covered >= stats.binom.ppf(0.001, 200, 0.93)


def test_scaling_one_side_leaves_the_ratio() -> None:
    rng = np.random.default_rng(0)
    blocks = children(rng, 5)
    scaled = [
        RetentionBlock(
            CentredSums(b.matrices.subject * 4.0, b.matrices.reference, b.matrices.cross * 2.0),
            CentredSums(b.gains.subject * 4.0, b.gains.reference, b.gains.cross * 2.0),
        )
        for b in blocks
    ]
    assert retention(scaled).forward.ratio == pytest.approx(retention(blocks).forward.ratio)
    assert retention(scaled).reverse.ratio == pytest.approx(retention(blocks).reverse.ratio)


def test_frozen_gains_leave_the_ratio_undefined() -> None:
    rng = np.random.default_rng(0)
    matrix, ones = rng.normal(size=100), np.ones(20)
    found = retention([block((matrix, matrix), (ones, ones))] * 3)
    assert found.n_blocks == 0
    assert found.forward.ratio is None
    assert found.forward.low is None
    assert found.forward.matrix_slope == pytest.approx(1.0)
    assert found.gain_pearson is None


def test_matrices_that_keep_nothing_leave_the_ratio_undefined() -> None:
    values = np.array([1.0, -1.0])
    found = retention([block((-values, values), (values, values))] * 3)
    assert found.forward.matrix_slope == -1.0
    assert found.forward.ratio is None


def test_one_layer_has_a_ratio_and_no_limits() -> None:
    (one,) = children(np.random.default_rng(0), 1)
    found = retention([one]).forward
    assert found.ratio is not None
    assert found.low is None
    assert found.high is None


def test_limits_are_withheld_where_the_ratio_hangs_on_one_layer() -> None:
    values = np.array([1.0, -1.0])
    good = block((10 * values, 10 * values), (values, values))
    bad = block((-values, values), (values, values))
    found = retention([good, bad, bad]).forward
    assert found.ratio is not None
    assert found.low is None


def test_jackknife_of_a_mean_is_students_interval() -> None:
    values = np.random.default_rng(0).normal(size=9)
    without = [float(np.delete(values, i).mean()) for i in range(9)]
    low, high = jackknife_limits(float(values.mean()), without) or (0.0, 0.0)
    expected = stats.t.interval(0.95, 8, values.mean(), stats.sem(values))
    assert (low, high) == pytest.approx(expected)
    assert jackknife_limits(1.0, [1.0]) is None


def test_folding_gains_changes_no_effective_gain() -> None:
    rng = np.random.default_rng(0)
    gain, first, second = rng.normal(size=20), rng.normal(size=(30, 20)), rng.normal(size=(10, 20))
    folded = effective_gains(np.ones(20), [first * gain, second * gain])
    assert folded == pytest.approx(effective_gains(gain, [first, second]))


@pytest.mark.parametrize(
    ("gain", "followers"),
    [([1.0], []), ([[1.0]], [[[1.0]]]), ([1.0], [[[1.0, 2.0]]]), ([1.0], [[1.0]])],
)
def test_followers_that_do_not_fit_are_refused(gain: object, followers: object) -> None:
    with pytest.raises(ValueError, match=r"expected one gain|do not follow"):
        effective_gains(gain, followers)


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        sums(np.ones(2), np.ones(3))
    with pytest.raises(ValueError, match="finite"):
        sums(np.array([1.0, np.nan]), np.ones(2))
