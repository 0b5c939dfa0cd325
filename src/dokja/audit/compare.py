"""One component against its counterpart: read once, compare, map layers if need be, compare again.

The module decides the order of the comparisons and nothing about their outcome.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dokja.arch.align import align
from dokja.audit.summary import named
from dokja.comparison.base import BUILTIN, Comparison
from dokja.comparison.collect import PairData, collect, measure_pairs
from dokja.comparison.layers import found_layer_map

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dokja.arch.role import ResolvedComponent
    from dokja.document.audit import Evidence
    from dokja.io.checkpoint import Checkpoint

__all__ = ["compare_components"]

INDEX_TESTS = ("self_test", "units", "layer_search", "order", "swap")


def compare_components(
    subject: Checkpoint,
    reference: Checkpoint,
    components: tuple[ResolvedComponent, ResolvedComponent],
    entropy: tuple[int, ...],
    progress: Callable[[int], None] | None,
) -> tuple[PairData, tuple[Evidence, ...]]:
    """Compare a component of the subject with its counterpart.

    Parameters
    ----------
    subject, reference
        The checkpoints to read from.
    components
        The component and its counterpart.
    entropy
        Words that all randomness comes from; each comparison gets its own generator.
    progress
        Called with the number of bytes read since the last call.

    Returns
    -------
    tuple
        What was read, with the layers mapped as far as they could be, and the evidence in the
        order of the comparisons.
    """
    alignment = align(*components)
    data = collect(
        subject,
        reference,
        named(reference),
        alignment,
        _rng(entropy, "sampling"),
        progress=progress,
    )
    evidence: dict[str, tuple[Evidence, ...]] = {}
    names = BUILTIN.names()
    for name in INDEX_TESTS:
        evidence[name] = _run(BUILTIN.get(name), data, entropy)
    layer_map = found_layer_map(data, _flat(evidence, INDEX_TESTS))
    if layer_map is not None:
        mapped = align(*components, layer_map=layer_map)
        data = replace(
            data,
            alignment=mapped,
            pairs=measure_pairs(subject, reference, mapped),
        )
    for name in names:
        if name not in evidence:
            evidence[name] = _run(BUILTIN.get(name), data, entropy)
    return data, _flat(evidence, names)


def _run(comparison: Comparison, data: PairData, entropy: tuple[int, ...]) -> tuple[Evidence, ...]:
    return comparison.run(data, _rng(entropy, comparison.name))


def _rng(entropy: tuple[int, ...], purpose: str) -> np.random.Generator:
    return np.random.default_rng([*entropy, zlib.crc32(purpose.encode())])


def _flat(evidence: dict[str, tuple[Evidence, ...]], names: Sequence[str]) -> tuple[Evidence, ...]:
    return tuple(item for name in names for item in evidence.get(name, ()))
