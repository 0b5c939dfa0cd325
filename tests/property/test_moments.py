"""Laws of moments that hold for any values: merging, order, symmetry, range."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from dokja.numerics.moments import Moments, moments, pooled

Array = NDArray[Any]

finite = st.floats(-1e6, 1e6, width=32)
anything = st.floats(width=32)


def vectors(elements: st.SearchStrategy[float]) -> st.SearchStrategy[tuple[Array, Array]]:
    return st.integers(0, 60).flatmap(
        lambda n: st.tuples(
            arrays(np.float32, n, elements=elements), arrays(np.float32, n, elements=elements)
        )
    )


def close(a: Moments, b: Moments) -> bool:
    assert (a.n, a.n_equal, a.n_nonfinite) == (b.n, b.n_equal, b.n_nonfinite)
    # A float32 subtraction rounds where float64 would not.
    assert math.isclose(a.max_abs_difference, b.max_abs_difference, rel_tol=1e-6)
    scale_a = max(a.sum_aa, b.sum_aa)
    scale_b = max(a.sum_bb, b.sum_bb)
    return (
        abs(a.centred_aa - b.centred_aa) <= 1e-6 * scale_a
        and abs(a.centred_bb - b.centred_bb) <= 1e-6 * scale_b
        and abs(a.centred_ab - b.centred_ab) <= 1e-6 * math.sqrt(scale_a * scale_b)
        and abs(a.sum_dd - b.sum_dd) <= 1e-6 * max(a.sum_dd, b.sum_dd)
    )


@given(vectors(finite), st.integers(0, 60), st.integers(0, 60))
def test_merging_the_parts_is_measuring_the_whole(
    pair: tuple[Array, Array], first: int, second: int
) -> None:
    a, b = pair
    low, high = sorted((first, second))
    parts = [moments(a[cut], b[cut]) for cut in (slice(low), slice(low, high), slice(high, None))]
    whole = moments(a, b)
    assert close(pooled(parts), whole)
    assert close(pooled(parts[::-1]), whole)
    assert close(parts[0] + (parts[1] + parts[2]), whole)


@given(vectors(anything))
def test_nothing_is_a_neutral_part(pair: tuple[Array, Array]) -> None:
    found = moments(*pair)
    assert found + Moments() == found
    assert Moments() + found == found


@given(vectors(finite), st.randoms(use_true_random=False))
def test_the_order_of_the_values_does_not_matter(pair: tuple[Array, Array], random: Any) -> None:
    a, b = pair
    order = list(range(a.size))
    random.shuffle(order)
    assert close(moments(a[order], b[order]), moments(a, b))


@given(vectors(anything))
def test_measures_are_in_range_or_undefined_and_never_nan(pair: tuple[Array, Array]) -> None:
    found = moments(*pair)
    assert found.n + found.n_nonfinite == pair[0].size
    assert 0 <= found.n_equal <= found.n
    for value in (found.cosine, found.pearson):
        assert value is None or -1.0 <= value <= 1.0
    for value in (found.slope, found.reverse_slope, found.relative_residual):
        assert value is None or math.isfinite(value)
    assert math.isfinite(found.centred_aa)
    assert found.centred_aa >= 0.0
    assert found.sum_dd >= 0.0


@given(vectors(anything))
def test_exchanging_the_vectors_mirrors_the_moments(pair: tuple[Array, Array]) -> None:
    a, b = pair
    assert close(moments(a, b).swapped(), moments(b, a))


@given(vectors(anything))
def test_a_value_equals_itself(pair: tuple[Array, Array]) -> None:
    a, _ = pair
    found = moments(a, a)
    assert found.n_equal == found.n == np.count_nonzero(np.isfinite(a))
    assert found.sum_dd == 0.0
    assert found.pearson in (None, 1.0) or abs(found.pearson - 1.0) < 1e-9
