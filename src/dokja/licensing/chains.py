"""Chains of what came from what: what is reached, by way of what, and where one is a circle.

The module follows names; it knows neither what they name nor what follows from a chain.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["chains", "circles"]

_MOST: Final = 20


def chains(
    start: Sequence[str], edges: Mapping[str, Sequence[str]]
) -> Mapping[str, tuple[str, ...]]:
    """Follow what came from what, as far as it leads.

    Parameters
    ----------
    start
        Names that the chains begin with.
    edges
        What each name came from.

    Returns
    -------
    mapping of str to tuple of str
        For every name that is reached the names before it, the first of ``start`` first; of several
        chains a shortest.

    Examples
    --------
    >>> chains(["b"], {"b": ["c"], "c": ["d"]})
    {'b': (), 'c': ('b',), 'd': ('b', 'c')}
    """
    found: dict[str, tuple[str, ...]] = dict.fromkeys(start, ())
    waiting = deque(found)
    while waiting:
        here = waiting.popleft()
        for one in edges.get(here, ()):
            if one not in found:
                found[one] = (*found[here], here)
                waiting.append(one)
    return found


def circles(edges: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Find things that would have come from themselves.

    Parameters
    ----------
    edges
        What each name came from.

    Returns
    -------
    tuple of tuple of str
        Circles, each with its first name once more at its end; no more than twenty.

    Notes
    -----
    Every edge is followed once; each circle that is told closes with another edge, and there is
    none if and only if no chain leads back.

    Examples
    --------
    >>> circles({"a": ["b"], "b": ["c"], "c": ["a"]})
    (('a', 'b', 'c', 'a'),)
    """
    found: list[tuple[str, ...]] = []
    done: set[str] = set()
    for start in edges:
        if start not in done:
            for circle in _from(start, edges, done):
                found.append(circle)
                if len(found) == _MOST:
                    return tuple(found)
    return tuple(found)


def _from(
    start: str, edges: Mapping[str, Sequence[str]], done: set[str]
) -> Iterator[tuple[str, ...]]:
    path = {start: 0}
    waiting = [iter(edges.get(start, ()))]
    while waiting:
        one = next(waiting[-1], None)
        if one is None:
            waiting.pop()
            done.add(path.popitem()[0])
        elif one in path:
            yield (*list(path)[path[one] :], one)
        elif one not in done:
            path[one] = len(path)
            waiting.append(iter(edges.get(one, ())))
