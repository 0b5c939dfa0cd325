"""The least effect that a test would have found, by planting it again and again.

The module knows a test as a function of an effect; it does not know what the effect is.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

__all__ = ["DETECTED_SHARE", "N_PLANTINGS", "LeastDetectable", "least_detectable"]

N_PLANTINGS: Final = 20
"""Plantings of each effect: fewer would not tell 0.9 from 0.75."""

DETECTED_SHARE: Final = 0.9
"""Share of the plantings that have to be found."""


@dataclass(frozen=True, slots=True)
class LeastDetectable:
    """The least effect that was found often enough.

    Parameters
    ----------
    value
        The effect; None where none of the grid was found often enough.
    detected_share
        Share of the plantings found at `value`; where it is None, at the largest of the grid.
    n_plantings
        Plantings that this share was taken of.
    """

    value: float | None
    detected_share: float
    n_plantings: int


def least_detectable(
    detect: Callable[[float, np.random.Generator], bool],
    grid: Sequence[float],
    n_plantings: int,
    rng: np.random.Generator,
    *,
    detected_share: float = DETECTED_SHARE,
) -> LeastDetectable:
    """Find the least effect of a grid that is found in at least nine of ten plantings.

    Parameters
    ----------
    detect
        Plants an effect anew by the generator it is given and says whether the test found it.
    grid
        Effects to try, increasing.
    n_plantings
        Plantings of each effect, at least 20.
    rng
        Source of all plantings.
    detected_share
        Share of the plantings that have to be found.

    Returns
    -------
    LeastDetectable
        The first effect of the grid found often enough, from the smallest on.

    Raises
    ------
    ValueError
        If the grid is empty or not increasing, there are fewer than 20 plantings, or
        `detected_share` is not above 0 and at most 1.

    Notes
    -----
    An effect is given up as soon as it has been missed too often to reach the share, and the
    larger ones after the first that reaches it are not tried. With 20 plantings 18 have to be
    found; a test whose true power is 0.75 is taken for sufficient one time in eleven.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> least_detectable(lambda effect, rng: effect + 0.1 * rng.normal() > 0.5,
    ...                  [0.2, 0.4, 0.6, 0.8, 1.0], 20, rng).value
    0.8
    """
    if not grid or any(after <= before for before, after in itertools.pairwise(grid)):
        message = f"the grid of effects must be increasing, got {list(grid)}"
        raise ValueError(message)
    if n_plantings < N_PLANTINGS or not 0.0 < detected_share <= 1.0:
        message = f"at least {N_PLANTINGS} plantings and a share above 0 and at most 1 are needed"
        raise ValueError(message)
    needed = math.ceil(detected_share * n_plantings - 1e-9)
    n_tried = n_found = 0
    for effect in grid:
        n_tried = n_found = 0
        while n_tried < n_plantings and n_tried - n_found <= n_plantings - needed:
            n_found += bool(detect(effect, rng))
            n_tried += 1
        if n_found >= needed:
            return LeastDetectable(effect, n_found / n_tried, n_tried)
    return LeastDetectable(None, n_found / n_tried, n_tried)
