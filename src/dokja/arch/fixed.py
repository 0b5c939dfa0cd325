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


def _halves(table: NDArray[np.float64]) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Both usual ways to lay sines and cosines out: two halves, or one column after another."""
    half = table.shape[1] // 2
    return [(table[:, :half], table[:, half:]), (table[:, 0::2], table[:, 1::2])]


def _is_ladder(sines: NDArray[np.float64], cosines: NDArray[np.float64], tolerance: float) -> bool:
    """Whether each column is a sine and cosine of one frequency, and these fall geometrically."""
    if not np.allclose(sines**2 + cosines**2, 1.0, atol=tolerance):
        return False
    # The angle advances by the same step from row to row; the steps form the ladder.
    phase = np.angle((cosines[1:] + 1j * sines[1:]) * (cosines[:-1] - 1j * sines[:-1]))
    step = np.median(phase, axis=0)
    # One step of the fastest column may wrap around pi, hence the comparison on the circle.
    if not np.allclose(np.exp(1j * phase), np.exp(1j * step), atol=2 * tolerance):
        return False
    speed = np.abs(step)
    return bool(np.ptp(speed) > 10 * tolerance and np.all(np.diff(speed) < tolerance))


def _is_sinusoid(table: NDArray[np.float64]) -> bool:
    n_rows, n_columns = table.shape
    if n_rows < 4 or n_columns < 4 or n_columns % 2 or np.abs(table).max() > 1.01:
        return False
    tolerance = 0.02  # 16-bit and mixed storage rounds sines to some 0.004
    return any(
        _is_ladder(sines, cosines, tolerance) or _is_ladder(cosines, sines, tolerance)
        for sines, cosines in _halves(table)
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
        falling ladder of frequencies, and for rotary frequencies. Values that are not finite
        are never fixed.

    Notes
    -----
    A norm gain that was never trained is constant too; it is no evidence either way. Cost:
    a pass over at most 512 rows beyond the check for constants.

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
    if squeezed.ndim != 2:
        return False
    return _is_sinusoid(squeezed[:512])
