"""What a test would have seen if units or channels of the reference stood in the subject.

The module changes similarities and sums, never weights: a planting costs no second reading.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dokja.numerics.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["PlantableGroup", "n_planted", "plant", "plant_units", "planted_swap"]


def n_planted(fraction: float, n: int) -> int:
    """Return how many of a group's units a fraction stands for.

    Parameters
    ----------
    fraction
        Above 0, at most 1.
    n
        Units in the group.

    Returns
    -------
    int
        The nearest whole number, but at least one where there is a unit.

    Raises
    ------
    ValueError
        If `fraction` is out of its range or `n` negative.

    Examples
    --------
    >>> n_planted(0.01, 384), n_planted(0.001, 384)
    (4, 1)
    """
    if not 0.0 < fraction <= 1.0 or n < 0:
        message = f"expected a share of units above 0 and at most 1, got {fraction} of {n}"
        raise ValueError(message)
    return min(n, max(1, round(fraction * n)))


def plant(
    similarity_sr: NDArray[np.float32],
    similarity_rr: NDArray[np.float32],
    fraction: float,
    cosine: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Plant a random share of the reference's units in place.

    Parameters
    ----------
    similarity_sr
        Shape ``(n, n)``: cosines of the subject's with the reference's units.
    similarity_rr
        Shape ``(n, n)``: cosines of the reference's units with each other.
    fraction
        Share of units to plant, see `n_planted`.
    cosine
        Share rho of the reference's unit in the planted one, from 0 to 1.
    rng
        Chooses the units.

    Returns
    -------
    NDArray[float32]
        Shape ``(n, n)``: what `similarity_sr` would be with the units planted. The arguments are
        left as they are.

    Raises
    ------
    ValueError
        If the shapes do not fit, or `fraction` or `cosine` is out of its range.

    Notes
    -----
    The subject's unit i becomes ``rho r_i + sqrt(1 - rho**2) s_i``, both of norm 1, divided by its
    norm. Its similarities are then the same mixture of row i of both matrices, so that no vector
    is needed. With s_i orthogonal to r_i the planted unit has cosine rho with r_i.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> planted = plant(np.zeros((4, 4)), np.eye(4), 0.5, 0.6, rng)
    >>> sorted(round(float(value), 6) for value in planted.diagonal())
    [0.0, 0.0, 0.6, 0.6]
    """
    n = len(similarity_sr)
    chosen = rng.choice(n, size=n_planted(fraction, n), replace=False)
    return plant_units(similarity_sr, similarity_rr, chosen, chosen, cosine)


def plant_units(
    similarity_sr: NDArray[np.float32],
    similarity_rr: NDArray[np.float32],
    subject_index: NDArray[np.int64],
    reference_index: NDArray[np.int64],
    cosine: float,
) -> NDArray[np.float32]:
    """Plant given units of the reference in place of given units of the subject.

    Parameters
    ----------
    similarity_sr
        Shape ``(n_subject, n_reference)``.
    similarity_rr
        Shape ``(n_reference, n_reference)``.
    subject_index, reference_index
        Shape ``(k,)``: which unit of the subject is replaced by a mixture with which of the
        reference; an increasing map plants a subset that kept its order.
    cosine
        As for `plant`.

    Returns
    -------
    NDArray[float32]
        Shape ``(n_subject, n_reference)``.

    Raises
    ------
    ValueError
        If the shapes do not fit, or `cosine` is out of its range.

    Notes
    -----
    A unit without any weight has one similarity, zero or less, with all others. Such a unit of the
    reference cannot be planted, and the subject's unit stays as it is.
    """
    planted = np.array(similarity_sr, dtype=np.float32)
    others = np.asarray(similarity_rr, dtype=np.float32)
    _check_planting(planted, others, cosine)
    if len(subject_index) != len(reference_index):
        raise ValueError("each planted unit needs one of the subject and one of the reference")
    alive = others[reference_index, reference_index] > 0.0
    rows, sources = np.asarray(subject_index)[alive], np.asarray(reference_index)[alive]
    strange = planted[rows]
    # A dead unit of the subject is mixed in as something that is like nothing else.
    strange[strange.min(axis=1, initial=np.inf) == strange.max(axis=1, initial=-np.inf)] = 0.0
    overlap = strange[np.arange(len(rows)), sources].astype(np.float64)
    planted[rows] = _mixed(strange, others[sources], overlap, cosine)
    return planted


@dataclass(frozen=True, slots=True)
class PlantableGroup:
    """A group of units made ready for many plantings at one cosine.

    The same numbers as `plant` followed by `dokja.numerics.matching.mutual_nearest`, at the cost of
    one pass over the columns for each planting. Made by `prepare`.
    """

    _subject: NDArray[np.float32]
    _planted: NDArray[np.float32]
    _nearest: NDArray[np.int64]
    _is_strict: NDArray[np.bool_]

    @classmethod
    def prepare(
        cls,
        similarity_sr: NDArray[np.float32],
        similarity_rr: NDArray[np.float32],
        cosine: float,
    ) -> PlantableGroup:
        """Compute what each unit's row would be if it were planted.

        Parameters
        ----------
        similarity_sr, similarity_rr
            Shape ``(n, n)``, as for `plant`.
        cosine
            As for `plant`.

        Returns
        -------
        PlantableGroup
            Holds two matrices of the size of `similarity_sr`.

        Raises
        ------
        ValueError
            If the shapes do not fit, or `cosine` is out of its range.
        """
        subject = np.ascontiguousarray(similarity_sr, dtype=np.float32)
        index = np.arange(len(subject), dtype=np.int64)
        planted = plant_units(subject, similarity_rr, index, index, cosine)
        nearest, strict = zip(*map(_strict_nearest, (subject, planted)), strict=True)
        return cls(subject, planted, np.stack(nearest), np.stack(strict))

    @property
    def n(self) -> int:
        """Units in the group."""
        return len(self._subject)

    def counts(self, fraction: float, rng: np.random.Generator) -> tuple[int, int]:
        """Plant a random share of the units and count neighbours.

        Parameters
        ----------
        fraction
            Share of units to plant, see `n_planted`.
        rng
            Chooses the units.

        Returns
        -------
        tuple of int
            Mutual nearest neighbours m, and those in place F.
        """
        is_planted = np.zeros(self.n, dtype=np.bool_)
        is_planted[rng.choice(self.n, size=n_planted(fraction, self.n), replace=False)] = True
        return _count(self._subject, self._planted, self._nearest, self._is_strict, is_planted)


def planted_swap(
    d_sr: ArrayLike,
    d_rr: ArrayLike,
    overlap: ArrayLike,
    cosine: float,
    rng: np.random.Generator,
    *,
    weights: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Say what the swap test would see if all of the reference stood faintly in the subject.

    Parameters
    ----------
    d_sr
        Shape ``(n_tensors, n_pairs)``: for each tensor and pair of channels (i, j), half the inner
        product of ``x_i - x_j`` with ``y_i - y_j``; x of the subject and y of the reference, each
        tensor scaled to norm 1.
    d_rr
        Same shape: half the squared norm of ``y_i - y_j``.
    overlap
        Shape ``(n_tensors,)``: inner product of the scaled tensors.
    cosine
        Share rho of the reference in each tensor, from 0 to 1.
    rng
        Draws which pairs are exchanged.
    weights
        Shape ``(n_tensors,)``: how much each tensor counts in the sum; one if not given.

    Returns
    -------
    NDArray[float64]
        Shape ``(n_pairs,)``: d summed over the tensors, for
        `dokja.numerics.relabelling.swap_statistic`.

    Raises
    ------
    ValueError
        If the shapes do not fit, a value is not finite, or `cosine` is out of its range.

    Notes
    -----
    Each tensor x becomes ``rho y + sqrt(1 - rho**2) x'``, divided by its norm, where x' is x with
    the channels of each pair exchanged or not by a fair coin, the same for all tensors. The coins
    make of x a stranger to y whatever it was before, and every planting a new one. All of it is
    linear in the sums given: an exchange flips the sign of a column of `d_sr` and takes twice its
    value off the overlap.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> noise = rng.normal(size=(2, 100)) * 1e-3
    >>> d = planted_swap(noise, np.full((2, 100), 1e-2), [0.0, 0.0], 1.0, rng)
    >>> bool(np.allclose(d, 2e-2))
    True
    """
    sr = np.asarray(d_sr, dtype=np.float64)
    rr = np.asarray(d_rr, dtype=np.float64)
    inner = np.asarray(overlap, dtype=np.float64)
    if sr.ndim != 2 or sr.shape != rr.shape or inner.shape != sr.shape[:1]:
        message = f"shapes {sr.shape}, {rr.shape} and {inner.shape} do not fit"
        raise ValueError(message)
    if not (np.isfinite(sr).all() and np.isfinite(rr).all() and np.isfinite(inner).all()):
        raise ValueError("the sums are not all finite")
    rest = _rest(cosine)
    signs = np.where(rng.random(sr.shape[1]) < 0.5, -1.0, 1.0)
    stranger = inner - (sr * (1.0 - signs)).sum(axis=1)
    norm = np.sqrt(np.maximum(1.0 + 2.0 * cosine * rest * stranger, 0.0))
    scale = np.divide(1.0, norm, out=np.zeros_like(norm), where=norm > 0.0)
    if weights is not None:
        scale = scale * np.asarray(weights, dtype=np.float64)
    planted: NDArray[np.float64] = scale @ (cosine * rr + rest * sr * signs)
    return planted


def _check_planting(sr: NDArray[np.float32], rr: NDArray[np.float32], cosine: float) -> None:
    if sr.ndim != 2 or rr.shape != (sr.shape[1], sr.shape[1]):
        message = f"similarities of shapes {sr.shape} and {rr.shape} do not fit"
        raise ValueError(message)
    _rest(cosine)


def _rest(cosine: float) -> float:
    if not 0.0 <= cosine <= 1.0:
        message = f"a planted cosine is from 0 to 1, not {cosine}"
        raise ValueError(message)
    return math.sqrt(1.0 - cosine * cosine)


def _mixed(
    strange: NDArray[np.float32],
    own: NDArray[np.float32],
    overlap: NDArray[np.float64],
    cosine: float,
) -> NDArray[np.float32]:
    rest = _rest(cosine)
    norm = np.sqrt(np.maximum(1.0 + 2.0 * cosine * rest * overlap, 0.0))
    scale = np.divide(1.0, norm, out=np.zeros_like(norm), where=norm > 0.0)
    mixed: NDArray[np.float32] = (cosine * scale)[:, None].astype(np.float32) * own
    mixed += (rest * scale)[:, None].astype(np.float32) * strange
    return mixed


def _strict_nearest(
    matrix: NDArray[np.float32],
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    if matrix.size == 0:
        return np.zeros(len(matrix), dtype=np.int64), np.zeros(len(matrix), dtype=np.bool_)
    nearest = matrix.argmax(axis=1).astype(np.int64)
    largest = matrix[np.arange(len(matrix)), nearest]
    return nearest, np.equal(np.count_nonzero(matrix == largest[:, None], axis=1), 1)


@kernel
def _count(
    subject: NDArray[np.float32],
    planted: NDArray[np.float32],
    nearest: NDArray[np.int64],
    is_strict: NDArray[np.bool_],
    is_planted: NDArray[np.bool_],
) -> tuple[int, int]:
    n_rows, n_columns = subject.shape
    largest = np.full(n_columns, -np.inf, dtype=np.float32)
    second = np.full(n_columns, -np.inf, dtype=np.float32)
    for row in range(n_rows):
        values = planted[row] if is_planted[row] else subject[row]
        for column in range(n_columns):
            value = values[column]
            best = largest[column]
            lower = min(value, best)
            second[column] = max(lower, second[column])
            largest[column] = max(value, best)
    n_mutual = 0
    n_in_place = 0
    for row in range(n_rows):
        kind = 1 if is_planted[row] else 0
        values = planted[row] if is_planted[row] else subject[row]
        column = nearest[kind, row]
        value = values[column]
        if is_strict[kind, row] and value == largest[column] and second[column] < value:
            n_mutual += 1
            n_in_place += column == row
    return n_mutual, n_in_place
