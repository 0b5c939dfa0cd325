"""Step 0 drawn again from its seed, where the recipe says how.

The module knows generators and rules; whether a difference matters is judged elsewhere.
"""

from __future__ import annotations

import importlib
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from dokja.trajectory.bounds import DIGITS
from dokja.trajectory.start import declared_distribution

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dokja.document.recipe import Initialiser, Recipe, Seed
    from dokja.io.checkpoint import Checkpoint
    from dokja.trajectory.choosing import Chooser

__all__ = ["redraw"]


def redraw(
    recipe: Recipe, checkpoint: Checkpoint, chooser: Chooser, layers: dict[str, int | None]
) -> tuple[bool, tuple[str, ...]] | None:
    """Draw step 0 again and compare it with the checkpoint.

    Parameters
    ----------
    recipe
        What is declared.
    checkpoint
        Step 0.
    chooser
        Tells which rule a tensor falls under.
    layers
        Block of each tensor, where that is known.

    Returns
    -------
    tuple or None
        Whether all came out again, and which did not; None where it cannot be tried: no seed, a
        rule that is not drawn value by value, a name that is not there, or torch is missing.

    Notes
    -----
    One generator draws tensor after tensor in the declared order, standard normal or uniform
    numbers that are then scaled. A difference of one step of the stored number format counts as
    equal.
    """
    seed = recipe.seed
    if seed is None:
        return None
    order = seed.order or tuple(checkpoint.records)
    draws = _generator(seed)
    if draws is None or any(name not in checkpoint.records for name in order):
        return None
    wrong = []
    for name in order:
        record = checkpoint.records[name]
        rule = next((one for one in recipe.initialiser if chooser.fits(one, name)), None)
        if rule is None:
            return None
        wanted = _wanted(rule, record.shape, layers.get(name), draws)
        if wanted is None:
            if rule.distribution in {"zeros", "ones", "constant", "given"}:
                continue
            return None
        if not _is_same(checkpoint.read(name), wanted, DIGITS.get(record.dtype, 24)):
            wrong.append(name)
    return not wrong, tuple(wrong)


def _generator(seed: Seed) -> Callable[[tuple[int, ...], str], NDArray[Any]] | None:
    if seed.library == "numpy":
        rng = np.random.default_rng(seed.seed)
        kind: Any = np.float32 if seed.draw == "float32" else np.float64

        def draw(shape: tuple[int, ...], law: str) -> NDArray[Any]:
            return rng.standard_normal(shape, kind) if law == "normal" else rng.random(shape, kind)

        return draw
    try:
        torch = importlib.import_module("torch")
    except ImportError:
        return None
    source = torch.Generator().manual_seed(seed.seed)
    wide = torch.float32 if seed.draw == "float32" else torch.float64

    def draw_torch(shape: tuple[int, ...], law: str) -> NDArray[Any]:
        drawn = torch.randn if law == "normal" else torch.rand
        return np.asarray(drawn(shape, generator=source, dtype=wide).numpy())

    return draw_torch


def _wanted(
    rule: Initialiser,
    shape: tuple[int, ...],
    layer: int | None,
    draw: Callable[[tuple[int, ...], str], NDArray[Any]],
) -> NDArray[np.float64] | None:
    if rule.distribution == "orthogonal" or rule.distribution.startswith("truncated"):
        return None
    declared = declared_distribution(rule, shape, layer)
    if declared is None:
        return None
    if declared.kind == "uniform":
        return declared.low + (declared.high - declared.low) * draw(shape, "uniform").astype(
            np.float64
        )
    if declared.sd is None:
        return None
    return declared.mean + declared.sd * draw(shape, "normal").astype(np.float64)


def _is_same(found: NDArray[Any], wanted: NDArray[np.float64], digits: int) -> bool:
    room = 2.0 ** (1 - min(digits, 22)) * np.abs(wanted) + math.ldexp(1.0, -60)
    return bool(np.all(np.abs(found.astype(np.float64) - wanted) <= room))
