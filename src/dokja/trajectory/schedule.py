"""Learning rates by step, from what a recipe declares or a log says.

The module knows shapes of schedules, never what a rate moves.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from dokja.document.recipe import Schedule

__all__ = ["Rates", "declared_rates", "logged_rates", "may_be_nought", "sum_rates", "upper_rates"]

Array = NDArray[Any]
Rates = Callable[[Array], Array]
"""Learning rate of the updates after some steps."""

_MOST: Final = 200_000
"""Steps of an interval whose rates are added one by one; a longer one is sampled evenly."""


def declared_rates(schedule: Schedule, steps: int) -> Rates | None:
    """Return the declared learning rate as a function of the step.

    Parameters
    ----------
    schedule
        What the recipe says.
    steps
        Steps of the run.

    Returns
    -------
    Callable or None
        None where the recipe leaves the rates to the log, or names no peak.
    """
    if schedule.kind == "logged":
        return None
    if schedule.kind == "points":
        places, values = (np.array(part, np.float64) for part in zip(*schedule.points, strict=True))
        return lambda s: np.interp(s, places, values)
    if schedule.peak is None:
        return None
    after = _shape(schedule, schedule.total or steps)
    return lambda s: _warmed(schedule, np.asarray(s, np.float64), after)


def _warmed(schedule: Schedule, s: Array, after: Rates) -> Array:
    peak, warm = schedule.peak or 0.0, schedule.warmup
    if not warm:
        return after(s)
    rising = schedule.start + (peak - schedule.start) * np.minimum((s + 1.0) / warm, 1.0)
    return np.where(s < warm, rising, after(s))


def _shape(schedule: Schedule, total: int) -> Rates:
    peak, final, warm = schedule.peak or 0.0, schedule.final, schedule.warmup
    length = max(1, total - warm)

    def done(s: Array) -> Array:
        return np.clip((s - warm) / length, 0.0, 1.0)

    shapes: dict[str, Rates] = {
        "constant": lambda s: np.full(np.shape(s), peak),
        "linear": lambda s: peak + (final - peak) * done(s),
        "cosine": lambda s: final + (peak - final) * 0.5 * (1.0 + np.cos(math.pi * done(s))),
        "inverse_sqrt": lambda s: np.maximum(
            peak * np.sqrt(max(warm, 1) / np.maximum(s, max(warm, 1))), final
        ),
        "milestones": lambda s: (
            peak
            * schedule.factor ** np.searchsorted(np.array(sorted(schedule.milestones)), s, "right")
        ),
        "wsd": lambda s: _decayed(schedule, s, total),
    }
    return shapes[schedule.kind]


def _decayed(schedule: Schedule, s: Array, total: int) -> Array:
    peak, final = schedule.peak or 0.0, schedule.final
    begins = schedule.decay_start if schedule.decay_start is not None else total
    part = np.clip((s - begins) / max(1, total - begins), 0.0, 1.0)
    if schedule.shape == "exponential":
        return np.asarray(peak * (max(final, 1e-4 * peak) / peak) ** part)
    bent = {
        "linear": part,
        "cosine": 0.5 * (1.0 - np.cos(math.pi * part)),
        "sqrt": np.sqrt(part),
    }[schedule.shape]
    return np.asarray(peak + (final - peak) * bent)


def logged_rates(steps: Array, rates: Array) -> Rates | None:
    """Return the learning rate that a log says as a function of the step.

    Parameters
    ----------
    steps, rates
        Lines of the log that bear a rate, in any order.

    Returns
    -------
    Callable or None
        Straight lines between the lines of the log; None for fewer than two.
    """
    if steps.size < 2:
        return None
    order = np.argsort(steps, kind="stable")
    places, values = steps[order].astype(np.float64), rates[order]
    return lambda s: np.interp(s, places, values)


def upper_rates(rates: Rates, s: Array) -> Array:
    """Return the largest rate of a step and its neighbours.

    Parameters
    ----------
    rates
        The rates.
    s
        Steps.

    Returns
    -------
    NDArray[float64]
        Trainers differ by one step in what a schedule means; none of them exceeds this.
    """
    s = np.asarray(s, np.float64)
    return np.maximum(np.maximum(rates(np.maximum(s - 1, 0)), rates(s)), rates(s + 1))


def may_be_nought(rates: Rates, first: int, last: int) -> bool:
    """Tell whether all updates between two checkpoints may have had a rate of 0.

    Parameters
    ----------
    rates
        The rates.
    first, last
        Steps of the checkpoints.

    Returns
    -------
    bool
        True if each step or a neighbour of it has none, for trainers differ by one step. While
        rates rise from the first step on, that of the first update is 0 where steps are counted
        from there.
    """
    s = np.arange(first, min(last, first + _MOST), dtype=np.float64)
    before = rates(np.maximum(s - 1.0, 0.0))
    start = rates(np.array([0.0, 1.0]))
    if start[0] < start[1]:
        before = np.where(s < 1.0, 0.0, before)
    least = np.minimum(np.minimum(before, rates(s)), rates(s + 1.0))
    return bool(s.size) and not bool((least > 0.0).any())


def sum_rates(
    rates: Rates,
    first: int,
    last: int,
    weight: Rates | None = None,
    *,
    so_far: bool = False,
) -> float:
    """Add up the rates between two checkpoints.

    Parameters
    ----------
    rates
        The rates.
    first, last
        Steps of the checkpoints.
    weight
        What each rate is multiplied by, as a function of the number of the update from 1.
    so_far
        Whether each rate is the largest up to its step: an average of the weights so far moves as
        they moved before.

    Returns
    -------
    float
        An upper bound, tight but for a step's width.
    """
    n = last - first
    if n <= 0:
        return 0.0
    from_ = 0 if so_far else first
    n_all = last - from_
    s = np.arange(from_, last) if n_all <= _MOST else np.linspace(from_, last - 1, _MOST)
    values = upper_rates(rates, s)
    if weight is not None:
        values = values * weight(s + 1.0)
    if so_far:
        values = np.maximum.accumulate(values)[s >= first]
    return float(values.mean() * n)
