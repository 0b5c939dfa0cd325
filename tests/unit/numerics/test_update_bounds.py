from __future__ import annotations

import numpy as np
import pytest

from dokja.numerics.update_bounds import adam_factor, muon_rms


def _adam(gradients: np.ndarray, first: float, second: float) -> np.ndarray:
    m = v = np.zeros(gradients.shape[1])
    out = []
    for t, g in enumerate(gradients, start=1):
        m = first * m + (1 - first) * g
        v = second * v + (1 - second) * g**2
        out.append(m / (1 - first**t) / (np.sqrt(v / (1 - second**t)) + 1e-300))
    return np.abs(np.array(out)).max(axis=1)


@pytest.mark.parametrize(("first", "second"), [(0.9, 0.95), (0.9, 0.999), (0.95, 0.95), (0.0, 0.9)])
def test_no_gradients_move_a_weight_beyond_the_bound_of_adam(first: float, second: float) -> None:
    rng = np.random.default_rng(0)
    n = 120
    growing = np.exp(np.outer(np.arange(n), rng.uniform(0.0, 0.4, 300)))
    spikes = np.where(rng.random((n, 300)) < 0.02, 1.0, 1e-6) * rng.normal(size=(n, 300))
    # The gradients that reach the bound of the last step: proportional to (first / second)^k.
    worst = ((first / second) ** np.arange(n)[::-1])[:, None] if first else np.eye(n)[:, -1:]
    for gradients in (rng.normal(size=(n, 300)), growing, spikes, worst):
        moved = _adam(gradients, first, second)
        assert (moved <= adam_factor(np.arange(1, n + 1), first, second) * (1 + 1e-9)).all()
    reached = _adam(worst, first, second)[-1]
    assert reached == pytest.approx(adam_factor(np.array([n]), first, second)[0], rel=0.02)


def test_the_bound_of_adam_never_falls() -> None:
    for betas in ((0.9, 0.95), (0.9, 0.999), (0.9, 0.5), (0.99, 0.9)):
        assert (np.diff(adam_factor(np.arange(1, 3_000), *betas)) >= 0.0).all()
    assert adam_factor(np.array([5]), 0.9, 0.0)[0] == np.inf


def test_the_bound_of_muon_follows_the_shape() -> None:
    assert muon_rms((200, 100), "original") > muon_rms((100, 200), "original")
    wide = muon_rms((64, 64), "match_rms_adamw"), muon_rms((4096, 64), "match_rms_adamw")
    assert wide[0] == pytest.approx(wide[1]) == pytest.approx(0.3)
