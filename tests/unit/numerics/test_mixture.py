"""Weights of a mixture are what they were made of, and their limits hold as often as they say."""

from __future__ import annotations

import numpy as np
import pytest

from dokja.numerics.mixture import Products, fit_mixture, gain_ratios, relative_to

N = 400


def blocks(
    rng: np.random.Generator, weights: tuple[float, ...], *, n: int = 8, noise: float = 0.0
) -> list[Products]:
    """Mix strangers block by block, with noise of its own in each."""
    made = []
    for _ in range(n):
        others = rng.normal(size=(len(weights), N))
        subject = np.asarray(weights) @ others + noise * rng.normal(size=N)
        held = Products.from_tensors([subject, *others])
        assert held is not None
        made.append(held)
    return made


def values(found: list[Products]) -> list[float]:
    fit = fit_mixture(found)
    assert fit is not None
    return [weight.value for weight in fit.weights]


def test_an_exact_mixture_is_read_off() -> None:
    fit = fit_mixture(blocks(np.random.default_rng(0), (0.7, 0.3, 0.0)))
    assert fit is not None
    assert [w.value for w in fit.weights] == pytest.approx([0.7, 0.3, 0.0], abs=1e-9)
    assert fit.residual_share == pytest.approx(0.0, abs=1e-12)
    assert [w.added_share for w in fit.weights[:2]] == pytest.approx([1.0, 1.0])
    assert fit.weights[2].added_share < 1e-6
    assert fit.by_block == pytest.approx(np.tile([0.7, 0.3, 0.0], (8, 1)))


@pytest.mark.parametrize("truth", [(0.7, 0.3), (1.0, 0.0), (0.5, 0.05)])
def test_limits_hold_as_often_as_they_say(truth: tuple[float, ...]) -> None:
    """95 % of intervals hold the weight that was mixed in, weights of nothing included."""
    rng = np.random.default_rng(1)
    n, held = 400, np.zeros(len(truth))
    for _ in range(n):
        fit = fit_mixture(blocks(rng, truth, noise=1.0))
        assert fit is not None
        for place, (weight, value) in enumerate(zip(fit.weights, truth, strict=True)):
            assert weight.low is not None
            assert weight.high is not None
            held[place] += weight.low <= value <= weight.high
    assert (held / n >= 0.91).all(), held / n
    assert (held / n <= 0.985).all(), held / n


def test_limits_hold_where_layers_differ_in_their_weights() -> None:
    """Layers mixed unlike each other vary as blocks do, which values within one do not show."""
    rng = np.random.default_rng(2)
    n, held, widths = 300, 0, []
    for _ in range(n):
        drawn = 0.5 + 0.2 * rng.normal(size=12)
        made = [block for w in drawn for block in blocks(rng, (w, 1.0 - w), n=1)]
        fit = fit_mixture(made)
        assert fit is not None
        low, high = fit.weights[0].low, fit.weights[0].high
        assert low is not None
        assert high is not None
        held += low <= 0.5 <= high
        widths.append(high - low)
    assert held / n >= 0.90
    # By values alone, as if all layers had one weight, they would be some 0.03 wide.
    assert np.median(widths) > 0.15


def test_kin_references_stay_unbiased_and_become_uncertain() -> None:
    rng = np.random.default_rng(3)
    widths, found, conditions = [], [], []
    for closeness in (0.0, 0.9999):
        made = []
        for _ in range(8):
            a, b, own = rng.normal(size=(3, N))
            b = closeness * a + np.sqrt(1.0 - closeness**2) * b
            held = Products.from_tensors([0.7 * a + 0.3 * b + 0.1 * own, a, b])
            assert held is not None
            made.append(held)
        fit = fit_mixture(made)
        assert fit is not None
        low, high = fit.weights[0].low, fit.weights[0].high
        assert low is not None
        assert high is not None
        widths.append(high - low)
        found.append(fit.weights[0].value)
        conditions.append(fit.condition)
    assert widths[1] > 10.0 * widths[0]  # a factor of 1 / sqrt(1 - r^2), about 70
    assert abs(found[1] - 0.7) < 3.0 * widths[1]
    assert conditions[0] < 1.5
    # Two that correlate by r: sqrt((1 + r) / (1 - r)).
    assert conditions[1] == pytest.approx(np.sqrt(1.9999 / 0.0001), rel=0.1)


def test_weights_do_not_change_when_all_values_are_reordered_and_scale_with_a_reference() -> None:
    rng = np.random.default_rng(4)
    tensors = [rng.normal(size=(4, N)) for _ in range(5)]
    order = rng.permutation(N)
    plain = values([p for t in tensors if (p := Products.from_tensors(list(t)))])
    moved = values([p for t in tensors if (p := Products.from_tensors(list(t[:, order])))])
    scaled = [[t[0], 4.0 * t[1], t[2], t[3] + 7.0] for t in tensors]
    found = values([p for t in scaled if (p := Products.from_tensors(t))])
    assert moved == pytest.approx(plain)
    assert found == pytest.approx([plain[0] / 4.0, plain[1], plain[2]])


def test_copies_of_one_reference_have_no_weights_of_their_own() -> None:
    rng = np.random.default_rng(5)
    a = rng.normal(size=N)
    held = Products.from_tensors([a + rng.normal(size=N), a, 2.0 * a])
    assert held is not None
    assert fit_mixture([held]) is None
    constant = Products.from_tensors([a, a, np.ones(N)])
    assert constant is not None
    assert fit_mixture([constant]) is None
    assert Products.from_tensors([np.ones(N), a]) is None


def test_one_block_has_weights_and_no_limits() -> None:
    fit = fit_mixture(blocks(np.random.default_rng(6), (0.6, 0.4), n=1))
    assert fit is not None
    assert [(w.low, w.high) for w in fit.weights] == [(None, None)] * 2


@pytest.mark.parametrize("share", [0.5, 0.3])
def test_a_sphere_is_told_from_a_chord(share: float) -> None:
    rng = np.random.default_rng(7)
    a, b = rng.normal(size=(2, 20_000))
    chord = Products.from_tensors([(1.0 - share) * a + share * b, a, b])
    angle = np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    arc = (np.sin((1.0 - share) * angle) * a + np.sin(share * angle) * b) / np.sin(angle)
    sphere = Products.from_tensors([arc, a, b])
    assert chord is not None
    assert sphere is not None
    on_chord, on_sphere = fit_mixture([chord]), fit_mixture([sphere])
    assert on_chord is not None
    assert on_sphere is not None
    assert on_sphere.norm_ratio == pytest.approx(1.0, abs=0.02)
    assert on_chord.norm_ratio == pytest.approx(np.hypot(share, 1.0 - share), abs=0.02)


def test_changes_of_a_base_have_their_own_weights() -> None:
    rng = np.random.default_rng(8)
    made = []
    for _ in range(4):
        base, first, second = rng.normal(size=(3, N)) * [[1.0], [0.1], [0.1]]
        subject = base + 0.8 * first + 0.5 * second
        held = Products.from_tensors([subject, base, base + first, base + second])
        assert held is not None
        made.append(held)
    changes = relative_to(made, 0)
    assert changes[0].sums.shape == (3, 3)
    assert values(changes) == pytest.approx([0.8, 0.5], abs=1e-6)


def test_gains_follow_what_went_in_and_not_what_started_alike() -> None:
    rng = np.random.default_rng(9)
    matrices = blocks(rng, (0.6, 0.4), n=12, noise=0.05)
    whole, start = [], []
    for _ in matrices:
        a, b, own = rng.normal(size=(3, 60))
        for held, subject in ((whole, 0.6 * a + 0.4 * b), (start, 0.6 * a + 0.4 * own)):
            sums = Products.from_tensors([subject + 0.02 * own, a, b])
            assert sums is not None
            # Blocks are pooled in the subject's own units; keep them apart from its spread.
            held.append(Products(sums.sums * subject.var()))
    trained = gain_ratios(matrices, whole)
    assert trained[1] is not None
    assert trained[1][0] == pytest.approx(1.0, abs=0.1)
    assert trained[1][1] is not None
    assert trained[1][1] > 0.9
    twin = gain_ratios(matrices, start)
    assert twin[1] is not None
    assert abs(twin[1][0]) < 0.3
    assert twin[1][2] is not None
    assert twin[1][2] < 0.85
    assert gain_ratios(matrices, whole[:-1]) == (None, None)
