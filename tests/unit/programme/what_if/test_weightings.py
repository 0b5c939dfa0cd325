from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from dokja.programme.what_if.base import prepare
from dokja.programme.what_if.parts_known import known_parts
from dokja.programme.what_if.weightings import exact_shares, weightings
from tests.support.rounds import make_round, toy_entries

rows = st.integers(1, 3).flatmap(
    lambda size: st.lists(
        st.tuples(*[st.integers(0, 12).map(lambda v: Fraction(v, 12))] * size),
        min_size=1,
        max_size=5,
    )
)


@given(rows)
def test_exact_shares_cover_everything(found: list[tuple[Fraction, ...]]) -> None:
    """Of different rows shares add up to one; equal rows share first and last place."""
    shares = exact_shares({str(step): row for step, row in enumerate(found)})
    for side in (0, 1):
        by_row = {row: shares[str(step)][side] for step, row in enumerate(found)}
        assert all(0 <= share <= 1 for share in by_row.values())
        if len(found[0]) > 1:
            assert sum(by_row.values()) == 1


@settings(max_examples=20)
@given(rows, st.integers(0, 100))
def test_exact_shares_are_those_of_draws(found: list[tuple[Fraction, ...]], seed: int) -> None:
    rng, n_draws = random.Random(seed), 2000
    size, last = len(found[0]), [0] * len(found)
    for _ in range(n_draws):
        weights = [rng.expovariate(1) for _ in range(size)]
        sums = [
            sum(float(v) * w for v, w in zip(row, weights, strict=True)) / sum(weights)
            for row in found
        ]
        for step, value in enumerate(sums):
            last[step] += value <= min(sums) + 1e-12
    shares = exact_shares({str(step): row for step, row in enumerate(found)})
    for step in range(len(found)):
        assert abs(float(shares[str(step)][1]) - last[step] / n_draws) < 0.06


def test_more_than_three_parts_are_drawn_with_intervals() -> None:
    found = make_round()
    base = prepare(found, toy_entries())
    parts = known_parts(found, base.now.scores)
    exact = weightings(found, parts, over="items")
    assert exact.method == "exact"
    drawn = weightings(found, [*parts, *parts], over="items", n_draws=4000)
    again = weightings(found, [*parts, *parts], over="items", n_draws=4000)
    assert drawn == again
    assert (drawn.method, drawn.n_draws, drawn.level) == ("drawn", 4000, Decimal(95))
    for one in drawn.shares:
        assert one.last_low is not None
        assert one.last_high is not None
        assert 0 <= one.last_low <= one.last <= one.last_high <= 100
    other = weightings(found, [*parts, *parts], over="items", seed=1, n_draws=4000)
    assert other.shares != drawn.shares
