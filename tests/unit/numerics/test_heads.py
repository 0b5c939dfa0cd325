"""Heads told by what they compute: what no change inside can hide, and what must not be claimed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dokja.numerics.heads import Heads, head_change

N_HEADS, N_KV, SIZE, WIDTH = 8, 4, 16, 96


def block(seed: int) -> Heads:
    rng = np.random.default_rng(seed)

    def drawn(n: int) -> NDArray[np.float32]:
        return rng.normal(size=(n, SIZE, WIDTH)).astype(np.float32)

    return Heads(drawn(N_HEADS), drawn(N_KV), drawn(N_KV), drawn(N_HEADS))


def renumbered(heads: Heads, groups: NDArray[np.int64]) -> Heads:
    """Move key-value heads with all the query heads that belong to them."""
    each = N_HEADS // N_KV
    queries = (groups[:, None] * each + np.arange(each)).ravel()
    return Heads(
        heads.queries[queries], heads.keys[groups], heads.values[groups], heads.outputs[queries]
    )


def changed_inside(heads: Heads, change: NDArray[np.float32]) -> Heads:
    """Change value channels, and undo it where they are written."""
    inverse = np.linalg.inv(change.astype(np.float64)).T.astype(np.float32)
    return replace(heads, values=change @ heads.values, outputs=inverse @ heads.outputs)


@given(st.integers(0, 2**31), st.permutations(range(N_KV)))
def test_heads_are_found_under_any_number(seed: int, order: list[int]) -> None:
    reference = block(seed)
    found = head_change(renumbered(reference, np.array(order)), reference)
    n_moved = sum(2 for place, group in enumerate(order) if place != group)
    assert (found.n_found, found.n_moved) == (N_HEADS, n_moved)
    assert found.cosine == pytest.approx(1.0, abs=1e-4)
    assert found.value_in_place == pytest.approx(1.0, abs=1e-4)


@given(st.integers(0, 2**31), st.sampled_from(["order", "rotation", "scales"]))
def test_no_change_inside_a_head_hides_it(seed: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    reference = block(seed)
    change = {
        "order": lambda: np.eye(SIZE)[rng.permutation(SIZE)],
        "rotation": lambda: np.linalg.qr(rng.normal(size=(SIZE, SIZE)))[0],
        "scales": lambda: np.diag(np.exp(rng.normal(size=SIZE))),
    }[kind]()
    found = head_change(changed_inside(reference, change.astype(np.float32)), reference)
    assert (found.n_found, found.n_moved) == (N_HEADS, 0)
    assert found.cosine == pytest.approx(1.0, abs=1e-3)
    assert found.value_in_place is not None
    assert found.value_matched is not None
    if kind == "scales":
        assert found.value_in_place == pytest.approx(1.0, abs=1e-3)
    elif kind == "order":
        assert found.value_in_place < 0.6
        assert found.value_matched == pytest.approx(1.0, abs=1e-3)
    else:
        assert found.value_matched < 0.7


@given(st.integers(0, 2**31))
def test_strangers_have_no_head_in_common(seed: int) -> None:
    found = head_change(block(seed), block(seed + 1))
    assert found.n_found == 0
    assert found.cosine is None
    assert found.off_cosine is not None
    assert found.off_cosine < 0.1


def test_repeated_keys_and_values_are_no_move() -> None:
    reference = block(3)
    whole = replace(
        reference,
        keys=np.repeat(reference.keys, 2, axis=0),
        values=np.repeat(reference.values, 2, axis=0),
    )
    for pair in ((whole, reference), (reference, whole)):
        found = head_change(*pair)
        assert (found.n_found, found.n_moved) == (N_HEADS, 0)


def test_equal_heads_are_no_move() -> None:
    heads = block(4)
    alike = Heads(
        *(
            np.repeat(part[:1], len(part), axis=0)
            for part in (heads.queries, heads.keys, heads.values, heads.outputs)
        )
    )
    found = head_change(alike, alike)
    assert (found.n_found, found.n_moved) == (N_HEADS, 0)


def test_dead_heads_are_not_found() -> None:
    heads = block(5)
    dead = Heads(*(0 * part for part in (heads.queries, heads.keys, heads.values, heads.outputs)))
    assert head_change(dead, heads).n_found == 0


def test_heads_of_other_sizes_are_refused() -> None:
    heads = block(6)
    small = Heads(
        *(part[:, :8] for part in (heads.queries, heads.keys, heads.values, heads.outputs))
    )
    with pytest.raises(ValueError, match="different sizes"):
        head_change(heads, small)
