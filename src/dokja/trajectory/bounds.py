"""What the declared optimiser can do to each tensor between two checkpoints.

The module knows recipes and optimisers; it sees no weights and judges nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from dokja.io.dtype import DType
from dokja.numerics.update_bounds import adam_factor, muon_rms
from dokja.trajectory.schedule import may_be_nought, sum_rates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.document.recipe import Optimiser, OptimiserGroup, Precision, Recipe
    from dokja.trajectory.choosing import Chooser
    from dokja.trajectory.schedule import Rates

__all__ = ["DIGITS", "Allowance", "Bounds", "half_step"]

DIGITS: Final = {
    DType.F64: 53,
    DType.F32: 24,
    DType.F16: 11,
    DType.BF16: 8,
    DType.F8_E4M3: 4,
    DType.F8_E4M3FNUZ: 4,
    DType.F8_E5M2: 3,
    DType.F8_E5M2FNUZ: 3,
}
"""Binary digits of number formats, the leading one included."""

_FLOOR: Final = 1e-3
"""Least size of weights that Adafactor's rate is relative to."""
_LOW_PRECISION: Final = 2.1
"""Rounding after each step at most doubles what it moves; a little more for its arithmetic."""


def half_step(dtype: DType) -> float:
    """Return the largest relative error of rounding to a number format.

    Parameters
    ----------
    dtype
        The format.

    Returns
    -------
    float
        Half of a step at the lower end of a binade.
    """
    return float(2.0 ** -DIGITS.get(dtype, 2))


@dataclass(frozen=True, slots=True)
class Allowance:
    """The most a tensor can move between two checkpoints.

    Parameters
    ----------
    kind
        Whether `base` is about each weight, the root mean square of the tensor, or the norm of all
        weights together.
    base
        What the gradients can do.
    relative
        What decay, rounding and relative rates can do, as a part of the weights.
    floor
        Least size of the weights that `relative` is a part of.
    decay
        Sum of rate × decay; None where decay cannot be told from the gradients.
    """

    kind: Literal["element", "tensor", "model", "none"]
    base: float = 0.0
    relative: float = 0.0
    floor: float = 0.0
    decay: float | None = 0.0


_NONE: Final = Allowance("none", decay=None)


class Bounds:
    """Allowances of every tensor and interval of a run.

    Parameters
    ----------
    recipe
        What is declared.
    rates
        Learning rates; None where none are known, and with them no bound.
    chooser
        Tells which group a tensor belongs to.
    steps
        Steps of the checkpoints.
    """

    def __init__(
        self, recipe: Recipe, rates: Rates | None, chooser: Chooser, steps: Sequence[int]
    ) -> None:
        self._recipe, self._rates, self._chooser, self._steps = recipe, rates, chooser, steps
        self._groups: dict[str, OptimiserGroup | None] = {}
        self._known: dict[tuple[int, int, tuple[int, ...]], Allowance] = {}

    def lr_sum(self, k: int) -> float | None:
        """Return the sum of the learning rates up to a checkpoint from the one before.

        Parameters
        ----------
        k
            Number of the later checkpoint.

        Returns
        -------
        float or None
            None where no rates are known.
        """
        if self._rates is None:
            return None
        return sum_rates(self._rates, self._steps[k - 1], self._steps[k])

    def may_stand_still(self, k: int) -> bool:
        """Tell whether the declared rates may have been 0 all the way to a checkpoint.

        Parameters
        ----------
        k
            Number of the later checkpoint.

        Returns
        -------
        bool
            False where no rates are known.
        """
        steps = self._steps[k - 1], self._steps[k]
        return self._rates is not None and may_be_nought(self._rates, *steps)

    def allowance(self, name: str, shape: tuple[int, ...], k: int) -> Allowance:
        """Return what the optimiser can do to a tensor up to a checkpoint from the one before.

        Parameters
        ----------
        name, shape
            The tensor.
        k
            Number of the later checkpoint.

        Returns
        -------
        Allowance
            Without rounding of what is stored.
        """
        group = self._group(name)
        key = (id(group), k, shape)
        if key not in self._known:
            self._known[key] = self._find(group, shape, k)
        return self._known[key]

    def name_of(self, name: str) -> str:
        """Return the optimiser of a tensor.

        Parameters
        ----------
        name
            The tensor.

        Returns
        -------
        str
            As the recipe calls it.
        """
        group = self._group(name)
        return (group.name if group is not None else None) or self._recipe.optimiser.name

    def expected_kept(self, name: str, shape: tuple[int, ...], k: int) -> float | None:
        """Return what decay alone leaves of step 0 at a checkpoint.

        Parameters
        ----------
        name, shape
            The tensor.
        k
            Number of the checkpoint.

        Returns
        -------
        float or None
            1 without decay; None where it cannot be known.
        """
        total = 0.0
        for j in range(1, k + 1):
            decay = self.allowance(name, shape, j).decay
            if decay is None:
                return None
            total += decay
        return math.exp(-total)

    def _group(self, name: str) -> OptimiserGroup | None:
        if name not in self._groups:
            parts = self._recipe.optimiser.groups
            self._groups[name] = next((p for p in parts if self._chooser.fits(p, name)), None)
        return self._groups[name]

    def _find(self, group: OptimiserGroup | None, shape: tuple[int, ...], k: int) -> Allowance:
        said: Optimiser | OptimiserGroup = self._recipe.optimiser
        name, scale = self._recipe.optimiser.name, 1.0
        if group is not None:
            scale, name = group.lr_scale, group.name or name
            said = _filled(group, self._recipe.optimiser)
        if self._rates is None:
            return _NONE
        first, last = self._steps[k - 1], self._steps[k]
        total = scale * sum_rates(self._rates, first, last, so_far=self._recipe.averaged)
        found = self._of(name, said, shape, total, (first, last, scale))
        return _rounded(found, self._recipe.precision, last - first)

    def _of(
        self,
        name: str,
        said: Optimiser | OptimiserGroup,
        shape: tuple[int, ...],
        total: float,
        span: tuple[int, int, float],
    ) -> Allowance:
        decay = total * said.weight_decay
        if name in {"adam", "adamw"}:
            return self._adam(name, said, decay, span)
        if name == "lion":
            return Allowance("element", total * (1.0 + decay), decay, decay=decay)
        if name == "sgd":
            return _sgd(said, total)
        if name == "adafactor":
            return _adafactor(said, total, decay)
        if name == "muon":
            return Allowance("tensor", total * muon_rms(shape, said.adjust), decay, decay=decay)
        # Whether decay is coupled, and so a part of the gradients, is not known of any other.
        return Allowance("none", decay=None if said.weight_decay else 0.0)

    def _adam(
        self,
        name: str,
        said: Optimiser | OptimiserGroup,
        decay: float,
        span: tuple[int, int, float],
    ) -> Allowance:
        assert self._rates is not None
        first, last, scale = span
        betas = said.betas or (0.9, 0.999)
        most = scale * sum_rates(
            self._rates,
            first,
            last,
            lambda t: adam_factor(t, *betas),
            so_far=self._recipe.averaged,
        )
        if not math.isfinite(most):
            return Allowance("none", decay=decay)
        if name == "adam":
            # Decay goes through the moments, so that it is a part of the gradient.
            return Allowance("element", most, decay=None if said.weight_decay else 0.0)
        return Allowance("element", most * (1.0 + decay), decay, decay=decay)


def _sgd(said: Optimiser | OptimiserGroup, total: float) -> Allowance:
    lasting = total / (1.0 - said.momentum)
    decay = lasting * said.weight_decay
    if said.clip_norm is None:
        return Allowance("none", decay=decay)
    most = lasting * said.clip_norm
    return Allowance("model", most * (1.0 + decay), decay, decay=decay)


def _adafactor(said: Optimiser | OptimiserGroup, total: float, decay: float) -> Allowance:
    most = total * said.clip_threshold
    if not said.scale_parameter:
        return Allowance("tensor", most * (1.0 + decay), decay, decay=decay)
    # The rate follows the size of the weights, which may be larger in between than at both ends.
    relative = most * math.exp(min(most / 2.0, 50.0)) + decay
    return Allowance("tensor", 0.0, relative, _FLOOR, decay=decay)


def _rounded(found: Allowance, precision: Precision, n_steps: int) -> Allowance:
    """Add what rounding does while weights are trained in a short number format."""
    digits = {"bfloat16": 8, "float16": 11}.get(precision.weights)
    if digits is None or found.kind == "none":
        return found
    base, relative = found.base * _LOW_PRECISION, found.relative * _LOW_PRECISION
    if precision.stochastic_rounding:
        relative += n_steps * 2.0 ** (1 - digits)
    return Allowance(found.kind, base, relative, found.floor, found.decay)


def _filled(group: OptimiserGroup, whole: Optimiser) -> OptimiserGroup:
    """Give a group what it does not say itself and the whole does, if they are of one kind."""
    if group.name is not None and group.name != whole.name:
        return group
    said = group.model_fields_set
    fields = {name: getattr(whole, name) for name in type(whole).model_fields if name not in said}
    kept = {name: value for name, value in fields.items() if name in _SHARED}
    return group.model_copy(update=kept)


_SHARED: Final = frozenset(
    {"betas", "eps", "momentum", "nesterov", "weight_decay", "clip_norm", "clip_threshold"}
    | {"scale_parameter", "adjust"}
)
