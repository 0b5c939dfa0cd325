"""Tables that follow from a formula, told from what training leaves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dokja.io.checkpoint import open_checkpoint
from dokja.numerics.computed import looks_computed

DATA = Path(__file__).parents[2] / "data" / "zoo"


def mel_filters(n_mels: int = 80, n_bins: int = 201) -> NDArray[np.float64]:
    def to_mel(hertz: float) -> float:
        return 2595.0 * float(np.log10(1.0 + hertz / 700.0))

    edges = 700.0 * (10.0 ** (np.linspace(0.0, to_mel(8000.0), n_mels + 2) / 2595.0) - 1.0)
    bins = np.linspace(0.0, 8000.0, n_bins)
    low, centre, high = (edges[k : k + n_mels, None] for k in range(3))
    return np.maximum(
        0.0, np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre))
    )


def positions(side: int = 7) -> NDArray[np.int64]:
    at = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij")).reshape(2, -1)
    apart = at[:, :, None] - at[:, None, :] + side - 1
    return apart[0] * (2 * side - 1) + apart[1]


def hadamard(order: int = 7) -> NDArray[np.float64]:
    table = np.ones((1, 1))
    for _ in range(order):
        table = np.block([[table, table], [table, -table]])
    return table


TABLES: dict[str, NDArray[np.generic]] = {
    "mel filters": mel_filters(),
    "relative positions": positions(),
    "causal mask": np.tri(256, dtype=bool),
    "causal mask of infinities": np.where(np.tri(64) > 0, 0.0, -np.inf),
    "Hann window": 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400),
    "grid": np.stack(np.meshgrid(np.linspace(0, 1, 64), np.linspace(0, 1, 64)), -1),
    "Hadamard": hadamard(),
    "counter": np.arange(512)[None],
    "cosine transform": np.cos(np.pi / 40 * (np.arange(40) + 0.5) * np.arange(40)[:, None]),
    "cosine transform of blocks": np.einsum(
        "ai,bj->abij", *[np.cos(np.pi / 8 * (np.arange(8) + 0.5) * np.arange(8)[:, None])] * 2
    ).reshape(64, 1, 8, 8),
    "low-pass filters": np.stack(
        [np.sinc(np.linspace(-k, k, 251)) for k in np.linspace(1, 50, 64)]
    ),
    "identity": np.eye(48),
    "shift": np.eye(48, k=1) * 0.5,
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_that_follow_from_a_formula_are_told(name: str) -> None:
    table = TABLES[name]
    assert looks_computed(table)
    if table.dtype.kind == "f" and np.isfinite(table).all():
        assert looks_computed(table.astype(np.float16))
        assert looks_computed(table[..., ::-1])


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([(64, 48), (640, 8), (32, 16, 3, 3), (256,), (12, 4096)]),
    st.sampled_from(["normal", "signs", "ternary", "heavy"]),
)
def test_weights_drawn_at_random_are_none(seed: int, shape: tuple[int, ...], law: str) -> None:
    rng = np.random.default_rng(seed)
    drawn = {
        "normal": lambda: rng.normal(size=shape),
        "signs": lambda: rng.choice([-1.0, 1.0], size=shape),
        "ternary": lambda: rng.integers(-1, 2, size=shape).astype(float),
        "heavy": lambda: rng.standard_t(2, size=shape),
    }
    assert not looks_computed(drawn[law]())


def test_pixels_may_be_smooth_as_long_as_channels_are_in_no_order() -> None:
    rng = np.random.default_rng(5)
    stem = np.cumsum(np.cumsum(rng.normal(size=(64, 16, 16)), axis=1), axis=2)
    assert not looks_computed(stem)


@pytest.mark.parametrize("member", ["base", "gpt2-base", "bert-base"])
def test_no_matrix_that_was_trained_is_taken_for_a_table(member: str) -> None:
    with open_checkpoint(str(DATA / member)) as checkpoint:
        matrices = [name for name, record in checkpoint.records.items() if len(record.shape) > 1]
        # Positions are smooth, and a small model may smooth its channels on the way.
        matrices = [name for name in matrices if "wpe" not in name and "position" not in name]
        assert matrices
        assert not [name for name in matrices if looks_computed(checkpoint.read(name))]


def test_what_is_no_number_tells_nothing() -> None:
    assert not looks_computed(np.full((16, 16), np.nan))
    assert not looks_computed(np.empty((0, 4)))
    assert not looks_computed(np.array(3.0))
