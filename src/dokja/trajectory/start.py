"""Step 0 beside the initialiser that is declared for each of its tensors.

The module knows what a tensor should have been drawn from and what was found, never whose model
it might be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from dokja.document.trajectory import StartFit
from dokja.numerics.initial import (
    Distribution,
    Fit,
    edge_limit,
    edge_ratio,
    fit,
    orthogonality_error,
    spread_rounding,
)
from dokja.trajectory.bounds import DIGITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dokja.document.recipe import Initialiser
    from dokja.io.checkpoint import Checkpoint
    from dokja.io.record import TensorRecord
    from dokja.trajectory.choosing import Chooser

__all__ = ["StartTester", "declared_distribution", "fans"]


MAX_LOG10_P: Final = -8.0
"""A distribution differs only if its p-value, for one tensor of many, is below this …"""
MIN_DISTANCE: Final = 0.02
"""… and its distribution function is this far off: what is declared may be rounded."""
MAX_SPREAD: Final = 0.03
"""Part by which a standard deviation may be off."""
MAX_Z: Final = 7.0
MAX_KURTOSIS: Final = 0.3
_FEWEST: Final = 64
_SIDE: Final = 512
"""Rows and columns of a matrix whose singular values are looked at."""
_MOST_ELEMENTS: Final = 2**23
_ROWS: Final = 384
_BY_FAN: Final = ("kaiming", "xavier", "lecun")
_MAX_PADDING: Final = 4
"""Rows of zeros that a table may have, as for padding."""


def fans(shape: tuple[int, ...], rule: Initialiser) -> tuple[int, int]:
    """Return how many values go into and come out of a unit of a tensor, as PyTorch counts.

    Parameters
    ----------
    shape
        Of the tensor.
    rule
        May say otherwise, or that matrices are stored input by output.

    Returns
    -------
    tuple of int
        Fan in and fan out.
    """
    rows, columns = shape[0], shape[1] if len(shape) > 1 else 1
    field = math.prod(shape[2:])
    fan_in, fan_out = columns * field, rows * field
    if rule.transposed:
        fan_in, fan_out = fan_out, fan_in
    return rule.fan_in or fan_in, rule.fan_out or fan_out


def declared_distribution(
    rule: Initialiser, shape: tuple[int, ...], layer: int | None
) -> Distribution | None:
    """Return the distribution of single weights that a rule declares.

    Parameters
    ----------
    rule
        The rule.
    shape
        Of the tensor.
    layer
        Number of the block it belongs to, from 0.

    Returns
    -------
    Distribution or None
        None for constants, and for what is not random.
    """
    kind = rule.distribution
    if kind in {"constant", "zeros", "ones", "given"}:
        return None
    if kind == "uniform":
        assert rule.low is not None
        assert rule.high is not None
        return Distribution("uniform", low=rule.low, high=rule.high)
    scale = _scale(rule, layer)
    if kind in {"normal", "truncated_normal"}:
        sd = None if rule.std is None else rule.std * scale
        return _normal(rule, sd)
    fan_in, fan_out = fans(shape, rule)
    sd = _variance_scaled(rule, fan_in, fan_out, max(shape[0], math.prod(shape[1:])))
    if kind.endswith("uniform"):
        end = math.sqrt(3.0) * sd
        return Distribution("uniform", low=-end, high=end)
    return Distribution("normal", 0.0, sd)


def _scale(rule: Initialiser, layer: int | None) -> float:
    if rule.scaled_by == "depth":
        assert rule.n_layers is not None
        return 1.0 / math.sqrt(2.0 * rule.n_layers)
    if rule.scaled_by == "layer":
        return 1.0 / math.sqrt(2.0 * ((layer or 0) + 1))
    return 1.0


def _normal(rule: Initialiser, sd: float | None) -> Distribution:
    if rule.distribution == "normal" or sd is None:
        return Distribution("normal", rule.mean, sd)
    assert rule.cut is not None
    plain = Distribution("cut_normal", 0.0, 1.0, -rule.cut, rule.cut)
    if rule.std_after_cut:
        sd /= plain.spread or 1.0
    end = rule.cut * sd
    return Distribution("cut_normal", rule.mean, sd, rule.mean - end, rule.mean + end)


def _variance_scaled(rule: Initialiser, fan_in: int, fan_out: int, longest: int) -> float:
    kind = rule.distribution
    if kind.startswith("kaiming"):
        fan = fan_in if rule.fan == "in" else fan_out
        gain = rule.gain * math.sqrt(2.0 / (1.0 + rule.slope**2))
        return gain / math.sqrt(max(fan, 1))
    if kind.startswith("xavier"):
        return rule.gain * math.sqrt(2.0 / max(fan_in + fan_out, 1))
    return rule.gain / math.sqrt(max(fan_in if kind == "lecun_normal" else longest, 1))


@dataclass(frozen=True, slots=True)
class StartTester:
    """Lays tensors of step 0 beside what is declared for them.

    Parameters
    ----------
    checkpoint
        Step 0.
    rules
        The initialiser of the recipe.
    chooser
        Tells which rule a tensor falls under.
    layers
        Block of each tensor, where that is known.
    rng
        Undoes rounding, and chooses parts of large matrices.
    """

    checkpoint: Checkpoint
    rules: tuple[Initialiser, ...]
    chooser: Chooser
    layers: dict[str, int | None]
    rng: np.random.Generator

    def test(self, name: str, sample: NDArray[np.float32]) -> StartFit:
        """Lay one tensor beside its rule.

        Parameters
        ----------
        name
            Name of the tensor.
        sample
            Some of its values, chosen at random.

        Returns
        -------
        StartFit
            What fits, and what does not.
        """
        record = self.checkpoint.records[name]
        rule = next((one for one in self.rules if self.chooser.fits(one, name)), None)
        values = sample.astype(np.float64)
        if rule is None:
            return self._row(name, "–", values.size, "not_declared", edge=self._edge(record)[0])
        words = _words(rule)
        if rule.distribution == "given":
            return self._row(name, words, values.size, "not_random")
        if rule.distribution in {"zeros", "ones", "constant"}:
            return self._constant(name, words, rule, values)
        return self._random(record, words, rule, values)

    def _constant(
        self, name: str, words: str, rule: Initialiser, values: NDArray[np.float64]
    ) -> StartFit:
        wanted = {"zeros": 0.0, "ones": 1.0}.get(rule.distribution, rule.value or 0.0)
        close = np.abs(values - wanted) <= 1e-6 + 4e-3 * abs(wanted)
        return self._row(name, words, values.size, "fits" if bool(close.all()) else "differs")

    def _random(
        self, record: TensorRecord, words: str, rule: Initialiser, values: NDArray[np.float64]
    ) -> StartFit:
        n = values.size
        values = self._without_padding(record, values)
        if values.size < _FEWEST or not np.isfinite(values).all():
            return self._row(record.name, words, n, "not_testable")
        if float(values.std()) == 0.0:
            return self._row(record.name, words, n, "not_random")
        found = self._fitted(record, rule, values)
        edge, limit = self._edge(record)
        outcome = "differs" if _is_off(found) else "fits"
        if rule.distribution == "orthogonal" and self._is_not_orthogonal(record, rule):
            outcome = "differs"
        if edge is not None and edge > limit:
            outcome = "structured"
        return self._row(
            record.name,
            words,
            n,
            outcome,
            distance=found.distance,
            log10_p=found.log10_p,
            spread=found.spread,
            kurtosis=found.kurtosis,
            edge=edge,
        )

    def _fitted(self, record: TensorRecord, rule: Initialiser, values: NDArray[np.float64]) -> Fit:
        """Lay values beside what is declared, in whichever usual sense of the words fits."""
        spread = spread_rounding(values, DIGITS.get(record.dtype, 24), self.rng)
        layer = self.layers.get(record.name)
        meant = [
            declared_distribution(one, shape, layer)
            for one, shape in self._senses(rule, record.name, record.shape)
        ]
        found = [fit(spread, one) for one in meant if one is not None]
        return next((one for one in found if not _is_off(one)), found[0])

    def _senses(
        self, rule: Initialiser, name: str, shape: tuple[int, ...]
    ) -> Iterator[tuple[Initialiser, tuple[int, ...]]]:
        """List what the words of a rule may mean; libraries differ, and makers follow theirs."""
        kind = rule.distribution
        if len(shape) == 1 and kind.startswith(_BY_FAN):
            sibling = self.checkpoint.records.get(name.removesuffix("bias") + "weight")
            shape = shape if sibling is None else sibling.shape
        yield rule, shape
        if kind == "truncated_normal":
            yield rule.model_copy(update={"std_after_cut": not rule.std_after_cut}), shape
            yield rule.model_copy(update={"distribution": "normal"}), shape
        if kind.startswith(_BY_FAN) and rule.fan_in is None and rule.fan_out is None:
            yield rule.model_copy(update={"transposed": not rule.transposed}), shape
            yield rule, (shape[0], math.prod(shape[1:]))

    def _without_padding(
        self, record: TensorRecord, values: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Leave out zeros that may be those of a few rows for padding."""
        zeros = int((values == 0.0).sum())
        rows = record.shape[0] if len(record.shape) == 2 else 0
        if not zeros or rows < 32 or zeros > values.size * 2 * _MAX_PADDING / rows + 8:
            return values
        return np.asarray(values[values != 0.0])

    def _edge(self, record: TensorRecord) -> tuple[float | None, float]:
        matrix = self._part(record)
        if matrix is None:
            return None, math.inf
        held = matrix[np.abs(matrix).sum(axis=1) > 0.0]
        if min(held.shape) < 8 or not np.isfinite(held).all():
            return None, math.inf
        return edge_ratio(_evened(held)), edge_limit(*held.shape)

    def _part(self, record: TensorRecord) -> NDArray[np.float64] | None:
        """Read a band of rows and some of its columns."""
        if len(record.shape) < 2:
            return None
        rows, width = record.shape[0], math.prod(record.shape[1:])
        n_rows = min(rows, _SIDE, max(1, _MOST_ELEMENTS // max(width, 1)))
        first = int(self.rng.integers(0, rows - n_rows + 1))
        band = self.checkpoint.read(record.name, first, first + n_rows)
        matrix = self._as_matrix(band, record.shape)
        for axis in (0, 1):
            if matrix.shape[axis] > _SIDE:
                kept = np.sort(self.rng.choice(matrix.shape[axis], _SIDE, replace=False))
                matrix = np.take(matrix, kept, axis=axis)
        return np.asarray(matrix, np.float64)

    @staticmethod
    def _as_matrix(band: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
        """Lay further axes to whichever side makes the matrix less narrow."""
        by_first = band.reshape(band.shape[0], -1)
        by_last = band.reshape(-1, shape[-1])
        return by_first if min(by_first.shape) >= min(by_last.shape) else by_last

    def _is_not_orthogonal(self, record: TensorRecord, rule: Initialiser) -> bool:
        rows, width = record.shape[0], math.prod(record.shape[1:])
        if len(record.shape) < 2 or (rows > width and record.n_elements > _MOST_ELEMENTS):
            return False
        n_rows = rows if rows > width else min(rows, _ROWS)
        matrix = self.checkpoint.read(record.name, 0, n_rows).reshape(n_rows, -1)
        error = orthogonality_error(matrix, rule.gain)
        return error is not None and error > 0.01 + 4.0 * 2.0 ** -DIGITS.get(record.dtype, 2)

    @staticmethod
    def _row(
        name: str,
        words: str,
        n: int,
        outcome: Any,  # noqa: ANN401 - one of the words of the document
        *,
        distance: float | None = None,
        log10_p: float | None = None,
        spread: float | None = None,
        kurtosis: float | None = None,
        edge: float | None = None,
    ) -> StartFit:
        return StartFit(
            name=name,
            declared=words,
            n=n,
            distance=None if distance is None else min(max(distance, 0.0), 1.0),
            log10_p=log10_p,
            spread=spread,
            kurtosis=kurtosis,
            edge=edge,
            outcome=outcome,
        )


def _is_off(found: Fit) -> bool:
    off = abs((found.spread or 1.0) - 1.0) > MAX_SPREAD and abs(found.spread_z) > MAX_Z
    bent = abs(found.kurtosis) > MAX_KURTOSIS and abs(found.kurtosis_z) > MAX_Z
    far = found.log10_p < MAX_LOG10_P and found.distance > MIN_DISTANCE
    return off or bent or far


def _evened(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale rows, then columns, to one size: parts drawn with unlike spreads are no structure."""
    evened = matrix
    for axis in (1, 0):
        size = np.sqrt(np.mean(evened**2, axis=axis, keepdims=True))
        evened = evened / np.where(size > 0.0, size, 1.0)
    return evened


def _words(rule: Initialiser) -> str:
    """Write a rule in a line."""
    shown = {
        "std": rule.std,
        "low": rule.low,
        "high": rule.high,
        "cut": rule.cut,
        "value": rule.value,
        "gain": rule.gain if rule.gain != 1.0 else None,
        "slope": rule.slope or None,
        "mean": rule.mean or None,
    }
    parts = [f"{name} {value:g}" for name, value in shown.items() if value is not None]
    if rule.scaled_by is not None:
        parts.append(f"scaled by {rule.scaled_by}")
    if rule.source is not None:
        parts.append(rule.source[:80])
    return rule.distribution + (f" ({', '.join(parts)})" if parts else "")
