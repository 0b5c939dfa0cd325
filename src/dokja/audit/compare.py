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
from dokja.comparison.convolutions import collect_convolutions
from dokja.comparison.heads import collect_heads
from dokja.comparison.laid import lay_tokens, with_token_rows
from dokja.comparison.layers import found_layer_map
from dokja.comparison.steps import collect_steps
from dokja.comparison.structure import collect_structure
from dokja.document.audit import (
    HeadsEvidence,
    LayerSearchEvidence,
    MomentsEvidence,
    OrderEvidence,
    UnitsEvidence,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dokja.arch.role import ResolvedComponent
    from dokja.document.audit import Evidence
    from dokja.io.checkpoint import Checkpoint

__all__ = ["compare_components"]

INDEX_TESTS = ("self_test", "units", "layer_search", "order", "swap")
FOUND_LOG10_P = -20.0
FOUND_SHARE = 0.3
FOUND_PEARSON = 0.9
"""p-value and share of units in place, and likeness of matrices, at which nothing is undone."""
KIN_PEARSON = 0.3
"""Likeness of matrices from which it is asked what lies between two."""


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
    data = lay_tokens(
        collect(
            subject,
            reference,
            named(reference),
            alignment,
            _rng(entropy, "sampling"),
            progress=progress,
        )
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
            pairs=(),
        )
        pairs = with_token_rows(data, measure_pairs(subject, reference, mapped))
        data = replace(data, pairs=pairs)
    evidence["moments"] = _run(BUILTIN.get("moments"), data, entropy)
    if not _found_in_place(_flat(evidence, (*INDEX_TESTS, "moments"))):
        rng = _rng(entropy, "structure")
        structure = collect_structure(subject, reference, alignment, rng, data.vocabulary)
        kernels = None if structure else collect_convolutions(subject, reference, alignment)
        data = replace(data, structure=structure, convolutions=kernels)
    if _is_kin(_flat(evidence, (*INDEX_TESTS, "moments"))):
        steps = collect_steps(subject, reference, data.alignment, _rng(entropy, "steps rows"))
        data = replace(data, steps=steps)
    if data.steps is not None or data.structure is not None:
        data = replace(data, heads=collect_heads(subject, reference, data.alignment))
    for name in names:
        told = any(isinstance(item, HeadsEvidence) for item in evidence.get("reindexed", ()))
        if name not in evidence and not _is_idle(name, data, told_of_heads=told):
            evidence[name] = _run(BUILTIN.get(name), data, entropy)
    return data, _flat(evidence, names)


def _is_idle(name: str, data: PairData, *, told_of_heads: bool) -> bool:
    """Whether a comparison would have nothing to say that is worth a line."""
    if name == "steps":
        return data.steps is None  # what lies between strangers is no step
    if name == "heads":
        return data.steps is None or data.heads is None or not data.heads.layers or told_of_heads
    return name in {"vocabulary", "canaries"} and data.vocabulary is None


def _found_in_place(evidence: Sequence[Evidence]) -> bool:
    """Whether units bear their own numbers and matrices are alike: nothing need be undone."""
    in_place = alike = False
    for item in evidence:
        if isinstance(item, UnitsEvidence | LayerSearchEvidence):
            enough = item.log10_p <= FOUND_LOG10_P and item.in_place_share >= FOUND_SHARE
            in_place = in_place or enough
        elif isinstance(item, MomentsEvidence):
            alike = (item.matrix_pearson.weighted or 0.0) >= FOUND_PEARSON
    return in_place and alike


def _is_kin(evidence: Sequence[Evidence]) -> bool:
    """Whether the two have so much in common that the step between them can be told."""
    for item in evidence:
        if isinstance(item, MomentsEvidence):
            alike = (item.matrix_pearson.weighted or 0.0) >= KIN_PEARSON
            return item.n_matrices > 0 and item.equal_share < 1.0 and (alike or _found(evidence))
    return False


def _found(evidence: Sequence[Evidence]) -> bool:
    tests = UnitsEvidence | LayerSearchEvidence | OrderEvidence
    return any(isinstance(i, tests) and i.log10_p <= FOUND_LOG10_P for i in evidence)


def _run(comparison: Comparison, data: PairData, entropy: tuple[int, ...]) -> tuple[Evidence, ...]:
    return comparison.run(data, _rng(entropy, comparison.name))


def _rng(entropy: tuple[int, ...], purpose: str) -> np.random.Generator:
    return np.random.default_rng([*entropy, zlib.crc32(purpose.encode())])


def _flat(evidence: dict[str, tuple[Evidence, ...]], names: Sequence[str]) -> tuple[Evidence, ...]:
    return tuple(item for name in names for item in evidence.get(name, ()))
