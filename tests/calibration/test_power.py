"""A smaller run of ``make calibrate``: every test finds what it promises to find."""

from __future__ import annotations

import numpy as np
import pytest

from bench.calibration import draws, power
from dokja.numerics.matching import mutual_nearest
from dokja.numerics.planting import plant
from dokja.numerics.power import least_detectable
from dokja.numerics.relabelling import in_place_log10_p

PROMISED = [effect for effect in power.EFFECTS if effect.least]
IDS = [f"{effect.test}: {effect.planted}" for effect in PROMISED]


@pytest.mark.slow
@pytest.mark.parametrize("effect", PROMISED, ids=IDS)
def test_what_is_promised_is_found(effect: power.Effect) -> None:
    assert power.found_share(effect, 40, seed=1) >= 0.95


def test_every_kind_of_test_promises_something() -> None:
    kinds = {effect.test.split(",")[0] for effect in PROMISED}
    assert kinds == {"in place", "order", "layer search", "swap", "channels in place", "canaries"}


def test_power_by_similarities_is_power_by_weights() -> None:
    # Planting in similarities must neither promise more nor less than planting in weights.
    rng = np.random.default_rng(0)
    n, share, cosine = 128, 0.3, 0.4
    by_weights, by_similarities = [], []
    for _ in range(60):
        reference = rng.normal(size=(n, 64))
        found = draws.matches(power.inherited(rng, reference, share, cosine), reference)
        by_weights.append(found.n_in_place)
        subject, twin = draws.features(rng.normal(size=(n, 64))), draws.features(reference)
        planted = plant(subject @ twin.T, twin @ twin.T, share, cosine, rng)
        by_similarities.append(mutual_nearest(planted).n_in_place)
    spread = np.hypot(np.std(by_weights), np.std(by_similarities)) / np.sqrt(60)
    # `inherited` mixes vectors of unequal norm, so that the two agree closely and not exactly.
    assert np.mean(by_similarities) == pytest.approx(np.mean(by_weights), abs=5 * spread + 1.0)


def test_least_detectable_share_is_where_power_begins() -> None:
    rng = np.random.default_rng(0)
    own, reference = (draws.features(rng.normal(size=(256, 64))) for _ in range(2))
    sr, rr = own @ reference.T, reference @ reference.T

    def detect(share: float, rng: np.random.Generator) -> bool:
        found = mutual_nearest(plant(sr, rr, share, 0.9, rng))
        return in_place_log10_p(found.n_in_place, found.n_mutual / 256) <= power.LEVEL

    grid = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0]
    least = least_detectable(detect, grid, 20, rng).value
    assert least is not None
    assert 0.01 < least <= 0.1
    again = sum(detect(least, rng) for _ in range(50))
    below = sum(detect(grid[grid.index(least) - 1], rng) for _ in range(50))
    assert again >= 40
    assert below < 45
