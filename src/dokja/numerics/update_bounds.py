"""How far one step of a known optimiser can move a weight, whatever the gradients were.

The module knows the rules by which optimisers move weights; it reads no recipe and no weights.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["NEWTON_SCHULZ", "adam_factor", "muon_rms"]

Array = NDArray[Any]

NEWTON_SCHULZ: Final = 1.5
"""Largest singular value that five Newton-Schulz steps leave of an orthogonal matrix."""


def adam_factor(steps: Array, first: float, second: float) -> Array:
    """Bound the movement of a weight in one step of Adam, in units of the learning rate.

    Parameters
    ----------
    steps
        Number of the step, from 1.
    first, second
        Decay rates of the two moments, each below 1.

    Returns
    -------
    NDArray[float64]
        For each step the largest bound of all steps up to it.

    Notes
    -----
    By Cauchy and Schwarz, |m_t|² ≤ v_t (1−β₁)²/(1−β₂) Σ (β₁²/β₂)^k over the t gradients so far;
    bias correction multiplies by √(1−β₂ᵗ)/(1−β₁ᵗ). Without end, this is
    (1−β₁)/√((1−β₂)(1−β₁²/β₂)), where β₁² < β₂; otherwise the sum grows and with it the bound.
    ``eps`` and a larger second moment (AMSGrad) only make steps smaller, and so does beginning
    anew with empty moments, which is why the largest bound so far stands for every step.

    References
    ----------
    .. [1] D. P. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", 2014.
       arXiv:1412.6980

    Examples
    --------
    >>> np.round(adam_factor(np.array([1, 10**6]), 0.9, 0.95), 3).tolist()
    [1.0, 1.165]
    >>> float(np.round(adam_factor(np.array([10**6]), 0.9, 0.999), 2)[0])
    7.27
    """
    t = np.asarray(steps, np.float64)
    ratio = first**2 / second if second > 0.0 else math.inf
    if not math.isfinite(ratio):
        # Without a memory of squares a step is the mean of the last gradients over the last one.
        return np.full(t.shape, math.inf if first > 0.0 else 1.0)
    # The bound rises and may fall again early on; its largest value so far is taken on a grid.
    grid = np.unique(np.concatenate([np.arange(1.0, 1_001.0), np.geomspace(1_000.0, 1e7, 2_000)]))
    values = np.maximum.accumulate(_factor(grid, first, second, ratio))
    place = np.minimum(np.searchsorted(grid, np.maximum(t, 1.0)), grid.size - 1)
    return np.asarray(values[place])


def _factor(t: Array, first: float, second: float, ratio: float) -> Array:
    # Logarithms keep powers of numbers near 1 exact, and ratios above 1 finite.
    if abs(ratio - 1.0) < 1e-12:
        total = t
    else:
        total = np.expm1(np.minimum(t * math.log(max(ratio, 1e-300)), 600.0)) / (ratio - 1.0)
    corrected = np.sqrt(-np.expm1(t * math.log(second))) if second > 0.0 else np.ones_like(t)
    lasting = -np.expm1(t * math.log(first)) if first > 0.0 else np.ones_like(t)
    return np.asarray(
        (1.0 - first) / math.sqrt(1.0 - second) * np.sqrt(total) * corrected / lasting
    )


def muon_rms(shape: tuple[int, ...], adjust: str) -> float:
    """Bound the root mean square of one step of Muon on a matrix, in units of the learning rate.

    Parameters
    ----------
    shape
        Rows, and columns, which further axes belong to.
    adjust
        ``original``, ``match_rms_adamw`` or ``none``.

    Returns
    -------
    float
        The bound.

    Notes
    -----
    A step is a matrix whose singular values are near 1, so that its Frobenius norm is that of the
    shorter side's root, whatever the gradient. Newton-Schulz iteration leaves them at most
    `NEWTON_SCHULZ`.

    Examples
    --------
    >>> muon_rms((100, 100), "none")
    0.15
    """
    rows = max(shape[0], 1)
    columns = max(math.prod(shape[1:]), 1)
    scale = {
        "original": math.sqrt(max(1.0, rows / columns)),
        "match_rms_adamw": 0.2 * math.sqrt(max(rows, columns)),
    }.get(adjust, 1.0)
    return NEWTON_SCHULZ * scale / math.sqrt(max(rows, columns))
