"""Whether the values of a matrix lie on a lattice of few levels, as quantising leaves them.

The module knows numbers and the grids of common formats, never a model or a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

__all__ = ["Format", "Lattice", "find_lattice", "rounded_share"]

Format = Literal["int8", "int4", "nf4", "fp8_e4m3", "fp8_e5m2", "4bit"]

GROUPS: Final = (32, 64, 128, 256)
_MAX_VALUES: Final = 2**18
_MAX_GROUPS: Final = 1024
_MAX_EXAMINED: Final = 64
"""Groups whose levels are looked at one by one."""
_NEARLY_ALL: Final = 0.98
_FEW: Final = 0.1
"""Share of eight-bit groups that may be on no lattice."""
_LEVELS_4BIT: Final = 16
_MIN_REPEATS: Final = 1.5
"""Values other than zero for each distinct one; without a lattice nearly every one is distinct."""
_MANTISSAS: Final[tuple[tuple[Format, int], ...]] = (("fp8_e5m2", 4), ("fp8_e4m3", 8))
_MIN_VALUES: Final = 32
_BITS_F16: Final = 10
_LEAST_WHOLE_F16: Final = 2.0**-14
_RESIDUE: Final = 0.10
"""Mean distance from a whole number; without a lattice it is a quarter."""
NF4: Final = np.array(
    [-1.0, -0.6961928, -0.52507305, -0.39491749, -0.28444138, -0.18477343, -0.09105004, 0.0,
     0.0795803, 0.1609302, 0.2461123, 0.33791524, 0.44070983, 0.562617, 0.72295684, 1.0]
)  # fmt: skip
"""The sixteen levels of NormalFloat (arXiv:2305.14314)."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """A lattice that a matrix lies on.

    Parameters
    ----------
    format
        The number format whose levels these are; ``4bit`` where they are no known one's.
    group
        Neighbouring values of a row that share a scale; 0 for a whole row (a whole matrix where
        `format` is one of fp8).
    """

    format: Format
    group: int


def find_lattice(rows: Matrix, mantissa_bits: int) -> Lattice | None:
    """Find the lattice that rows of a matrix lie on.

    Parameters
    ----------
    rows
        Shape ``(m, n)``, finite: whole rows, along which groups run; the first begins one.
    mantissa_bits
        Of the format the values are stored in: they were rounded once more to it.

    Returns
    -------
    Lattice or None
        The coarsest that fits nearly all groups, of the largest groups; None where none does.

    Notes
    -----
    A measure and no test; what it asks for does not happen by chance. Four bits leave at most
    sixteen distinct values in a group, each borne by several weights; eight-bit floats leave at
    most eight (four) distinct mantissas; eight-bit integers leave whole multiples of a step of at
    most 128, which rounding to bfloat16 blurs for multiples above 32, so that only smaller ones
    are asked. Zeros count for nothing, so that a pruned matrix is not taken for one of these.

    Cost: a few sorts of at most 262,144 values.
    """
    if rows.ndim != 2 or rows.shape[1] < GROUPS[0] or not rows.any():
        return None
    rows = rows[: max(1, _MAX_VALUES // rows.shape[1])]
    return (
        _four_bits(rows)
        or _eight_bit_float(rows, mantissa_bits)
        or _eight_bit_integer(rows, mantissa_bits)
    )


def rounded_share(quantised: Matrix, other: Matrix, lattice: Lattice) -> float:
    """Say how many values are those of another matrix, rounded to the nearest level.

    Parameters
    ----------
    quantised
        Rows that lie on `lattice`.
    other
        The same rows of the other matrix.
    lattice
        As `find_lattice` found it.

    Returns
    -------
    float
        From 0 to 1. Levels are those that stand in the same group.
    """
    n_rows = max(1, _MAX_VALUES // quantised.shape[1])
    q, r = (_grouped(side[:n_rows], lattice.group) for side in (quantised, other))
    found = n = 0
    for levels, values, wanted in zip(q, q, r, strict=True):
        held = np.unique(levels).astype(np.float64)
        middles = (held[1:] + held[:-1]) / 2.0
        low = np.concatenate([[-np.inf], middles])[np.searchsorted(held, values)]
        high = np.concatenate([middles, [np.inf]])[np.searchsorted(held, values)]
        slack = np.abs(values) * 2.0**-8
        found += int(np.count_nonzero((wanted >= low - slack) & (wanted <= high + slack)))
        n += len(values)
    return found / n if n else 0.0


def _grouped(rows: Matrix, group: int) -> Matrix:
    """Cut rows into groups, at most so many of them, spread over all.

    Groups that do not divide a row run on into the next, as flat ones do.
    """
    size = group or rows.shape[1]
    flat = rows.ravel()
    groups = flat[: len(flat) // size * size].reshape(-1, size)
    return groups[:: max(1, -(-len(groups) // _MAX_GROUPS))]


def _most_fail(groups: Matrix, count: Callable[[Matrix], NDArray[np.int64]], most: int) -> bool:
    """Whether the first few groups alone already rule out that nearly all have so few values."""
    n_failed = int(np.count_nonzero(count(groups[:_MAX_EXAMINED]) > most))
    return n_failed > (1.0 - _NEARLY_ALL) * len(groups)


def _n_levels(groups: Matrix) -> NDArray[np.int64]:
    ordered = np.sort(groups, axis=1)
    n = 1 + np.count_nonzero(np.diff(ordered, axis=1), axis=1)
    return np.asarray(n, dtype=np.int64)


def _step(groups: Matrix) -> int:
    return max(1, -(-len(groups) // _MAX_EXAMINED))


def _sizes(n_columns: int) -> list[int]:
    return [0, *(size for size in reversed(GROUPS) if size < n_columns)]


# -- four bits ------------------------------------------------------------------------------------


def _four_bits(rows: Matrix) -> Lattice | None:
    for group in _sizes(rows.shape[1]):
        groups = _grouped(rows, group)
        groups = groups[groups.any(axis=1)]
        if _most_fail(groups, _n_levels, _LEVELS_4BIT):
            continue
        n_distinct = _n_levels(groups)
        n_nonzero = np.count_nonzero(groups, axis=1)
        few = float(np.mean(n_distinct <= _LEVELS_4BIT)) >= _NEARLY_ALL
        if few and n_nonzero.sum() >= _MIN_REPEATS * n_distinct.sum() and n_distinct.max() >= 4:
            return Lattice(_levels_of(groups), group)
    return None


def _levels_of(groups: Matrix) -> Format:
    held = [np.unique(group).astype(np.float64) for group in groups[:: _step(groups)]]
    if np.mean([_is_even(levels) for levels in held]) >= 0.9:
        return "int4"
    return "nf4" if np.mean([_is_nf4(levels) for levels in held]) >= 0.9 else "4bit"


def _is_even(levels: NDArray[np.float64]) -> bool:
    span = levels[-1] - levels[0]
    if span <= 0.0:
        return True
    for n_steps in range(1, _LEVELS_4BIT):
        places = (levels - levels[0]) * (n_steps / span)
        if np.abs(places - np.round(places)).max() <= 0.12:
            return True
    return False


def _is_nf4(levels: NDArray[np.float64]) -> bool:
    largest = np.abs(levels).max()
    if largest <= 0.0:
        return True
    scaled = levels / largest
    return bool(np.abs(scaled[:, None] - NF4[None, :]).min(axis=1).max() <= 0.006)


# -- eight bits -----------------------------------------------------------------------------------


def _eight_bit_float(rows: Matrix, mantissa_bits: int) -> Lattice | None:
    size = np.abs(rows)
    # Of its smallest numbers float16 keeps fewer bits, which shifts their mantissas.
    least = _LEAST_WHOLE_F16 if mantissa_bits == _BITS_F16 else 0.0
    mantissas = np.frexp(np.where(size < least, np.float32(0.0), size))[0]
    for name, most in _MANTISSAS:
        if _n_distinct(mantissas.reshape(1, -1))[0] <= most:
            return Lattice(name, 0)
        for group in (rows.shape[1], *(size for size in _sizes(rows.shape[1]) if size >= 128)):
            groups = _grouped(mantissas, group)
            if _most_fail(groups, _n_distinct, most):
                continue
            if np.mean(_n_distinct(groups) <= most) >= _NEARLY_ALL:
                return Lattice(name, group)
    return None


def _n_distinct(groups: Matrix) -> NDArray[np.int64]:
    """Count distinct values other than zero, as many as can be where there are too few to tell."""
    ordered = np.sort(groups, axis=1)
    steps = (np.diff(ordered, axis=1) != 0.0) & (ordered[:, 1:] > 0.0)
    n = np.count_nonzero(steps, axis=1) + (ordered[:, 0] > 0.0)
    n[np.count_nonzero(groups, axis=1) < _MIN_VALUES] = groups.shape[1]
    return np.asarray(n, dtype=np.int64)


def _eight_bit_integer(rows: Matrix, mantissa_bits: int) -> Lattice | None:
    most = 127.5 if mantissa_bits >= 10 else 31.5
    whole = float(np.abs(rows).max())
    for group in _sizes(rows.shape[1]):
        groups = _grouped(rows, group)
        groups = groups[np.count_nonzero(groups, axis=1) >= _MIN_VALUES // 2]
        chosen = groups[:: _step(groups)]
        if len(chosen) and _nearly_all_integer(chosen, most, whole):
            return Lattice("int8", group)
    return None


def _nearly_all_integer(groups: Matrix, most: float, whole: float) -> bool:
    n_allowed = int(_FEW * len(groups))
    for held in groups:
        n_allowed -= not _is_integer(held, most, whole)
        if n_allowed < 0:
            return False
    return True


def _is_integer(values: Matrix, most: float, whole: float) -> bool:
    size = np.abs(values[values != 0.0]).astype(np.float64)
    largest, smallest = size.max(), size.min()
    candidates = [largest / 127.0, largest / 128.0, whole / 127.0]
    if largest / smallest <= 128.5:
        candidates.append(smallest)
    return any(_residue(size, step, most) <= _RESIDUE for step in candidates)


def _residue(size: NDArray[np.float64], step: float, most: float) -> float:
    """Mean distance of the smaller values from whole multiples of a step, the step refined."""
    small = size[(size >= 0.5 * step) & (size <= most * step)]
    if len(small) < _MIN_VALUES // 4:
        return 0.5
    multiples = np.maximum(np.round(small / step), 1.0)
    refined = float(small @ multiples / (multiples @ multiples))
    places = small / refined
    return float(np.mean(np.abs(places - np.round(places))))
