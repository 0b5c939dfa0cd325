"""Solutions found, and the least and largest values that they take.

The module branches within a budget and says where it stopped; it knows no round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.programme.solver.problem import Budget, narrow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from dokja.programme.solver.problem import Bounds, Problem

__all__ = ["Range", "open_variables", "ranges", "smallest", "solution", "solutions"]


@dataclass(frozen=True, slots=True)
class Range:
    """Least and largest value of a variable, and whether a solution reaches each of them."""

    low: int
    high: int
    low_reached: bool
    high_reached: bool


def _copy(bounds: Bounds) -> Bounds:
    return list(bounds[0]), list(bounds[1])


def open_variables(bounds: Bounds, among: Collection[int]) -> list[int]:
    """Return variables that can still have several values.

    Parameters
    ----------
    bounds
        Bounds of all variables.
    among
        Variables to look at.

    Returns
    -------
    list of int
        In the order given.
    """
    low, high = bounds
    return [variable for variable in among if low[variable] < high[variable]]


def smallest(bounds: Bounds, among: Collection[int]) -> int | None:
    """Return the variable with the fewest values left, to branch on.

    Parameters
    ----------
    bounds
        Bounds of all variables.
    among
        Variables to look at.

    Returns
    -------
    int or None
        None if all have one value.
    """
    low, high = bounds
    found = open_variables(bounds, among)
    return min(found, key=lambda v: (high[v] - low[v], v)) if found else None


# -- one solution ---------------------------------------------------------------------------------


def solution(
    problem: Problem, bounds: Bounds, budget: Budget, touched: tuple[int, ...] | None = None
) -> tuple[int, ...] | None:
    """Find one solution.

    Parameters
    ----------
    problem
        The conditions.
    bounds
        Bounds to look within.
    budget
        Work that may be done.
    touched
        Variables whose bounds are not narrowed yet; None for all.

    Returns
    -------
    tuple of int or None
        A value of each variable; None if there is none, or the budget was spent before one was
        found, which the budget tells.
    """
    # Halves of a variable's values, the likelier fruitful ones last, since the last is tried next.
    waiting = [_copy(bounds)]
    if not narrow(problem, waiting[0], budget, touched):
        return None
    every = range(len(problem.low))
    while waiting and not budget.spent:
        here = waiting.pop()
        budget.steps -= 1 + len(every) // 50
        variable = smallest(here, every)
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
        variable = next(iter(open_variables(here, among)), None)
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
        one = solution(problem, here, budget, (variable,))
        if one is not None:
            known.append(one)
            reached = one[variable]
        elif budget.spent or reached is None:
            return outer, False
        else:
            outer = inner + (1, -1)[side]
    return outer, True
