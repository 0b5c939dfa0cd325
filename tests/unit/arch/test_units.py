from __future__ import annotations

import pytest

from dokja.arch.resolve import resolve
from dokja.arch.role import ResolvedComponent
from dokja.arch.rules import UnitRule
from dokja.arch.sizes import Sizes
from dokja.arch.units import unit_groups
from tests.unit.arch.manifests import Record

CONFIG = {
    "model_type": "llama",
    "hidden_size": 24,
    "num_hidden_layers": 1,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}


def _llama(**changes: tuple[int, ...] | None) -> ResolvedComponent:
    """One block; `changes` give other shapes to tensors of it, or take them away."""
    block = "model.layers.0."
    shapes: dict[str, tuple[int, ...] | None] = {
        "model.embed_tokens.weight": (50, 24),
        "model.norm.weight": (24,),
        f"{block}input_layernorm.weight": (24,),
        f"{block}post_attention_layernorm.weight": (24,),
        f"{block}self_attn.q_proj.weight": (24, 24),
        f"{block}self_attn.k_proj.weight": (12, 24),
        f"{block}self_attn.v_proj.weight": (12, 24),
        f"{block}self_attn.o_proj.weight": (24, 24),
        f"{block}mlp.gate_proj.weight": (40, 24),
        f"{block}mlp.up_proj.weight": (40, 24),
        f"{block}mlp.down_proj.weight": (24, 40),
    }
    shapes |= {block + name.replace("__", "."): shape for name, shape in changes.items()}
    records = {n: Record(n, "F32", shape) for n, shape in shapes.items() if shape is not None}
    (component,) = resolve(records, CONFIG).components
    return component


def _units(component: ResolvedComponent) -> list[tuple[str, int, int]]:
    return [(group.units, group.part, group.n) for group in component.groups]


def test_units_of_a_block() -> None:
    component = _llama()
    assert _units(component) == [("mlp", 0, 40), ("value", 0, 6), ("value", 1, 6)]
    value = component.groups[2]
    by_kind = {member.role.kind: member for member in value.members}
    assert by_kind["attention.v.weight"].index.ravel().tolist() == list(range(6, 12))
    # The second key-value head serves the third and fourth query head.
    assert by_kind["attention.o.weight"].axis == 1
    assert by_kind["attention.o.weight"].index[0].tolist() == [12, 18]


def test_biases_belong_to_their_units() -> None:
    component = _llama(
        self_attn__v_proj__bias=(12,), mlp__up_proj__bias=(40,), mlp__gate_proj__bias=(40,)
    )
    kinds = {m.role.kind for g in component.groups for m in g.members}
    assert {"attention.v.bias", "mlp.up.bias", "mlp.gate.bias"} <= kinds


@pytest.mark.parametrize(
    "changes",
    [
        {"mlp__gate_proj__weight": (36, 24)},
        {"mlp__up_proj__bias": (36,)},
        {"mlp__down_proj__weight": None},
    ],
)
def test_an_mlp_whose_shapes_do_not_agree_has_no_units(
    changes: dict[str, tuple[int, ...] | None],
) -> None:
    assert {units for units, _, _ in _units(_llama(**changes))} == {"value"}


@pytest.mark.parametrize(
    "changes",
    [
        {"self_attn__v_proj__weight": (10, 24)},
        {"self_attn__v_proj__weight": None},
        {"self_attn__o_proj__weight": (24, 22)},
        {"self_attn__o_proj__weight": None},
        # gains that all heads share tie their channels to each other
        {"self_attn__v_norm__weight": (6,)},
        {"self_attn__subln__weight": (12,)},
    ],
)
def test_attention_whose_shapes_do_not_agree_has_no_value_units(
    changes: dict[str, tuple[int, ...] | None],
) -> None:
    assert {units for units, _, _ in _units(_llama(**changes))} == {"mlp"}


def test_a_gain_of_its_own_for_every_channel_does_no_harm() -> None:
    component = _llama(self_attn__sub_norm__weight=(24,))
    assert ("value", 0, 6) in _units(component)


def test_declared_units_must_agree_too() -> None:
    component = _llama()
    sizes = Sizes({})

    def found(*members: tuple[str, int, int]) -> list[tuple[str, int]]:
        groups = unit_groups(component.tensors, sizes, [UnitRule(members)])
        return [(g.units, g.n) for g in groups if g.part > 1]

    assert found(("mlp.up.weight", 0, 1), ("mlp.down.weight", 1, 1)) == [("mlp", 40)]
    assert found(("mlp.up.weight", 0, 4), ("attention.o.weight", 1, 2)) == []
    assert found(("mlp.up.weight", 0, 3), ("mlp.down.weight", 1, 3)) == []
    assert found(("mlp.up.weight", 2, 1), ("mlp.down.weight", 1, 1)) == []
    assert found(("mlp.up.weight", 0, 1), ("mlp.absent.weight", 1, 1)) == []
    assert found(("mlp.up.weight", 0, 1), ("mlp.absent.bias", 0, 1)) == [("mlp", 40)]
