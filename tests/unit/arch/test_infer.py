from __future__ import annotations

import pytest

from dokja.arch.resolve import resolve
from dokja.arch.role import Axis, ResolvedComponent, TensorRole
from tests.unit.arch.manifests import Record, load_manifest

Shapes = dict[str, tuple[int, ...]]


def _components(shapes: Shapes) -> dict[str, ResolvedComponent]:
    records = {name: Record(name, "F32", shape) for name, shape in shapes.items()}
    resolved = resolve(records, None)
    assert not resolved.leftovers
    return {component.component: component for component in resolved.components}


def _strange_decoder(stem: str = "", *, gate: bool = True) -> Shapes:
    shapes: Shapes = {
        f"{stem}tok.weight": (500, 32),
        f"{stem}out_norm.gain": (32,),
        f"{stem}unembed.weight": (500, 32),
    }
    for i in range(4):
        block = f"{stem}trunk.{i}"
        shapes |= {
            f"{block}.norm_a.gain": (32,),
            f"{block}.attn.q.weight": (48, 32),
            f"{block}.attn.k.weight": (16, 32),
            f"{block}.attn.v.weight": (16, 32),
            f"{block}.attn.o.weight": (32, 48),
            f"{block}.ffn.up.weight": (80, 32),
            f"{block}.ffn.up.bias": (80,),
            f"{block}.ffn.down.weight": (32, 80),
        }
        if gate:
            shapes[f"{block}.ffn.gate.weight"] = (80, 32)
    return shapes


@pytest.mark.parametrize("gate", [True, False])
@pytest.mark.parametrize("stem", ["", "model.", "module.net."])
def test_blocks_width_and_hidden_units_are_inferred(stem: str, *, gate: bool) -> None:
    (component,) = _components(_strange_decoder(stem, gate=gate)).values()
    assert component.component == "language_model"
    assert component.inferred
    assert component.family is None
    assert (component.n_layers, component.n_residual) == (4, 32)
    assert not component.residual_exchangeable
    assert all(tensor.inferred for tensor in component.tensors)
    groups = {(g.units, g.layer, g.n) for g in component.groups}
    assert groups == {("mlp", i, 80) for i in range(4)}
    members = {(m.role.kind, m.axis) for m in component.groups[0].members}
    expected = {("ffn.up.weight", 0), ("ffn.up.bias", 0), ("ffn.down.weight", 1)}
    assert members == expected | ({("ffn.gate.weight", 0)} if gate else set())
    up = component.by_role[TensorRole("language_model", 2, None, "ffn.up.weight")]
    assert up.axes == (Axis.MLP_UNIT, Axis.RESIDUAL)


def test_attention_is_never_taken_for_an_mlp() -> None:
    """Rows of q and columns of o have the shapes of an MLP, but positions tell them apart."""
    shapes = {k: v for k, v in _strange_decoder().items() if ".ffn." not in k}
    (component,) = _components(shapes).values()
    assert component.groups == ()
    axes = {axis for tensor in component.tensors for axis in tensor.axes}
    assert axes == {Axis.OTHER}


def test_an_mlp_that_cannot_be_told_apart_makes_no_units() -> None:
    shapes = _strange_decoder()
    for i in range(4):
        shapes[f"trunk.{i}.ffn.fc3.weight"] = (80, 32)  # two gates?
    (component,) = _components(shapes).values()
    assert component.groups == ()


def test_a_square_mlp_makes_no_units() -> None:
    shapes = _strange_decoder(gate=False)
    for i in range(4):
        shapes[f"trunk.{i}.ffn.up.weight"] = (32, 32)
        shapes[f"trunk.{i}.ffn.down.weight"] = (32, 32)
    (component,) = _components(shapes).values()
    assert component.groups == ()


def test_a_convolution_over_groups_of_units_ties_them_to_their_places() -> None:
    grouped, depthwise = _strange_decoder(), _strange_decoder()
    for i in range(4):
        grouped[f"trunk.{i}.ffn.mix.weight"] = (80, 8, 3)
        depthwise[f"trunk.{i}.ffn.mix.weight"] = (80, 1, 3)
    assert not _components(grouped)["language_model"].groups
    assert len(_components(depthwise)["language_model"].groups) == 4


def test_experts_of_unknown_blocks_are_counted() -> None:
    shapes = {k: v for k, v in _strange_decoder().items() if ".ffn." not in k}
    for i in range(4):
        for e in range(3):
            shapes[f"trunk.{i}.ffn.experts.{e}.up.weight"] = (20, 32)
            shapes[f"trunk.{i}.ffn.experts.{e}.down.weight"] = (32, 20)
    (component,) = _components(shapes).values()
    assert {(g.layer, g.expert) for g in component.groups} == {
        (i, e) for i in range(4) for e in range(3)
    }
    assert TensorRole("language_model", 1, 2, "ffn.up.weight") in component.by_role


def test_parts_are_told_apart_by_their_words() -> None:
    shapes = _strange_decoder("model.text.")
    shapes |= _strange_decoder("model.my_vision_thing.")
    shapes |= _strange_decoder("model.speech_front.")
    shapes |= {"model.bridge_projector.layer.weight": (32, 32)}
    components = _components(shapes)
    assert set(components) == {"language_model", "vision_encoder", "audio_encoder", "projector"}
    assert components["vision_encoder"].n_layers == 4


def test_two_unknown_stacks_are_two_components() -> None:
    components = _components({**_strange_decoder("left."), **_strange_decoder("right.")})
    assert set(components) == {"language_model", "other:right"}


def test_what_stands_beside_a_known_component_is_one_of_its_own() -> None:
    shapes = {name: r.shape for name, r in load_manifest("Qwen--Qwen3-8B").records.items()}
    shapes |= {"model.oracle.weight": (4096, 7), "model.oracle.deep.weight": (7, 7)}
    components = _components(shapes)
    assert set(components) == {"language_model", "other:model.oracle"}


def test_a_model_without_blocks_is_one_component() -> None:
    shapes: Shapes = {
        "stft.forward_basis_buffer": (258, 1, 256),
        "conv1.weight": (128, 129, 3),
        "conv1.bias": (128,),
        "lstm.weight_ih": (512, 128),
        "lstm.weight_hh": (512, 128),
        "final.weight": (1, 128, 1),
        "bn.num_batches_tracked": (),
    }
    (component,) = _components(shapes).values()
    assert component.component == "other:model"
    fixed = {t.role.kind for t in component.tensors if t.fixed}
    assert fixed == {"stft.forward_basis_buffer", "bn.num_batches_tracked"}
    assert component.groups == ()
    assert component.n_layers == 0


def test_names_that_differ_only_where_roles_cannot_tell_are_both_kept() -> None:
    (component,) = _components({"a/b.weight": (2,), "a_b.weight": (2,)}).values()
    assert len(component.tensors) == 2


def test_the_speech_tokenizer_of_a_real_model() -> None:
    manifest = load_manifest("naver-hyperclovax--HyperCLOVAX-SEED-Omni-8B")
    resolved = resolve(manifest.records, manifest.config)
    component = resolved.component("other:model.discrete_audio_model")
    assert component is not None
    assert len(component.tensors) == 102
    assert (component.n_layers, component.n_residual) == (6, 1280)
    assert [(g.layer, g.n) for g in component.groups] == [(i, 5120) for i in range(6)]
