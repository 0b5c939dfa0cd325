"""Channels of convolutional networks under nulls: in place, and behind carried permutations.

The module draws networks of kernels; it knows no checkpoint and trains nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bench.calibration.draws import Case, in_place
from dokja.numerics.carried import CarriedBlock, judge
from dokja.numerics.carrying import KernelPair, balanced, carry
from dokja.numerics.relabelling import in_place_log10_p

if TYPE_CHECKING:
    from collections.abc import Mapping

IN_PLACE = "channels of convolutions in place, over blocks"
CARRIED = "channels in place behind carried permutations"

Kernels = dict[str, NDArray[np.float64]]
_SETS: Mapping[str, tuple[str | None, str | None]] = {
    "stem": ("stream", None),
    "first reads": ("first", "stream"),
    "first writes": ("stream", "first"),
    "second reads": ("second", "stream"),
    "second writes": ("stream", "second"),
    "classes": (None, "stream"),
}
_SIZES = {"stream": 16, "first": 20, "second": 20}
_N_SHAPES = 3


def _network(rng: np.random.Generator) -> Kernels:
    """Draw kernels of few window shapes, as trained ones have: strangers share these."""
    shapes = np.linalg.qr(np.random.default_rng(0).normal(size=(9, _N_SHAPES)))[0].T
    found = {}
    for name, (out, into) in _SETS.items():
        size = _SIZES.get(out or "", 10), _SIZES.get(into or "", 3)
        if name == "classes":
            found[name] = rng.normal(size=(*size, 1))
        else:
            weights = rng.normal(size=(*size, _N_SHAPES)) * np.array([3.0, 1.0, 0.5])
            found[name] = weights @ shapes + 0.2 * rng.normal(size=(*size, 9))
    return found


def _renumbered(kernels: Kernels, rng: np.random.Generator, sets: tuple[str, ...]) -> Kernels:
    orders = {name: rng.permutation(_SIZES[name]) for name in sets}
    found = {}
    for name, kernel in kernels.items():
        changed = kernel
        for axis, of in enumerate(_SETS[name]):
            if of in orders:
                changed = np.take(changed, orders[of], axis=axis)
        found[name] = changed
    return found


def _noised(kernels: Kernels, rng: np.random.Generator) -> Kernels:
    return {
        name: kernel + 0.3 * kernel.std() * rng.normal(size=kernel.shape)
        for name, kernel in kernels.items()
    }


def _units(kernels: Kernels, block: str) -> NDArray[np.float64]:
    """Lay out what the inner channels of a block read and write, a row each."""
    reads, writes = kernels[f"{block} reads"], kernels[f"{block} writes"]
    n = len(reads)
    return np.hstack([reads.reshape(n, -1), np.moveaxis(writes, 1, 0).reshape(n, -1)])


def _over_blocks(subject: Kernels, reference: Kernels) -> float:
    blocks = ("first", "second")
    return in_place([(_units(subject, block), _units(reference, block)) for block in blocks])


def _strangers(rng: np.random.Generator) -> float:
    """Stems are the same besides: they must lend nothing."""
    subject, reference = _network(rng), _network(rng)
    return _over_blocks(subject | {"stem": reference["stem"]}, reference)


def _converged(rng: np.random.Generator) -> float:
    """Give both the same channels, those inside blocks in an order of their own, streams alike."""
    reference = _network(rng)
    subject = _noised(_renumbered(reference, rng, ("first", "second")), rng)
    return _over_blocks(subject, reference)


def _behind(subject: Kernels, reference: Kernels) -> float:
    pairs = {
        name: KernelPair(
            balanced(subject[name].astype(np.float32)),
            balanced(reference[name].astype(np.float32)),
            *_SETS[name],
        )
        for name in _SETS
    }
    found = carry([pair for name, pair in pairs.items() if not name.startswith("second")])
    judged = judge(CarriedBlock(1, 1, (pairs["second reads"], pairs["second writes"])), found)
    if not judged.agreement.n:
        return 0.0
    return in_place_log10_p(judged.n_in_place, judged.n_mutual / judged.agreement.n)


def _carried_strangers(rng: np.random.Generator) -> float:
    return _behind(_network(rng), _network(rng))


def _carried_copy(rng: np.random.Generator) -> float:
    """Find a laundered copy's streams: its channels are all there, under numbers of their own."""
    reference = _network(rng)
    return _behind(_noised(_renumbered(reference, rng, tuple(_SIZES)), rng), reference)


def cases() -> list[Case]:
    """List both tests between strangers and between networks of the same channels.

    Returns
    -------
    list of Case
        In place first.
    """
    return [
        Case(IN_PLACE, "strangers with one stem", _strangers),
        Case(IN_PLACE, "converged: same channels, own order in each block", _converged),
        Case(CARRIED, "strangers", _carried_strangers),
        Case(CARRIED, "a laundered copy, channels renumbered", _carried_copy),
    ]
