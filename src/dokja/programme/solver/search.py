"""Solutions found, bounded and counted.

The module branches and adds up within a budget and says where it stopped; it knows no round.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from dokja.programme.solver.problem import Budget, Linear, Problem, narrow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from dokja.programme.solver.problem import Bounds, Condition

__all__ = ["Count", "Range", "count", "most", "ranges", "solution", "solutions"]

_MAX_TABLE = 200_000
"""Cells of a table of sums that are filled, one variable's; beyond it there is no bound."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are, or how many at least."""

    number: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Range:
    """Least and largest value of a variable, and whether a solution reaches each of them."""

    low: int
    high: int
    low_reached: bool
    high_reached: bool


def _copy(bounds: Bounds) -> Bounds:
    return list(bounds[0]), list(bounds[1])


def _open(bounds: Bounds, among: Collection[int]) -> list[int]:
    low, high = bounds
    return [variable for variable in among if low[variable] < high[variable]]


def _smallest(bounds: Bounds, among: Collection[int]) -> int | None:
    """Return the open variable with the fewest values, to branch on."""
    low, high = bounds
    found = _open(bounds, among)
    return min(found, key=lambda v: (high[v] - low[v], v)) if found else None


# -- one solution ---------------------------------------------------------------------------------


def solution(problem: Problem, bounds: Bounds, budget: Budget) -> tuple[int, ...] | None:
    """Find one solution.

    Parameters
    ----------
    problem
        The conditions.
    bounds
        Bounds to look within.
    budget
        Work that may be done.

    Returns
    -------
    tuple of int or None
        A value of each variable; None if there is none, or the budget was spent before one was
        found, which the budget tells.
    """
    # Halves of a variable's values, the likelier fruitful ones last, since the last is tried next.
    waiting = [_copy(bounds)]
    if not narrow(problem, waiting[0], budget):
        return None
    while waiting and not budget.spent:
        here = waiting.pop()
        variable = _smallest(here, range(len(here[0])))
        if variable is None:
            if _holds(problem, here):
                return tuple(here[0])
            continue
        middle = (here[0][variable] + here[1][variable]) // 2
        for side in (1, 0):
            half = _copy(here)
            half[1 - side][variable] = middle + side
            if narrow(problem, half, budget, (variable,)):
                waiting.append(half)
    return None


def _holds(problem: Problem, bounds: Bounds) -> bool:
    return all(condition.settled(bounds) for condition in problem.conditions)


def solutions(problem: Problem, among: Sequence[int], budget: Budget) -> Iterator[tuple[int, ...]]:
    """Walk the values that some variables can have together.

    Parameters
    ----------
    problem
        The conditions.
    among
        The variables.
    budget
        Work that may be done; where it is spent the walk ends.

    Yields
    ------
    tuple of int
        Values of these variables that a solution has, in order.
    """
    bounds = problem.bounds()
    waiting = [bounds] if narrow(problem, bounds, budget) else []
    while waiting and not budget.spent:
        here = waiting.pop()
        variable = next(iter(_open(here, among)), None)
        if variable is None:
            if solution(problem, here, budget) is not None:
                yield tuple(here[0][v] for v in among)
            continue
        first = here[0][variable]
        rest = _copy(here)
        rest[0][variable] = first + 1
        if narrow(problem, rest, budget, (variable,)):
            waiting.append(rest)
        here[1][variable] = first
        if narrow(problem, here, budget, (variable,)):
            waiting.append(here)


# -- ranges ---------------------------------------------------------------------------------------


def ranges(
    problem: Problem, among: Sequence[int], budget: Budget, *, each: int | None = None
) -> tuple[list[Range], list[tuple[int, ...]]] | None:
    """Find the least and the largest value of variables.

    Parameters
    ----------
    problem
        The conditions.
    among
        The variables.
    budget
        Work that may be done in all; what is left then is bounded, not reached.
    each
        Work that may be done for one end; None for as much as there is.

    Returns
    -------
    tuple or None
        Ranges outside of which no solution lies, and the solutions that were found on the way;
        None if there is no solution at all.

    Notes
    -----
    An end is moved inwards by halving for as long as no solution lies in the outer half.
    """
    bounds = problem.bounds()
    if not narrow(problem, bounds, budget):
        return None
    first = solution(problem, bounds, budget)
    if first is None and not budget.spent:
        return None
    known = [] if first is None else [first]
    found = []
    for variable in among:
        ends = []
        for side in (0, 1):
            share = Budget(budget.steps if each is None else min(each, budget.steps))
            budget.steps -= share.steps
            ends.append(_end(problem, bounds, (variable, side), share, known))
            budget.steps += share.steps
        (low, low_reached), (high, high_reached) = ends
        found.append(Range(low, high, low_reached, high_reached))
    return found, known


def _end(
    problem: Problem,
    bounds: Bounds,
    end: tuple[int, int],
    budget: Budget,
    known: list[tuple[int, ...]],
) -> tuple[int, bool]:
    """Return the outermost value on one side of a variable, and whether a solution has it."""
    variable, side = end
    outer = bounds[side][variable]
    best = (min, max)[side]
    reached = best((one[variable] for one in known), default=None)
    while reached != outer:
        # The outer half of what is in doubt, the outermost value at least.
        inner = 0 if reached is None else (outer + reached + (2 * side - 1)) // 2
        if reached is None:
            inner = bounds[1 - side][variable]
        here = _copy(bounds)
        here[side][variable], here[1 - side][variable] = outer, inner
        one = solution(problem, here, budget)
        if one is not None:
            known.append(one)
            reached = one[variable]
        elif budget.spent or reached is None:
            return outer, False
        else:
            outer = inner + (1, -1)[side]
    return outer, True


# -- counting -------------------------------------------------------------------------------------


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
                near = _open(bounds, dict.fromkeys(problem.conditions[number].variables))
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
    variable = _smallest(bounds, mine)
    assert variable is not None
    number = 0
    for value in range(low[variable], high[variable] + 1):
        here = _copy(bounds)
        here[0][variable] = here[1][variable] = value
        if not narrow(problem, here, budget, (variable,)):
            continue
        if budget.spent:
            return Count(number, exact=False)
        one = _within(problem, here, (mine, members), budget)
        number += one.number
        if not one.exact:
            return Count(number, exact=False)
    return Count(number, exact=True)


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
