from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from dokja.numerics.combine import bonferroni, cauchy, fisher, holm


def test_holm_is_the_textbooks() -> None:
    p = [0.01, 0.04, 0.03, 0.005]
    adjusted = [10.0**value for value in holm([math.log10(value) for value in p])]
    assert adjusted == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_counts_hypotheses_that_are_not_shown() -> None:
    assert holm([-8.0], n_hypotheses=100) == pytest.approx((-6.0,))
    assert holm([-8.0, -9.0], n_hypotheses=3) == pytest.approx(
        (-8.0 + math.log10(2), -9.0 + math.log10(3))
    )
    with pytest.raises(ValueError, match="cannot come from"):
        holm([-1.0, -2.0], n_hypotheses=1)


def test_holm_controls_false_rejections_among_dependent_tests() -> None:
    rng = np.random.default_rng(0)
    n_wrong = 0
    for _ in range(2000):
        common = rng.normal()
        p = stats.norm.sf(0.7 * common + math.sqrt(1 - 0.49) * rng.normal(size=8))
        n_wrong += min(holm(np.log10(p))) <= math.log10(0.05)
    assert n_wrong <= stats.binom.ppf(0.999, 2000, 0.05)


def test_holm_of_nothing_is_nothing() -> None:
    assert holm([]) == ()


def test_bonferroni_pays_for_every_try() -> None:
    assert bonferroni(-1e6, 1000) == pytest.approx(-1e6 + 3.0)
    assert bonferroni(-2.0, 1) == -2.0
    with pytest.raises(ValueError, match="at least one"):
        bonferroni(-2.0, 0)


@pytest.mark.parametrize("p", [[0.5], [0.1, 0.9], [1e-3, 0.2, 0.7, 1.0], [1e-30] * 5, [0.99] * 50])
def test_fisher_is_scipys(p: list[float]) -> None:
    expected = stats.combine_pvalues(p, method="fisher").pvalue
    assert fisher([math.log10(value) for value in p]) == pytest.approx(math.log10(expected))


def test_fisher_goes_where_no_float_does() -> None:
    value = fisher([-1e6] * 100)
    assert -1e8 < value < -1e8 + 1000
    assert fisher([]) == fisher([0.0, 0.0]) == 0.0


def test_fisher_keeps_its_size_where_p_values_are_coarse() -> None:
    # P-values that are 1 more often than not, as those of bounds are.
    rng = np.random.default_rng(0)
    n_wrong = 0
    for _ in range(4000):
        uniform = rng.random(6)
        p = np.where(uniform < 0.1, 0.1, 1.0)
        n_wrong += fisher(np.log10(p)) <= math.log10(0.05)
    assert n_wrong <= stats.binom.ppf(0.999, 4000, 0.05)


def test_fisher_of_dependent_tests_is_wrong() -> None:
    # Why tests on the same units must not be joined by it.
    rng = np.random.default_rng(0)
    wrong = [fisher([math.log10(p)] * 6) <= -2.0 for p in rng.random(4000)]
    assert np.mean(wrong) > 0.05


def test_cauchy_is_the_formulas() -> None:
    p = np.array([0.01, 0.2, 0.6])
    total = np.mean(1.0 / np.tan(np.pi * p))
    expected = 0.5 - math.atan(total) / math.pi
    assert 10.0 ** cauchy(np.log10(p)) == pytest.approx(expected)
    weights = np.array([1.0, 2.0, 5.0])
    total = np.average(1.0 / np.tan(np.pi * p), weights=weights)
    expected = 0.5 - math.atan(total) / math.pi
    assert 10.0 ** cauchy(np.log10(p), weights) == pytest.approx(expected)


@pytest.mark.parametrize("smallest", [-3.0, -7.9, -8.1, -15.0, -300.0, -1e6])
def test_cauchy_is_continuous_down_to_any_p(smallest: float) -> None:
    value = cauchy([smallest, math.log10(0.3)])
    assert value == pytest.approx(smallest + math.log10(2), abs=1e-2)


def test_cauchy_outlives_a_p_of_one() -> None:
    assert cauchy([-20.0, 0.0, 0.0]) == pytest.approx(-20.0 + math.log10(3), abs=1e-6)
    assert -0.05 < cauchy([0.0, 0.0]) <= 0.0
    assert cauchy([]) == 0.0
    assert cauchy([-9.0, 0.0], [1e-12, 1.0]) > -0.05  # a weight next to nothing


def test_cauchy_keeps_its_size_nearly_whatever_the_dependence() -> None:
    rng = np.random.default_rng(0)
    for shared in (0.0, 0.5, 0.99):
        common = rng.normal(size=(4000, 1))
        z = math.sqrt(shared) * common + math.sqrt(1 - shared) * rng.normal(size=(4000, 10))
        combined = [cauchy(np.log10(row)) for row in stats.norm.sf(z)]
        n_wrong = int(np.sum(np.array(combined) <= -2.0))
        assert n_wrong <= stats.binom.ppf(0.999, 4000, 0.012)


@pytest.mark.parametrize("weights", [[1.0], [1.0, 0.0], [1.0, -1.0], [1.0, math.inf]])
def test_cauchy_refuses_weights_that_do_not_fit(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weights"):
        cauchy([-1.0, -2.0], weights)


@pytest.mark.parametrize("bad", [0.1, -math.inf, math.nan])
def test_p_values_of_zero_or_above_one_are_refused(bad: float) -> None:
    for function in (holm, fisher, cauchy):
        with pytest.raises(ValueError, match="at most 0"):
            function([-1.0, bad])
    with pytest.raises(ValueError, match="at most 0"):
        bonferroni(bad, 2)
