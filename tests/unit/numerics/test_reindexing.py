"""Re-indexed copies are found on layers that had no part in the fit, strangers are not."""

from __future__ import annotations

import numpy as np
import pytest

from dokja.numerics.bases import Basis, identity_basis
from dokja.numerics.directions import agreement, agreement_table
from dokja.numerics.planted_copies import disguised
from dokja.numerics.reindexing import (
    Layers,
    basis_by_index,
    basis_by_invariants,
    recover,
)
from dokja.numerics.undone import channel_change, undone
from dokja.numerics.unit_shapes import UnitShapes, unit_shapes

N, D, LAYERS = 120, 64, 6
Mlp = tuple[np.ndarray, ...]


def network(seed: int, *, gated: bool = True) -> list[Mlp]:
    """Make MLPs with the spread of norms and the inner ties that training gives."""
    rng = np.random.default_rng(seed)
    layers = []
    for _ in range(LAYERS):
        size = np.exp(0.4 * rng.standard_normal((N, 1)))
        gate = size * rng.standard_normal((N, D))
        up = 0.5 * rng.choice([-1.0, 1.0], (N, 1)) * gate + rng.standard_normal((N, D))
        down = 0.4 * up + np.exp(0.3 * rng.standard_normal((N, 1))) * rng.standard_normal((N, D))
        parts = (gate, up, down) if gated else (up, down)
        layers.append(tuple(part.astype(np.float32) for part in parts))
    return layers


def shapes(layers: list[Mlp]) -> list[UnitShapes]:
    return [unit_shapes(layer[:-1], layer[-1]) for layer in layers]


def halves(subject: list[UnitShapes], reference: list[UnitShapes]) -> tuple[list[Layers], ...]:
    pairs = list(zip(subject, reference, strict=True))
    return pairs[0::2], pairs[1::2]


def starts(fit: list[Layers], rng: np.random.Generator) -> dict[str, Basis]:
    found = {"same_basis": identity_basis(D, rng), "invariants": basis_by_invariants(fit, rng)}
    return {name: basis for name, basis in found.items() if basis is not None}


@pytest.mark.parametrize("gated", [True, False])
@pytest.mark.parametrize("cosine", [0.99, 0.95])
def test_a_disguised_copy_is_found_on_layers_held_out(*, gated: bool, cosine: float) -> None:
    rng = np.random.default_rng(1)
    original = network(2, gated=gated)
    fit, held = halves(disguised(original, cosine, rng), shapes(original))
    found = recover(fit, held, starts(fit, rng), rng)
    assert found is not None
    assert min(row.effect for row in found.held) > 0.5
    assert min(row.share for row in found.held) > 0.5


def test_a_stranger_is_not_found_whatever_it_begins_from() -> None:
    rng = np.random.default_rng(3)
    fit, held = halves(shapes(network(4)), shapes(network(5)))
    by_index = basis_by_index(fit, rng)
    assert by_index is not None
    found = recover(fit, held, {**starts(fit, rng), "index": by_index}, rng)
    assert found is not None
    assert found.fitted > 0.03, "the fit itself must show how little it means"
    assert max(row.effect for row in found.held) < 0.05
    assert max(row.share for row in found.held) < 0.05


def test_a_thousand_restarts_gain_a_stranger_nothing() -> None:
    """Whoever may choose among a thousand bases overfits the fitted layers and no others."""
    rng = np.random.default_rng(6)
    small = [tuple(part[:40, :32] for part in layer) for layer in network(7)[:4]]
    other = [tuple(part[:40, :32] for part in layer) for layer in network(8)[:4]]
    fit, held = halves(shapes(small), shapes(other))
    drawn = {
        str(k): Basis(np.linalg.qr(rng.standard_normal((32, 32)))[0].astype(np.float32), None)
        for k in range(1000)
    }
    found = recover(fit, held, drawn, rng)
    assert found is not None
    assert found.fitted > 0.15, "a thousand restarts must have overfitted something"
    assert max(row.effect for row in found.held) < 0.12
    assert max(row.share for row in found.held) < 0.1


def test_what_was_done_is_read_off() -> None:
    rng = np.random.default_rng(9)
    original = network(10)
    fit, held = halves(disguised(original, 0.99, rng), shapes(original))
    found = recover(fit, held, starts(fit, rng), rng)
    assert found is not None
    change = undone(*held[0], found.basis)
    assert change.n_in_place < 0.1 * change.n
    assert 0.3 < change.n_flipped / change.n_mutual < 0.7
    assert change.scale_spread is not None
    assert 0.35 < change.scale_spread < 0.7
    assert change.sums.cosine is not None
    assert change.sums.cosine > 0.95
    channels = channel_change(held, found.basis, rng)
    assert channels.same is not None
    assert abs(channels.same) < 0.1
    assert channels.renumbered < 0.6


def test_renumbered_channels_are_told_from_rotated_ones() -> None:
    rng = np.random.default_rng(11)
    original = network(12)
    order = rng.permutation(D)
    signs = rng.choice([-1.0, 1.0], D).astype(np.float32)
    moved = [tuple((part * signs)[:, order] for part in layer) for layer in original]
    fit, held = halves(shapes(moved), shapes(original))
    found = recover(fit, held, starts(fit, rng), rng)
    assert found is not None
    channels = channel_change(held, found.basis, rng)
    assert channels.renumbered > 0.9
    assert abs(channels.flipped_share - np.mean(signs < 0.0)) < 0.05


def test_the_agreement_ignores_the_order_of_units() -> None:
    rng = np.random.default_rng(13)
    original = network(14)[0]
    order = rng.permutation(N)
    other = unit_shapes([part[order] for part in original[:-1]], original[-1][order])
    plain = agreement(unit_shapes(original[:-1], original[-1]), other, Basis(None, None))
    assert plain.effect > 0.8
    assert plain.share == 1.0


def test_nothing_is_found_where_there_is_nothing() -> None:
    dead = unit_shapes([np.zeros((N, D), np.float32)] * 2, np.zeros((N, D), np.float32))
    assert agreement(dead, dead, Basis(None, None)).n == 0
    assert recover([], [], {}, np.random.default_rng(0)) is None
    assert basis_by_invariants([(dead, dead)], np.random.default_rng(0)) is None


def test_the_same_generator_gives_the_same_answer() -> None:
    original = network(15)
    answers = []
    for _ in range(2):
        rng = np.random.default_rng(16)
        fit, held = halves(disguised(original, 0.95, rng), shapes(original))
        found = recover(fit, held, starts(fit, rng), rng)
        assert found is not None
        answers.append((found.start, found.held))
    assert answers[0] == answers[1]


def test_layers_find_their_counterparts_wherever_they_stand() -> None:
    original = network(17)
    moved = [original[2], original[0], original[5]]
    table = agreement_table(shapes(moved), shapes(original), Basis(None, None))
    assert table.argmax(axis=1).tolist() == [2, 0, 5]
    assert np.sort(table, axis=1)[:, -2].max() < 0.1


def test_a_gate_makes_an_mlp_of_another_build() -> None:
    gated, plain = shapes(network(18)), shapes(network(18, gated=False))
    assert not agreement_table(gated, plain, Basis(None, None)).any()
