"""Tables that training does not change, told by name or by value: equal in strangers.

The module knows sinusoids, counters and constant buffers; it knows no family and no statistics.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["fixed_kind", "looks_fixed"]

_FIXED_NAMES = (
    (r"inv_freq|(\w*_)?freqs(_cis)?|inv_freqs", "rotary.inv_freq"),
    (r"(cos|sin)(_cached|_cache)?|rope_cache|rotary_cache", "rotary.cache"),
    (r"position_ids|token_type_ids", "position_ids"),
    (r"num_batches_tracked|num_updates|n_averaged", "counter"),
    (r"masked_bias|causal_mask|attn_mask|tril|bias_mask", "mask"),
    (r"mel_filters|mel_basis|mel_fb|fb|filterbank|mel_scale", "mel_filters"),
    (r"(forward_|inverse_)?basis(_buffer)?|window|hann_window|dft\w*|stft\w*", "fourier_basis"),
    (r"relative_position_index|relative_coords_table", "position_index"),
)
_FIXED = tuple((re.compile(pattern), kind) for pattern, kind in _FIXED_NAMES)


@lru_cache(maxsize=65536)
def fixed_kind(last_segment: str) -> str | None:
    """Say what fixed table a tensor is by the last segment of its name.

    Parameters
    ----------
    last_segment
        What stands after the last dot, such as ``inv_freq``.

    Returns
    -------
    str or None
        Such as ``rotary.inv_freq``; None if the name is of no fixed table.
    """
    return next((kind for pattern, kind in _FIXED if pattern.fullmatch(last_segment)), None)


_TOLERANCE = 0.02
"""How far sines may be off: storage in 16 bits rounds them to some 0.004."""

Pairs = tuple["NDArray[np.float64]", "NDArray[np.float64]"]


def _pairings(table: NDArray[np.float64]) -> list[Pairs]:
    """Lay sines and cosines out both usual ways: two halves, or one column after another."""
    half = table.shape[1] // 2
    return [(table[:, :half], table[:, half:]), (table[:, 0::2], table[:, 1::2])]


def _is_ladder(sines: NDArray[np.float64], cosines: NDArray[np.float64]) -> bool:
    """Whether columns are sines and cosines of the row number, at falling frequencies."""
    # The angle advances by the same step from row to row; the steps form the ladder.
    phase = np.angle((cosines[1:] + 1j * sines[1:]) * (cosines[:-1] - 1j * sines[:-1]))
    step = np.median(phase, axis=0)
    # One step of the fastest column may wrap around pi, hence the comparison on the circle.
    if not np.allclose(np.exp(1j * phase), np.exp(1j * step), atol=2 * _TOLERANCE):
        return False
    speed = np.abs(step)
    return bool(np.ptp(speed) > 10 * _TOLERANCE and np.all(np.diff(speed) < _TOLERANCE))


def _is_sinusoid(table: NDArray[np.float64]) -> bool:
    """Whether a table holds sines and cosines of the row number."""
    n_rows, n_columns = table.shape
    if n_rows < 4 or n_columns < 4 or n_columns % 2:
        return False
    return any(
        np.allclose(a**2 + b**2, 1.0, atol=2 * _TOLERANCE)
        and (_is_ladder(a, b) or _is_ladder(b, a))
        for a, b in _pairings(table)
    )


def _is_grid(table: NDArray[np.float64]) -> bool:
    """Whether a table holds sines and cosines of two coordinates, half of the columns each."""
    half = table.shape[1] // 2
    if table.shape[1] % 4 or half < 4:
        return False
    rows = [np.unique(part.round(1), axis=0) for part in (table[:, :half], table[:, half:])]
    # Each coordinate takes few values: a grid of rows and columns, not a list of places.
    if any(2 * len(found) > len(table) or len(found) < 2 for found in rows):
        return False
    return all(
        any(np.allclose(a**2 + b**2, 1.0, atol=2 * _TOLERANCE) for a, b in _pairings(part))
        for part in (table[:, :half], table[:, half:])
    )


def _is_geometric(values: NDArray[np.float64]) -> bool:
    """Whether a vector is a falling geometric ladder that begins at one, as rotary frequencies."""
    if values.size < 8 or np.any(values <= 0) or abs(values[0] - 1.0) > 1e-6:
        return False
    ratios = np.log(values[1:] / values[:-1])
    return bool(np.ptp(ratios) < 0.02 * abs(ratios.mean()) and ratios.mean() < 0)


def looks_fixed(values: NDArray[np.floating]) -> bool:
    """Tell by value a table that training does not change.

    Parameters
    ----------
    values
        Shape ``(n,)`` or ``(rows, columns)`` or more axes; all values of one tensor.

    Returns
    -------
    bool
        True for constants, for position tables whose columns are sines and cosines of a
        falling ladder of frequencies, of the row number or of the two coordinates of a grid
        (after a first row of zeros, where there is a class token), and for rotary frequencies.
        Values that are not finite are never fixed.

    Notes
    -----
    A norm gain that was never trained is constant too; it is no evidence either way. Cost:
    a pass over at most 4,096 rows beyond the check for constants.

    Examples
    --------
    >>> looks_fixed(np.ones(16))
    True
    >>> looks_fixed(np.random.default_rng(0).normal(size=(64, 32)))
    False
    """
    array = np.asarray(values)
    if array.size == 0 or not np.isfinite(array).all():
        return False
    if array.min() == array.max():
        return True
    squeezed = array.astype(np.float64, copy=False).squeeze()
    if squeezed.ndim == 1:
        return _is_geometric(squeezed)
    if squeezed.ndim != 2 or np.abs(squeezed).max() > 1 + _TOLERANCE:
        return False
    table = squeezed[1:] if not squeezed[0].any() else squeezed
    return _is_sinusoid(table[:512]) or _is_grid(table[:4096])
