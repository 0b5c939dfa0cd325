"""What the search for a re-indexed copy would have found: copies planted and searched for.

The module plants the reference itself, disguised; it never looks at the subject.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from dokja.numerics.planted_copies import disguised, reduced
from dokja.numerics.power import N_PLANTINGS, LeastDetectable, least_detectable
from dokja.numerics.reindexing import basis_by_invariants, recover
from dokja.numerics.unit_shapes import unit_shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.comparison.structure import StructureData
    from dokja.numerics.unit_shapes import UnitShapes

__all__ = ["MIN_EFFECT", "MIN_LAYERS", "MIN_SHARE", "least_recovered"]

RETAINED = (0.7, 0.8, 0.9, 0.95, 0.99)
MIN_EFFECT = 0.2
MIN_SHARE = 0.1
MIN_LAYERS = 2.0 / 3.0
MAX_KNOWN = 256

_KNOWN: dict[tuple[str, ...], LeastDetectable | None] = {}


def least_recovered(structure: StructureData, seed: int) -> LeastDetectable | None:
    """Find the least cosine a disguised copy of the reference may keep and still be found.

    Parameters
    ----------
    structure
        What was read for the search.
    seed
        Of the disguises.

    Returns
    -------
    LeastDetectable or None
        None where there are not two MLPs.

    Notes
    -----
    The positive control and the power of the search in one: units renumbered, the stream rotated,
    scales and signs changed, begun from nothing but the numbers no re-indexing changes. Planted in
    192 units and 128 directions of each layer at most, which understates the power. The subject has
    no part in it, so that the answer is remembered for further subjects.
    """
    reference = [pair.reference for pair in structure.pairs]
    if len(reference) < 2:
        return None
    digests = (hashlib.sha256(shapes.invariants.tobytes()).hexdigest() for shapes in reference)
    key = (str(seed), *digests)
    if key not in _KNOWN:
        if len(_KNOWN) >= MAX_KNOWN:
            _KNOWN.clear()
        _KNOWN[key] = _least_recovered(reference, np.random.default_rng(seed))
    return _KNOWN[key]


def _least_recovered(
    reference: Sequence[UnitShapes], rng: np.random.Generator
) -> LeastDetectable | None:
    layers = reduced(reference, rng)
    if len(layers) < 2:
        return None
    originals = [unit_shapes(matrices[:-1], matrices[-1]) for matrices in layers]

    def detect(cosine: float, rng: np.random.Generator) -> bool:
        pairs = list(zip(disguised(layers, cosine, rng), originals, strict=True))
        fit, held = pairs[0::2], pairs[1::2]
        start = basis_by_invariants(fit, rng)
        if start is None:
            return False
        found = recover(fit, held, {"invariants": start}, rng)
        if found is None:
            return False
        passing = [a.effect >= MIN_EFFECT and a.share >= MIN_SHARE for a in found.held]
        return bool(np.mean(passing) >= MIN_LAYERS)

    return least_detectable(detect, RETAINED, N_PLANTINGS, rng)
