"""What the search for renumbered convolutions would have found: copies planted and searched for.

The module plants the reference itself, its channels renumbered and rescaled; it never looks at the
subject.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dokja.comparison.convolutions import ConvolutionData, KernelSide, laid_kernels, search
from dokja.comparison.reindexed_power import MIN_EFFECT, MIN_LAYERS, MIN_SHARE
from dokja.numerics.carried import judge
from dokja.numerics.power import N_PLANTINGS, LeastDetectable, least_detectable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dokja.arch.carried import Joint

__all__ = ["least_carried"]

RETAINED = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)
MAX_CHANNELS = 64
SCALE_SPREAD = 0.5
MAX_KNOWN = 256

_KNOWN: dict[str, LeastDetectable] = {}

Change = Callable[["Joint", "NDArray[np.float32]"], "NDArray[np.float32]"]


def least_carried(data: ConvolutionData, seed: int) -> LeastDetectable:
    """Find the least cosine a renumbered copy of the reference may keep and still be found.

    Parameters
    ----------
    data
        What was read for the search.
    seed
        Of the disguises.

    Returns
    -------
    LeastDetectable
        Of each kernel's retained cosine.

    Notes
    -----
    The positive control and the power of the search in one: every set of channels renumbered and
    rescaled, noise added, begun from pixels and classes alone. Planted in 64 channels of each set
    at most, which understates the power. The subject has no part in it, so that the answer is
    remembered for further subjects.
    """
    rng = np.random.default_rng(seed)
    part = _reduced(data.reference, rng)
    digest = hashlib.sha256(str(seed).encode())
    for _, kernel in part.outside:
        digest.update(kernel.tobytes())
    for _, kernels in part.blocks:
        digest.update(kernels[0].tobytes())
    key = digest.hexdigest()
    if key not in _KNOWN:
        if len(_KNOWN) >= MAX_KNOWN:
            _KNOWN.clear()
        _KNOWN[key] = _least_carried(part, rng)
    return _KNOWN[key]


def _least_carried(part: KernelSide, rng: np.random.Generator) -> LeastDetectable:
    def detect(cosine: float, rng: np.random.Generator) -> bool:
        laid = laid_kernels(_disguised(part, cosine, rng), part)
        if laid is None:
            return False
        found = search(laid, from_numbers=False)
        judged = [judge(block, found.channels).agreement for block in laid.held]
        passing = [a.effect >= MIN_EFFECT and a.share >= MIN_SHARE for a in judged]
        return bool(passing) and bool(np.mean(passing) >= MIN_LAYERS)

    return least_detectable(detect, RETAINED, N_PLANTINGS, rng)


class _Sets:
    """Something drawn for each set of channels, the first time it is asked for."""

    def __init__(self) -> None:
        self._held: dict[str, NDArray[np.int64]] = {}

    def subset(self, name: str | None, size: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """At most 64 members of a set."""
        if name is None:
            return np.arange(size)
        if name not in self._held:
            self._held[name] = np.sort(rng.permutation(size)[:MAX_CHANNELS])
        return self._held[name]

    def order(self, name: str | None, size: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """All members of a set in a new order; as they are where the index means something."""
        if name is None:
            return np.arange(size)
        if name not in self._held:
            self._held[name] = rng.permutation(size)
        return self._held[name]


def _reduced(side: KernelSide, rng: np.random.Generator) -> KernelSide:
    sets = _Sets()

    def kept(joint: Joint, kernel: NDArray[np.float32]) -> NDArray[np.float32]:
        rows = sets.subset(joint.out, kernel.shape[0], rng)
        columns = sets.subset(joint.into, kernel.shape[1], rng)
        return kernel[np.ix_(rows, columns)]

    return _changed(side, kept)


def _disguised(side: KernelSide, cosine: float, rng: np.random.Generator) -> KernelSide:
    sets = _Sets()

    def changed(joint: Joint, kernel: NDArray[np.float32]) -> NDArray[np.float32]:
        rows = sets.order(joint.out, kernel.shape[0], rng)
        columns = sets.order(joint.into, kernel.shape[1], rng)
        noise = rng.standard_normal(kernel.shape).astype(np.float32)
        noise *= np.linalg.norm(kernel) / np.linalg.norm(noise)
        mixed = np.float32(cosine) * kernel + np.float32(np.sqrt(1.0 - cosine**2)) * noise
        scale = np.exp(SCALE_SPREAD * rng.standard_normal(len(rows))).astype(np.float32)
        return mixed[np.ix_(rows, columns)] * scale[:, None, None]

    return _changed(side, changed)


def _changed(side: KernelSide, change: Change) -> KernelSide:
    return replace(
        side,
        outside=tuple((joint, change(joint, kernel)) for joint, kernel in side.outside),
        blocks=tuple(
            (
                block,
                tuple(change(*item) for item in zip(block.joints, kernels, strict=True)),
            )
            for block, kernels in side.blocks
        ),
    )
