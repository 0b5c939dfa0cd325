from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dokja.numerics.carried import CarriedBlock, judge, kept_channels, mean_effect
from dokja.numerics.carrying import KernelPair, balanced, carry, laid_side_by_side, same_numbers

Kernels = dict[str, NDArray[np.float32]]
SETS = {
    "stem": ("stream.0", None),
    "0.first": ("0.inner", "stream.0"),
    "0.second": ("stream.0", "0.inner"),
    "1.first": ("1.inner", "stream.0"),
    "1.second": ("stream.0", "1.inner"),
    "classes": (None, "stream.0"),
}
SIZES = {"stream.0": 24, "0.inner": 32, "1.inner": 32}


def _network(rng: np.random.Generator) -> Kernels:
    found = {}
    for name, (out, into) in SETS.items():
        window = 1 if name == "classes" else 9
        shape = (SIZES.get(out or "", 10), SIZES.get(into or "", 3), window)
        found[name] = rng.standard_normal(shape).astype(np.float32)
    return found


def _disguised(kernels: Kernels, rng: np.random.Generator, cosine: float = 1.0) -> Kernels:
    """Renumber and rescale every set of channels, and add noise."""
    orders = {name: rng.permutation(n) for name, n in SIZES.items()}
    found = {}
    for name, kernel in kernels.items():
        out, into = SETS[name]
        noise = rng.standard_normal(kernel.shape)
        mixed = cosine * kernel + np.sqrt(1.0 - cosine**2) * noise
        rows = orders.get(out or "", np.arange(kernel.shape[0]))
        columns = orders.get(into or "", np.arange(kernel.shape[1]))
        scale = np.exp(0.5 * rng.standard_normal(kernel.shape[0]))[:, None, None]
        found[name] = np.asarray(mixed[np.ix_(rows, columns)] * scale, dtype=np.float32)
    return found


def _pairs(subject: Kernels, reference: Kernels) -> dict[str, KernelPair]:
    return {
        name: KernelPair(balanced(subject[name]), balanced(reference[name]), *SETS[name])
        for name in SETS
    }


def _fitted(pairs: dict[str, KernelPair]) -> tuple[list[KernelPair], CarriedBlock]:
    """All but the second block, and the second block."""
    fit = [pair for name, pair in pairs.items() if not name.startswith("1.")]
    return fit, CarriedBlock(1, 1, (pairs["1.first"], pairs["1.second"]))


def test_balancing_undoes_every_positive_scaling() -> None:
    rng = np.random.default_rng(0)
    kernel = rng.standard_normal((7, 5, 9)).astype(np.float32)
    rows, columns = np.exp(rng.standard_normal(7)), np.exp(rng.standard_normal(5))
    scaled = np.asarray(kernel * rows[:, None, None] * columns[None, :, None], dtype=np.float32)
    np.testing.assert_allclose(balanced(scaled), balanced(kernel), rtol=1e-3, atol=1e-4)
    power = (balanced(kernel) ** 2).sum(2)
    np.testing.assert_allclose(power.mean(1), 1.0, rtol=1e-3)
    np.testing.assert_allclose(power.mean(0), 1.0, rtol=1e-3)


def test_channels_without_weights_stay_zero() -> None:
    kernel = np.ones((3, 4, 9), dtype=np.float32)
    kernel[1] = 0.0
    assert not balanced(kernel)[1].any()
    assert np.isfinite(balanced(kernel)).all()
    assert not balanced(np.zeros((2, 2, 1), np.float32)).any()


@pytest.mark.parametrize("cosine", [1.0, 0.7])
def test_a_renumbered_copy_is_found_on_a_block_that_was_not_fitted(cosine: float) -> None:
    rng = np.random.default_rng(1)
    reference = _network(rng)
    fit, held = _fitted(_pairs(_disguised(reference, rng, cosine), reference))
    found = carry(fit)
    judged = judge(held, found)
    assert judged.agreement.effect > 0.7 * cosine
    assert judged.agreement.share > 0.9
    assert judged.n_mutual == SIZES["1.inner"]
    kept = kept_channels(found)
    assert kept is not None
    assert kept < 0.3


def test_what_is_found_hangs_on_no_number() -> None:
    rng = np.random.default_rng(2)
    reference = _network(rng)
    plain, _ = _fitted(_pairs(reference, reference))
    fit, _ = _fitted(_pairs(_disguised(reference, rng), reference))
    sizes = [{name: len(i) for name, (i, _) in carry(pairs).items()} for pairs in (plain, fit)]
    assert sizes[0] == sizes[1]
    assert kept_channels(carry(plain)) == 1.0


def test_strangers_agree_nowhere_even_after_many_starts() -> None:
    """The fit may be overfitted at will: the block that judges had no part in it."""
    rng = np.random.default_rng(3)
    fit, held = _fitted(_pairs(_network(rng), _network(rng)))
    effects, best = [], (-1.0, 0.0)
    for _ in range(40):
        known = {name: (rng.permutation(n), np.arange(n)) for name, n in SIZES.items()}
        found = carry(fit, known)
        fitted = mean_effect([CarriedBlock(0, 0, (fit[1], fit[2]))], found)
        effects.append(judge(held, found).agreement.effect)
        best = max(best, (fitted, effects[-1]))
    assert abs(best[1]) < 0.1
    assert abs(np.mean(effects)) < 0.03


def test_pruned_channels_are_done_without() -> None:
    rng = np.random.default_rng(4)
    reference = _network(rng)
    subject = _disguised(reference, rng)
    kept = {name: np.sort(rng.permutation(n)[: 3 * n // 4]) for name, n in SIZES.items()}
    for name, (out, into) in SETS.items():
        kernel = subject[name]
        rows = kept.get(out or "", np.arange(kernel.shape[0]))
        columns = kept.get(into or "", np.arange(kernel.shape[1]))
        subject[name] = kernel[np.ix_(rows, columns)]
    fit, held = _fitted(_pairs(subject, reference))
    judged = judge(held, carry(fit))
    assert judged.agreement.effect > 0.5
    assert judged.n_mutual >= len(kept["1.inner"]) - 2


def test_nothing_is_said_where_streams_do_not_face_each_other() -> None:
    rng = np.random.default_rng(5)
    reference = _network(rng)
    _, held = _fitted(_pairs(reference, reference))
    judged = judge(held, {})
    assert (judged.agreement.effect, judged.n_mutual) == (0.0, 0)
    assert kept_channels({}) is None
    assert laid_side_by_side(held.pairs[0], {}, along="out") is None
    assert len(same_numbers(3, 4)[0]) == 0
