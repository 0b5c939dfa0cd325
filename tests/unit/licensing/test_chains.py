"""Chains and circles of names, against the plain definitions."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from dokja.licensing.chains import chains, circles

names = st.sampled_from("abcdefg")
graphs = st.dictionaries(names, st.lists(names, max_size=4).map(tuple), max_size=7)


def closure(start: str, edges: dict[str, tuple[str, ...]]) -> set[str]:
    found: set[str] = set()
    waiting = list(edges.get(start, ()))
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.add(here)
            waiting += edges.get(here, ())
    return found


@given(names, graphs)
def test_every_chain_is_one_and_everything_within_reach_has_one(
    start: str, edges: dict[str, tuple[str, ...]]
) -> None:
    found = chains([start], edges)
    assert set(found) == closure(start, edges) | {start}
    for name, path in found.items():
        whole = (*path, name)
        assert whole[0] == start
        for here, following in itertools.pairwise(whole):
            assert following in edges[here]


@given(graphs)
def test_a_circle_is_told_if_and_only_if_there_is_one(edges: dict[str, tuple[str, ...]]) -> None:
    found = circles(edges)
    assert bool(found) == any(name in closure(name, edges) for name in edges)
    for circle in found:
        assert circle[0] == circle[-1]
        for here, following in itertools.pairwise(circle):
            assert following in edges[here]


def test_long_chains_neither_recurse_nor_flood() -> None:
    line = {str(n): (str(n + 1),) for n in range(5_000)}
    assert circles(line) == ()
    assert len(chains(["0"], line)["5000"]) == 5_000
    every = {str(n): tuple(map(str, range(100))) for n in range(100)}
    assert len(circles(every)) == 20
