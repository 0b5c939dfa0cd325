"""Numbers of a unit that no re-indexing changes."""

from __future__ import annotations

import numpy as np
import pytest

from dokja.numerics.unit_shapes import match_by_invariants, unit_shapes

N, D = 60, 48


def matrices(seed: int, count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((3, D))
    return [
        (rng.standard_normal((N, D)) + rng.standard_normal((N, 3)) @ common).astype(np.float32)
        for _ in range(count)
    ]


def rotation(seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((D, D)))[0].astype(np.float32)


@pytest.mark.parametrize("count", [2, 3])
def test_rotating_the_stream_changes_no_invariant(count: int) -> None:
    held = matrices(1, count)
    turned = [m @ rotation(2) for m in held]
    first, second = unit_shapes(held[:-1], held[-1]), unit_shapes(turned[:-1], turned[-1])
    np.testing.assert_allclose(first.invariants, second.invariants, atol=2e-3)


def test_rescaling_and_flipping_up_and_down_changes_no_invariant() -> None:
    gate, up, down = matrices(3, 3)
    rng = np.random.default_rng(4)
    scale = (np.exp(rng.standard_normal(N)) * rng.choice([-1.0, 1.0], N)).astype(np.float32)
    first = unit_shapes([gate, up], down)
    second = unit_shapes([gate, up * scale[:, None]], down / scale[:, None])
    np.testing.assert_allclose(first.invariants, second.invariants, atol=2e-3)
    flipped = first.signs * second.signs
    assert np.array_equal(flipped, np.sign(scale))


def test_without_a_gate_the_scale_of_a_unit_is_seen() -> None:
    up, down = matrices(5, 2)
    first, second = unit_shapes([up], down), unit_shapes([up * 2.0], down / 2.0)
    assert np.abs(first.invariants[:, 1] - second.invariants[:, 1]).min() > 0.6


def test_renumbered_units_are_matched_with_themselves() -> None:
    held = matrices(6, 3)
    order = np.random.default_rng(7).permutation(N)
    moved = [m[order] @ rotation(8) for m in held]
    subject, reference = unit_shapes(moved[:-1], moved[-1]), unit_shapes(held[:-1], held[-1])
    i, j, agreement = match_by_invariants(subject, reference)
    assert len(i) >= N // 2 - 1
    assert np.mean(order[i] == j) > 0.95
    assert agreement > 0.9


def test_strangers_agree_no_more_than_points_at_random() -> None:
    first = unit_shapes(matrices(9, 3)[:2], matrices(9, 3)[2])
    second = unit_shapes(matrices(10, 3)[:2], matrices(10, 3)[2])
    assert match_by_invariants(first, second)[2] < 0.6


def test_dead_units_take_no_part() -> None:
    gate, up, down = matrices(11, 3)
    up[5] = 0.0
    shapes = unit_shapes([gate, up], down)
    assert not shapes.alive[5]
    assert not shapes.directions[0][5].any()
    i, _, _ = match_by_invariants(shapes, shapes)
    assert 5 not in i


def test_values_that_are_not_finite_poison_nothing() -> None:
    gate, up, down = matrices(12, 3)
    up[3, 4] = np.nan
    down[7, 2] = np.inf
    shapes = unit_shapes([gate, up], down)
    assert np.isfinite(shapes.invariants).all()
    assert all(np.isfinite(m).all() for m in shapes.directions)


def test_a_number_of_matrices_no_mlp_has_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one or two"):
        unit_shapes([], matrices(13, 1)[0])


def test_units_that_are_all_alike_have_no_direction() -> None:
    same = np.ones((N, D), dtype=np.float32)
    shapes = unit_shapes([same, same], same)
    assert not any(m.any() for m in shapes.directions)
