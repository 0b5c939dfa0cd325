"""How severe each rater is: marks as the sum of what was judged and who judged it.

The module knows a table of marks, never who gave them or what was judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Severity", "rater_severity"]


@dataclass(frozen=True, slots=True)
class Severity:
    """The additive model fitted to one table of marks."""

    leniency: NDArray[np.float64]
    """How far above the raters of the same group each rater marks, shape ``(raters,)``; not a
    number for a rater without marks."""
    standard_error: NDArray[np.float64]
    """Of each leniency; not a number where nothing is left over to estimate it from."""
    group: NDArray[np.int64]
    """Raters of one group judged units in common, directly or through others; -1 without marks.
    Across groups nothing is comparable."""
    unit_means: NDArray[np.float64]
    """Mean of each unit as if all raters of its group had judged it, shape ``(units,)``."""
    unit_group: NDArray[np.int64]
    """Group of the raters who judged the unit; -1 without marks."""
    residuals: NDArray[np.float64]
    """What the model leaves over, in the shape of the table."""
    residual_spread: float | None
    """Standard deviation of what is left over; None where nothing is."""


def rater_severity(marks: NDArray[np.float64]) -> Severity:
    """Fit the additive two-way model by least squares, also where marks are missing.

    Parameters
    ----------
    marks
        Shape ``(raters, units)``; not a number where a rater did not judge a unit.

    Returns
    -------
    Severity
        Leniencies of a group add up to zero.

    Notes
    -----
    A mark is the unit's worth plus the rater's leniency plus noise of one spread. Where everyone
    judges everything, a leniency is the rater's mean minus the mean of all, and its standard
    error is ``s * sqrt((1 - 1 / raters) / units)``. In an incomplete design the raters are
    compared through the units they share; the units are eliminated first, so that the cost is
    that of one symmetric eigenproblem of the number of raters, and one product of the table with
    itself.

    Adding a constant to all marks of a rater changes that rater's leniency and no unit's
    standing; adding one to a unit changes that unit only.

    The standard errors take the leftovers for independent. A rater who prefers some teams has
    leftovers that are not, and his or her error is then larger than stated.

    References
    ----------
    Searle, S. R. (1971). Linear Models, chapter 7. Wiley.
    """
    if marks.ndim != 2 or np.isinf(marks).any():
        raise ValueError("marks must be a finite table of raters by units")
    given = (~np.isnan(marks)).astype(np.float64)
    filled = np.nan_to_num(marks)
    per_rater, per_unit = given.sum(axis=1), given.sum(axis=0)
    group, unit_group = _groups(given)
    # Centring by the unit's mean first keeps the normal equations free of the common level.
    means = _divide(filled.sum(axis=0), per_unit)
    centred = (filled - np.nan_to_num(means)) * given
    information = np.diag(per_rater) - (given * _divide(1.0, per_unit, 0.0)) @ given.T
    inverse = _pseudo_inverse(information)
    leniency = inverse @ centred.sum(axis=1)
    unit_means = means - _divide(given.T @ leniency, per_unit)
    residuals = np.where(given > 0, filled - np.nan_to_num(unit_means) - leniency[:, None], np.nan)
    spread = _spread(residuals, given, n_groups=int(group.max(initial=-1)) + 1)
    error = np.full(len(marks), np.nan)
    if spread is not None:
        error = spread * np.sqrt(np.clip(np.diag(inverse), 0.0, None))
    silent = per_rater == 0
    return Severity(
        leniency=np.where(silent, np.nan, leniency),
        standard_error=np.where(silent, np.nan, error),
        group=group,
        unit_means=unit_means,
        unit_group=unit_group,
        residuals=residuals,
        residual_spread=spread,
    )


def _divide(
    above: NDArray[np.float64] | float, below: NDArray[np.float64], empty: float = np.nan
) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, empty)


def _groups(given: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the connected part of each rater and of each unit; -1 for the silent."""
    group = np.full(len(given), -1, dtype=np.int64)
    unit_group = np.full(given.shape[1], -1, dtype=np.int64)
    for start in np.flatnonzero(given.any(axis=1)):
        if group[start] >= 0:
            continue
        number = group.max() + 1
        fresh = np.array([start])
        while len(fresh):
            group[fresh] = number
            units = given[fresh].any(axis=0) & (unit_group < 0)
            unit_group[units] = number
            fresh = np.flatnonzero(given[:, units].any(axis=1) & (group < 0))
    return group, unit_group


def _pseudo_inverse(information: NDArray[np.float64]) -> NDArray[np.float64]:
    """Invert what is estimable; the constants of the groups, which are not, come out as zero."""
    values, vectors = np.linalg.eigh(information)
    kept = values > 1e-9 * max(1.0, float(values[-1]) if len(values) else 1.0)
    inverse: NDArray[np.float64] = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
    return inverse


def _spread(
    residuals: NDArray[np.float64], given: NDArray[np.float64], *, n_groups: int
) -> float | None:
    used = int(given.any(axis=1).sum()) + int(given.any(axis=0).sum()) - n_groups
    freedom = int(given.sum()) - used
    if freedom <= 0:
        return None
    return float(np.sqrt(np.nansum(residuals * residuals) / freedom))
