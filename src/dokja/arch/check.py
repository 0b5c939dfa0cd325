"""What every family file owes: laws to call from a test, for files of one's own too.

The module builds small checkpoints from a family's own rules; it knows no real one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dokja.arch.build import EXTRA
from dokja.arch.family import known_families
from dokja.arch.resolve import resolve
from dokja.arch.role import Axis, TensorRole
from dokja.arch.symmetry import flat_indices

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from dokja.arch.layout import Layout
    from dokja.arch.role import (
        ResolvedCheckpoint,
        ResolvedComponent,
        ResolvedTensor,
        UnitGroup,
    )
    from dokja.arch.rules import Family, TensorRule

__all__ = ["SyntheticRecord", "check_family", "synthetic_checkpoint"]

_N_LAYERS = 2
_UNKNOWN_SIZE = 40
_SIZES = {
    "layers": _N_LAYERS,
    "residual": 24,
    "heads": 4,
    "kv_heads": 4,
    "head_dim": 6,
    "heads_per_kv": 1,
    "experts": 2,
    "mlp": 40,
    "expert_mlp": 36,
    "v_dim": 6,
    "qk_nope": 4,
    "qk_rope": 2,
    "kv_rank": 10,
    "q_rank": 14,
}
_AXIS_SIZES = {
    Axis.RESIDUAL: 24,
    Axis.MLP_UNIT: 40,
    Axis.VALUE: 24,
    Axis.QUERY_KEY: 24,
    Axis.EXPERT: 2,
    Axis.VOCAB: 50,
    Axis.INPUT: 21,
    Axis.POSITION: 11,
    Axis.OUTPUT: 9,
    Axis.OTHER: 13,
}


class SyntheticRecord(NamedTuple):
    """Name and shape of a tensor of a synthetic checkpoint."""

    name: str
    shape: tuple[int, ...]


def _fail(family: Family, law: str) -> AssertionError:
    return AssertionError(f"family {family.name} ({family.source}): {law}")


# -- a checkpoint made of a family's own rules ----------------------------------------------------


def _layout_shape(layout: Layout, sizes: Mapping[str, int], n_parts: int) -> tuple[int, ...]:
    known = {**sizes, "parts": n_parts}

    def size(term: tuple[str | int, ...]) -> int:
        return math.prod(s if isinstance(s, int) else known.get(s, _UNKNOWN_SIZE) for s in term)

    return tuple(math.prod(sum(map(size, f)) for f in axis) for axis in layout.axes)


def _plain_shape(rule: TensorRule, widths: Mapping[tuple[str, int], int]) -> tuple[int, ...]:
    kind, axes = rule.targets[0].kind, rule.targets[0].axes
    shape = [widths.get((kind, i), _AXIS_SIZES[axis]) for i, axis in enumerate(axes)]
    if kind in {"attention.q_norm.weight", "attention.k_norm.weight"}:
        return (_SIZES["head_dim"],)
    return tuple(shape)


def _unit_widths(family: Family) -> dict[tuple[str, int], int]:
    """Sizes of the axes that a family declares units along."""
    return {
        (kind, axis): _AXIS_SIZES[Axis.MLP_UNIT] * max(width, 1)
        for unit in family.units
        for kind, axis, width in unit.members
    }


def _roles_of(rule: TensorRule) -> set[tuple[str, int, bool, bool]]:
    slots = rule.pattern.slots
    in_expert = "expert" in slots or _unrolls(rule)
    return {(target.kind, rule.stage, "layer" in slots, in_expert) for target in rule.targets}


def _chosen_rules(family: Family, first: TensorRule | None) -> list[TensorRule]:
    """Rules that can stand together: `first`, the required ones, then one for each role."""
    needed = {pattern.text for patterns in family.required for pattern in patterns[:1]}
    barred = {pattern.text for pattern in family.forbidden}

    def rank(rule: TensorRule) -> int:
        return 0 if rule is first else 1 if rule.pattern.text in needed and not rule.outer else 2

    chosen: list[TensorRule] = []
    taken: set[tuple[str, int, bool, bool]] = set()
    for rule in sorted(family.tensors, key=rank):
        roles = _roles_of(rule)
        is_barred = rule.pattern.text in barred and not rule.outer
        if not is_barred and taken.isdisjoint(roles):
            taken |= roles
            chosen.append(rule)
    return chosen


def _unrolls(rule: TensorRule) -> bool:
    return bool(rule.layouts) and "experts" in rule.layouts[0].symbols


def _names(rule: TensorRule) -> Iterator[str]:
    slots = rule.pattern.slots
    layers = range(_N_LAYERS) if "layer" in slots else (0,)
    experts = range(_SIZES["experts"]) if "expert" in slots else (0,)
    for layer in layers:
        for expert in experts:
            yield rule.pattern.text.replace("{layer}", str(layer)).replace("{expert}", str(expert))


def synthetic_checkpoint(
    family: Family, prefix: str = "", *, first: TensorRule | None = None
) -> tuple[dict[str, SyntheticRecord], dict[str, Any]]:
    """Make names, shapes and a configuration that a family should know.

    Parameters
    ----------
    family
        The family.
    prefix
        Where its root is put; empty, or ending in a dot.
    first
        A rule that must be used, where several name the same role.

    Returns
    -------
    records
        Name and shape of each tensor, two layers and two experts.
    config
        A configuration that agrees with the shapes.
    """
    widths = _unit_widths(family)
    root = prefix + "".join(f"{word}." for word in sorted(family.under)[:1])
    records = {}
    for rule in _chosen_rules(family, first):
        layouts = rule.layouts
        shape = (
            _layout_shape(layouts[0], _SIZES, len(rule.targets))
            if layouts
            else _plain_shape(rule, widths)
        )
        for name in _names(rule):
            full = ("" if rule.outer else root) + name
            records[full] = SyntheticRecord(full, shape)
    config: dict[str, Any] = {
        keys[0]: _SIZES.get(s, _UNKNOWN_SIZE) for s, keys in family.config.items()
    }
    return records, config | {"model_type": min(family.model_types, default=family.name)}


# -- laws of one family ---------------------------------------------------------------------------


def _check_views(family: Family, tensors: Iterable[ResolvedTensor]) -> None:
    seen: dict[str, list[NDArray[np.int64]]] = {}
    sizes = {}
    for tensor in tensors:
        seen.setdefault(tensor.view.record, []).append(flat_indices(tensor.view).ravel())
        sizes[tensor.view.record] = math.prod(tensor.view.record_shape)
    for name, parts in seen.items():
        together = np.sort(np.concatenate(parts))
        if not np.array_equal(together, np.arange(sizes[name])):
            raise _fail(family, f"the parts of {name} do not hold each of its elements once")


def _check_roles(family: Family, component: ResolvedComponent) -> None:
    roles = [tensor.role for tensor in component.tensors]
    if len(set(roles)) != len(roles):
        raise _fail(family, "a role stands twice")
    for tensor in component.tensors:
        if TensorRole.parse(str(tensor.role)) != tensor.role:
            raise _fail(family, f"the role {tensor.role} cannot be read back")
        if len(tensor.axes) != len(tensor.shape):
            raise _fail(family, f"{tensor.role} has {len(tensor.shape)} axes but other meanings")
        if tensor.note is not None:
            raise _fail(family, f"{tensor.role}: {tensor.note.en}")


def _check_group(family: Family, component: ResolvedComponent, group: UnitGroup) -> None:
    for member in group.members:
        tensor = component.by_role.get(member.role)
        if tensor is None:
            raise _fail(family, f"units of a tensor that is not there: {member.role}")
        index = member.index
        inside = index.min() >= 0 and index.max() < tensor.shape[member.axis]
        if len(index) != group.n or not inside or len(np.unique(index)) != index.size:
            raise _fail(family, f"units of {member.role} overlap or lie outside of it")


def _check_component(family: Family, component: ResolvedComponent) -> None:
    _check_roles(family, component)
    _check_views(family, component.tensors)
    for group in component.groups:
        _check_group(family, component, group)
    declared = {kind for unit in family.units for kind, _, _ in unit.members}
    grouped = {member.role.kind for group in component.groups for member in group.members}
    if not declared <= grouped:
        raise _fail(family, f"declared units were not found: {sorted(declared - grouped)}")


def _only_component(family: Family, resolved: ResolvedCheckpoint, where: str) -> ResolvedComponent:
    if len(resolved.components) != 1 or resolved.leftovers:
        found = [c.component for c in resolved.components]
        left = [leftover.name for leftover in resolved.leftovers[:3]]
        raise _fail(family, f"{where}: components {found}, left over {left}")
    component = resolved.components[0]
    if component.family != family.name or component.component != family.component:
        taken_for = f"{component.family}, {component.component}"
        raise _fail(family, f"{where}: taken for {taken_for}")
    unknown = [str(t.role) for t in component.tensors if t.inferred]
    if unknown:
        raise _fail(family, f"{where}: names without a rule, {unknown[:3]}")
    return component


def _can_stand(family: Family, rule: TensorRule) -> bool:
    """Whether a rule, perhaps inherited, is neither barred nor displaced by a required name."""
    if rule.outer:
        return True
    if rule.pattern in family.forbidden:
        return False
    by_name = {r.pattern.text: r for r in family.tensors if not r.outer}
    for patterns in family.required:
        needed = [by_name[pattern.text] for pattern in patterns if pattern.text in by_name]
        if needed and all(_roles_of(r) & _roles_of(rule) and r is not rule for r in needed):
            return False
    return True


def _check_rule(family: Family, rule: TensorRule) -> None:
    """Use a rule in a checkpoint, in place of others that name the same roles."""
    records, config = synthetic_checkpoint(family, first=rule)
    resolved = resolve(records, config, families=[family])
    component = _only_component(family, resolved, f"with {rule.pattern.text}")
    made = {tensor.role.kind.removeprefix(EXTRA) for tensor in component.tensors}
    wanted = {target.kind.removeprefix(EXTRA) for target in rule.targets}
    if not wanted <= made:
        raise _fail(family, f"{rule.pattern.text} does not become {sorted(wanted - made)}")
    _check_roles(family, component)


def check_family(family: Family, *, among: Iterable[Family] | None = None) -> None:
    """Hold a family to the laws of families.

    Parameters
    ----------
    family
        The family.
    among
        Families it must not be mistaken for; all known ones if not given.

    Raises
    ------
    AssertionError
        If a checkpoint made of the family's own rules does not resolve to it, alone, under a
        prefix and among other families, with nothing left over; if a rule is not used; if a
        role stands twice or
        cannot be read back; if the parts of a fused tensor do not hold each element once; if
        units overlap or lie outside of a tensor; if declared units are not found; or if a tied
        kind is none of the family's.
    """
    kinds = {target.kind for rule in family.tensors for target in rule.targets}
    for pair in family.tied:
        if not set(pair) <= kinds:
            raise _fail(family, f"tied kinds that no rule makes: {sorted(set(pair) - kinds)}")
    for rule in family.tensors:
        if _can_stand(family, rule):
            _check_rule(family, rule)
    others = [f for f in (known_families() if among is None else among) if f.name != family.name]
    for prefix in ("", "wrapped.inner."):
        records, config = synthetic_checkpoint(family, prefix)
        where = f"under {prefix!r}"
        alone = _only_component(family, resolve(records, config, families=[family]), where)
        _check_component(family, alone)
        together = resolve(records, config, families=[*others, family])
        _only_component(family, together, f"{where}, among other families")
