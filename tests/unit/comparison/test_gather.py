from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dokja.comparison.gather import Block, Sampler

Array = NDArray[Any]


def as_float(raw: Array) -> Array:
    return raw.astype(np.float32)


@st.composite
def requests(draw: st.DrawFn) -> tuple[int, int, Block, list[int]]:
    n_rows, n_columns = draw(st.integers(1, 12)), draw(st.integers(1, 12))

    def some(size: int) -> Array | None:
        chosen = draw(st.none() | st.lists(st.integers(0, size - 1), max_size=15))
        return None if chosen is None else np.array(chosen, np.int64)

    block = Block(some(n_rows), some(n_columns))
    cuts = draw(st.lists(st.integers(0, n_rows * n_columns), max_size=6))
    return n_rows, n_columns, block, cuts


@given(requests(), st.randoms(use_true_random=False))
def test_any_block_comes_out_of_any_cut_of_the_stream(
    request_: tuple[int, int, Block, list[int]], random: Any
) -> None:
    n_rows, n_columns, block, cuts = request_
    matrix = np.arange(n_rows * n_columns, dtype=np.uint16).reshape(n_rows, n_columns)
    sampler = Sampler(matrix.shape, matrix.dtype, (block,))
    edges = sorted({0, matrix.size, *cuts})
    runs = list(itertools.pairwise(edges))
    random.shuffle(runs)
    for first, stop in runs:
        sampler.take(matrix.reshape(-1)[first:stop], first)
    expected = matrix if block.rows is None else matrix[block.rows]
    expected = expected if block.columns is None else expected[:, block.columns]
    np.testing.assert_array_equal(sampler.blocks(as_float)[0], expected)


def test_equal_blocks_share_their_memory() -> None:
    rows = np.array([1, 2])
    sampler = Sampler((3, 4), np.dtype("u2"), (Block(rows), Block(), Block(rows.copy())))
    sampler.take(np.arange(12, dtype=np.uint16), 0)
    first, everything, again = sampler.blocks(as_float)
    assert first is again
    assert everything.shape == (3, 4)
    with pytest.raises(ValueError, match="read-only"):
        first[0, 0] = 1.0


def test_values_beyond_float32_become_infinite_without_a_warning() -> None:
    values = np.array([1e300, np.nan, 1.0])
    sampler = Sampler((3,), np.dtype("u8"), (Block(),))
    sampler.take(values.view(np.uint64), 0)
    kept = sampler.blocks(lambda raw: raw.view(np.float64))[0]
    np.testing.assert_array_equal(kept, np.array([np.inf, np.nan, 1.0], np.float32))


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (0,)])
def test_an_empty_tensor_has_empty_blocks(shape: tuple[int, ...]) -> None:
    sampler = Sampler(shape, np.dtype("u2"), (Block(),))
    sampler.take(np.empty(0, np.uint16), 0)
    assert sampler.blocks(as_float)[0].size == 0
