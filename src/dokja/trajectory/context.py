"""What is known of a run once it is read: declared, measured, and which tensor is which.

The module puts facts side by side; it judges nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from dokja.trajectory.bounds import DIGITS, half_step

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from dokja.document.recipe import Recipe
    from dokja.numerics.movement import Movement
    from dokja.trajectory.bounds import Bounds
    from dokja.trajectory.choosing import Chooser
    from dokja.trajectory.reading import Run, Stack

__all__ = ["Context", "Kept"]

N_ERRORS: Final = 4.0
"""Standard errors on each side of a slope."""
_SMALLEST: Final = 256
_LONGEST_VECTOR: Final = 2**14
"""Values beyond which a vector is a matrix that was stored flat."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Slope of later weights on earlier ones, with its limits, and what decay alone leaves."""

    slope: float
    low: float
    high: float
    expected: float | None


def _is_matrix(stack: Stack) -> bool:
    return stack.n_elements >= (_SMALLEST if len(stack.shape) > 1 else _LONGEST_VECTOR)


@dataclass(frozen=True, slots=True)
class Context:
    """A run that was read.

    Parameters
    ----------
    recipe
        What is declared.
    run
        What was measured.
    bounds
        What the optimiser can do.
    chooser
        Which part of the recipe is about which tensor.
    """

    recipe: Recipe
    run: Run
    bounds: Bounds
    chooser: Chooser
    _frozen: dict[tuple[str, int], bool] = field(default_factory=dict)

    @property
    def steps(self) -> list[int]:
        """Steps of the checkpoints."""
        return [one.step for one in self.recipe.checkpoints]

    @property
    def n_checkpoints(self) -> int:
        """Number of checkpoints."""
        return len(self.recipe.checkpoints)

    @property
    def stacks(self) -> tuple[Stack, ...]:
        """Tensors that all checkpoints hold."""
        return self.run.stacks

    def move(self, stack: Stack) -> Movement:
        """Return how a tensor moved.

        Parameters
        ----------
        stack
            The tensor.

        Returns
        -------
        Movement
            Over the whole run.
        """
        return self.run.movements[stack.name]

    def is_frozen(self, name: str, k: int) -> bool:
        """Tell whether a tensor is declared frozen up to a checkpoint from the one before.

        Parameters
        ----------
        name
            The tensor.
        k
            Number of the later checkpoint.

        Returns
        -------
        bool
            True if the whole interval lies within a declared part.
        """
        if (name, k) not in self._frozen:
            first, last = self.steps[k - 1], self.steps[k]
            self._frozen[name, k] = any(
                part.first_step <= first
                and (part.last_step is None or last <= part.last_step)
                and self.chooser.fits(part, name)
                for part in self.recipe.frozen
            )
        return self._frozen[name, k]

    def is_partly_frozen(self, name: str, k: int) -> bool:
        """Tell whether a tensor is declared frozen in a part of an interval.

        Parameters
        ----------
        name
            The tensor.
        k
            Number of the later checkpoint.

        Returns
        -------
        bool
            True if any declared part reaches into the interval.
        """
        first, last = self.steps[k - 1], self.steps[k]
        return any(
            part.first_step < last
            and (part.last_step is None or part.last_step > first)
            and self.chooser.fits(part, name)
            for part in self.recipe.frozen
        )

    def is_always_frozen(self, name: str) -> bool:
        """Tell whether a tensor is declared frozen in the whole run.

        Parameters
        ----------
        name
            The tensor.

        Returns
        -------
        bool
            True if every interval is.
        """
        return self.n_checkpoints > 1 and all(
            self.is_frozen(name, k) for k in range(1, self.n_checkpoints)
        )

    def matrices(self) -> list[Stack]:
        """Return the tensors on whose values continuity can be judged.

        Returns
        -------
        list of Stack
            Trained ones with two axes or more, neither tables that are computed nor small ones;
            and vectors as long as matrices.
        """
        return [
            stack
            for stack in self.stacks
            if _is_matrix(stack)
            and stack.name not in self.chooser.fixed
            and not self.is_always_frozen(stack.name)
        ]

    def kept(self, stack: Stack, j: int, k: int) -> Kept | None:
        """Return what of an earlier checkpoint is left in a later one.

        Parameters
        ----------
        stack
            The tensor.
        j
            ``0``, or ``k - 1``.
        k
            Number of the later checkpoint.

        Returns
        -------
        Kept or None
            None where the earlier one is constant.
        """
        move = self.move(stack)
        slope = move.kept(j, k)
        if slope is None or move.n < 2:
            return None
        before, after = move.variance(j), move.variance(k)
        left = max(after - slope**2 * before, 0.0)
        error = N_ERRORS * math.sqrt(left / (before * move.n))
        return Kept(slope, slope - error, slope + error, self._expected(stack, j, k))

    def _expected(self, stack: Stack, j: int, k: int) -> float | None:
        if j == 0:
            return self.bounds.expected_kept(stack.name, stack.shape, k)
        decay = self.bounds.allowance(stack.name, stack.shape, k).decay
        return None if decay is None else math.exp(-decay)

    def pooled(self, stacks: Iterable[Stack], j: int, k: int) -> Kept | None:
        """Return what of an earlier checkpoint is left in a later one, over several tensors.

        Parameters
        ----------
        stacks
            The tensors.
        j
            ``0``, or ``k - 1``.
        k
            Number of the later checkpoint.

        Returns
        -------
        Kept or None
            Weighted by how surely each is known, so that each counts by what it can tell; None
            where nothing can be told.
        """
        total = weight = expected = 0.0
        known = True
        for stack in stacks:
            one = self.kept(stack, j, k)
            if one is None:
                continue
            error = max((one.high - one.slope) / N_ERRORS, 1e-9)
            total += one.slope / error**2
            weight += 1.0 / error**2
            known = known and one.expected is not None
            expected += (one.expected or 0.0) / error**2
        if weight == 0.0:
            return None
        slope, error = total / weight, N_ERRORS / math.sqrt(weight)
        return Kept(slope, slope - error, slope + error, expected / weight if known else None)

    def used(self, stack: Stack, k: int) -> float | None:
        """Return the movement of a tensor over what its optimiser can do.

        Parameters
        ----------
        stack
            The tensor.
        k
            Number of the later checkpoint.

        Returns
        -------
        float or None
            None where no bound is known, or it is about all tensors together.
        """
        found = self.bounds.allowance(stack.name, stack.shape, k)
        move = self.move(stack)
        n = max(move.n, 1)
        if found.kind == "element":
            return move.excess(k) / found.base if found.base > 0.0 else None
        if found.kind != "tensor":
            return None
        sizes = [math.sqrt(move.square(one) / n) for one in (k - 1, k)]
        room = found.base + found.relative * max(*sizes, found.floor)
        room += sum(
            half_step(stack.records[one].dtype) * size
            for one, size in zip((k - 1, k), sizes, strict=True)
        )
        return math.sqrt(move.change(k) / n) / room if room > 0.0 else None

    def model_used(self, k: int) -> float | None:
        """Return the movement of all tensors together over what their optimiser can do.

        Parameters
        ----------
        k
            Number of the later checkpoint.

        Returns
        -------
        float or None
            None where no bound of that kind is known.
        """
        change = room = size = rounding = 0.0
        for stack in self.stacks:
            found = self.bounds.allowance(stack.name, stack.shape, k)
            if found.kind != "model" or stack.name in self.chooser.fixed:
                continue
            move = self.move(stack)
            larger = max(move.square(k - 1), move.square(k))
            change += move.change(k)
            room = max(room, found.base)
            size += found.relative**2 * larger
            rounding += 4.0 * half_step(stack.records[k].dtype) ** 2 * larger
        total = room + math.sqrt(size) + math.sqrt(rounding)
        return math.sqrt(change) / total if room > 0.0 else None

    def rounding(self, stack: Stack) -> NDArray[np.float64]:
        """Return the mean square error of rounding of each checkpoint, on the sample.

        Parameters
        ----------
        stack
            The tensor.

        Returns
        -------
        NDArray[float64]
            One a checkpoint, times the number of sampled values.
        """
        sample = self.run.samples[stack.name].astype(np.float64)
        _, exponent = np.frexp(sample)
        trained = {"bfloat16": 8, "float16": 11}.get(self.recipe.precision.weights, 24)
        errors = []
        for k, record in enumerate(stack.records):
            digits = DIGITS.get(record.dtype, 24)
            if digits >= trained:
                # What is stored is what was trained: nothing was rounded on the way to the file.
                errors.append(0.0)
                continue
            steps = np.ldexp(1.0, exponent[k] - digits)
            errors.append(float((steps**2).sum()) / 12.0)
        return np.array(errors)

    def share(self, stacks: Sequence[Stack]) -> float:
        """Return the share of the parameters that some tensors hold.

        Parameters
        ----------
        stacks
            The tensors.

        Returns
        -------
        float
            From 0 to 1.
        """
        total = sum(stack.n_elements for stack in self.stacks)
        return sum(stack.n_elements for stack in stacks) / total if total else 0.0
