"""Whole numbers between bounds, and what must hold between them.

The module narrows bounds as far as single conditions allow; it never guesses or branches.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Bounds", "Budget", "Condition", "Linear", "Problem", "Spread", "narrow"]

Bounds = tuple[list[int], list[int]]
"""Least and largest value of every variable."""


@dataclass(frozen=True, slots=True)
class Linear:
    """A weighted sum lies between two whole numbers."""

    terms: tuple[tuple[int, int], ...]
    """Variable and weight, which is not zero."""
    low: int
    high: int
    fact: str | None = None
    """Statement that it comes from; None for the rules of the round."""

    @property
    def variables(self) -> tuple[int, ...]:
        """Variables that it binds."""
        return tuple(variable for variable, _ in self.terms)

    def ends(self, bounds: Bounds) -> tuple[int, int]:
        """Return the least and the largest value of the sum.

        Parameters
        ----------
        bounds
            Bounds of all variables.

        Returns
        -------
        tuple of int
            Both are reached.
        """
        low, high = bounds
        least = most = 0
        for variable, weight in self.terms:
            if weight > 0:
                least += weight * low[variable]
                most += weight * high[variable]
            else:
                least += weight * high[variable]
                most += weight * low[variable]
        return least, most

    def settled(self, bounds: Bounds) -> bool:
        """Tell whether it holds whatever the values within the bounds.

        Parameters
        ----------
        bounds
            Bounds of all variables.

        Returns
        -------
        bool
            Whether nothing within the bounds breaks it.
        """
        least, most = self.ends(bounds)
        return self.low <= least and most <= self.high

    def narrow(self, bounds: Bounds) -> list[int] | None:
        """Narrow the bounds of its variables.

        Parameters
        ----------
        bounds
            Bounds of all variables, changed in place.

        Returns
        -------
        list of int or None
            Variables whose bounds have changed; None if it cannot hold.
        """
        low, high = bounds
        least, most = self.ends(bounds)
        if least > self.high or most < self.low:
            return None
        changed = []
        for variable, weight in self.terms:
            a, b = low[variable], high[variable]
            if a == b:
                continue
            size = abs(weight)
            # How far this variable may go once all others are at their best.
            room_up, room_down = (self.high - least) // size, (most - self.low) // size
            if weight > 0:
                new = (max(a, b - room_down), min(b, a + room_up))
            else:
                new = (max(a, b - room_up), min(b, a + room_down))
            if new != (a, b):
                if new[0] > new[1]:
                    return None
                low[variable], high[variable] = new
                changed.append(variable)
        return changed


@dataclass(frozen=True, slots=True)
class Spread:
    """The largest of some variables less the least of them lies between two whole numbers."""

    variables: tuple[int, ...]
    low: int
    high: int
    fact: str | None = None

    def settled(self, bounds: Bounds) -> bool:
        """Tell whether it holds whatever the values within the bounds.

        Parameters
        ----------
        bounds
            Bounds of all variables.

        Returns
        -------
        bool
            Whether nothing within the bounds breaks it.
        """
        low, high = bounds
        widest = max(high[v] for v in self.variables) - min(low[v] for v in self.variables)
        least = max(low[v] for v in self.variables) - min(high[v] for v in self.variables)
        return widest <= self.high and max(least, 0) >= self.low

    def narrow(self, bounds: Bounds) -> list[int] | None:
        """Narrow the bounds of its variables.

        Parameters
        ----------
        bounds
            Bounds of all variables, changed in place.

        Returns
        -------
        list of int or None
            Variables whose bounds have changed; None if it cannot hold.
        """
        low, high = bounds
        top, bottom = max(low[v] for v in self.variables), min(high[v] for v in self.variables)
        floors = {v: max(low[v], top - self.high) for v in self.variables}
        roofs = {v: min(high[v], bottom + self.high) for v in self.variables}
        if any(floors[v] > roofs[v] for v in self.variables):
            return None
        if not self._ends(floors, roofs):
            return None
        changed = [v for v in self.variables if (floors[v], roofs[v]) != (low[v], high[v])]
        for v in changed:
            if floors[v] > roofs[v]:
                return None
            low[v], high[v] = floors[v], roofs[v]
        return changed

    def _ends(self, floors: dict[int, int], roofs: dict[int, int]) -> bool:
        """Look who can be largest and who least; where only one can, hold it there."""
        if self.low <= 0:
            return True
        highest, lowest = max(roofs.values()), min(floors.values())
        tops = [v for v in self.variables if roofs[v] - lowest >= self.low]
        bottoms = [v for v in self.variables if highest - floors[v] >= self.low]
        if not tops or not bottoms:
            return False
        if len(tops) == 1:
            floors[tops[0]] = max(floors[tops[0]], lowest + self.low)
        if len(bottoms) == 1:
            roofs[bottoms[0]] = min(roofs[bottoms[0]], highest - self.low)
        return True


Condition = Linear | Spread


@dataclass(frozen=True, slots=True)
class Problem:
    """Variables between bounds, and conditions."""

    low: tuple[int, ...]
    high: tuple[int, ...]
    conditions: tuple[Condition, ...]
    watchers: tuple[tuple[int, ...], ...] = field(init=False, repr=False)
    """Conditions of each variable."""
    costs: tuple[int, ...] = field(init=False, repr=False)
    """Work that each condition takes to look at."""

    def __post_init__(self) -> None:
        """Note for each variable what it must meet."""
        found: list[list[int]] = [[] for _ in self.low]
        for number, condition in enumerate(self.conditions):
            for variable in dict.fromkeys(condition.variables):
                found[variable].append(number)
        costs = tuple(1 + len(condition.variables) // 5 for condition in self.conditions)
        object.__setattr__(self, "watchers", tuple(map(tuple, found)))
        object.__setattr__(self, "costs", costs)

    def without(self, fact: str) -> Problem:
        """Leave out what one statement says.

        Parameters
        ----------
        fact
            The statement.

        Returns
        -------
        Problem
            The same variables.
        """
        kept = tuple(condition for condition in self.conditions if condition.fact != fact)
        return Problem(self.low, self.high, kept)

    def bounds(self) -> Bounds:
        """Return the bounds to start from.

        Returns
        -------
        tuple of list
            Lists of the caller's own.
        """
        return list(self.low), list(self.high)


class Budget:
    """So much work and no more.

    Parameters
    ----------
    steps
        Conditions of a few variables that may be looked at.
    """

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.held = 0
        """Values that are held at present while others are counted."""

    @property
    def spent(self) -> bool:
        """Whether nothing is left."""
        return self.steps <= 0


def narrow(
    problem: Problem, bounds: Bounds, budget: Budget, touched: tuple[int, ...] | None = None
) -> bool:
    """Narrow bounds until no condition narrows them further.

    Parameters
    ----------
    problem
        The conditions.
    bounds
        Bounds, changed in place.
    budget
        Work that may be done; where it runs out, bounds stay wider than they could be.
    touched
        Variables whose bounds have changed; None for all.

    Returns
    -------
    bool
        False if no values within the bounds meet all conditions.

    Notes
    -----
    What is taken away breaks a condition, so that no solution is lost. What is left may still
    hold none: each condition is looked at by itself.
    """
    low, high = bounds
    if any(a > b for a, b in zip(low, high, strict=True)):
        return False
    if touched is None:
        waiting = dict.fromkeys(range(len(problem.conditions)))
    else:
        waiting = dict.fromkeys(n for v in touched for n in problem.watchers[v])
    while waiting and not budget.spent:
        number = next(iter(waiting))
        del waiting[number]
        budget.steps -= problem.costs[number]
        changed = problem.conditions[number].narrow(bounds)
        if changed is None:
            return False
        for variable in changed:
            waiting.update(dict.fromkeys(problem.watchers[variable]))
    return True
