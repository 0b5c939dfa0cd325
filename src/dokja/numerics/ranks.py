"""The chance that a value of one sample exceeds one of another.

The module knows two lists of numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["chance_larger"]


def chance_larger(first: ArrayLike, second: ArrayLike) -> float | None:
    """Return the chance that a value of the first sample is larger than one of the second.

    Parameters
    ----------
    first, second
        One axis each.

    Returns
    -------
    float or None
        Equal values count half; None where a sample is empty.

    Examples
    --------
    >>> chance_larger([3.0, 4.0], [1.0, 3.0])
    0.875
    """
    a, b = np.asarray(first), np.sort(np.asarray(second))
    if not a.size or not b.size:
        return None
    below = np.searchsorted(b, a, side="left") + np.searchsorted(b, a, side="right")
    return float(below.mean(dtype=np.float64) / (2 * b.size))
