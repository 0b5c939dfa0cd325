"""A checkpoint taken apart: components, roles, axes, hidden units; and reasons for the rest.

The module tells the story in order (detect, name, build, attach, infer) and reads no values.
"""

from __future__ import annotations

import gc
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from dokja.arch.attach import attach_unknown
from dokja.arch.build import build_tensors
from dokja.arch.detect import find_instances
from dokja.arch.family import known_families
from dokja.arch.infer import infer_components
from dokja.arch.naming import component_of_words, other_component, stands_aside
from dokja.arch.pattern import NameIndex
from dokja.arch.role import (
    LeftoverTensor,
    ResolvedCheckpoint,
    ResolvedComponent,
    ResolvedTensor,
)
from dokja.arch.sizes import sub_configurations
from dokja.arch.units import unit_groups

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dokja.arch.detect import Instance
    from dokja.arch.family import Family
    from dokja.arch.pattern import NamedRecord, RecordLike
    from dokja.arch.role import TensorRole

__all__ = ["resolve"]

_ENCODERS = ("vision_encoder", "audio_encoder")


_SOUND = re.compile(r"(audio|speech|sound|voice)\w*(projector|adapter|connector|aligner)")


def _component_name(instance: Instance) -> str:
    """Name of a component by what its family is, unless its prefix says otherwise."""
    if stands_aside(instance.prefix):
        return other_component(instance.prefix)
    words, own = component_of_words(instance.prefix), instance.family.component
    both_encode = words in _ENCODERS and own in _ENCODERS
    return words if words is not None and (words == "speech_decoder" or both_encode) else own


def _name_components(instances: Sequence[Instance]) -> list[tuple[Instance, str]]:
    """Name all components; of two alike the larger one keeps the name.

    Where a model has projectors for sight and for sound, the former is the one usually meant.
    """
    named: list[tuple[Instance, str]] = []
    taken: set[str] = set()
    for instance in sorted(
        instances, key=lambda i: (_SOUND.search(i.prefix) is not None, -i.n_elements, i.prefix)
    ):
        name = _component_name(instance)
        if name in taken:
            name = other_component(instance.prefix)
        while name in taken:
            name += "+"
        taken.add(name)
        named.append((instance, name))
    return named


def _leftover(tensor: ResolvedTensor, twin: ResolvedTensor) -> LeftoverTensor:
    return LeftoverTensor(
        tensor.view.record,
        tensor.n_parameters,
        f"bears the same role as {twin.view.record}",
        f"{twin.view.record}와(과) 같은 역할이라 한 번만 셈",
    )


def _unique(
    tensors: Iterable[ResolvedTensor],
) -> tuple[list[ResolvedTensor], list[LeftoverTensor]]:
    """Keep the first tensor of each role."""
    kept: dict[TensorRole, ResolvedTensor] = {}
    leftovers = []
    for tensor in tensors:
        twin = kept.setdefault(tensor.role, tensor)
        if twin is not tensor:
            leftovers.append(_leftover(tensor, twin))
    return list(kept.values()), leftovers


def _known_component(
    instance: Instance, name: str, tensors: list[ResolvedTensor]
) -> ResolvedComponent:
    symbols = instance.sizes.symbols
    tensors.sort(key=lambda tensor: tensor.role.sort_key)
    layers = {t.role.layer for t in tensors if t.role.layer is not None}
    return ResolvedComponent(
        component=name,
        family=instance.family.name,
        inferred=False,
        tensors=tuple(tensors),
        groups=unit_groups(tensors, instance.sizes, instance.family.units),
        n_layers=len(layers),
        n_residual=symbols.get("residual"),
        n_heads=symbols.get("heads"),
        n_kv_heads=symbols.get("kv_heads"),
        residual_exchangeable=instance.family.residual_exchangeable and "residual" in symbols,
        gains_from_one=instance.family.gains_from_one,
        notes=instance.sizes.notes,
        tied=instance.family.tied,
    )


def resolve(
    records: Mapping[str, RecordLike],
    config: Mapping[str, Any] | None,
    *,
    families: Sequence[Family] | None = None,
) -> ResolvedCheckpoint:
    """Take a checkpoint apart by names, shapes and configuration.

    Parameters
    ----------
    records
        Its records by name; only names and shapes are read.
    config
        Its parsed ``config.json``, or None. Only sizes that agree with the shapes are used.
    families
        Families to look for; all known ones if not given.

    Returns
    -------
    ResolvedCheckpoint
        Every record stands in exactly one component, or among the leftovers with a reason.
    """
    # Tens of thousands of small immutable objects without cycles: the collector only costs.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return _resolve(records, config, known_families() if families is None else families)
    finally:
        if was_enabled:
            gc.enable()


def _resolve(
    records: Mapping[str, RecordLike], config: Mapping[str, Any] | None, families: Sequence[Family]
) -> ResolvedCheckpoint:
    index = NameIndex(records)
    named = _name_components(find_instances(index, families, sub_configurations(config)))
    by_component: defaultdict[str, list[ResolvedTensor]] = defaultdict(list)
    leftovers: list[LeftoverTensor] = []
    known: dict[str, TensorRole] = {}
    for instance, name in named:
        built = list(build_tensors(name, instance.hits, instance.sizes))
        known.update((tensor.view.record, tensor.role) for tensor in built)
        by_component[name] += built
    attached, rest = attach_unknown(_unclaimed(index, known), named, known)
    for tensor in attached:
        by_component[tensor.role.component].append(tensor)
    components = []
    for instance, name in named:
        tensors, clashes = _unique(by_component[name])
        leftovers += clashes
        components.append(_known_component(instance, name, tensors))
    components += infer_components(rest, {name for _, name in named})
    components.sort(key=lambda c: (-c.n_parameters, c.component))
    return ResolvedCheckpoint(tuple(components), tuple(leftovers))


def _unclaimed(index: NameIndex, known: Mapping[str, TensorRole]) -> Iterable[NamedRecord]:
    return (
        record
        for records in index.by_skeleton.values()
        for record in records
        if record.name not in known
    )
