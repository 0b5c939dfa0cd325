from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dokja.arch import check
from dokja.arch.check import check_family, synthetic_checkpoint
from dokja.arch.family import family_named
from dokja.arch.resolve import resolve
from dokja.arch.role import Axis, Member, Reason, ResolvedComponent, affine_index

FAMILY = family_named("gpt_neox")


@pytest.fixture
def component() -> ResolvedComponent:
    records, config = synthetic_checkpoint(FAMILY)
    (found,) = resolve(records, config, families=[FAMILY]).components
    return found


def _with(component: ResolvedComponent, **changes: Any) -> ResolvedComponent:
    """The component with another first tensor."""
    first, *rest = component.tensors
    return replace(component, tensors=(replace(first, **changes), *rest))


def test_a_component_as_it_should_be_passes(component: ResolvedComponent) -> None:
    check._check_component(FAMILY, component)


def test_a_role_that_stands_twice_is_told(component: ResolvedComponent) -> None:
    broken = _with(component, role=component.tensors[1].role)
    with pytest.raises(AssertionError, match="a role stands twice"):
        check._check_component(FAMILY, broken)


def test_axes_without_meaning_are_told(component: ResolvedComponent) -> None:
    with pytest.raises(AssertionError, match="other meanings"):
        check._check_component(FAMILY, _with(component, axes=(Axis.OTHER,) * 5))


def test_a_note_is_told(component: ResolvedComponent) -> None:
    note = Reason("not_split", "left whole", "통째로 둠")
    with pytest.raises(AssertionError, match="left whole"):
        check._check_component(FAMILY, _with(component, note=note))


def test_parts_that_overlap_are_told(component: ResolvedComponent) -> None:
    tensors = {t.role.kind: t for t in component.tensors if t.role.layer == 0}
    q, k = tensors["attention.q.weight"], tensors["attention.k.weight"]
    swapped = tuple(replace(t, view=q.view) if t.role == k.role else t for t in component.tensors)
    with pytest.raises(AssertionError, match="do not hold each of its elements once"):
        check._check_component(FAMILY, replace(component, tensors=swapped))


@pytest.mark.parametrize("index", [affine_index(40, start=1), affine_index(40, step=0)])
def test_units_that_overlap_or_lie_outside_are_told(
    component: ResolvedComponent, index: Any
) -> None:
    group = next(g for g in component.groups if g.units == "mlp")
    bad = replace(group, members=(Member(group.members[0].role, 0, index), *group.members[1:]))
    with pytest.raises(AssertionError, match="overlap or lie outside"):
        check._check_component(FAMILY, replace(component, groups=(bad,)))


def test_units_of_a_missing_tensor_are_told(component: ResolvedComponent) -> None:
    group = component.groups[0]
    role = replace(group.members[0].role, kind="absent")
    bad = replace(group, members=(Member(role, 0, affine_index(group.n)),))
    with pytest.raises(AssertionError, match="not there"):
        check._check_component(FAMILY, replace(component, groups=(bad,)))


def test_tied_kinds_must_be_the_familys_own() -> None:
    with pytest.raises(AssertionError, match="tied kinds"):
        check_family(replace(FAMILY, tied=(("token_embedding.weight", "tail.weight"),)))


def test_a_rule_that_is_never_used_is_told() -> None:
    """Fused tensors that nobody says how to split become their first part alone."""
    other = tuple(replace(rule, layouts=()) for rule in FAMILY.tensors)
    with pytest.raises(AssertionError, match=r"does not become|left over"):
        check_family(replace(FAMILY, tensors=other))
