"""What leaves the function as it was does so, and changes the arrays; nothing else claims to."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bench.attacks import gains, naming, permute, rotate, scale
from bench.attacks.network import Network, NotValidError
from tests.unit.bench.functions import KINDS, difference, network

Change = Callable[[Network, np.random.Generator], Network]

ALL = frozenset(KINDS)
GATED = frozenset({"llama", "qwen2", "qwen3", "mixtral"})
PRE_NORM = ALL - {"bert"}
ROTATED = PRE_NORM - {"whisper"}

PRESERVING: dict[str, tuple[Change, frozenset[str]]] = {
    "permute units": (permute.units, ALL),
    "permute heads": (permute.heads, ALL),
    "permute query heads": (permute.query_heads, ALL),
    "permute values": (permute.values, ALL),
    "permute channels": (permute.channels, ALL),
    "permute everything": (permute.everything, ALL),
    "permute stem channels": (permute.stem_channels, frozenset({"whisper"})),
    "rotate values": (rotate.values, ALL),
    "rotate residual": (rotate.residual, ROTATED),
    "scale units": (scale.units, GATED),
    "flip units": (scale.flip_units, GATED),
    "flip channels": (scale.flip_channels, GATED),
    "scale values": (scale.values, ALL),
    "scale queries": (scale.queries, ALL - {"qwen3"}),
    "fold gains": (lambda net, _: gains.fold(net), PRE_NORM),
    "redraw gains": (gains.redraw, PRE_NORM),
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_reading_and_writing_gives_back_every_array(kind: str) -> None:
    net = network(kind)
    tensors, config = naming.write(net)
    again, _ = naming.write(naming.read(tensors, config))
    assert set(tensors) == set(again)
    assert all(np.array_equal(tensors[name], again[name]) for name in tensors)


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, kind) for name, (_, kinds) in PRESERVING.items() for kind in sorted(kinds)],
)
def test_the_function_stays_and_the_arrays_change(name: str, kind: str) -> None:
    before = network(kind)
    after = PRESERVING[name][0](before, np.random.default_rng(5))
    assert difference(before, after) < 1e-4
    if (name, kind) not in {
        ("permute query heads", kind_) for kind_ in ("gpt2", "bert", "vit", "whisper")
    }:
        assert any(
            array.shape != after.tensors[role].shape
            or np.abs(array - after.tensors[role]).max() > 0.05
            for role, array in before.tensors.items()
        )


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, kind) for name, (_, kinds) in PRESERVING.items() for kind in sorted(ALL - kinds)],
)
def test_what_would_change_the_function_is_refused(name: str, kind: str) -> None:
    with pytest.raises(NotValidError):
        PRESERVING[name][0](network(kind), np.random.default_rng(5))


def test_a_change_of_the_input_is_never_made() -> None:
    for kind in KINDS:
        net = network(kind)
        kept = {role: array.copy() for role, array in net.tensors.items()}
        for change, kinds in PRESERVING.values():
            if kind in kinds:
                change(net, np.random.default_rng(5))
        assert all(np.array_equal(kept[role], net.tensors[role]) for role in kept)


def test_gains_stored_as_offsets_are_gains_less_one() -> None:
    net = network("llama")
    stored = gains.store_offsets(net)
    role = "layers.1.norm.mlp.weight"
    assert np.allclose(stored.tensors[role] + 1, net.tensors[role])
    assert stored.config["model_type"] == "gemma"


def test_everything_at_once_still_computes_the_same() -> None:
    before = network("qwen2")
    rng = np.random.default_rng(3)
    after = rotate.residual(before, rng)
    for change in (permute.everything, scale.units, scale.flip_units, rotate.values, gains.redraw):
        after = change(after, rng)
    assert difference(before, after) < 1e-4
