"""How many solutions there are, counted exactly or bounded.

The module adds up and multiplies within a budget and says where it stopped; it knows no round.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Final

from dokja.programme.solver.problem import Linear, Problem, narrow
from dokja.programme.solver.search import open_variables, smallest, solution

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from dokja.programme.solver.problem import Bounds, Budget, Condition

__all__ = ["Count", "count", "most"]

_MAX_TABLE: Final = 200_000
"""Sums that a table may hold; beyond it there is no bound."""

_DEEPEST: Final = 150
"""Values that are held at once while the others are counted; beyond it counting stops."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are, or how many at least."""

    number: int
    exact: bool


def _copy(bounds: Bounds) -> Bounds:
    return list(bounds[0]), list(bounds[1])


def count(problem: Problem, among: Sequence[int], budget: Budget) -> Count:
    """Count the values that some variables can have together.

    Parameters
    ----------
    problem
        The conditions.
    among
        The variables.
    budget
        Work that may be done.

    Returns
    -------
    Count
        Exact, or a number that there are at least where the budget was spent.

    Notes
    -----
    Variables that no open condition connects are counted apart and multiplied. Where a single sum
    with weights of one connects some, a table of sums counts them without walking them.
    """
    bounds = problem.bounds()
    if not narrow(problem, bounds, budget):
        return Count(0, exact=True)
    if budget.spent:
        # Bounds that are not narrowed to the end may hold nothing.
        return Count(0, exact=False)
    return _within(problem, bounds, (frozenset(among), range(len(bounds[0]))), budget)


def _groups(problem: Problem, bounds: Bounds) -> list[tuple[list[int], list[Condition]]]:
    """Part what is open into groups that no open condition connects."""
    low, high = bounds
    found: list[tuple[list[int], list[Condition]]] = []
    seen: set[int] = set()
    taken: set[int] = set()
    for start in range(len(low)):
        if start in seen or low[start] == high[start]:
            continue
        members, conditions, waiting = [], [], [start]
        seen.add(start)
        while waiting:
            variable = waiting.pop()
            members.append(variable)
            for number in problem.watchers[variable]:
                if number in taken or problem.conditions[number].settled(bounds):
                    continue
                taken.add(number)
                conditions.append(problem.conditions[number])
                near = open_variables(bounds, dict.fromkeys(problem.conditions[number].variables))
                waiting += [other for other in near if other not in seen]
                seen.update(near)
        found.append((sorted(members), conditions))
    return found


def _group(
    problem: Problem,
    bounds: Bounds,
    group: tuple[list[int], list[Condition]],
    among: frozenset[int],
    budget: Budget,
) -> Count:
    members, conditions = group
    mine = among.intersection(members)
    low, high = bounds
    if not mine:
        # Whether the others can be completed is all that matters.
        return _completable(problem, bounds, members, budget)
    if not conditions:
        return Count(prod(high[v] - low[v] + 1 for v in mine), exact=True)
    if len(mine) == len(members) and len(conditions) == 1:
        number = _sums(conditions[0], bounds)
        if number is not None:
            return Count(number, exact=True)
    return _walked(problem, bounds, (mine, members), budget)


def _walked(
    problem: Problem, bounds: Bounds, group: tuple[frozenset[int], list[int]], budget: Budget
) -> Count:
    """Count by trying each value of one variable."""
    mine, members = group
    low, high = bounds
    if budget.held >= _DEEPEST:
        return Count(_completable(problem, bounds, members, budget).number, exact=False)
    variable = smallest(bounds, mine)
    assert variable is not None
    budget.held += 1
    number, exact = 0, True
    for value in range(low[variable], high[variable] + 1):
        budget.steps -= 1 + len(low) // 50
        here = _copy(bounds)
        here[0][variable] = here[1][variable] = value
        if not narrow(problem, here, budget, (variable,)):
            continue
        one = Count(0, exact=False)
        if not budget.spent:
            one = _within(problem, here, (mine, members), budget)
        number, exact = number + one.number, exact and one.exact
        if budget.spent:
            exact = False
            break
    budget.held -= 1
    return Count(number, exact)


def _within(
    problem: Problem,
    bounds: Bounds,
    group: tuple[frozenset[int], Collection[int]],
    budget: Budget,
) -> Count:
    """Multiply what the groups among some variables can be."""
    mine, members = group
    number, exact = 1, True
    inside = set(members)
    for part in _groups(problem, bounds):
        if inside.issuperset(part[0]):
            one = _group(problem, bounds, part, mine, budget)
            number, exact = number * one.number, exact and one.exact
        if number == 0:
            break
    return Count(number, exact)


def _completable(problem: Problem, bounds: Bounds, members: list[int], budget: Budget) -> Count:
    # Groups do not touch one another, so that the others may be held anywhere within bounds.
    inside = set(members)
    conditions = tuple(
        condition
        for condition in problem.conditions
        if inside.intersection(condition.variables) and not condition.settled(bounds)
    )
    part = Problem(tuple(bounds[0]), tuple(bounds[1]), conditions)
    held = _copy(bounds)
    for variable in range(len(held[0])):
        if variable not in inside:
            held[1][variable] = held[0][variable]
    one = solution(part, held, budget)
    return Count(int(one is not None), exact=one is not None or not budget.spent)


def _sums(condition: Condition, bounds: Bounds) -> int | None:
    """Count the ways in which one sum with weights of one can come about, by a table of sums."""
    if not isinstance(condition, Linear) or len({abs(w) for _, w in condition.terms}) != 1:
        return None
    size = abs(condition.terms[0][1])
    low, high = bounds
    widths = [high[v] - low[v] for v, _ in condition.terms]
    if sum(widths) > _MAX_TABLE:
        return None
    least, _ = condition.ends(bounds)
    # Each term counted from its least value up: signs no longer matter.
    ways = [1]
    for width in widths:
        ways = _convolved(ways, width)
    first = max(-((least - condition.low) // size), 0)
    last = min((condition.high - least) // size, len(ways) - 1)
    return sum(ways[first : last + 1])


def _convolved(ways: list[int], width: int) -> list[int]:
    """Add one more number from 0 to a width to every sum."""
    found, running = [], 0
    for place in range(len(ways) + width):
        running += ways[place] if place < len(ways) else 0
        running -= ways[place - width - 1] if place > width else 0
        found.append(running)
    return found


def most(problem: Problem, groups: Sequence[Sequence[int]], budget: Budget) -> int:
    """Bound from above the values that some variables can have together.

    Parameters
    ----------
    problem
        The conditions.
    groups
        The variables, in groups that are looked at apart.
    budget
        Work that may be done to narrow bounds.

    Returns
    -------
    int
        There are no more. Of the conditions within a group the tightest single sum counts;
        whatever connects groups is left out, which only adds to the number.
    """
    bounds = problem.bounds()
    if not narrow(problem, bounds, budget):
        return 0
    low, high = bounds
    number = 1
    for group in groups:
        inside = set(group)
        best = prod(high[v] - low[v] + 1 for v in group)
        for condition in problem.conditions:
            if inside.issuperset(condition.variables):
                sums = _sums(condition, bounds)
                free = inside.difference(condition.variables)
                rest = prod(high[v] - low[v] + 1 for v in free)
                best = best if sums is None else min(best, sums * rest)
        number *= best
    return number
